"""What a user reads is written in the words of an operator: the rules of CONTRIBUTING.md that a pattern can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "azext_aksinvokefix"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("*.rst"), *(ROOT / "docs").glob("*.md")])
#: The words that a redacted secret goes by are looked for in foreign texts, and nobody reads them.
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "redact"]

FORBIDDEN = {
    "check, read": r"\blook(?:s|ed|ing)? at\b",
    "undo, revert, restore": r"\b(?:tak(?:e|es|en|ing)|took)\b(?: \w+){0,3} back\b",
    "evidence": r"\bdatum\b",
    "the person who, everyone who": r"\bwhoever\b",
    "is not changed, does not touch": r"\b(?:leave|leaves|left|leaving)(?: \w+){0,2} alone\b",
    "block, deny": r"\b(?:stand|stands|be|is|are) in the way\b",
    "exempt from": r"\blet(?:s|ting)?(?: \w+){1,4} past\b",
    "fix": r"\bmend(?:s|ed|ing)?\b",
    "forever": r"\bfor ever\b",
    "wait for": r"\b(?:is|are) waited for\b",
    "might, can": r"\bmay(?: not| still| also| just| then)* (?:be|been|have|need|help|differ|grow|fail|run|take|show|deny)\b",  # noqa: E501
}
#: A message of the package has no "may" at all: "is allowed to" says the permission, "might" and "can" the rest.
IN_MESSAGES = FORBIDDEN | {"might, can, is allowed to": r"\bmay\b"}


def _silent(tree: ast.Module) -> Iterator[ast.AST]:
    """The strings that nobody is shown, or that a service wrote: docstrings, and the examples of the catalogue."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if isinstance(first := node.body[0] if node.body else None, ast.Expr):
                yield first.value
        elif isinstance(node, ast.keyword) and node.arg == "examples":
            yield from ast.walk(node.value)


def messages(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    silent = {id(node) for node in _silent(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.lineno, node.value


def prose(page: str) -> str:
    """A page without its code, in which names and texts of others stand word for word."""
    page = re.sub(r"(?ms)^```.*?^```$", "", page)
    return re.sub(r"`[^`\n]*`", "", re.sub(r"(?m)^    .*$", "", page))


def offences(text: str, rules: dict[str, str]) -> list[str]:
    line = " ".join(text.split())
    return [
        f"{found[0]!r}: say {say}" for say, rule in rules.items() for found in re.finditer(rule, line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_message_uses_a_word_that_users_stumble_over(module: Path) -> None:
    found = [(line, each) for line, text in messages(module.read_text()) for each in offences(text, IN_MESSAGES)]
    assert not found, f"{module.name}: {found}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_uses_a_word_that_users_stumble_over(page: Path) -> None:
    assert not offences(prose(page.read_text(encoding="utf-8")), FORBIDDEN)


@pytest.mark.parametrize(
    "planted",
    [
        "The cluster is looked at stage by stage.",
        "It cannot be taken back from here.",
        "A deployment takes this back.",
        "with the datum that proves it",
        "Ask whoever set them.",
        "The rest is left alone.",
        "4 policies stand in the way.",
        "It lets the command pod past the policy.",
        "Mend it first.",
        "A command that watches for ever.",
        "An operation is waited for.",
        "The command may have run.",
        "It may still be running.",
        "It may\nbe slow.",
    ],
)
def test_each_of_these_is_noticed_in_a_message_and_on_a_page(planted: str) -> None:
    [(_, text)] = messages(f'"""A datum."""\nprint({planted!r})')
    assert offences(text, IN_MESSAGES)
    assert offences(prose(f"# Page\n\n{planted}\n"), FORBIDDEN)


def test_a_part_of_an_f_string_is_a_message() -> None:
    assert [text for _, text in messages("print(f'{name} may deny')")] == [" may deny"]


def test_docstrings_examples_of_a_service_and_code_on_a_page_are_free() -> None:
    source = '"""A datum may be."""\ndef f():\n    """A datum may be."""\n    Entry(examples=("retry may helps",))'
    assert not list(messages(source))
    assert not offences(prose("It is `datum`.\n\n```text\nretry may be\n```\n"), FORBIDDEN)
