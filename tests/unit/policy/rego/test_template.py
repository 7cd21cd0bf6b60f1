"""Reading a ConstraintTemplate: which of its rules count, and what is said of one that cannot be judged."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, UNKNOWN, judge, read
from tests.rego.judging import document, template

DENYING = 'package t\nviolation[{"msg": "no"}] { input.review.object.kind == "Pod" }'
REVIEW = {"object": {"kind": "Pod"}}


def target(**fields: Any) -> dict[str, Any]:
    made = document("")
    made["spec"]["targets"] = [{"target": "admission.k8s.gatekeeper.sh", **fields}]
    return made


def engine(name: str, **source: Any) -> dict[str, Any]:
    return {"engine": name, "source": source}


@pytest.mark.parametrize(
    "written",
    [
        target(rego=DENYING),
        target(code=[engine("Rego", rego=DENYING)]),
        target(code=[engine("Rego", rego=DENYING, version="v0")]),
        target(
            code=[
                engine(
                    "Rego",
                    rego=DENYING.replace("] {", "] if {").replace("[{", " contains {").replace("}]", "}"),
                    version="v1",
                )
            ]
        ),
        target(code=[engine("K8sNativeValidation", validations=[]), engine("Rego", rego=DENYING)]),
    ],
    ids=["the old place", "code", "version 0", "version 1", "beside CEL"],
)
def test_rego_is_found_wherever_it_stands(written: dict[str, Any]) -> None:
    found = read(written)

    assert (found.kind, found.why_not) == ("T", "")
    assert judge(found, None, REVIEW).messages == ("no",)


def test_a_template_that_holds_cel_as_well_says_so() -> None:
    both = target(code=[engine("K8sNativeValidation", validations=[]), engine("Rego", rego=DENYING)])

    assert read(both).also_cel
    assert not template(DENYING).also_cel


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (target(code=[engine("K8sNativeValidation", validations=[])]), "its rules are CEL"),
        (target(code=[engine("Other", x=1)]), "its rules are for the engine Other"),
        (target(), "it contains no Rego"),
        (target(rego=5), "it contains no Rego"),
        ({"spec": {"targets": []}}, "it is not a ConstraintTemplate"),
        ("text", "it is not a ConstraintTemplate"),
        (None, "it is not a ConstraintTemplate"),
        (
            document('package t\ndeny[{"msg": "no"}] { true }'),
            "it has no rule named violation, the only one that Gatekeeper evaluates",
        ),
        (document("package t\nviolation[{"), "its Rego cannot be read at line 2"),
        (
            document('package t\nviolation[{"msg": m}] { m := "\\q" }'),
            "its Rego has a string that cannot be read at line 2",
        ),
        (document(DENYING + "\na { b }\nb { a }"), "its rules are recursive"),
        (document(DENYING + "\nf(x) { f(x) }"), "its rules are recursive"),
        (document(DENYING + "\na.b.c = 1"), "the name of the rule at line 3 has several parts"),
        (document(DENYING.replace("\n", "\nimport future.keywords.and\n", 1)), "it imports future.keywords.and"),
        (document(DENYING, ["package other\nx = 1"]), "one of its libraries is not in a package under lib"),
        (document(DENYING + "\nx = data.secret"), "it reads data.secret"),
        (document("package t\n" + "x = 1\n" * 40_000), "its Rego is too long"),
    ],
)
def test_what_cannot_be_judged_says_why(written: object, why: str) -> None:
    found = read(written)

    assert found.why_not == why
    assert judge(found, {}, REVIEW).outcome == UNKNOWN
    assert judge(found, {}, REVIEW).why == why


def test_a_message_that_is_no_text_is_unknown() -> None:
    """Gatekeeper's query then ends in an error, which its webhook may or may not let pass."""
    found = judge(template('package t\nviolation[{"msg": 5}] { true }'), {}, REVIEW)

    assert (found.outcome, found.why) == (UNKNOWN, "its message is not a string")


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ('violation = {{"msg": "no"}} { true }', DENIES),
        ("violation = true { true }", ALLOWS),
        ('violation = [{"msg": "no"}] { true }', ALLOWS),
        ('violation["x"] = {"msg": "no"} { true }', ALLOWS),
        ('violation[{"msg": "no", "details": {}}] { true }', DENIES),
    ],
    ids=["a set", "a truth value", "an array", "an object", "a partial set"],
)
def test_gatekeeper_takes_the_keys_of_violation(rule: str, outcome: str) -> None:
    assert judge(template(f"package t\n{rule}"), {}, REVIEW).outcome == outcome


def test_parameters_may_be_missing_and_of_any_form() -> None:
    asking = template('package t\nviolation[{"msg": m}] { m := sprintf("%v", [input.parameters]) }')

    assert judge(asking, None, REVIEW).messages == ("{}",)
    assert judge(asking, {"a": [1, 2.5, True, None]}, REVIEW).messages == ('{"a": [1, 2.5, true, null]}',)
    assert judge(asking, {"a": object()}, REVIEW).why == "its parameters contain a value of type object"


def test_one_template_judges_many_reviews() -> None:
    found = template(DENYING)

    assert [judge(found, {}, {"object": {"kind": kind}}).outcome for kind in ("Pod", "Node", "Pod")] == [
        DENIES,
        ALLOWS,
        DENIES,
    ]
