"""Custom policies: `diagnose` judges each by the template that it brings, or by a copy that the user downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.data.templates import template
from tests.e2e.azure import Azure
from tests.e2e.diagnosis import CLUSTER, blamed, diagnose, evidence, stages

FOREIGN = """
violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  not startswith(container.image, input.parameters.registry)
  msg := sprintf("%v comes from %v, not from %v", [container.name, "elsewhere", input.parameters.registry])
}
"""
USER = 'violation[{"msg": "root"}] { input.review.object.spec.containers[_].securityContext.runAsUser == 0 }'
URL = "https://contoso.example/library/k8scontosoregistry.yaml?sig=1"
HOSTILE = 'violation[{"msg": "a\\u001b]0;owned\\u0007\\u001b[31mb\\u202ec"}] { true }'


def scenario(rego: str = FOREIGN, registry: str = "contoso.azurecr.io/", **more: Any) -> dict[str, Any]:
    """One custom policy that denies, on a cluster that is fine otherwise."""
    declared = {"registry": {"type": "String", "defaultValue": "mcr.microsoft.com/"}}
    brought = {"name": "registry", "template": "K8sContosoRegistry", "rego": rego}
    assigned = {"of": "registry", "name": "registry", "effect": "Deny", "parameters": {"registry": registry}}
    return {"policy": {"definitions": [{**brought, "parameters": declared, **more}], "assignments": [assigned]}}


def test_a_template_that_denies_is_quoted_with_the_parameters_of_its_assignment(azure: Azure) -> None:
    azure.load(scenario())
    found = diagnose(azure)
    assert (stages(found), blamed(found)) == ("ppppfssss", "azure-policy-denied likely")
    assert '"user-command comes from elsewhere, not from contoso.azurecr.io/"' in found["findings"][0]["message"]
    assert "K8sContosoRegistry evaluated from templateInfo.content" in evidence(found)


def test_the_cluster_denies_in_the_words_of_the_template_and_lets_pass_what_it_allows(azure: Azure) -> None:
    """The engine in the cluster is OPA, where it is installed: nothing in the simulator knows this template."""
    azure.load(scenario())
    denied = azure.invoke_fix("run", *CLUSTER, "-c", "true")
    assert denied.rc != 0
    assert "user-command comes from elsewhere, not from contoso.azurecr.io/" in " ".join(denied.err.split())
    azure.load(scenario(registry="mcr.microsoft.com/"))
    assert azure.invoke_fix("run", *CLUSTER, "-c", "true").rc == 0


def test_a_template_that_lets_the_pod_pass_is_no_finding(azure: Azure) -> None:
    azure.load(scenario(registry="mcr.microsoft.com/"))
    found = diagnose(azure)
    assert (stages(found)[:5], found["findings"], found["verdict"]) == ("ppppp", [], "ready")
    assert {each["stage"] for each in found["unknowns"]} <= {"scheduling"}


def test_a_template_that_hangs_on_an_unknown_field_warns_and_names_it(azure: Azure) -> None:
    azure.load(scenario(USER))
    found = diagnose(azure)
    assert (stages(found)[4], blamed(found), blamed(found, "warning")) == ("u", "", "azure-policy-denied possible")
    assert "spec.containers[0].securityContext.runAsUser" in found["findings"][0]["message"]
    assert any("runAsUser" in each["why"] for each in found["unknowns"])


@pytest.mark.parametrize(("registry", "severity"), [("contoso.azurecr.io/", "error"), ("mcr.microsoft.com/", "")])
def test_a_template_at_a_url_is_judged_from_a_copy_alone(
    azure: Azure, tmp_path: Path, registry: str, severity: str
) -> None:
    azure.load(scenario(registry=registry, url=URL))
    found = diagnose(azure)
    assert blamed(found, "warning") == "azure-policy-denied possible"
    fix = found["findings"][0]["fixes"][0]
    assert (fix["safety"], URL in fix["description"]) == ("safe", True)
    copy = tmp_path / "k8scontosoregistry.yaml"
    copy.write_text(yaml.safe_dump(template(FOREIGN, "K8sContosoRegistry")), encoding="utf-8")
    assert fix["command"].split()[-2:] == ["--policy-template", copy.name]
    told = diagnose(azure, "--policy-template", str(copy))
    assert [each["severity"] for each in told["findings"]] == ([severity] if severity else [])
    assert (f"evaluated from the file {copy}" in evidence(told)) is bool(severity)


def test_a_copy_that_no_policy_asks_for_is_said_to_be_in_vain(azure: Azure, tmp_path: Path) -> None:
    azure.load(scenario(url=URL))
    copy = tmp_path / "other.yaml"
    copy.write_text(yaml.safe_dump(template(FOREIGN, "K8sOther")), encoding="utf-8")
    result = azure.invoke_fix("diagnose", *CLUSTER, "--policy-template", str(copy), "-o", "json")
    assert (result.rc, "The template K8sOther in" in result.err) == (0, True)
    assert blamed(result.json(), "warning") == "azure-policy-denied possible"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read"),
        ("kind: Pod", "contains no ConstraintTemplate"),
        ("x" * (1 << 20), "longer than 256 KiB"),
    ],
)
def test_a_file_that_is_no_template_is_an_error_and_asks_azure_nothing(
    azure: Azure, tmp_path: Path, text: str | None, says: str
) -> None:
    world = azure.load(scenario(url=URL))
    file = tmp_path / "t.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    before = len(world.requests)
    result = azure.invoke_fix("diagnose", *CLUSTER, "--policy-template", str(file))
    assert (result.rc != 0, says in result.err, "Traceback" in result.err) == (True, True, False)
    assert len(world.requests) == before


@pytest.mark.parametrize("text", [HOSTILE, "[" * 50_000, "# " + "x" * (1 << 20)], ids=["escapes", "deep", "long"])
def test_a_hostile_template_neither_breaks_the_report_nor_the_terminal(azure: Azure, text: str) -> None:
    azure.load(scenario(text))
    result = azure.invoke_fix("diagnose", *CLUSTER)
    assert (result.rc, "Traceback" in result.err) == (0, False)
    assert not {"\x1b", "\x07", "\u202e"} & set(result.out + result.err)
    assert "registry" in result.out + result.err
