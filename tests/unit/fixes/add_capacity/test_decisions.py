"""What add-capacity concludes from what was looked up, without a cluster to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.fixes.add_capacity import decision
from azext_aksinvokefix.fixes.add_capacity.earlier import EarlierChange
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Failure
from tests.data.evidence import FULL, START_TIMEOUT, cluster, failure, pool, with_cluster

TAINTED = pool(nodeTaints=["CriticalAddonsOnly=true:NoSchedule"])
DENIED = failure("(AuthorizationFailed) no")
FULL_TEXT, SLOW = failure(FULL), failure(START_TIMEOUT)
FULL_NOW = replace(FULL_TEXT, source="run")


def scene(*pools: dict[str, Any], said: Failure | None = None) -> CapacityEvidence:
    return CapacityEvidence(cluster(*pools), with_cluster(*pools), said)


@pytest.mark.parametrize(
    ("pools", "said", "options", "is_answered", "certain", "is_open"),
    [
        # No pool takes the pod: nothing is left to ask.
        ([TAINTED], None, Options(), False, True, False),
        # Pools that look well say nothing of the room in them.
        ([], None, Options(), False, False, True),
        # The scheduler's word is enough, unless room was made since.
        ([], FULL_TEXT, Options(failure=FULL_TEXT), False, True, False),
        ([], FULL_TEXT, Options(failure=FULL_TEXT), True, False, True),
        # Its word of this very moment comes after whatever was made before.
        ([], FULL_NOW, Options(failure=FULL_NOW), True, True, False),
        # Somebody who says that a pod did not start in time means it, but not once room was made.
        ([], SLOW, Options(failure=SLOW), False, True, False),
        ([], SLOW, Options(failure=SLOW), True, False, True),
        # A failure of another kind that the log has is not answered with nodes.
        ([], DENIED, Options(), False, False, False),
        # A way that is named needs no reason.
        ([], None, Options(method="scale"), False, False, False),
    ],
)
def test_what_is_known_and_whether_the_cluster_has_to_be_asked(
    pools: list[dict[str, Any]], said: Failure | None, options: Options, is_answered: bool, certain: bool, is_open: bool
) -> None:
    need, asks = decision.known(scene(*pools, said=said), options, is_answered=is_answered)
    assert (need.certain, asks) == (certain, is_open), need


HINT = Need(certain=False, sign=True, why="A pod waits.", finding="nodes-full")
NO_HINT = Need(certain=False, sign=False, why="Nothing shows.")


@pytest.mark.parametrize(
    ("need", "result", "certain"),
    [
        # A pod that ran had a node, whatever hinted at the opposite.
        (HINT, RunResult("succeeded", exit_code=0), False),
        (HINT, RunResult("failed", exit_code=1), False),
        # The scheduler says no.
        (NO_HINT, RunResult("notRun", failure=FULL_TEXT), True),
        # Nobody was asked: a hint is acted upon, none is not.
        (HINT, None, True),
        (NO_HINT, None, False),
    ],
)
def test_what_a_harmless_command_says_of_the_need(need: Need, result: RunResult | None, certain: bool) -> None:
    assert decision.after_trying(scene(), need, result).certain is certain


def test_what_is_acted_upon_by_a_hint_alone_is_in_doubt() -> None:
    assert decision.after_trying(scene(), HINT, None).doubt == HINT.why


NOW = with_cluster().now
MADE = EarlierChange("c1", NOW, Change("Add a node", "PUT", "/x/agentPools/nodepool1", "v"))
ROOM = RunResult("succeeded", exit_code=0)


def seen(
    *pools: dict[str, Any], said: Failure | None = None, busy: str = "", recent: EarlierChange | None = None
) -> CapacityEvidence:
    return CapacityEvidence(cluster(*pools), with_cluster(*pools), said, None, busy, recent)


@pytest.mark.parametrize(
    ("looked", "options", "asks"),
    [
        (seen(), Options(), True),
        (seen(TAINTED), Options(), False),
        (seen(), Options(method="scale"), False),
        # Room that was made a moment ago may not be enough: the cluster knows.
        (seen(recent=MADE), Options(), True),
        (seen(said=FULL_NOW, recent=MADE), Options(failure=FULL_NOW), False),
        # Nothing is planned while something goes on.
        (seen(busy="node pool 'nodepool1' is Scaling", recent=MADE), Options(), False),
    ],
)
def test_the_cluster_is_asked_only_where_it_can_tell_more(
    looked: CapacityEvidence, options: Options, asks: bool
) -> None:
    assert bool(decision.question(looked, options)) is asks


@pytest.mark.parametrize(
    ("looked", "options", "tried", "note"),
    [
        (seen(), Options(), ROOM, "was scheduled just now"),
        (seen(recent=MADE), Options(), None, "Already done, nothing to do: Add a node"),
        (seen(recent=MADE), Options(), ROOM, "Already done, nothing to do: Add a node"),
        (seen(busy="node pool 'nodepool1' is Scaling", recent=MADE), Options(), None, "In progress, nothing to do"),
        (seen(), Options(remove_taint=("gone",)), None, "no node pool has the taint gone"),
    ],
)
def test_nothing_is_done_where_it_would_not_help(
    looked: CapacityEvidence, options: Options, tried: RunResult | None, note: str
) -> None:
    decided = decision.decided(looked, options, tried)
    assert not decided.ways and note in decided.notes[0]


@pytest.mark.parametrize(
    ("looked", "options", "tried"),
    [
        (seen(TAINTED), Options(), None),
        (seen(), Options(method="scale"), None),
        (seen(recent=MADE), Options(), RunResult("notRun", failure=FULL_TEXT)),
        (seen(), Options(), RunResult("notRun", failure=FULL_TEXT)),
    ],
)
def test_room_is_made_where_a_node_is_lacking_or_a_way_was_named(
    looked: CapacityEvidence, options: Options, tried: RunResult | None
) -> None:
    assert decision.decided(looked, options, tried).ways


def test_what_others_do_in_the_cluster_is_not_built_on() -> None:
    with pytest.raises(RefusedError, match="is Scaling"):
        decision.decided(seen(busy="node pool 'nodepool1' is Scaling"), Options(no_wait=True), None)
