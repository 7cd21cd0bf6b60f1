"""The undo document: changes in a file of the user's choice, with which another machine can take them back.

It holds the lines of the journal, and like them no secret. Whoever can write the file may have written anything into
it: read here is its shape alone; see fixes.own_writes for what may follow from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from azext_aksinvokefix import redact, shapes
from azext_aksinvokefix.changes import record
from azext_aksinvokefix.changes.journal import Journal, Kept
from azext_aksinvokefix.changes.plan import RefusedError

KIND = "aks-invoke-fix-undo"
SCHEMA_VERSION = 1
_PRIVATE = 0o600
#: A change is some KiB; a file beyond it is none of ours.
_LARGEST = 16 * 1024 * 1024


class UndoFile:
    """The file of one command. It is there before anything is changed, and follows the journal line by line."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._changes: dict[str, Mapping[str, Any]] = {}

    def open(self) -> None:
        """Take the name; RefusedError where something is there already, or nothing can be written."""
        with _told(self.path):
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))

    def keep(self, line: Mapping[str, Any]) -> None:
        """Put the latest line of a change in it."""
        self._changes[str(line["changeId"])] = line
        fresh = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex[:8]}")
        with _told(self.path):
            try:
                _write(fresh, self._changes.values())
                os.replace(fresh, self.path)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise

    def close(self) -> None:
        """Leave no empty file behind."""
        if not self._changes:
            with contextlib.suppress(OSError):
                self.path.unlink()

    @property
    def is_used(self) -> bool:
        return bool(self._changes)


def export(path: str, changes: Iterable[Mapping[str, Any]]) -> None:
    """Write these changes of the journal to a new file; RefusedError where that cannot be."""
    target = Path(path)
    with _told(target):
        _write(target, changes)


def _write(path: Path, changes: Iterable[Mapping[str, Any]]) -> None:
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "kind": KIND,
        "changes": [{"schemaVersion": record.SCHEMA_VERSION, **redact.document(dict(change))} for change in changes],
    }
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(file, "wb") as stream:
        stream.write(json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def _told(path: Path) -> Any:
    try:
        yield
    except FileExistsError:
        raise RefusedError(
            f"The file '{path}' exists already, and may hold the only undo of an earlier change.",
            "Name another file, or move that one away.",
        ) from None
    except OSError as error:
        raise RefusedError(
            f"The file '{path}' cannot be written: {error.strerror or error}.",
            "Name a file in a folder that you may write to.",
        ) from error


class Saved:
    """The changes of a file, in the place of a journal. What this machine's journal says of them counts, too: it knows
    of an undo that was made from here."""

    def __init__(self, path: str, journal: Journal) -> None:
        self.path = Path(path)
        self._journal = journal

    def kept(self) -> Kept:
        """The changes of the file, the oldest first; RefusedError where it is no undo document."""
        changes = {line["changeId"]: line for line in _read(self.path)}
        here = self._journal.changes()
        for change_id, line in here.items():
            if line.get("undoes") in changes:
                changes[change_id] = line
        return Kept(self.path, changes, {change_id: 0 for change_id in changes}, {}, 0)

    @staticmethod
    def whole(change: Mapping[str, Any]) -> dict[str, Any]:
        """A file holds no secret; what was left out is taken from the document as it is now, where it shows."""
        return dict(change)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise RefusedError(
            f"The file '{path}' cannot be read: {error.strerror or error}.",
            "Name a file that --out or `az aks invoke-fix history --export` wrote.",
        ) from error
    if len(content) > _LARGEST:
        raise _none(path, "it is larger than 16 MiB")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise _none(path, "it is not JSON") from None
    return _changes(path, document)


def _changes(path: Path, document: Any) -> list[dict[str, Any]]:
    if shapes.dig(document, "kind") != KIND:
        raise _none(path, f"its kind is not '{KIND}'")
    version = shapes.integer(document.get("schemaVersion"))
    found = shapes.items(document.get("changes"))
    later = any(record.is_later(line) for line in found)
    if version is not None and (version > SCHEMA_VERSION or later):
        raise RefusedError(
            f"The file '{path}' was written by a later version of this extension.",
            "Take the change back with that one: az extension update --name aks-invoke-fix",
        )
    if version != SCHEMA_VERSION:
        raise _none(path, "it does not say its schemaVersion")
    for number, line in enumerate(found, 1):
        if not record.is_one(line):
            raise _none(path, f"number {number} of its changes is not one of the journal")
    if not found:
        raise RefusedError(f"The file '{path}' holds no change.", "There is nothing to take back with it.", status=3)
    return found


def _none(path: Path, why: str) -> RefusedError:
    return RefusedError(
        f"The file '{path}' is no undo document of this extension: {why}.",
        "Name a file that --out or `az aks invoke-fix history --export` wrote.",
    )
