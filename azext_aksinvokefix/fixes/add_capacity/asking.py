"""Whether a pod lacks a node, and where neither pools nor texts tell: asking the cluster with a harmless command."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes.add_capacity import need as capacity_need
from azext_aksinvokefix.fixes.add_capacity.earlier import Recent
from azext_aksinvokefix.fixes.add_capacity.look import Scene
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.invoke.result import RunResult


def placed(result: RunResult) -> bool | None:
    """Whether a command pod found a node; None when the service does not say."""
    if result.failure is None or result.failure.stage in ("command", "result") or result.outcome == "failed":
        return True if result.outcome in ("succeeded", "failed") else None
    if result.failure.stage == "scheduling":
        return False
    is_on_a_node = result.failure.stage == "startup" and not catalog.leaves_cause_open(result.failure)
    return True if is_on_a_node else None


def need_of(session: Session, scene: Scene, options: Options, recent: Recent | None) -> Need:
    """What is known, and where that is not enough, what the cluster says when it is asked."""
    need, is_open = known(scene, options, is_answered=recent is not None)
    if not is_open:
        return need
    return after_trying(scene, need, _tried(session, options, need.why))


def known(scene: Scene, options: Options, *, is_answered: bool) -> tuple[Need, bool]:
    """The need as far as pools and texts tell, and whether only the cluster itself can tell more.

    ``is_answered``: room was made before, and whether that came after the failure does not show.
    """
    need = capacity_need.of(scene, scene.failure)
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


def after_trying(scene: Scene, need: Need, result: RunResult | None) -> Need:
    """The need once a harmless command was tried, None where it was not; where the cluster says nothing, a sign is
    enough to act upon."""
    if result is not None and placed(result):
        return Need(False, False, "A command pod found a node just now.")
    seen = capacity_need.of(scene, result.failure) if result is not None and result.failure else need
    return seen.accepted(seen.why) if seen.sign and not seen.certain else seen


def still_short(session: Session, scene: Scene, options: Options, recent: Recent) -> Need | None:
    """The need that an earlier change did not meet, by the scheduler's own word; None where nothing says so."""
    result = _tried(session, options, f"This was {recent.when} already: {recent.change.what}")
    if result is None or result.failure is None or result.failure.stage != "scheduling":
        return None
    return capacity_need.of(scene, result.failure)


def _tried(session: Session, options: Options, why: str) -> RunResult | None:
    """How a harmless command ended, where it may be run; None where not."""
    question = f"{why} Run `true` in the cluster to see whether a pod finds a node?"
    if options.what_if or not (options.yes or (options.ask and session.console.ask(question))):
        return None
    from azext_aksinvokefix.changes.probe import probe

    session.console.stage("Running `true` to see whether a pod finds a node")
    return probe(session)
