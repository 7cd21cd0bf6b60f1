"""`exempt-policy` with the real `az`: denied, fixed, a command runs, undone, denied again, and not a byte is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.exempting import COMMAND, LATER, READ_ONLY, assignment, exempt, run, steady, undo, written

ABOVE = {"access": {"assignments": ["Owner", {"role": "Owner", "scope": "managementGroup"}]}}
GUID = "df49d893-a74c-421d-bc95-c663042e5b80"
ODD = {
    "policy": {
        "initiatives": [
            {
                "name": "odd",
                "parameters": {
                    "effect": {"type": "String", "defaultValue": "Audit"},
                    "excludedNamespaces-1": {"type": "Array", "defaultValue": ["kube-system", "one"]},
                    f"{GUID}_excludedNamespaces": {"type": "Array", "defaultValue": ["two"]},
                },
                "references": [
                    ["token", "automountToken", None, "effect", "excludedNamespaces-1"],
                    ["root", "readOnlyRootFilesystem", None, "effect", f"{GUID}_excludedNamespaces"],
                ],
            }
        ],
        "assignments": [{"of": "odd", "name": "odd", "effect": "Deny"}],
    }
}

#: What denies the pod, the arguments that deal with it, and what is written.
LOOPS: list[tuple[str, str | dict[str, Any], tuple[str, ...], int]] = [
    ("a built-in at the subscription", {"policy": {"assignments": [READ_ONLY]}}, (), 1),
    ("an initiative", "policy-gatekeeper", (), 1),
    ("an initiative with odd parameter names", ODD, (), 1),
    ("an override that makes one reference deny", "policy-override-deny", (), 1),
    ("nothing that can be excluded", "policy-no-namespace-parameter", ("--mode", "exemption"), 2),
    ("a custom template and another parameter", "policy-custom-definition", (), 1),
    ("two assignments with one stem", "policy-two-assignments", (), 2),
    (
        "a management group",
        {"policy": {"assignments": [{**READ_ONLY, "scope": "managementGroup"}]}, **ABOVE},
        ("--wide-scope",),
        1,
    ),
    ("a ValidatingAdmissionPolicy", "policy-vap", (), 2),
    ("a bare constraint kind", "policy-blocked-wording", (), 1),
    ("Deployment Safeguards", "safeguards-enforced", (), 1),
    ("Deployment Safeguards of an Automatic cluster", "safeguards-automatic", (), 1),
    ("an exemption that ran out", "policy-expired-exemption", (), 1),
]


@pytest.mark.parametrize(("scenario", "more", "writes"), [row[1:] for row in LOOPS], ids=[row[0] for row in LOOPS])
def test_denied_fixed_works_undone_denied(
    azure: Azure, scenario: str | dict[str, Any], more: tuple[str, ...], writes: int
) -> None:
    world = azure.load(scenario)
    denied = run(azure)
    assert denied.rc == 125, str(denied)
    made = exempt(azure, "--error", denied.err, "--yes", *more)
    plan = made.json()
    assert made.rc == 0 and plan["verified"] is True, str(made)
    assert len(plan["changes"]) == len(plan["undo"]) == writes and len(written(world)) == writes
    world.advance(LATER)
    assert run(azure).rc == 0
    undo(azure)
    world.advance(LATER)
    assert run(azure).rc == 125


@pytest.mark.smoke
def test_without_a_text_the_activity_log_tells_what_was_denied(azure: Azure) -> None:
    world = azure.load("policy-gatekeeper")
    run(azure)
    world.advance(60)
    made = exempt(azure, "--yes")
    assert made.rc == 0, str(made)
    assert any("Activity Log" in note for note in made.json()["notes"])
    assert world.executions("true") == 0
    world.advance(LATER)
    assert run(azure).rc == 0


EVERYTHING: dict[str, Any] = {
    **READ_ONLY,
    "version": "6.*.*",
    "identity": True,
    "description": "keeps\nits lines",
    "notScopes": ["/subscriptions/5ca1ab1e-0000-4000-8000-00000000c0de/resourceGroups/other"],
    "overrides": [{"kind": "policyEffect", "value": "Deny", "selectors": None}],
    "resourceSelectors": [{"name": "here", "selectors": [{"kind": "resourceLocation", "in": ["westus2"]}]}],
    "nonComplianceMessages": [{"message": "no \u00e9 \U0001f680", "policyDefinitionReferenceId": None}],
    "metadata": {"parameterScopes": {}, "nothing": None, "assignedBy": "Ada"},
    "properties": {"selfServeExemptionSettings": {"enabled": True}, "future": {"a": [None, 1.5, "\\u0000"]}},
}

BYTES = [
    ("a default list", EVERYTHING),
    ("a list of its own", {**EVERYTHING, "parameters": {"excludedNamespaces": ["kube-system", "\u00e9", "a'b\"c\\"]}}),
    ("a hostile name", {**READ_ONLY, "title": "a\"b'c\\d\x1b[31m\n$(e) `f` \u202e", "name": 'it\'s $(x) & "y"'}),
]


@pytest.mark.parametrize("given", [row[1] for row in BYTES], ids=[row[0] for row in BYTES])
def test_every_byte_of_the_assignment_but_one_list_survives_and_undo_brings_all_back(
    azure: Azure, given: dict[str, Any]
) -> None:
    world = azure.load({"policy": {"assignments": [given]}})
    before = assignment(world, given["name"])
    made = exempt(azure, "--error", run(azure).err, "--yes")
    assert made.rc == 0, str(made)
    after = assignment(world, given["name"])
    changed = after["properties"]["parameters"].pop("excludedNamespaces")["value"]
    own = before["properties"]["parameters"].get("excludedNamespaces")
    assert changed[-1] == COMMAND and (own is None or changed[:-1] == own["value"])
    assert {"kube-system", "gatekeeper-system"} <= set(changed) or own
    without = {**before, "properties": {**before["properties"], "parameters": dict(before["properties"]["parameters"])}}
    without["properties"]["parameters"].pop("excludedNamespaces", None)
    assert steady(after) == steady(without)
    undo(azure)
    assert steady(assignment(world, given["name"])) == steady(before)


def test_two_changes_are_taken_back_one_after_the_other(azure: Azure) -> None:
    world = azure.load("policy-two-assignments")
    denied = run(azure).err
    first = exempt(azure, "--error", denied, "--yes", "--policy-assignment", "read-only-root").json()
    exempt(azure, "--error", denied, "--yes")
    history = azure.invoke_fix("history", "-o", "json").json()
    assert [row["state"] for row in history[:2]] == ["applied", "applied"]
    undo(azure)
    undo(azure, "--change-id", first["changeId"])
    for name, scope in (("read-only-root", "subscription"), ("read-only-root-rg1", "resourceGroup")):
        assert "excludedNamespaces" not in assignment(world, name, scope)["properties"]["parameters"]
