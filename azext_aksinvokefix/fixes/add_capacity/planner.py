"""`add-capacity`: the cheapest change of the node pools that makes room for the command pod, loosening nothing unasked.

The pod asks for 200m CPU and 500Mi of memory on a Linux node and tolerates no taint.
"""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix.changes.plan import Change, Plan, RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.add_capacity import asking, choice, earlier, look
from azext_aksinvokefix.fixes.add_capacity.change import change_of
from azext_aksinvokefix.fixes.add_capacity.earlier import COMMAND, Recent
from azext_aksinvokefix.fixes.add_capacity.look import Scene
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.nodes import commands
from azext_aksinvokefix.nodes import pool_changes as ways
from azext_aksinvokefix.nodes.pool_changes import Way
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, mapping, same, text

#: Seconds after which `--wait` gives up on a node.
PATIENCE = 900.0

__all__ = ["Options", "effect", "plan"]

_JOIN_SUBNET = "Microsoft.Network/virtualNetworks/subnets/join/action"
_PRICES = "A node is billed while it runs; see the price of its VM size at https://azure.microsoft.com/pricing."


def plan(session: Session, options: Options) -> Plan:
    """The plan; without changes where room is there or under way. RefusedError when there is no way to make room."""
    scene = look.look(session, options.failure, wait=not (options.no_wait or options.what_if))
    recent = earlier.latest(session)
    if scene.busy and not options.what_if:
        return _under_way(session, scene, recent)
    if not options.wanted.is_explicit and recent and recent.answers(scene.failure, scene.failed_at, session.now):
        short = asking.still_short(session, scene, options, recent)
        if short is None:
            return _made_before(session, recent)
        need = short
    else:
        need = asking.need_of(session, scene, options, recent)
    if not (need.certain or options.wanted.is_explicit):
        return _nothing(session, _why_not(need))
    if choice.is_untainted(scene, options.wanted):
        return _nothing(
            session, f"Already done: no node pool has the taint {', '.join(options.remove_taint)}.", need.why
        )
    found = choice.possible(scene, options.wanted, need.finding)
    way = found[_chosen(session, options, found)]
    change = change_of(session, scene, way)
    if options.wanted.is_explicit and recent and recent.is_fresh(session.now) and recent.is_same(change):
        return _made_before(session, recent)
    return Plan(
        command=COMMAND,
        cluster_id=session.cluster_id,
        changes=(change,),
        requires=tuple(_required(scene, way)),
        warnings=tuple(_warnings(scene, way, need, options)),
        notes=tuple(_notes(scene, way, found, need)),
        next_step=_next_step(session, way, options.no_wait),
        cost=_cost_in_short(way),
        stock=(commands.stock(way, scene.target),),
    )


def effect(session: Session, _: Plan) -> bool | None:
    """Whether a command pod finds a node now; None when the service does not say."""
    from azext_aksinvokefix.changes.probe import probe

    return asking.placed(probe(session))


def _chosen(session: Session, options: Options, found: list[Way]) -> int:
    """The place of the way that is taken: the cheapest, unless somebody can choose."""
    if not options.ask or options.yes or options.what_if or len(found) == 1:
        return 0
    chosen = session.console.choose(
        "There are several ways to make room, the cheapest first:", [_offer(w) for w in found]
    )
    if chosen is None:
        raise RefusedError("Nothing was changed: no way was chosen.", "--method takes one without asking.")
    return int(chosen)


def _offer(way: Way) -> str:
    return f"{way.what} {_cost(way)}"


def _cost(way: Way) -> str:
    """What a way adds, in what is paid for."""
    size = f" of size {way.size}" if way.size else ""
    if way.nodes == 0:
        return "It adds no node."
    if way.nodes is None:
        return f"It brings back as many nodes{size} as the pool had, which does not show while it is stopped."
    return f"It adds {way.nodes} node{size}."


def _cost_in_short(way: Way) -> str:
    size = way.size or "node(s)"
    return "none" if way.nodes == 0 else f"+{way.nodes} {size}" if way.nodes else f"the {size} that the pool had"


def _required(scene: Scene, way: Way) -> Iterator[tuple[str, str]]:
    yield (commands.WRITE_POOLS, scene.evidence.cluster_id)
    subnet = dict(way.values).get("vnetSubnetID")
    if subnet:
        yield (_JOIN_SUBNET, str(subnet))


def _warnings(scene: Scene, way: Way, need: Need, options: Options) -> Iterator[str]:
    if way.nodes != 0:
        yield f"{_cost(way)} {_PRICES}"
    if way.method == ways.REMOVE_TAINT:
        yield (
            f"The taints kept every pod without a matching toleration away from the nodes of '{way.pool}'; such pods "
            "come there from now on. Ask whoever set them."
        )
    if need.doubt and not options.wanted.is_explicit:
        yield f"That nodes are full is not certain: {need.doubt}"
    if scene.busy:
        yield f"At the moment {scene.busy}; nothing is changed before that ends."
    if scene.makes_own_nodes:
        yield "Node auto-provisioning makes nodes by itself: running the command once more may be all that is needed."


def _notes(scene: Scene, way: Way, found: list[Way], need: Need) -> Iterator[str]:
    if need.certain and not need.doubt:
        yield need.why
    for other in found:
        if other is not way:
            yield f"Another way (--method {other.method}): {_offer(other)}"
    for pool in ways.untaintable(scene.pools):
        if way.method != ways.REMOVE_TAINT:
            options = " ".join(f"--remove-taint {taint}" for taint in pool.taints)
            yield f"Node pool '{pool.name}' would take the pod without its taints; only {options} takes them away."
    for pool in scene.pools:
        if ways.is_broken(pool):
            state = one_line(text(pool.profile.get("provisioningState")))
            yield f"Node pool '{pool.name}' is {state}: what it shows is what was asked for, not what there is."
    if dig(mapping(scene.properties.get("addonProfiles")), "aciConnectorLinux", "enabled") is True:
        yield "The virtual node does not take the command pod: it has a taint of its own."


def _next_step(session: Session, way: Way, no_wait: bool) -> str:
    target = Target.of(session.cluster_id)
    run = az("aks", "invoke-fix", "run", *target.options, "-c", "kubectl get nodes")
    if no_wait:
        show = az("aks", "nodepool", "show", *target.pool_options, "--name", way.pool)
        return f"Azure goes on with it: `{show}` or `az aks invoke-fix history` shows how far it is."
    if way.method == ways.REMOVE_TAINT:
        return f"Run the command again: `{run}`."
    return f"Run the command again: `{run}`. The first try may time out while the node pulls the image."


def _why_not(need: Need) -> str:
    return (
        f"{need.why} A pod may wait all the same: for an image that is slow to come, or for what only the scheduler "
        "counts. Give the text of the failure with --error, or choose a way yourself with --method."
    )


def _nothing(session: Session, *notes: str) -> Plan:
    return Plan(COMMAND, session.cluster_id, notes=notes)


def _made_before(session: Session, recent: Recent) -> Plan:
    return _nothing(
        session,
        f"Already done, nothing to do: {recent.change.what} (change {recent.change_id}, {recent.when}). Run the "
        "command again; its pod may need a second try on a new node.",
    )


def _under_way(session: Session, scene: Scene, recent: Recent | None) -> Plan:
    """With --no-wait: what is in progress, if it is ours; else there is nothing to plan on."""
    if recent is None or not _is_of(recent.change, scene):
        raise RefusedError(
            f"Nothing was changed: {scene.busy}.",
            "Repeat the command without --no-wait, which waits for that, or when it is over.",
        )
    return _nothing(
        session,
        f"Under way, nothing is changed: {recent.change.what} (change {recent.change_id}, {recent.when}). Now "
        f"{scene.busy}. Without --no-wait the command waits for that.",
    )


def _is_of(change: Change, scene: Scene) -> bool:
    """Whether what goes on is in the pool that a change wrote."""
    name = change.id.rsplit("/", 1)[-1]
    return any(same(pool.name, name) and f"'{pool.name}'" in scene.busy for pool in scene.pools)
