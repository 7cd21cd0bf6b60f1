"""The undo document: changes in a file of the user's choice, with which another machine can undo them.

It holds the lines of the journal, and like them no secret. `undo_source` reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from azext_aksinvokefix import redact
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.quoting import os_reason

KIND = "aks-invoke-fix-undo"
SCHEMA_VERSION = 1
_PRIVATE = 0o600


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
            f"The file '{path}' already exists, and might hold the only way to undo an earlier change.",
            "Name another file, or move this one away.",
        ) from None
    except OSError as error:
        raise RefusedError(
            f"The file '{path}' cannot be written: {os_reason(error)}.",
            "Name a file in a folder that you can write to.",
        ) from error
