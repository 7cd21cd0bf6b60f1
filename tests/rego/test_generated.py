"""Generated templates: the product says what OPA says, or that it does not know; and it is sure of nothing unknown."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, DEPENDS, UNKNOWN, Hole, Maybe, Text, judge
from azext_aksinvokefix.policy.rego import Unknown as UnknownValue
from tests.rego import opa
from tests.rego.generated import PARAMETERS, PODS, WORDS, templates
from tests.rego.judging import template

pytestmark = pytest.mark.skipif(not opa.AVAILABLE, reason=opa.WHY_NOT)
_derandomized = settings(
    derandomize=True,
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def _opas(rego: str, parameters: dict[str, Any], pod: dict[str, Any]) -> set[str] | None:
    """OPA's messages; None where its evaluation ends in an error, which denies."""
    try:
        return opa.messages(opa.violations(rego, (), {"parameters": parameters, "review": {"object": pod}}))
    except (opa.DoesNotCompileError, opa.BuiltinFailsError):
        assume(False)
    except opa.FailsError:
        return None
    raise AssertionError


@_derandomized
@given(templates(), PARAMETERS, PODS)
def test_a_known_pod_is_judged_as_opa_judges_it(rego: str, parameters: dict[str, Any], pod: dict[str, Any]) -> None:
    said = _opas(rego, parameters, pod)
    found = judge(template(rego), parameters, {"object": pod})

    event(found.outcome)
    if said is None:
        assert found.outcome == UNKNOWN
    else:
        assert found.why == ""
        assert found.outcome == (DENIES if said else ALLOWS)
        assert set(found.messages) == said


#: Where the pod is opened, and which values may stand there.
_LEVELS, _FLAGS, _DROPS = st.integers(0, 3), st.booleans(), st.lists(st.sampled_from(WORDS), max_size=2)
_OPENED = ("image", "level", "strict", "mode", "drop", "settings", "name")


def _open(value: Any, key: str, kind: str) -> Any:
    fields = frozenset({key})
    if kind == "text":
        return Text((value[:1], Hole(fields))) if value else Text((Hole(fields),))
    item = Text((Hole(fields),)) if kind == "array" else None
    return UnknownValue(fields, kind, item=item)


@st.composite
def _worlds(draw: st.DrawFn, pod: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The pod with some fields unknown, and pods that it may be."""
    opened = copy.deepcopy(pod)
    worlds = [copy.deepcopy(pod) for _ in range(4)]
    for at in range(len(pod["spec"]["containers"])):
        targets = [opened["spec"]["containers"][at]], [world["spec"]["containers"][at] for world in worlds]
        _open_fields(draw, *targets)
    return opened, worlds


def _open_fields(draw: st.DrawFn, opened: list[dict[str, Any]], worlds: list[dict[str, Any]]) -> None:
    container = opened[0]
    if draw(st.booleans()):
        begin = container.get("image", "a")[:1]
        container["image"] = Maybe(_open(container.get("image", "a"), "image", "text"), frozenset({"image"}))
        for world in worlds:
            _set(world, "image", draw(st.none() | st.sampled_from(WORDS).map(begin.__add__)))
    if draw(st.booleans()):
        kinds = {"level": "number", "strict": "boolean", "mode": "text", "drop": "array"}
        held = {
            key: Maybe(_open("", key, kind), frozenset({key})) for key, kind in kinds.items() if draw(st.booleans())
        }
        values = {"level": _LEVELS, "strict": _FLAGS, "mode": st.sampled_from(WORDS), "drop": _DROPS}
        whole = draw(st.booleans())
        container["settings"] = Maybe(held, frozenset({"settings"})) if whole else held
        for world in worlds:
            world["settings"] = {}
            for key in held:
                _set(world["settings"], key, draw(st.none() | values[key]))
            if whole and draw(st.booleans()):
                del world["settings"]


def _set(target: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


@_derandomized
@given(templates(), PARAMETERS, PODS, st.data())
def test_a_sure_answer_holds_whatever_the_unknown_fields_are(
    rego: str, parameters: dict[str, Any], pod: dict[str, Any], data: st.DataObject
) -> None:
    opened, worlds = data.draw(_worlds(pod))
    found = judge(template(rego), parameters, {"object": opened})
    event(found.outcome)

    assert (found.outcome == DEPENDS) == bool(found.fields)
    for world in worlds:
        said = _opas(rego, parameters, world)
        denied = said is None or bool(said)
        assert not (found.outcome == ALLOWS and denied), world
        assert not (found.outcome == DENIES and not denied), world
        assert found.outcome == UNKNOWN or said is None or found.messages or not said
