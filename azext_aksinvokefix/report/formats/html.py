"""One HTML file: no script, nothing fetched, readable without colour, on a phone, in the dark and in print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from azext_aksinvokefix.report.document.model import VERDICTS

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Cluster, Finding, Fix, Report, Stage, Tally, Unknown

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<svg class="signs" aria-hidden="true" focusable="false">
<symbol id="passed" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" \
stroke-width="2"/><path d="M7 12.5l3.5 3.5L17 8.5" fill="none" stroke="currentColor" stroke-width="2.5"/></symbol>
<symbol id="failed" viewBox="0 0 24 24"><circle cx="12" cy="12" r="11.5" fill="currentColor"/>\
<path d="M8 8l8 8M16 8l-8 8" stroke="var(--back)" stroke-width="3"/></symbol>
<symbol id="unknown" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" \
stroke-width="2"/><path d="M9 9.5a3 3 0 1 1 4.2 2.7c-.8.4-1.2.8-1.2 1.8" fill="none" stroke="currentColor" \
stroke-width="2.2"/><circle cx="12" cy="17" r="1.4" fill="currentColor"/></symbol>
<symbol id="skipped" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" \
stroke-width="2" stroke-dasharray="3 2.5"/><circle cx="12" cy="12" r="2" fill="currentColor"/></symbol>
</svg>
<header>
<h1>$title</h1>
$subtitle</header>
<main>
$main
</main>
<footer>Written by the Azure CLI extension aks-invoke-fix. <code>az aks invoke-fix explain</code> has a page for each \
finding.</footer>
</body>
</html>
""")
_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "·"}
_WORST = {"blocked": "failed", "degraded": "unknown", "unknown": "unknown", "ready": "passed"}
_LONGEST_TEXT = 2000
_LONGEST_TITLE = 120
_LONGEST_OUTPUT = 64 * 1024
_NAMES_SHOWN = 24
_FIXES_SHOWN = 8
#: The clusters of an estate are told with evidence and every fix until so much is written; then in short.
_ROOM_FOR_DETAILS = 1_200_000


def render(report: Report) -> str:
    as_of = f"<p>As of {_text(report.made_at)}. {_text(report.note)}</p>\n" if report.made_at else ""
    main = _estate(report) if report.is_estate else _clusters(report)
    return _PAGE.substitute(
        title=_text(report.title),
        style=Path(__file__).parents[1].joinpath("page.css").read_text(encoding="utf-8"),
        subtitle=as_of,
        main="\n".join((*main, *_gaps(report.unknowns, "h2"))),
    )


def _text(value: str, longest: int = _LONGEST_TEXT) -> str:
    """A text as content or as the value of an attribute."""
    if len(value) > longest:
        value = f"{value[:longest]} … ({len(value) - longest} more characters)"
    return escape(value, quote=True)


def _mark(outcome: str) -> str:
    return f'<svg class="mark" aria-hidden="true" focusable="false"><use href="#{outcome}"/></svg>'


def _command(line: str) -> str:
    """A line to paste, which one click selects whole; it is never cut."""
    return f'<pre class="command"><code>{escape(line)}</code></pre>'


def _clusters(report: Report) -> Iterator[str]:
    several = len(report.clusters) > 1
    if several:
        yield from _verdicts(report)
    for number, cluster in enumerate(report.clusters):
        title = cluster.name if several else "Stages"
        yield f'<section aria-labelledby="cluster-{number}">\n<h2 id="cluster-{number}">{_text(title)}</h2>'
        yield from _cluster(cluster)
        yield "</section>"


def _cluster(cluster: Cluster) -> Iterator[str]:
    yield f'<p class="sentence {_WORST[cluster.verdict]}">{_text(cluster.sentence)}</p>'
    yield from _strip(cluster.stages)
    yield from _facts((("Cluster", cluster.id), ("Resource group", cluster.group), *cluster.facts))
    yield from _run_steps(cluster)
    yield from _repair_steps(cluster)
    if cluster.findings:
        yield "<h3>Findings</h3>"
    yield from _findings(cluster)
    yield from _gaps(cluster.unknowns, "h3")
    if cluster.output:
        yield f"<details open><summary>Output</summary>\n<pre>{_ending(cluster.output)}</pre>\n</details>"


def _facts(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = [f"<dt>{_text(label)}</dt><dd><code>{_text(value)}</code></dd>" for label, value in facts if value]
    if rows:
        yield '<dl class="facts">\n' + "\n".join(rows) + "\n</dl>"


def _ending(output: str) -> str:
    left = len(output) - _LONGEST_OUTPUT
    return escape(output if left <= 0 else f"[… {left} characters before]\n{output[left:]}")


def _strip(stages: Sequence[Stage]) -> Iterator[str]:
    yield '<ol class="strip" aria-label="The stages of a command">'
    for stage in stages:
        why = f' title="{_text(stage.why)}"' if stage.why else ""
        yield f'<li class="{stage.outcome}"{why}>{_mark(stage.outcome)}<div><b>{stage.name}</b>'
        yield f"<span>{stage.outcome}</span></div></li>"
    yield "</ol>"


def _run_steps(cluster: Cluster) -> Iterator[str]:
    if cluster.run_steps:
        rows = (
            (f"<code>{_text(step.command)}</code>", step.outcome, "" if step.exit_code is None else str(step.exit_code))
            for step in cluster.run_steps
        )
        yield from _table("Commands", ("Command", "Outcome", "Exit code"), rows)


def _repair_steps(cluster: Cluster) -> Iterator[str]:
    if not cluster.repair_steps:
        return
    rows = []
    for step in cluster.repair_steps:
        said = [f"<p>{_text(each)}</p>" for each in (step.reason, *step.warnings) if each]
        said += [f"<p><code>{_text(each.request)}</code> {_text(each.state)}</p>" for each in step.changes]
        rows.append((f"<code>{_text(step.finding)}</code>", _text(step.action), "".join(said)))
    yield from _table("What repair did", ("Finding", "Action", "What was sent"), rows)
    if cluster.undo_commands:
        yield "<p>To undo it, the last change first:</p>"
        yield from map(_command, cluster.undo_commands)


def _findings(cluster: Cluster) -> Iterator[str]:
    shown: set[str] = set()
    for finding in cluster.findings:
        yield from _finding(finding, shown)


def _finding(finding: Finding, shown: set[str]) -> Iterator[str]:
    """``shown`` are the commands that stand further up already."""
    yield f'<section class="finding {finding.severity}"><h4>{_text(finding.title)}</h4>'
    accepted = ", accepted" if finding.accepted else ""
    tag = f'<span class="tag">{finding.severity}</span>'
    yield f'<p class="dim">{tag} <code>{_text(finding.id)}</code>, {_text(finding.confidence)}{accepted}</p>'
    yield f"<p>{_text(finding.message)}</p>"
    if finding.evidence:
        yield '<dl class="evidence">'
        yield from (f"<dt>{_text(source)}</dt><dd>{_text(detail)}</dd>" for source, detail in finding.evidence)
        yield "</dl>"
    for fix in finding.fixes:
        yield from _fix(fix, shown)
    yield "</section>"


def _fix(fix: Fix, shown: set[str], whom: str = "") -> Iterator[str]:
    """``whom`` is HTML."""
    if fix.command and fix.command in shown:
        yield f"<p><b>Fix{whom}</b> ({_text(fix.safety)}): the same command as above.</p>"
        return
    yield f"<p><b>Fix{whom}</b> ({_text(fix.safety)}): {_text(fix.description)}</p>"
    if fix.command:
        shown.add(fix.command)
        yield _command(fix.command)
    if fix.stock_command:
        yield f'<p class="dim">Without this extension:</p>\n{_command(fix.stock_command)}'
    if fix.requires:
        yield f'<p class="dim">Needs {_codes(fix.requires)}</p>'


def _codes(values: Iterable[str]) -> str:
    return ", ".join(f"<code>{_text(value)}</code>" for value in values)


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """``rows`` hold HTML; the first cell of each is its heading."""
    yield f'<table class="wide"><caption>{caption}</caption>\n<thead><tr>'
    yield "".join(f'<th scope="col">{each}</th>' for each in head) + "</tr></thead>\n<tbody>"
    for first, *rest in rows:
        yield f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
    yield "</tbody></table>"


def _gaps(unknowns: Sequence[Unknown], heading: str) -> Iterator[str]:
    if unknowns:
        yield f"<{heading}>Not checked</{heading}>"
        rows = (
            (_text(gap.what), _text(gap.stage or "all"), _text(gap.why), _codes(gap.needs) or "nothing")
            for gap in unknowns
        )
        yield from _table("What could not be checked", ("What", "Stage", "Why", "Needs"), rows)


def _estate(report: Report) -> Iterator[str]:
    if not report.clusters:
        yield "<p>No cluster was found. Azure Resource Graph shows only what you are allowed to read.</p>"
        return
    yield from _verdicts(report)
    tallies = report.tallies()
    if tallies:
        rows = [(_link(one.finding), one.finding.severity, len(one.clusters)) for one in tallies]
        yield from _bars("Clusters by finding", "Finding", rows, len(report.clusters))
        yield "<h2>Findings</h2>"
    shown: set[str] = set()
    for one in tallies:
        yield from _tally(one, shown)
    yield from _matrix(report)
    yield from _folded(report)


def _link(finding: Finding) -> str:
    return f'<a href="#{_text(finding.id)}">{_text(finding.title)}</a>'


def _verdicts(report: Report) -> Iterator[str]:
    rows = [(verdict, verdict, report.verdicts.get(verdict, 0)) for verdict in VERDICTS]
    yield from _bars("Clusters by verdict", "Verdict", rows, len(report.clusters))


def _bars(caption: str, label: str, rows: Sequence[tuple[str, str, int]], whole: int) -> Iterator[str]:
    """A row a label (HTML), its colour, and how many of the ``whole``."""
    yield f'<table class="bars"><caption>{caption}</caption>\n<thead><tr><th scope="col">{label}</th>'
    yield '<th scope="col" class="number">Clusters</th><th scope="col"><span class="unseen">Share</span></th></tr>'
    yield "</thead>\n<tbody>"
    for name, colour, count in rows:
        share = 100 * count / whole if whole else 0
        drawn = f'<rect x=".25" y=".25" width="{share:.2f}" height="7.5"/>' if count else ""
        yield f'<tr class="{colour}"><th scope="row">{name}</th><td class="number">{count}</td><td>'
        yield (
            f'<svg viewBox="0 0 101 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">{drawn}</svg>'
            f'<span class="unseen">{share:.0f} %</span></td></tr>'
        )
    yield "</tbody></table>"


def _tally(tally: Tally, shown: set[str]) -> Iterator[str]:
    finding = tally.finding
    accepted = f", {tally.accepted} accepted" if tally.accepted else ""
    count = f"{len(tally.clusters)} cluster{'' if len(tally.clusters) == 1 else 's'}{accepted}"
    yield f'<section class="finding {finding.severity}" id="{_text(finding.id)}"><h3>{_text(finding.title)}</h3>'
    tag = f'<span class="tag">{finding.severity}</span>'
    yield f'<p class="dim">{tag} <code>{_text(finding.id)}</code>, {count}</p>'
    if tally.clusters:
        rest = len(tally.clusters) - _NAMES_SHOWN
        names = ", ".join(_text(name) for name in tally.clusters[:_NAMES_SHOWN])
        yield f"<p>{names}{f', … and {rest} more' if rest > 0 else ''}</p>"
    fixes = tally.fixes_beside(shown)
    if tally.fixes and not fixes:
        yield "<p><b>Fix</b>: the same as above.</p>"
    for fix, names_of_fix in fixes[:_FIXES_SHOWN]:
        whom = names_of_fix[0] if len(names_of_fix) == 1 else f"{len(names_of_fix)} clusters"
        yield from _fix(fix, shown, f" for {_text(whom)}")
    if len(fixes) > _FIXES_SHOWN:
        yield f"<p>{len(fixes) - _FIXES_SHOWN} more fixes, one per cluster: see below.</p>"
    yield "</section>"


def _matrix(report: Report) -> Iterator[str]:
    yield '<h2 id="matrix">Clusters and stages</h2>\n<ul class="legend">'
    yield "".join(f'<li class="{outcome}"><b>{mark}</b> {outcome}</li>' for outcome, mark in _MARKS.items())
    yield '</ul>\n<table class="matrix"><caption class="unseen">The stages of each cluster</caption>\n<thead><tr>'
    stages = report.clusters[0].stages
    yield '<th scope="col">Cluster</th>' + "".join(
        f'<th scope="col" class="stage"><span>{stage.name}</span></th>' for stage in stages
    )
    yield '<th scope="col" class="found">Findings</th></tr></thead>\n<tbody>'
    for number, cluster in enumerate(report.clusters):
        name = _text(cluster.name)
        link = f'<a href="#c{number}">{name}</a>' if cluster.findings or cluster.unknowns else name
        cells = "".join(
            f'<td class="stage {stage.outcome}">{_MARKS[stage.outcome]}<span class="unseen">{stage.outcome}</span></td>'
            for stage in cluster.stages
        )
        found = ", ".join(dict.fromkeys(_text(finding.id) for finding in cluster.findings))
        yield f'<tr><th scope="row">{link}</th>{cells}<td class="found">{found}</td></tr>'
    yield "</tbody></table>"


def _folded(report: Report) -> Iterator[str]:
    """Each cluster that there is something to say about, shut."""
    told = [(number, each) for number, each in enumerate(report.clusters) if each.findings or each.unknowns]
    if told:
        yield "<h2>Cluster by cluster</h2>"
    written = 0
    for number, cluster in told:
        whole = "\n".join(_details(cluster)) if written < _ROOM_FOR_DETAILS else ""
        written += len(whole)
        title = f"{_text(cluster.name)} ({_text(cluster.group)}): {cluster.verdict}"
        yield f'<details id="c{number}"><summary>{title}</summary>'
        yield whole or "\n".join(_in_short(cluster))
        yield "</details>"


def _details(cluster: Cluster) -> Iterator[str]:
    yield f"<p>{_text(cluster.sentence)}</p>"
    if cluster.access:
        yield f"<p>{_who(cluster)}</p>"
    yield f'<p class="dim"><code>{_text(cluster.id)}</code></p>'
    yield from _findings(cluster)
    if cluster.unknowns:
        yield "<ul>"
        for gap in cluster.unknowns:
            needs = f" Needs {_codes(gap.needs)}." if gap.needs else ""
            yield f"<li>{_text(gap.stage)}, not checked: {_text(gap.what)}: {_text(gap.why)}{needs}</li>"
        yield "</ul>"


def _in_short(cluster: Cluster) -> Iterator[str]:
    yield "<ul>"
    for finding in cluster.findings[:_FIXES_SHOWN]:
        yield f"<li>{_text(finding.title, _LONGEST_TITLE)} (<code>{_text(finding.id)}</code>)</li>"
    yield "</ul>\n<p>Shortened because of the number of clusters; the JSON report has everything.</p>"


def _who(cluster: Cluster) -> str:
    access = cluster.access
    if access is None or not access.enabled:
        return "Run command is disabled."
    admin = " Each of them is cluster-admin there." if access.as_cluster_admin else ""
    return f"{access.principals} principal{'' if access.principals == 1 else 's'} could run commands.{admin}"
