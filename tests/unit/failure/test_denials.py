"""Denials are read whole in every form an engine gives them, whatever their messages hold."""

from __future__ import annotations

import json

import pytest

from azext_aksinvokefix.failure import Denial, classify
from tests.data.failure_texts import ENVELOPE, POD
from tests.data.mangling import MANGLED
from tests.shared import SHARED

HASH = "0123456789abcdef0123"
STEM = "k8sazurev3containerlimits"
AZURE = f"azurepolicy-{STEM}-{HASH}"
WEBHOOK = 'admission webhook "validation.gatekeeper.sh" denied the request: '
MESSAGES = [
    "container <user-command> memory limit <1Gi> is higher than the maximum allowed of <512Mi>",
    'container <x> has an invalid image repo <y>, allowed repos are ["a/", "b/*"]',
    'HostPath volume {"hostPath": {"path": "/tmp"}, "name": "v"} is not allowed. Allowed path: [{"pathPrefix": '
    '"/foo"}]',
    'service has forbidden external IPs: {"1.1.1.1"}',
    "container <opa> didn't specify an image tag <openpolicyagent/opa>",
    "Seccomp profile 'unconfined' is not allowed for container 'nginx'. Found at: annotation. Allowed profiles: {}",
]
COLLECTED = SHARED / "data" / "denial_texts.json"

FORMS = {
    "Azure Policy": (f"{WEBHOOK}[{AZURE}] ", "azure-policy-denied", Denial("azure-policy", AZURE, STEM)),
    "up to Gatekeeper 3.3": (
        f"{WEBHOOK}[denied by {AZURE}] ",
        "azure-policy-denied",
        Denial("azure-policy", AZURE, STEM),
    ),
    "own Gatekeeper": (f"{WEBHOOK}[psp-x] ", "gatekeeper-denied", Denial("gatekeeper", "psp-x")),
    "Azure Policy as VAP": (
        f"pods \"{POD}\" is forbidden: ValidatingAdmissionPolicy 'gatekeeper-{STEM}' with binding "
        f"'gatekeeper-{STEM}-{AZURE}' denied request: ",
        "azure-policy-denied",
        Denial("azure-policy", AZURE, STEM, policy=f"gatekeeper-{STEM}", binding=f"gatekeeper-{STEM}-{AZURE}"),
    ),
    "Azure Policy as VAP without the constraint": (
        f"The pods \"{POD}\" is invalid: : ValidatingAdmissionPolicy 'gatekeeper-{STEM}' with binding 'gatekeeper-cut' "
        "denied request: ",
        "azure-policy-denied",
        Denial("azure-policy", None, STEM, policy=f"gatekeeper-{STEM}", binding="gatekeeper-cut"),
    ),
    "own Gatekeeper as VAP": (
        "ValidatingAdmissionPolicy 'gatekeeper-k8spsp' with binding 'gatekeeper-k8spsp-mine' denied request: ",
        "gatekeeper-denied",
        Denial("gatekeeper", policy="gatekeeper-k8spsp", binding="gatekeeper-k8spsp-mine"),
    ),
    "own VAP": (
        "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ",
        "webhook-denied",
        Denial("vap", policy="p", binding="b"),
    ),
    "AKS": (
        "ValidatingAdmissionPolicy 'aks-managed-x' with binding 'aks-managed-x-binding' denied request: ",
        "managed-policy-denied",
        Denial("managed", policy="aks-managed-x", binding="aks-managed-x-binding"),
    ),
    "Defender": (
        "ValidatingAdmissionPolicy 'ps-block.vap' with binding 'ps-block.binding' denied request: ",
        "defender-denied",
        Denial("defender", policy="ps-block.vap", binding="ps-block.binding"),
    ),
    "any webhook": (
        'admission webhook "a.b.c" denied the request: ',
        "webhook-denied",
        Denial("webhook", webhook="a.b.c"),
    ),
    "Pod Security": (
        f'pods "{POD}" is forbidden: violates PodSecurity "restricted:latest": ',
        "pod-security-denied",
        Denial("pod-security", policy="restricted:latest"),
    ),
}


def texts() -> list[str]:
    if not COLLECTED.exists():
        return MESSAGES
    return MESSAGES + [text for _, text in json.loads(COLLECTED.read_text(encoding="utf-8"))]


def denials(text: str) -> tuple[Denial, ...]:
    found = classify(text, source="argument").facts.get("denials", ())
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_denial_is_read_with_its_whole_message(form: str) -> None:
    prefix, finding, denial = FORMS[form]
    for message in texts():
        failure = classify(ENVELOPE + prefix + message, source="argument")
        assert failure.finding == finding
        assert failure.facts["denials"] == (Denial(**{**denial.__dict__, "message": message}),)


@pytest.mark.parametrize("mangling", MANGLED)
def test_mangled_denials_keep_constraint_and_message(mangling: str) -> None:
    for prefix, finding, denial in FORMS.values():
        for message in MESSAGES:
            failure = classify(MANGLED[mangling](ENVELOPE + prefix + message), source="argument")
            assert failure.finding == finding
            (found,) = failure.facts["denials"]
            assert "".join(found.message.split()) == "".join(message.split())
            assert Denial(**{**found.__dict__, "message": ""}) == denial


@pytest.mark.parametrize("mangling", MANGLED)
def test_several_denials_printed_twice_are_each_read_once(mangling: str) -> None:
    lines = [
        f"[azurepolicy-a-{HASH}] first <1>",
        f"[azurepolicy-a-{HASH}] second [default]",
        f"[azurepolicy-b-{HASH}] third",
    ]
    text = ENVELOPE + WEBHOOK + "\n".join(lines)
    whole = f"{text}\nCode: KubernetesOperationError\nMessage: {text.split(') ', 1)[1]}"
    found = denials(MANGLED[mangling](whole))
    assert [(each.stem, "".join(each.message.split())) for each in found] == [
        ("a", "first<1>"),
        ("a", "second[default]"),
        ("b", "third"),
    ]


def test_azure_and_own_constraints_in_one_denial_are_both_findings() -> None:
    failure = classify(f"{ENVELOPE}{WEBHOOK}[{AZURE}] one\n[psp-two] two", source="argument")
    assert (failure.finding, failure.facts["also"]) == ("azure-policy-denied", ("gatekeeper-denied",))
    assert [each.engine for each in failure.facts["denials"]] == ["azure-policy", "gatekeeper"]


def test_warning_beside_a_denial_is_not_a_denial() -> None:
    found = denials(f"Warning: [azurepolicy-warned-{HASH}] w\n{ENVELOPE}{WEBHOOK}[{AZURE}] d")
    assert [each.constraint for each in found] == [AZURE]


def test_constraint_of_several_lines_keeps_them_all() -> None:
    (found,) = denials(f"{ENVELOPE}{WEBHOOK}[{AZURE}] first line\nsecond line")
    assert found.message == "first line second line"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        (f"azurepolicy-container-limits-{HASH}", "container-limits"),
        ("azurepolicy-x-" + "ab" * 32, "x"),
        (f"azurepolicy-k8sazurev1antiaffinityrules-{HASH}f", "k8sazurev1antiaffinityrules"),
        ("azurepolicy-nohash", "nohash"),
    ],
)
def test_stem_is_the_name_without_prefix_and_hash(name: str, stem: str) -> None:
    assert denials(f"{ENVELOPE}{WEBHOOK}[{name}] x")[0].stem == stem


def test_kyverno_denial_names_its_first_policy() -> None:
    text = (
        'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/aks-command/x was '
        "blocked due to the following policies \n\nrequire-ro-rootfs:\n  rule: 'validation error'"
    )
    failure = classify(ENVELOPE + text, source="argument")
    assert (failure.finding, failure.facts["denials"][0].policy) == ("kyverno-denied", "require-ro-rootfs")
