"""Somebody else's edit comes between two requests, and is a request like any other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct

PROVIDER = "/providers/Microsoft.Authorization"
VERSION = "api-version=2025-11-01"


def world(*edits: dict[str, Any], **more: Any) -> Direct:
    policy = {"assignments": [{"of": "restricted", "name": "pod-security", "effect": "Deny"}]}
    return Direct({"policy": policy, "edits": list(edits), **more})


def read(azure: Direct, name: str = "pod-security") -> Any:
    url = f"/subscriptions/{azure.world.subscription}{PROVIDER}/policyAssignments/{name}?{VERSION}"
    return azure.get(url).body


def test_the_answer_before_an_edit_does_not_show_it_and_the_next_one_does() -> None:
    azure = world({"after": "policy-assignment-get", "set": {"properties": {"description": "theirs"}}})
    assert "description" not in read(azure)["properties"]
    assert read(azure)["properties"]["description"] == "theirs"


def test_an_edit_waits_for_the_call_that_it_names() -> None:
    azure = world({"after": "policy-assignment-get", "call": 2, "set": {"properties": {"description": "theirs"}}})
    described = ["description" in read(azure)["properties"] for _ in range(4)]
    assert described == [False, False, True, True]


def test_only_calls_about_the_named_resource_count() -> None:
    azure = world({"after": "policy-*", "of": "other", "set": {"properties": {"description": "theirs"}}})
    assert "description" not in [*read(azure)["properties"], *read(azure)["properties"]]


def test_the_author_of_an_edit_is_somebody_else() -> None:
    azure = world({"after": "policy-assignment-get", "by": "Mallory", "set": {"properties": {"description": "theirs"}}})
    read(azure)
    assert read(azure)["properties"]["metadata"]["updatedBy"] == "Mallory"


def test_a_member_that_is_null_is_taken_out() -> None:
    azure = world({"after": "policy-assignment-get", "set": {"properties": {"parameters": {"effect": None}}}})
    read(azure)
    assert read(azure)["properties"]["parameters"] == {}


def test_a_resource_may_vanish() -> None:
    azure = world({"after": "policy-assignment-get", "delete": True})
    read(azure)
    assert read(azure)["error"]["code"] == "PolicyAssignmentNotFound"


def test_an_edit_may_be_about_something_else_than_the_call() -> None:
    edit = {"after": "cluster-get", "target": "{cluster}/agentPools/nodepool1", "set": {"properties": {"count": 3}}}
    azure = world(edit)
    azure.get(f"{azure.cluster.id}?{VERSION}")
    assert azure.get(f"{azure.cluster.id}/agentPools/nodepool1?{VERSION}").body["properties"]["count"] == 3


def test_an_edit_that_the_service_refuses_is_a_mistake_of_the_scenario() -> None:
    azure = world({"after": "policy-assignment-get", "set": {"properties": {"policyDefinitionId": "/none"}}})
    with pytest.raises(AssertionError, match="refused"):
        read(azure)


def test_an_edit_can_be_added_on_the_way() -> None:
    azure = world()
    azure.world.edits.add("policy-assignment-get", set={"properties": {"description": "theirs"}})
    read(azure)
    assert read(azure)["properties"]["description"] == "theirs"


def test_somebody_else_may_ask_for_anything_at_any_time(azure: Any, simulator: Any) -> None:
    azure.load({"access": {"assignments": []}})
    assert azure.get(azure.cluster).status_code == 403
    assert simulator.ask("GET", azure.cluster).status == 200
