"""`add-capacity`: the cheapest change of the node pools that makes room for the command pod, loosening nothing unasked.

The pod asks for 200m CPU and 500Mi of memory on a Linux node and tolerates no taint.
"""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix.changes.at_rest import at_rest
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes.add_capacity import asking, decision, look
from azext_aksinvokefix.fixes.add_capacity.change import change_of, read_pool
from azext_aksinvokefix.fixes.add_capacity.decision import Decision
from azext_aksinvokefix.fixes.add_capacity.earlier import COMMAND
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.nodes import commands
from azext_aksinvokefix.nodes import pool_changes as ways
from azext_aksinvokefix.nodes.pool_changes import PoolChange
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, mapping, text

#: Seconds after which `--wait` gives up on a node.
PATIENCE = 900.0

__all__ = ["PATIENCE", "Options", "effect", "plan"]

_JOIN_SUBNET = "Microsoft.Network/virtualNetworks/subnets/join/action"
_PRICES = "A node is billed while it runs; see the price of its VM size at https://azure.microsoft.com/pricing."


def plan(session: Session, options: Options) -> Plan:
    """The plan; without changes where room is there or under way. RefusedError when there is no way to make room."""
    cluster, busy = at_rest(session, wait=not (options.no_wait or options.what_if))
    scene = look.look(session, cluster, busy, options.failure)
    tried = asking.tried(session, options, decision.question(scene, options))
    decided = decision.decided(scene, options, tried)
    if not decided.ways:
        return _nothing(scene, *decided.notes)
    way = decided.ways[asking.chosen(session, options, [_offer(each) for each in decided.ways])]
    change = change_of(scene, way, read_pool(session, way))
    if scene.recent and decision.is_same_again(scene.recent, scene, options, change):
        return _nothing(scene, decision.made_before(scene.recent))
    return _planned(scene, options, decided, way, change)


def effect(session: Session, _: Plan) -> bool | None:
    """Whether a command pod finds a node now; None when the service does not say."""
    from azext_aksinvokefix.changes.probe import probe

    return decision.placed(probe(session))


def _planned(scene: CapacityEvidence, options: Options, decided: Decision, way: PoolChange, change: Change) -> Plan:
    return Plan(
        command=COMMAND,
        cluster_id=scene.evidence.cluster_id,
        changes=(change,),
        requires=tuple(_required(scene, way)),
        warnings=tuple(_warnings(scene, way, decided.need, options)),
        notes=tuple(_notes(scene, way, decided)),
        next_step=_next_step(scene, way, options.no_wait),
        cost=_cost_in_short(way),
        stock=(commands.stock(way, scene.target),),
    )


def _offer(way: PoolChange) -> str:
    return f"{way.what} {_cost(way)}"


def _cost(way: PoolChange) -> str:
    """What a way adds, in what is paid for."""
    size = f" of size {way.size}" if way.size else ""
    if way.nodes == 0:
        return "It adds no node."
    if way.nodes is None:
        return (
            f"It restores as many nodes{size} as the pool had; Azure does not show the number while the pool is "
            "stopped."
        )
    return f"It adds {way.nodes} node{size}."


def _cost_in_short(way: PoolChange) -> str:
    size = way.size or "node(s)"
    return "none" if way.nodes == 0 else f"+{way.nodes} {size}" if way.nodes else f"the {size} that the pool had"


def _required(scene: CapacityEvidence, way: PoolChange) -> Iterator[tuple[str, str]]:
    yield (commands.WRITE_POOLS, scene.evidence.cluster_id)
    subnet = dict(way.values).get("vnetSubnetID")
    if subnet:
        yield (_JOIN_SUBNET, str(subnet))


def _warnings(scene: CapacityEvidence, way: PoolChange, need: Need, options: Options) -> Iterator[str]:
    if way.nodes != 0:
        yield f"{_cost(way)} {_PRICES}"
    if way.method == ways.REMOVE_TAINT:
        yield (
            f"The taints kept every pod without a matching toleration off the nodes of '{way.pool}'; without the "
            "taints such pods can run there. Ask the person who set them."
        )
    if need.doubt and not options.wanted.is_explicit:
        yield f"It is not certain that nodes are full: {need.doubt}"
    if scene.busy:
        yield f"At the moment {scene.busy}; nothing is changed until that ends."
    if scene.makes_own_nodes:
        yield "Node auto-provisioning creates nodes automatically: running the command once more might be enough."


def _notes(scene: CapacityEvidence, way: PoolChange, decided: Decision) -> Iterator[str]:
    if decided.need.certain and not decided.need.doubt:
        yield decided.need.why
    for other in decided.ways:
        if other is not way:
            yield f"Another way (--method {other.method}): {_offer(other)}"
    for pool in ways.untaintable(scene.pools):
        if way.method != ways.REMOVE_TAINT:
            options = " ".join(f"--remove-taint {taint}" for taint in pool.taints)
            yield f"Node pool '{pool.name}' could run the pod without its taints; only {options} removes them."
    for pool in scene.pools:
        if ways.is_broken(pool):
            state = one_line(text(pool.profile.get("provisioningState")))
            yield f"Node pool '{pool.name}' is {state}: it shows the requested state, not the current one."
    if dig(mapping(scene.properties.get("addonProfiles")), "aciConnectorLinux", "enabled") is True:
        yield "The virtual node cannot run the command pod: it has its own taint."


def _next_step(scene: CapacityEvidence, way: PoolChange, no_wait: bool) -> str:
    target = scene.target
    run = az("aks", "invoke-fix", "run", *target.options, "-c", "kubectl get nodes")
    if no_wait:
        show = az("aks", "nodepool", "show", *target.pool_options, "--name", way.pool)
        return f"Azure continues the operation: `{show}` or `az aks invoke-fix history` shows its progress."
    if way.method == ways.REMOVE_TAINT:
        return f"Run the command again: `{run}`."
    return f"Run the command again: `{run}`. The first try might time out while the node pulls the image."


def _nothing(scene: CapacityEvidence, *notes: str) -> Plan:
    return Plan(COMMAND, scene.evidence.cluster_id, notes=notes)
