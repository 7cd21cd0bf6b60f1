"""What is to be done, from what was seen and what was answered: nothing, or one of these ways. It asks nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.fixes.add_capacity import choice
from azext_aksinvokefix.fixes.add_capacity import need as capacity_need
from azext_aksinvokefix.fixes.add_capacity.earlier import EarlierChange
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.nodes.pool_changes import PoolChange
from azext_aksinvokefix.shapes import same


@dataclass(frozen=True)
class Decision:
    """``ways`` to make room, the cheapest first, and the ``need`` that they meet; without any, ``notes`` say why."""

    need: Need
    ways: tuple[PoolChange, ...] = ()
    notes: tuple[str, ...] = ()


def question(scene: CapacityEvidence, options: Options) -> str:
    """Why the cluster should be asked with a harmless command; empty where that would tell nothing more."""
    if _is_under_way(scene, options):
        return ""
    made = _made(scene, options)
    if made is not None:
        return f"Already {made.when}: {made.change.what}"
    need, is_open = known(scene, options, is_answered=scene.recent is not None)
    return need.why if is_open else ""


def decided(scene: CapacityEvidence, options: Options, tried: RunResult | None) -> Decision:
    """What is done; ``tried`` is how the harmless command ended. RefusedError when there is no way to make room."""
    if _is_under_way(scene, options):
        return _nothing(_under_way(scene))
    made = _made(scene, options)
    if made is not None:
        short = _still_short(scene, tried)
        return _nothing(made_before(made)) if short is None else _for(scene, options, short)
    need, is_open = known(scene, options, is_answered=scene.recent is not None)
    return _for(scene, options, after_trying(scene, need, tried) if is_open else need)


def _for(scene: CapacityEvidence, options: Options, need: Need) -> Decision:
    """The ways that meet a need, or what is asked for without one."""
    if not (need.certain or options.wanted.is_explicit):
        return _nothing(_why_not(need))
    if choice.is_untainted(scene, options.wanted):
        return _nothing(f"Already done: no node pool has the taint {', '.join(options.remove_taint)}.", need.why)
    return Decision(need, tuple(choice.possible(scene, options.wanted, need.finding)))


def known(scene: CapacityEvidence, options: Options, *, is_answered: bool) -> tuple[Need, bool]:
    """The need as far as pools and texts tell, and whether only the cluster itself can tell more.

    ``is_answered``: room was made earlier, and whether that came after the failure does not show.
    """
    need = capacity_need.need_of(scene, scene.failure)
    if options.wanted.is_explicit:
        return need, False
    told = options.failure is not None
    if need.certain:
        outdated = is_answered and told and any(pool.usable for pool in scene.pools)
        if not outdated or scene.failure is None or scene.failure.source == "run":
            return need, False
        need = replace(need, certain=False)
    if told and need.sign and not is_answered:
        return need.accepted(need.why), False
    if not told and scene.failure is not None and not need.sign:
        return need, False
    return need, True


def after_trying(scene: CapacityEvidence, need: Need, result: RunResult | None) -> Need:
    """The need once a harmless command was tried, None where it was not; where the cluster says nothing, a sign is
    enough to act upon."""
    if result is not None and placed(result):
        return Need(False, False, "A command pod was scheduled just now.")
    seen = capacity_need.need_of(scene, result.failure) if result is not None and result.failure else need
    return seen.accepted(seen.why) if seen.sign and not seen.certain else seen


def placed(result: RunResult) -> bool | None:
    """Whether a command pod found a node; None when the service does not say."""
    if result.failure is None or result.failure.stage in ("command", "result") or result.outcome == "failed":
        return True if result.outcome in ("succeeded", "failed") else None
    if result.failure.stage == "scheduling":
        return False
    is_on_a_node = result.failure.stage == "startup" and not catalog.leaves_cause_open(result.failure)
    return True if is_on_a_node else None


def is_same_again(recent: EarlierChange, scene: CapacityEvidence, options: Options, change: Change) -> bool:
    """Whether a change that somebody named was made a moment ago."""
    return options.wanted.is_explicit and recent.is_fresh(scene.evidence.now) and recent.is_same(change)


def made_before(recent: EarlierChange) -> str:
    """That the room was made already."""
    return (
        f"Already done, nothing to do: {recent.change.what} (change {recent.change_id}, {recent.when}). Run the "
        "command again; on a new node the pod might need a second try."
    )


def _nothing(*notes: str) -> Decision:
    return Decision(Need(False, False, ""), notes=notes)


def _is_under_way(scene: CapacityEvidence, options: Options) -> bool:
    return bool(scene.busy) and not options.what_if


def _made(scene: CapacityEvidence, options: Options) -> EarlierChange | None:
    """The room that was made earlier, where it may have repaired the failure."""
    recent = scene.recent
    if recent is None or options.wanted.is_explicit:
        return None
    return recent if recent.answers(scene.failure, scene.failed_at, scene.evidence.now) else None


def _still_short(scene: CapacityEvidence, result: RunResult | None) -> Need | None:
    """The need that an earlier change did not meet, by the scheduler's own word; None where nothing says so."""
    if result is None or result.failure is None or result.failure.stage != "scheduling":
        return None
    return capacity_need.need_of(scene, result.failure)


def _under_way(scene: CapacityEvidence) -> str:
    """With --no-wait: what is in progress, if it is ours; else there is nothing to plan on."""
    recent = scene.recent
    if recent is None or not _is_of(recent.change, scene):
        raise RefusedError(
            f"Nothing was changed: {scene.busy}.",
            "Repeat the command without --no-wait to wait for that, or when it is finished.",
        )
    return (
        f"In progress, nothing to do: {recent.change.what} (change {recent.change_id}, {recent.when}). Now "
        f"{scene.busy}. Without --no-wait the command waits for that."
    )


def _is_of(change: Change, scene: CapacityEvidence) -> bool:
    """Whether what goes on is in the pool that a change wrote."""
    name = change.id.rsplit("/", 1)[-1]
    return any(same(pool.name, name) and f"'{pool.name}'" in scene.busy for pool in scene.pools)


def _why_not(need: Need) -> str:
    return (
        f"{need.why} A pod can still be pending: because of a slow image pull, or because of requests that only "
        "the scheduler sees. Give the error text with --error, or choose a method yourself with --method."
    )
