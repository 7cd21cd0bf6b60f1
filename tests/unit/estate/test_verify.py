"""A closer look at the clusters of a scan."""

from __future__ import annotations

import threading
from typing import Any

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.verify import AT_ONCE, verify
from azext_aksinvokefix.lifecycle import STAGES, Diagnosis, StageReport
from tests.worlds.estate import EstateWorld

#: Of a cluster with which nothing is wrong.
FINE = Diagnosis("c", "ready", None, tuple(StageReport(stage, "passed") for stage in STAGES), (), ())


def _with(world: EstateWorld, **given: Any) -> dict[str, Any]:
    def follow(clusters: Any) -> None:
        verify(clusters, Accepted(), lambda one: diagnosis.diagnose(world.edge, one), lambda *_: None, **given)

    return world.scan(follow=follow)


def test_what_only_diagnose_can_see_takes_the_place_of_an_unknown() -> None:
    world = EstateWorld("safeguards-enforced")
    assert world.cluster()["verdict"] == "unknown"
    (cluster,) = _with(EstateWorld("safeguards-enforced"))["clusters"]
    assert {one["id"] for one in cluster["findings"]} == {"safeguards-denied"}
    assert cluster["verdict"] == "blocked"
    assert not any("Safeguards deny" in one["what"] for one in cluster["unknowns"])


def test_access_is_told_and_the_stages_around_it_stay_skipped() -> None:
    (cluster,) = _with(EstateWorld("healthy"))["clusters"]
    outcomes = {each["stage"]: each["outcome"] for each in cluster["stages"]}
    assert outcomes["access"] == "passed"
    assert {outcomes[one] for one in ("client", "sign-in", "startup", "command", "result")} == {"skipped"}


def test_a_cluster_that_cannot_be_diagnosed_is_not_ready_and_costs_no_other() -> None:
    clusters = EstateWorld({"clusters": [{"name": "c1"}, {"name": "c2"}]}).scan()["clusters"]

    def diagnose(cluster_id: str) -> Diagnosis:
        if cluster_id.endswith("c1"):
            raise ValueError("no answer")
        return FINE

    verify(clusters, Accepted(), diagnose, lambda *_: None)
    assert [(one["name"], one["verdict"]) for one in clusters] == [("c1", "unknown"), ("c2", "ready")]
    assert clusters[0]["unknowns"][0]["why"] == "no answer"


def test_no_more_than_eight_are_diagnosed_at_a_time() -> None:
    clusters = EstateWorld({"clusters": [{"name": f"c{number}"} for number in range(30)]}).scan()["clusters"]
    running, most, lock, full = [0], [0], threading.Lock(), threading.Event()

    def diagnose(_: str) -> Diagnosis:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
            if running[0] == AT_ONCE:
                full.set()
        assert full.wait(20), "fewer than eight at a time"
        with lock:
            running[0] -= 1
        return FINE

    heard: list[tuple[int, int]] = []
    verify(clusters, Accepted(), diagnose, lambda *told: heard.append(told))
    assert most[0] == AT_ONCE
    assert len(heard) == 30
