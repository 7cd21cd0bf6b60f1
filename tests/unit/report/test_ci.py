"""A pipeline is told of errors in the forms that its runner reads, and no summary is dropped for its size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_aksinvokefix.report import ci
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report
from azext_aksinvokefix.report.formats import md
from tests.data import report_documents as documents
from tests.data.report_documents import report


def test_github_gets_what_means_something_escaped_and_more_of_it_in_a_property() -> None:
    line = ci.github_annotation("nodes-full", "a:b,c%\r\n", "d:e,f%\r\n")
    assert line == "::error title=nodes-full%3A a%3Ab%2Cc%25%0D%0A::d:e,f%25%0D%0A"


def test_azure_gets_percent_signs_in_its_own_way() -> None:
    line = ci.azure_annotation("a];b", "t", "d];%\r\n")
    assert line == "##vso[task.logissue type=error;code=a%5D%3Bb;]t. d];%AZP25%0D%0A"
    assert ci.azure_summary("/a%b.md") == "##vso[task.uploadsummary]/a%AZP25b.md"


def test_at_most_ten_errors_are_annotated_and_the_rest_is_counted() -> None:
    document = {**documents.diagnosis("x"), "findings": [documents.finding(str(each)) for each in range(12)]}
    made = Report("diagnose", "T", (building.of_diagnosis(document),), document)
    *lines, last = ci.annotated(made, ci.github_annotation)
    assert len(lines) == 10
    assert lines[0].endswith("::0") and lines[9].endswith("::9")
    assert last == "2 more errors: see the summary."


def test_a_warning_an_accepted_finding_and_what_was_repaired_are_not_annotated() -> None:
    warning = {**documents.diagnosis("x"), "findings": [documents.finding("x", severity="warning")]}
    accepted = documents.scan("x", [documents.cluster("x", findings=[documents.finding("x", accepted=True)])])
    repaired = documents.repair("x", outcome="works")
    for made in (
        Report("diagnose", "T", (building.of_diagnosis(warning),), warning),
        building.of_scan(accepted),
        Report("repair", "T", (building.of_repair(repaired, None),), repaired),
    ):
        assert not list(ci.annotated(made, ci.github_annotation))


def test_of_an_estate_a_finding_is_annotated_once_with_the_clusters_that_have_it() -> None:
    clusters = [documents.cluster("", number) for number in range(8)]
    [line] = ci.annotated(building.of_scan(documents.scan("", clusters)), ci.github_annotation)
    assert line.endswith("::8 clusters: c0 , c1 , c2 , c3 , c4  and 3 more")


def test_of_several_clusters_each_error_names_its_own() -> None:
    document = documents.diagnosis("x")
    cluster = building.of_diagnosis(document)
    made = Report("diagnose", "T", (cluster, replace(cluster, name="c2")), document)
    assert [line.rpartition("::")[2] for line in ci.annotated(made, ci.github_annotation)] == ["c1: x", "c2: x"]


@pytest.mark.parametrize("room", [0, 50, 100, 150, 300, 600, 1000, 2000, 10_000])
def test_a_summary_fits_and_is_marked_where_it_was_cut(room: int) -> None:
    lines = list(md.lines(report("run", "```\nlong €€€ text\n```")))
    whole = "\n".join(lines) + "\n"
    made = ci.fitting(lines, room)
    assert len(made.encode()) <= room
    assert made == whole or not made or made.endswith("`--report` writes the whole report to a file._\n")
    assert made == whole or len(whole.encode()) > room


def test_a_summary_that_is_cut_within_a_block_of_code_shuts_it() -> None:
    lines = ["# x", "", "````text", *["a line"] * 100, "````"]
    made = ci.fitting(lines, 400)
    assert made.count("````") == 2
    assert made.index("_Cut") > made.rindex("````")


@pytest.mark.parametrize("output", [b"a\n", b"a", b"\xff\x00\r", b"::error::x\n"])
def test_a_bracket_keeps_every_byte_and_ends_the_last_line(output: bytes) -> None:
    first, second = (ci.bracketed(output) for _ in range(2))
    token = first.split(b"\n", 1)[0].removeprefix(b"::stop-commands::")
    end = b"" if output.endswith(b"\n") else b"\n"
    assert first == b"::stop-commands::%b\n%b%b::%b::\n" % (token, output, end, token)
    assert len(token) == 32 and first != second


def test_an_empty_output_stays_empty() -> None:
    assert ci.bracketed(b"") == b""
