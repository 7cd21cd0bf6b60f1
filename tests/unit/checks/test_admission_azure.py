"""Who denied, or would deny, the command pod, how sure that is, and what lets it in."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix.checks.admission import check_admission, policy_disables_run_command
from azext_aksinvokefix.lifecycle import NOT_ASKED, Evidence, Failure, Finding, Item, Stage, StageReport
from tests.data.policies import (
    BENCHMARK,
    BENCHMARK_2,
    CLUSTER,
    DEFAULT_EXCLUDED,
    DISABLE_RUN_COMMAND,
    GROUP,
    IMAGES,
    LIMITS,
    PRIVILEGED,
    READ_ONLY,
    READ_ONLY_DENIED,
    RESTRICTED,
    SAFEGUARDS,
    SUBSCRIPTION,
    assignment,
    definition,
    evidence,
    exemption,
    failure,
    safeguards_resource,
)
from tests.present import present

DENY = {"effect": "Deny"}
READS = "Microsoft.Authorization/policyAssignments/read"
BLOCKED = (
    '{"code":"RunCommandBlockedByAzurePolicy","details":null,"message":"Run command is blocked by external resource, '
    "please check the error message for more details. details: AKS runCommand feature is blocked by Azure Policy "
    "applied to this cluster, to fix this issue you will need to run `kubectl get "
    "k8sazurecustomcontainerallowedimages -o yaml` find policy assignment by `azure-policy-assignment-id` annotation, "
    'then fix the policy.","subcode":"PodCreateBlockedByAzurePolicy"}'
)
BY_ADMISSION_POLICY = (
    "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: pods "
    '"command-0123456789abcdef0123456789abcdef" is forbidden: ValidatingAdmissionPolicy '
    "'gatekeeper-k8sazurev3readonlyrootfilesystem' with binding 'gatekeeper-k8sazurev3readonlyrootfilesystem-"
    "azurepolicy-k8sazurev3readonlyrootfilesyst-0e8a839bcd103e7b96a8' denied request: only read-only root filesystem "
    "container is allowed: user-command"
)


def check(text: str, found: Evidence) -> StageReport:
    return check_admission(failure(text), found)


def only(report: StageReport) -> Finding:
    assert len(report.findings) == 1, [finding.message for finding in report.findings]
    return report.findings[0]


def words(finding: Finding) -> list[str]:
    return shlex.split(finding.fixes[0].stock_command)


def test_the_assignment_behind_a_denial_is_confirmed_and_its_exclusion_offered() -> None:
    report = check(READ_ONLY_DENIED, evidence(assignment(READ_ONLY, values=DENY)))
    finding = only(report)
    assert report.outcome == "failed"
    assert (finding.id, finding.confidence, finding.severity) == ("azure-policy-denied", "confirmed", "error")
    assert "Assignment a1" in finding.message and "read only root file system" in finding.message
    assert words(finding)[:8] == ["az", "policy", "assignment", "update", "--name", "a1", "--scope", SUBSCRIPTION]
    name, _, value = words(finding)[-1].partition("=")
    assert name == "parameters.excludedNamespaces.value"
    assert json.loads(value) == [*DEFAULT_EXCLUDED, "aks-command"]
    fix = finding.fixes[0]
    assert (fix.kind, fix.safety) == ("exempt-policy", "reviewed")
    assert "every cluster under subscription" in fix.description
    assert "Microsoft.Authorization/policyAssignments/write" in fix.requires


def test_the_exclusion_starts_from_what_is_assigned() -> None:
    finding = only(
        check(READ_ONLY_DENIED, evidence(assignment(READ_ONLY, values={**DENY, "excludedNamespaces": ["x"]})))
    )
    assert words(finding)[-1] == 'parameters.excludedNamespaces.value=["x", "aks-command"]'


def test_the_evidence_is_the_exact_datum() -> None:
    finding = only(check(READ_ONLY_DENIED, evidence(assignment(READ_ONLY, values=DENY))))
    details = [datum.detail for datum in finding.evidence]
    assert "effect deny (the assignment's parameter effect)" in details
    assert any(
        detail.startswith("excludedNamespaces [") and "parameter excludedNamespaces" in detail for detail in details
    )
    assert any("k8sazurev3readonlyrootfilesyst" in detail for detail in details)


def test_all_assignments_with_the_template_are_candidates() -> None:
    given = [assignment(READ_ONLY, name=name, values=DENY) for name in ("a1", "a2")]
    values = {"ReadOnlyRootFileSystemInKubernetesClusterEffect": "Deny"}
    report = check(READ_ONLY_DENIED, evidence(*given, assignment(BENCHMARK, name="a3", values=values)))
    assert [finding.confidence for finding in report.findings] == ["confirmed"] * 3
    assert all("3 policies" in finding.message for finding in report.findings)
    assert "ReadOnlyRootFileSystemInKubernetesClusterNamespaceExclusion" in present(
        report.findings[2].fixes[0].stock_command
    )


@pytest.mark.parametrize(
    "innocent",
    [
        assignment(READ_ONLY, name="a2"),
        assignment(READ_ONLY, name="a2", values={"effect": "Disabled"}),
        assignment(READ_ONLY, name="a2", values=DENY, enforcementMode="DoNotEnforce"),
        assignment(READ_ONLY, name="a2", values=DENY, notScopes=[GROUP]),
        assignment(READ_ONLY, name="a2", values={**DENY, "excludedNamespaces": ["aks-*"]}),
        assignment(PRIVILEGED, name="a2", values=DENY),
    ],
)
def test_what_does_not_deny_the_pod_is_not_blamed(innocent: dict[str, Any]) -> None:
    finding = only(check(READ_ONLY_DENIED, evidence(assignment(READ_ONLY, values=DENY), innocent)))
    assert '"Assignment a1"' in finding.message


@pytest.mark.parametrize(
    ("values", "exempt"),
    [
        ({**DENY, "excludedNamespaces": ["aks-command"]}, False),
        ({**DENY, "excludedNamespaces": ["aks-*"]}, False),
        (DENY, True),
    ],
)
def test_what_is_already_changed_is_on_its_way_and_written_no_second_time(values: dict[str, Any], exempt: bool) -> None:
    given = assignment(READ_ONLY, values=values)
    report = check(READ_ONLY_DENIED, evidence(given, exemptions=[exemption(given)] if exempt else []))
    finding = only(report)
    assert report.outcome == "failed"
    assert "15 to 20 minutes" in finding.message
    assert [(fix.kind, fix.command) for fix in finding.fixes] == [("manual", None)]


def test_an_expired_exemption_does_not_count_and_is_shown() -> None:
    given = assignment(READ_ONLY, values=DENY)
    expired = exemption(given, expiresOn="2026-05-01T00:00:00Z")
    finding = only(check(READ_ONLY_DENIED, evidence(given, exemptions=[expired])))
    assert finding.confidence == "confirmed"
    assert any("expired" in datum.detail for datum in finding.evidence)


def test_unread_exemptions_make_it_likely_and_say_what_is_needed() -> None:
    given = evidence(assignment(READ_ONLY, values=DENY))
    unsure = replace(given, assignments=Item(value=[replace(given.assignments.value[0], exemptions_unread="(403) no")]))
    report = check(READ_ONLY_DENIED, unsure)
    assert only(report).confidence == "likely"
    assert report.unknowns[0].needs == ("Microsoft.Authorization/policyExemptions/read",)


def test_where_no_parameter_excludes_an_exemption_of_the_denying_references_is_offered() -> None:
    custom = definition(effect="deny", name="k8sazurev3readonlyrootfilesystem")
    custom["properties"]["policyRule"]["then"]["details"]["templateInfo"] = {
        "url": "https://store.example/kubernetes/read-only-root-filesystem/v3/template.yaml"
    }
    finding = only(check(READ_ONLY_DENIED, evidence(assignment(custom["id"]), definitions=[custom])))
    given = words(finding)
    assert given[:5] == ["az", "policy", "exemption", "create", "--name"]
    assert given[given.index("--scope") + 1] == CLUSTER
    assert given[given.index("--exemption-category") + 1] == "Waiver"
    assert given[given.index("--expires-on") + 1] == "2026-07-01T12:00:00Z"
    assert "whole cluster" in finding.fixes[0].description
    assert set(finding.fixes[0].requires) == {
        "Microsoft.Authorization/policyExemptions/write",
        "Microsoft.Authorization/policyAssignments/exempt/action",
    }


def test_an_exemption_of_an_initiative_names_all_its_denying_references_and_no_others() -> None:
    override = {
        "kind": "policyEffect",
        "value": "Deny",
        "selectors": [
            {
                "kind": "policyDefinitionReferenceId",
                "in": ["MustRunAsNonRoot", "ReadOnlyRootFileSystemInKubernetesCluster"],
            }
        ],
    }
    text = READ_ONLY_DENIED + (
        "\n[azurepolicy-k8sazurev3allowedusersgroups-57ac95e12d2c31538661] Container user-command is attempting to run "
        "without a required securityContext/runAsUser."
    )
    report = check(text, evidence(assignment(BENCHMARK_2, overrides=[override])))
    assert len(report.findings) == 2
    given = words(report.findings[0])
    start = given.index("--policy-definition-reference-ids")
    assert sorted(given[start + 1 :]) == ["MustRunAsNonRoot", "ReadOnlyRootFileSystemInKubernetesCluster"]
    assert words(report.findings[1]) == given


def test_a_bare_constraint_kind_is_a_hint_whatever_its_prefix() -> None:
    report = check(BLOCKED, evidence(assignment(IMAGES, values={"allowedContainerImagesRegex": "^x/.+$"})))
    assert only(report).confidence == "confirmed"


def test_a_hint_that_fits_nothing_leads_to_what_would_deny() -> None:
    report = check(BLOCKED, evidence(assignment(READ_ONLY, values=DENY), assignment(PRIVILEGED, name="a2")))
    finding = only(report)
    assert finding.confidence == "likely" and "might deny" in finding.message


def test_a_text_that_shows_one_denial_only_is_completed_by_what_would_deny_as_well() -> None:
    values = {"cpuLimit": "100m", "memoryLimit": "1Gi"}
    given = [assignment(READ_ONLY, values=DENY), assignment(LIMITS, name="a2", values=values)]
    report = check(BY_ADMISSION_POLICY, evidence(*given))
    assert [finding.confidence for finding in report.findings] == ["confirmed", "likely"]
    assert len(check(READ_ONLY_DENIED, evidence(*given)).findings) == 1


def test_unread_assignments_leave_the_text_and_say_what_is_needed() -> None:
    found = replace(
        evidence(), assignments=Item(unread="(AuthorizationFailed) no", needs=(READS,)), safeguards=NOT_ASKED
    )
    report = check(READ_ONLY_DENIED, found)
    finding = only(report)
    assert (finding.id, finding.confidence) == ("azure-policy-denied", "likely")
    assert "read only root file system" in finding.message
    assert report.unknowns[0].needs == (READS,)


def test_a_denial_that_no_assignment_explains_says_so() -> None:
    finding = only(check(READ_ONLY_DENIED, evidence(assignment(PRIVILEGED))))
    assert "No policy assignment in force" in finding.message
    assert finding.fixes[0].command is None


def test_a_policy_whose_definition_cannot_be_read_is_possible() -> None:
    unread = evidence(assignment(READ_ONLY))
    policy = replace(
        unread.assignments.value[0],
        unread="(403) no",
        templates=(),
        needs=("Microsoft.Authorization/policyDefinitions/read",),
    )
    report = check(READ_ONLY_DENIED, replace(unread, assignments=Item(value=[policy])))
    assert only(report).confidence == "possible"
    assert report.unknowns[0].needs == ("Microsoft.Authorization/policyDefinitions/read",)


def managed(**changes: Any) -> dict[str, Any]:
    return assignment(
        SAFEGUARDS, name="aks-deployment-safeguards-policy-assignment", scope=CLUSTER, values=DENY, **changes
    )


PROBES_DENIED = READ_ONLY_DENIED.replace("k8sazurev3readonlyrootfilesyst", "k8sazurev2containerenforceprob")


def test_safeguards_are_changed_through_their_own_resource() -> None:
    finding = only(check(PROBES_DENIED, evidence(managed(), safeguards=safeguards_resource(excluded=["mine"]))))
    assert (finding.id, finding.confidence) == ("safeguards-denied", "confirmed")
    assert words(finding) == [
        *(
            "az",
            "aks",
            "safeguards",
            "update",
            "--managed-cluster",
            CLUSTER,
            "--excluded-namespaces",
            "mine",
            "aks-command",
        )
    ]
    assert finding.fixes[0].kind == "exempt-policy"
    assert "Microsoft.ContainerService/deploymentSafeguards/write" in finding.fixes[0].requires


def test_safeguards_that_leave_the_namespace_alone_by_now_are_on_their_way() -> None:
    resource = safeguards_resource(system=["aks-command", "kube-system"])
    finding = only(check(PROBES_DENIED, evidence(managed(), safeguards=resource)))
    assert finding.id == "safeguards-denied" and finding.fixes[0].command is None


def test_safeguards_that_cannot_be_read_get_no_command_that_would_drop_exclusions() -> None:
    found = replace(evidence(managed()), safeguards=Item(unread="(403) no"))
    finding = only(check(PROBES_DENIED, found))
    assert finding.id == "safeguards-denied" and finding.fixes[0].command is None


def test_safeguards_enforce_without_a_visible_assignment() -> None:
    finding = only(check(PROBES_DENIED, evidence(safeguards=safeguards_resource())))
    assert finding.id == "safeguards-denied"


ENVELOPE = "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: "
OTHERS = {
    "gatekeeper-denied": 'admission webhook "validation.gatekeeper.sh" denied the request: [psp-volumes] x',
    "managed-policy-denied": (
        "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'aks-managed-baseline-capabilities' with binding "
        "'aks-managed-baseline-capabilities-binding' denied request: Disallowed capabilities detected:…"
    ),
    "defender-denied": (
        "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'ps-block-misconfig-x.vap' with binding "
        "'ps-block-misconfig-x.binding' denied request: Service account token mounted"
    ),
    "kyverno-denied": (
        'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/aks-command/x was blocked '
        "due to the following policies \n\nrequire-x:\n  rule: 'no'"
    ),
    "pod-security-denied": 'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    "webhook-denied": 'admission webhook "hooks.example.com" denied the request: no',
    "webhook-unreachable": (
        'Internal error occurred: failed calling webhook "x.linkerd.io": Post "https://x.linkerd.svc:443/": dial tcp: '
        "connect: connection refused"
    ),
    "quota-exceeded": 'pods "x" is forbidden: exceeded quota: q, requested: cpu=200m, used: cpu=1, limited: cpu=1',
}


@pytest.mark.parametrize(("finding_id", "details"), OTHERS.items())
def test_others_than_azure_policy_are_named_and_nothing_is_offered_through_arm(finding_id: str, details: str) -> None:
    report = check(ENVELOPE + details, evidence(assignment(READ_ONLY, values=DENY)))
    finding = only(report)
    assert (report.outcome, finding.id, finding.confidence) == ("failed", finding_id, "confirmed")
    others = [fix for fix in finding.fixes if fix.kind != "manual"]
    assert all((fix.command or "").startswith("kubectl ") and fix.safety == "reviewed" for fix in others)
    assert bool(others) == (finding_id == "quota-exceeded" and "pods=" in details)
    assert [(fix.safety, fix.command) for fix in finding.fixes if fix not in others] == [("manual", None)]
    assert finding.fixes[-1].description and finding.evidence


@pytest.mark.parametrize(
    ("mode", "counted", "lines"),
    [
        ("System", "pods", 3),
        ("System", "count/pods", 2),
        ("ManagedSystem", "pods", 0),
        ("managedsystem", "count/pods", 0),
    ],
)
def test_left_over_pods_are_not_deleted_where_aks_manages_the_namespace(mode: str, counted: str, lines: int) -> None:
    text = f'pods "x" is forbidden: exceeded quota: q, requested: {counted}=1, used: {counted}=2, limited: {counted}=2'
    known = evidence(assignment(READ_ONLY, values=DENY))
    pools = {"properties": {"agentPoolProfiles": [{"name": "p", "mode": mode}]}}
    report = check(ENVELOPE + text, replace(known, cluster=Item(value=pools)))
    assert (
        sum((fix.command or "").startswith("kubectl delete pods -n aks-command") for fix in only(report).fixes) == lines
    )


def test_a_text_with_two_gatekeepers_has_a_finding_for_each() -> None:
    text = READ_ONLY_DENIED + "\n[psp-volumes] The volume type hostPath is not allowed"
    report = check(text, evidence(assignment(READ_ONLY, values=DENY)))
    assert [finding.id for finding in report.findings] == ["azure-policy-denied", "gatekeeper-denied"]


def test_without_a_failure_nothing_that_denies_is_a_pass() -> None:
    assert check_admission(None, evidence()).outcome == "passed"
    assert check_admission(None, evidence(assignment(READ_ONLY), assignment(RESTRICTED, name="a2"))).outcome == "passed"
    assert check_admission(None, evidence(assignment(PRIVILEGED))).outcome == "passed"


def test_without_a_failure_what_would_deny_is_likely_and_blocks() -> None:
    report = check_admission(None, evidence(assignment(READ_ONLY, values=DENY)))
    finding = only(report)
    assert report.outcome == "failed"
    assert (finding.confidence, finding.severity) == ("likely", "error")
    assert "would deny" in finding.message and finding.fixes[0].command


def test_without_a_failure_what_cannot_be_predicted_is_possible_and_unknown() -> None:
    custom = definition(effect="deny")
    report = check_admission(None, evidence(assignment(custom["id"]), definitions=[custom]))
    assert (report.outcome, only(report).confidence, only(report).severity) == ("unknown", "possible", "warning")
    assert report.unknowns


def test_without_a_failure_an_unresolved_effect_is_unknown_and_no_finding() -> None:
    custom = definition(effect="[if(true(), 'deny', 'audit')]")
    report = check_admission(None, evidence(assignment(custom["id"]), definitions=[custom]))
    assert (report.outcome, report.findings) == ("unknown", ())
    assert "[if(true()" in report.unknowns[0].why


def test_without_a_failure_unread_assignments_are_unknown_and_never_fine() -> None:
    found = replace(evidence(), assignments=Item(unread="(AuthorizationFailed) no", needs=(READS,)))
    report = check_admission(None, found)
    assert (report.outcome, report.findings, report.unknowns[0].needs) == ("unknown", (), (READS,))


@pytest.mark.parametrize(
    "profiles", [None, {}, {"azurepolicy": None}, {"azurePolicy": {"enabled": False}}, {"omsagent": {"enabled": True}}]
)
def test_without_its_addon_azure_policy_does_not_reach_into_the_cluster(profiles: dict[str, Any] | None) -> None:
    cluster = {"properties": {"provisioningState": "Succeeded", "addonProfiles": profiles}}
    assert check_admission(None, evidence(assignment(READ_ONLY, values=DENY), cluster=cluster)).outcome == "passed"


def test_without_a_failure_safeguards_that_enforce_are_predicted() -> None:
    report = check_admission(None, evidence(managed(), safeguards=safeguards_resource()))
    assert report.outcome == "failed"
    assert {finding.id for finding in report.findings} == {"safeguards-denied"}


def test_without_a_failure_safeguards_whose_assignment_is_not_seen_are_possible() -> None:
    report = check_admission(None, evidence(safeguards=safeguards_resource()))
    assert report.outcome == "unknown"
    assert {(finding.id, finding.severity) for finding in report.findings} == {("safeguards-denied", "warning")}


def test_without_a_failure_safeguards_that_leave_the_namespace_alone_or_only_warn_pass() -> None:
    covered = safeguards_resource(system=["aks-command"])
    assert check_admission(None, evidence(safeguards=covered)).outcome == "passed"
    assert check_admission(None, evidence(managed(), safeguards=covered)).outcome == "passed"
    assert check_admission(None, evidence(managed(), safeguards=safeguards_resource(level="Warn"))).outcome == "passed"


@pytest.mark.parametrize(
    ("stage", "finding"), [("scheduling", "nodes-tainted"), ("startup", "start-timeout"), ("command", "command-failed")]
)
def test_a_later_failure_proves_that_the_pod_was_let_in(stage: Stage, finding: str) -> None:
    later = Failure(stage, finding, None, "x", "run")
    assert check_admission(later, evidence(assignment(READ_ONLY, values=DENY))).outcome == "passed"


@pytest.mark.parametrize("scope", [SUBSCRIPTION, "/providers/Microsoft.Management/managementGroups/root"])
def test_the_policy_that_disables_run_command_is_found(scope: str) -> None:
    found = policy_disables_run_command(evidence(assignment(DISABLE_RUN_COMMAND, scope=scope)))
    assert found is not None and found.scope == scope


def test_a_policy_that_would_disable_run_command_but_is_off_is_not_found() -> None:
    given = assignment(DISABLE_RUN_COMMAND)
    assert policy_disables_run_command(evidence(assignment(DISABLE_RUN_COMMAND, values={"effect": "Disabled"}))) is None
    assert policy_disables_run_command(evidence(given, exemptions=[exemption(given)])) is None
    assert policy_disables_run_command(evidence()) is None


def test_hostile_names_stay_harmless_in_messages_and_commands() -> None:
    name = "a'; rm -rf ~ #\x1b[31m\n$(id)`id`"
    given = assignment(READ_ONLY, name="a1", values={**DENY, "excludedNamespaces": ["x'; $(id)"]}, displayName=name)
    finding = only(check(READ_ONLY_DENIED, evidence(given)))
    assert not set(finding.message + finding.fixes[0].description) & {"\x1b", "\n"}
    assert json.loads(words(finding)[-1].partition("=")[2]) == ["x'; $(id)", "aks-command"]
