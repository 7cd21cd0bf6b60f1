"""What was made in the reader's subscription and is not known to be gone: written before it is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tools.record.requests import Exchange, Request


class Journal:
    def __init__(self, file: Path) -> None:
        self._file = file

    def open_entries(self) -> list[Request]:
        """The requests that take away what is left."""
        if not self._file.exists():
            return []
        left: dict[str, Request] = {}
        for line in self._file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["gone"]:
                left.pop(entry["path"], None)
            else:
                left[entry["path"]] = Request("DELETE", entry["path"], entry["version"])
        return list(left.values())

    def intend(self, written: Request) -> None:
        self._note(written, gone=False)

    def gone(self, deleted: Request) -> None:
        self._note(deleted, gone=True)

    def clean(self, send: Callable[[Request], Exchange], below: str) -> list[Request]:
        """Take away what is left; returns what could not be, such as what is in another subscription than ``below``."""
        failed = []
        for request in self.open_entries():
            if request.path.startswith(f"{below}/") and is_gone(send(request)):
                self.gone(request)
            else:
                failed.append(request)
        return failed

    def _note(self, request: Request, *, gone: bool) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"path": request.path, "version": request.version, "gone": gone}) + "\n")
            out.flush()


def is_gone(answer: Exchange) -> bool:
    return answer.status in (200, 204, 404)
