"""The arguments of `repair`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_consent, load_detail, load_failure, load_out, load_report


def load(context: Any) -> None:
    load_report(context)
    load_consent(context)
    load_out(context)
    load_failure(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_repair)
    context.argument(
        "command_string",
        options_list=["--command", "-c"],
        help="The command to run in the cluster after the repair.",
    )
    context.argument(
        "command_files",
        options_list=["--file", "-f"],
        action="append",
        completer=completers.complete_file,
        help="A file that the command needs; repeat it for more, or use '.' for the whole current folder.",
    )
    context.argument(
        "mode",
        arg_type=get_enum_type(["exemption"]),
        help="Allow exempting the cluster from a policy if nothing narrower works. This turns the policy off in "
        "every namespace of the cluster.",
    )
    context.argument(
        "wide_scope",
        action="store_true",
        help="Allow changing a policy assignment at management-group scope. Required in addition to --yes.",
    )
    load_detail(context)
    context.argument(
        "timeout",
        type=validators.timeout_seconds,
        help="How many seconds to wait for each change to take effect. The default is the longest it can take: an "
        "hour for a policy, ten minutes for a role.",
    )
