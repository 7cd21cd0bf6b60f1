"""What leaves the checks is printable, free of secrets, and has an end."""

from __future__ import annotations

import shlex

import pytest

from azext_aksinvokefix.checks import printing
from azext_aksinvokefix.lifecycle import Datum, Finding, Fix, Unknown
from tests.data.evidence import jwt

HOSTILE = ["\x1b[31mred", "a\nb", "half \ud800 a pair", f"Bearer {jwt(oid='x' * 40)}", "A" * 1_000_000]


def printed(text: str, command: str | None = None) -> Finding:
    found = Finding(
        id="x",
        stage="access",
        severity="error",
        confidence="likely",
        title="",
        message=text,
        evidence=(Datum(text, text),),
        fixes=(Fix("manual", "manual", text, command),),
    )
    return printing.finding(found, names_cluster=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_one_printable_line_of_bounded_length(text: str) -> None:
    found = printed(text)
    question = printing.unknown(Unknown("access", text, text))
    datum, fix = found.evidence[0], found.fixes[0]
    for shown in (found.message, datum.source, datum.detail, fix.description, question.what, question.why):
        assert shown.encode() and shown.isprintable()
        assert len(shown) < 5000
        assert "eyJ" not in shown


def test_a_command_is_kept_as_it_is() -> None:
    assert printed("", "az lock delete --ids 'a  b'").fixes[0].command == "az lock delete --ids 'a  b'"


@pytest.mark.parametrize("value", ["half \ud800 a pair", f"Bearer {jwt(oid='x' * 40)}", "A" * 200_000])
def test_a_command_that_could_not_be_pasted_or_would_show_a_secret_is_left_out(value: str) -> None:
    assert printed("", f"az rest --body {shlex.quote(value)}").fixes[0].command is None
