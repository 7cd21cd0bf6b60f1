"""What is installed to develop, build and release: all of it pinned, down to the bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools.lock_requirements import FOLDER, PYTHON

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
NPM = sorted((ROOT / "tests" / "contract").glob("*/package.json"))
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def asked(name: str) -> dict[str, str]:
    """The pins that a person keeps."""
    pins: dict[str, str] = {}
    for line in (FOLDER / f"{name}.in").read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            pins |= asked(line[3:].removesuffix(".in"))
        elif line and not line.startswith("#"):
            found = PIN.fullmatch(line)
            assert found, f"{name}.in: {line} is no pin"
            pins[found[1].lower()] = found[2]
    return pins


def locked(name: str) -> list[str]:
    """The entries of a generated file, each with the hashes that follow it."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if line and not line.lstrip().startswith("#"))
    return lines.replace("\\\n", "").splitlines()


def test_every_file_a_person_keeps_has_its_generated_one_and_no_other_is_there() -> None:
    files = {file.name for file in FOLDER.iterdir()}

    assert files == {f"{name}.{ending}" for name in PYTHON for ending in ("in", "txt")}


@pytest.mark.parametrize("name", PYTHON)
def test_everything_installed_is_pinned_to_its_bytes(name: str) -> None:
    entries = locked(name)

    assert entries
    assert [entry for entry in entries if not (PIN.match(entry) and HASH.search(entry))] == []


@pytest.mark.parametrize("name", PYTHON)
def test_what_a_person_pinned_is_what_is_installed(name: str) -> None:
    pins = {(found[1].lower(), found[2]) for entry in locked(name) if (found := PIN.match(entry))}

    assert set(asked(name).items()) - pins == set()


@pytest.mark.parametrize("file", NPM, ids=lambda file: str(file.parent.name))
def test_so_is_what_npm_installs(file: Path) -> None:
    wanted = json.loads(file.read_text(encoding="utf-8"))["dependencies"]
    packages = json.loads((file.parent / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}

    assert {name: installed[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, package in installed.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in installed.items() if "resolved" in package] == []


def test_nothing_is_fetched_from_an_address_of_its_own() -> None:
    texts = [file.read_text(encoding="utf-8") for file in FOLDER.iterdir()]

    assert [text for text in texts if "://" in text or "index-url" in text] == []


def test_the_wheel_is_built_with_the_setuptools_that_it_declares() -> None:
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'requires = ["setuptools=={asked("build")["setuptools"]}"]' in declared
    assert asked("dev")["setuptools"] == asked("build")["setuptools"]
