"""The arguments of `explain`."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators


def load(context: Any) -> None:
    context.argument(
        "finding",
        type=validators.finding_id,
        completer=completers.complete_finding,
        help="The id of a finding, for example nodes-tainted. Without it, all findings are listed.",
    )
