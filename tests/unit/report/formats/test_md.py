"""Markdown: one cluster stands by itself, several are counted first, and an estate always is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.formats import md
from tests.data import report_documents as documents
from tests.data.report_documents import report


@pytest.mark.parametrize(("number", "counted"), [(1, False), (2, True), (3, True)])
def test_several_clusters_are_counted_and_each_has_a_heading(number: int, counted: bool) -> None:
    one = report("diagnose", "x")
    page = md.render(replace(one, clusters=one.clusters * number))

    assert (f"**{number} cluster" in page) is counted
    assert page.count("\n## c1") == (number if counted else 0)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "No cluster was found."), (1, "**1 cluster: "), (2, "**2 clusters: ")]
)
def test_an_estate_is_counted_however_small_it_is(number: int, said: str) -> None:
    clusters = [documents.ready(each) for each in range(number)]
    page = md.render(building.of_scan(building.clean(documents.scan("x", clusters))))

    assert said in page
