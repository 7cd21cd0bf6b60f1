"""What add-capacity concludes from what was looked up, without a cluster to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix.fixes.add_capacity import asking
from azext_aksinvokefix.fixes.add_capacity.look import Scene
from azext_aksinvokefix.fixes.add_capacity.need import Need
from azext_aksinvokefix.fixes.add_capacity.options import Options
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Failure
from tests.data.evidence import FULL, START_TIMEOUT, cluster, failure, pool, with_cluster

TAINTED = pool(nodeTaints=["CriticalAddonsOnly=true:NoSchedule"])
DENIED = failure("(AuthorizationFailed) no")
FULL_TEXT, SLOW = failure(FULL), failure(START_TIMEOUT)
FULL_NOW = replace(FULL_TEXT, source="run")


def scene(*pools: dict[str, Any], said: Failure | None = None) -> Scene:
    return Scene(cluster(*pools), with_cluster(*pools), said)


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
    need, asks = asking.known(scene(*pools, said=said), options, is_answered=is_answered)
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
    assert asking.after_trying(scene(), need, result).certain is certain


def test_what_is_acted_upon_by_a_hint_alone_is_in_doubt() -> None:
    assert asking.after_trying(scene(), HINT, None).doubt == HINT.why
