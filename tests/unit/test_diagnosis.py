"""Which evidence a failure makes worth reading, and what failure the evidence tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from azext_aksinvokefix import catalog, diagnosis
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.catalog.entry import SOURCES, Source
from azext_aksinvokefix.lifecycle import Failure, Item
from tests.data import policies
from tests.data.evidence import (
    CLUSTER_ID,
    COMMAND,
    FULL,
    OTHER,
    READ,
    RUN,
    START_TIMEOUT,
    SUBSCRIPTION,
    FakeArm,
    cluster,
    commands,
    entry,
    error,
    failure,
    ids,
    only,
    refused,
    sign_in,
)

AUTHORIZATION = f"{CLUSTER_ID}/providers/Microsoft.Authorization"
PERMISSIONS = f"{AUTHORIZATION}/permissions"
ASSIGNMENTS = f"{AUTHORIZATION}/roleAssignments"
ELIGIBLE = f"{AUTHORIZATION}/roleEligibilityScheduleInstances"
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r1"
EVENTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
HEALTHY: dict[str, Any] = {
    CLUSTER_ID: cluster(),
    PERMISSIONS: {"value": [entry("*").to_json()]},
    f"{AUTHORIZATION}/policyAssignments": {"value": []},
    f"{AUTHORIZATION}/policyExemptions": {"value": []},
    f"{CLUSTER_ID}/providers/Microsoft.Insights/metrics": {"value": []},
    EVENTS: {"value": []},
}
DENIAL = {"code": "KubernetesOperationError", "message": "0/1 nodes are available: 1 Insufficient cpu."}
#: The end of the path by which each source is read.
PATHS: dict[Source, str] = {
    "cluster": CLUSTER_ID,
    "permissions": "/Microsoft.Authorization/permissions",
    "metrics": "/Microsoft.Insights/metrics",
    "assignments": "/Microsoft.Authorization/policyAssignments",
    "events": "/dataCollectionRuleAssociations",
    "detectors": "/detectors",
    "endpoints": "/outboundNetworkDependenciesEndpoints",
}


class Queried(FakeArm):
    """ARM in memory that also answers queries: those of the logs by ``tables``, where there are some."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(answers)
        self.tables: list[dict[str, Any]] = []
        self.bodies: list[Any] = []

    def post(self, path: str, api_version: str | None = None, body: Any = None, **params: str) -> Any:
        if not self.tables or not path.endswith("/logs"):
            return {"value": [], "data": []}
        self.bodies.append(body)
        return {"tables": self.tables}


class Edge:
    """The CLI of a user who is signed in."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.queried = Queried({**HEALTHY, **answers})
        self.arm: Arm = self.queried

    def sign_in(self) -> Item:
        return sign_in()

    def cluster_token_error(self, profile: Mapping[str, Any]) -> str:
        return ""


def diagnose(answers: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    return diagnosis.diagnose(Edge(answers), CLUSTER_ID, failure(text) if text else None, **more).to_json()


def assigned(role: str, principal: str) -> dict[str, Any]:
    properties = {
        "roleDefinitionId": role,
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "scope": CLUSTER_ID,
    }
    return {"value": [{"properties": properties}]}


def role(*actions: str) -> dict[str, Any]:
    return {"id": ROLE, "properties": {"roleName": "R", "permissions": [entry(*actions).to_json()]}}


def eligible() -> dict[str, Any]:
    return {"value": [{"properties": {"roleDefinitionId": ROLE, "scope": CLUSTER_ID}}]}


def event(message: Any, **more: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "eventTimestamp": (datetime.now(timezone.utc) - timedelta(minutes=5)).isoformat(),
        "operationName": {"value": RUN},
        "status": {"value": "Failed"},
        "properties": {"statusMessage": message},
    }
    return {"value": [{**shown, **more}]}


@pytest.mark.parametrize("entry", catalog.FINDINGS.values(), ids=lambda entry: entry.id)
def test_exactly_the_sources_of_an_entry_are_read_for_it(entry: catalog.Entry) -> None:
    edge = Edge({})
    diagnosis.diagnose(edge, CLUSTER_ID, Failure(entry.stage, entry.id, None, "", "argument", {}))
    read = {source for source in SOURCES if any(path.endswith(PATHS[source]) for path in edge.queried.paths())}

    # What the caller may do is read where it decides whether the caller can make the change that repairs it.
    asks = entry.stage == "admission" or entry.repaired_by is not None
    assert read == {*entry.sources, *(("permissions",) if asks else ())}


def test_the_roles_of_the_principal_that_was_refused_are_read() -> None:
    answers = {ASSIGNMENTS: assigned(ROLE, OTHER), ROLE: role(READ)}
    found = only(diagnose(answers, refused(RUN, object_id=OTHER)), "arm-action-missing")
    assert found["confidence"] == "confirmed" and READ not in found["message"].partition("Missing:")[2]
    assert f"--assignee-object-id {OTHER} --assignee-principal-type ServicePrincipal" in commands(found)[0]


def test_roles_that_may_not_be_read_leave_the_text_and_say_what_is_needed() -> None:
    found = diagnose({ASSIGNMENTS: error(403, "AuthorizationFailed")}, refused(RUN, object_id=OTHER))
    assert only(found, "arm-action-missing")["confidence"] == "likely"
    assert "Microsoft.Authorization/roleAssignments/read" in found["unknowns"][0]["needs"]


def test_an_eligible_role_is_seen_even_where_the_permissions_may_not_be_read() -> None:
    answers = {PERMISSIONS: error(403, "AuthorizationFailed"), ELIGIBLE: eligible(), ROLE: role("*")}
    assert ids(diagnose(answers, refused(RUN))) == ["role-not-activated"]


@pytest.mark.parametrize("text", [None, "error: no route to host", json.dumps(DENIAL)])
def test_no_eligible_role_is_looked_for_where_nothing_says_that_a_right_is_missing(text: str | None) -> None:
    edge = Edge({PERMISSIONS: error(403, "AuthorizationFailed"), ELIGIBLE: eligible(), ROLE: role("*")})
    diagnosis.diagnose(edge, CLUSTER_ID, failure(text) if text else None)
    assert ELIGIBLE not in edge.queried.paths()


@pytest.mark.parametrize(
    "message",
    [
        json.dumps(DENIAL),
        json.dumps({"error": DENIAL}),
        {"error": DENIAL},
        json.dumps({"error": {"code": "DeploymentFailed", "message": "At least one failed.", "details": [DENIAL]}}),
    ],
)
def test_the_activity_log_tells_of_the_failure_in_any_shape(message: str | dict[str, Any]) -> None:
    found = diagnose({EVENTS: event(message)})
    assert found["failure"]["source"] == "activityLog"
    assert ids(found) == ["nodes-full"]


@pytest.mark.parametrize("properties", [None, {}, "x"])
def test_an_event_that_says_nothing_is_no_failure_to_diagnose(properties: str | dict[str, Any] | None) -> None:
    found = diagnose({EVENTS: event("", properties=properties)})
    assert (found["failure"], found["verdict"]) == (None, "ready")


@pytest.mark.parametrize(
    "answer", [error(404), error(404, "NotFound", "Could not find it."), error(404, "ResourceNotFound", "gone")]
)
def test_a_cluster_that_answers_404_does_not_exist_whatever_the_words(answer: ArmError) -> None:
    assert ids(diagnose({CLUSTER_ID: answer})) == ["cluster-not-found"]


@pytest.mark.parametrize("body", [[], "x", 7])
def test_an_answer_that_is_no_result_is_not_a_running_command(body: Any) -> None:
    assert ids(diagnose({f"{CLUSTER_ID}/commandResults/abc": body}, command_id="abc")) == ["result-lost"]


NEIGHBOUR = CLUSTER_ID[:-2] + "c10"


def test_a_role_at_another_scope_gives_nothing_at_this_cluster() -> None:
    below = assigned(ROLE, OTHER)
    below["value"][0]["properties"]["scope"] = NEIGHBOUR
    found = diagnose({ASSIGNMENTS: below, ROLE: role("*")}, principal=OTHER)
    assert ids(found) == ["arm-action-missing"]


@pytest.mark.parametrize(("about", "told"), [(CLUSTER_ID.upper(), True), (NEIGHBOUR, False)])
def test_only_this_cluster_s_events_count(about: str, told: bool) -> None:
    found = diagnose({EVENTS: event(json.dumps(DENIAL), resourceId=about)})
    assert (found["failure"] is not None) == told


def test_a_policy_assigned_elsewhere_is_not_in_force_here() -> None:
    elsewhere = policies.assignment(
        policies.READ_ONLY, scope=NEIGHBOUR, values={"effect": "Deny"}, displayName="elsewhere"
    )
    on = cluster(addonProfiles={"azurepolicy": {"enabled": True}})
    found = diagnose({CLUSTER_ID: on, f"{AUTHORIZATION}/policyAssignments": {"value": [elsewhere]}})
    assert (found["findings"], found["verdict"]) == ([], "ready")


LOGS = f"{CLUSTER_ID}/providers/Microsoft.Insights/logs"
DETECTORS = f"{CLUSTER_ID}/detectors"
POD = f"command-{COMMAND}"


def asked_inside(edge: Edge) -> set[str]:
    """Which of what lies inside the cluster was asked for."""
    inside: tuple[Source, ...] = ("events", "detectors", "endpoints")
    return {source for source in inside if any(path.endswith(PATHS[source]) for path in edge.queried.paths())}


def kube_events(edge: Edge, message: str) -> list[Any]:
    """Let the logs of the cluster hold an event of the failed pod; gives the bodies of the queries as they come."""
    columns = [{"name": name} for name in ("Type", "Name", "Reason", "Message")]
    edge.queried.tables = [{"columns": columns, "rows": [["KubeEvents", POD, "FailedScheduling", message]]}]
    return edge.queried.bodies


def test_before_anything_failed_nothing_inside_is_asked_for() -> None:
    edge = Edge({})
    diagnosis.diagnose(edge, CLUSTER_ID)
    assert asked_inside(edge) == set()


def test_what_the_log_tells_of_is_looked_for_at_its_time() -> None:
    moment = datetime.now(timezone.utc) - timedelta(hours=9)
    edge = Edge({EVENTS: event({"error": {"code": "K", "message": START_TIMEOUT}}, eventTimestamp=moment.isoformat())})
    bodies = kube_events(edge, FULL)
    found = diagnosis.diagnose(edge, CLUSTER_ID).to_json()
    assert only(found, "nodes-full")["confidence"] == "confirmed"
    since, until = bodies[0]["timespan"].split("/")
    assert since < f"{moment:%Y-%m-%dT%H:%M:%SZ}" < until < f"{moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert asked_inside(edge) == {"events", "detectors", "endpoints"}


def test_the_pod_of_a_command_that_is_asked_about_is_known_even_where_no_text_names_it() -> None:
    body = {"id": COMMAND, "properties": {"provisioningState": "Failed", "finishedAt": "2026-03-01T10:00:00Z"}}
    edge = Edge({f"{CLUSTER_ID}/commandResults/{COMMAND}": body})
    bodies = kube_events(edge, FULL)
    found = diagnosis.diagnose(edge, CLUSTER_ID, command_id=COMMAND).to_json()
    assert only(found, "nodes-full")["confidence"] == "confirmed"
    assert bodies[0]["timespan"] == "2026-03-01T09:30:00Z/2026-03-01T10:30:00Z"
    assert POD in bodies[0]["query"]


def test_a_command_that_worked_leaves_nothing_to_ask_for() -> None:
    body = {"id": COMMAND, "properties": {"provisioningState": "Succeeded", "exitCode": 0, "logs": ""}}
    edge = Edge({f"{CLUSTER_ID}/commandResults/{COMMAND}": body})
    diagnosis.diagnose(edge, CLUSTER_ID, command_id=COMMAND)
    assert asked_inside(edge) == set()


@pytest.mark.parametrize(("group", "asked"), [("FL_rg1_fleet1_eastus", True), ("rg1", False)])
def test_a_hub_of_a_fleet_is_looked_for_where_the_group_is_named_like_one(group: str, asked: bool) -> None:
    edge = Edge({})
    at = CLUSTER_ID.replace("/rg1/", f"/{group}/")
    diagnosis.diagnose(edge, at, failure("Run command is disabled for this cluster"))
    assert any(path.endswith("/denyAssignments") for path in edge.queried.paths()) is asked
