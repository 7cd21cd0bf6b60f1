"""The pages of `explain` at a terminal."""

from __future__ import annotations

import pytest

from azext_aksinvokefix import catalog
from azext_aksinvokefix.report import pages


def test_every_finding_has_a_line_below_its_stage() -> None:
    lines = pages.listing([catalog.summary(each) for each in catalog.FINDINGS]).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(catalog.FINDINGS)
    assert lines[0] == "client:" and lines.count("access:") == 1


@pytest.mark.parametrize("finding", catalog.FINDINGS)
def test_a_page_keeps_its_words_and_loses_its_marks(finding: str) -> None:
    page = catalog.page(finding)
    shown = pages.plain(page)
    assert not any(line.startswith(("#", "```")) for line in shown.splitlines())
    words = [word for word in page.split() if not word.startswith(("#", "```"))]
    assert shown.split() == words
