"""What several steps, a script, files to bring back or a whole output make of a command: a wrapper with its files.

Of what the user wrote nothing is put into a shell's text: each step, each name and the words of a script travel as
files of their own beside the wrapper, in a hidden folder that the wrapper moves away before the first step.
"""

from __future__ import annotations

import base64
import json
import secrets
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from azext_aksinvokefix.cluster import LOG_LIMIT

#: The first word of a wrapper's output; the number is that of its grammar.
HEADER = "@aks-invoke-fix 1"
_FOLDER = ".aks-invoke-fix-"
#: For the marks that come before the first output.
_MARKS = 1024
#: Beyond it the record of what was asked for would leave no room for its output.
_SHOWN = 500
_RECORD_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Script:
    """A script that travels as an attachment: its words are the interpreter, its name and its arguments."""

    name: str
    content: bytes
    words: tuple[str, ...]
    label: str
    original: bytes = b""

    @property
    def converted(self) -> bool:
        """Whether its line ends were made those of Linux."""
        return self.content != self.original


@dataclass(frozen=True)
class Fetch:
    """A file or folder to bring back from the pod, and where to."""

    remote: str
    local: str


@dataclass(frozen=True)
class Plan:
    """One wrapped run. ``nonce`` stands in every mark of its output, so that no output can forge one."""

    commands: tuple[str, ...] = ()
    script: Script | None = None
    keep_going: bool = False
    full_output: bool = False
    fetches: tuple[Fetch, ...] = ()
    nonce: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    folder: str = field(default_factory=lambda: _FOLDER + secrets.token_hex(8))

    @property
    def labels(self) -> tuple[str, ...]:
        """How each step is called when it is told of."""
        return (self.script.label,) if self.script else self.commands

    @property
    def command(self) -> str:
        """What the service is asked to run."""
        return f"sh {self.folder}/run.sh"

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The wrapper's own files, by their names below the working folder."""
        from azext_aksinvokefix.invoke.wrapper import script

        head = self._head()
        yield self._named("run.sh"), script()
        yield self._named("plan"), head
        yield self._named("settings"), self._settings(LOG_LIMIT - len(head) - _MARKS)
        for number, command in enumerate(self.commands, 1):
            yield self._named(f"step.{number}"), command.encode("utf-8", "surrogateescape")
        if self.script:
            yield self._named("words.1"), shlex.join(self.script.words).encode("utf-8", "surrogateescape")
        for number, fetch in enumerate(self.fetches, 1):
            yield self._named(f"fetch.{number}"), fetch.remote.encode("utf-8", "surrogateescape")

    def _named(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _head(self) -> bytes:
        """The header and what was asked for, so that a later call can tell what the output is of."""
        from azext_aksinvokefix.redact import redact

        record = {
            "steps": [_cut(redact(label)) for label in self.labels],
            "keepGoing": self.keep_going,
            "fetch": [fetch.remote for fetch in self.fetches],
        }
        if len(json.dumps(record)) > _RECORD_LIMIT:
            record["steps"] = [""] * len(self.labels)
        packed = base64.b64encode(json.dumps(record).encode("utf-8", "surrogatepass"))
        return f"{HEADER} {self.nonce} ".encode() + packed + b"\n"

    def _settings(self, room: int) -> bytes:
        """See run.sh. An end shown is three eighths of a step's share: two of them fit once they are in base64."""
        share = room // max(len(self.labels), 1)
        ends = max(share * 3 // 8 * 9 // 10 - 100, 0)
        flags = (int(self.keep_going), int(self.full_output))
        words = (self.nonce, len(self.labels), *flags, len(self.fetches), room, share, ends)
        return (" ".join(map(str, words)) + "\n").encode()


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
