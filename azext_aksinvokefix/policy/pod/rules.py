"""What the constraint templates of the built-in policies ask of the command pod, one rule a definition.

They follow the templates that Azure/azure-policy publishes below samples/KubernetesService. The newest templates of a
few definitions are not public; there the one before stands for it, which is said at the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.policy.expression import UNKNOWN
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod import quantities
from azext_aksinvokefix.policy.pod.facts import (
    ANNOTATIONS,
    CPU_LIMIT,
    MEMORY_LIMIT,
    PULL_POLICY,
    REPOSITORY,
    RUNS,
    STARTS,
)
from azext_aksinvokefix.policy.pod.patterns import InvalidError, UnsupportedError, matches
from azext_aksinvokefix.policy.pod.verdict import (
    DENY,
    IMAGE,
    LABELS,
    PASS,
    Verdict,
    allows,
    denies,
    join,
    unknown,
    unreadable,
)

_NOT_COMPILED = "does not compile in Gatekeeper, and then its template denies every image (inferred)"


@dataclass(frozen=True)
class Rule:
    """How a definition judges the pod, and what it leaves out: containers of ``looks_at`` by name, or images."""

    judge: Callable[[PolicyInForce], Verdict]
    by_image: bool = False
    by_container: bool = False
    looks_at: tuple[str, ...] = (RUNS, STARTS)


def _limits(policy: PolicyInForce) -> Verdict:
    read: Mapping[str, tuple[Callable[[Any], Any], str]] = {
        "cpuLimit": (quantities.cpu, CPU_LIMIT),
        "memoryLimit": (quantities.memory, MEMORY_LIMIT),
    }
    for name, (amount, has) in read.items():
        maximum = amount(policy.parameters.get(name))
        if maximum is not None and maximum < amount(has):
            return denies(f"{name} {policy.parameters[name]} is below the pod's limit of {has}")
    if UNKNOWN in [policy.parameters.get(name, UNKNOWN) for name in read]:
        return unreadable(*read)
    return allows(f"the pod's limits of {CPU_LIMIT} and {MEMORY_LIMIT} do not exceed its limits")


def _images(policy: PolicyInForce) -> Verdict:
    name = "allowedContainerImagesRegex"
    pattern = policy.parameters.get(name)
    if not isinstance(pattern, str):
        return unreadable(name)
    try:
        allowed = matches(pattern, IMAGE)
    except InvalidError:
        return denies(f"{name} {pattern} {_NOT_COMPILED}")
    except UnsupportedError:
        return unknown(f"its {name} cannot be evaluated here")
    if allowed is None:
        return unknown(f"{name} {pattern} depends on the tag of the pod's image, the date of its build", "image")
    if allowed:
        return allows(f"{name} allows the pod's image")
    return denies(f"{name} {pattern} does not allow {REPOSITORY}")


def _capabilities(policy: PolicyInForce) -> Verdict:
    required = _list(policy, "requiredDropCapabilities")
    if required is None:
        return unreadable("requiredDropCapabilities")
    if required:
        return denies(f"the pod drops no capabilities and requiredDropCapabilities asks for {join(required)}")
    return allows("the pod adds no capabilities")


def _disallowed_capabilities(policy: PolicyInForce) -> Verdict:
    """``*`` denies every pod, also one that adds none."""
    if policy.parameters.get("disallowedCapabilities") is UNKNOWN:
        return unreadable("disallowedCapabilities")
    if "*" in (_list(policy, "disallowedCapabilities") or ()):
        return denies("disallowedCapabilities holds *, which denies every pod")
    return allows("the pod adds no capabilities")


def _seccomp(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy, "allowedProfiles")
    if allowed is None:
        return unreadable("allowedProfiles")
    if "*" in allowed or "not configured" in allowed:
        return allows("allowedProfiles covers a pod without a seccomp profile")
    return denies(f"the pod sets no seccomp profile and allowedProfiles is [{join(allowed)}]")


def _volumes(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy, "allowedVolumeTypes")
    if allowed is None:
        return unreadable("allowedVolumeTypes")
    if "*" in allowed or ("projected" in allowed and "emptyDir" in allowed):
        return allows("allowedVolumeTypes allows the pod's token and what its containers share")
    if "projected" not in allowed:
        return denies(f"the pod mounts its token as projected and allowedVolumeTypes is [{join(allowed)}]")
    return unknown("on Entra clusters two containers share a volume, which emptyDir has to allow (inferred)", "volumes")


def _apparmor(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy, "allowedProfiles")
    if allowed is None:
        return unreadable("allowedProfiles")
    if "runtime/default" in allowed:
        return allows("a pod without an AppArmor profile counts as runtime/default")
    return denies(f"a pod without an AppArmor profile counts as runtime/default, not among [{join(allowed)}]")


def _pull_policy(policy: PolicyInForce) -> Verdict:
    allowed = _list(policy, "allowedPullPolicy")
    if allowed is None:
        return unreadable("allowedPullPolicy")
    left = {"Always", "IfNotPresent", "Never"} - set(map(str, allowed))
    if not left:
        return allows("allowedPullPolicy allows every pull policy")
    if len(left) == len(("Always", "IfNotPresent", "Never")):
        return denies(f"allowedPullPolicy [{join(allowed)}] allows no pull policy")
    likely = DENY if PULL_POLICY in left else PASS
    why = (
        f"the pull policy of the command pod is not published; with the API's default, {PULL_POLICY}, "
        f"allowedPullPolicy [{join(allowed)}] likely {'denies' if likely == DENY else 'allows'} it"
    )
    return unknown(why, "imagePullPolicy", likely=likely)


def _labels(policy: PolicyInForce) -> Verdict:
    wanted = _list(policy, "labelsList")
    if wanted is None:
        return unreadable("labelsList")
    missing = [label for label in wanted if not _is_in(label, LABELS)]
    return denies(f"the pod lacks {join(missing)} (labelsList)") if missing else allows("it requires nothing more")


def _annotations(policy: PolicyInForce) -> Verdict:
    """An entry without ``key`` asks for nothing; one with ``allowedRegex`` asks of the value too."""
    given = policy.parameters.get("annotations")
    wanted = given.get("annotations") if isinstance(given, Mapping) else None
    if not isinstance(wanted, list):
        return unreadable("annotations")
    entries = [entry for entry in wanted if isinstance(entry, Mapping) and "key" in entry]
    missing = [entry["key"] for entry in entries if not _is_in(entry["key"], ANNOTATIONS)]
    if missing:
        return denies(f"the pod lacks {join(missing)} (annotations)")
    verdicts = [_annotation(entry["key"], entry["allowedRegex"]) for entry in entries if entry.get("allowedRegex")]
    worst = next((verdict for verdict in verdicts if verdict.outcome == DENY), None)
    return worst or next(iter(verdicts), allows("it requires nothing more"))


def _annotation(key: str, pattern: Any) -> Verdict:
    value = ANNOTATIONS[key]
    try:
        fits = isinstance(pattern, str) and matches(pattern, [value])
    except InvalidError:
        return denies(f"allowedRegex {pattern} does not compile in Gatekeeper, and then it fits no value (inferred)")
    except UnsupportedError:
        return unknown("its allowedRegex cannot be evaluated here")
    shown = f"the value {value} of the pod's annotation {key}"
    return allows(f"allowedRegex allows {shown}") if fits else denies(f"allowedRegex {pattern} does not allow {shown}")


def _aks_labels(policy: PolicyInForce) -> Verdict:
    reserved = policy.parameters.get("labels", [])
    if not isinstance(reserved, list):
        return unreadable("labels")
    taken = [label for label in LABELS if label in reserved]
    if not taken:
        return allows("the pod has none of its labels")
    if _list(policy, "allowedUsers") == [] and _list(policy, "allowedGroups") == []:
        return denies(f"the pod has the label {join(taken)} and no one is allowed to set it")
    return unknown(
        f"the pod has the label {join(taken)}; it is not known whether its creator is allowed to set it", "userInfo"
    )


def _blocked_kind(policy: PolicyInForce) -> Verdict:
    groups = policy.parameters.get("apiGroups", [""])
    if not isinstance(groups, list):
        return unreadable("apiGroups")
    return (
        denies("it blocks the creation of pods")
        if {"", "*"} & set(map(str, groups))
        else allows("does not apply to pods")
    )


def _users(policy: PolicyInForce) -> Verdict:
    """A rule that is misspelt asks for nothing of a pod that sets nothing."""
    groups = [f"{name}Rule" for name in ("runAsGroup", "supplementalGroups", "fsGroup")]
    rules = {name: policy.parameters.get(name, UNKNOWN) for name in ("runAsUserRule", *groups)}
    strict = [name for name in groups if rules[name] == "MustRunAs"]
    if strict:
        return denies(f"{strict[0]} MustRunAs needs a value in the pod's securityContext")
    user = rules["runAsUserRule"]
    if user == "MustRunAs":
        return denies("runAsUserRule MustRunAs needs a securityContext.runAsUser", "runAsUser")
    if user == "MustRunAsNonRoot":
        return denies(
            f"runAsUserRule {user} needs a securityContext.runAsUser or runAsNonRoot", "runAsUser", "runAsNonRoot"
        )
    if UNKNOWN in rules.values():
        return unknown("its user and group rules cannot be read")
    return allows("its rules require nothing of a pod that sets neither user nor group")


def _escalation(policy: PolicyInForce) -> Verdict:
    """Template v3, of versions 7.*.*; v4 of version 8 is not public and does the same unless it is told to force.

    A pod that sets runAsUser may be denied here, one that does not is denied where MustRunAsNonRoot is asked for: never
    by both.
    """
    forced = policy.parameters.get("forcePrivilegeEscalationToBeFalse", False)
    if not policy.outdated and forced is UNKNOWN:
        return unreadable("forcePrivilegeEscalationToBeFalse")
    if not policy.outdated and forced is True and policy.pin_unseen and not policy.version:
        return unknown(f"forcePrivilegeEscalationToBeFalse applies from version 8 on, and {policy.pin_unseen}")
    if not policy.outdated and forced is True:
        return denies("the pod does not set allowPrivilegeEscalation to false (forcePrivilegeEscalationToBeFalse)")
    why = (
        "it denies a pod that sets runAsUser to a user other than root and does not set allowPrivilegeEscalation "
        "to false, and it is not known whether the command pod sets runAsUser"
    )
    return unknown(why, "runAsUser", likely=PASS)


def _probes(policy: PolicyInForce) -> Verdict:
    required = _list(policy, "requiredProbes")
    if required is None:
        return unreadable("requiredProbes")
    return denies(f"the pod has no {join(required)}") if required else allows("it requires no probes")


def _signed(policy: PolicyInForce) -> Verdict:  # pylint: disable=unused-argument
    return unknown("it asks a service in the cluster whether the image is signed")


def _list(policy: PolicyInForce, name: str) -> list[Any] | None:
    value = policy.parameters.get(name)
    return value if isinstance(value, list) else None


def _is_in(name: Any, names: Any) -> bool:
    return isinstance(name, str) and name in names


def _denying(why: str, by_image: bool = False, by_container: bool = False) -> Rule:
    return Rule(lambda policy: denies(why), by_image, by_container)


def _allowing(why: str) -> Rule:
    return Rule(lambda policy: allows(why))


def _each(judge: Callable[[PolicyInForce], Verdict]) -> Rule:
    return Rule(judge, by_image=True, by_container=True)


RULES: Mapping[str, Rule] = {
    "021f8078-41a0-40e6-81b6-c6597da9f3ee": _allowing("the image's tag is not latest"),
    "03a4ecdb-0684-4039-be91-2762979e1bc8": _allowing("the pod requests 200m and 500Mi"),
    "077f0ce1-86d6-4058-bc60-de05067e8622": _allowing("it applies only to Windows"),
    "098fc59e-46c7-4d99-9b16-64990e543d75": _allowing("the pod mounts no hostPath"),
    "12db3749-7e03-4b9f-b443-d37d3fb9f8d9": _denying("the pod has no imagePullSecrets", by_image=True),
    "13cd7ae3-5bc0-4ac4-a62d-4f7c120b9759": _allowing("the pod has no scan result"),
    "16697877-1118-4fb1-9b65-9898ec2509ec": Rule(_volumes, by_image=True),
    "1c6e92c9-99f0-4e55-9cf2-0c234dc48f99": _each(_escalation),
    "423dd1ba-798e-40e4-9c4d-b6902674b423": _denying("the pod uses the token of its service account", by_image=True),
    "46592696-4c7b-4bf3-9e45-6c2763bdc0a6": Rule(_labels),
    "47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8": _allowing("the pod shares no host namespace"),
    "50c83470-d2f0-4dda-a716-1938a4825f62": Rule(_pull_policy, by_image=True),
    "511f5417-5d12-434d-ab2e-816901e72a5e": _each(_apparmor),
    "5485eac0-7e8f-4964-998b-a44f4f0c1e75": _allowing("it applies only to Windows"),
    "56d0a13f-712f-466b-8416-56fb354fb823": _allowing("the pod sets no sysctls"),
    "57dde185-5c62-4063-b965-afbb201e9c1c": _allowing("it applies only to Windows"),
    "5e5a0673-649e-4d50-bf9d-5a387a4e2081": _allowing("the pod sets no sysctls"),
    "65280eef-c8b4-425e-9aec-af55e55bf581": _denying("the pod is bare, without a controller"),
    "82985f06-dc18-4a48-bc1c-b9f4f0098cfe": _allowing("the pod does not use the host's network"),
    "83a0809a-a4e3-4ef2-8a24-2afc156607af": _allowing("the pod has no label of kubernetes.azure.com"),
    "95edb821-ddaf-4404-9732-666045e056b4": _allowing("the pod is not privileged"),
    "975ce327-682c-4f2e-aa46-b9598289b86c": _each(_seccomp),
    "9a5f4e39-e427-4d5d-ae73-93db00328bec": Rule(_annotations),
    "9f061a12-e40d-4183-a00e-171812443373": _allowing("the pod is not in the namespace default"),
    "a22123bd-b9da-4c86-9424-24903e91fd55": Rule(_aks_labels),
    "a27c700f-8a22-44ec-961c-41625264370b": _each(_disallowed_capabilities),
    "a2abc456-f0ae-464b-bd3a-07a3cdbd7fb1": _allowing("it applies only to Windows"),
    "b1a9997f-2883-4f12-bdff-2280f99b5915": Rule(_probes, by_image=True, by_container=True, looks_at=(RUNS,)),
    "b81f454c-eebb-4e4f-9dfe-dca060e8a8fd": Rule(_blocked_kind),
    "c26596ff-4d70-4e6a-9a30-c2506bd2f80c": _each(_capabilities),
    "cf426bb8-b320-4321-8545-1b784a5df3a4": Rule(_signed),
    "d2e7ea85-6b44-4317-a0be-1b951587f626": _allowing("the pod adds no capabilities"),
    "df49d893-a74c-421d-bc95-c663042e5b80": _denying("the pod does not set readOnlyRootFilesystem", True, True),
    "e1e6c427-07d9-46ab-9689-bfa85431e636": _allowing("the pod sets no seLinuxOptions"),
    "e24df237-32cb-4a6c-a2f6-85b499cda9f2": _allowing("it only prints"),
    "e345eecc-fa47-480f-9e88-67dcc122b164": _each(_limits),
    "f06ddb64-5fa3-4b77-b166-acb36f7f6042": _each(_users),
    "f4a8fce0-2dd5-4c21-9a36-8f0ec809d663": _allowing("the pod mounts no flexVolume"),
    "f85eb0dd-92ee-40e9-8a76-db25a507d6d3": _allowing("the pod's procMount is the default"),
    "febd0533-8e55-448f-b837-bd0e06f16469": Rule(_images, by_container=True),
}
