"""The arguments of `diagnose`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_detail, load_report


def load(context: Any) -> None:
    load_report(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_diagnose)
    context.argument(
        "error",
        help="The text of a failure, as it was printed. '@file' reads it from a file.",
    )
    context.argument(
        "error_file",
        completer=completers.complete_file,
        help="A file that holds the text of a failure, such as the log of a pipeline; '-' for standard input.",
    )
    context.argument(
        "command_id",
        options_list=["--command-id", "-i"],
        type=validators.command_id,
        help="The id of the command that failed.",
    )
    context.argument(
        "offline",
        action="store_true",
        help="Judge by the text alone, without asking Azure anything. Needs --error or --error-file, no cluster.",
    )
    context.argument(
        "principal",
        type=validators.object_id,
        help="Look at the rights of somebody else: the object id of a user, group or service principal.",
    )
    context.argument(
        "policy_templates",
        options_list=["--policy-template"],
        action="append",
        completer=completers.complete_file,
        help="A file with the constraint template of a custom policy that only says at which URL its template is kept; "
        "repeat it for more. Nothing is fetched from such a URL: download the template and name the file here.",
    )
    context.argument(
        "fresh",
        action="store_true",
        help="Do not start from the last run of this cluster that failed on this machine, but look at every stage.",
    )
    context.argument(
        "fail_on",
        arg_type=get_enum_type(["error", "warning", "never"]),
        help="Exit with 4 when a finding of this severity or a higher one stands.",
    )
    load_detail(context)
