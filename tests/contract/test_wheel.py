"""The wheel that users install."""

from __future__ import annotations

import json
import shutil
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.contract.sources import files
from tools.build_wheel import ROOT, SOURCES, build
from tools.release.version import current

REQUIREMENTS_MIN = ROOT / "requirements" / "min.in"


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


def read(wheel: Path, ending: str) -> str:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(ending))
    return archive.read(name).decode()


def test_the_same_sources_give_the_same_bytes_wherever_and_by_whomever_they_are_built(
    wheel: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "a checkout of somebody else"
    elsewhere.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, elsewhere / name)
    for file in elsewhere.rglob("*.py"):
        file.chmod(0o600)

    assert build(tmp_path / "out", elsewhere).read_bytes() == wheel.read_bytes()


def test_it_runs_on_any_python_and_platform(wheel: Path) -> None:
    assert wheel.name == f"aks_invoke_fix-{current(ROOT)}-py3-none-any.whl"


def test_it_asks_for_no_other_distribution(wheel: Path) -> None:
    metadata = Parser().parsestr(read(wheel, "/METADATA"))

    assert metadata.get_all("Requires-Dist") is None


def test_it_holds_one_extension_module_and_no_tests_or_tools(names: list[str]) -> None:
    folders = {name.split("/")[0] for name in names}

    assert folders == {"azext_aksinvokefix", f"aks_invoke_fix-{current(ROOT)}.dist-info"}


def test_it_carries_the_licences_of_what_it_holds(names: list[str]) -> None:
    assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]


def test_its_summary_keeps_to_the_guidelines_for_extensions(wheel: Path) -> None:
    summary = Parser().parsestr(read(wheel, "/METADATA"))["Summary"]

    assert summary.endswith(".")
    assert len(summary) <= 140
    assert not any(word in summary.lower() for word in ("extension", "azure cli", "command-line"))


def test_the_cli_learns_from_it_what_the_tests_run_on(wheel: Path) -> None:
    metadata = json.loads(read(wheel, "azext_metadata.json"))

    assert f"azure-cli=={metadata['azext.minCliCoreVersion']}" in REQUIREMENTS_MIN.read_text(encoding="utf-8")


def test_a_beta_version_is_marked_as_a_preview(wheel: Path) -> None:
    described = Parser().parsestr(read(wheel, "/METADATA"))
    metadata = json.loads(read(wheel, "azext_metadata.json"))

    assert ("b" in described["Version"]) == metadata.get("azext.isPreview", False)
    assert ("b" in described["Version"]) == ("Development Status :: 4 - Beta" in described.get_all("Classifier", []))


def test_every_folder_of_modules_is_a_package_that_the_build_finds() -> None:
    folders = {file.parent for file in files()}

    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
