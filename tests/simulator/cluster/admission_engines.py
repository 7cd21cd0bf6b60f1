"""What else may refuse the command pod: engines that Azure Resource Manager knows nothing about.

.. code-block:: yaml

    admission:
      - engine: gatekeeper          # installed by the user: no azurepolicy- in front of the constraint
        name: psp-readonlyrootfilesystem
        message: "only read-only root filesystem container is allowed: user-command"
      - engine: kyverno             # name: the policy, rule: its rule
      - engine: pod-security        # name: the standard
      - engine: defender-vap        # name: the policy with its rule
      - engine: defender-image      # message: behind the image
      - engine: managed-vap         # name: aks-managed-…
      - engine: webhook             # name: of the webhook
      - engine: webhook-down        # name: of the webhook, service: that does not answer
      - engine: quota               # name: of the ResourceQuota

``name``, ``message`` and the rest may be left out. The texts are those of public reports.
"""

# modelled: the resource provider wraps what other engines say like any other failure of the API server
# proof: runCommand recorded in clusters with Kyverno, Pod Security, Defender, a webhook of one's own, a ResourceQuota

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulator.cluster.pods import Pod
from tests.simulator.core.responses import kubernetes_failure
from tests.simulator.core.routing import Response
from tests.simulator.policy.text import vap_text

if TYPE_CHECKING:
    from tests.simulator.core.world import World

SECTION = "admission"

#: The order of the API server: mutating webhooks, built-in plug-ins, validating policies, webhooks, quota.
MUTATING, BUILT_IN, POLICY, WEBHOOK, QUOTA = PHASES = range(5)


@dataclass(frozen=True)
class Engine:
    """When an engine looks at the pod, its sentence, and what fills the sentence unless the scenario says otherwise."""

    phase: int
    text: str
    defaults: Mapping[str, str]


ENGINES: Mapping[str, Engine] = {
    "webhook-down": Engine(
        MUTATING,
        'Internal error occurred: failed calling webhook "{name}": failed to call webhook: Post '
        '"https://{service}:443/?timeout=30s": dial tcp 10.0.171.12:443: connect: connection refused',
        {"name": "linkerd-proxy-injector.linkerd.io", "service": "linkerd-proxy-injector.linkerd.svc"},
    ),
    "pod-security": Engine(
        BUILT_IN,
        'pods "{pod}" is forbidden: violates PodSecurity "{name}:latest": allowPrivilegeEscalation != false (container '
        '"user-command" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container '
        '"user-command" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container '
        '"user-command" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "user-command" '
        'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
        {"name": "restricted"},
    ),
    "defender-vap": Engine(
        POLICY,
        "vap:{name}.vap:{name}.binding",
        {
            "name": "default-k8s-misconfiguration-policy-kubernetes-clusters-should-have-read-only-root",
            "message": 'Read-only root filesystem required in "{pod}". '
            "Set securityContext.readOnlyRootFilesystem to true",
        },
    ),
    "managed-vap": Engine(
        POLICY,
        "vap:{name}:{name}-binding",
        {
            "name": "aks-managed-baseline-capabilities",
            "message": "Disallowed capabilities detected: user-command",
        },
    ),
    "gatekeeper": Engine(
        WEBHOOK,
        'admission webhook "validation.gatekeeper.sh" denied the request: [{name}] {message}',
        {
            "name": "psp-readonlyrootfilesystem",
            "message": "only read-only root filesystem container is allowed: user-command",
        },
    ),
    "kyverno": Engine(
        WEBHOOK,
        'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/aks-command/{pod} was '
        "blocked due to the following policies \n\n{name}:\n  {rule}: '{message}'\n",
        {
            "name": "disallow-privilege-escalation",
            "rule": "privilege-escalation",
            "message": "validation error: Privilege escalation is disallowed. rule privilege-escalation failed at path "
            "/spec/containers/0/securityContext/",
        },
    ),
    "defender-image": Engine(
        WEBHOOK,
        'admission webhook "defender-admission-controller.kube-system.svc" denied the request: {image}:{message}',
        {"message": "Image contains 2 high or higher CVEs, which is more than the allowed count of: 0"},
    ),
    "webhook": Engine(
        WEBHOOK,
        'admission webhook "{name}" denied the request: {message}',
        {"name": "pod-gate.platform.contoso.com", "message": "pods must belong to a registered service"},
    ),
    "quota": Engine(
        QUOTA,
        'pods "{pod}" is forbidden: exceeded quota: {name}, requested: limits.cpu=500m,limits.memory=1Gi, used: '
        "limits.cpu=0,limits.memory=0, limited: limits.cpu=100m,limits.memory=128Mi",
        {"name": "namespace-quota"},
    ),
}


def load(world: World, section: list[Mapping[str, str]] | None) -> None:
    world.state[SECTION] = {"denials": section or []}


def review(world: World, pod: Pod, phase: int) -> Response | None:
    """The first refusal in a phase: the API server reports only one."""
    for item in world.state[SECTION]["denials"]:
        if ENGINES[item["engine"]].phase == phase:
            return kubernetes_failure(_text(ENGINES[item["engine"]], item, pod))
    return None


def _text(engine: Engine, item: Mapping[str, str], pod: Pod) -> str:
    known: dict[str, Any] = {"pod": pod["metadata"]["name"], "image": pod["spec"]["containers"][0]["image"]}
    values = {**engine.defaults, **item}
    known["message"] = values.pop("message", "").format(**known)
    text = engine.text.format(**values, **known)
    if not text.startswith("vap:"):
        return text
    _, policy, binding = text.split(":")
    return vap_text(pod, policy, binding, known["message"])
