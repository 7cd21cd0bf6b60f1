"""How detectors and the addresses of a cluster are read: which hours are asked about, and what a refusal costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from azext_aksinvokefix.evidence import detectors, endpoints
from azext_aksinvokefix.inside.endpoints import Endpoint
from tests.data.evidence import CLUSTER_ID, NOW, FakeArm, error
from tests.unit.inside.test_detectors import answer, listed

LIST, ENDPOINTS = f"{CLUSTER_ID}/detectors", f"{CLUSTER_ID}/outboundNetworkDependenciesEndpoints"
FOUND = answer(("Critical", "Not ready", "", "", "", ""))


def read(moment: Any = None, **answers: Any) -> tuple[Any, FakeArm]:
    arm = FakeArm(
        {LIST: {"value": [listed(name) for name in answers]}, **{f"{LIST}/{k}": v for k, v in answers.items()}}
    )
    return detectors.read_detectors(arm, CLUSTER_ID, ("nodes", "network"), moment, NOW), arm


def test_one_detector_that_fails_does_not_cost_the_others() -> None:
    found, _ = read(nodesnotready=FOUND, clusterdns=error(500))
    assert [one.message for one in found.value] == ["Not ready"]


def test_detectors_that_all_refuse_are_a_refusal_with_its_right() -> None:
    found, _ = read(nodesnotready=error(403, "AuthorizationFailed"))
    assert (found.known, found.needs) == (False, detectors.NEEDS)


def test_a_list_that_is_refused_asks_for_no_detector() -> None:
    arm = FakeArm({LIST: error(403, "AuthorizationFailed")})
    found = detectors.read_detectors(arm, CLUSTER_ID, ["nodes"], None, NOW)
    assert (found.known, found.needs, arm.paths()) == (False, detectors.NEEDS, [LIST])


@pytest.mark.parametrize(
    ("moment", "since", "until"),
    [
        (None, "2026-02-28T13:00:00Z", "2026-03-01T12:00:00Z"),
        (NOW + timedelta(hours=2), "2026-02-28T13:00:00Z", "2026-03-01T12:00:00Z"),
        (NOW - timedelta(days=3), "2026-02-25T14:00:00Z", "2026-02-26T13:00:00Z"),
    ],
)
def test_less_than_a_day_around_the_failure_is_asked_about(moment: Any, since: str, until: str) -> None:
    _, arm = read(moment, nodesnotready=FOUND)
    assert arm.asked[-1][2] == {"startTime": since, "endTime": until}


def test_further_back_than_a_detector_looks_it_chooses_itself() -> None:
    _, arm = read(NOW - timedelta(days=40), nodesnotready=FOUND)
    assert arm.asked[-1][2] == {}


def test_addresses_come_with_what_they_are_for() -> None:
    https = {"port": 443, "protocol": "Https"}
    group = {"category": "Images", "endpoints": [{"domainName": "mcr.microsoft.com", "endpointDetails": [https]}, {}]}
    found = endpoints.read_endpoints(FakeArm({ENDPOINTS: {"value": [group, 7]}}), CLUSTER_ID)
    assert found.value == [Endpoint("images", "mcr.microsoft.com", 443, "Https")]


def test_addresses_that_are_refused_name_the_right() -> None:
    found = endpoints.read_endpoints(FakeArm({ENDPOINTS: error(403)}), CLUSTER_ID)
    assert (found.known, found.needs) == (False, endpoints.NEEDS)
