"""What a custom policy's own template says, wherever it is asked: before a run, behind a denial, after a fix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from azext_aksinvokefix.checks.admission import check_admission
from azext_aksinvokefix.evidence.constraint_templates import GivenTemplate, given_template, with_templates
from azext_aksinvokefix.lifecycle import Evidence
from azext_aksinvokefix.policy import denial
from tests.data.policies import assignment, evidence, failure
from tests.data.templates import INVENTORY, READ_ONLY, USER, custom, inline, template
from tests.present import present

PASSING = 'violation[{"msg": "x"}] { input.review.object.spec.hostNetwork }'
URL = {"sourceType": "PublicURL", "url": "https://contoso.example/k8scontoso/v1/template.yaml"}
#: The service names the kind alone, and may hide further denials behind it.
BLOCKED = (
    "(RunCommandBlockedByAzurePolicy) Run command is blocked by azure policy. Please run command `kubectl get "
    "k8scontoso -o yaml` find policy assignment by `azure-policy-assignment-id` annotation and exclude namespace "
    "`aks-command` from the policy assignment."
)


def seen(*brought: dict[str, Any], given: Sequence[GivenTemplate] = ()) -> Evidence:
    """Evidence of a cluster with local accounts where these definitions are assigned."""
    assigned = [assignment(one["id"], name=f"a-{one['name']}") for one in brought]
    cluster = {"properties": {"addonProfiles": {"azurepolicy": {"enabled": True}}}}
    found = evidence(*assigned, definitions=brought, cluster=cluster)
    found.assignments.value[:] = with_templates(found.assignments.value, given)
    return found


def own(rego: str, name: str = "own", kind: str = "K8sContoso") -> dict[str, Any]:
    return custom(inline(template(rego, kind)), name=name)


@pytest.mark.parametrize(
    ("rego", "outcome", "severities", "open_questions"),
    [
        (READ_ONLY, "failed", [("error", "likely")], 0),
        (PASSING, "passed", [], 0),
        (USER, "unknown", [("warning", "possible")], 1),
        (INVENTORY, "unknown", [("warning", "possible")], 1),
    ],
)
def test_a_preflight_is_never_surer_than_likely(
    rego: str, outcome: str, severities: list[tuple[str, str]], open_questions: int
) -> None:
    report = check_admission(None, seen(own(rego)))

    assert (report.outcome, len(report.unknowns)) == (outcome, open_questions)
    assert [(finding.severity, finding.confidence) for finding in report.findings] == severities


def test_what_is_sure_of_the_pod_is_no_surer_than_the_effect() -> None:
    brought = own(READ_ONLY)
    brought["properties"]["policyRule"]["if"] = {"allOf": [{"field": "tags", "exists": True}]}

    (finding,) = check_admission(None, seen(brought)).findings

    assert (finding.severity, finding.confidence) == ("warning", "possible")


def test_the_command_that_judges_a_copy_is_complete_and_harmless_whatever_the_url_is_called() -> None:
    for url, file in (
        (URL["url"], "template.yaml"),
        ("https://contoso.example/x.yml?sig=1", "x.yml"),
        ("https://contoso.example/--x;rm -rf $HOME.yaml", "template.yaml"),
    ):
        (finding,) = check_admission(None, seen(custom({**URL, "url": url}))).findings
        fix = finding.fixes[0]
        assert (fix.safety, fix.command) == (
            "safe",
            f"az aks invoke-fix diagnose -g rg1 -n c1 --subscription {'0' * 8}-0000-0000-0000-{'0' * 11}1 "
            f"--policy-template {file}",
        )


def test_a_judged_copy_needs_no_command_any_more_and_is_named() -> None:
    given = given_template("copy.yaml", json.dumps(template(READ_ONLY)).encode())

    (finding,) = check_admission(None, seen(custom(URL), given=given)).findings

    assert "evaluated from the file copy.yaml" in finding.message
    assert all("--policy-template" not in (fix.command or "") for fix in finding.fixes)


def test_behind_a_kind_alone_stand_those_which_deny_by_their_templates() -> None:
    brought = own(READ_ONLY), own(PASSING, "passing", "K8sOther"), own(READ_ONLY, "second", "K8sSecond")
    found = seen(*brought)

    blame = denial.blame(present(denial.denied(failure(BLOCKED)).azure), found)

    assert [policy.definition_name for policy in blame.blamed] == ["Custom own", "Custom second"]


def test_of_two_constraints_of_one_template_the_one_that_lets_the_pod_pass_is_innocent() -> None:
    passing, denying = own(PASSING, "passing"), own(READ_ONLY, "denying")

    blame = denial.blame(present(denial.denied(failure(BLOCKED)).azure), seen(passing, denying))

    assert [policy.definition_name for policy in blame.blamed] == ["Custom denying"]


def test_what_still_denies_after_a_change_is_told_by_the_same_verdict() -> None:
    found = seen(own(READ_ONLY), own(PASSING, "passing", "K8sOther"), own(USER, "user", "K8sUser"))

    foreseen = {one.policy.definition_name: one.sure for one in denial.foreseen(denial.standing(found))}

    assert foreseen == {"Custom own": True, "Custom user": False}
