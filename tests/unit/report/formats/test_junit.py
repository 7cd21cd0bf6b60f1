"""JUnit as Jenkins, Azure Pipelines and GitLab read it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from azext_aksinvokefix.lifecycle import STAGES
from azext_aksinvokefix.report import formats
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report
from tests.data import report_documents as documents
from tests.data.report_documents import KINDS, report
from tests.present import present

#: Of the schema that Jenkins publishes (xunit-plugin, junit-10.xsd): the attributes that an element must and may have,
#: and what may stand in it.
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def junit(made: Report) -> ElementTree.Element:
    return ElementTree.fromstring(formats.render(made, ".xml"))


def diagnosed(**more: object) -> ElementTree.Element:
    document = {**documents.diagnosis("x"), **more}
    return junit(Report("diagnose", "T", (building.of_diagnosis(document),), document))


@pytest.mark.parametrize("kind", KINDS)
def test_every_element_is_as_the_schema_of_jenkins_has_it(kind: str) -> None:
    for element in junit(report(kind, "x")).iter():
        needed, allowed, children = SCHEMA[element.tag]
        assert needed <= set(element.attrib) <= needed | allowed
        assert {child.tag for child in element} <= children
        assert not children or not (element.text or "").strip()


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_the_cases(kind: str) -> None:
    root = junit(report(kind, "x"))
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase[failure]"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase[skipped]"))
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)


def test_a_suite_is_a_cluster_and_a_case_a_stage_that_failed_for_an_error_alone() -> None:
    [suite] = diagnosed()
    assert suite.attrib["name"] == "rg1/c1"
    cases = {case.attrib["name"]: case for case in suite.findall("testcase")}
    assert tuple(cases) == STAGES
    assert [name for name, case in cases.items() if case.find("failure") is not None] == ["admission"]
    assert present(cases["admission"].find("failure")).attrib["type"] == "azure-policy-denied"
    assert "warning: Title x" in cases["scheduling"].findtext("system-out", "")


def test_what_was_not_looked_at_is_skipped_with_the_reason() -> None:
    [suite] = diagnosed()
    why = {
        case.attrib["name"]: present(case.find("skipped")).attrib["message"]
        for case in suite.findall("testcase[skipped]")
    }
    assert why["sign-in"] == "unknown: x: x"
    assert why["startup"] == "skipped: not reached: an earlier stage failed"


def test_several_errors_of_a_stage_are_one_failure_that_holds_all_of_them() -> None:
    [suite] = diagnosed(findings=[documents.finding("one"), documents.finding("two", id="gatekeeper-denied")])
    [failure] = suite.findall("testcase/failure")
    assert failure.attrib["message"] == "Title one; Title two"
    assert "azure-policy-denied" in (failure.text or "") and "gatekeeper-denied" in (failure.text or "")


def test_an_accepted_finding_fails_nothing() -> None:
    accepted = documents.cluster("x", findings=[documents.finding("x", accepted=True)], verdict="ready")
    stages = [{**stage, "outcome": "passed"} for stage in accepted["stages"]]
    root = junit(building.of_scan(documents.scan("x", [{**accepted, "stages": stages}])))
    assert root.attrib["failures"] == "0"
    assert "accepted" in "".join(root.itertext())


def test_of_a_repair_that_worked_in_the_end_every_stage_passed() -> None:
    document = documents.repair("x", outcome="works")
    root = junit(Report("repair", "T", (building.of_repair(document, documents.TARGET),), document))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("9", "0")
    assert not root.findall("testsuite/testcase/skipped")


@pytest.mark.parametrize("outcome", ["notRun", "failed", "unknown"])
def test_a_run_that_failed_and_was_not_looked_into_fails_at_its_stage(outcome: str) -> None:
    document = documents.run("x", outcome=outcome, diagnosis=None)
    root = junit(Report("run", "T", (building.of_run(document, documents.TARGET),), document))
    assert [case.attrib["name"] for case in root.findall("testsuite/testcase[failure]")] == ["admission"]


def test_a_file_that_did_not_come_back_fails_a_run_that_succeeded() -> None:
    lost = documents.run("x")["fetched"]
    document = {**documents.succeeded("x"), "fetched": lost}
    root = junit(Report("run", "T", (building.of_run(document, documents.TARGET),), document))
    assert [case.attrib["name"] for case in root.findall("testsuite/testcase[failure]")] == ["result"]
