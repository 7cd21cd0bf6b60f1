"""What `make release` writes into the sources, and what is published beside the wheel."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.az import executable
from tools.build_wheel import ROOT
from tools.release import index, materials, trial, version
from tools.release.__main__ import main, sums
from tools.release.version import ReleaseError

CYCLONEDX = ROOT / ".work" / "release" / "bin" / "cyclonedx-py"
HISTORY = """Release History
===============

Unreleased
----------
* Something new.

1.4.0 (2026-10-01)
------------------
* Something old.
"""


def git(folder: Path, *args: str) -> None:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clean checkout of version 1.4.0 with something to release."""
    (tmp_path / version.METADATA).parent.mkdir()
    for file in (version.SETUP, version.METADATA):
        shutil.copy(ROOT / file, tmp_path / file)
    said = version.current(tmp_path)
    setup = (tmp_path / version.SETUP).read_text(encoding="utf-8")
    (tmp_path / version.SETUP).write_text(setup.replace(f'VERSION = "{said}"', 'VERSION = "1.4.0"'), encoding="utf-8")
    (tmp_path / version.HISTORY).write_text(HISTORY, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path


def metadata(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / version.METADATA).read_text(encoding="utf-8")))


def test_the_new_version_stands_in_the_sources_and_its_changes_have_a_date(checkout: Path) -> None:
    version.bump(checkout, "1.5.0", "2026-12-24")

    assert version.current(checkout) == "1.5.0"
    assert "\n1.5.0 (2026-12-24)\n------------------\n* Something new.\n" in (checkout / version.HISTORY).read_text(
        "utf-8"
    )
    assert "Unreleased" not in (checkout / version.HISTORY).read_text("utf-8")


@pytest.mark.parametrize(("number", "preview"), [("1.5.0", None), ("1.5.0b1", True)])
def test_only_a_beta_is_a_preview(checkout: Path, number: str, preview: bool | None) -> None:
    version.bump(checkout, number, "2026-12-24")

    assert metadata(checkout).get("azext.isPreview") is preview
    assert metadata(checkout)["azext.minCliCoreVersion"] == metadata(ROOT)["azext.minCliCoreVersion"]


@pytest.mark.parametrize(
    "number",
    ["", "1", "1.5", "1.5.0.0", "v1.5.0", "1.5.0rc1", "1.5.0b0", "01.5.0", "1.5.0 ", "1.5.0\n", "١.5.0", "$(id)"],
)
def test_what_is_no_version_is_refused_and_nothing_is_written(checkout: Path, number: str) -> None:
    before = (checkout / version.SETUP).read_bytes(), (checkout / version.HISTORY).read_bytes()

    with pytest.raises(ReleaseError, match=r"is no version\. Give one such as 1\.2\.3"):
        version.bump(checkout, number, "2026-12-24")

    assert ((checkout / version.SETUP).read_bytes(), (checkout / version.HISTORY).read_bytes()) == before


@pytest.mark.parametrize("number", ["1.3.9", "1.4.0b1", "0.9.0"])
def test_a_version_that_is_older_than_the_sources_is_refused(checkout: Path, number: str) -> None:
    with pytest.raises(ReleaseError, match="is older than 1.4.0"):
        version.bump(checkout, number, "2026-12-24")


def test_what_is_not_committed_is_not_released(checkout: Path) -> None:
    (checkout / "stray.py").write_text("", encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"not committed:\n\?\? stray.py"):
        version.bump(checkout, "1.5.0", "2026-12-24")


def test_what_is_no_checkout_is_not_released(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")

    with pytest.raises(ReleaseError, match="a git checkout"):
        version.bump(checkout, "1.5.0", "2026-12-24")


def test_a_release_that_tells_users_nothing_is_refused(checkout: Path) -> None:
    version.bump(checkout, "1.5.0", "2026-12-24")
    git(checkout, "commit", "-qam", "Release 1.5.0")

    with pytest.raises(ReleaseError, match=r"nothing of what changed since 1\.5\.0"):
        version.bump(checkout, "1.6.0", "2026-12-25")


def test_the_history_of_this_checkout_has_a_newest_section() -> None:
    assert version._NEWEST.search((ROOT / version.HISTORY).read_text(encoding="utf-8"))


def test_what_is_published_is_of_the_version_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["dist", "--version", "99.0.0", "--az", "az", "--cyclonedx", "cyclonedx-py"])

    assert status == 1
    assert "make release VERSION=99.0.0" in capsys.readouterr().err


def test_the_entry_of_the_index_describes_these_very_bytes(wheel: Path) -> None:
    said = version.current(ROOT)
    url = index.download_url(wheel, said)

    (entry,) = json.loads(index.document(wheel, url))["extensions"]["aks-invoke-fix"]

    assert entry["sha256Digest"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert entry["downloadUrl"].endswith(f"/v{said}/{entry['filename']}")
    assert entry["metadata"].items() >= {"name": "aks-invoke-fix", "version": said, **metadata(ROOT)}.items()


def test_the_cli_finds_the_wheel_by_name_through_its_entry(wheel: Path) -> None:
    assert trial.by_name(executable(), wheel) == version.current(ROOT)


def test_the_checksums_are_those_that_coreutils_checks(tmp_path: Path) -> None:
    (tmp_path / "a file.whl").write_bytes(b"one")
    (tmp_path / "b.json").write_bytes(b"two")
    (tmp_path / "SHA256SUMS").write_text(sums(tmp_path), encoding="utf-8")

    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], check=True, cwd=tmp_path, capture_output=True, text=True
    )

    assert checked.stdout == "a file.whl: OK\nb.json: OK\n"


@pytest.mark.skipif(not CYCLONEDX.exists(), reason="the tool of CycloneDX is not installed: make dist")
def test_the_bill_of_materials_names_the_wheel_alone_and_is_the_same_text_twice(wheel: Path) -> None:
    url = index.download_url(wheel, version.current(ROOT))

    written = materials.document(wheel, url, CYCLONEDX)

    (component,) = json.loads(written)["components"]
    (published,) = [each for each in component["externalReferences"] if each["type"] == "distribution"]
    assert (component["name"], component["version"]) == ("aks-invoke-fix", version.current(ROOT))
    assert published["url"] == url
    assert published["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}]
    assert "file://" not in written
    assert materials.document(wheel, url, CYCLONEDX) == written
