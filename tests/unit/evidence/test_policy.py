"""Reading the policies of a cluster: each resource once, few round trips, a reason for everything unread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.core.rest import HttpRequest

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.evidence.kql import literal
from azext_aksinvokefix.evidence.policy import read_policy
from azext_aksinvokefix.evidence.policy_definitions import query_for
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy.pod.prediction import verdict
from tests.data.policies import (
    BENCHMARK,
    CLUSTER,
    ESCALATION,
    NOW,
    READ_ONLY,
    RESTRICTED,
    ROOT,
    SUBSCRIPTION,
    assignment,
    definition,
    exemption,
)
from tests.present import present
from tests.worlds.http import Reply

HOST = "https://management.azure.com"
ASSIGNMENTS, EXEMPTIONS = f"{CLUSTER}{ROOT}/policyAssignments", f"{CLUSTER}{ROOT}/policyExemptions"
STATES = f"{CLUSTER}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
SAFEGUARDS = f"{CLUSTER}/providers/Microsoft.ContainerService/deploymentSafeguards/default"
GRAPH = "/providers/Microsoft.ResourceGraph/resources"


class Service:
    """ARM as far as it is asked here; stands in for the pipeline's transport. What is not listed is refused."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            ASSIGNMENTS: [],
            EXEMPTIONS: [],
            STATES: [],
            SAFEGUARDS: 404,
            **answers.pop("at", {}),
            **answers,
        }
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self._lock = threading.Lock()

    def send_request(self, request: HttpRequest, **_: Any) -> Reply:
        path = unquote(urlsplit(request.url).path)
        query = parse_qs(urlsplit(request.url).query)
        with self._lock:
            self.asked.append(path)
            if request.content:
                self.bodies.append(json.loads(request.content))
        answer = self.answers.get(path, 403)
        answer = answer(query) if callable(answer) else answer
        if isinstance(answer, str):
            return Reply(400, {"error": {"code": answer, "message": "the api-version is not supported"}})
        if isinstance(answer, int):
            return Reply(answer, {"error": {"code": "Refused", "message": f"status {answer}"}})
        return Reply(200, {"value": answer} if isinstance(answer, list) else answer)


def read(service: Service, endpoint: str = HOST) -> dict[str, Item]:
    return read_policy(Arm(service, endpoint), CLUSTER, NOW)


def test_built_ins_are_not_read() -> None:
    given = [assignment(READ_ONLY, name=f"a{number}") for number in range(200)]
    service = Service(at={ASSIGNMENTS: [*given, assignment(BENCHMARK, name="b")]})
    items = read(service)
    assert len(items["assignments"].value) == 200 + 16
    assert sorted(service.asked) == sorted([ASSIGNMENTS, EXEMPTIONS, STATES, SAFEGUARDS])


def test_many_custom_definitions_cost_one_query() -> None:
    customs = [definition(name=f"d{number}") for number in range(200)]
    given = [assignment(custom["id"], name=custom["name"]) for custom in customs]
    service = Service(at={ASSIGNMENTS: given, GRAPH: {"data": customs}})
    assert len(read(service)["assignments"].value) == 200
    assert len(service.asked) == 5


def test_the_query_also_brings_what_custom_initiatives_refer_to() -> None:
    custom = definition()
    initiative: dict[str, Any] = {
        "id": f"{SUBSCRIPTION}{ROOT}/policySetDefinitions/s",
        "properties": {"policyDefinitions": [{"policyDefinitionId": custom["id"], "policyDefinitionReferenceId": "r"}]},
    }
    service = Service(at={ASSIGNMENTS: [assignment(initiative["id"])], GRAPH: {"data": [initiative, custom]}})
    (found,) = read(service)["assignments"].value
    assert (found.reference_id, found.effect) == ("r", "deny")
    assert len(service.asked) == 5


def test_where_resource_graph_is_refused_each_definition_is_read_once() -> None:
    custom = definition()
    given = [assignment(custom["id"], name=name) for name in ("a1", "a2")]
    service = Service(at={ASSIGNMENTS: given, GRAPH: 403, custom["id"]: custom})
    assert [one.effect for one in read(service)["assignments"].value] == ["deny", "deny"]
    assert service.asked.count(custom["id"]) == 1


def test_where_resource_graph_is_refused_very_many_definitions_are_listed() -> None:
    own = [definition(name=f"d{number}") for number in range(40)]
    initiative: dict[str, Any] = {
        "id": f"{SUBSCRIPTION}{ROOT}/policySetDefinitions/s",
        "properties": {"policyDefinitions": [{"policyDefinitionId": own[0]["id"], "policyDefinitionReferenceId": "r"}]},
    }
    stray = {**initiative, "id": f"{SUBSCRIPTION}{ROOT}/policySetDefinitions/t"}
    given = [assignment(one["id"], name=f"a{number}") for number, one in enumerate([*own[1:], initiative])]
    lists = {
        f"{SUBSCRIPTION}{ROOT}/policyDefinitions": own,
        f"{SUBSCRIPTION}{ROOT}/policySetDefinitions": [initiative, stray],
    }
    service = Service(at={ASSIGNMENTS: given, **lists})
    policies = read(service)["assignments"].value
    assert len(policies) == 40 and not any(policy.unread for policy in policies)
    assert sorted(service.asked) == sorted([ASSIGNMENTS, EXEMPTIONS, STATES, SAFEGUARDS, GRAPH, *lists])


def test_a_definition_that_nobody_may_read_has_its_own_reason() -> None:
    custom, other = definition(), definition(name="other")
    given = [assignment(custom["id"]), assignment(other["id"], name="a2")]
    service = Service(at={ASSIGNMENTS: given, GRAPH: {"data": [other]}, custom["id"]: 403})
    unread, known = read(service)["assignments"].value
    assert (unread.unread, unread.needs) == (
        "(Refused) status 403",
        ("Microsoft.Authorization/policyDefinitions/read",),
    )
    assert known.effect == "deny"


@pytest.mark.parametrize(
    ("path", "item", "action"),
    [
        (ASSIGNMENTS, "assignments", "Microsoft.Authorization/policyAssignments/read"),
        (STATES, "policy_states", "Microsoft.PolicyInsights/policyStates/queryResults/read"),
        (SAFEGUARDS, "safeguards", "Microsoft.ContainerService/deploymentSafeguards/read"),
    ],
)
def test_a_refusal_is_an_item_that_says_what_is_needed(path: str, item: str, action: str) -> None:
    items = read(Service(at={path: 403}))
    assert items[item].unread and items[item].needs == (action,)
    assert all(other.known for name, other in items.items() if name != item)


def test_unread_exemptions_are_told_by_every_policy() -> None:
    service = Service(at={ASSIGNMENTS: [assignment(READ_ONLY)], EXEMPTIONS: 403})
    (found,) = read(service)["assignments"].value
    assert found.exemptions_unread == "(Refused) status 403"


def test_an_addition_that_comes_late_costs_nothing_else() -> None:
    release = threading.Event()
    service = Service(at={ASSIGNMENTS: [assignment(READ_ONLY)], STATES: lambda _: release.wait(20) and []})
    items = read_policy(Arm(service, HOST, deadline=time.monotonic() + 2.2), CLUSTER, NOW)
    release.set()
    assert len(items["assignments"].value) == 1
    assert not items["policy_states"].known and items["safeguards"].known


def test_no_safeguards_is_an_answer() -> None:
    item = read(Service())["safeguards"]
    assert item.known and item.value is None


def test_pages_are_followed_and_an_assignment_listed_twice_counts_once() -> None:
    first, second = assignment(READ_ONLY), assignment(READ_ONLY, name="a2")

    def pages(query: dict[str, Any]) -> dict[str, Any]:
        if "$skiptoken" in query:
            return {"value": [second, first]}
        return {"value": [first], "nextLink": f"{HOST}{ASSIGNMENTS}?$skiptoken=1"}

    assert len(read(Service(at={ASSIGNMENTS: pages}))["assignments"].value) == 2


def test_a_pinned_major_that_the_table_lacks_is_read_with_its_versions() -> None:
    nine = definition(version="9.1.0", parameters={"effect": {"defaultValue": "deny"}})
    ten = definition(version="10.0.0", parameters={"effect": {"defaultValue": "audit"}})
    given = assignment(ESCALATION, definitionVersion="9.*.*")
    service = Service(at={ASSIGNMENTS: [given], GRAPH: {"data": []}, f"{ESCALATION}/versions": [ten, nine]})
    (found,) = read(service)["assignments"].value
    assert (found.effect, found.version) == ("deny", "9.*.*")


def test_in_other_clouds_built_ins_are_read() -> None:
    initiative = {
        "id": RESTRICTED,
        "properties": {"policyDefinitions": [{"policyDefinitionId": READ_ONLY, "policyDefinitionReferenceId": "r"}]},
    }
    custom = definition()
    service = Service(
        at={
            ASSIGNMENTS: [assignment(RESTRICTED)],
            GRAPH: {"data": [initiative]},
            READ_ONLY: {**custom, "id": READ_ONLY},
        }
    )
    (found,) = read(service, "https://management.usgovcloudapi.net")["assignments"].value
    assert (found.reference_id, found.effect) == ("r", "deny")


def test_the_region_is_read_only_when_a_selector_asks_for_it() -> None:
    selectors = [{"selectors": [{"kind": "resourceLocation", "in": ["westus2"]}]}]
    given = assignment(READ_ONLY, values={"effect": "deny"}, resourceSelectors=selectors)
    service = Service(at={ASSIGNMENTS: [given], CLUSTER: {"location": "eastus"}})
    assert "resourceSelectors" in read(service)["assignments"].value[0].unreached
    assert CLUSTER in service.asked
    items = read_policy(Arm(Service(at={ASSIGNMENTS: [given]}), HOST), CLUSTER, NOW, lambda: "westus2")
    assert items["assignments"].value[0].excused() is None


def test_what_is_sent_is_small_and_asks_for_what_applies() -> None:
    service = Service(at={ASSIGNMENTS: [assignment(definition()["id"])], GRAPH: {"data": []}})
    urls: list[str] = []
    send = service.send_request

    def send_request(request: HttpRequest, **options: Any) -> Reply:
        urls.append(unquote(request.url))
        return send(request, **options)

    setattr(service, "send_request", send_request)  # noqa: B010
    read(service)
    assert sum("$filter=atScope()" in url for url in urls) == 2
    assert any("$filter=policyDefinitionAction eq 'deny'" in url for url in urls)
    assert service.bodies[0]["subscriptions"] == [SUBSCRIPTION.rpartition("/")[2]]


def test_exemptions_reach_the_policies() -> None:
    given = assignment(READ_ONLY, values={"effect": "deny"})
    service = Service(at={ASSIGNMENTS: [given], EXEMPTIONS: [exemption(given)]})
    assert read(service)["assignments"].value[0].excused() == "exempt"


@pytest.mark.parametrize("value", ["a'b", "a\\'b", "') or (1 == 1", "a\nb", "\\"])
def test_an_id_stands_in_the_query_as_a_literal(value: str) -> None:
    assert literal(value) in query_for([value])


@pytest.mark.parametrize("odd", [7, "x", None, {"a": 1}, [[]], [None, 7, "x", {}], [{"id": 7, "properties": []}]])
@pytest.mark.parametrize("path", [ASSIGNMENTS, EXEMPTIONS, STATES, GRAPH, SAFEGUARDS])
def test_odd_answers_are_survived(path: str, odd: Any) -> None:
    answer = odd if isinstance(odd, dict) else {"value": odd, "data": odd}
    items = read(Service(at={ASSIGNMENTS: [assignment(definition()["id"])], path: answer}))
    assert set(items) == {"assignments", "policy_states", "safeguards"}


@pytest.mark.parametrize("properties", [None, [], {}, {"policyDefinitionId": None, "enforcementMode": None}])
def test_an_assignment_that_does_not_say_what_it_assigns_is_not_passed_over(
    properties: dict[str, Any] | list[Any] | None,
) -> None:
    listed = [assignment(definition()["id"]), {"id": "/x", "properties": properties}]
    assert not read(Service(at={ASSIGNMENTS: {"value": listed}}))["assignments"].known


@pytest.mark.parametrize("odd", [7, "x", [[]], [None, 7], [{"id": "/x"}, None]])
def test_an_answer_that_is_no_list_of_assignments_does_not_mean_that_there_are_none(odd: Any) -> None:
    assert not read(Service(at={ASSIGNMENTS: {"value": odd}}))["assignments"].known


OLD_CODES = ["InvalidApiVersionParameter", "NoRegisteredProviderFound", "InvalidResourceType"]


def only_since(
    version: str, answer: dict[str, Any] | list[dict[str, Any]], code: str
) -> Callable[[dict[str, list[str]]], Any]:
    """An endpoint that knows no api-version as new as ``version``."""
    return lambda query: code if query["api-version"][0] >= version else answer


@pytest.mark.parametrize("code", OLD_CODES)
def test_a_cloud_that_does_not_show_pins_is_asked_for_what_it_shows_and_the_gap_is_told(code: str) -> None:
    listed = [assignment(ESCALATION, values={"effect": "Deny", "forcePrivilegeEscalationToBeFalse": True})]
    found = read(Service(at={ASSIGNMENTS: only_since("2023-04-01", listed, code)}))["assignments"]
    (policy,) = found.value
    assert "2023-04-01" in policy.pin_unseen
    assert verdict(policy).outcome == "unknown" and policy.pin_unseen in verdict(policy).why


def test_where_pins_are_shown_nothing_is_said_of_them() -> None:
    listed = [assignment(ESCALATION, values={"effect": "Deny", "forcePrivilegeEscalationToBeFalse": True})]
    (policy,) = read(Service(at={ASSIGNMENTS: listed}))["assignments"].value
    assert not policy.pin_unseen and verdict(policy).outcome == "deny"


def test_another_refusal_is_not_asked_again() -> None:
    service = Service(at={ASSIGNMENTS: "InvalidFilter"})
    assert "InvalidFilter" in present(read(service)["assignments"].unread)
    assert service.asked.count(ASSIGNMENTS) == 1


def test_a_definition_too_is_read_in_a_cloud_that_knows_no_versions() -> None:
    custom = definition()
    service = Service(
        at={ASSIGNMENTS: [assignment(custom["id"])], custom["id"]: only_since("2023", custom, OLD_CODES[0])}
    )
    (policy,) = read(service)["assignments"].value
    assert not policy.unread and policy.effect == "deny"
