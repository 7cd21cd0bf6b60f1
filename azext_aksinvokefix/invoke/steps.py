"""What the wrapper's output says of every step: read from its marks, which carry a random number of the run.

The grammar, in the order in which run.sh prints it; a mark starts a line of its own and its payload runs to the next:

    @aks-invoke-fix 1 NONCE RECORD              RECORD is what was asked for, as JSON in base64
    @NONCE tools TEXT SMALL TAR                 how outputs and files are packed in this pod
    @NONCE start STEP
    @NONCE out STEP CODE KIND SIZE              payload: what the step printed
    @NONCE ends STEP CODE KIND SIZE EACH PACKED payload: its first and last EACH bytes; all of it comes as ``whole``
    @NONCE fetch NUMBER KIND|missing|tooLarge|failed [PACKING SIZE]
    @NONCE whole STEP
    @NONCE end CODE

Output that stops between marks (the service cut it, the pod was killed) leaves unknown whatever it does not tell.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azext_aksinvokefix.invoke.plan import HEADER, Plan

#: No output is unpacked beyond it, whatever its packed form claims.
UNPACKED_LIMIT = 256 * 1024 * 1024
_NONCE = re.compile(r"[0-9a-f]{32}")
_MAX_STEPS = 10_000


@dataclass(frozen=True)
class Step:
    """One step: ``output`` is what it printed, byte for byte, or its two ends with a line for what is missing."""

    command: str
    outcome: str
    exit_code: int | None = None
    output: bytes = b""
    missing: int = 0

    def to_json(self) -> dict[str, Any]:
        logs = self.output.decode("utf-8", "replace")
        return {"command": self.command, "outcome": self.outcome, "exitCode": self.exit_code, "logs": logs}


@dataclass(frozen=True)
class Brought:
    """A file or folder as the pod packed it; ``outcome`` is of the pod, ``payload`` the unpacked archive or file."""

    outcome: str
    payload: bytes = b""


@dataclass(frozen=True)
class Transcript:  # pylint: disable=too-many-instance-attributes
    """The whole output of a wrapper, read. ``ended`` is its own exit code, None where it did not come to the end."""

    nonce: str
    steps: tuple[Step, ...]
    remotes: tuple[str, ...] = ()
    brought: Mapping[int, Brought] = field(default_factory=dict)
    ended: int | None = None
    text_kind: str = "base64"
    small_kind: str = "gzip+base64"
    deferred: tuple[int, ...] = ()
    packed: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.ended is not None


@dataclass(frozen=True)
class _Part:
    words: tuple[str, ...]
    payload: bytes
    complete: bool

    def number(self, index: int) -> int:
        """A word as a number; -1 where it is none."""
        word = self.words[index] if index < len(self.words) else ""
        return int(word) if word.isascii() and word.isdigit() and len(word) < 16 else -1


def nonce_of(output: bytes) -> str | None:
    """The run's number as the header at the very start of an output has it; None where a wrapper did not print it."""
    words = output[:512].split(b"\n", 1)[0].decode("ascii", "replace").split(" ")
    if " ".join(words[:2]) != HEADER or len(words) < 3:
        return None
    return words[2] if _NONCE.fullmatch(words[2]) else None


def read(output: bytes, plan: Plan | None = None) -> Transcript | None:
    """The transcript of ``output``; None where the wrapper did not print it. With a plan, only that plan's marks."""
    nonce = nonce_of(output)
    if nonce is None or (plan is not None and plan.nonce != nonce):
        return None
    head, *rest = output.split(f"\n@{nonce} ".encode())
    record = _record(head)
    labels = plan.labels if plan else _texts(record.get("steps"))
    keep_going = plan.keep_going if plan else record.get("keepGoing") is True
    parts = list(_parts(rest))
    ended = [part.number(1) for part in parts if part.words[0] == "end" and part.number(1) >= 0]
    tools = next((part.words for part in parts if part.words[0] == "tools"), ())
    deferred = [part for part in parts if part.words[0] == "ends" and part.number(1) > 0]
    return Transcript(
        nonce=nonce,
        steps=tuple(_steps(labels[:_MAX_STEPS], parts, keep_going, bool(ended))),
        remotes=tuple(_texts(record.get("fetch"))),
        brought={part.number(1): _brought(part) for part in parts if part.words[0] == "fetch"},
        ended=ended[0] if ended else None,
        text_kind=tools[1] if len(tools) > 2 else "base64",
        small_kind=tools[2] if len(tools) > 2 else "gzip+base64",
        deferred=tuple(part.number(1) for part in deferred if not _is_whole(part, parts)),
        packed=tuple(part.number(6) for part in deferred),
    )


def _record(head: bytes) -> Mapping[str, Any]:
    words = head.split(b"\n", 1)[0].split(b" ")
    try:
        found = json.loads(base64.b64decode(words[3], validate=True)) if len(words) > 3 else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(value: Any) -> Sequence[str]:
    return [text if isinstance(text, str) else "" for text in value] if isinstance(value, list) else []


def _parts(pieces: Sequence[bytes]) -> Iterator[_Part]:
    """Every mark with its payload; the last payload may be cut, and a mark that is itself cut says nothing."""
    for number, piece in enumerate(pieces, 1):
        line, newline, payload = piece.partition(b"\n")
        words = tuple(line.decode("ascii", "replace").split())
        if newline and words:
            yield _Part(words, payload, complete=number < len(pieces))


def _steps(labels: Sequence[str], parts: Sequence[_Part], keep_going: bool, ended: bool) -> Iterator[Step]:
    started = {part.number(1) for part in parts if part.words[0] == "start"}
    shown = {part.number(1): part for part in parts if part.words[0] in ("out", "ends")}
    whole = {part.number(1): part for part in parts if part.words[0] == "whole"}
    failed = False
    for number, label in enumerate(labels, 1):
        part = shown.get(number)
        if part is not None and part.number(2) >= 0:
            code = part.number(2)
            failed = failed or code != 0
            output, missing = _output(part, whole.get(number))
            yield Step(label, "failed" if code else "succeeded", code, output, missing)
        elif number not in started and (ended or (failed and not keep_going)):
            yield Step(label, "notRun")
        else:
            yield Step(label, "unknown")


def _output(part: _Part, whole: _Part | None) -> tuple[bytes, int]:
    """What a step printed and how many bytes of it are missing, which a line in the middle says."""
    kind, size = part.words[3] if len(part.words) > 3 else "raw", max(part.number(4), 0)
    if part.words[0] == "out":
        output = unpack(part.payload, kind)
        return (output, 0) if part.complete and kind == "raw" else _with_gap(output, b"", size)
    if whole is not None and whole.complete:
        return unpack(whole.payload, kind), 0
    each, ends = max(part.number(5), 0), unpack(part.payload, kind)
    head, tail = (ends[:each], ends[each:]) if part.complete else (ends[:each], b"")
    begun = unpack(whole.payload, kind) if whole is not None else b""
    return _with_gap(begun if len(begun) > len(head) else head, tail, size)


def _with_gap(head: bytes, tail: bytes, size: int) -> tuple[bytes, int]:
    """The two ends of ``size`` bytes, and how many are missing between them; ends may overlap."""
    missing = size - len(head) - len(tail)
    if missing <= 0:
        overlap = min(-missing, len(tail))
        return head + tail[overlap:], 0
    newline = b"" if head.endswith(b"\n") or not head else b"\n"
    return head + newline + f"[... {missing} bytes of the output are missing here ...]\n".encode() + tail, missing


def _is_whole(part: _Part, parts: Sequence[_Part]) -> bool:
    return any(each.words[0] == "whole" and each.number(1) == part.number(1) and each.complete for each in parts)


def _brought(part: _Part) -> Brought:
    what = part.words[2] if len(part.words) > 2 else "failed"
    if what in ("missing", "tooLarge", "failed"):
        return Brought(what)
    if not part.complete:
        return Brought("cut")
    kind, size = part.words[3] if len(part.words) > 3 else "raw", part.number(4)
    payload = unpack(part.payload, kind)
    return Brought("garbled" if what == "file" and len(payload) != size else what, payload)


def unpack(payload: bytes, kind: str) -> bytes:
    """The bytes behind a payload, as far as it goes: one that was cut gives its beginning."""
    if kind == "raw":
        return payload
    packed = _from_base64(payload)
    return _from_gzip(packed) if kind == "gzip+base64" else packed


def _from_base64(payload: bytes) -> bytes:
    dense = b"".join(payload.split())
    try:
        return base64.b64decode(dense[: len(dense) // 4 * 4])
    except binascii.Error:
        return b""


def _from_gzip(packed: bytes) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    try:
        return reader.decompress(packed, UNPACKED_LIMIT)
    except zlib.error:
        return b""
