"""A text of a cluster stays text in every format: the same table of strings over all of them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from azext_aksinvokefix.report import ci, formats
from azext_aksinvokefix.report.ci import Annotate
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.formats import md
from tests.data import report_documents
from tests.data.report_documents import HOSTILE, KINDS, report
from tests.worlds.runners import obeyed

_VOID = {"meta", "path", "circle", "rect", "use"}


class Structure(HTMLParser):
    """The elements and the names of their attributes, in order, and the text; fails where one is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", (data,)))

    def unknown_decl(self, data: str) -> None:
        self.elements.append(("declaration", (data,)))


def said(text: str) -> str:
    """The text as a report may say it, on one line."""
    return " ".join(building.clean(text).split())


def like(text: str) -> str:
    """A harmless text that is empty or not as the given one, and in which as many of its characters are printed."""
    return "x" if said(text) else text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_html_has_the_elements_that_it_has_without_it(kind: str, name: str) -> None:
    page = Structure(formats.render(report(kind, HOSTILE[name]), ".html"))
    assert page.elements == Structure(formats.render(report(kind, like(HOSTILE[name])), ".html")).elements
    assert said(HOSTILE[name])[:500] in " ".join(page.text.split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_xml_has_the_elements_that_it_has_without_it(kind: str, name: str) -> None:
    def elements(text: str) -> tuple[list[tuple[str, list[str]]], str]:
        root = ElementTree.fromstring(formats.render(report(kind, text), ".xml"))
        return [(each.tag, sorted(each.attrib)) for each in root.iter()], "".join(root.itertext())

    structure, text = elements(HOSTILE[name])
    assert structure == elements(like(HOSTILE[name]))[0]
    assert said(HOSTILE[name]) in " ".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_json_holds_it_as_a_string(kind: str, name: str) -> None:
    made = report(kind, HOSTILE[name])
    assert json.loads(formats.render(made, ".json")) == made.document


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_has_the_blocks_that_it_has_without_it(kind: str, name: str) -> None:
    assert blocks(formats.render(report(kind, HOSTILE[name]), ".md")) == blocks(
        formats.render(report(kind, like(HOSTILE[name])), ".md")
    )


def blocks(page: str) -> list[str]:
    """What a line of Markdown begins, by its first signs, with the cells of a table; of a block of code nothing."""
    found, fence = [], ""
    for line in page.split("\n"):
        if fence:
            fence = "" if line == fence else fence
            continue
        opened = re.match(r"`{3,}", line)
        fence = opened[0] if opened else ""
        cells = re.sub(r"\\.", "", line).count("|") if line.startswith("|") else 0
        start = re.match(r"#+ |- |\||`{3}|\*\*|$|[^\w`]*", line)
        found.append(f"{start[0][:3] if start else ''}{cells}")
    assert not fence
    return found


@pytest.mark.parametrize("suffix", formats.suffixes())
@pytest.mark.parametrize("name", HOSTILE)
def test_no_format_gives_a_runner_orders_or_a_terminal_escapes(suffix: str, name: str) -> None:
    for kind in KINDS:
        page = formats.render(report(kind, HOSTILE[name]), suffix)
        assert not obeyed(page)
        assert not set(page) & set("\x00\x07\x08\x0b\x0c\x1b\x85\x9b\u202e\u2066\ud800\udfff\ufffe\uffff")


@pytest.mark.parametrize(("annotate", "order"), [(ci.github_annotation, ["error"]), (ci.azure_annotation, ["##vso"])])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_an_annotation_is_one_order_in_one_line(kind: str, name: str, annotate: Annotate, order: list[str]) -> None:
    lines = list(ci.annotated(report(kind, HOSTILE[name]), annotate))
    assert lines
    for line in lines:
        assert len(re.split(r"[\r\n]", line)) == 1
        assert obeyed(line) == order


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b *c*", r"a\_b \*c\*"),
        ("<b>", r"\<b\>"),
        ("x@y.z says https://z", "`x@y.z` says `https://z`"),
        ("1. x", r"1\. x"),
        ("- x", r"\- x"),
        ("a & b", "a &amp; b"),
    ],
)
def test_markdown_escapes_what_means_something_and_shows_links_as_code(text: str, shown: str) -> None:
    assert md.text(text) == shown


@pytest.mark.parametrize("text", ["a", "`", "``a`", " a ", "a`"])
def test_a_fence_and_a_code_span_are_longer_than_what_they_hold(text: str) -> None:
    opening, *body, closing = md.fence(f"{text}\n```\n````")
    assert opening.startswith(closing) and len(closing) == 5
    assert body == [text, "```", "````"]
    span = md.code(text)
    ticks = len(span) - len(span.lstrip("`"))
    assert "`" * ticks not in span[ticks:-ticks]


def test_every_kind_of_report_holds_the_text() -> None:
    for kind in KINDS:
        assert "needle" in json.dumps(report_documents.report(kind, "needle").document)
