"""JUnit: a test suite a cluster, a test case a stage.

Readers differ in what they take of a case with several failures: Azure Pipelines reads the first one alone, GitLab
shows their list as it stands in memory. So a case has one, which holds all that is wrong with its stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from azext_aksinvokefix.lifecycle import STAGES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from azext_aksinvokefix.report.document.model import Cluster, Finding, Report, Stage

_LONGEST_OUTPUT = 64 * 1024


def render(report: Report) -> str:
    suites = [_suite(cluster, report) for cluster in report.clusters]
    root = ElementTree.Element("testsuites", {"name": report.title, **_counts(suites)})
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(suites: list[Element]) -> dict[str, str]:
    names = ("tests", "failures", "errors")
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in names}


def _suite(cluster: Cluster, report: Report) -> Element:
    label = f"{cluster.group}/{cluster.name}" if cluster.group else cluster.name
    cases = [_case(stage, cluster, f"{report.kind}.{label}") for stage in _stages(cluster)]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": 0,
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    attributes = {"name": label, **{name: str(count) for name, count in counts.items()}, "time": "0"}
    if report.made_at:
        attributes["timestamp"] = report.made_at.rstrip("Z")
    suite = ElementTree.Element("testsuite", attributes)
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("cluster", cluster.id), ("verdict", cluster.verdict), *cluster.facts):
        if value:
            ElementTree.SubElement(properties, "property", {"name": name, "value": value})
    suite.extend(cases)
    ElementTree.SubElement(suite, "system-out").text = "\n".join(_told(cluster))
    return suite


def _stages(cluster: Cluster) -> list[Stage]:
    """The stages, and one more for errors that belong to none of them."""
    from azext_aksinvokefix.report.document.model import Stage

    homeless = {finding.stage for finding in cluster.errors} - {stage.name for stage in cluster.stages}
    return [*cluster.stages, *(Stage(name, "failed") for name in STAGES if name in homeless)]


def _case(stage: Stage, cluster: Cluster, suite: str) -> Element:
    case = ElementTree.Element("testcase", {"name": stage.name, "classname": suite, "time": "0"})
    errors = [finding for finding in cluster.errors if finding.stage == stage.name]
    others = [finding for finding in cluster.findings if finding.stage == stage.name and finding not in errors]
    if errors:
        title = "; ".join(dict.fromkeys(finding.title for finding in errors))
        failure = ElementTree.SubElement(case, "failure", {"message": title, "type": errors[0].id})
        failure.text = "\n\n".join("\n".join(_lines(finding)) for finding in errors)
    elif stage.outcome in ("skipped", "unknown"):
        ElementTree.SubElement(case, "skipped", {"message": f"{stage.outcome}: {stage.why}"})
    elif stage.outcome == "failed" and not cluster.worked and not others:
        ElementTree.SubElement(case, "failure", {"message": cluster.sentence, "type": "failed"})
    if others:
        ElementTree.SubElement(case, "system-out").text = "\n\n".join("\n".join(_lines(one)) for one in others)
    return case


def _lines(finding: Finding) -> Iterator[str]:
    accepted = ", accepted" if finding.accepted else ""
    yield f"{finding.severity}: {finding.title} ({finding.id}, {finding.confidence}{accepted})"
    yield finding.message
    yield from (f"- {source}: {detail}" for source, detail in finding.evidence)
    for fix in finding.fixes:
        yield f"Fix ({fix.safety}): {fix.description}"
        yield from (f"    {command}" for command in (fix.command, fix.stock_command) if command)
        if fix.requires:
            yield f"    needs {', '.join(fix.requires)}"


def _told(cluster: Cluster) -> Iterator[str]:
    yield cluster.sentence
    for step in cluster.repair_steps:
        yield f"{step.finding}: {step.action}. {step.reason}".strip()
        yield from (f"    {change.request} {change.state}".rstrip() for change in step.changes)
    if cluster.undo_commands:
        yield from ("To undo it, the last change first:", *(f"    {command}" for command in cluster.undo_commands))
    for number, command in enumerate(cluster.run_steps, 1):
        yield f"{number}/{len(cluster.run_steps)} {command.outcome}: {command.command}"
    for gap in cluster.unknowns:
        needs = f" (needs {', '.join(gap.needs)})" if gap.needs else ""
        yield f"not checked: {gap.stage}: {gap.what}: {gap.why}{needs}"
    if cluster.output:
        yield "Output:"
        yield cluster.output[-_LONGEST_OUTPUT:]
