"""How a denial by Azure Policy reads to the person who invoked the command: the three wordings there are.

``webhook``
    Gatekeeper's own lines inside the resource provider's sentence (recorded), in the order of their words (its source).
``blocked``
    the wording of 2025, which names a constraint kind only (recorded).
``vap``
    a ValidatingAdmissionPolicy, which reports the first denial only. The API server's text is from its source.
"""

# modelled: the status 400 of RunCommandBlockedByAzurePolicy, and which clusters have this wording
# proof: runCommand recorded with a policy assigned with Deny, in a cluster of today
# modelled: the resource provider wraps the denial of a ValidatingAdmissionPolicy like any other
# proof: the same in a cluster whose add-on makes ValidatingAdmissionPolicies

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.simulator.cluster.pods import Pod
from tests.simulator.core.responses import kubernetes_failure, rp_error
from tests.simulator.core.routing import Response
from tests.simulator.policy.engine import Violation

Wording = Callable[[Sequence[Violation], Pod, str], Response]


def webhook(violations: Sequence[Violation], pod: Pod, hint: str) -> Response:
    by_words = sorted(violations, key=lambda violation: violation.message)
    lines = "\n".join(f"[{violation.constraint.name}] {violation.message}" for violation in by_words)
    return kubernetes_failure(f'admission webhook "validation.gatekeeper.sh" denied the request: {lines}')


def blocked(violations: Sequence[Violation], pod: Pod, hint: str) -> Response:
    kind = hint or violations[0].constraint.template.name
    message = (
        "Run command is blocked by external resource, please check the error message for more details. details: AKS "
        "runCommand feature is blocked by Azure Policy applied to this cluster, to fix this issue you will need to run "
        f"`kubectl get {kind} -o yaml` find policy assignment by `azure-policy-assignment-id` annotation, then fix the "
        "policy."
    )
    return rp_error(400, "RunCommandBlockedByAzurePolicy", message, subcode="PodCreateBlockedByAzurePolicy")


def vap(violations: Sequence[Violation], pod: Pod, hint: str) -> Response:
    first = violations[0]
    template = first.constraint.template.name
    policy, binding = f"gatekeeper-{template}", f"gatekeeper-{template}-{first.constraint.name}"
    return kubernetes_failure(vap_text(pod, policy, binding, first.message))


def vap_text(pod: Pod, policy: str, binding: str, message: str) -> str:
    return (
        f"pods \"{pod['metadata']['name']}\" is forbidden: ValidatingAdmissionPolicy '{policy}' with binding "
        f"'{binding}' denied request: {message}"
    )


WORDINGS: Mapping[str, Wording] = {"webhook": webhook, "blocked": blocked, "vap": vap}
