"""The arguments of `run`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_detail, load_report


def load(context: Any) -> None:
    load_report(context)
    context.argument(
        "command_string",
        options_list=["--command", "-c"],
        action="append",
        validator=validators.validate_run,
        help="The command to run in the cluster, quoted. kubectl, helm, jq and sh are available. Repeat "
        "it for more: all of them run in order in one pod, each in a shell of its own, until the first one fails.",
    )
    context.argument(
        "keep_going",
        action="store_true",
        help="Run the other commands also when one fails. The exit code is that of the first one that failed.",
    )
    context.argument(
        "script",
        completer=completers.complete_file,
        help="A script of this machine to run in the cluster instead of a command, by its '#!' line or else by sh. "
        "Nothing in it needs quoting.",
    )
    context.argument(
        "script_args",
        help="The arguments of the script as one string, split into words as a POSIX shell splits it.",
    )
    context.argument(
        "fetch",
        action="append",
        help="A file or folder to bring back afterwards, also when the command failed, as REMOTE or REMOTE=LOCAL; "
        "repeat it for more. REMOTE is relative to the working folder. Without LOCAL it lands in the current folder "
        "under its own name, with several clusters below a folder with the cluster's name. Nothing is overwritten. "
        "About 390 KiB fit, packed.",
    )
    context.argument(
        "full_output",
        action="store_true",
        help="Bring the whole output although the service keeps 512 KiB: it is packed in the pod, and where that does "
        "not do, the rest is read from the pod's log, which needs the right to read it. What still does not fit is "
        "cut in the middle, which the output says.",
    )
    context.argument(
        "command_files",
        options_list=["--file", "-f"],
        action="append",
        completer=completers.complete_file,
        help="A file the command needs; repeat it for more. Each arrives in the working folder under its base "
        "name. Use '.' for the whole current folder, without version control folders and without what .azignore "
        "(or, where there is none, .gitignore) names.",
    )
    context.argument(
        "timeout",
        type=validators.timeout_seconds,
        help="Give up waiting after this many seconds, with exit code 124. The command goes on in the cluster. "
        "Without it there is no limit.",
    )
    context.argument(
        "submit_only",
        options_list=["--no-wait"],
        action="store_true",
        help="Submit the command, print its id, and do not wait for the result.",
    )
    context.argument(
        "on_failure",
        arg_type=get_enum_type(["ask", "explain", "none"]),
        help="What to do when the command could not run or failed: ask whether to look for the cause (only on a "
        "terminal, where it is the default), explain it (the default elsewhere), or report the failure alone.",
    )
    context.argument(
        "command_id",
        options_list=["--command-id", "-i"],
        type=validators.command_id,
        help="Wait for a command that was submitted before, instead of submitting one.",
    )
    load_detail(context)
