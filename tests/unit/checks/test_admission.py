"""Every denial of a text is explained on its own, and what is not known of a policy is not made up."""

from __future__ import annotations

import base64
import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix.checks.admission import check_admission
from azext_aksinvokefix.lifecycle import Item
from tests.data.evidence import signin
from tests.data.policies import (
    BENCHMARK,
    CLUSTER,
    READ_ONLY,
    ROOT,
    assignment,
    definition,
    evidence,
    exemption,
    failure,
    policy,
)

OWN = "k8sourrequiredlabels"
FOREIGN = "k8ssomebodyelses"
STORE = "https://store.policy.core.windows.net/kubernetes"


def denial(*stems: str) -> str:
    """Gatekeeper's text for constraints of these templates."""
    lines = [f"[azurepolicy-{stem}-{number:020x}] message of {stem}" for number, stem in enumerate(stems)]
    return (
        "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: "
        'admission webhook "validation.gatekeeper.sh" denied the request: ' + "\n".join(lines)
    )


def custom(name: str, template: str) -> dict[str, Any]:
    manifest = f"apiVersion: v1\nkind: ConstraintTemplate\nmetadata:\n  name: {template}\n"
    content = base64.b64encode(manifest.encode()).decode()
    found: dict[str, Any] = definition(
        name=name, details={"templateInfo": {"sourceType": "Base64Encoded", "content": content}}
    )
    return found


def copied(url: str) -> dict[str, Any]:
    found: dict[str, Any] = definition(details={"templateInfo": {"sourceType": "PublicURL", "url": url}})
    return found


def outcome(text: str, found: Any) -> list[tuple[str, str]]:
    """The confidence and what is named, for each finding."""
    named = ("Assignment own", "Assignment other", "No policy assignment in force")
    return [
        (each.confidence, next((name for name in named if name in each.message), ""))
        for each in check_admission(failure(text), found).findings
    ]


CAPABILITIES = f"{ROOT}/policyDefinitions/c26596ff-4d70-4e6a-9a30-c2506bd2f80c"
OWN_POLICY = custom("own", OWN)
ASSIGNED = assignment(OWN_POLICY["id"], name="own")


def test_a_denial_that_nothing_explains_is_told_beside_the_one_that_is_explained() -> None:
    found = evidence(ASSIGNED, definitions=[OWN_POLICY])
    assert outcome(denial(OWN, FOREIGN), found) == [
        ("confirmed", "Assignment own"),
        ("likely", "No policy assignment in force"),
    ]


def test_a_denial_whose_policy_is_excused_by_now_is_told_beside_the_others() -> None:
    other = custom("other", FOREIGN)
    excused = assignment(other["id"], name="other")
    found = evidence(ASSIGNED, excused, definitions=[OWN_POLICY, other], exemptions=[exemption(excused)])
    assert outcome(denial(OWN, FOREIGN), found) == [("confirmed", "Assignment own"), ("likely", "Assignment other")]


def test_a_policy_that_was_not_read_may_be_behind_what_the_others_do_not_explain() -> None:
    found = evidence(ASSIGNED, assignment(READ_ONLY, name="other"), definitions=[OWN_POLICY])
    own, other = found.assignments.value
    unread = replace(other, unread="(403) no", templates=())
    found = replace(found, assignments=Item(value=[own, unread]))
    assert outcome(denial(OWN, FOREIGN), found) == [("confirmed", "Assignment own"), ("possible", "Assignment other")]
    assert outcome(denial(OWN), found) == [("confirmed", "Assignment own")]


def test_of_a_policy_that_was_not_read_no_exemption_is_offered() -> None:
    unread = replace(policy(assignment(READ_ONLY)), unread="(403) no", templates=(), needs=("x/read",))
    found = replace(evidence(), assignments=Item(value=[unread]))
    (finding,) = check_admission(failure(denial(OWN)), found).findings
    assert [(fix.kind, fix.command, fix.requires) for fix in finding.fixes] == [("manual", None, ("x/read",))]


@pytest.mark.parametrize("stem", ["k8sazurev3noprivilegeescalatio", "k8sazurev4noprivilegeescalatio"])
def test_a_copy_of_a_built_in_is_known_by_the_folder_of_its_template(stem: str) -> None:
    copy = copied(f"{STORE}/container-no-privilege-escalation/v3/template.yaml")
    assert outcome(denial(stem), evidence(assignment(copy["id"], name="own"), definitions=[copy])) == [
        ("confirmed", "Assignment own")
    ]


@pytest.mark.parametrize("url", ["https://example.com/rules/v1/template.yaml", "https://example.com/x.yaml?sv=1"])
def test_a_template_behind_an_unknown_url_may_be_any(url: str) -> None:
    unknown = copied(url)
    found = evidence(assignment(unknown["id"], name="own"), definitions=[unknown])
    assert outcome(denial(OWN), found) == [("possible", "Assignment own")]


def test_on_an_older_cli_the_second_change_of_an_assignment_does_not_take_back_the_first() -> None:
    effects = {
        "ReadOnlyRootFileSystemInKubernetesClusterEffect": "Deny",
        "KubernetesClustersShouldDisableAutomountingAPICredentialsMonitoringEffect": "Deny",
    }
    found = replace(
        evidence(assignment(BENCHMARK, values=effects)), signin=signin(cli_version="2.67.0"), cluster_id=CLUSTER
    )
    findings = check_admission(None, found).findings
    sent = [
        json.loads(shlex.split(str(each.fixes[0].stock_command))[-1]) for each in findings if each.severity == "error"
    ]
    parameters = [set(body["properties"]["parameters"]) for body in sent]
    assert len(parameters) == 2
    assert parameters[0] == parameters[1] > set(effects)
    assert len(parameters[0] - set(effects)) == 2


def test_of_two_policies_of_one_template_only_the_one_whose_parameters_deny_is_blamed() -> None:
    deny = {"effect": "Deny"}
    dropping = assignment(CAPABILITIES, name="own", values={**deny, "requiredDropCapabilities": ["ALL"]})
    harmless = assignment(CAPABILITIES, name="other", values={**deny, "requiredDropCapabilities": []})
    text = denial("k8sazurev3allowedcapabilities")
    assert outcome(text, evidence(dropping, harmless)) == [("confirmed", "Assignment own")]
    # Where nothing else explains the denial, the prediction must be wrong, and the policy it names is blamed.
    assert outcome(text, evidence(harmless)) == [("confirmed", "Assignment other")]
