"""All that `add-capacity` asks: the cluster, by a harmless command, and somebody at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.invoke.result import RunResult


def tried(session: Session, options: Options, why: str) -> RunResult | None:
    """How a harmless command ended that tells more; None where there is no reason for one, or it may not be run."""
    if not why or options.what_if:
        return None
    question = f"{why} Run `true` in the cluster to see whether a pod can be scheduled?"
    if not (options.yes or (options.ask and session.console.ask(question))):
        return None
    from azext_aksinvokefix.changes.probe import probe

    session.console.stage("Running `true` to see whether a pod can be scheduled")
    return probe(session)


def chosen(session: Session, options: Options, offers: Sequence[str]) -> int:
    """The place of the way that is taken: the first, unless somebody can choose."""
    if not options.ask or options.yes or options.what_if or len(offers) == 1:
        return 0
    place = session.console.choose("There are several ways to make room, the cheapest first:", offers)
    if place is None:
        raise RefusedError("Nothing was changed: you chose no option.", "--method chooses one without asking.")
    return int(place)
