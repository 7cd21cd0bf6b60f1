"""The product's matcher beside RE2 itself, over generated patterns and texts."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.policy.re2 import expression as ours
from azext_aksinvokefix.policy.re2.expression import InvalidError, UnsupportedError, Wild

AVAILABLE = importlib.util.find_spec("re2") is not None
pytestmark = pytest.mark.skipif(not AVAILABLE, reason="google-re2 is not installed here: `make rego` gets it from PyPI")

# Without \B and characters beyond ASCII in one text: RE2's own binding looks at bytes there.
_ATOMS = st.sampled_from(
    [
        *"abAB01-_./:@ \n]}{",
        ".",
        r"\d",
        r"\W",
        r"\w",
        r"\s",
        r"\S",
        "[a-b]",
        "[^a]",
        "[[:alnum:]]",
        "[[:^alpha:]-]",
        "[]a]",
    ]
    + [
        "[a-]",
        r"\.",
        r"\b",
        "^",
        "$",
        r"\A",
        r"\z",
        r"\Z",
        r"\x41",
        r"\pL",
        r"\PL",
        r"\p{Lu}",
        r"[\d.]",
        r"\_",
        r"\q",
        r"\1",
    ]
    + [
        r"\07",
        r"\Q*.\E",
        "(?=a)",
        "(?i)",
        "(?s)",
        "(?m)",
        r"[\W_]",
        "[0-9A-F]",
        "[z-a]",
        "[[:foo:]]",
        "{2",
        "(?!b)",
        r"\-",
    ]
)
_REPEATS = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,}", "{2,1}", "{1001}", "{,2}", "{01}"])
_GROUPS = st.sampled_from(["(", "(?:", "(?i:", "(?U:", "(?-s:"])
PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(_GROUPS, inner).map(lambda pair: f"{pair[0]}{pair[1]})"),
        st.tuples(inner, _REPEATS).map("".join),
    ),
    max_leaves=8,
)
TEXTS = st.text(alphabet="abAB01-_./:@ \n*", max_size=10)


def _theirs(pattern: str) -> Any:
    import re2

    quiet = re2.Options()
    quiet.log_errors = False
    try:
        return re2.compile(pattern, quiet)
    except re2.error:
        return None


def _ours(pattern: str) -> ours.Expression | None:
    try:
        return ours.compile(pattern)
    except InvalidError:
        return None


@settings(derandomize=True, max_examples=3000)
@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=4))
@example("(|a)*", ["aa"])
def test_it_compiles_matches_and_finds_what_re2_does(pattern: str, texts: list[str]) -> None:
    try:
        mine = _ours(pattern)
    except UnsupportedError:
        event("refused")
        return
    theirs = _theirs(pattern)
    event("compiles" if theirs else "does not compile")

    assert (mine is None) is (theirs is None)
    if mine is None or theirs is None:
        return
    for text in texts:
        found = theirs.search(text)
        assert mine.matches(text) is (found is not None)
        if found is not None:
            spans = [found.span()] + [
                found.span(at) if found.group(at) is not None else None for at in range(1, theirs.groups + 1)
            ]
            assert mine.find(text) == spans


@settings(derandomize=True, max_examples=1000)
@given(PATTERNS, TEXTS, st.text(alphabet="01", min_size=1, max_size=6), TEXTS)
def test_an_unknown_part_has_every_answer_that_re2_gives_for_what_it_may_be(
    pattern: str, before: str, part: str, after: str
) -> None:
    try:
        mine = _ours(pattern)
    except UnsupportedError:
        return
    theirs = _theirs(pattern)
    if mine and theirs:
        answers = mine.outcomes([before, Wild("01", 1, 6), after])
        assert (theirs.search(before + part + after) is not None) in answers
