"""What the cluster wrote down decides only about its own pod; detectors and other pods only hint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.checks.remembered import at
from azext_aksinvokefix.inside.detectors import Insight
from azext_aksinvokefix.inside.events import Event, Inside, Pod, of_command
from azext_aksinvokefix.lifecycle import Item
from tests.data.evidence import (
    COMMAND,
    FULL,
    HIDDEN,
    NOW,
    START_TIMEOUT,
    commands,
    failure,
    healthy,
    ids,
    only,
    unread,
    with_cluster,
)
from tests.data.evidence import pool as a_pool

POD, OTHER = f"command-{COMMAND}", "command-" + "f" * 32
PULL = 'Failed to pull image "mcr.microsoft.com/aks/command/runtime:1": dial tcp 1.2.3.4:443: i/o timeout'
SANDBOX = "Failed to create pod sandbox: failed to setup network: no IP address is available"


def seen(*events: Event, **more: Any) -> Item:
    return Item(value=Inside(events=tuple(events), **more), source="KubeEvents")


def event(message: str, pod: str = POD, reason: str = "FailedScheduling") -> Event:
    return Event(pod, reason, message, 3, NOW)


@pytest.mark.parametrize("text", [START_TIMEOUT, HIDDEN])
@pytest.mark.parametrize(("words", "finding"), [(FULL, "nodes-full"), (PULL, "image-pull-failed")])
def test_an_event_of_the_own_pod_is_the_cause_of_a_text_that_has_many(text: str, words: str, finding: str) -> None:
    cause = of_command(failure(text, source="run"), COMMAND)
    found = checks.run(cause, healthy(events=seen(event(words))))
    assert only(found, finding)["confidence"] == "confirmed"
    assert not {"start-timeout", "result-hidden"} & set(ids(found))
    assert found["failure"]["message"] == failure(text).message
    assert found["unknowns"] == []


def test_what_came_last_in_the_life_of_a_pod_is_the_cause() -> None:
    cause = failure(START_TIMEOUT, source="run")
    found = checks.run(cause, healthy(events=seen(event(FULL), event(PULL, reason="Failed"))))
    assert "image-pull-failed" in ids(found) and "nodes-full" not in ids(found)


def test_an_event_sharpens_a_pasted_text_that_names_the_same() -> None:
    cause = failure(f"pod {POD}: ImagePullBackOff")
    words = 'Failed to pull image "r1.azurecr.io/aks-managed-repository/x:1": 401 Unauthorized'
    evidence = healthy(events=seen(event(words, reason="Failed")))
    found = only(checks.run(cause, evidence), "image-pull-failed")
    assert found["confidence"] == "confirmed" and "reached the registry" in found["message"]


def test_a_run_of_earlier_is_as_sure_as_what_is_on_record_of_its_pod() -> None:
    cause = at(failure(START_TIMEOUT, source="run"), NOW)
    found = only(checks.run(cause, healthy(events=seen(event(FULL)))), "nodes-full")
    assert found["confidence"] == "confirmed" and found["evidence"][0]["source"] == "KubeEvents"


def test_what_a_container_waits_for_tells_it_without_an_event() -> None:
    evidence = healthy(events=seen(pods=(Pod(POD, "Pending", "aks-np1-1", "ImagePullBackOff"),)))
    found = only(checks.run(failure(START_TIMEOUT, source="run"), evidence), "image-pull-failed")
    assert (found["confidence"], found["evidence"][0]["source"]) == ("confirmed", "KubePodInventory")


def test_an_event_of_another_pod_is_a_hint_and_explains_nothing() -> None:
    found = checks.run(failure(START_TIMEOUT, source="run"), healthy(events=seen(event(FULL, pod=OTHER))))
    hint = only(found, "nodes-full")
    assert (hint["confidence"], hint["severity"]) == ("possible", "warning")
    assert OTHER in hint["evidence"][0]["detail"] and commands(hint)
    assert "start-timeout" in ids(found)


def test_events_of_another_pod_say_nothing_where_the_text_names_the_cause() -> None:
    found = checks.run(failure(FULL, source="run"), healthy(events=seen(event(PULL, pod=OTHER))))
    assert ids(found) == ["nodes-full"]


def test_no_pod_is_ours_where_the_command_is_not_known() -> None:
    found = checks.run(failure(HIDDEN), healthy(events=seen(event(FULL))))
    assert only(found, "nodes-full")["confidence"] == "possible"


def test_an_event_whose_words_name_no_cause_is_shown_with_the_text() -> None:
    evidence = healthy(events=seen(event(SANDBOX, reason="FailedCreatePodSandBox"), pods=(Pod(POD, "Pending", "n1"),)))
    found = checks.run(failure(START_TIMEOUT, source="run"), evidence)
    shown = [datum["detail"] for datum in only(found, "start-timeout")["evidence"]]
    assert any(SANDBOX in detail for detail in shown) and any("on node n1" in detail for detail in shown)


def test_no_event_is_no_pass() -> None:
    found = checks.run(failure(START_TIMEOUT, source="run"), healthy(events=seen()))
    assert any("minutes late" in question["why"] for question in found["unknowns"])
    assert found["verdict"] == "blocked"


def test_events_that_may_not_be_read_name_the_right() -> None:
    right = "Microsoft.OperationalInsights/workspaces/query/read"
    found = checks.run(failure(START_TIMEOUT, source="run"), healthy(events=unread("(AuthorizationFailed) no", right)))
    assert any(question["needs"] == [right] for question in found["unknowns"])


def test_a_part_of_the_events_is_said_to_be_one() -> None:
    found = checks.run(failure(START_TIMEOUT, source="run"), healthy(events=seen(partial="one shard is missing")))
    assert any("one shard is missing" in question["why"] for question in found["unknowns"])


def insight(message: str = "Nodes are not ready", *details: str, topic: Any = "nodes") -> Insight:
    return Insight(f"{topic}-detector", topic, True, message, details)


def detected(*insights: Insight) -> Item:
    return Item(value=list(insights), source="detectors")


@pytest.mark.parametrize(
    ("details", "confidence"), [(("Node: aks-nodepool1-123-vmss000000",), "confirmed"), (("Node: gone",), "possible")]
)
def test_a_detector_is_sure_where_it_names_a_thing_of_this_cluster(details: tuple[str, ...], confidence: str) -> None:
    evidence = healthy(detectors=detected(insight("Nodes are not ready", *details)))
    found = checks.run(failure(START_TIMEOUT, source="run"), evidence)
    shown = only(found, "nodes-not-ready")
    assert (shown["confidence"], shown["severity"]) == (confidence, "warning")
    assert shown["evidence"][0]["source"] == "detectors/nodes-detector"
    assert "start-timeout" in ids(found)


@pytest.mark.parametrize("pool", ["system", "user", "agent", "default"])
@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        ("{} components on some nodes are not ready", "possible"),
        ("Nodes of the {} node pools are not ready", "possible"),
        ("Nodes of node pool '{}' are not ready", "confirmed"),
    ],
)
def test_a_detector_that_uses_the_name_of_a_pool_as_a_word_is_not_sure(pool: str, said: str, confidence: str) -> None:
    evidence = replace(with_cluster(a_pool(pool)), detectors=detected(insight(said.format(pool))))
    found = checks.run(failure(START_TIMEOUT, source="run"), evidence)
    assert only(found, "nodes-not-ready")["confidence"] == confidence


@pytest.mark.parametrize("topic", ["network", "service", "addresses"])
def test_what_a_detector_says_of_the_rest_stands_with_the_text(topic: str) -> None:
    evidence = healthy(detectors=detected(insight("Something is wrong", topic=topic)))
    found = checks.run(failure(START_TIMEOUT, source="run"), evidence)
    sources = [datum["source"] for datum in only(found, "start-timeout")["evidence"]]
    assert f"detectors/{topic}-detector" in sources and ids(found) == ["start-timeout"]


def test_detectors_that_may_not_be_read_are_an_open_question() -> None:
    right = "Microsoft.ContainerService/managedClusters/detectors/read"
    evidence = healthy(detectors=unread("(AuthorizationFailed) no", right))
    found = checks.run(failure(START_TIMEOUT, source="run"), evidence)
    assert any(question["needs"] == [right] for question in found["unknowns"])


@pytest.mark.parametrize("reason", ["Failed\nReady", "failedscheduling", "", "Ready", "Normal"])
def test_an_event_by_a_name_that_no_component_uses_decides_nothing(reason: str) -> None:
    found = checks.run(failure(START_TIMEOUT, source="run"), healthy(events=seen(event(FULL, reason=reason))))
    assert ids(found) == ["start-timeout"]
