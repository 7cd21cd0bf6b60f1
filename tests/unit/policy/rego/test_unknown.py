"""Unknown fields: a sure answer never rests on one, and an open one names those it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.policy.rego import (
    ALLOWS,
    DENIES,
    DEPENDS,
    UNKNOWN,
    Hole,
    Maybe,
    Object,
    OpenArray,
    Text,
    Unknown,
    Verdict,
)
from tests.rego.judging import verdict


def named(*fields: str) -> frozenset[str]:
    return frozenset(fields)


def maybe(field: str, kind: str) -> Maybe:
    return Maybe(Unknown(named(field), kind), named(field))


def image(*parts: str) -> Text:
    """A text with a hole of digits between each of its parts."""
    pieces: list[str | Hole] = [parts[0]]
    for part in parts[1:]:
        pieces += [Hole(named("image"), "<n>", "0123456789", 1, 6), part]
    return Text(pieces)


POD: dict[str, Any] = {
    "name": Text(("command-", Hole(named("name"), "<id>", "0123456789abcdef", 32, 32))),
    "image": image("mcr.io/runtime:master.", ""),
    "user": maybe("user", "number"),
    "escalation": maybe("escalation", "boolean"),
    "flag": Unknown(named("flag"), "boolean"),
    "context": Maybe({"user": maybe("context.user", "number")}, named("context")),
    "drop": Unknown(named("drop"), "array", item=Text((Hole(named("drop")),))),
    "labels": {"by": Text((Hole(named("labels.by")),))},
    "volumes": OpenArray(("token",), (("other", named("volumes")),)),
    "resources": Unknown(named("resources"), "object"),
    "anything": Unknown(named("anything")),
    "selector": Object({"os": "linux"}, Unknown(named("selector"), "object")),
}


def judged(body: str, **how: Any) -> Verdict:
    """A body after `p` is the pod, or a whole module that begins with its helpers."""
    if "violation" in body:
        return verdict(body, POD, **how)
    return verdict(f'violation[{{"msg": "m"}}] {{ p := input.review.object\n{body} }}', POD, **how)


SURE = [
    ("p.absent", ALLOWS),
    ("not p.absent", DENIES),
    ("p.context.absent", ALLOWS),
    ("not p.context.absent == 1", DENIES),
    ('startswith(p.image, "mcr.io/")', DENIES),
    ('startswith(p.image, "docker.io/")', ALLOWS),
    ('endswith(p.image, ":latest")', ALLOWS),
    ('not endswith(p.image, ":latest")', DENIES),
    ('contains(p.image, "@")', ALLOWS),
    ('contains(p.image, ":master")', DENIES),
    ('p.image == "mcr.io/runtime:latest"', ALLOWS),
    ('p.image != "mcr.io/runtime:latest"', DENIES),
    ('split(p.image, ":")[0] == "mcr.io/runtime"', DENIES),
    ('count(split(p.image, ":")) == 2', DENIES),
    ('regex.match("^mcr[.]io/[a-z]+:master[.][0-9]+$", p.image)', DENIES),
    ('regex.match("[a-z]$", p.image)', ALLOWS),
    ('glob.match("mcr.io/**", [], p.image)', DENIES),
    ("count(p.name) == 40", DENIES),
    ("count(p.name) > 63", ALLOWS),
    ("p.labels[k]", DENIES),
    ('p.labels["team"]', ALLOWS),
    ('count({"by", "team"} - {k | p.labels[k]}) == 1', DENIES),
    ("is_number(p.labels.by)", ALLOWS),
    ("is_array(p.drop)", DENIES),
    ("p.drop[_].name", ALLOWS),
    ('p.volumes[_] == "token"', DENIES),
    ("count(p.volumes) >= 1", DENIES),
    ("count(p.volumes) == 0", ALLOWS),
    ('p.selector.os == "windows"', ALLOWS),
    ("count(p.drop) >= 0", DENIES),
    ('not p.user == "root"', DENIES),
    ("x := p.image; x == x", DENIES),
    ('object.get(p, "absent", "none") == "none"', DENIES),
    ('object.get(p, ["context", "absent"], "none") == "none"', DENIES),
    ('any([startswith(p.image, r) | r := ["x", "mcr"][_]])', DENIES),
    ('{"absent": x} = p.labels', ALLOWS),
    ('{"by": x, "team": y} = p.labels', ALLOWS),
    ('{"by": x} = p.labels', DENIES),
    ('{"by": x} = p.drop', ALLOWS),
    ('x := {"a": y | y := [1, 1][_]}; x.a == 1', DENIES),
    ('{k | p[k]; k == "drop"} == {"drop"}', DENIES),
]


@pytest.mark.parametrize(("body", "outcome"), SURE)
def test_what_holds_for_every_value_is_sure(body: str, outcome: str) -> None:
    found = judged(body)

    assert (found.outcome, found.why) == (outcome, "")


OPEN = [
    ("p.user", ["user"]),
    ("p.user == 0", ["user"]),
    ("not p.user", ["user"]),
    ("not p.user == 0", ["user"]),
    ("p.user > 1000", ["user"]),
    ("not p.escalation == false", ["escalation"]),
    ("p.context", ["context"]),
    ("p.context.user == 1", ["context.user"]),
    ('p.drop[_] == "ALL"', ["drop"]),
    ('not any([x | d := p.drop[_]; x := d == "ALL"])', ["drop"]),
    ('{d | d := p.drop[_]} == {"ALL"}', ["drop"]),
    ('{"limits": x} = p.resources; x == 1', ["resources"]),
    ('{"limits": x} = p.anything', ["anything"]),
    ('not {"limits": 1} = p.resources', ["resources"]),
    ("[x, y] = p.anything; x == y", ["anything"]),
    ("count(p.drop) > 0", ["drop"]),
    ('array.concat(p.drop, ["x"])[0] == "x"', ["drop"]),
    ('count(array.concat(["x"], p.drop)) > 1', ["drop"]),
    ('count({"ALL"} - {d | d := p.drop[_]}) > 0', ["drop"]),
    ('concat(",", p.drop) == "ALL"', ["drop"]),
    ('endswith(p.image, ".1")', ["image"]),
    ('count(split(p.image, "1")) == 1', ["image"]),
    ('replace(p.image, "1", "x") == p.image', ["image"]),
    ('contains(p.image, ".1")', ["image"]),
    ("p.flag", ["flag"]),
    ("p.flag == false", ["flag"]),
    ('endswith(p.image, "1")', ["image"]),
    ('p.image == "mcr.io/runtime:master.240118"', ["image"]),
    ('regex.match("1$", p.image)', ["image"]),
    ('to_number(split(p.image, ".")[2]) > 5', ["image"]),
    ('p.labels.by == "me"', ["labels.by"]),
    ('p.volumes[_] == "other"', ["volumes"]),
    ('p.volumes[0] == "token"', ["volumes"]),
    ("count(p.volumes) == 1", ["volumes"]),
    ('p.selector.zone == "1"', ["selector"]),
    ("not p.selector.zone", ["selector"]),
    ("count(p.selector) == 1", ["selector"]),
    ('p.selector == {"os": "linux"}', ["selector"]),
    ("x := p.drop[_]; y := p.drop[_]; x != y", ["drop"]),
    ("count({d | d := p.drop[_]}) == count(p.drop)", ["drop"]),
    ("s := {d | d := p.drop[_]}; x := s[_]; y := s[_]; x != y", ["drop"]),
    ("x := to_number(p.labels.by)", ["labels.by"]),
    ('xs := [x | x := {p.labels.by, "b"}[_]]; xs[0] == "b"', ["labels.by"]),
    ('f(p.labels.by) == 1 }\nf("me") = 1 { true', ["labels.by"]),
    ('object.get(p, "user", 0) == 0', ["user"]),
]


@pytest.mark.parametrize(("body", "fields"), OPEN)
def test_what_a_field_decides_depends_on_it_by_name(body: str, fields: list[str]) -> None:
    found = judged(body)

    assert (found.outcome, list(found.fields), found.why) == (DEPENDS, fields, "")


def test_cases_that_come_to_the_same_are_sure() -> None:
    found = judged(
        """bad(p) { not p.context }
        bad(p) { not p.context.absent == true }
        violation[{"msg": "always"}] { bad(input.review.object) }
        """
    )
    either = judged(
        """violation[{"msg": "absent"}] { not input.review.object.context }
        violation[{"msg": "present"}] { input.review.object.context }"""
    )

    assert (found.outcome, found.messages) == (DENIES, ("always",))
    assert (either.outcome, set(either.messages)) == (DENIES, {"absent", "present"})


def test_a_truth_value_may_be_told_apart() -> None:
    found = judged(
        """ok { input.review.object.escalation == true }
        ok { input.review.object.escalation == false }
        violation[{"msg": "set"}] { ok }
        violation[{"msg": "not set"}] { not ok; not input.review.object.escalation == true }"""
    )

    assert (found.outcome, set(found.messages)) == (DENIES, {"set", "not set"})


def test_a_truth_value_that_is_there_is_true_or_false() -> None:
    found = judged(
        """violation[{"msg": "on"}] { input.review.object.flag }
        violation[{"msg": "off"}] { input.review.object.flag == false }"""
    )

    assert (found.outcome, set(found.messages)) == (DENIES, {"on", "off"})


def test_a_builtin_that_is_not_known_may_end_the_evaluation_in_an_error() -> None:
    found = judged('r := http.send({"url": "x"}); r == p.absent')

    assert (found.outcome, found.why) == (UNKNOWN, "it reads http.send")


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ('every d in p.drop { d == "ALL" }', DEPENDS),
        ("every d in p.drop { is_string(d) }", DENIES),
        ('every v in p.volumes { v == "token" }', DEPENDS),
        ('every v in p.volumes { v == "x" }', ALLOWS),
        ('some d in p.drop; d == "ALL"', DEPENDS),
        ('"ALL" in p.drop', DEPENDS),
        ('"token" in p.volumes', DENIES),
        ('0, "token" in p.volumes', DEPENDS),
        ('"os", "linux" in p.selector', DENIES),
        ('"os", "windows" in p.selector', ALLOWS),
        ('"zone", "1" in p.selector', DEPENDS),
        ('"by", "me" in p.labels', DEPENDS),
        ('"team", "me" in p.labels', ALLOWS),
    ],
)
def test_every_member_and_some_member(condition: str, outcome: str) -> None:
    found = judged(f'import rego.v1\nviolation contains {{"msg": "m"}} if {{ p := input.review.object; {condition} }}')

    assert (found.outcome, found.why) == (outcome, "")


def test_else_and_default_are_open_where_a_body_before_them_is() -> None:
    module = """default mode = "off"
    mode = "root" { input.review.object.user == 0 } else = "user" { input.review.object.user > 0 }
    """

    assert judged(module + 'violation[{"msg": "m"}] { mode == "root" }').fields == ("user",)
    assert judged(module + 'violation[{"msg": "m"}] { mode == "off" }').fields == ("user",)
    either = 'kind = "a" { input.review.object.user == 0 } else = "b"\n'
    assert judged(either + 'violation[{"msg": "m"}] { kind == "b" }').fields == ("user",)
    assert judged(either + 'violation[{"msg": "m"}] { kind }').outcome == DENIES


def test_rules_that_may_contradict_one_another_keep_a_pod_from_being_let_through() -> None:
    """Two values at once end Gatekeeper's evaluation in an error, and that denies."""
    module = """mode = "a" { input.review.object.user == 0 }
    mode = "b" { input.review.object.escalation }
    """

    assert judged(module + 'violation[{"msg": "m"}] { mode == "c" }').outcome == DEPENDS
    certain = judged('mode = "a" { true }\nmode = "b" { true }\nviolation[{"msg": "m"}] { mode == "a" }')
    assert (certain.outcome, certain.why) == (UNKNOWN, "its rules contradict one another for this pod")


@pytest.mark.parametrize("body", ["p. absent", "p.1", 'p."absent"'])
def test_a_member_is_a_name_right_behind_its_point(body: str) -> None:
    assert judged(body).why.startswith("its Rego")


def test_two_values_for_one_key_contradict_one_another_if_both_are_there() -> None:
    def of(values: str) -> Verdict:
        return judged(f'p.labels; x := {{"a": y | y := {values}[_]}}; x.a == 1')

    assert of("[1, 2]").why == "its rules contradict one another for this pod"
    assert (of("[1, p.user]").outcome, of("[1, p.user]").fields) == (DEPENDS, ("user",))


def test_a_message_keeps_its_known_words_and_names_the_unknown_ones() -> None:
    found = judged(
        """violation[{"msg": m}] { p := input.review.object; m := sprintf("pod <%v>, image %s", [p.name, p.image]) }
        violation[{"msg": "exact"}] { true }"""
    )

    assert set(found.messages) == {"pod <command-<id>>, image mcr.io/runtime:master.<n>", "exact"}
    assert found.exact == ("exact",)


def test_a_message_that_may_be_no_text_is_not_sure() -> None:
    found = judged('violation[{"msg": m}] { m := object.get(input.review.object.selector, "zone", 5) }')

    assert (found.outcome, found.fields) == (DEPENDS, ("selector",))


def test_a_denial_that_may_come_has_its_message() -> None:
    found = judged('violation[{"msg": "root"}] { input.review.object.user == 0 }')

    assert (found.outcome, found.messages, found.fields) == (DEPENDS, ("root",), ("user",))


OUTSIDE = [
    ("data.inventory.cluster[_]", "it reads data.inventory"),
    ("not data.inventory.cluster.v1.Namespace.x", "it reads data.inventory"),
    ('http.send({"url": "x"}).status_code == 200', "it reads http.send"),
    ("time.now_ns() > 0", "it reads time.now_ns"),
    ('external_data({"provider": "p", "keys": ["k"]})', "it reads external_data"),
    ("walk(p, [x, y])", "it reads walk"),
    ("data.other.thing", "it reads data.other.thing"),
    ("f with input as {}", "line 3 evaluates a rule `with` another input"),
]


@pytest.mark.parametrize(("body", "why"), OUTSIDE)
def test_what_lies_outside_is_unknown_and_said(body: str, why: str) -> None:
    found = judged(f"{body}\n}}\nf {{ true")

    assert (found.outcome, found.why) == (UNKNOWN, why)


@pytest.mark.parametrize("body", ["data.inventory.cluster[_]", "time.now_ns() > 0", "f with input as {}"])
def test_what_lies_outside_does_not_matter_where_something_else_decides(body: str) -> None:
    fails = judged(f"p.absent; {body}\n}}\nf {{ true")
    denied = judged(
        f"""violation[{{"msg": "m"}}] {{ true }}
        violation[{{"msg": "open"}}] {{ {body} }}
        f {{ true }}"""
    )

    assert (fails.outcome, fails.why) == (ALLOWS, "")
    assert (denied.outcome, denied.messages) == (DENIES, ("m",))


@pytest.mark.parametrize("body", ["data.inventory.cluster[_]", "time.now_ns() > 0"])
def test_a_field_and_something_outside_together_are_unknown(body: str) -> None:
    found = judged(f"p.user == 0; {body}")

    assert found.outcome == UNKNOWN
