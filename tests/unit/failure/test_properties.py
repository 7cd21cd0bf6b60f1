"""Whatever the text: an answer, a bounded one, the same again for what was kept, in time linear in the text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_aksinvokefix import catalog
from azext_aksinvokefix.failure import classify
from azext_aksinvokefix.lifecycle import STAGES, Stage
from tests.data.failure_texts import CASES, POD

LIMIT = 64 * 1024
MEGABYTE = 2**20
WORDS = [text for text, *_ in CASES] + [
    "\x1b[31m",
    "\x1b]0;",
    "\\u0000",
    '\\"',
    "\n",
    "{",
    "[azurepolicy-",
    "\ud800",
    "\0",
]
ANY_TEXT = st.text(st.characters()) | st.lists(st.sampled_from(WORDS) | st.text(max_size=20)).map("".join)


def _nested(depth: int) -> str:
    text = "denied"
    for _ in range(depth):
        text = json.dumps({"error": {"message": text}})
    return text


HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "brackets": lambda size: "[" * size,
    "braces": lambda size: "{" * size,
    "open JSON": lambda size: '{"a":[' * (size // 6),
    "nested JSON": lambda size: _nested(8)[:4096] * (size // 4096),
    "backslashes": lambda size: "\\" * size,
    "escaped quotes": lambda size: '\\"' * (size // 2),
    "spaces": lambda size: "x" + " " * size + "x",
    "line ends": lambda size: "x" + "\n" * size + "x",
    "escape characters": lambda size: "\x1b" * size,
    "open escapes": lambda size: "\x1b[" * (size // 2),
    "open titles": lambda size: "\x1b]" + "a" * size,
    "many open titles": lambda size: "\x1b]" * (size // 2),
    "open constraints": lambda size: "[azurepolicy-" * (size // 13),
    "constraints": lambda size: "[azurepolicy-a-0123456789abcdef]" * (size // 32),
    "own constraints": lambda size: 'validation.gatekeeper.sh" denied the request:' + "\n[abc]" * (size // 6),
    "policies": lambda size: "ValidatingAdmissionPolicy 'x' with binding 'y' denied " * (size // 54),
    "webhooks": lambda size: 'admission webhook "x" denied the request ' * (size // 41),
    "kyverno": lambda size: (
        'admission webhook "kyverno" denied the request due to the following policies ' * (size // 77)
    ),
    "scheduler": lambda size: "0/3 nodes are available: " * (size // 25),
    "counts": lambda size: "0/3 nodes are available: " + "1 Insufficient cpu, " * (size // 20),
    "taints": lambda size: "0/3 nodes are available: 1 taint {" + "a" * size,
    "refusals": lambda size: "does not have authorization to perform action '" * (size // 47),
    "clients": lambda size: "The client 'a' with object id " * (size // 30),
    "forbidden": lambda size: "is forbidden: User 'x' cannot get resource 'y' in API group " * (size // 60),
    "codes": lambda size: "(Ab" * (size // 3) + "code:" * 9,
    "times": lambda size: "2026-01-01T00:00:00Z " * (size // 21),
    "marks": lambda size: "::error " * (size // 8),
    "boxes": lambda size: "│ a\n" * (size // 4),
    "shells": lambda size: "sh: " * (size // 4) + "not found",
    "two letters in lower case": lambda size: "İ" * size,
    "surrogates": lambda size: "\ud800" * size,
    "nothing": lambda size: "\0" * size,
    "token": lambda size: "eyJ" + "a." * (size // 2),
}


@given(ANY_TEXT, st.sampled_from([None, "command", "cluster"]))
@settings(max_examples=400, deadline=None)
def test_any_text_has_a_failure_that_can_be_written(text: str, hint: Stage | None) -> None:
    failure = classify(text, source="argument", stage_hint=hint)
    assert failure.finding in catalog.FINDINGS
    assert failure.stage in STAGES
    assert json.dumps(failure.to_json(), ensure_ascii=False).encode()
    assert not any(character < " " and character not in "\n\t" or character == "\x7f" for character in failure.message)


@given(ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_kept_message_is_kept_again_and_means_the_same(text: str) -> None:
    once = classify(text, source="argument")
    again = classify(once.message, source="argument")
    assert again.message == once.message
    assert (again.finding, again.stage, again.code) == (once.finding, once.stage, once.code)


@pytest.mark.parametrize(
    "value", [None, 7, b"\xff\x00denied", ["x"], ValueError("Operation returned an invalid status 'OK'")]
)
def test_what_is_not_text_is_read_as_text(value: Any) -> None:
    assert classify(value, source="run").finding in {"unrecognized", "result-hidden"}


def test_exception_that_cannot_be_printed_is_named() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert classify(BrokenError(), source="run").message == "BrokenError"


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 3 * LIMIT])
@pytest.mark.parametrize("letter", ["a", "é", "€"])
def test_message_is_whole_up_to_its_limit_and_then_says_what_is_missing(size: int, letter: str) -> None:
    text = letter * (size // len(letter.encode()))
    message = classify(text, source="run").message
    assert len(message.encode()) <= LIMIT
    if len(text.encode()) <= LIMIT:
        assert message == text
    else:
        kept, _, mark = message.partition("\n")
        assert text.startswith(kept)
        assert str(len(text) - len(kept)) in mark


def test_cause_behind_the_limit_is_still_found() -> None:
    filling = "".join(f"line {number} of the log\n" for number in range(50_000))
    text = filling + "ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped\n" + filling
    assert classify(text, source="argument").finding == "cluster-stopped"


def test_token_in_a_text_is_not_kept() -> None:
    token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJhYmNkZWZnaGlqayJ9.c2lnbmF0dXJlc2lnbmF0dXJl"
    message = classify(
        f'{{"clusterToken": "{token}"}} Operation returned an invalid status \'OK\'', source="run"
    ).message
    assert token not in message
    assert "invalid status" in message


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.timeout(30)
def test_hostile_megabyte_ends(kind: str) -> None:
    assert classify(HOSTILE[kind](MEGABYTE), source="argument").finding in catalog.FINDINGS


@pytest.mark.parametrize("kind", HOSTILE)
def test_steps_at_most_double_with_the_text(kind: str) -> None:
    small, large = (_steps(HOSTILE[kind](size)) for size in (128 * 1024, 256 * 1024))
    assert large <= 2.5 * small + 2000


def _steps(text: str) -> int:
    """Calls, in Python and into C, that one classification makes: work that no clock has to measure."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    classify(POD, source="argument")
    sys.setprofile(profile)
    try:
        classify(text, source="argument")
    finally:
        sys.setprofile(None)
    return count
