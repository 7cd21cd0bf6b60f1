"""Files travel with the command as they are, or the user is told why not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.e2e.azure import Azure
from tests.e2e.run.test_run import run
from tests.simulator.aks.attachments import AttachedFile
from tests.simulator.core.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "Chart.yaml").write_text("name: web\n")
    (tmp_path / "chart" / "templates" / "deploy.yaml").write_text("kind: Deployment\n")
    (tmp_path / "hook.sh").write_text("#!/bin/sh\n")
    (tmp_path / "hook.sh").chmod(0o755)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".azignore").write_text("*.log\n")
    (tmp_path / "debug.log").write_text("noise\n")
    (tmp_path / "broken").symlink_to("nowhere")
    return tmp_path


def files(world: World) -> dict[str, AttachedFile]:
    """What the one command that ran found in its working folder, by name."""
    [ran] = world.runs.values()
    return {file.name: file for file in ran.files}


@pytest.mark.smoke
def test_the_current_folder_arrives_with_its_folders_and_modes(azure: Azure, folder: Path) -> None:
    world = azure.load({})
    result = run(azure, "test -x hook.sh && cat chart/Chart.yaml", "-f", ".", cwd=folder)
    assert result.rc == 0
    found = files(world)
    assert sorted(found) == [".azignore", "chart/Chart.yaml", "chart/templates/deploy.yaml", "hook.sh"]
    assert found["hook.sh"].mode & 0o777 == 0o755
    assert "Attaching 4 files" in result.err
    assert "broken (dangling link)" in result.err


def test_single_files_arrive_under_their_base_name(azure: Azure, folder: Path) -> None:
    world = azure.load({})
    assert run(azure, "cat deploy.yaml", "-f", "chart/templates/deploy.yaml", cwd=folder).rc == 0
    assert list(files(world)) == ["deploy.yaml"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-f", "missing.yaml"), "'missing.yaml' does not exist"),
        (("-f", "chart"), "'chart' is a folder"),
        (("-f", "a/x.yaml", "-f", "b/x.yaml"), "would both arrive as 'x.yaml'"),
    ],
    ids=["missing", "folder", "same name"],
)
def test_attachments_that_cannot_be_sent_are_refused_before_anything_is(
    azure: Azure, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "x.yaml").write_text(name)
    world = azure.load({})
    result = run(azure, "x", *arguments, "-o", "json", cwd=folder)
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "attachment-invalid")
    assert says in result.err
    remedies = [fix["description"] for fix in result.json()["diagnosis"]["findings"][0]["fixes"]]
    assert len(remedies) == 1 and remedies[0] not in result.json()["failure"]["message"]
    assert not [x for x in world.requests if x.operation == "run-command"]


def test_a_body_that_azure_refuses_is_not_sent(azure: Azure, folder: Path) -> None:
    (folder / "noise.bin").write_bytes(random.Random(3).randbytes(5_000_000))
    world = azure.load({})
    result = run(azure, "x", "-f", "noise.bin", "-o", "json", cwd=folder)
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "attachment-too-large")
    assert not [x for x in world.requests if x.operation == "run-command"]


def test_a_413_of_the_service_is_explained(azure: Azure, folder: Path) -> None:
    azure.load({"bodyLimit": 20_000})
    (folder / "noise.bin").write_bytes(random.Random(3).randbytes(30_000))
    result = run(azure, "x", "-f", "noise.bin", "-o", "json", cwd=folder)
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "attachment-too-large")
