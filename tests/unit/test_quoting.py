"""Commands survive a shell, texts cannot drive a terminal."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import quoting
from azext_aksinvokefix.quoting import az, block, one_line, plain, printable

METACHARACTERS = [
    "; rm -rf /",
    "$(id)",
    "`id`",
    "a'b",
    'a"b',
    "a b",
    "&& id",
    "| id",
    "> f",
    "*",
    "~",
    "!x",
    "\\",
    "#c",
    "two  spaces",
    "",
]


@pytest.mark.parametrize("word", METACHARACTERS)
def test_every_word_reaches_the_program_as_it_was(word: str) -> None:
    assert shlex.split(az("aks", "start", "-n", word)) == ["az", "aks", "start", "-n", word]


def test_a_word_cannot_start_a_second_line() -> None:
    assert "\n" not in az("aks", "start", "-n", "c1\nrm -rf /")


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07red",
        "\x1b]8;;http://x\x1b\\red",
        "re\x08d\x00",
        "\x1bcred",
        "\x9b31mred",
        "\u202eder",
    ],
)
def test_terminal_escapes_are_gone(text: str) -> None:
    cleaned = plain(text)
    assert not any(
        ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or character == "\u202e" for character in cleaned
    )


def test_nothing_that_is_printable_begins_an_escape() -> None:
    """Why a text of printable characters alone is let through as it is."""
    printable = (chr(code) for code in range(sys.maxunicode + 1) if chr(code).isprintable())
    assert not any(quoting._ESCAPES.match(character) for character in printable)


@given(st.text(st.sampled_from("ab []0;m\\\x1b\x07\x9b\r\n\t\u202e\u00ad\u200f\U0001f600"), max_size=40))
def test_a_text_is_cleaned_of_all_that_drives_a_terminal_and_of_nothing_else(text: str) -> None:
    assert plain(text) == quoting._ESCAPES.sub("", text.replace("\r\n", "\n"))


def test_a_stray_escape_takes_no_text_with_it() -> None:
    assert plain("denied\x1b] because of the policy") == "denied because of the policy"


def test_lines_and_tabs_stay() -> None:
    assert plain("a\tb\r\nc\n") == "a\tb\nc\n"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


class DefaultStr(str):
    """As az gives the default of an argument."""

    is_default = True


@pytest.mark.parametrize("clean", [plain, one_line, block, printable])
def test_the_default_of_an_argument_comes_out_as_a_plain_text(clean: Callable[[str], str]) -> None:
    assert type(clean(DefaultStr("Waiver"))) is str
    assert type(clean(DefaultStr("two\nlines"))) is str
