"""What a report leaves out until it is asked for: the evidence, every fix, and the commands without this extension."""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix.lifecycle import Datum, Finding, Fix
from azext_aksinvokefix.quoting import block as plain_block
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.report.blocks import Block
from azext_aksinvokefix.report.lines import Line, line, wrap

_LONGEST_MESSAGE = 2000
_INDENT = "  "


def of_block(block: Block, width: int, said: str = "") -> list[Line]:
    """Everything else that is known of a finding, or of all findings about one policy assignment.

    A datum that is ``said`` above word for word is not repeated.
    """
    lines: list[Line] = []
    for finding in block.findings:
        lines += _message(finding, width)
    shown = {datum for finding in block.findings for datum in finding.evidence if _is(datum, said)}
    for finding in block.findings:
        lines += _evidence(finding, width, shown)
    return [*lines, *fixes(block, width), line(_INDENT, ("secondary", f"More: {finding_page(block)}"))]


def _is(datum: Datum, said: str) -> bool:
    """Whether a datum is this text, or its beginning."""
    beginning = datum.detail.removesuffix("…")
    return datum.detail == said or (beginning != datum.detail and said.startswith(beginning))


def finding_page(block: Block) -> str:
    return f"az aks invoke-fix explain --finding {block.first.id}"


def _message(finding: Finding, width: int) -> Iterator[Line]:
    text = plain_block(finding.message)
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]} (and {len(text) - _LONGEST_MESSAGE} more characters)"
    yield from wrap(text, width, _INDENT)


def _evidence(finding: Finding, width: int, shown: set[Datum]) -> Iterator[Line]:
    """Each datum once, with the assignment by its name where its id would fill lines."""
    subject = finding.subject
    for datum in finding.evidence:
        if datum in shown:
            continue
        shown.add(datum)
        named = subject is not None and datum.source.lower() == subject.id.lower()
        source = f'assignment "{subject.name}" ({subject.place})' if subject and named else datum.source
        text = f"{one_line(source)}: {datum.detail}"
        yield from wrap(text, width, _INDENT * 2 + "- ", _INDENT * 3, style="secondary")


def fixes(block: Block, width: int) -> list[Line]:
    """Every fix of a block, each once."""
    lines: list[Line] = []
    for fix in dict.fromkeys(fix for finding in block.findings for fix in finding.fixes):
        lines += _fix(fix, width)
    return lines


def _fix(fix: Fix, width: int) -> Iterator[Line]:
    yield from wrap(f"Fix ({_safety(fix)}): {one_line(fix.description)}", width, _INDENT, _INDENT * 2)
    if fix.command:
        yield line(_INDENT * 3, ("action", one_line(fix.command)))
    if fix.stock_command:
        yield line(_INDENT * 2, "Without this extension:")
        yield line(_INDENT * 3, one_line(fix.stock_command))
    if fix.requires:
        yield from wrap(f"needs {', '.join(fix.requires)}", width, _INDENT * 2, _INDENT * 3)


def _safety(fix: Fix) -> str:
    """The safety of a fix in words that need no page."""
    if fix.safety == "safe":
        return "changes nothing"
    if fix.safety == "reviewed":
        return "asks first, can be undone" if fix.kind != "command" or fix.stock_command else "changes the cluster"
    return "by hand"
