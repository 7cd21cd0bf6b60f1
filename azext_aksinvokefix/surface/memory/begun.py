"""What this machine remembers of a run that was left: the number in its marks and where its files go.

The output of a pod is hostile. Without the number, anything that a plain command prints could pass for the marks of a
wrapper and have files written here when somebody asks for that command's result.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azext_aksinvokefix.invoke.outcome import Expected
from azext_aksinvokefix.invoke.plan import Fetch, Plan
from azext_aksinvokefix.shapes import dig, mappings, text

_FOLDER = ("aks-invoke-fix", "runs")
#: The service keeps no result longer.
_DAYS = 7


class Begun:
    """The runs that were begun here, below the CLI's configuration folder. Nothing depends on its being writable."""

    def __init__(self, config_folder: str | os.PathLike[str]) -> None:
        self._folder = Path(config_folder, *_FOLDER)

    def keep(self, command_id: str, plan: Plan) -> None:
        """Remember a run as soon as it has an id."""
        kept = {"nonce": plan.nonce, "fetch": [{"remote": each.remote, "local": each.local} for each in plan.fetches]}
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old()
            handle = os.open(self._file(command_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                json.dump(kept, file)

    def expected(self, command_id: str, fetches: Sequence[Fetch]) -> Expected:
        """What is known of a run that is asked for by its id; ``fetches`` are named anew."""
        kept = self._read(command_id)
        found = [Fetch(text(each.get("remote")), text(each.get("local"))) for each in mappings(dig(kept, "fetch"))]
        named = {each.remote: each for each in (*found, *fetches)}
        return Expected(nonce=text(dig(kept, "nonce")) or None, fetches=tuple(named.values()))

    def _read(self, command_id: str) -> Any:
        try:
            return json.loads(self._file(command_id).read_text(encoding="utf-8", errors="surrogateescape"))
        except (OSError, ValueError, RecursionError):
            return None

    def _file(self, command_id: str) -> Path:
        """The name is of this machine's making: an id comes from the service."""
        safe = "".join(character for character in command_id if character.isalnum() or character in "-_")
        return self._folder / f"{safe[:100]}.json"

    def _forget_old(self) -> None:
        oldest = time.time() - _DAYS * 86400
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < oldest:
                    file.unlink()
