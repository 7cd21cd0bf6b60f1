"""GitHub-flavoured Markdown. No text of a cluster can start a construct of it: it is escaped, or stands in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from azext_aksinvokefix.report.document.model import VERDICTS

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Cluster, Finding, Fix, Report, Tally, Unknown

_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "·"}
_STEP_MARKS = {"succeeded": "✓", "failed": "✗", "unknown": "?", "notRun": "·"}
_SIGNS = re.compile(r"[\\`*_\[\]<>|~#$]")
_FIRST = re.compile(r"^([-+=]|\d{1,9}[.)])")
#: What a renderer makes a link or a mention of, wherever it stands in a text.
_LINKED = re.compile(r"@|://|www\.|#\d|\bGH-\d", re.IGNORECASE)
_BACKTICKS = re.compile("`+")
_LONGEST_TEXT = 2000
_LONGEST_OUTPUT = 16 * 1024
_NAMES_SHOWN = 12
_FIXES_SHOWN = 5


def render(report: Report) -> str:
    return "\n".join(lines(report)) + "\n"


def lines(report: Report) -> Iterator[str]:
    yield f"# {text(report.title)}"
    if report.made_at:
        yield from ("", f"As of {text(report.made_at)}. {text(report.note)}".rstrip())
    if report.is_estate or len(report.clusters) > 1:
        yield from _overview(report)
    if report.is_estate:
        yield from _estate(report)
    else:
        for cluster in report.clusters:
            yield from _cluster(cluster, has_heading=len(report.clusters) > 1)
    yield from _gaps(report.unknowns, "## Not checked")


def text(value: str) -> str:
    """A text as the inline content of a line; words that would become links or mentions stand in code."""
    words = " ".join(value.split())
    words = words if len(words) <= _LONGEST_TEXT else f"{words[:_LONGEST_TEXT]} … ({len(words)} characters)"
    shown = " ".join(code(word) if _LINKED.search(word) else _escaped(word) for word in words.split(" "))
    return _FIRST.sub(
        lambda found: "\\" + found[1] if len(found[1]) == 1 else f"{found[1][:-1]}\\{found[1][-1]}", shown
    )


def _escaped(word: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", word.replace("&", "&amp;"))


def code(value: str) -> str:
    """A text as code within a line or a cell of a table."""
    value = " ".join(value.split())
    ticks = "`" * (max((len(run) for run in _BACKTICKS.findall(value)), default=0) + 1)
    gap = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{ticks}{gap}{value}{gap}{ticks}" if value else ""


def fence(value: str, language: str = "text") -> Iterator[str]:
    """A text as a block of code, which no run of backticks in it can end."""
    ticks = "`" * max(3, max((len(run) for run in _BACKTICKS.findall(value)), default=0) + 1)
    yield f"{ticks}{language}"
    yield from value.rstrip("\n").split("\n")
    yield ticks


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """``rows`` hold inline content. A cell ends at any bar that is not escaped, also within code."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_BAR.sub(_escaped_bar, cell) for cell in row)} |"


_BAR = re.compile(r"\\*\|")


def _escaped_bar(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) % 2 == 0 else f"{found[0][:-1]}\\|"


def _overview(report: Report) -> Iterator[str]:
    count = len(report.clusters)
    if not count:
        yield from ("", "No cluster was found.")
        return
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in report.verdicts.items())
    yield from ("", f"**{count} cluster{'' if count == 1 else 's'}: {verdicts}.**")


def _cluster(cluster: Cluster, *, has_heading: bool) -> Iterator[str]:
    if has_heading:
        yield from ("", f"## {text(cluster.name)}")
    yield from ("", f"**{text(cluster.sentence)}**", "")
    yield from table(
        [stage.name for stage in cluster.stages],
        [[f"{_MARKS[stage.outcome]} {stage.outcome}" for stage in cluster.stages]],
    )
    facts = [f"- {text(label)}: {code(value)}" for label, value in (("Cluster", cluster.id), *cluster.facts) if value]
    if facts:
        yield from ("", *facts)
    yield from _steps(cluster)
    shown: set[str] = set()
    for finding in cluster.findings:
        yield from _finding(finding, shown)
    yield from _gaps(cluster.unknowns, "### Not checked")
    if cluster.output:
        yield from ("", "### Output", "", *fence(_ending(cluster.output)))


def _ending(output: str) -> str:
    left = len(output) - _LONGEST_OUTPUT
    return output if left <= 0 else f"[… {left} characters before]\n{output[left:]}"


def _steps(cluster: Cluster) -> Iterator[str]:
    if cluster.run_steps:
        yield from ("", "### Commands", "")
        rows = [
            (_STEP_MARKS.get(step.outcome, "?"), code(step.command), step.outcome, _exit(step.exit_code))
            for step in cluster.run_steps
        ]
        yield from table(("", "Command", "Outcome", "Exit code"), rows)
    if cluster.repair_steps:
        yield from ("", "### What repair did", "")
        yield from table(("Finding", "Action", "Reason"), _repairs(cluster))
    if cluster.undo_commands:
        yield from ("", "To undo it, the last change first:", "", *fence("\n".join(cluster.undo_commands), "bash"))


def _exit(code_of_step: int | None) -> str:
    return "" if code_of_step is None else str(code_of_step)


def _repairs(cluster: Cluster) -> Iterator[tuple[str, str, str]]:
    for step in cluster.repair_steps:
        requests = [f"{code(change.request)} {text(change.state)}".rstrip() for change in step.changes]
        said = [text(each) for each in (step.reason, *step.warnings) if each]
        yield code(step.finding), text(step.action), " ".join([*said, *requests])


def _finding(finding: Finding, shown: set[str]) -> Iterator[str]:
    """``shown`` are the commands that stand further up already."""
    accepted = ", accepted" if finding.accepted else ""
    yield from ("", f"### {text(finding.severity)}: {text(finding.title)}", "")
    yield f"{code(finding.id)}, {text(finding.confidence)}{accepted}. {text(finding.message)}"
    if finding.evidence:
        yield from ("", *(f"- {text(source)}: {text(detail)}" for source, detail in finding.evidence))
    for fix in finding.fixes:
        yield from _fix(fix, shown)
    yield from ("", f"More: {code(f'az aks invoke-fix explain --finding {finding.id}')}")


def _fix(fix: Fix, shown: set[str], whom: str = "") -> Iterator[str]:
    """``whom`` is Markdown."""
    if fix.command and fix.command in shown:
        yield from ("", f"**Fix{whom}** ({text(fix.safety)}): the same command as above.")
        return
    yield from ("", f"**Fix{whom}** ({text(fix.safety)}): {text(fix.description)}")
    if fix.command:
        shown.add(fix.command)
        yield from ("", *fence(fix.command, "bash"))
    if fix.stock_command:
        yield from ("", "Without this extension:", "", *fence(fix.stock_command, "bash"))
    if fix.requires:
        yield from ("", f"Needs {', '.join(code(action) for action in fix.requires)}.")


def _gaps(unknowns: Sequence[Unknown], heading: str) -> Iterator[str]:
    if unknowns:
        yield from ("", heading, "")
        yield from table(
            ("Stage", "What", "Why", "Needs"),
            (
                (text(gap.stage), text(gap.what), text(gap.why), ", ".join(code(action) for action in gap.needs))
                for gap in unknowns
            ),
        )


def _estate(report: Report) -> Iterator[str]:
    tallies = report.tallies()
    if tallies:
        yield from ("", "## Findings", "")
        yield from table(
            ("Finding", "Severity", "What", "Clusters", "Accepted"),
            (
                (
                    code(one.finding.id),
                    text(one.finding.severity),
                    text(one.finding.title),
                    str(len(one.clusters)),
                    str(one.accepted or ""),
                )
                for one in tallies
            ),
        )
    shown: set[str] = set()
    for one in tallies:
        yield from _tally(one, shown)
    if report.clusters:
        yield from _clusters(report)


def _tally(tally: Tally, shown: set[str]) -> Iterator[str]:
    yield from ("", f"### {text(tally.finding.title)}", "", f"{code(tally.finding.id)}: {_names(tally.clusters)}")
    fixes = tally.fixes_beside(shown)
    if tally.fixes and not fixes:
        yield from ("", "**Fix**: the same as above.")
    for fix, names in fixes[:_FIXES_SHOWN]:
        whom = names[0] if len(names) == 1 else f"{len(names)} clusters"
        yield from _fix(fix, shown, f" for {text(whom)}")
    more = len(fixes) - _FIXES_SHOWN
    if more > 0:
        yield from ("", f"{more} more fixes, one per cluster: the JSON report has every command.")


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    shown = ", ".join(text(name) for name in names[:_NAMES_SHOWN]) or "accepted everywhere"
    return f"{shown}, … and {rest} more" if rest > 0 else shown


def _clusters(report: Report) -> Iterator[str]:
    yield from ("", "## Clusters", "")
    stages = [stage.name for stage in report.clusters[0].stages]
    yield "  ".join(f"{mark} {outcome}" for outcome, mark in _MARKS.items())
    yield ""
    yield from table(
        ("Cluster", "Group", "Verdict", *stages, "Findings"),
        (
            (
                text(one.name),
                text(one.group),
                one.verdict,
                *(_MARKS[stage.outcome] for stage in one.stages),
                ", ".join(dict.fromkeys(code(finding.id) for finding in one.findings)),
            )
            for one in sorted(report.clusters, key=lambda one: VERDICTS.index(one.verdict))
        ),
    )
