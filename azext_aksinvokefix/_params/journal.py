"""The arguments of the commands that read the journal: `history` and `undo`."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_consent


def load_undo(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "change_id", help="The id of the change to take back, as `history` shows it. The latest by default."
    )
    context.argument(
        "from_file",
        options_list=["--from"],
        completer=completers.complete_file,
        help="Take back a change from the file that --out or `history --export` wrote, also on another machine. The "
        "plan shows what that would write: look at it as you would at a script from elsewhere.",
    )
    load_consent(context)


def load_history(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "export",
        completer=completers.complete_file,
        help="Write the changes to this new file as well, for `undo --from` on any machine.",
    )


def _load_scope(context: Any) -> None:
    context.argument(
        "name",
        options_list=["--name", "-n"],
        validator=validators.validate_scope,
        help="Only changes for this managed cluster; with --resource-group alone, for those of the group.",
    )
