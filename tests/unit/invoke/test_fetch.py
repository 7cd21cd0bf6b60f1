"""What comes out of a pod is unpacked as it was asked for, or leaves nothing behind."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.invoke import fetch
from azext_aksinvokefix.invoke.fetch import Fetched
from azext_aksinvokefix.invoke.plan import Fetch
from azext_aksinvokefix.invoke.steps import Brought


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def archive(*members: tuple[str, bytes], **kinds: tuple[bytes, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as writer:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o644
            writer.addfile(info, io.BytesIO(content))
        for name, (kind, target) in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            writer.addfile(info)
    return packed.getvalue()


def place(payload: bytes, local: str = "got", kind: str = "folder") -> Fetched:
    return fetch.place(Fetch("there", local), Brought(kind, payload))


def test_a_folder_arrives_with_its_files(here: Path) -> None:
    found = place(archive(("./a", b"1"), ("./deep/b", b"22")))
    assert (found.outcome, found.files, found.bytes, found.detail) == ("fetched", 2, 3, None)
    assert (here / "got/deep/b").read_bytes() == b"22"
    assert os.listdir(here) == ["got"]


def test_a_file_arrives_byte_for_byte_and_its_folders_are_made(here: Path) -> None:
    found = place(b"\0\xff\n", "new/deep/file", "file")
    assert (found.outcome, found.files, found.bytes) == ("fetched", 1, 3)
    assert (here / "new/deep/file").read_bytes() == b"\0\xff\n"


def test_an_empty_folder_is_a_folder(here: Path) -> None:
    assert place(archive()).outcome == "fetched"
    assert (here / "got").is_dir()


@pytest.mark.parametrize(
    "payload",
    [
        archive(("../out", b"x")),
        archive(("a/../../out", b"x")),
        archive(("/etc/out", b"x")),
        archive(("ok", b"x"), dev=(tarfile.CHRTYPE, "")),
        archive(("ok", b"x"), pipe=(tarfile.FIFOTYPE, "")),
        archive(("a", b"x"), ("a", b"y")),
        archive(("a", b"x"), ("a/b", b"y")),
        archive(("a", b"x" * 2000))[:1000],
        b"no tar at all" * 100,
        archive(*((f"f{number}", b"") for number in range(fetch.FILE_LIMIT + 1))),
    ],
    ids=["parent", "hidden parent", "absolute", "device", "pipe", "twice", "file as folder", "cut", "no tar", "many"],
)
@pytest.mark.parametrize("local", ["got", "new/deep/got"])
def test_a_refused_archive_leaves_nothing_behind(here: Path, payload: bytes, local: str) -> None:
    found = place(payload, local)
    assert (found.outcome, found.files) == ("failed", 0)
    assert found.detail
    assert os.listdir(here) == []


def test_what_unpacks_beyond_the_limit_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SIZE_LIMIT", 1000)
    assert place(archive(("a", b"x" * 600), ("b", b"x" * 600))).outcome == "failed"
    assert os.listdir(here) == []


def test_links_are_left_out_and_that_is_said(here: Path) -> None:
    payload = archive(("a", b"x"), out=(tarfile.SYMTYPE, "/etc/passwd"), hard=(tarfile.LNKTYPE, "a"))
    found = place(payload)
    assert (found.outcome, found.files, found.detail) == ("fetched", 1, "2 links left out.")
    assert os.listdir(here / "got") == ["a"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_target_that_exists_by_then_stays_as_it_is(here: Path, kind: str) -> None:
    (here / "got").write_text("mine")
    found = place(b"x" if kind == "file" else archive(("a", b"x")), kind=kind)
    assert (found.outcome, found.detail) == ("failed", "The target already exists.")
    assert (here / "got").read_text() == "mine"
    assert os.listdir(here) == ["got"]


def test_a_dangling_link_is_a_target_that_exists(here: Path) -> None:
    (here / "got").symlink_to(here / "elsewhere")
    assert place(b"x", kind="file").outcome == "failed"
    assert not (here / "elsewhere").exists()


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [("missing", "missing"), ("tooLarge", "tooLarge"), ("failed", "failed"), ("cut", "failed"), ("garbled", "failed")],
)
def test_what_the_pod_could_not_bring_says_why(outcome: str, shown: str) -> None:
    found = place(b"", kind=outcome)
    assert found.outcome == shown
    assert found.detail


@pytest.mark.parametrize(
    ("argument", "local"),
    [
        ("report.txt", "report.txt"),
        ("/var/log/app/", "app"),
        ("out=here", "here"),
        ("out=new/here", "new/here"),
        ("out=folder", os.path.join("folder", "out")),
        ("a/out=new/", os.path.join("new/", "out")),
        (".=all", "all"),
    ],
)
def test_where_something_lands(here: Path, argument: str, local: str) -> None:
    (here / "folder").mkdir()
    assert fetch.parse(argument).local == local


@pytest.mark.parametrize(
    ("argument", "local"), [("out", "c1/out"), ("out=new/here", "new/c1/here"), ("o=d/", "d/c1/o")]
)
def test_several_clusters_do_not_share_a_target(here: Path, argument: str, local: str) -> None:
    assert fetch.parse(argument, "c1").local == local


@pytest.mark.parametrize("argument", ["", "=x", ".", "..", "/", "../..", ".=./"])
def test_a_name_that_says_nothing_is_refused(argument: str) -> None:
    with pytest.raises(ValueError, match="does not say"):
        fetch.parse(argument)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(max_size=2000), at=st.integers(0, 3000))
def test_no_archive_whatsoever_writes_outside_its_target(here: Path, noise: bytes, at: int) -> None:
    good = archive(("a", b"x" * 600), ("deep/b", b"y"))
    place(good[:at] + noise + good[at:])
    assert set(os.listdir(here)) <= {"got"}
    if (here / "got").exists():
        (here / "got").rename(here.parent / f"{here.name}-{at}-{len(noise)}-{os.urandom(8).hex()}")
