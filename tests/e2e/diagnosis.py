"""What `diagnose` said, in the words of a test: who is blamed, how sure that is, and where it broke.

Every diagnosis of the suite is held to what holds always: it ends with 0, it has the contract's members, it sends
nothing but reads, and it asks for nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.finding_ids import STAGE_OF, UNRECOGNIZED
from azext_aksinvokefix.lifecycle import STAGES
from tests.e2e.azure import Azure
from tests.simulator.core.world import World

CLUSTER = ("-g", "rg1", "-n", "c1")

#: POSTs that only read: policy states, Resource Graph and Log Analytics.
QUERIES = frozenset({"policy-states-query", "resource-graph", "logs-workspace", "logs-resource"})
_SIGN_IN = frozenset({"token", "cloud-shell-token", "openid-configuration"})

_OUTCOMES = {"passed": "p", "failed": "f", "unknown": "u", "skipped": "s"}
_MEMBERS = {"schemaVersion", "clusterId", "correlationId", "verdict", "failure", "stages", "findings", "unknowns"}
_FINDING = {"id", "stage", "severity", "confidence", "title", "message", "evidence", "fixes", "documentation"}
_FIX = {"kind", "safety", "description", "command", "stockCommand", "requires"}

Diagnosis = Mapping[str, Any]


def diagnose(azure: Azure, *more: str, **options: Any) -> Diagnosis:
    """The diagnosis of the cluster; what it asked of the service is checked on the way."""
    world = azure.simulator.world
    before = len(world.requests)
    result = azure.invoke_fix("diagnose", *CLUSTER, *more, "-o", "json", **options)
    assert result.rc == 0, str(result)
    found: Diagnosis = result.json()
    check_shape(found)
    check_requests(world, before)
    return found


def diagnosed_run(azure: Azure, command: str = "kubectl get nodes", *more: str, **options: Any) -> Diagnosis:
    """The diagnosis that `run` gives of its own failure."""
    result = azure.invoke_fix("run", *CLUSTER, "-c", command, *more, "-o", "json", **options)
    found: Diagnosis = result.json()["diagnosis"]
    assert found, str(result)
    check_shape(found)
    return found


def check_shape(found: Diagnosis) -> None:
    """The members and values that the contract promises."""
    assert set(found) == _MEMBERS
    assert found["verdict"] in ("ready", "blocked", "degraded", "unknown")
    assert [each["stage"] for each in found["stages"]] == list(STAGES)
    for finding in found["findings"]:
        assert set(finding) == _FINDING
        assert finding["id"] == UNRECOGNIZED or finding["stage"] == STAGE_OF[finding["id"]]
        assert all(set(fix) == _FIX for fix in finding["fixes"])
        assert finding["evidence"] and finding["fixes"], finding["id"]
    for unknown in found["unknowns"]:
        assert set(unknown) == {"stage", "what", "why", "needs"}
        assert unknown["why"], unknown["what"]


def check_requests(world: World, before: int = 0) -> None:
    """Whatever the cluster is like: nothing is written, nothing is run, and no URL is read a second time."""
    sent = [each for each in world.requests[before:] if each.operation not in _SIGN_IN]
    written = [each.operation for each in sent if each.method != "GET" and each.operation not in QUERIES]
    assert not written
    answered = Counter(each.url for each in sent if each.method == "GET" and 0 < each.status < 400)
    assert not [url for url, times in answered.items() if times > 1]


def blamed(found: Diagnosis, severity: str = "error") -> str:
    """The findings of a severity with how sure they are, each pair once, in the order of the report."""
    pairs = [f"{each['id']} {each['confidence']}" for each in found["findings"] if each["severity"] == severity]
    return ", ".join(dict.fromkeys(pairs))


def stages(found: Diagnosis) -> str:
    """The outcomes of the nine stages, a letter each: passed, failed, unknown, skipped."""
    return "".join(_OUTCOMES[each["outcome"]] for each in found["stages"])


def evidence(found: Diagnosis, finding: str | None = None) -> str:
    """The data of all findings, or of one id, a line each."""
    chosen = [each for each in found["findings"] if finding in (None, each["id"])]
    return "\n".join(f"{datum['source']}: {datum['detail']}" for each in chosen for datum in each["evidence"])


def needs(found: Diagnosis, stage: str) -> list[str]:
    """The actions that would lift what is unknown about a stage."""
    return [action for each in found["unknowns"] if each["stage"] == stage for action in each["needs"]]
