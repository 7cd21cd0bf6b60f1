"""What goes into the request's context, and what is refused before anything is sent."""

from __future__ import annotations

import base64
import io
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from azext_aksinvokefix.invoke import attachments
from azext_aksinvokefix.invoke.attachments import BODY_LIMIT, AttachmentError, Attachments, pack
from tests.present import present


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, content: bytes | str = "x", mode: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        path.chmod(mode)
    return path


def unpack(attachments: Attachments | None) -> ZipFile:
    return zipfile.ZipFile(io.BytesIO(base64.b64decode(present(attachments).context)))


def test_no_file_means_no_context() -> None:
    assert pack([]) is None


def test_single_files_arrive_under_their_base_name(folder: Path) -> None:
    write(folder / "deep" / "a.yaml", "kind: Pod")
    archive = unpack(pack(["deep/a.yaml"]))
    assert archive.namelist() == ["a.yaml"]
    assert archive.read("a.yaml") == b"kind: Pod"


def test_content_is_compressed(folder: Path) -> None:
    write(folder / "big.yaml", "a: b\n" * 100_000)
    assert len(present(pack(["big.yaml"])).context) < 5_000


def test_unix_modes_are_kept(folder: Path) -> None:
    write(folder / "run.sh", "#!/bin/sh", 0o755)
    write(folder / "plain.yaml", "", 0o640)
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in unpack(pack(["."])).infolist()}
    assert modes == {"run.sh": 0o755, "plain.yaml": 0o640}


def test_the_order_is_the_same_on_every_machine(folder: Path) -> None:
    for name in ("b/2", "a", "b/1", "c"):
        write(folder / name)
    assert unpack(pack(["."])).namelist() == ["a", "b/1", "b/2", "c"]


def test_version_control_folders_stay_at_home(folder: Path) -> None:
    write(folder / ".git" / "objects" / "x")
    write(folder / "sub" / ".svn" / "x")
    write(folder / "app.yaml")
    attachments = present(pack(["."]))
    assert unpack(attachments).namelist() == ["app.yaml"]
    assert attachments.skipped == (".git/", "sub/.svn/")


def test_azignore_decides_over_gitignore(folder: Path) -> None:
    write(folder / ".gitignore", "rendered/\n")
    write(folder / ".azignore", "*.log\n!keep.log\n")
    for name in ("rendered/app.yaml", "a.log", "keep.log"):
        write(folder / name)
    attachments = present(pack(["."]))
    assert unpack(attachments).namelist() == [".azignore", ".gitignore", "keep.log", "rendered/app.yaml"]
    assert attachments.ignore_file == ".azignore"
    assert "left out 1: a.log (by .azignore)" in attachments.summary()


def test_gitignore_counts_where_there_is_no_azignore(folder: Path) -> None:
    write(folder / ".gitignore", "node_modules/\n")
    write(folder / "node_modules" / "x.js")
    write(folder / "chart" / "node_modules" / "y.js")
    write(folder / "chart" / "Chart.yaml")
    assert unpack(pack(["."])).namelist() == [".gitignore", "chart/Chart.yaml"]


def test_a_dangling_link_is_left_out_and_named(folder: Path) -> None:
    write(folder / "a.yaml")
    os.symlink("nowhere", folder / "broken")
    attachments = present(pack(["."]))
    assert unpack(attachments).namelist() == ["a.yaml"]
    assert attachments.skipped == ("broken (dangling link)",)


def test_what_cannot_travel_is_left_out_and_named(folder: Path) -> None:
    write(folder / "sub" / "a.yaml")
    os.symlink("sub", folder / "link")
    os.mkfifo(folder / "fifo")
    open(os.fsencode(folder) + b"/\xff.yaml", "w").close()
    attachments = present(pack(["."]))
    assert unpack(attachments).namelist() == ["sub/a.yaml"]
    assert [name.split(" ", 1)[1] for name in attachments.skipped] == [
        "(not a file)",
        "(link to a folder)",
        "(name is not UTF-8)",
    ]


def test_a_single_file_whose_name_is_not_utf8_is_refused(folder: Path) -> None:
    open(os.fsencode(folder) + b"/\xff.yaml", "w").close()
    with pytest.raises(AttachmentError, match="is not UTF-8"):
        pack([os.fsdecode(b"\xff.yaml")])


@pytest.mark.parametrize("line", ["\\", "!", "[z-a", "***/", "(", "a\\"])
def test_a_line_that_git_would_not_understand_is_passed_over(folder: Path, line: str) -> None:
    write(folder / ".gitignore", f"{line}\nkeep-out\n")
    write(folder / "keep-out")
    write(folder / "a.yaml")
    assert unpack(pack(["."])).namelist() == [".gitignore", "a.yaml"]


def test_a_current_folder_that_is_gone_holds_no_files(folder: Path) -> None:
    (folder / "gone").mkdir()
    os.chdir(folder / "gone")
    (folder / "gone").rmdir()
    assert present(pack(["."])).files == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_an_unreadable_folder_is_refused(folder: Path) -> None:
    (folder / "secret").mkdir(mode=0o000)
    with pytest.raises(AttachmentError, match="cannot be read: Permission denied"):
        pack(["."])


@pytest.mark.parametrize(("mtime", "stored"), [(0, 1980), (5_000_000_000, 2107)], ids=["before 1980", "after 2107"])
def test_a_time_that_zip_cannot_hold_becomes_the_nearest(folder: Path, mtime: int, stored: int) -> None:
    os.utime(write(folder / "a.yaml"), (mtime, mtime))
    assert unpack(pack(["a.yaml"])).infolist()[0].date_time[0] == stored


def test_two_files_of_one_name_are_refused(folder: Path) -> None:
    write(folder / "k8s" / "a.yaml")
    write(folder / "a.yaml")
    with pytest.raises(AttachmentError, match="would both arrive as 'a.yaml'") as caught:
        pack(["k8s/a.yaml", "a.yaml"])
    assert caught.value.finding == "attachment-invalid"


@pytest.mark.parametrize(("path", "says"), [("missing.yaml", "does not exist"), ("sub", "is a folder")])
def test_what_is_not_a_file_is_refused(folder: Path, path: str, says: str) -> None:
    (folder / "sub").mkdir()
    with pytest.raises(AttachmentError, match=says):
        pack([path])


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_an_unreadable_file_is_refused(folder: Path) -> None:
    write(folder / "secret.yaml", "x", 0o000)
    with pytest.raises(AttachmentError, match="cannot be read: Permission denied"):
        pack(["secret.yaml"])


def test_a_body_that_azure_refuses_is_refused_before_it_is_sent(folder: Path) -> None:
    write(folder / "noise.bin", random.Random(7).randbytes(BODY_LIMIT))
    with pytest.raises(AttachmentError, match="larger than 4.0 MiB") as caught:
        pack(["noise.bin"])
    assert caught.value.finding == "attachment-too-large"


def test_a_huge_file_is_refused_before_it_is_read_whole(folder: Path) -> None:
    with (folder / "huge.bin").open("wb") as file:
        file.write(random.Random(7).randbytes(BODY_LIMIT))
        file.truncate(2**40)
    with pytest.raises(AttachmentError, match="larger than 4.0 MiB"):
        pack(["huge.bin"])


def test_the_summary_gives_the_figures(folder: Path) -> None:
    write(folder / "a.yaml", "a" * 2048)
    assert present(pack(["a.yaml"])).summary().startswith("Attaching 1 file (2 KiB), ")


def test_a_link_that_leads_out_of_the_folder_is_left_out_and_named(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = write(tmp_path_factory.mktemp("outside") / "id_rsa", "private")
    write(folder / "a.yaml", "kind: Pod")
    os.symlink(outside, folder / "notes.txt")
    os.symlink("a.yaml", folder / "b.yaml")
    attachments = present(pack(["."]))
    assert unpack(attachments).namelist() == ["a.yaml", "b.yaml"]
    assert attachments.skipped == ("notes.txt (link to a file outside the folder)",)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    os.symlink(path.name, path)


@pytest.mark.parametrize("make", [_fifo, os.mkdir, _loop, lambda path: os.symlink("/dev/zero", path)])
def test_an_ignore_file_that_is_no_file_is_refused(folder: Path, make: Callable[[Path], None]) -> None:
    make(folder / ".azignore")
    with pytest.raises(AttachmentError, match=r"'\.azignore' is not a regular file") as caught:
        pack(["."])
    assert caught.value.finding == "attachment-invalid"


@pytest.mark.parametrize(
    "lines",
    ["x\n" * 200_000, "*.a/b\n" * 1_500, "a" * 5_000, "\n" * (2 * 1024 * 1024)],
    ids=["many", "wildcards", "long", "big"],
)
def test_an_ignore_file_without_measure_is_refused_at_once(folder: Path, lines: str) -> None:
    write(folder / ".azignore", lines)
    began = time.monotonic()
    with pytest.raises(AttachmentError, match=r"'\.azignore' (has|is longer)"):
        pack(["."])
    assert time.monotonic() - began < 5


def test_a_folder_without_measure_is_refused_before_it_is_walked_through(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "_MOST_FILES", 50)
    for number in range(60):
        write(folder / f"{number // 10}" / f"{number}.yaml")
    with pytest.raises(AttachmentError, match="more than 50 files") as caught:
        pack(["."])
    assert caught.value.finding == "attachment-too-large"


def test_a_folder_that_holds_just_as_much_as_may_be_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "deep" / "a.yaml")
    write(folder / "b.yaml")
    monkeypatch.setattr(attachments, "_MOST_FILES", 3)
    assert unpack(pack(["."])).namelist() == ["b.yaml", "deep/a.yaml"]
    monkeypatch.setattr(attachments, "_MOST_FILES", 2)
    with pytest.raises(AttachmentError):
        pack(["."])


def test_a_sparse_file_of_gigabytes_is_refused_at_once(folder: Path) -> None:
    with (folder / "disk.img").open("wb") as file:
        file.truncate(3 * 2**30)
    began = time.process_time()
    with pytest.raises(AttachmentError, match="larger than 256"):
        pack(["."])
    assert time.process_time() - began < 5
