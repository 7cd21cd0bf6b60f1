"""A denial's name leads to the right definition, whatever version, cut or wording it comes in."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from azext_aksinvokefix.policy.built_ins import definitions_named
from azext_aksinvokefix.policy.names import is_spelled_out, same_template, stem_of_constraint, template_names

#: Constraint names from public threads, and the built-in policy each of them comes from.
SEEN = {
    "azurepolicy-k8sazurev2containerallowedimag-5ee1d79beab0bf8e481a": "only use allowed images",
    "azurepolicy-k8sazurev2containerenforceprob-0e8a839bcd103e7b96a8": "readiness or liveness probes",
    "azurepolicy-k8sazurev1restrictedlabels-67c4210cc58f28acdfdb": "No AKS Specific Labels",
    "azurepolicy-k8sazurev3containerlimits-a8754961dbd4c1d8b49d": "CPU and memory resource limits",
    "azurepolicy-k8sazurev1containerrestrictedi-bde07e1776cbcc9aa8b8": "image pull secrets",
    "azurepolicy-k8sazurev1antiaffinityrules-ceffda082711831ebffd1": "Anti Affinity",
    "azurepolicy-k8sazurev1containerrequests-3a328c73e5b64e788b13": "resource requests must be defined",
    "azurepolicy-k8sazurev2noprivilege-e12c4338d05b4acd7981": "should not allow privileged containers",
    "azurepolicy-k8sazurev3noprivilegeescalatio-621db1c4d893abfa0dcb": "container privilege escalation",
    "azurepolicy-k8sazurev3allowedusersgroups-57ac95e12d2c31538661": "approved user and group IDs",
    "azurepolicy-k8sazurev1windowsblockcontaine-08e4f379cf8967bf8e97": "ContainerAdministrator",
    "azurepolicy-k8sazurev1windowscontainerallo-7df27f4171cac6a47ff1": "approved user and domain user group",
    "azurepolicy-ratifyverification-077bac5b63d37da0bc4a": "Image Integrity",
    "azurepolicy-k8sazurev1loadbalancernopublic-ab1228302ee5062f4baa": "internal load balancers",
    "azurepolicy-container-limits-353b10954438e990aba4": "CPU and memory resource limits",
    "azurepolicy-container-limits-2007c596c60696e5e4a5": "CPU and memory resource limits",
    "azurepolicy-container-no-privilege-00edd87bf80f443fa51d10910255adbc4013d590bec3d290b4f48725d4dfbdf9": "privileged",
    "azurepolicy-container-allowed-images-1f8eb52bcdec7549c616": "only use allowed images",
    "azurepolicy-k8sazurev3readonlyrootfilesyst-0e8a839bcd103e7b96a8": "read only root file system",
    "azurepolicy-k8sazurev2blockautomounttoken-0e8a839bcd103e7b96a8": "automounting API credentials",
    "azurepolicy-k8sazurev2volumetypes-0e8a839bcd103e7b96a8": "allowed volume types",
    "azurepolicy-k8sazurev3disallowedcapabiliti-0e8a839bcd103e7b96a8": "security capabilities",
}


@pytest.mark.parametrize(("constraint", "title"), SEEN.items())
def test_every_constraint_seen_in_public_leads_to_its_policy(constraint: str, title: str) -> None:
    found = definitions_named(stem_of_constraint(constraint))
    assert found and all(title in name for name in found)


def test_a_custom_policys_name_leads_to_no_built_in() -> None:
    assert definitions_named(stem_of_constraint("azurepolicy-k8snodeaffinity-4fd8b43de76ea5c3cb7e")) == ()


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        ("k8sazurev2noprivilege", "k8sazurev4noprivilege"),
        ("k8sazurecustomcontainerallowedimages", "k8sazurev2containerallowedimages"),
        ("k8sazurev10containerallowedima", "containerallowedimages"),
        ("container-limits", "k8sazurecontainerlimits"),
        ("K8sAzureV3ReadOnlyRootFilesystem", "readonlyrootfilesystem"),
        ("gatekeeper-k8sazurev3readonlyrootfilesystem", "readonlyrootfilesystem"),
        ("k8sazurev2containerenforceprobe", "containerenforceprobes"),
        ("container-allowed-image", "containerallowedimages"),
        ("containerallowedimages", "container-allowed-image"),
        ("disallowedcapability", "disallowedcapabilityes"),
        ("volumetypesx", "volumetypesxs"),
    ],
)
def test_versions_prefixes_cuts_and_plurals_do_not_matter(seen: str, known: str) -> None:
    assert same_template(seen, known)


@pytest.mark.parametrize(
    ("seen", "known"),
    [
        ("k8sazurev2noprivilege", "noprivilegeescalation"),
        ("k8sazurev3noprivilegeescalatio", "noprivilege"),
        ("k8sazurev2volumetypes", "allowedvolumetypes"),
        ("", "noprivilege"),
        ("k8sazurev2", "noprivilege"),
        ("---", "---"),
        ("-" * 30, "noprivilege"),
        ("noprivilege", "-" * 30),
        ("container-allowed-image", "containerallowedimagexyz"),
        ("volumetypes", "volumetypess"),
    ],
)
def test_different_templates_are_told_apart(seen: str, known: str) -> None:
    assert not same_template(seen, known)


def test_the_constraint_is_found_at_the_end_of_a_bindings_name() -> None:
    binding = (
        "gatekeeper-k8sazurev3readonlyrootfilesystem-azurepolicy-k8sazurev3readonlyrootfilesyst-0e8a839bcd103e7b96a8"
    )
    assert stem_of_constraint(binding) == "k8sazurev3readonlyrootfilesyst"


TEMPLATE = """\
# metadata: name: no
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  annotations:
    title: x
  name: "k8snodeaffinity"
spec:
  crd: {spec: {names: {kind: K8sNodeAffinity}}}
"""


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("details", "names"),
    [
        ({"templateInfo": {"sourceType": "Base64Encoded", "content": encoded(TEMPLATE)}}, ("k8snodeaffinity",)),
        ({"templateInfo": {"content": encoded('{"kind": "x", "metadata": {"name": "k8sx"}}')}}, ("k8sx",)),
        (
            {"constraintInfo": {"content": encoded("kind: K8sRequired\nmetadata:\n  name: must\n")}},
            ("k8srequired", "must"),
        ),
        ({"templateInfo": {"url": "https://store.example/kubernetes/block-x/v2/template.yaml"}}, ("block-x",)),
        ({"constraintTemplate": "https://store.example/kubernetes/old-x/v1/template.yaml"}, ("old-x",)),
        ({"templateInfo": {"url": "https://example.org/t.yaml"}}, ()),
        ({"templateInfo": {"content": "not base 64!"}}, ()),
        ({"templateInfo": {"content": encoded("{" * 100_000)}}, ()),
        ({"templateInfo": 7, "constraintInfo": None}, ()),
        ({"templateInfo": {"content": encoded('{"metadata": {}}')}}, ()),
        ({"templateInfo": {"content": encoded('{"metadata": {"name": 7}}')}}, ()),
        ({"templateInfo": {"content": encoded('{"metadata": null}')}}, ()),
        ({"templateInfo": {"content": encoded("  name: stray\nmetadata:\n  name: own\n")}}, ("own",)),
        ({"templateInfo": {"content": encoded("metadata:\n  # name: no\n\n  name: own\n  name: \n")}}, ("own",)),
        ({"templateInfo": {"content": encoded("metadata:\n  name: own\nspec:\n  name: other\n")}}, ("own",)),
        ({"templateInfo": {"content": encoded("metadata:\n  name: own\n  labels:\n    name: x\n")}}, ("own",)),
        ({"templateInfo": {"content": encoded("metadata:\n  labels:\n    name: x\n  name: own\n")}}, ("own",)),
        ({"templateInfo": {"content": encoded("#" * (1 << 20) + "\n" + TEMPLATE)}}, ()),
    ],
)
def test_a_custom_definition_tells_the_name_of_its_template(details: dict[str, Any], names: tuple[str, ...]) -> None:
    assert template_names(details) == names


@pytest.mark.parametrize(
    ("details", "spelled_out"),
    [
        ({"templateInfo": {"content": encoded(TEMPLATE)}}, True),
        ({"constraintInfo": {"content": encoded("kind: K8sRequired")}}, True),
        ({"templateInfo": {"url": "https://store.example/kubernetes/block-x/v2/template.yaml"}}, False),
        ({"templateInfo": {"content": 7}, "constraintInfo": "content"}, False),
        ({"constraintTemplate": "https://store.example/kubernetes/old-x/v1/template.yaml"}, False),
    ],
)
def test_only_a_content_spells_a_template_out(details: dict[str, Any], spelled_out: bool) -> None:
    assert is_spelled_out(details) is spelled_out
