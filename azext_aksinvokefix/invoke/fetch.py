"""Files that come back from the pod: unpacked below one new target, or not at all.

What comes out of a pod is hostile. Everything is judged before the first byte is written, written into a new folder
beside the target, and moved there in one step; a refused archive leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.invoke.plan import Fetch
from azext_aksinvokefix.invoke.steps import Brought
from azext_aksinvokefix.quoting import os_reason

#: A packed answer of 390 KiB must not fill a disk.
SIZE_LIMIT = 64 * 1024 * 1024
FILE_LIMIT = 10_000
_WHY = {
    "missing": "There is no such file or folder in the pod.",
    "tooLarge": "Compressed, it does not fit together with the output: the limit is about 390 KiB in total.",
    "failed": "It cannot be read in the pod; a folder needs tar and base64 there.",
    "cut": "The service cut off the output. --full-output allows more.",
    "garbled": "The pod has no base64, so only plain text can be fetched.",
    "absent": "The output ends too early: the service cut it off, or the pod was killed.",
}


class RefusedArchiveError(Exception):
    """An archive that is not unpacked, and why."""


@dataclass(frozen=True)
class Fetched:
    """What became of one ``--fetch``."""

    remote: str
    local: str
    outcome: str
    files: int = 0
    bytes: int = 0
    detail: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "remote": self.remote,
            "local": self.local,
            "files": self.files,
            "bytes": self.bytes,
            "outcome": self.outcome,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class _Entry:
    """One member of an archive, judged: ``content`` is None for a folder."""

    path: tuple[str, ...]
    content: bytes | None
    executable: bool = False


def parse(argument: str, below: str = "") -> Fetch:
    """``REMOTE[=LOCAL]``: to LOCAL, or under REMOTE's base name below a LOCAL that is a folder or ends with a slash.

    ``below`` is a folder between, where several clusters bring the same.
    """
    remote, _, local = argument.partition("=")
    base = remote.rstrip("/").rsplit("/", 1)[-1]
    into = not local or local.endswith(("/", os.sep)) or os.path.isdir(local)
    if not remote or (into and base in ("", ".", "..")):
        raise ValueError(f"'{argument}' does not say what to fetch and where to save it: give REMOTE=LOCAL.")
    parent, name = (local, base) if into else os.path.split(local)
    return Fetch(remote, os.path.join(parent, below, name))


def refused(remote: str, local: str, outcome: str, detail: str | None = None) -> Fetched:
    """A fetch that brought nothing; the outcomes of a transcript become those of the contract."""
    shown = outcome if outcome in ("missing", "tooLarge") else "failed"
    return Fetched(remote, local, shown, detail=detail or _WHY.get(outcome, _WHY["failed"]))


def place(fetch: Fetch, brought: Brought) -> Fetched:
    """Write what was brought to where it belongs."""
    if brought.outcome not in ("file", "folder"):
        return refused(fetch.remote, fetch.local, brought.outcome)
    try:
        if brought.outcome == "file":
            entries, left_out = [_Entry((), brought.payload)], 0
        else:
            entries, left_out = _judged(brought.payload)
        _write(fetch.local, entries)
    except RefusedArchiveError as error:
        return refused(fetch.remote, fetch.local, "failed", str(error))
    except OSError as error:
        return refused(fetch.remote, fetch.local, "failed", f"It cannot be written: {os_reason(error)}.")
    contents = [entry.content for entry in entries if entry.content is not None]
    return Fetched(
        fetch.remote,
        fetch.local,
        "fetched",
        files=len(contents),
        bytes=sum(map(len, contents)),
        detail=f"{left_out} link{'s' if left_out > 1 else ''} left out." if left_out else None,
    )


def _judged(archive: bytes) -> tuple[list[_Entry], int]:
    """The members of a tar archive and how many links were left out; raises RefusedArchiveError."""
    entries: list[_Entry] = []
    left_out = total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:", errorlevel=2) as opened:
            for member in opened:
                total += max(member.size, 0) if member.isreg() else 0
                if total > SIZE_LIMIT or len(entries) >= FILE_LIMIT:
                    raise RefusedArchiveError(f"It contains more than {SIZE_LIMIT >> 20} MiB or {FILE_LIMIT} files.")
                path = _path(member.name)
                if member.issym() or member.islnk():
                    left_out += 1
                elif path:
                    entries.append(_entry(opened, member, path))
    except (tarfile.TarError, ValueError, OverflowError, EOFError, KeyError) as error:
        raise RefusedArchiveError("It is not a complete tar archive.") from error
    _refuse_twice(entries)
    return entries, left_out


def _path(name: str) -> tuple[str, ...]:
    """The parts of a member's name below the target; raises RefusedArchiveError for one that leads elsewhere."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    foreign = os.name == "nt" and any(set(part) & set('\\:*?"<>|') for part in parts)
    if name.startswith("/") or ".." in parts or "\0" in name or foreign:
        raise RefusedArchiveError("It contains a name outside the folder.")
    return parts


def _entry(opened: tarfile.TarFile, member: tarfile.TarInfo, path: tuple[str, ...]) -> _Entry:
    if member.isdir():
        return _Entry(path, None)
    if not member.isreg():
        raise RefusedArchiveError("It contains something that is neither a file nor a folder.")
    stream = opened.extractfile(member)
    content = stream.read(SIZE_LIMIT + 1) if stream else b""
    if len(content) != member.size:
        raise RefusedArchiveError("It is not a complete tar archive.")
    return _Entry(path, content, bool(member.mode & 0o111))


def _refuse_twice(entries: list[_Entry]) -> None:
    files = [entry.path for entry in entries if entry.content is not None]
    taken = set(files)
    below = {path[:depth] for path in (entry.path for entry in entries) for depth in range(1, len(path))}
    folders = {entry.path for entry in entries if entry.content is None}
    if len(taken) != len(files) or taken & (below | folders):
        raise RefusedArchiveError("It contains the same name twice.")


def _write(target: str, entries: list[_Entry]) -> None:
    """All of it at once: into a new folder beside the target, then under the target's name, which must be free."""
    if os.path.lexists(target):
        raise RefusedArchiveError("The target already exists.")
    parent = os.path.dirname(os.path.abspath(target))
    with _new_folders(parent):
        staging = tempfile.mkdtemp(prefix=".aks-invoke-fix-", dir=parent)
        try:
            built = os.path.join(staging, "new")
            for entry in entries:
                _write_entry(os.path.join(built, *entry.path), entry)
            if not os.path.lexists(built):
                os.mkdir(built)
            _move(built, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _write_entry(path: str, entry: _Entry) -> None:
    if entry.content is None:
        os.makedirs(path, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if entry.executable else 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(entry.content)


def _move(built: str, target: str) -> None:
    """A file never replaces one that came meanwhile: a hard link refuses where a rename would not."""
    if os.path.isdir(built):
        os.rename(built, target)
        return
    try:
        os.link(built, target)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # A file system without hard links.
        if os.path.lexists(target):
            raise
        os.rename(built, target)


@contextlib.contextmanager
def _new_folders(path: str) -> Iterator[None]:
    """The folder, made with those above it; those that were made go again where the work inside fails."""
    made = []
    while not os.path.lexists(path):
        made.append(path)
        path = os.path.dirname(path)
    for folder in reversed(made):
        os.mkdir(folder)
    try:
        yield
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        raise
