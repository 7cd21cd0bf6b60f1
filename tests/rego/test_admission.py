"""The simulator's admission: OPA decides it, and what stands in for OPA elsewhere says the same word for word."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.rego import opa
from tests.shared import SHARED
from tests.simulator.cluster import admission, pods
from tests.simulator.cluster.pods import Pod
from tests.simulator.core.direct import Direct
from tests.simulator.core.scenario import SCENARIOS
from tests.simulator.policy import builtins, engine, governance, rego, templates
from tests.simulator.policy.effective import Effective, follow
from tests.simulator.policy.templates import Template

pytestmark = pytest.mark.skipif(not opa.AVAILABLE, reason=opa.WHY_NOT)

VERDICTS = SHARED / "data" / "admission_verdicts.json"
OPA, OWN = rego.Opa(), rego.Own()
DEFINITIONS = {
    f"{alias} {version['properties']['version']}": version
    for alias, source in builtins.sources().items()
    for version in builtins.definitions()[source["id"]]
    if version["properties"]["mode"] == builtins.KUBERNETES
}
#: Parameters that have no default, and those that a pod may violate.
GIVEN: Mapping[str, tuple[dict[str, Any], ...]] = {
    "allowedImages": ({"allowedContainerImagesRegex": "^quay"}, {"allowedContainerImagesRegex": "["}),
    "capabilities": ({"requiredDropCapabilities": ["KILL", "ALL"]}, {"allowedCapabilities": ["KILL"]}),
    "hostNetwork": ({"minPort": 80, "maxPort": 90, "allowedHostPorts": [80]}, {"allowHostNetwork": True}),
    "hostPaths": ({"allowedHostPaths": {"paths": [{"pathPrefix": "/var/log", "readOnly": True}]}},),
    "noPrivilegeEscalation": ({"forcePrivilegeEscalationToBeFalse": True},),
    "podLabels": ({"labelsList": ["team", "createdBy", "app"]},),
    "resourceLimits": (
        {"cpuLimit": "0.2", "memoryLimit": "64Mi"},
        {"cpuLimit": 1, "memoryLimit": "1 Gi"},
        {"cpuLimit": "", "memoryLimit": "1G"},
    ),
    "seccomp": ({"allowedProfiles": ["runtime/default", "localhost/a"]}, {"allowedProfiles": ["localhost/*"]}),
    "usersAndGroups": (
        {"runAsUserRule": "MustRunAs", "runAsUserRanges": {"ranges": [{"min": 5, "max": -1}]}},
        {
            "runAsGroupRule": "MustRunAs",
            "fsGroupRule": "MayRunAs",
            "fsGroupRanges": {"ranges": [{"min": 1, "max": 9}]},
            "supplementalGroupsRule": "MayRunAs",
            "supplementalGroupsRanges": {"ranges": [{"min": 1, "max": 9}]},
        },
    ),
    "volumeTypes": ({"allowedVolumeTypes": ["emptyDir"]}, {"allowedVolumeTypes": ["*"]}),
}
COMMON: tuple[dict[str, Any], ...] = (
    {},
    {"excludedContainers": ["user-command"]},
    {"excludedImages": ["mcr.microsoft.com/*"]},
)


def command_pod(*, entra: bool) -> Pod:
    azure = Direct({"cluster": {"entra": entra}})
    return admission.with_token(pods.manifest("0" * 32, "true", azure.world.caller, entra=entra))


LOCAL, ENTRA = command_pod(entra=False), command_pod(entra=True)


def _pod(*, security: Mapping[str, Any] | None = None, **spec: Any) -> Pod:
    """The command pod with other members, its first container among them."""
    [container] = LOCAL["spec"]["containers"]
    own = {key: spec.pop(key) for key in ("ports", "volumeMounts", "resources", "image") if key in spec}
    changed = {**container, **own, **({"securityContext": security} if security else {})}
    return {**LOCAL, "spec": {**LOCAL["spec"], **spec, "containers": [changed]}}


PODS: Mapping[str, Pod] = {
    "local": LOCAL,
    "entra": ENTRA,
    "hardened": _pod(
        security={
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "runAsUser": 7,
            "runAsGroup": 70,
            "capabilities": {"drop": ["all"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        automountServiceAccountToken=False,
        imagePullSecrets=[{"name": "x"}],
    ),
    "root": _pod(security={"privileged": True, "runAsUser": 0, "capabilities": {"add": ["KILL", "SYS_ADMIN"]}}),
    "user": _pod(securityContext={"runAsUser": 5, "fsGroup": 10, "supplementalGroups": [2, 40]}),
    "host": _pod(hostNetwork=True, hostPID=True, ports=[{"hostPort": 8080}], resources={}),
    "windows": _pod(nodeSelector={"kubernetes.io/os": "windows"}, hostIPC=True),
    "paths": _pod(
        volumes=[
            {"name": "logs", "hostPath": {"path": "/var/log/pods"}},
            {"name": "etc", "hostPath": {"path": "/etc"}},
        ],
        volumeMounts=[{"name": "logs", "mountPath": "/logs"}, {"name": "etc", "mountPath": "/host"}],
    ),
    "annotated": {
        **LOCAL,
        "metadata": {**LOCAL["metadata"], "annotations": {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}},
    },
    "localhost": _pod(security={"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}}),
    "limits": _pod(resources={"limits": {"cpu": "half", "memory": "2Ei"}}),
    "default": {**LOCAL, "metadata": {**LOCAL["metadata"], "namespace": "default"}},
}


def both(template: Template, parameters: Mapping[str, Any], pod: Pod) -> list[str]:
    """OPA's messages, which are the other's too."""
    asked = engine.review(pod)
    found = OPA.violations(template, parameters, asked)
    assert OWN.violations(template, parameters, asked) == found
    return found


def values(definition: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {name.lower(): each.get("defaultValue") for name, each in definition["properties"]["parameters"].items()}
    details = definition["properties"]["policyRule"]["then"]["details"]
    followed = follow(details["values"], {**defaults, **{name.lower(): value for name, value in given.items()}})
    return {name: value for name, value in followed.items() if value is not None}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_both_say_the_same_of_every_built_in_and_it_can_deny_and_allow(name: str) -> None:
    definition, template = DEFINITIONS[name], engine.template_of(DEFINITIONS[name])
    assert template
    said = [
        both(template, values(definition, {**common, **given}), pod)
        for common in COMMON
        for given in ({}, *GIVEN.get(name.split(maxsplit=1)[0], ()))
        for pod in PODS.values()
    ]
    # Nothing that the command pod could be has an owner.
    assert any(said) and (not all(said) or template.kind == "K8sAzureV1BlockNakedPods")


@pytest.mark.parametrize("scenario", [path.stem for path in sorted(SCENARIOS.glob("*.yaml"))])
def test_both_say_the_same_of_every_constraint_of_a_scenario(scenario: str) -> None:
    azure = Direct(scenario)
    state = governance.of(azure.world)
    for cluster in list(azure.world.clusters.values())[:5]:
        for policies in (state.arm, state.synced):
            found = engine.constraints(policies, cluster.id, cluster.resource["location"], azure.world.utc())
            for constraint in found:
                for pod in (LOCAL, ENTRA):
                    both(constraint.template, constraint.parameters, pod)


def _rows() -> Iterator[Any]:
    if not VERDICTS.exists():
        yield pytest.param({}, marks=pytest.mark.skip(reason=f"no verdicts of Azure's own templates at {VERDICTS}"))
        return
    known = {version["name"].partition("-")[0] for version in DEFINITIONS.values()}
    rows = json.loads(Path(VERDICTS).read_text(encoding="utf-8"))["rows"]
    for at, row in enumerate(row for row in rows if row["definition"] in known):
        yield pytest.param(row, id=f"{at} {row['definition']} {row['version']} {row['case']}")


@pytest.mark.parametrize("row", list(_rows()))
def test_our_templates_decide_about_the_command_pod_as_azures_public_ones_do(row: Mapping[str, Any]) -> None:
    definition = next(
        version
        for version in DEFINITIONS.values()
        if (version["name"].partition("-")[0], version["properties"]["version"]) == (row["definition"], row["version"])
    )
    defaults = {name: each.get("defaultValue") for name, each in definition["properties"]["parameters"].items()}
    parameters = {name.lower(): value for name, value in {**defaults, **row["parameters"]}.items()}
    template = engine.template_of(definition)
    assert template
    constraint = engine.Constraint(template, Effective({"id": "x"}, definition, "deny", parameters))
    for form, pod in (("local", LOCAL), ("entra", ENTRA)):
        denied = constraint.matches(pod) and bool(both(template, constraint.parameters, pod))
        # An error of a builtin, which the judge of these rows asked for: Gatekeeper does not, and denies.
        assert denied is (row["verdict"][form] in ("deny", "error"))


def test_a_denial_is_in_the_words_of_the_template_that_the_cluster_has() -> None:
    """Of rules that only an engine can follow: the text is built from the pod and the parameters of the assignment."""
    own = """
    violation[{"msg": msg}] {
      odd := [c | c := input.review.object.spec.containers[_]; count(c.name) % 2 == 0]
      hosts := {host | host := split(odd[_].image, "/")[0]; not startswith(host, input.parameters.mirror)}
      msg := sprintf("%d of %v", [count(odd), hosts])
    }"""
    definition = {"name": "own", "template": "K8sOwn", "rego": own, "parameters": {"mirror": {"defaultValue": "eu."}}}
    policy = {"definitions": [definition], "assignments": [{"of": "own", "name": "own", "effect": "Deny"}]}
    refusal = Direct({"policy": policy}).run()
    assert refusal.status == 400
    assert refusal.body["message"].endswith('] 1 of {"mcr.microsoft.com"}')
    assert rego.judge().name == "OPA"


def test_a_template_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Template] = []
    original = rego.compiled

    def counting(template: Template) -> Any:
        compiled.append(template)
        return original(template)

    monkeypatch.setattr(rego, "compiled", counting)
    judge, template = rego.Opa(), templates.of_text("K8sX", 'violation[{"msg": "x"}] { true }')
    said = [judge.violations(template, {}, engine.review(pod)) for pod in (LOCAL, ENTRA, LOCAL)]
    assert (said, compiled) == ([["x"]] * 3, [template])


@pytest.mark.parametrize("text", ["violation[", "[" * 50_000, "# " + "x" * 300_000, "violation { nobody(1) }"])
def test_a_template_that_does_not_compile_has_no_constraint(text: str) -> None:
    assert not rego.Opa().violations(templates.of_text("K8sX", text), {}, engine.review(LOCAL))


def test_a_forked_process_does_not_wait_for_an_engine_of_its_parent() -> None:
    """Go's runtime does not survive a fork."""
    template = templates.of_text("K8sX", 'violation[{"msg": "x"}] { true }')
    assert rego.judge().violations(template, {}, engine.review(LOCAL)) == ["x"]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        told = pool.apply_async(_in_a_fork, (template,)).get(timeout=60)
    assert told == (rego.Own.name, ["x"])


def _in_a_fork(template: Template) -> tuple[str, list[str]]:
    judge = rego.judge()
    return judge.name, judge.violations(template, {}, engine.review(LOCAL))


def test_what_cannot_be_decided_is_an_error_of_the_scenario() -> None:
    template = templates.of_text("K8sX", 'violation[{"msg": m}] { m := to_number("no number") }')
    with pytest.raises(rego.UndecidedError):
        rego.Opa().violations(template, {}, engine.review(LOCAL))
