"""Nothing a template says may cost more than its share, end the process or raise."""

from __future__ import annotations

import string
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, UNKNOWN, judge
from tests.rego.judging import template, verdict

DEEP = 20_000


@pytest.mark.parametrize(
    "body",
    [
        "x := " + "[" * DEEP + "]" * DEEP,
        "x := " + "{" * DEEP + "}" * DEEP,
        "x := " + "(" * DEEP + "1" + ")" * DEEP,
        "x := " + "-" * DEEP + "1",
        "x := " + "f(" * DEEP + ")" * DEEP,
        "x := " + "[x | " * DEEP,
        "not " * DEEP + "x",
        "x" + "[y" * DEEP,
    ],
    ids=["arrays", "braces", "brackets", "signs", "calls", "comprehensions", "negations", "references"],
)
def test_deep_nesting_is_refused(body: str) -> None:
    found = verdict(f'violation[{{"msg": "m"}}] {{ {body} }}', {})

    assert found.outcome == UNKNOWN
    assert found.why.startswith("its Rego")


@pytest.mark.parametrize(("more", "outcome", "why"), [(0, DENIES, ""), (1, UNKNOWN, "its collections grow too large")])
def test_a_collection_may_grow_to_a_limit(more: int, outcome: str, why: str) -> None:
    sizes = [10_000, 10_000 + more]
    body = "count(array.concat(input.parameters.a, input.parameters.b)) > 0"
    found = verdict(f'violation[{{"msg": "m"}}] {{ {body} }}', {}, dict(zip("ab", ([1] * size for size in sizes))))

    assert (found.outcome, found.why) == (outcome, why)


def test_rules_that_call_one_another_very_deeply_are_refused() -> None:
    chain = "\n".join(f"f{at}(x) {{ f{at + 1}(x) }}" for at in range(500))
    found = verdict(f'{chain}\nf500(x) {{ true }}\nviolation[{{"msg": "m"}}] {{ f0(1) }}', {})

    assert (found.outcome, found.why) == (UNKNOWN, "its rules are nested too deeply")


def test_values_that_wrap_one_another_are_refused_or_judged() -> None:
    chain = "\n".join(f"v{at} = [v{at + 1}] {{ true }}" for at in range(25))
    found = verdict(f'{chain}\nv25 = 1\nviolation[{{"msg": "m"}}] {{ v0 == 1 }}', {})

    assert found.outcome in (ALLOWS, UNKNOWN)


def test_a_product_of_iterations_runs_out_of_steps() -> None:
    items = list(range(60))
    body = "; ".join(f"x{at} := input.parameters.items[_]" for at in range(6))
    found = verdict(f'violation[{{"msg": "m"}}] {{ {body}; x0 < 0 }}', {}, {"items": items})

    assert (found.outcome, found.why) == (UNKNOWN, "its evaluation takes too long")


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("numbers.range(1, 1000000000)", "it counts over too many numbers"),
        ('sprintf("%9999d", [1])', ""),
        ('regex.match("(((a{1000}){1000}){1000})", "a")', ""),
        ('regex.match("(a{500}b{400}){2}", "a")', ""),
        ("1e999999", "its Rego has a number that is too large"),
    ],
)
def test_builtins_do_not_grow_without_bound(expression: str, why: str) -> None:
    found = verdict(f'violation[{{"msg": "m"}}] {{ {expression} == "x" }}', {})

    assert found.why == why


def test_doubling_a_text_or_a_number_ends() -> None:
    doubled = "\n".join(f't{at} = concat("", [t{at + 1}, t{at + 1}]) {{ true }}' for at in range(24))
    squared = "\n".join(f"n{at} = n{at + 1} * n{at + 1} {{ true }}" for at in range(24))

    assert verdict(f'{doubled}\nt24 = "x"\nviolation[{{"msg": t0}}] {{ true }}', {}).why == "its strings grow too long"
    assert (
        verdict(f'{squared}\nn24 = 9\nviolation[{{"msg": "m"}}] {{ n0 > 1 }}', {}).why == "its numbers grow too large"
    )


def test_a_pattern_that_python_takes_ages_for_is_linear_here() -> None:
    text = "a" * 15_000
    found = verdict(
        'violation[{"msg": "m"}] { regex.match("^(a+)+$", input.review.object.text) }', {"text": f"{text}!"}
    )

    assert (found.outcome, found.why) == (ALLOWS, "")


def test_parameters_that_are_nested_very_deeply_are_refused() -> None:
    nested: list[object] = []
    for _ in range(DEEP):
        nested = [nested]

    assert verdict('violation[{"msg": "m"}] { input.parameters.x }', {}, {"x": nested}).outcome == UNKNOWN


_PIECES = st.sampled_from(
    [*'{}[]()|;:=,._"`#\n ', "violation", "not ", "some ", "every ", "in ", "else ", "if ", "contains ", "default "]
    + ["input.review.object", "x", "_", '"a"', "1", ":=", "==", "with ", "as ", "import ", "data.", "f(", "count("]
)


@settings(derandomize=True, max_examples=300)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_no_text_raises(text: str) -> None:
    found = template(f'package t\nviolation[{{"msg": "m"}}] {{ {text} }}\n{text}')

    judge(found, {}, {"object": {"a": 1}})


@settings(derandomize=True, max_examples=100)
@given(st.text(alphabet=string.printable, max_size=60))
def test_no_pattern_raises(pattern: str) -> None:
    verdict('violation[{"msg": "m"}] { regex.match(input.parameters.p, "aa-bb") }', {}, {"p": pattern})


def test_the_recursion_limit_of_the_process_is_left_alone() -> None:
    before = sys.getrecursionlimit()
    verdict(f'violation[{{"msg": "m"}}] {{ {"[" * DEEP} }}', {})

    assert sys.getrecursionlimit() == before
