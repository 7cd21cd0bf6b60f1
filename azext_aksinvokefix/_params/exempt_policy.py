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
        help="The name or id of a policy assignment; repeat it for more. Without it every assignment that denies "
        "the command pod is changed.",
    )
    context.argument(
        "mode",
        arg_type=get_enum_type(["namespace", "exemption"]),
        help="namespace excludes the namespace of run commands from the assignment, and nothing else (the default "
        "where the assignment has a parameter for it). exemption switches the policy off for the whole cluster, "
        "in every namespace.",
    )
    context.argument(
        "category",
        arg_type=get_enum_type(["Waiver", "Mitigated"]),
        help="The category of an exemption.",
    )
    context.argument(
        "expires_in",
        type=validators.duration,
        help="After how long an exemption ends, such as 12h, 30d or 2w; never is for an exemption without an end.",
    )
    context.argument(
        "wide_scope",
        action="store_true",
        help="Allow changing an assignment at management-group scope, which reaches the clusters of many "
        "subscriptions. Needed beside --yes.",
    )
