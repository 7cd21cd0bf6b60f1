"""The journal of changes: one file, one line a state of a change, appended before the write and after it.

Each line stands for itself: it holds what was there, what was sent, and what undoes it. The last line of a change
counts. Secrets are left out. Where a document that is to be sent back holds one, the whole change lies in a file of its
own beside the journal, for the owner's eyes alone; it is read for that purpose and never shown.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix import redact
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records import lock, record
from azext_aksinvokefix.quoting import os_reason

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.records.keeping import Copy

FOLDER = "aks-invoke-fix"
FILE = "journal.jsonl"
WHOLE = "whole"
TURNS = "turns"

_PRIVATE_FILE = 0o600
#: Windows would write line ends of its own.
_AS_IT_IS = getattr(os, "O_BINARY", 0)
_PRIVATE_FOLDER = 0o700
_PLACEHOLDER = re.compile(r"\[(?:secret|token|key)-\d+\]")


@dataclass(frozen=True)
class Kept:
    """What the journal holds. ``changes`` are the last lines of the changes by their ids, the oldest change first.

    ``ends`` says at which line each of them ends. ``later`` are the lines of a later version of this extension, of
    which this one knows neither all members nor what they mean; ``unreadable`` counts the lines that hold no change.
    """

    path: Path
    changes: Mapping[str, dict[str, Any]]
    ends: Mapping[str, int]
    later: Mapping[int, Mapping[str, Any]]
    unreadable: int

    def later_than(self, change_id: str | None, scope: str | None = None) -> int:
        """How many lines of a later version come behind those of a change, or are there at all; ``scope`` is a cluster
        or what holds it. A line that does not say which cluster it is for may be for any."""
        end = self.ends.get(change_id, -1) if change_id is not None else -1
        return sum(
            number > end
            for number, line in self.later.items()
            if not isinstance(line.get("clusterId"), str) or record.is_within(line, scope)
        )

    def warnings(self) -> Iterator[str]:
        """What a reader of the journal has to know beyond its changes."""
        if self.unreadable:
            yield (
                f"Unreadable lines in the journal {self.path}: {self.unreadable}. Changes in them are not listed "
                "and cannot be undone from here."
            )
        if self.later:
            yield (
                f"Lines in the journal {self.path} from a later version of this extension: {len(self.later)}. This "
                "version might not understand them: az extension update --name aks-invoke-fix"
            )


class Journal:
    """The journal below the CLI's configuration folder."""

    def __init__(self, config_folder: str | os.PathLike[str], copy: Copy | None = None) -> None:
        """``copy`` gets every line as well."""
        self.path = Path(config_folder) / FOLDER / FILE
        self.copy = copy

    def append(self, change: Mapping[str, Any]) -> None:
        """Write one line, whole or not at all; RefusedError when it cannot be written."""
        shown = redact.document(dict(change))
        line = json.dumps({"schemaVersion": record.SCHEMA_VERSION, **shown}, ensure_ascii=False)
        try:
            self.path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            if leaves_out(shown.get("changes")) and _is_file_name(change.get("changeId")):
                self._keep_whole(change)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _AS_IT_IS, _PRIVATE_FILE)
            try:
                self._append_to(file, line)
            finally:
                os.close(file)
        except OSError as error:
            raise RefusedError(
                f"The journal {self.path} cannot be written: {os_reason(error)}.",
                "The extension changes nothing without a journal. Make the file writable, or set AZURE_CONFIG_DIR "
                "to another folder.",
            ) from error
        if self.copy:
            self.copy.keep(shown)

    def turn(self, document_id: str, waiting: Callable[[], None]) -> AbstractContextManager[None]:
        """While it is open no other run with this journal writes the document."""
        name = hashlib.sha256(document_id.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return lock.turn(self.path.parent / TURNS / name, waiting)

    def _keep_whole(self, change: Mapping[str, Any]) -> None:
        """Before the line is written: without what undoes it, a change is not made."""
        path = self._whole_path(change["changeId"])
        path.parent.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
        fresh = path.with_suffix(".new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), _PRIVATE_FILE)
        with os.fdopen(file, "wb") as stream:
            if hasattr(os, "fchmod"):
                os.fchmod(stream.fileno(), _PRIVATE_FILE)
            stream.write(json.dumps(change["changes"]).encode())
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, path)

    def _whole_path(self, change_id: str) -> Path:
        return self.path.parent / WHOLE / f"{change_id}.json"

    def whole(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """A change of the journal with the secrets that its line leaves out, where they were kept. Not to be shown."""
        if not (leaves_out(change["changes"]) and _is_file_name(change["changeId"])):
            return dict(change)
        try:
            kept = json.loads(self._whole_path(change["changeId"]).read_bytes())
        except (OSError, ValueError, RecursionError):
            return dict(change)
        return {**change, "changes": with_secrets(change["changes"], kept)}

    @staticmethod
    def _append_to(file: int, line: str) -> None:
        if os.fstat(file).st_mode & 0o077 and hasattr(os, "fchmod"):
            os.fchmod(file, _PRIVATE_FILE)
        with lock.held(file):
            # A line that a crash cut short must not swallow this one.
            data = (("" if _ends_with_newline(file) else "\n") + line + "\n").encode("utf-8", "backslashreplace")
            # One call with O_APPEND, so that two processes do not mix their lines even where there are no locks.
            if os.write(file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)

    def changes(self) -> Mapping[str, dict[str, Any]]:
        """The last line of every change by its id, the oldest change first; a line that is none is passed over."""
        return self.kept().changes

    def kept(self) -> Kept:
        """Everything that the journal holds."""
        changes: dict[str, dict[str, Any]] = {}
        ends: dict[str, int] = {}
        later: dict[int, Mapping[str, Any]] = {}
        unreadable = 0
        for number, line in enumerate(self._lines()):
            if record.is_later(line):
                later[number] = line
            if record.is_one(line):
                changes[line["changeId"]] = line
                ends[line["changeId"]] = number
            elif number not in later:
                unreadable += 1
        return Kept(self.path, changes, ends, later, unreadable)

    def _lines(self) -> Iterator[Any]:
        """Every line that is not empty, as JSON; None for one that is none."""
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise RefusedError(
                f"The journal {self.path} cannot be read: {os_reason(error)}.", "Make the file readable."
            ) from error
        for line in filter(str.strip, text.split("\n")):
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _is_file_name(change_id: Any) -> bool:
    return isinstance(change_id, str) and re.fullmatch(r"[0-9A-Za-z-]{1,64}", change_id) is not None


def _ends_with_newline(file: int) -> bool:
    size = os.fstat(file).st_size
    if size == 0:
        return True
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) == b"\n"


def with_secrets(kept: Any, live: Any) -> Any:
    """A journalled document with the secrets that the journal leaves out, from the document as it is now."""
    if isinstance(kept, dict) and isinstance(live, dict):
        return {name: with_secrets(value, live.get(name)) for name, value in kept.items()}
    if isinstance(kept, list) and isinstance(live, list) and len(kept) == len(live):
        return [with_secrets(one, other) for one, other in zip(kept, live)]
    if isinstance(kept, str) and isinstance(live, str) and _PLACEHOLDER.search(kept) and _fits(kept, live):
        return live
    return kept


def leaves_out(document: Any) -> bool:
    """Whether the journal left a secret of this document out."""
    return _PLACEHOLDER.search(json.dumps(document)) is not None


def _fits(kept: str, live: str) -> bool:
    """Whether ``live`` is ``kept`` with something in place of each placeholder."""
    first, *rest = _PLACEHOLDER.split(kept)
    if not live.startswith(first):
        return False
    position = len(first)
    for piece in rest:
        found = live.find(piece, position + 1)
        if found < 0:
            return False
        position = found + len(piece)
    return not rest[-1] or live.endswith(rest[-1])
