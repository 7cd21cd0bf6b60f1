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
        help="The command to run in the cluster, quoted. kubectl, helm, jq and sh are available. Repeat it for "
        "more: they run in order in one pod, each in its own shell, until one fails.",
    )
    context.argument(
        "keep_going",
        action="store_true",
        help="Run the remaining commands even if one fails. The exit code is that of the first one that failed.",
    )
    context.argument(
        "script",
        completer=completers.complete_file,
        help="A local script to run in the cluster instead of a command, with the interpreter of its '#!' line or "
        "else sh. It needs no quoting.",
    )
    context.argument(
        "script_args",
        help="The arguments of the script as one string, split into words like a POSIX shell does.",
    )
    context.argument(
        "fetch",
        action="append",
        help="A file or folder to download afterwards, even if the command failed, as REMOTE or REMOTE=LOCAL; "
        "repeat it for more. REMOTE is relative to the working folder. Without LOCAL it goes to the current "
        "folder under its own name; with several clusters, to a folder named after the cluster. Nothing is "
        "overwritten. The limit is about 390 KiB, compressed.",
    )
    context.argument(
        "full_output",
        action="store_true",
        help="Get the whole output although the service keeps only 512 KiB. The output is compressed in the pod; "
        "if that is not enough, the rest is read from the pod's log, which needs permission to read it. "
        "Output that still does not fit is cut in the middle, and the output says so.",
    )
    context.argument(
        "command_files",
        options_list=["--file", "-f"],
        action="append",
        completer=completers.complete_file,
        help="A file that the command needs; repeat it for more. Each arrives in the working folder under its base "
        "name. Use '.' for the whole current folder, without version control folders and without what "
        ".azignore (or, if there is none, .gitignore) lists.",
    )
    context.argument(
        "timeout",
        type=validators.timeout_seconds,
        help="Stop waiting after this many seconds, with exit code 124. The command keeps running in the cluster. "
        "The default is no limit.",
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
        help="What to do if the command could not run or failed: ask whether to look for the cause (only on a "
        "terminal, where it is the default), explain it (the default elsewhere), or report only the failure.",
    )
    context.argument(
        "command_id",
        options_list=["--command-id", "-i"],
        type=validators.command_id,
        help="Wait for a command that was submitted earlier, instead of submitting one.",
    )
    load_detail(context)
