"""The arguments of `exempt-policy`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_failure, load_writing


def load(context: Any) -> None:
    load_writing(context)
    load_failure(context)
    context.argument(
        "policy_assignments",
        options_list=["--policy-assignment"],
        action="append",
        completer=completers.complete_assignment,
        help="The name or id of a policy assignment; repeat it for more. Without it, every assignment that denies "
        "the command pod is changed.",
    )
    context.argument(
        "mode",
        arg_type=get_enum_type(["namespace", "exemption"]),
        help="namespace excludes only the run-command namespace from the assignment (the default if the assignment "
        "has a parameter for it). exemption turns the policy off for the whole cluster, in every namespace.",
    )
    context.argument(
        "category",
        arg_type=get_enum_type(["Waiver", "Mitigated"]),
        help="The category of the exemption.",
    )
    context.argument(
        "expires_in",
        type=validators.duration,
        help="When the exemption expires, such as 12h, 30d or 2w from now; never creates one without an expiry date.",
    )
    context.argument(
        "wide_scope",
        action="store_true",
        help="Allow changing an assignment at management-group scope, which affects clusters in many "
        "subscriptions. Required in addition to --yes.",
    )
