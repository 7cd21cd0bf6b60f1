"""A diagnosis as a person reads it at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.finding_ids import UNRECOGNIZED
from azext_aksinvokefix.quoting import az, block, one_line

_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "·"}
_PLAIN_MARKS = {"passed": "+", "failed": "x", "unknown": "?", "skipped": "."}
_VERDICTS = {
    "ready": "Ready: every stage that was looked at passed.",
    "blocked": "Blocked: an invoke fails until this is fixed.",
    "degraded": "Degraded: an invoke works, but not as it should.",
    "unknown": "Not known: see below what could not be looked at.",
}
#: Where every error belongs to one of these stages, an invoke itself is not what is blocked.
_STANDS = {
    "command": "The invoke works; the command that it ran does not, until this is fixed.",
    "result": "The invoke was accepted; what became of the command is not known for certain.",
}
_UNEXPLAINED = "Not known: nothing that was looked at explains the text."
_MESSAGE_LIMIT = 2000


def render(diagnosis: Mapping[str, Any], *, width: int = 100, unicode: bool = True) -> str:
    """The report: the stage line, the verdict, every finding with its evidence and fixes, what is not known.

    ``width`` is in columns; commands are never wrapped, so that they can be copied. ``unicode`` False keeps the marks
    to ASCII.
    """
    marks = _MARKS if unicode else _PLAIN_MARKS
    lines = [_stage_line(diagnosis["stages"], marks), "", _verdict(diagnosis)]
    shown: set[str] = set()
    for finding in diagnosis["findings"]:
        lines += ["", *_finding(finding, width, shown)]
    guided = _guided(diagnosis)
    if guided:
        lines += ["", "Step by step, each change shown first and taken back with `undo`:", f"  {guided}"]
    if diagnosis["unknowns"]:
        lines += ["", "Could not be looked at:"]
        for unknown in diagnosis["unknowns"]:
            lines += _unknown(unknown, width)
    if diagnosis.get("correlationId"):
        lines += ["", f"Correlation id: {diagnosis['correlationId']}"]
    return "\n".join(lines) + "\n"


def _verdict(diagnosis: Mapping[str, Any]) -> str:
    """The verdict in a sentence; of one that is blocked, what it is that does not work."""
    errors = [finding for finding in diagnosis["findings"] if finding["severity"] == "error"]
    if diagnosis["verdict"] != "blocked" or not errors:
        return _VERDICTS[diagnosis["verdict"]]
    if all(finding["id"] == UNRECOGNIZED for finding in errors):
        return _UNEXPLAINED
    stages = {finding["stage"] for finding in errors}
    if stages <= set(_STANDS):
        return _STANDS["command" if "command" in stages else "result"]
    return _VERDICTS["blocked"]


def render_step(
    diagnosis: Mapping[str, Any], finding_id: str, *, width: int = 100, unicode: bool = True, with_fixes: bool = False
) -> str:
    """What a step of a repair is about: the stage line, and what is wrong by this finding, without evidence.

    ``with_fixes`` where no plan repairs it: every fix with its command, for whoever can.
    """
    found = [finding for finding in diagnosis["findings"] if finding["id"] == finding_id]
    lines = [_stage_line(diagnosis["stages"], _MARKS if unicode else _PLAIN_MARKS), "", _headline(found[0])]
    for message in dict.fromkeys(finding["message"] for finding in found):
        lines += _wrapped(message, width, "  ")
    shown: set[str] = set()
    for fix in (fix for finding in found if with_fixes for fix in finding["fixes"]):
        lines += _fix(fix, width, shown)
    return "\n".join([*lines, "  " + more(finding_id)]) + "\n"


def _guided(diagnosis: Mapping[str, Any]) -> str | None:
    """The command that walks through the fixes, where it has a step for one of the findings.

    Where all that is known to help is for a person, such as waiting or asking, `repair` would plan nothing either.
    """
    repairable = [finding for finding in diagnosis["findings"] if catalog.is_repairable(finding)]
    helps = any(fix["kind"] != "manual" for finding in repairable for fix in finding["fixes"])
    if not diagnosis.get("clusterId") or not helps:
        return None
    return az("aks", "invoke-fix", "repair", *Target.of(diagnosis["clusterId"]).options)


def _stage_line(stages: Sequence[Mapping[str, str]], marks: Mapping[str, str]) -> str:
    return "  ".join(f"{marks[stage['outcome']]} {stage['stage']}" for stage in stages)


def _finding(finding: Mapping[str, Any], width: int, shown: set[str]) -> Iterator[str]:
    yield _headline(finding)
    yield from _wrapped(finding["message"], width, "  ")
    for datum in finding["evidence"]:
        yield from _wrapped(f"{datum['source']}: {datum['detail']}", width, "    - ", "      ")
    for fix in finding["fixes"]:
        yield from _fix(fix, width, shown)
    if finding["id"] not in shown:
        shown.add(finding["id"])
        yield "  " + more(finding["id"])


def _headline(finding: Mapping[str, Any]) -> str:
    return f"{finding['severity']}: {one_line(finding['title'])} ({finding['id']}, {finding['confidence']})"


def more(finding_id: str) -> str:
    """Where a report leads a reader who wants the whole page of a finding."""
    return f"More: az aks invoke-fix explain --finding {finding_id}"


def _fix(fix: Mapping[str, Any], width: int, shown: set[str]) -> Iterator[str]:
    """A fix; one that several findings share is written out once."""
    if fix["command"] and fix["command"] in shown:
        yield f"  Fix ({fix['safety']}): the same command as above."
        yield from _stock(fix, shown)
        return
    yield from _wrapped(f"Fix ({fix['safety']}): {fix['description']}", width, "  ", "    ")
    if fix["command"]:
        shown.add(fix["command"])
        yield "      " + one_line(fix["command"])
        yield from _stock(fix, shown)
    if fix["requires"]:
        yield from _wrapped(f"needs {', '.join(fix['requires'])}", width, "    ", "      ")


def _stock(fix: Mapping[str, Any], shown: set[str]) -> Iterator[str]:
    """The same for somebody without this extension."""
    line = fix.get("stockCommand")
    if line and line not in shown:
        shown.add(line)
        yield "    Without this extension:"
        yield "      " + one_line(line)


def _unknown(unknown: Mapping[str, Any], width: int) -> Iterator[str]:
    yield from _wrapped(f"{unknown['stage']}: {unknown['what']}: {unknown['why']}", width, "  ", "    ")
    if unknown["needs"]:
        yield from _wrapped(f"needs {', '.join(unknown['needs'])}", width, "    ", "      ")


def _wrapped(text: str, width: int, indent: str, hanging: str | None = None) -> Iterator[str]:
    text = block(text)
    if len(text) > _MESSAGE_LIMIT:
        text = f"{text[:_MESSAGE_LIMIT]} … ({len(text) - _MESSAGE_LIMIT} more characters)"
    for number, line in enumerate(text.splitlines() or [""]):
        yield from textwrap.wrap(
            line,
            width,
            initial_indent=indent if number == 0 or hanging is None else hanging,
            subsequent_indent=hanging or indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def table(diagnosis: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows for ``-o table``: a finding each, and the stages that passed, are unknown or were not reached."""
    rows = []
    for stage in diagnosis["stages"]:
        findings = [finding for finding in diagnosis["findings"] if finding["stage"] == stage["stage"]]
        for finding in findings or [None]:
            rows.append(_row(stage, finding))
    return rows


def _row(stage: Mapping[str, str], finding: Mapping[str, Any] | None) -> dict[str, str]:
    found = finding or {}
    fixes = found.get("fixes") or [{}]
    return {
        "Stage": stage["stage"],
        "Outcome": stage["outcome"],
        "Finding": found.get("id", ""),
        "Severity": found.get("severity", ""),
        "Confidence": found.get("confidence", ""),
        "Title": one_line(found.get("title", "")),
        "Fix": one_line(fixes[0].get("command") or fixes[0].get("description") or ""),
    }
