"""The predictions about built-in policies against what Open Policy Agent decides with Azure's published templates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.pod.prediction import verdict
from tests.data.policies import ROOT, assignment, policy
from tests.shared import SHARED

FACTS = SHARED / "data" / "admission_verdicts.json"
ESCALATION, PULL_POLICY = "1c6e92c9", "50c83470"
SAID = {"deny": "deny", "allow": "pass", "error": "error"}


def rows() -> list[dict[str, Any]]:
    if not FACTS.exists():
        pytest.skip(f"{FACTS} is not there")
    found: list[dict[str, Any]] = json.loads(FACTS.read_text(encoding="utf-8"))["rows"]
    return found


def predicted(row: dict[str, Any]) -> str:
    """The outcome for the policy as an assignment of that version with those parameters puts it in force."""
    name = next(one for one in built_ins._table()["definitions"] if one.startswith(row["definition"]))
    pin = f"{row['version'].partition('.')[0]}.*.*"
    values = {**row["parameters"], "effect": "Deny"}
    found = policy(assignment(f"{ROOT}/policyDefinitions/{name}", values=values, definitionVersion=pin))
    return "pass" if found.excused() else verdict(found).outcome


def right(row: dict[str, Any]) -> set[str]:
    """What may be said: the engine's verdict, and ``unknown`` only where that hangs on what nobody has published."""
    said = {SAID[verdict] for verdict in row["verdict"].values()}
    if "error" in said:
        # A look-around that does not compile denies (inferred); the other asks a service in the cluster.
        return {"deny"} if "allowedContainerImagesRegex" in row["parameters"] else {"unknown"}
    if row["definition"] == ESCALATION and SAID[row["whatIf"]["runAsUser set"]] not in said:
        return {"unknown"}
    if row["definition"] == PULL_POLICY:
        return {*said, "unknown"}
    return said if len(said) == 1 else {"unknown"}


def test_every_prediction_is_the_engines_own() -> None:
    wrong = [
        (row["definition"], row["version"], row["parameters"], row["verdict"], predicted(row))
        for row in rows()
        if predicted(row) not in right(row)
    ]
    assert wrong == []
