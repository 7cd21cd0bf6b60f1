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
        help="The error text, as printed. '@file' reads it from a file.",
    )
    context.argument(
        "error_file",
        completer=completers.complete_file,
        help="A file with the error text, such as a pipeline log; '-' for standard input.",
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
        help="Diagnose from the text alone, without contacting Azure. Needs --error or --error-file, but no cluster.",
    )
    context.argument(
        "principal",
        type=validators.object_id,
        help="Check the permissions of someone else: the object id of a user, group or service principal.",
    )
    context.argument(
        "policy_templates",
        options_list=["--policy-template"],
        action="append",
        completer=completers.complete_file,
        help="A file with the constraint template of a custom policy that stores its template at a URL; repeat it "
        "for more. The command does not fetch such a URL: download the template and name the file here.",
    )
    context.argument(
        "fresh",
        action="store_true",
        help="Ignore the last run on this cluster that failed on this machine, and check every stage.",
    )
    context.argument(
        "fail_on",
        arg_type=get_enum_type(["error", "warning", "never"]),
        help="Exit with 4 if there is a finding of this severity or higher.",
    )
    load_detail(context)
