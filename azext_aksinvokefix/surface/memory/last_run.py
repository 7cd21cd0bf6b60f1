"""What this machine remembers of the last run that failed at a cluster, so that `diagnose` can start from it.

One file a cluster below the CLI's configuration folder, for its owner's eyes alone, without secrets, kept for a day.
It is replaced as a whole, so that of two processes the later one's stands; nothing depends on its being writable.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix import shapes

if TYPE_CHECKING:
    from azext_aksinvokefix.lifecycle import Diagnosis, Failure

_FOLDER = ("aks-invoke-fix", "failed")
_SCHEMA_VERSION = 1
_KEPT = timedelta(days=1)
#: Of a text; what a service says of a failure is far shorter.
_LONGEST_TEXT = 16 * 1024
_LARGEST_FILE = 8 * _LONGEST_TEXT
_MOST_FILES = 200


class DamagedError(Exception):
    """The file holds no run that can be understood."""


class LastRun:
    """The memory of one cluster."""

    def __init__(self, config_folder: str | os.PathLike[str], cluster_id: str) -> None:
        self._folder = Path(config_folder, *_FOLDER)
        self._cluster_id = cluster_id
        name = hashlib.sha256(cluster_id.casefold().encode("utf-8", "replace")).hexdigest()[:32]
        self.path = self._folder / f"{name}.json"

    def keep(self, failure: Failure, command_id: str | None, now: datetime) -> None:
        """Remember a failure in the place of an earlier one."""
        from azext_aksinvokefix.quoting import block, one_line

        kept = {
            "schemaVersion": _SCHEMA_VERSION,
            "clusterId": self._cluster_id,
            "time": now.isoformat(),
            "commandId": one_line(command_id or "") or None,
            "finding": failure.finding,
            "code": one_line(failure.code or "") or None,
            "text": block(failure.message)[:_LONGEST_TEXT],
        }
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old()
            fresh = self._folder / f"{self.path.stem}.{uuid.uuid4().hex[:8]}.new"
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(json.dumps(kept).encode())
            os.replace(fresh, self.path)

    def forget(self, before: datetime) -> None:
        """A run worked that began at ``before``: what failed earlier is over, what failed since is not."""
        kept = None
        with contextlib.suppress(DamagedError):
            kept = self._read()
        moment = shapes.time(shapes.dig(kept, "time"))
        if kept is not None and moment is not None and moment < before:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def recall(self, now: datetime) -> Failure | None:
        """The failure that is remembered, if there is one that is not older than a day; raises DamagedError."""
        kept = self._read()
        if kept is None:
            return None
        moment = shapes.time(kept.get("time"))
        if moment is None or kept.get("schemaVersion") != _SCHEMA_VERSION:
            raise DamagedError(str(self.path))
        if now - moment > _KEPT:
            with contextlib.suppress(OSError):
                self.path.unlink()
            return None
        return self._failure(kept, moment) if moment <= now else None

    def _failure(self, kept: dict[str, Any], moment: datetime) -> Failure:
        """Read anew by its text, which brings the facts; where that says something else, by what it was called."""
        from azext_aksinvokefix import catalog
        from azext_aksinvokefix.checks import remembered
        from azext_aksinvokefix.inside.events import of_command
        from azext_aksinvokefix.invoke import refusal

        finding, said, code = (shapes.text(kept.get(name)) for name in ("finding", "text", "code"))
        if finding not in catalog.FINDINGS or not shapes.same(kept.get("clusterId"), self._cluster_id):
            raise DamagedError(str(self.path))
        found = refusal.from_text(said)
        if found.finding != finding:
            found = refusal.from_text(f"({code}) {said}")
        found = found if found.finding == finding else refusal.failure_of(finding, said, code or None)
        return remembered.at(of_command(found, shapes.text(kept.get("commandId"))), moment)

    def _read(self) -> dict[str, Any] | None:
        try:
            with self.path.open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
            kept = json.loads(content) if len(content) <= _LARGEST_FILE else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict):
            raise DamagedError(str(self.path))
        return kept

    def _forget_old(self) -> None:
        oldest = time.time() - _KEPT.total_seconds()
        files = []
        for file in self._folder.iterdir():
            with contextlib.suppress(OSError):
                files.append((file.stat().st_mtime, file))
        files.sort(reverse=True)
        for place, (written, file) in enumerate(files):
            if written < oldest or place >= _MOST_FILES:
                with contextlib.suppress(OSError):
                    file.unlink()


def remember(cmd: Any, cluster_id: str, result: Any, began: datetime) -> None:
    """What a run that ended leaves behind for the next diagnosis of its cluster."""
    from azext_aksinvokefix.checks import remembered

    memory = LastRun(cmd.cli_ctx.config.config_dir, cluster_id)
    failure = result.failure
    if failure and remembered.is_worth_keeping(failure):
        memory.keep(failure, result.command_id, shapes.time(result.finished_at) or datetime.now(timezone.utc))
    elif result.outcome in ("succeeded", "failed"):
        memory.forget(began)


def recalled(cmd: Any, cluster_id: str, console: Any) -> Failure | None:
    """The failure to start from; a file that cannot be understood costs a warning."""
    memory = LastRun(cmd.cli_ctx.config.config_dir, cluster_id)
    try:
        return memory.recall(datetime.now(timezone.utc))
    except DamagedError:
        console.warn(f"The last run of this cluster cannot be read from {memory.path}; it is ignored.")
        return None


def told(failure: Failure, found: Diagnosis) -> str:
    """Whether a diagnosis started from the run that is remembered, in a line."""
    from azext_aksinvokefix import catalog
    from azext_aksinvokefix.checks import remembered

    now = datetime.now(timezone.utc)
    when = age(remembered.moment_of(failure) or now, now)
    title = catalog.FINDINGS[failure.finding].title
    if found.failure and found.failure.source == failure.source:
        return f"Starting from your run of {when}: {title}. Use --fresh to ignore it."
    return f"Your run of {when} failed ({title}), but that no longer shows, or something newer does."


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the words of a person."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    amount, unit = (minutes, "minute") if minutes < 60 else (minutes // 60, "hour")
    return f"{amount} {unit}{'' if amount == 1 else 's'} ago"
