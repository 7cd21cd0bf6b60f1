"""Tab completes what this extension knows names of, through the CLI's own completion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.azure import Azure

CLUSTER = "-g rg1 -n c1"


def completed(azure: Azure, file: Path, line: str) -> list[str]:
    """What a shell offers behind ``line``: it asks by variables and reads from a file or a descriptor of its own."""
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(file),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    # A shell throws away what is printed meanwhile: the parser complains of the line that is not done.
    azure.az(env=asked, cwd=file.parent)
    return [name.strip() for name in file.read_text(encoding="utf-8").split("\n") if name.strip()]


@pytest.mark.parametrize(
    ("scenario", "line", "name"),
    [
        ("healthy", "az aks invoke-fix explain --finding fleet", "fleet-hub-cluster"),
        ("healthy", "az aks invoke-fix di", "diagnose"),
        ("nodes-tainted", f"az aks invoke-fix add-capacity {CLUSTER} --nodepool-name ", "nodepool1"),
        ("policy-gatekeeper", f"az aks invoke-fix exempt-policy {CLUSTER} --policy-assignment ", "pod-security"),
    ],
    ids=["finding", "command", "node pool", "assignment"],
)
def test_a_name_that_exists_is_offered(azure: Azure, tmp_path: Path, scenario: str, line: str, name: str) -> None:
    azure.load(scenario)
    assert name in completed(azure, tmp_path / "offered", line)


def test_management_groups_are_offered_where_the_sign_in_has_subscriptions_below_them(
    azure: Azure, tmp_path: Path
) -> None:
    azure.load("estate")
    Path(tmp_path, "client").mkdir()
    other = azure.apart(tmp_path / "client")
    assert "retail" in completed(other, tmp_path / "offered", "az aks invoke-fix scan --management-groups ret")


def test_subscriptions_are_offered_by_the_names_of_the_sign_in(azure: Azure, tmp_path: Path) -> None:
    (name,) = [one["name"] for one in azure.az("account", "list").json()]
    offered = completed(azure, tmp_path / "offered", "az aks invoke-fix scan --subscriptions ")
    assert any(name.replace(" ", "\\ ") in each or name in each for each in offered)


@pytest.mark.parametrize(
    "words", ["diagnose --error-file", "run --file", "run --script", "scan --accepted", "exempt-policy --error-file"]
)
def test_files_are_offered_where_a_file_is_meant(azure: Azure, tmp_path: Path, words: str) -> None:
    Path(tmp_path, "error.txt").write_text("x", encoding="utf-8")
    assert "error.txt" in completed(azure, tmp_path / "offered", f"az aks invoke-fix {words} err")


def test_where_azure_refuses_nothing_is_offered(azure: Azure, tmp_path: Path) -> None:
    world = azure.load("healthy")
    for operation in ("cluster-get", "policy-assignments-list", "resource-graph"):
        world.faults.add(operation, status=403, code="AuthorizationFailed", message="No.")
    for line in (f"add-capacity {CLUSTER} --nodepool-name ", f"exempt-policy {CLUSTER} --policy-assignment "):
        assert completed(azure, tmp_path / "offered", f"az aks invoke-fix {line}") == []
