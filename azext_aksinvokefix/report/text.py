"""A diagnosis as a person reads it at a terminal: ten seconds for what is wrong, what to do, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from azext_aksinvokefix.lifecycle import Diagnosis, Finding, StageReport, Unknown
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.report import details
from azext_aksinvokefix.report.blocks import Block, blocks
from azext_aksinvokefix.report.headline import headline, next_step
from azext_aksinvokefix.report.lines import EMPTY, Line, Span, Style, flow, line, wrap

_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "·"}
_PLAIN_MARKS = {"passed": "+", "failed": "x", "unknown": "?", "skipped": "."}
_STYLES: Mapping[str, Style] = {"passed": "success", "failed": "error", "unknown": "warning", "skipped": "secondary"}
_SEVERITIES: Mapping[str, tuple[str, str, Style]] = {
    "error": ("✗", "x", "error"),
    "warning": ("!", "!", "warning"),
    "info": ("i", "i", "secondary"),
}
#: A finding takes as many lines of a hundred columns as this, its title, its rules and its command included.
_MOST_LINES = 6
_MOST_UNKNOWNS = 5
_LONGEST_RULE = 32
_LONGEST_DEED = 500
#: How a refusal begins that goes on with the ids of everybody and everything in it.
_REFUSED = "(AuthorizationFailed) The client "
_PROVIDER = "Microsoft.ContainerService/"
_INDENT = "  "
#: Below the text behind "Fix: ".
_FURTHER = _INDENT + " " * len("Fix: ")


class _Page:
    """How wide a page is, and what its marks are made of."""

    def __init__(self, width: int, unicode: bool) -> None:
        self.width = width
        self.unicode = unicode
        self.etc = "…" if unicode else "..."

    def wrap(self, text: str, indent: str = _INDENT, further: str | None = None, **how: object) -> list[Line]:
        return wrap(text, self.width, indent, further, etc=self.etc, **how)  # type: ignore[arg-type]

    def lines(self, count: int) -> int:
        """As many lines as hold what ``count`` lines of a hundred columns hold."""
        return max(count, -(-count * 100 // self.width))

    def stage_line(self, reports: Sequence[StageReport]) -> list[Line]:
        marks = _MARKS if self.unicode else _PLAIN_MARKS
        items: list[Span] = [(_STYLES[each.outcome], f"{marks[each.outcome]} {each.stage}") for each in reports]
        return flow(items, self.width)


def render(
    diagnosis: Diagnosis, *, width: int = 100, unicode: bool = True, detail: bool = False, said: str = ""
) -> list[Line]:
    """The report: the verdict, the stages, each finding with what repairs it, and the next command last.

    ``width`` is in columns; commands are never wrapped, so that they can be copied. ``unicode`` False keeps the marks
    to ASCII. ``detail`` adds the evidence, every fix with the stock commands, and what was not checked. ``said`` is the
    text of the failure where it stands above the report.
    """
    page, found = _Page(width, unicode), blocks(diagnosis.findings)
    step = next_step(diagnosis, found)
    dot = " · " if unicode else " - "
    lines = [*flow(headline(diagnosis, found), width, dot), *page.stage_line(diagnosis.reports)]
    aligned = max((len(block.stage) for block in found), default=0)
    below = step[1] if step and not detail else ""
    for number, block in enumerate(found):
        repeats = not detail and any(_is_repaired_alike(block, earlier) for earlier in found[:number])
        lines += [EMPTY, *_block(block, page, aligned, _SAME_FIX if repeats else _Proposing(diagnosis, below))]
        if detail:
            lines += details.of_block(block, width, said)
    lines += _not_checked(diagnosis, page, detail)
    lines += [EMPTY, *_ending(diagnosis, found, step, page, detail)]
    return lines


class _Proposing(NamedTuple):
    """What a proposal is made from: what its reader may do, and the command that stands below the report."""

    known: Diagnosis
    below: str


#: Where an earlier finding of the page has the same fix.
_SAME_FIX = None


def _is_repaired_alike(block: Block, earlier: Block) -> bool:
    """Whether one change repairs both."""
    return block.command is not None and (block.fix, block.command) == (earlier.fix, earlier.command)


def _block(block: Block, page: _Page, aligned: int, proposing: _Proposing | None) -> list[Line]:
    """One finding in a few lines. A command that stands at the end of the report is not written out here as well."""
    title = _title(block, page, aligned)
    room = page.lines(_MOST_LINES) - len(title)
    if not block.first.subject:
        said = page.wrap(block.first.brief or block.first.message, most=page.lines(2))
        return [*title, *said, *_proposal(block, page, proposing, room - len(said))]
    proposal = _proposal(block, page, proposing, room - 1)
    return [*title, *_rules(block, page, room - len(proposal)), *proposal]


def _title(block: Block, page: _Page, aligned: int) -> list[Line]:
    rich, plain, style = _SEVERITIES[block.severity]
    first = block.first
    text = f"{first.stage:<{aligned}}  {one_line(first.title)}{_about(block)}"
    mark = rich if page.unicode else plain
    tail = first.id if block.confidence == "confirmed" else f"{first.id}, {block.confidence}"
    gap = page.width - len(mark) - 1 - len(text) - len(tail)
    if gap >= 2:
        return [line((style, mark), " ", ("important", text), " " * gap, ("secondary", tail))]
    indent = " " * (aligned + 4)
    wrapped = wrap(f"{text} ({tail})", page.width - 2, "", indent[2:])
    head, rest = wrapped[0], wrapped[1:]
    return [
        line((style, mark), " ", ("important", head[0][1])),
        *(line("  ", ("important", each[0][1])) for each in rest),
    ]


def _about(block: Block) -> str:
    """The assignment that a block is about, where the title does not name it."""
    subject = block.first.subject
    return f': "{one_line(subject.name)}"' if subject and subject.name not in block.first.title else ""


def _rules(block: Block, page: _Page, room: int) -> list[Line]:
    """A row a rule: which one, and why the pod does not pass it. One alone needs no name; those for which there is no
    room are named together."""
    named = [(_rule(finding, page), finding) for finding in block.findings]
    if len(named) > 1 and room == 1:
        return page.wrap(f"{len(named)} rules: {_names(named)}", most=1)
    shown = named if len(named) <= room else named[: room - 1]
    aligned = max(len(name) for name, _ in shown) if len(named) > 1 else 0
    lines: list[Line] = []
    for name, finding in shown:
        why = one_line(finding.subject.why if finding.subject else "")
        doubt = "" if finding.severity == "error" else "maybe: "
        head = f"{name:<{aligned}}  " if aligned else ""
        hanging = _INDENT + " " * len(head)
        lines += page.wrap(f"{head}{doubt}{why}", _INDENT, hanging, most=max(1, min(2, room // len(named))))
    rest = named[len(shown) :]
    return [*lines, *page.wrap(f"and {len(rest)} more: {_names(rest)}", most=1)] if rest else lines


def _names(rules: Sequence[tuple[str, Finding]]) -> str:
    return ", ".join(name for name, _ in rules)


def _rule(finding: Finding, page: _Page) -> str:
    name = one_line(finding.subject.rule if finding.subject else "")
    return name if len(name) <= _LONGEST_RULE else name[: _LONGEST_RULE - len(page.etc)] + page.etc


def _proposal(block: Block, page: _Page, proposing: _Proposing | None, room: int) -> list[Line]:
    """What to do about it: what that reaches and costs, whether it can be undone, and whether the reader may."""
    if proposing is None:
        return page.wrap("Fix: the same as above.")
    fix, rights = block.fix, block.rights(proposing.known)
    if fix is None:
        return []
    pasted = block.command if block.command and not proposing.below.startswith(block.command) else None
    may = rights.words() if rights else ""
    lacks = page.wrap(may, _FURTHER, most=page.lines(2), style="warning") if rights and rights.lacking else []
    tail = " ".join(filter(None, ("Can be undone." if block.is_journalled else "", "" if lacks else may)))
    most = max(1, room - len(lacks) - (1 if pasted else 0))
    lines = [*_deed(f"Fix: {fix.brief or fix.description}", tail, page, most), *lacks]
    if pasted:
        lines.append(line(_INDENT * 2, ("action", one_line(pasted))))
    return lines


def _deed(text: str, tail: str, page: _Page, most: int) -> list[Line]:
    """A text in so many lines; where it is too long for them, what stands behind it stays whole."""
    words = one_line(text)[:_LONGEST_DEED].split(" ")
    lines = page.wrap(f"{text} {tail}".rstrip(), _INDENT, _FURTHER)
    while len(lines) > most and len(words) > 2:
        words.pop()
        lines = page.wrap(f"{' '.join(words)} {page.etc} {tail}".rstrip(), _INDENT, _FURTHER)
    return lines


def _not_checked(diagnosis: Diagnosis, page: _Page, detail: bool) -> Iterator[Line]:
    """What is not known; in short without what a finding of the page says already."""
    said = " ".join(finding.message for finding in diagnosis.findings)
    asked = [each for each in diagnosis.unknowns if detail or each.why not in said]
    if not asked:
        return
    yield EMPTY
    yield line("Not checked:")
    for unknown in asked if detail else asked[:_MOST_UNKNOWNS]:
        yield from _unknown(unknown, page, None if detail else 2)
    if not detail and len(asked) > _MOST_UNKNOWNS:
        yield line(_INDENT, f"and {len(asked) - _MOST_UNKNOWNS} more")


def _unknown(unknown: Unknown, page: _Page, most: int | None) -> Iterator[Line]:
    text = f"{unknown.stage}: {unknown.what}: {unknown.why}"
    if most is not None and unknown.needs:
        # What is needed stands below, and says more than whom Azure refused where.
        text = text.partition(_REFUSED)[0] + (_REFUSED.partition(" ")[0] if _REFUSED in text else "")
        text = text.replace(_PROVIDER, "")
    yield from page.wrap(text, _INDENT, _INDENT * 2, most=most)
    if unknown.needs:
        yield from page.wrap(f"Needs {', '.join(unknown.needs)}.", _INDENT * 2, most=most)


def _ending(
    diagnosis: Diagnosis, found: Sequence[Block], step: tuple[str, str] | None, page: _Page, detail: bool
) -> Iterator[Line]:
    """Where there is more to read, and the one next command as the last line."""
    if detail:
        if diagnosis.correlation_id:
            yield line(("secondary", f"Correlation id, for Azure support: {diagnosis.correlation_id}"))
    elif found:
        text = "Evidence and other fixes: --detail. About a finding: az aks invoke-fix explain --finding ID"
        yield from page.wrap(text, "", style="secondary")
    if step:
        words, command = step
        yield line(f"{words}: ", ("action", one_line(command)))


def render_step(
    diagnosis: Diagnosis, finding_id: str, *, width: int = 100, unicode: bool = True, with_fixes: bool = False
) -> list[Line]:
    """What a step of a repair is about: the stage line, and what is wrong by this finding, without evidence.

    ``with_fixes`` where no plan repairs it: every fix with its command, for whoever can.
    """
    page = _Page(width, unicode)
    found = [block for block in blocks(diagnosis.findings) if block.first.id == finding_id]
    lines = page.stage_line(diagnosis.reports)
    for block in found:
        title = _title(block, page, len(block.stage))
        room = page.lines(_MOST_LINES) - len(title) - 1
        lines += [EMPTY, *title]
        lines += _rules(block, page, room) if block.first.subject else _messages(block, page, room)
        if with_fixes:
            lines += details.fixes(block, width)
    return [*lines, line(_INDENT, ("secondary", more(finding_id)))]


def _messages(block: Block, page: _Page, room: int) -> list[Line]:
    return page.wrap(block.first.message, most=room)


def more(finding_id: str) -> str:
    """Where a report leads a reader who wants the whole page of a finding."""
    return f"More: az aks invoke-fix explain --finding {finding_id}"
