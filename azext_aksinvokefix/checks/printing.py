"""What leaves the checks: what a service says is hostile and may hold secrets, and has no end of its own."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix.lifecycle import Datum, Finding, Fix, Unknown
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.redact import redact

#: Commands that need no cluster to be named.
_ANYWHERE = ("az login", "az account ", "az upgrade", "az extension ")
_LONGEST = 4000
#: What Linux takes as one argument, less some room for what a shell adds.
_LONGEST_COMMAND = 120_000


def finding(found: Finding, *, names_cluster: bool) -> Finding:
    """The finding in printable single lines; where no cluster is known, without the commands that would name one."""
    return replace(
        found,
        message=_line(found.message),
        evidence=tuple(Datum(_line(datum.source), _line(datum.detail)) for datum in found.evidence),
        fixes=tuple(_fix(fix, names_cluster) for fix in found.fixes),
    )


def unknown(open_question: Unknown) -> Unknown:
    """The open question in printable single lines."""
    return replace(open_question, what=_line(open_question.what), why=_line(open_question.why))


def _fix(fix: Fix, names_cluster: bool) -> Fix:
    return replace(fix, description=_line(fix.description), command=_command(fix.command, names_cluster))


def _command(line: str | None, names_cluster: bool) -> str | None:
    """The command, unless it could not be pasted as it is: one that holds a secret would show it."""
    if line is None or not (names_cluster or line.startswith(_ANYWHERE)):
        return None
    return line if len(line) <= _LONGEST_COMMAND and _encodable(line) == line and redact(line) == line else None


def _line(text: str) -> str:
    shown = one_line(_encodable(text[: 2 * _LONGEST]))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _encodable(text: str) -> str:
    """Without halves of surrogate pairs, which JSON can hold and no output takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
