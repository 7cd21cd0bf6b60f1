"""Reports in the programs that read them: a browser, JUnit readers, a renderer of GitHub's Markdown."""

from __future__ import annotations

import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.report import formats
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report
from tests.contract.readers.programs import found, node, python_library
from tests.data import report_documents as documents
from tests.data.report_documents import HOSTILE, KINDS, report
from tools.picture import diagnosed, scanned

_BROWSER = ("puppeteer-core", "axe-core")


@pytest.fixture(scope="module")
def estate() -> Report:
    return scanned("estate")


def written(folder: Path, name: str, made: Report, suffix: str) -> str:
    file = folder / f"{name}{suffix}"
    file.write_text(formats.render(made, suffix), encoding="utf-8")
    return str(file)


def test_a_browser_and_axe_have_nothing_against_the_pages(tmp_path: Path, estate: Report) -> None:
    chromium = found("chromium", "chromium-browser", "google-chrome")
    assert len(estate.clusters) == 1000
    text = "\n".join(HOSTILE.values())
    pages = [
        written(tmp_path, "diagnosis", diagnosed("three-faults"), ".html"),
        written(tmp_path, "estate", estate, ".html"),
        *(written(tmp_path, kind, report(kind, "x"), ".html") for kind in ("run", "repair")),
        *(written(tmp_path, f"hostile-{kind}", report(kind, text), ".html") for kind in KINDS),
    ]
    ended = node("browser.js", chromium, *pages, needs=_BROWSER)
    assert ended.stdout == f"{len(pages)} pages in Chromium, 0 complaints\n", ended.stdout + ended.stderr
    assert ended.returncode == 0


def test_the_browser_complains_of_a_page_that_fetches_runs_and_scrolls(tmp_path: Path) -> None:
    chromium = found("chromium", "chromium-browser", "google-chrome")
    page = tmp_path / "faulty.html"
    wide = "x" * 500
    page.write_text(f"<h3>x</h3><img src='http://127.0.0.1:9/x'><pre>{wide}</pre><script>console.log('y')</script>")
    ended = node("browser.js", chromium, str(page), needs=_BROWSER)
    assert ended.returncode == 1
    for complaint in ("axe image-alt", "console: y", "request: http://127.0.0.1:9/x", "pixels wide at 360"):
        assert complaint in ended.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_junitparser_reads_what_was_written(tmp_path: Path, kind: str) -> None:
    python_library("junitparser")
    import junitparser

    made = report(kind, "\n".join(HOSTILE.values()))
    read: Any = junitparser.JUnitXml.fromfile(written(tmp_path, "r", made, ".xml"))
    assert [suite.tests for suite in read] == [9] * len(made.clusters)
    counted = (read.tests, read.failures, read.skipped)
    read.update_statistics()
    assert counted[:2] == (read.tests, read.failures)
    for suite, cluster in zip(read, made.clusters):
        results = {case.name: case.result[0] for case in suite if case.result}
        failed = {name for name, result in results.items() if isinstance(result, junitparser.Failure)}
        assert failed == {finding.stage for finding in cluster.errors}
        assert set(results) - failed == {stage.name for stage in cluster.stages if stage.why}


class Rendered(HTMLParser):
    """The elements of a page but code, of which a text that would become a link makes more, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements += [tag] if tag != "code" else []

    def handle_comment(self, data: str) -> None:
        self.elements.append(f"<!--{data}")

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> Rendered:
    extensions = [word for name in ("table", "autolink", "strikethrough", "tasklist") for word in ("-e", name)]
    command = [found("cmark-gfm"), "--unsafe", *extensions]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return Rendered(ended.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_cmark_makes_of_a_hostile_text_what_it_makes_of_any_other(kind: str) -> None:
    harmless = rendered(formats.render(report(kind, "x"), ".md")).elements
    for name, text in HOSTILE.items():
        if not building.clean(text).strip():
            continue
        page = rendered(formats.render(report(kind, text), ".md"))
        assert page.elements == harmless, name
        assert set(page.elements) <= set("h1 h2 h3 p strong ul li pre table thead tbody tr th td".split())


def test_cmark_shows_the_words_of_a_text_as_they_were() -> None:
    for name, text in HOSTILE.items():
        page = rendered(formats.render(report("diagnose", text), ".md"))
        said = " ".join(building.clean(text).split())[:400]
        assert said in " ".join(page.text.split()), name


def test_the_markdown_of_an_estate_has_a_row_a_cluster(estate: Report) -> None:
    page = rendered(formats.render(estate, ".md"))
    assert page.elements.count("tr") > 1000
    assert len(formats.render(estate, ".html").encode()) < 3_000_000
    assert documents.ready(1)["verdict"] == "ready"
