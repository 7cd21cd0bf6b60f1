"""The page fetches and runs nothing, and stays small and whole for an estate of a thousand clusters."""

from __future__ import annotations

import re

import pytest

from azext_aksinvokefix.lifecycle import STAGES
from azext_aksinvokefix.report import formats
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report
from tests.data import report_documents as documents
from tests.data.report_documents import KINDS, report


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_holds_no_script_and_names_nothing_to_fetch(kind: str) -> None:
    page = formats.render(report(kind, "x"), ".html")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert not re.search(r"<script|<link|<img|<iframe|\son\w+=|\ssrc=|@import|url\(", page)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))


@pytest.mark.parametrize("kind", ["run", "diagnose", "repair"])
def test_the_strip_has_the_nine_stages_with_the_broken_one_marked(kind: str) -> None:
    page = formats.render(report(kind, "x"), ".html")
    strip = re.findall(r'<li class="(\w+)"[^>]*><svg [^>]*><use href="#(\w+)"/></svg><div><b>([\w-]+)</b>', page)
    assert [name for *_, name in strip] == list(STAGES)
    assert all(outcome == sign for outcome, sign, _ in strip)
    assert [name for outcome, _, name in strip if outcome == "failed"] == ["admission"]


def test_the_matrix_has_a_row_a_cluster_and_a_column_a_stage() -> None:
    page = formats.render(report("scan", "x"), ".html")
    matrix = page[page.index('<table class="matrix">') :]
    matrix = matrix[: matrix.index("</table>")]
    assert len(re.findall(r'<th scope="row">', matrix)) == 3
    assert len(re.findall(r'<td class="stage ', matrix)) == 3 * len(STAGES)
    assert len(re.findall(r'<td class="stage failed">✗<span class="unseen">failed</span>', matrix)) == 2


def test_every_link_leads_somewhere_and_no_target_is_there_twice() -> None:
    page = formats.render(report("scan", "x"), ".html")
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in re.findall(r'href="([^"]+)"', page)} <= set(ids)


@pytest.mark.parametrize("length", [10, 900, 4000])
def test_a_thousand_broken_clusters_stay_below_3_mb_however_much_is_said_of_each(length: int) -> None:
    said = "a long text <&> " * (length // 16 + 1)
    clusters = [documents.cluster("", number, findings=[documents.finding(said)] * 3) for number in range(1000)]
    page = formats.render(building.of_scan(documents.scan("", clusters)), ".html")
    assert len(page.encode()) < 3_000_000
    assert page.count("<details") == 1000
    assert page.rstrip().endswith("</html>")


def test_a_command_that_many_findings_share_is_written_out_once() -> None:
    document = documents.diagnosis("x")
    page = formats.render(Report("diagnose", "T", (building.of_diagnosis(document),), document), ".html")
    assert page.count("az x ") == 1
    assert page.count("the same command as above") == 1


def test_a_repair_says_how_to_take_it_back_the_last_change_first() -> None:
    step = documents.repair("x")["steps"][0]
    steps = [{**step, "plan": {**step["plan"], "changeId": change_id}} for change_id in ("aaa", "bbb")]
    document = documents.repair("x", steps=steps)
    page = formats.render(Report("repair", "T", (building.of_repair(document, None),), document), ".html")
    assert re.findall(r"undo --change-id (\w+)", page) == ["bbb", "aaa"]


def test_several_clusters_stand_one_below_the_other_with_their_verdicts_counted() -> None:
    first, second = documents.diagnosis("x"), {**documents.diagnosis("x"), "verdict": "ready", "findings": []}
    made = Report("diagnose", "T", tuple(map(building.of_diagnosis, (first, second))), [first, second])
    page = formats.render(made, ".html")
    assert page.count('<ol class="strip"') == 2
    assert re.findall(r'<td class="number">(\d)</td>', page) == ["1", "0", "0", "1"]
