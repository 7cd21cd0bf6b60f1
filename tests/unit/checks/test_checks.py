"""How the stages are joined: what a failure proves, what is skipped, what is ranked, and what a crash costs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_aksinvokefix import checks
from azext_aksinvokefix.lifecycle import CONFIDENCES, SEVERITIES, STAGES, Evidence, Failure, Item, Stage
from tests.data.evidence import (
    AZURE_RBAC,
    AZURE_TAIL,
    CALLER,
    CLUSTER_ID,
    COMMAND,
    ENTRA,
    HIDDEN,
    NOW,
    START_TIMEOUT,
    TENANT,
    cluster,
    commands,
    entry,
    failure,
    forbidden,
    healthy,
    ids,
    metrics,
    node,
    only,
    outcomes,
    permissions,
    pool,
    signin,
    stock_commands,
    unread,
    with_cluster,
)

BEFORE_A_RUN = ("startup", "command", "result")


def test_a_healthy_cluster_is_ready_and_the_stages_of_a_run_are_skipped() -> None:
    diagnosis = checks.run(None, healthy())
    assert diagnosis["verdict"] == "ready"
    looked_at = {stage: "skipped" if stage in BEFORE_A_RUN else "passed" for stage in STAGES}
    # Whether a node has room only a run can tell.
    assert outcomes(diagnosis) == {**looked_at, "scheduling": "unknown"}


def test_the_diagnosis_has_the_contracted_shape() -> None:
    diagnosis = checks.run(failure(START_TIMEOUT), with_cluster(pool(nodeTaints=["a=b:NoSchedule"])))
    members = ["schemaVersion", "clusterId", "verdict", "failure", "stages", "findings", "unknowns", "correlationId"]
    assert list(diagnosis) == members
    assert json.loads(json.dumps(diagnosis)) == diagnosis
    assert [stage["stage"] for stage in diagnosis["stages"]] == list(STAGES)


@pytest.mark.parametrize(
    ("items", "verdict"),
    [
        ({}, "ready"),
        ({"permissions": permissions()}, "blocked"),
        ({"metrics": metrics([node(), node("aks-nodepool1-2", ready=False)])}, "degraded"),
        ({"permissions": unread()}, "unknown"),
        ({"permissions": unread(), "cluster": Item(value=cluster(powerState={"code": "Stopped"}))}, "blocked"),
        ({"metrics": unread()}, "unknown"),
        (
            {"assignments": unread(), "cluster": Item(value=cluster(addonProfiles={"azurepolicy": {"enabled": True}}))},
            "unknown",
        ),
        ({"signin": unread()}, "unknown"),
        ({"cluster": unread("(ServerBusy) later")}, "unknown"),
    ],
)
def test_the_verdict(items: dict[str, Item], verdict: str) -> None:
    assert checks.run(None, healthy(**items))["verdict"] == verdict


def test_what_lies_behind_the_first_failed_stage_is_skipped() -> None:
    diagnosis = checks.run(None, with_cluster(powerState={"code": "Stopped"}))
    found = outcomes(diagnosis)
    assert found["access"] == "passed" and found["cluster"] == "failed"
    assert all(found[stage] == "skipped" for stage in STAGES[STAGES.index("cluster") + 1 :])


def test_what_fails_behind_the_first_failed_stage_is_said_too() -> None:
    spoiled = replace(with_cluster(pool(nodeTaints=["a=b:NoSchedule"])), permissions=permissions())
    diagnosis = checks.run(None, spoiled)
    assert ids(diagnosis) == ["arm-action-missing", "nodes-tainted"]
    assert outcomes(diagnosis)["cluster"] == "skipped"


def test_a_command_that_was_refused_inside_the_cluster_passed_everything_before() -> None:
    nothing = Evidence(cluster_id=CLUSTER_ID, now=NOW)
    found = outcomes(checks.run(failure(forbidden("list", "pods")), nothing))
    assert [found[stage] for stage in STAGES] == ["passed"] * 7 + ["failed", "skipped"]


def test_what_a_run_proves_is_not_unknown_for_lack_of_a_right() -> None:
    diagnosis = checks.run(failure(forbidden("list", "pods")), healthy(permissions=unread(), metrics=unread()))
    assert diagnosis["unknowns"] == []


@pytest.mark.parametrize(("text", "proven"), [(HIDDEN, 4), (START_TIMEOUT, 5)])
def test_a_text_of_many_causes_proves_only_what_it_must(text: str, proven: int) -> None:
    found = outcomes(checks.run(failure(text), Evidence(cluster_id=CLUSTER_ID, now=NOW)))
    assert [stage for stage in STAGES if found[stage] == "passed"] == list(STAGES[:proven])


def test_the_reason_in_the_result_is_what_counts() -> None:
    result = Item(value={"properties": {"provisioningState": "Failed", "reason": "ImagePullBackoff"}})
    diagnosis = checks.run(failure(HIDDEN), healthy(result=result))
    assert ids(diagnosis) == ["image-pull-failed"]
    assert diagnosis["failure"]["finding"] == "result-hidden"


def test_an_unknown_text_runs_the_preflight_and_is_kept() -> None:
    diagnosis = checks.run(failure("the flux capacitor is empty"), healthy())
    assert ids(diagnosis) == ["unrecognized"]
    assert outcomes(diagnosis)["admission"] == "passed"
    assert diagnosis["verdict"] != "ready"


def test_an_unknown_text_stands_beside_what_the_preflight_finds() -> None:
    diagnosis = checks.run(failure("the flux capacitor is empty"), with_cluster(pool(count=0)))
    assert set(ids(diagnosis)) == {"unrecognized", "no-running-nodes"}
    assert only(diagnosis, "unrecognized")["severity"] == "info"


def test_findings_are_in_the_order_of_the_stages_and_then_of_confidence() -> None:
    spoiled = replace(
        with_cluster(pool(), provisioningState="Updating"),
        permissions=permissions(),
        metrics=metrics([node(ready=False)], unschedulable=3),
    )
    findings = checks.run(None, spoiled)["findings"]
    keys = [(STAGES.index(found["stage"]), CONFIDENCES.index(found["confidence"])) for found in findings]
    assert keys == sorted(keys) and len(keys) == 3


@pytest.mark.parametrize("stage", STAGES)
def test_a_check_that_crashes_leaves_its_stage_unknown_and_the_others_alone(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(failure: Failure | None, evidence: Evidence) -> NoReturn:
        raise ZeroDivisionError("by accident")

    before = outcomes(checks.run(None, healthy()))
    monkeypatch.setitem(checks.CHECKS, stage, crash)
    diagnosis = checks.run(None, healthy())
    assert outcomes(diagnosis) == {**before, stage: "unknown"}
    assert any("ZeroDivisionError: by accident" in unknown["why"] for unknown in diagnosis["unknowns"])
    assert diagnosis["verdict"] == "unknown"


def test_a_crash_does_not_swallow_what_the_text_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.CHECKS, "command", lambda failure, evidence: 1 / 0)
    assert ids(checks.run(failure(forbidden("list", "pods")), healthy())) == ["kubernetes-forbidden"]


def test_without_a_cluster_no_command_names_one() -> None:
    for text in (START_TIMEOUT, HIDDEN, forbidden("list", "pods", tail=AZURE_TAIL)):
        diagnosis = checks.run(failure(text), Evidence(cluster_id="", now=NOW))
        assert [line for found in diagnosis["findings"] for line in commands(found)] == []


EVIL = "x\x1b]0;owned\x07\n$(touch owned)`touch owned`'; touch owned; \"| touch owned #"


def hostile_diagnoses() -> Iterator[dict[str, Any]]:
    evidence = with_cluster(
        pool(EVIL, nodeTaints=[f"{EVIL}:NoSchedule"], vmSize=EVIL, vnetSubnetID=EVIL), aadProfile=ENTRA
    )
    refused = Failure(
        "command",
        "kubernetes-forbidden",
        None,
        EVIL,
        "argument",
        dict.fromkeys(("user", "verb", "resource", "group", "namespace", "commandId"), EVIL),
    )
    yield checks.run(
        None, replace(evidence, permissions=permissions(object_id=EVIL), metrics=metrics([node(EVIL, False)]))
    )
    yield checks.run(refused, evidence)
    yield checks.run(replace(refused, finding="kubernetes-forbidden-azure-rbac"), evidence)
    yield checks.run(replace(refused, stage="result", finding="result-lost"), healthy())


def test_hostile_names_reach_nobody_s_terminal() -> None:
    for diagnosis in hostile_diagnoses():
        printed = json.dumps({**diagnosis, "failure": None}, ensure_ascii=False)
        assert "\\u001b" not in printed and "\\n" not in printed


def test_hostile_names_do_nothing_in_a_shell(tmp_path: Path) -> None:
    """Every command is run with `az` and `kubectl` that only hand their script on to a shell of its own."""
    stand_ins = 'kubectl() { :; }; az() { while [ $# -gt 0 ]; do [ "$1" = --command ] && eval "$2"; shift; done; }; '
    lines = [line for each in hostile_diagnoses() for found in each["findings"] for line in commands(found)]
    assert len(lines) > 5
    for line in lines:
        done = subprocess.run(["sh", "-c", stand_ins + line], cwd=tmp_path, capture_output=True, check=False)
        assert done.stderr == b""
    assert list(tmp_path.iterdir()) == []


def test_an_azure_rbac_refusal_gets_the_smallest_role_at_the_namespace() -> None:
    text = failure(forbidden("list", "pods", namespace="default", tail=AZURE_TAIL))
    evidence = with_cluster(aadProfile=AZURE_RBAC)
    (line,) = stock_commands(only(checks.run(text, evidence), "kubernetes-forbidden-azure-rbac"))
    assert "7f6c6a51-bcf8-42ba-9220-52d62157d7db" in line
    assert line.endswith(f"--scope {CLUSTER_ID}/namespaces/default")
    assert f"--assignee-object-id {CALLER}" in line


def test_a_refusal_of_kubernetes_own_rbac_gets_no_azure_role() -> None:
    text = failure(forbidden("list", "deployments", group="apps", namespace="web"))
    found = only(checks.run(text, with_cluster(aadProfile=ENTRA)), "kubernetes-forbidden")
    assert not any("role assignment" in line for line in commands(found))
    assert "kubectl create role" in commands(found)[0] and "deployments.apps" in commands(found)[0]


def test_a_service_account_is_judged_by_kubernetes_even_with_azure_rbac() -> None:
    text = failure(forbidden("list", "pods", user="system:serviceaccount:web:deployer"))
    found = only(checks.run(text, with_cluster(aadProfile=AZURE_RBAC)), "kubernetes-forbidden")
    assert "--serviceaccount=web:deployer" in commands(found)[0]


def test_a_failed_check_of_azure_rbac_is_no_missing_role() -> None:
    tail = ": Access denied due to Azure RBAC check failure. Please retry later. (requestID: 1)"
    found = checks.run(failure(forbidden("list", "pods", tail=tail)), with_cluster(aadProfile=AZURE_RBAC))["findings"][
        0
    ]
    assert not any(fix["kind"] == "grant-role" for fix in found["fixes"])


def test_cloud_shell_is_warned_before_it_fails() -> None:
    evidence = replace(
        with_cluster(aadProfile=ENTRA), signin=signin(cloud_shell=True, cluster_token="<Response [400]>")
    )
    found = only(checks.run(None, evidence), "cloud-shell-token")
    assert found["confidence"] == "confirmed"
    assert f"--tenant {TENANT}" in commands(found)[0]


def test_a_lost_result_is_asked_for_again_by_its_id() -> None:
    text = failure(f"command (id: {COMMAND}) is in Running state")
    diagnosis = checks.run(text, healthy())
    assert any(COMMAND in line for line in commands(only(diagnosis, "still-running")))
    assert outcomes(diagnosis)["result"] == "unknown"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
_NAMES = [field.name for field in fields(Evidence) if field.name not in ("cluster_id", "now", "assignments")]


def _spoil(value: Any, junk: Any) -> Iterator[Any]:
    """``value`` with junk in place of each of its parts, one at a time."""
    if isinstance(value, dict):
        for key in value:
            yield {**value, key: junk}
            yield from ({**value, key: part} for part in _spoil(value[key], junk))
    if isinstance(value, list):
        yield [junk, *value[1:]]
        yield from ([part, *value[1:]] for part in (_spoil(value[0], junk) if value else ()))


@settings(max_examples=60)
@given(st.sampled_from(_NAMES), _JSON, st.sampled_from([None, START_TIMEOUT, HIDDEN, forbidden("list", "pods")]))
def test_evidence_of_any_shape_never_crashes_a_check(name: str, value: Any, text: str | None) -> None:
    items: dict[str, Any] = {name: Item(value=value, source="x")}
    spoiled = replace(healthy(), **items)
    _is_sound(checks.run(failure(text) if text else None, spoiled))


@given(_JSON)
@settings(max_examples=30)
def test_a_cluster_with_any_part_spoiled_never_crashes_a_check(junk: Any) -> None:
    whole = cluster(pool(nodeTaints=["a=b:NoSchedule"], vnetSubnetID="x"), aadProfile=AZURE_RBAC)
    for spoiled in _spoil(whole, junk):
        _is_sound(checks.run(failure(START_TIMEOUT), healthy(cluster=Item(value=spoiled))))


@given(st.dictionaries(st.sampled_from(["also", "actions", "objectId", "reasons", "taints", "user", "tenants"]), _JSON))
@settings(max_examples=60)
def test_facts_of_any_shape_never_crash_a_check(facts: dict[str, Any]) -> None:
    places: tuple[tuple[Stage, str], ...] = (
        ("access", "arm-action-missing"),
        ("scheduling", "nodes-tainted"),
        ("command", "kubernetes-forbidden"),
    )
    for stage, finding in places:
        _is_sound(
            checks.run(
                Failure(stage, finding, None, "text", "argument", facts), healthy(permissions=permissions(entry()))
            )
        )


def _is_sound(diagnosis: dict[str, Any]) -> None:
    assert not [unknown for unknown in diagnosis["unknowns"] if "crashed" in unknown["why"]], diagnosis["unknowns"]
    json.dumps(diagnosis)
    assert diagnosis["verdict"] in ("ready", "blocked", "degraded", "unknown")
    assert all(found["severity"] in SEVERITIES for found in diagnosis["findings"])
