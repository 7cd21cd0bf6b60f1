"""What the constraint templates of Azure Policy say about a pod, each in the template's own words.

A rule takes the pod's manifest and the constraint's parameters and yields one message for each violation.
"""

# modelled: the words of a policy without a public sample, which follow the open templates that Azure's derive from
# proof: runCommand recorded with each built-in policy assigned with Deny

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

Pod = Mapping[str, Any]
Parameters = Mapping[str, Any]
Rule = Callable[[Pod, Parameters], Iterator[str]]

_UNITS = {"m": "0.001", "k": "1e3", "M": "1e6", "G": "1e9", "Ki": "1024", "Mi": "1048576", "Gi": "1073741824"}


def containers(pod: Pod, parameters: Parameters) -> Iterator[Mapping[str, Any]]:
    """The containers, init containers included, that the constraint does not exclude by name or image."""
    for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]:
        by_name = container["name"] in (parameters.get("excludedContainers") or ())
        if not by_name and not any(
            _glob(image, container["image"]) for image in parameters.get("excludedImages") or ()
        ):
            yield container


def read_only_root_filesystem(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for container in containers(pod, parameters):
        if not _security(container).get("readOnlyRootFilesystem"):
            yield f"only read-only root filesystem container is allowed: {container['name']}"


def no_privilege_escalation(pod: Pod, parameters: Parameters) -> Iterator[str]:
    """A user other than root has to rule it out; version 8 can be told to ask that of every container."""
    forced = parameters.get("forcePrivilegeEscalationToBeFalse") is True
    for container in containers(pod, parameters):
        allowed = _security(container).get("allowPrivilegeEscalation")
        user = _security(container).get("runAsUser") or _security(pod["spec"]).get("runAsUser") or 0
        if allowed or (allowed is None and (forced or user != 0)):
            yield f"Privilege escalation container is not allowed: {container['name']}"


def users_and_groups(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for container in containers(pod, parameters):
        for field in ("runAsUser", "runAsGroup", "supplementalGroups", "fsGroup"):
            rule = parameters.get(f"{field}Rule", "RunAsAny")
            if rule in ("RunAsAny", "MayRunAs") or _sets(pod, container, field, rule):
                continue
            ranges = (parameters.get(f"{field}Ranges") or {}).get("ranges", [])
            allowed = json.dumps({"ranges": ranges, "rule": rule})
            yield (
                f"Container {container['name']} is attempting to run without a required securityContext/{field}. "
                f"Allowed {field}: {allowed}"
            )


def resource_limits(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for container in containers(pod, parameters):
        limits = container.get("resources", {}).get("limits", {})
        for name in ("cpu", "memory"):
            most = parameters.get(f"{name}Limit")
            if name not in limits:
                yield f"container <{container['name']}> has no {name} limit"
            elif most is not None and _quantity(limits[name]) > _quantity(most):
                yield (
                    f"container <{container['name']}> {name} limit <{limits[name]}> is higher than the maximum allowed "
                    f"of <{most}>"
                )


def resource_requests(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for container in containers(pod, parameters):
        if not container.get("resources", {}).get("requests"):
            yield f"container <{container['name']}> has no resource requests"


def capabilities(pod: Pod, parameters: Parameters) -> Iterator[str]:
    required = set(parameters.get("requiredDropCapabilities") or ())
    for container in containers(pod, parameters):
        dropped = set(_security(container).get("capabilities", {}).get("drop", ()))
        if required - dropped and "ALL" not in dropped:
            yield (
                f"container <{container['name']}> is not dropping all required capabilities. Container must drop all "
                f'of {json.dumps(sorted(required))} or "ALL"'
            )


def seccomp(pod: Pod, parameters: Parameters) -> Iterator[str]:
    allowed = parameters.get("allowedProfiles") or []
    if "*" in allowed:
        return
    for container in containers(pod, parameters):
        profile = _security(container).get("seccompProfile") or _security(pod["spec"]).get("seccompProfile")
        if not profile:
            names = ", ".join(json.dumps(name) for name in sorted(allowed))
            yield (
                f"Seccomp profile 'not configured' is not allowed for container '{container['name']}'. Found at: no "
                f"explicit profile found. Allowed profiles: {{{names}}}"
            )


def volume_types(pod: Pod, parameters: Parameters) -> Iterator[str]:
    allowed = parameters.get("allowedVolumeTypes") or []
    used = {key for volume in pod["spec"].get("volumes", []) for key in volume if key != "name"}
    for kind in sorted(used - set(allowed)) if "*" not in allowed else ():
        yield (
            f"The volume type {kind} is not allowed, pod: {pod['metadata']['name']}. Allowed volume types: "
            f"{json.dumps(allowed)}"
        )


def probes(pod: Pod, parameters: Parameters) -> Iterator[str]:
    required = parameters["requiredProbes"]
    for container in pod["spec"]["containers"]:
        for probe in sorted(required):
            if probe not in container:
                yield (
                    f"Container <{container['name']}> in your Pod <{pod['metadata']['name']}> has no <{probe}>. "
                    f"Required probes: {json.dumps(required)}"
                )


def automount_token(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if pod["spec"].get("automountServiceAccountToken") is not False:
        yield f"Automounting service account token is disallowed, pod: {pod['metadata']['name']}"


def allowed_images(pod: Pod, parameters: Parameters) -> Iterator[str]:
    pattern = parameters.get("allowedContainerImagesRegex", "")
    for container in containers(pod, parameters):
        if not re.search(pattern, container["image"]):
            yield f"Container image {container['image']} for container {container['name']} has not been allowed."


def pod_labels(pod: Pod, parameters: Parameters) -> Iterator[str]:
    wanted = set(parameters["labelsList"]) - set(pod["metadata"].get("labels", {}))
    if wanted:
        yield f"you must provide labels: {{{', '.join(json.dumps(label) for label in sorted(wanted))}}}"


def naked_pods(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if not pod["metadata"].get("ownerReferences"):
        yield f"Naked pods are not allowed: {pod['metadata']['name']}"


def image_pull_secrets(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if not pod["spec"].get("imagePullSecrets"):
        metadata = pod["metadata"]
        yield (
            f"{metadata['name']} in {metadata['namespace']} does not have imagePullSecrets. Unauthenticated image "
            "pulls are not recommended."
        )


def privileged(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for container in containers(pod, parameters):
        if _security(container).get("privileged"):
            shown = json.dumps(_security(container))
            yield f"Privileged container is not allowed: {container['name']}, securityContext: {shown}"


def host_network(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if pod["spec"].get("hostNetwork") and not parameters.get("allowHostNetwork"):
        yield f"The specified hostNetwork and hostPort are not allowed, pod: {pod['metadata']['name']}."


def host_namespaces(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if pod["spec"].get("hostPID") or pod["spec"].get("hostIPC"):
        yield f"Sharing the host namespace is not allowed: {pod['metadata']['name']}"


def host_paths(pod: Pod, parameters: Parameters) -> Iterator[str]:
    for volume in pod["spec"].get("volumes", []):
        if "hostPath" in volume:
            yield f"HostPath volume {json.dumps(volume)} is not allowed, pod: {pod['metadata']['name']}."


def default_namespace(pod: Pod, parameters: Parameters) -> Iterator[str]:
    if pod["metadata"]["namespace"] == "default":
        yield f"Usage of the default namespace is not allowed, name: {pod['metadata']['name']}, kind: Pod"


RULES: Mapping[str, Rule] = {
    "readOnlyRootFilesystem": read_only_root_filesystem,
    "noPrivilegeEscalation": no_privilege_escalation,
    "usersAndGroups": users_and_groups,
    "resourceLimits": resource_limits,
    "resourceRequests": resource_requests,
    "capabilities": capabilities,
    "seccomp": seccomp,
    "volumeTypes": volume_types,
    "probes": probes,
    "automountToken": automount_token,
    "allowedImages": allowed_images,
    "podLabels": pod_labels,
    "nakedPods": naked_pods,
    "imagePullSecrets": image_pull_secrets,
    "privileged": privileged,
    "hostNetwork": host_network,
    "hostNamespaces": host_namespaces,
    "hostPaths": host_paths,
    "defaultNamespace": default_namespace,
}


def _glob(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _security(of: Mapping[str, Any]) -> Mapping[str, Any]:
    context: Mapping[str, Any] = of.get("securityContext") or {}
    return context


def _sets(pod: Pod, container: Mapping[str, Any], field: str, rule: str) -> bool:
    """Whether the pod or the container says which user or group it runs as, the way the rule asks for."""
    contexts = (_security(container), _security(pod["spec"]))
    if rule == "MustRunAsNonRoot" and any(context.get("runAsNonRoot") for context in contexts):
        return True
    return any(context.get(field) for context in contexts)


def _quantity(text: str) -> Decimal:
    """A Kubernetes quantity as a number.

    >>> _quantity("500m") < _quantity("1") and _quantity("512Mi") < _quantity("1Gi")
    True
    """
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()  # type: ignore[union-attr]
    return Decimal(number) * Decimal(_UNITS.get(unit, "1"))
