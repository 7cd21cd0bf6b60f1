"""The arguments of `scan`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type, get_resource_group_completion_list

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_report


def load(context: Any) -> None:
    load_report(context)
    context.argument(
        "subscriptions",
        nargs="+",
        completer=completers.complete_subscription,
        validator=validators.validate_scan,
        help="The subscriptions to scan, by id or name, separated by spaces. The default is the current one.",
    )
    context.argument(
        "management_groups",
        nargs="+",
        completer=completers.complete_management_group,
        help="Scan everything under these management groups, by name.",
    )
    context.argument(
        "all_subscriptions",
        action="store_true",
        help="Scan every subscription of the tenant that `az account list` shows.",
    )
    # Not the argument of the other commands: a configured default group would narrow a scan in silence.
    context.argument(
        "group",
        options_list=["--resource-group", "-g"],
        completer=get_resource_group_completion_list,
        help="Scan only this resource group of the one subscription.",
    )
    context.argument("who", action="store_true", help="Also show who could run commands on each cluster.")
    context.argument(
        "verify",
        arg_type=get_enum_type(["none", "broken", "all"]),
        help="Diagnose the clusters that are not ready, or all of them, one by one as `diagnose` does, up to 8 at "
        "a time.",
    )
    context.argument(
        "accepted",
        completer=completers.complete_file,
        help="A YAML or JSON file with accepted findings: a list of finding, cluster (a glob on its id or name), "
        "until (a date) and reason.",
    )
    context.argument(
        "fail_on",
        arg_type=get_enum_type(["error", "warning", "never"]),
        help="Exit with 4 if any cluster has a finding of this severity or higher.",
    )
