"""A text of a cluster gives no pipeline runner an order, wherever it comes to stand in our lines."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.checks import printing
from azext_aksinvokefix.failure import classify
from azext_aksinvokefix.lifecycle import Finding, Fix
from azext_aksinvokefix.quoting import block, one_line
from azext_aksinvokefix.redact.runner_commands import harmless
from tests.worlds.runners import obeyed

ORDERS = [
    "::add-mask::x",
    "::error title=a::b",
    "  ::set-output name=a::b",
    "\t::stop-commands::token",
    "\u00a0::debug::x",
    "\u3000::debug::x",
    "\u200b::debug::x",
    ":\u200b:debug::x",
    ":\u00ad:\u2060debug::x",
    "::9f3c-token::",
    "##[add-mask]x",
    "a ##[error]b",
    "##vso[task.setvariable variable=PATH]x",
    "said: ##vso[task.complete result=Succeeded;]",
    "##VSO[task.complete]",
    "#\u200b#vso[task.complete]",
    "##v\u00adso[task.complete]",
    "##\ufe0fvso\u200d[task.complete]",
    "###vso[task.complete]",
    "##[section]##vso[task.complete]",
    "one\n::error::two\n##vso[task.complete]three",
]


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_of_a_runner_is_none_any_more(text: str) -> None:
    assert obeyed(text), "the example is an order"
    for made in (harmless, one_line, block):
        assert not obeyed(made(text))


@pytest.mark.parametrize("text", ORDERS)
def test_nor_is_it_one_where_a_line_is_wrapped(text: str) -> None:
    for width in range(8, 60):
        assert not obeyed(textwrap.fill(one_line(f"The cluster said: {text} and more of it"), width))


@pytest.mark.parametrize(
    "text",
    [
        "listening on ::1 and ::ffff:10.0.0.1",
        "[::]:443",
        "std::vector<int>",
        "a :: b",
        "## A heading",
        "#1 #2 ##3",
        "https://x/#/a",
        "::",
        "",
    ],
)
def test_what_is_no_order_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_message_of_a_failure_keeps_its_lines_and_loses_its_orders() -> None:
    message = classify("It failed.\n::add-mask::x\n##vso[task.complete]y", source="argument").message
    assert message.count("\n") == 2
    assert not obeyed(message)


def test_a_command_with_an_order_in_it_is_not_offered() -> None:
    fix = Fix("command", "safe", "Do it.", "az login '##vso[task.complete]'")
    found = Finding("unrecognized", "command", "error", "possible", "Title", "Message", fixes=(fix,))
    assert printing.finding(found, names_cluster=True).fixes[0].command is None


@given(st.text(alphabet=":#[]vso. ewr\n\t\u200b\u00ad-=1", max_size=80))
def test_no_text_is_an_order_afterwards_and_a_second_time_changes_nothing(text: str) -> None:
    made = harmless(text)
    assert not obeyed(made)
    assert harmless(made) == made
    assert re.sub(r"\s", "", made) == re.sub(r"\s", "", text)
