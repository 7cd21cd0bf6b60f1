"""Would a policy deny the pod of a run command? A prediction from what is published of the pod and of the templates.

The pod: bare, one container ``user-command`` (on Entra clusters an init container ``init-command`` too), image
mcr.microsoft.com/aks/command/runtime, requests 200m and 500Mi, limits 500m and 1Gi, label createdBy, a service account
whose token it uses, no probes, no imagePullSecrets and, as far as is known, no securityContext. Nobody has published
the whole manifest, so a prediction is never more than likely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from azext_aksinvokefix.policy.builtins import built_in_name
from azext_aksinvokefix.policy.model import PolicyInForce, covers

IMAGE = "mcr.microsoft.com/aks/command/runtime:master.240118.1"
CONTAINERS = ("user-command", "init-command")
_CPU_LIMIT, _MEMORY_LIMIT = 0.5, float(1 << 30)
_LABELS = {"createdBy"}
_ANNOTATIONS = {"aks.azure.com/runCommand"}

DENY, PASS, OPEN = "deny", "pass", "unknown"
Verdict = tuple[str, str]
Rule = Callable[[PolicyInForce], Verdict]


def verdict(policy: PolicyInForce) -> Verdict:
    """``deny``, ``pass`` or ``unknown``, and why, for a policy that denies what violates it."""
    if not policy.concerns_pods:
        return PASS, "it is not about pods"
    set_aside = _set_aside(policy.parameters)
    if set_aside:
        return set_aside
    name = built_in_name(policy.definition_id)
    if name in _PASSES:
        return PASS, _PASSES[name]
    if name in _DENIES:
        return DENY, _DENIES[name]
    rule = _RULES.get(name or "")
    return rule(policy) if rule else (OPEN, "what its constraint template asks for is not known here")


def _set_aside(parameters: Mapping[str, Any]) -> Verdict | None:
    """What takes the pod, its image or its containers out of any policy."""
    images, containers = _list(parameters, "excludedImages"), _list(parameters, "excludedContainers")
    if any(isinstance(image, str) and covers(image, IMAGE) for image in images or ()):
        return PASS, "the image of the command pod is excluded (parameter excludedImages)"
    if all(container in (containers or ()) for container in CONTAINERS):
        return PASS, "the containers of the command pod are excluded (parameter excludedContainers)"
    if CONTAINERS[0] in (containers or ()):
        return OPEN, f"container {CONTAINERS[0]} is excluded, {CONTAINERS[1]} of Entra clusters is not"
    if parameters.get("labelSelector"):
        return OPEN, "it selects pods by label (parameter labelSelector)"
    return None


def _limits(policy: PolicyInForce) -> Verdict:
    allowed = {name: _quantity(policy.parameters.get(name)) for name in ("cpuLimit", "memoryLimit")}
    for name, has in (("cpuLimit", _CPU_LIMIT), ("memoryLimit", _MEMORY_LIMIT)):
        maximum = allowed[name]
        if maximum is not None and maximum < has:
            pod = "500m" if name == "cpuLimit" else "1Gi"
            return DENY, f"{name} {policy.parameters[name]} is below the pod's limit of {pod}"
    if None in allowed.values():
        return OPEN, "its cpuLimit or memoryLimit cannot be read"
    return PASS, "the pod's limits of 500m and 1Gi are allowed"


def _images(policy: PolicyInForce) -> Verdict:
    pattern = policy.parameters.get("allowedContainerImagesRegex")
    allowed = _matches(pattern, IMAGE) if isinstance(pattern, str) else None
    if allowed is None:
        return OPEN, "its allowedContainerImagesRegex cannot be evaluated here"
    if allowed:
        return PASS, "allowedContainerImagesRegex allows the pod's image"
    return DENY, f"allowedContainerImagesRegex {pattern} does not allow mcr.microsoft.com/aks/command/runtime"


def _capabilities(policy: PolicyInForce) -> Verdict:
    required = _list(policy.parameters, "requiredDropCapabilities")
    if required is None:
        return OPEN, "its requiredDropCapabilities cannot be read"
    if required:
        return DENY, f"the pod drops no capabilities and requiredDropCapabilities asks for {_join(required)}"
    return PASS, "the pod adds no capabilities"


def _seccomp(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy.parameters, "allowedProfiles")
    if allowed is None:
        return OPEN, "its allowedProfiles cannot be read"
    # Values that stand for "no profile set" in the templates seen so far.
    if {"*", "unconfined", "undefined", "not configured"} & {str(profile).lower() for profile in allowed}:
        return PASS, "allowedProfiles covers a pod without a seccomp profile"
    return DENY, f"the pod sets no seccomp profile and allowedProfiles is [{_join(allowed)}]"


def _volumes(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy.parameters, "allowedVolumeTypes")
    if allowed is None:
        return OPEN, "its allowedVolumeTypes cannot be read"
    if "*" in allowed or {"projected", "emptyDir", "configMap", "secret"} <= set(map(str, allowed)):
        return PASS, "allowedVolumeTypes allows what a pod without hostPath mounts"
    if "projected" not in allowed:
        return DENY, f"the pod mounts its token as projected and allowedVolumeTypes is [{_join(allowed)}]"
    return OPEN, "which volumes besides its token the pod mounts is not published"


def _apparmor(policy: PolicyInForce) -> Verdict:
    if "runtime/default" in (_list(policy.parameters, "allowedProfiles") or ()):
        return PASS, "a pod without an AppArmor profile runs with runtime/default"
    return OPEN, "which profile it expects of a pod that sets none is not known"


def _pull_policy(policy: PolicyInForce) -> Verdict:
    if {"Always", "IfNotPresent", "Never"} <= set(map(str, _list(policy.parameters, "allowedPullPolicy") or ())):
        return PASS, "allowedPullPolicy allows every pull policy"
    return OPEN, "the pull policy of the command pod is not published"


def _labels(policy: PolicyInForce) -> Verdict:
    return _required(_list(policy.parameters, "labelsList"), "labelsList", _LABELS)


def _annotations(policy: PolicyInForce) -> Verdict:
    kind, wanted = policy.parameters.get("kind"), policy.parameters.get("annotations")
    if isinstance(kind, str) and kind != "Pod":
        return PASS, f"it is about {kind}"
    if isinstance(wanted, Mapping):
        wanted = wanted.get("annotations")
    return _required(wanted if isinstance(wanted, list) else None, "annotations", _ANNOTATIONS)


def _required(wanted: list[Any] | None, parameter: str, present: set[str]) -> Verdict:
    names = [item.get("key") if isinstance(item, Mapping) else item for item in wanted or ()]
    if wanted is None or not all(isinstance(name, str) for name in names):
        return OPEN, f"its {parameter} cannot be read"
    missing = [name for name in names if name not in present]
    return (DENY, f"the pod lacks {_join(missing)} ({parameter})") if missing else (PASS, "it asks for nothing more")


def _blocked_kind(policy: PolicyInForce) -> Verdict:
    kind = policy.parameters.get("kind")
    if not isinstance(kind, str):
        return OPEN, "its kind cannot be read"
    return (DENY, "it blocks the creation of pods") if kind == "Pod" else (PASS, f"it is about {kind}")


def _users(policy: PolicyInForce) -> Verdict:
    user = str(policy.parameters.get("runAsUserRule"))
    if user in ("MustRunAsNonRoot", "MustRunAs"):
        return DENY, f"runAsUserRule {user} needs a securityContext.runAsUser or runAsNonRoot"
    groups = [f"{name}Rule" for name in ("runAsGroup", "supplementalGroups", "fsGroup")]
    strict = [name for name in groups if policy.parameters.get(name) == "MustRunAs"]
    if strict:
        return DENY, f"{strict[0]} MustRunAs needs a value in the pod's securityContext"
    known = user == "RunAsAny" and all(policy.parameters.get(name) in ("RunAsAny", "MayRunAs") for name in groups)
    return (PASS, "it lets pods run as anybody") if known else (OPEN, "its user and group rules cannot be read")


def _escalation(policy: PolicyInForce) -> Verdict:
    forced = policy.parameters.get("forcePrivilegeEscalationToBeFalse")
    if policy.outdated or forced is True:
        why = f"version {policy.version}" if policy.outdated else "parameter forcePrivilegeEscalationToBeFalse"
        return DENY, f"the pod does not set allowPrivilegeEscalation to false ({why} asks for it)"
    if forced is False:
        return PASS, "forcePrivilegeEscalationToBeFalse is false"
    return OPEN, "its forcePrivilegeEscalationToBeFalse cannot be read"


def _probes(policy: PolicyInForce) -> Verdict:
    required = _list(policy.parameters, "requiredProbes")
    if required is None:
        return OPEN, "its requiredProbes cannot be read"
    return (DENY, f"the pod has no {_join(required)}") if required else (PASS, "it asks for no probes")


def _list(parameters: Mapping[str, Any], name: str) -> list[Any] | None:
    value = parameters.get(name)
    return value if isinstance(value, list) else None


def _join(values: list[Any]) -> str:
    return ", ".join(map(str, values[:8])) + (", …" if len(values) > 8 else "")  # noqa: PLR2004


_UNITS = {
    "": 1.0,
    "m": 1e-3,
    **{unit: 1000.0 ** (power + 1) for power, unit in enumerate("kMGTPE")},
    **{f"{unit}i": 1024.0 ** (power + 1) for power, unit in enumerate("KMGTPE")},
}


def _quantity(value: Any) -> float | None:
    """A Kubernetes quantity such as ``200m`` or ``1Gi``."""
    match = re.fullmatch(r"(\d{1,18}(?:\.\d{1,9})?)([a-zA-Z]{0,2})", str(value).strip())
    if not match or match.group(2) not in _UNITS:
        return None
    return float(match.group(1)) * _UNITS[match.group(2)]


_LONGEST_PATTERN, _MOST_LOOPS = 4096, 5


def _matches(pattern: str, text: str) -> bool | None:
    """Whether a pattern found in a policy matches; None for one that could take Python long, or that it cannot read.

    Gatekeeper matches in linear time (RE2), Python does not: no repeated groups, and few loops.
    """
    bounded = pattern.replace("{0}", "")
    loops = sum(bounded.count(sign) for sign in "*+{")
    if len(pattern) > _LONGEST_PATTERN or loops > _MOST_LOOPS or re.search(r"\)[*+{]", bounded):
        return None
    try:
        return re.search(pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return None


_DENIES: Mapping[str | None, str] = {
    "12db3749-7e03-4b9f-b443-d37d3fb9f8d9": "the pod has no imagePullSecrets",
    "423dd1ba-798e-40e4-9c4d-b6902674b423": "the pod uses the token of its service account",
    "65280eef-c8b4-425e-9aec-af55e55bf581": "the pod is bare, without a controller",
    "df49d893-a74c-421d-bc95-c663042e5b80": "the pod does not set readOnlyRootFilesystem",
}
_PASSES: Mapping[str | None, str] = {
    "021f8078-41a0-40e6-81b6-c6597da9f3ee": "the image's tag is not latest",
    "03a4ecdb-0684-4039-be91-2762979e1bc8": "the pod requests 200m and 500Mi",
    "077f0ce1-86d6-4058-bc60-de05067e8622": "it is about Windows",
    "098fc59e-46c7-4d99-9b16-64990e543d75": "the pod mounts no hostPath",
    "47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8": "the pod shares no host namespace",
    "5485eac0-7e8f-4964-998b-a44f4f0c1e75": "it is about Windows",
    "56d0a13f-712f-466b-8416-56fb354fb823": "the pod sets no sysctls",
    "57dde185-5c62-4063-b965-afbb201e9c1c": "it is about Windows",
    "5e5a0673-649e-4d50-bf9d-5a387a4e2081": "the pod sets no sysctls",
    "82985f06-dc18-4a48-bc1c-b9f4f0098cfe": "the pod does not use the host's network",
    "83a0809a-a4e3-4ef2-8a24-2afc156607af": "the pod has no label of kubernetes.azure.com",
    "95edb821-ddaf-4404-9732-666045e056b4": "the pod is not privileged",
    "9f061a12-e40d-4183-a00e-171812443373": "the pod is not in the namespace default",
    "a22123bd-b9da-4c86-9424-24903e91fd55": "the pod has no label of kubernetes.azure.com",
    "a27c700f-8a22-44ec-961c-41625264370b": "the pod adds no capabilities",
    "a2abc456-f0ae-464b-bd3a-07a3cdbd7fb1": "it is about Windows",
    "cf426bb8-b320-4321-8545-1b784a5df3a4": "it only audits",
    "d2e7ea85-6b44-4317-a0be-1b951587f626": "the pod adds no capabilities",
    "e1e6c427-07d9-46ab-9689-bfa85431e636": "the pod sets no seLinuxOptions",
    "e24df237-32cb-4a6c-a2f6-85b499cda9f2": "it only prints",
    "f4a8fce0-2dd5-4c21-9a36-8f0ec809d663": "the pod mounts no flexVolume",
    "f85eb0dd-92ee-40e9-8a76-db25a507d6d3": "the pod's procMount is the default",
}
_RULES: Mapping[str, Rule] = {
    "16697877-1118-4fb1-9b65-9898ec2509ec": _volumes,
    "1c6e92c9-99f0-4e55-9cf2-0c234dc48f99": _escalation,
    "46592696-4c7b-4bf3-9e45-6c2763bdc0a6": _labels,
    "50c83470-d2f0-4dda-a716-1938a4825f62": _pull_policy,
    "511f5417-5d12-434d-ab2e-816901e72a5e": _apparmor,
    "975ce327-682c-4f2e-aa46-b9598289b86c": _seccomp,
    "9a5f4e39-e427-4d5d-ae73-93db00328bec": _annotations,
    "b1a9997f-2883-4f12-bdff-2280f99b5915": _probes,
    "b81f454c-eebb-4e4f-9dfe-dca060e8a8fd": _blocked_kind,
    "c26596ff-4d70-4e6a-9a30-c2506bd2f80c": _capabilities,
    "e345eecc-fa47-480f-9e88-67dcc122b164": _limits,
    "f06ddb64-5fa3-4b77-b166-acb36f7f6042": _users,
    "febd0533-8e55-448f-b837-bd0e06f16469": _images,
}
