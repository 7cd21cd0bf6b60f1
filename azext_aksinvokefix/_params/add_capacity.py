"""The arguments of `add-capacity`."""

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
        "nodepool_name",
        completer=completers.complete_nodepool,
        help="Use this node pool; with --method add-pool, the name of the new one (default invoke).",
    )
    context.argument(
        "method",
        arg_type=get_enum_type(["start", "autoscale", "scale", "add-pool", "remove-taint"]),
        validator=validators.validate_capacity,
        help="How to make room: start a stopped pool, raise the autoscaler limits, scale by one node, add a pool, "
        "or remove a taint. Without it the command proposes the cheapest way, and on a terminal you choose.",
    )
    context.argument(
        "remove_taint",
        action="append",
        completer=completers.complete_taint,
        help="A taint to remove, as key=value:Effect; repeat it for more. Other pods can then use those nodes too. "
        "System taints, such as CriticalAddonsOnly, are never removed.",
    )
    context.argument(
        "node_vm_size",
        help="The VM size of a new node pool. The default is the size of the smallest existing pool.",
    )
    context.argument(
        "submit_only",
        options_list=["--no-wait"],
        action="store_true",
        help="Do not wait for a long operation once Azure has accepted it. Run the same command without it to wait.",
    )
