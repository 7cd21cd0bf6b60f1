"""What leaves the checks: what a service says is hostile and may hold secrets, and has no end of its own."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix.lifecycle import Datum, Finding, Fix, Subject, Unknown
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.redact import redact
from azext_aksinvokefix.redact.runner_commands import harmless

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
        subject=_subject(found.subject) if found.subject else None,
        brief=_line(found.brief),
    )


def unknown(open_question: Unknown) -> Unknown:
    """The open question in printable single lines."""
    return replace(open_question, what=_line(open_question.what), why=_line(open_question.why))


def _subject(subject: Subject) -> Subject:
    return Subject(*(_line(each) for each in (subject.id, subject.name, subject.place, subject.rule, subject.why)))


def _fix(fix: Fix, names_cluster: bool) -> Fix:
    own, stock = (_command(line, names_cluster) for line in (fix.command, fix.stock_command))
    short = _command(fix.short, names_cluster) if own else None
    shown = replace(fix, description=_line(fix.description), command=own or stock, brief=_line(fix.brief), short=short)
    return replace(shown, stock_command=stock if own else None)


def _command(line: str | None, names_cluster: bool) -> str | None:
    """The command, unless it could not be pasted as it is: one that holds a secret would show it, and one that holds
    an order for a pipeline runner would give it."""
    if line is None or not (names_cluster or line.startswith(_ANYWHERE)) or len(line) > _LONGEST_COMMAND:
        return None
    return line if _encodable(line) == redact(line) == harmless(line) == line else None


def _line(text: str) -> str:
    shown = one_line(_encodable(text[: 2 * _LONGEST]))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _encodable(text: str) -> str:
    """Without halves of surrogate pairs, which JSON can hold and no output takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
