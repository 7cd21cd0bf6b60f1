"""Regular expressions as RE2 has them, linear. `make rego` puts the same to RE2 itself, over generated patterns."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.policy.re2 import expression
from azext_aksinvokefix.policy.re2.expression import InvalidError, UnsupportedError, Wild

MATCHES = [
    ("", "", True),
    ("b", "abc", True),
    ("^b", "abc", False),
    ("c$", "abc", True),
    ("c$", "abc\n", False),
    (r"\Ab|c\z", "abc", True),
    ("^[[:alnum:]]+$", "Ab1", True),
    ("^[[:^alpha:]]$", "1", True),
    ("[]a]b", "]b", True),
    ("[a-]b", "-b", True),
    (r"^[\w.-]+$", "a.b-c_1", True),
    (r"^\W$", "é", True),
    ("^.$", "\n", False),
    ("(?s)^.$", "\n", True),
    ("(?i)ABC", "xabcx", True),
    ("a(?i)b|c", "C", True),
    ("(?i:a)b", "AB", False),
    ("(?m)^b$", "a\nb\nc", True),
    ("^a{2,3}$", "aaaa", False),
    ("a{,2}", "a{,2}", True),
    ("x{2", "x{2", True),
    (r"\bfoo\b", "a foo.", True),
    (r"\Bo", "foo", True),
    (r"\x41\x{42}\103\t", "ABC\t", True),
    (r"\Q.*\E$", "a.*", True),
    (r"\pL\p{Nd}\PN", "é1x", True),
    (r"^(?P<a>x)(?:y|z)+?$", "xyz", True),
    ("^a*$", "", True),
    ("^a+$", "", False),
    ("^a+$", "a", True),
    ("^a?$", "", True),
    ("^a?$", "a", True),
    ("^a?$", "aa", False),
    ("^a{2,}$", "aaa", True),
    ("^a{2,}$", "a", False),
    ("^[d]$", "d", True),
    ("^[d]$", "1", False),
    ("(?i)a(?-i)b", "Ab", True),
    ("(?i)a(?-i)b", "AB", False),
    (r"^\Qa.b", "a.b", True),
    (r"^\Qa.b", "axb", False),
    (r"^\Qa\Eb", "ab", True),
    (r"^\Qa\Eb", "ac", False),
    (r"^\x{10FFFF}$", "\U0010ffff", True),
    ("(?i)^S$", "\u017f", True),
    ("(?i)^k$", "\u212a", True),
    ("(?i)^[^k]$", "\u212a", False),
    ("(?i)^[^[:cntrl:]]$", "é", True),
    (r"(?i)[\x00]", "é", False),
    (r"^mcr\.microsoft\.com/.+$", "mcr.microsoft.com/aks/command/runtime:master.240118.1", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_it_matches_as_re2_does(pattern: str, text: str, expected: bool) -> None:
    assert expression.compile(pattern).matches(text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?<!a)b",
        r"a\Z",
        r"(a)\1",
        r"\q",
        "(?P=a)",
        "(?>a)",
        "(?#a)",
        "a**",
        "*a",
        "a|*",
        "(",
        ")",
    ]
    + ["a{2,1001}", "a{1001,}", "(?-)", "[[::]]", "[[:a", r"[a-\d]", r"\x{110000}"]
    + ["[z-a]", "[a", "[[:foo:]]", "(a{100}){100}", "a{2}{3}", "a{3,2}", "(?P<a>x)(?P<a>y)", "\\", r"[\b]"],
)
def test_what_does_not_compile_there_is_invalid_here(pattern: str) -> None:
    with pytest.raises(InvalidError):
        expression.compile(pattern)


@pytest.mark.parametrize("pattern", [r"\p{Greek}", "(?i)é", "(?)", "((a{30}){30}b{900}){1}" * 5])
def test_what_is_not_known_here_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedError):
        expression.compile(pattern)


@pytest.mark.parametrize(
    ("within", "beyond", "refusal"),
    [
        ("(" * 40 + ")" * 40, "(" * 41 + ")" * 41, UnsupportedError),
        ("(?:" * 40 + ")" * 40, "(?:" * 41 + ")" * 41, UnsupportedError),
        (f"[{'a' * 4094}]", f"[{'a' * 4095}]", UnsupportedError),
        ("a{1000}", "a{1001}", InvalidError),
        ("(a{10}){100}", "(a{10}){101}", InvalidError),
        ("(?:){1000}", "(?:){1001}", InvalidError),
    ],
)
def test_a_limit_is_where_it_is_said_to_be(within: str, beyond: str, refusal: type[ValueError]) -> None:
    assert expression.compile(within)

    with pytest.raises(refusal):
        expression.compile(beyond)


@pytest.mark.parametrize(
    ("pattern", "text", "spans"),
    [
        ("a|ab", "ab", [(0, 1)]),
        ("(a*)(a)?", "aa", [(0, 2), (0, 2), None]),
        ("(a*?)(a+)", "aaa", [(0, 3), (0, 0), (0, 3)]),
        ("(x)|(y)", "y", [(0, 1), None, (0, 1)]),
        ("(?:(a)|b)*", "ab", [(0, 2), (0, 1)]),
        ("(|a)*", "aa", [(0, 0), (0, 0)]),
    ],
)
def test_the_leftmost_match_is_the_one_that_perl_prefers(pattern: str, text: str, spans: list[expression.Span]) -> None:
    assert expression.compile(pattern).find(text) == spans


def test_matches_do_not_overlap_and_an_empty_one_never_follows_another() -> None:
    assert [match[0] for match in expression.compile("a*").find_all("baac")] == [(0, 0), (1, 3), (4, 4)]
    assert len(expression.compile("a").find_all("aaaa", 2)) == 2


DIGITS = Wild("0123456789", 1, None)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^a:[0-9]+$", {True}),
        ("^a:", {True}),
        ("^b:", {False}),
        ("[a-z]$", {False}),
        ("^a:[0-9]{1,3}$", {True, False}),
        ("7", {True, False}),
        ("^a:$", {False}),
        (r"\b[0-9]", {True}),
    ],
)
def test_a_text_with_an_unknown_part_has_the_answers_of_all_it_may_be(pattern: str, expected: set[bool]) -> None:
    assert expression.compile(pattern).outcomes(["a:", DIGITS]) == expected


def test_a_part_of_any_characters_leaves_open_what_it_decides() -> None:
    assert expression.compile("^a").outcomes(["ab", Wild("")]) == {True}
    assert expression.compile("x").outcomes(["a", Wild(""), "b"]) == {True, False}


def test_a_known_length_is_used() -> None:
    assert expression.compile("^[0-9a-f]{8}$").outcomes([Wild("0123456789abcdef", 8, 8)]) == {True}
    assert expression.compile("^[0-9a-f]{7}$").outcomes([Wild("0123456789abcdef", 8, 8)]) == {False}


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)*b", "(.*)*x", "(a?){50}a{50}b"])
def test_the_automaton_stands_at_few_places_however_long_the_text(pattern: str) -> None:
    """Work is one move a character, and moves that were made once are looked up."""
    short, long = expression.Expression(*_steps(pattern)), expression.Expression(*_steps(pattern))
    short.matches("a" * 200 + "!")
    long.matches("a" * 20_000 + "!")

    assert len(long._moves) == len(short._moves)


def _steps(pattern: str) -> tuple[list[expression._Step], int]:
    compiled = expression.compile(pattern)
    return compiled._steps, compiled.groups
