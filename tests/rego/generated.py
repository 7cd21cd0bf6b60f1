"""Generated templates over a small pod, all of the right types: OPA's judge ends in an error where a builtin fails."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

WORDS = ("a", "b", "ab", "ba", "a:b", "")
_TEXTS = st.sampled_from(WORDS)
_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "level": st.integers(0, 3),
        "strict": st.booleans(),
        "mode": _TEXTS,
        "drop": st.lists(_TEXTS, max_size=2),
    },
)
CONTAINERS = st.lists(
    st.fixed_dictionaries({"name": _TEXTS}, optional={"image": _TEXTS, "settings": _SETTINGS}), min_size=1, max_size=3
)
PODS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "spec": st.fixed_dictionaries(
            {"containers": CONTAINERS}, optional={"settings": _SETTINGS, "host": st.booleans()}
        )
    },
    optional={"labels": st.dictionaries(_TEXTS.filter(bool), _TEXTS, max_size=3)},
)
PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional={"words": st.lists(_TEXTS, max_size=3), "most": st.integers(0, 3), "strict": st.booleans()}
)

#: Terms by type, over the variable c (a container) and k, v (a label).
TEXTS = [
    "c.name",
    "c.image",
    "c.settings.mode",
    "input.review.object.labels.a",
    "input.parameters.words[_]",
    "c.settings.drop[_]",
    'object.get(c, "image", "a")',
    'object.get(object.get(c, "settings", {}), "mode", "none")',
    'trim_prefix(c.name, "a")',
    'replace(c.name, "a", "b")',
    'concat("-", c.settings.drop)',
    'split(c.name, ":")[0]',
    "lower(c.image)",
    "kind(c)",
    "mode",
    *(f'"{word}"' for word in WORDS),
]
NUMBERS = [
    "c.settings.level",
    "input.review.object.spec.settings.level",
    "input.parameters.most",
    "count(input.parameters.words)",
    "count(c.settings.drop)",
    "count(c.name)",
    "count({w | w := input.parameters.words[_]; not is_a(w)})",
    "count([i | input.review.object.spec.containers[i].settings.strict])",
    'object.get(c.settings, "level", 2)',
    "rank(c)",
    "0",
    "1",
    "2",
]
SETS = [
    "{w | w := input.parameters.words[_]}",
    "{k | input.review.object.labels[k]}",
    "{d | d := c.settings.drop[_]}",
    "names",
    '{"a", "b"}',
    'object.keys(object.get(c, "settings", {}))',
]
BOOLEANS = ["c.settings.strict", "input.review.object.spec.host", "input.parameters.strict", "strict", "has(c)"]

texts, numbers, sets = st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from(SETS)
booleans = st.sampled_from(BOOLEANS)
_ORDER = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_EQUAL = st.sampled_from(["==", "!="])
_TESTS = st.sampled_from(["startswith", "endswith", "contains"])
_PATTERNS = st.sampled_from(["^a", "b$", "^[ab]*$", "a:b|ba", "^$"])


def _joined(form: str, *parts: Any) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: form.format(*found))


tests = st.one_of(
    booleans,
    _joined("{} {} {}", texts, _EQUAL, texts),
    _joined("{} {} {}", numbers, _ORDER, numbers),
    _joined("{} {} {}", booleans, _EQUAL, st.sampled_from(["true", "false"])),
    _joined("{}({}, {})", _TESTS, texts, texts),
    _joined('regex.match("{}", {})', _PATTERNS, texts),
    _joined("is_a({})", texts),
    _joined("level({}) == {}", numbers, st.sampled_from(['"low"', '"high"'])),
    _joined("count({} - {}) {} {}", sets, sets, _ORDER, st.sampled_from(["0", "1"])),
    _joined("count({} & {}) > 0", sets, sets),
    _joined("{} in {}", texts, sets),
    _joined("any([x | w := input.parameters.words[_]; x := {}(c.name, w)])", _TESTS),
    _joined("all([x | w := input.parameters.words[_]; x := {}(c.name, w)])", _TESTS),
)


_BOUND_TEXTS = st.sampled_from([text for text in TEXTS if "[_]" not in text])
#: A wildcard in a negation is a variable that nothing binds, which OPA refuses.
_NEGATED = st.one_of(
    booleans,
    _joined("{} {} {}", _BOUND_TEXTS, _EQUAL, _BOUND_TEXTS),
    _joined("{} {} {}", numbers, _ORDER, numbers),
    _joined("{}({}, {})", _TESTS, _BOUND_TEXTS, _BOUND_TEXTS),
    _joined('regex.match("{}", {})', _PATTERNS, _BOUND_TEXTS),
    _joined("is_a({})", _BOUND_TEXTS),
    _joined("count({} - {}) {} {}", sets, sets, _ORDER, st.sampled_from(["0", "1"])),
    _joined("{} in {}", _BOUND_TEXTS, sets),
)
_EVERY = _joined(
    "every w in input.parameters.words {{ {} }}",
    st.one_of(_joined("{}(w, {})", _TESTS, _BOUND_TEXTS), _joined("w != {}", _BOUND_TEXTS), st.just("not is_a(w)")),
)
literals = st.one_of(tests, _NEGATED.map(lambda test: f"not {test}"), _EVERY)
bodies = st.lists(literals, min_size=1, max_size=3).map("\n    ".join)

HEAD = """package t
import future.keywords.in
import future.keywords.every
import future.keywords.if
import future.keywords.contains
"""


def _violation(draw: st.DrawFn, number: int) -> str:
    shown = draw(st.sampled_from(["c.name", "c", "mode", "names"]))
    lines = ["c := input.review.object.spec.containers[_]", draw(bodies), f'm := sprintf("{number} %v", [{shown}])']
    return 'violation contains {"msg": m} if {\n    ' + "\n    ".join(lines) + "\n}"


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Violations over containers, with helper rules whose bodies are generated too."""
    return HEAD + "\n".join(
        [
            f'default mode := "strict"\nmode := "lax" if {{\n    c := input.review.object.spec\n    {draw(_plain)}\n}}',
            f"strict if {{\n    c := input.review.object.spec.containers[_]\n    {draw(_plain)}\n}}",
            "names contains c.name if {\n    c := input.review.object.spec.containers[_]\n    " + draw(_plain) + "\n}",
            f"has(c) if {{\n    {draw(_plain)}\n}}",
            f'kind(c) := "b" if {{\n    {draw(_plain)}\n}} else := "a" if {{\n    {draw(_plain)}\n}}',
            f"rank(c) := 2 if {{\n    {draw(_plain)}\n}} else := 1",
            'is_a("a")\nis_a(x) if {\n    startswith(x, "ab")\n}',
            'level(n) := "low" if {\n    n < 2\n}\nlevel(n) := "high" if {\n    n >= 2\n}',
            *(_violation(draw, number) for number in range(draw(st.integers(1, 2)))),
        ]
    )


#: Tests that name no rule, for the helpers: rules do not come back to themselves.
_BASE = [text for text in TEXTS if text not in ("kind(c)", "mode")]
_base_numbers = [text for text in NUMBERS if text != "rank(c)" and "is_a" not in text]
_plain = st.one_of(
    st.sampled_from([text for text in BOOLEANS if text not in ("strict", "has(c)")]),
    _joined("{} {} {}", st.sampled_from(_BASE), _EQUAL, st.sampled_from(_BASE)),
    _joined("{} {} {}", st.sampled_from(_base_numbers), _ORDER, st.sampled_from(_base_numbers)),
    _joined("not {} {} {}", st.sampled_from(_base_numbers), _ORDER, st.sampled_from(_base_numbers)),
    _joined(
        "not {} == {}", st.sampled_from([text for text in _BASE if "[_]" not in text]), st.sampled_from(['"a"', '"b"'])
    ),
    _joined("{}({}, {})", _TESTS, st.sampled_from(_BASE), st.sampled_from(_BASE)),
    st.just("true"),
)
