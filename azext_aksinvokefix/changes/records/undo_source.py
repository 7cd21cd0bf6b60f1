"""Changes that an undo document holds, in the place of the journal of this machine.

Whoever can write the file may have written anything into it: read here is its shape alone; see fixes.own_writes for
what may follow from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azext_aksinvokefix import shapes
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.records.journal import Journal, Kept
from azext_aksinvokefix.changes.records.undo_file import KIND, SCHEMA_VERSION
from azext_aksinvokefix.quoting import clause, os_reason

#: A change is some KiB; a file beyond it is none of ours.
_LARGEST = 16 * 1024 * 1024


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
            f"The file '{path}' cannot be read: {os_reason(error)}.",
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
            f"A later version of this extension wrote the file '{path}'.",
            "Undo the change with that version: az extension update --name aks-invoke-fix",
        )
    if version != SCHEMA_VERSION:
        raise _none(path, "it has no schemaVersion")
    for number, line in enumerate(found, 1):
        if not record.is_one(line):
            raise _none(path, f"entry {number} of its changes is not a journal entry")
    if not found:
        raise RefusedError(f"The file '{path}' contains no change.", "There is nothing to undo.", is_missing=True)
    return found


def _none(path: Path, why: str) -> RefusedError:
    return RefusedError(
        f"The file '{path}' is not an undo document of this extension: {clause(why)}.",
        "Name a file that --out or `az aks invoke-fix history --export` wrote.",
    )
