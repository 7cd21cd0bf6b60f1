"""The model of the command pod: what is known, what is open, and what counts as absent."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.policy.pod.document import review
from azext_aksinvokefix.policy.pod.facts import ENTRA, LOCAL
from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, DEPENDS, Verdict, judge
from tests.rego.judging import template


def judged(body: str, form: str = LOCAL) -> Verdict:
    helpers = """containers[c] { c := input.review.object.spec.containers[_] }
    containers[c] { c := input.review.object.spec.initContainers[_] }"""
    rego = f'package t\n{helpers}\nviolation[{{"msg": "m"}}] {{ pod := input.review.object; {body} }}'
    return judge(template(rego), {}, review(form))


KNOWN = [
    'pod.kind == "Pod"; pod.metadata.namespace == "aks-command"; input.review.namespace == "aks-command"',
    'input.review.operation == "CREATE"; input.review.kind.kind == "Pod"; input.review.kind.group == ""',
    'startswith(pod.metadata.name, "command-"); startswith(pod.spec.serviceAccountName, "sa-")',
    'pod.metadata.annotations["aks.azure.com/runCommand"] == "true"',
    "pod.metadata.labels.createdBy",
    'pod.spec.containers[0].name == "user-command"',
    'startswith(pod.spec.containers[0].image, "mcr.microsoft.com/aks/command/runtime:master.")',
    'pod.spec.containers[0].resources.limits == {"cpu": "500m", "memory": "1Gi"}',
    'pod.spec.containers[0].resources.requests == {"cpu": "200m", "memory": "500Mi"}',
    'pod.spec.containers[_].volumeMounts[_].mountPath == "/var/run/secrets/kubernetes.io/serviceaccount"',
    "pod.spec.volumes[_].projected",
    "not pod.spec.hostNetwork; not pod.spec.hostPID; not pod.metadata.ownerReferences",
    "not pod.spec.ephemeralContainers; not pod.spec.imagePullSecrets",
    "not pod.spec.automountServiceAccountToken == false",
    "c := containers[_]; not c.livenessProbe; not c.securityContext.privileged; not c.securityContext.capabilities.add",
    "c := containers[_]; not c.securityContext.readOnlyRootFilesystem == true",
    'not pod.spec.nodeSelector["kubernetes.io/os"] == "windows"',
    'not pod.metadata.labels["app"]; not pod.metadata.annotations["owner"]',
    'count(pod.metadata.labels) == 1; not endswith(pod.spec.containers[0].image, ":latest")',
]


@pytest.mark.parametrize("form", [LOCAL, ENTRA])
@pytest.mark.parametrize("body", KNOWN)
def test_what_was_seen_and_what_no_source_showed_is_sure(body: str, form: str) -> None:
    found = judged(body, form)

    assert (found.outcome, found.why) == (DENIES, "")


OPEN = {
    "c.securityContext.runAsUser == 0": "spec.containers[0].securityContext.runAsUser",
    "c.securityContext.runAsNonRoot": "spec.containers[0].securityContext.runAsNonRoot",
    "c.securityContext.runAsGroup == 0": "spec.containers[0].securityContext.runAsGroup",
    "c.securityContext.allowPrivilegeEscalation": "spec.containers[0].securityContext.allowPrivilegeEscalation",
    'c.securityContext.seccompProfile.type == "x"': "spec.containers[0].securityContext.seccompProfile.type",
    'c.securityContext.capabilities.drop[_] == "ALL"': "spec.containers[0].securityContext.capabilities.drop",
    'c.imagePullPolicy == "Always"': "spec.containers[0].imagePullPolicy",
    'c.env[_].name == "X"': "spec.containers[0].env.name",
    'endswith(c.image, "1")': "spec.containers[0].image",
    "pod.spec.securityContext.fsGroup == 0": "spec.securityContext.fsGroup",
    "pod.spec.securityContext.supplementalGroups[_] == 0": "spec.securityContext.supplementalGroups",
    'pod.spec.nodeSelector.agentpool == "x"': "spec.nodeSelector",
    "pod.spec.affinity": "spec.affinity",
    'pod.spec.tolerations[_].key == "x"': "spec.tolerations.key",
    'pod.spec.priorityClassName == "x"': "spec.priorityClassName",
    'pod.metadata.labels.createdBy == "x"': "metadata.labels.createdBy",
}


@pytest.mark.parametrize(("body", "field"), OPEN.items())
def test_what_may_well_be_set_is_open_by_its_name(body: str, field: str) -> None:
    found = judged(f"c := pod.spec.containers[0]; {body}")

    assert found.outcome == DEPENDS
    assert field in found.fields


def test_only_the_pod_of_an_entra_cluster_has_an_init_container() -> None:
    body = 'pod.spec.initContainers[0].name == "init-command"'

    assert judged(body, LOCAL).outcome == ALLOWS
    assert judged(body, ENTRA).outcome == DENIES
