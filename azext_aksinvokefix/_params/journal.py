"""The arguments of the commands that read the journal: `history` and `undo`."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_consent


def load_undo(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "change_id", help="The id of the change to undo, as shown by `history`. The default is the latest."
    )
    context.argument(
        "from_file",
        options_list=["--from"],
        completer=completers.complete_file,
        help="Undo a change from the file that --out or `history --export` wrote, on any machine. The plan shows "
        "what it would write: review it like a script from someone else.",
    )
    load_consent(context)


def load_history(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "export",
        completer=completers.complete_file,
        help="Also write the changes to this new file, for `undo --from` on any machine.",
    )


def _load_scope(context: Any) -> None:
    context.argument(
        "name",
        options_list=["--name", "-n"],
        validator=validators.validate_scope,
        help="Only changes to this managed cluster; with --resource-group alone, to the clusters of that group.",
    )
