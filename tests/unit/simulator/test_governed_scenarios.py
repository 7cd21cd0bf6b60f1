"""Every scenario about access and admission answers what its file says."""

from __future__ import annotations

import pytest

from tests.simulator.core.direct import Direct

REFUSED = {
    "no-run-command": "AuthorizationFailed",
    "cluster-user-role": "AuthorizationFailed",
    "role-eligible": "AuthorizationFailed",
    "deny-assignment": "DenyAssignmentAuthorizationFailed",
    "read-only-lock": "ScopeLocked",
    "policy-gatekeeper": "[azurepolicy-k8sazurev3allowedusersgroups-",
    "policy-blocked-wording": "RunCommandBlockedByAzurePolicy",
    "policy-vap": "ValidatingAdmissionPolicy 'gatekeeper-k8sazurev3readonlyrootfilesystem'",
    "policy-two-assignments": "[azurepolicy-k8sazurev3readonlyrootfilesyst-",
    "policy-no-namespace-parameter": "[azurepolicy-k8sazurev3readonlyrootfilesyst-",
    "policy-excluded-syncing": "[azurepolicy-",
    "policy-exempt-syncing": "[azurepolicy-",
    "policy-expired-exemption": "[azurepolicy-",
    "policy-override-deny": "[azurepolicy-k8sazurev3allowedusersgroups-",
    "policy-not-scopes": "[azurepolicy-k8sazurev4noprivilegeescalatio-",
    "policy-custom-definition": "[azurepolicy-k8scontosoreadonlyroot-",
    "policy-management-group": "[azurepolicy-",
    "policy-many": "[azurepolicy-",
    "policy-landing-zone": "[azurepolicy-",
    "policy-disable-run-command": "RunCommandDisabled",
    "safeguards-enforced": "[azurepolicy-k8sazurev2containerenforceprob-",
    "gatekeeper-self": "[psp-readonlyrootfilesystem]",
    "kyverno": "validate.kyverno.svc-fail",
    "pod-security": 'violates PodSecurity "restricted:latest"',
    "defender-vap": ".vap' with binding '",
    "defender-image": "defender-admission-controller.kube-system.svc",
    "managed-vap": "'aks-managed-baseline-capabilities'",
    "webhook-down": "failed calling webhook",
    "webhook-other": 'webhook "pod-gate.platform.contoso.com" denied',
    "quota": "exceeded quota",
}
ADMITTED = [
    "permissions-refused",
    "policy-audit-only",
    "policy-do-not-enforce",
    "no-cluster-read",
    "result-read-missing",
]


@pytest.mark.parametrize("scenario", REFUSED)
def test_the_command_is_refused_for_the_reason_of_the_scenario(scenario: str) -> None:
    refusal = Direct(scenario).run()
    assert refusal.status >= 400
    error = refusal.body.get("error", refusal.body)
    assert REFUSED[scenario] in f"({error['code']}) {error['message']}"


@pytest.mark.parametrize("scenario", ADMITTED)
def test_the_command_is_accepted(scenario: str) -> None:
    assert Direct(scenario).run().status == 202


def test_a_result_may_be_refused_after_the_command_ran() -> None:
    azure = Direct("result-read-missing")
    accepted = azure.run("kubectl delete job x")
    azure.world.advance(5)
    assert azure.get(accepted.headers["location"]).status == 403
    assert azure.world.executions("kubectl delete job x") == 1


def test_a_cluster_may_be_hidden_from_those_who_may_run_commands() -> None:
    azure = Direct("no-cluster-read")
    refusal = azure.get(f"{azure.cluster.id}?api-version=2024-02-01")
    assert refusal.status == 403
    assert "managedClusters/read" in refusal.body["error"]["message"]
