"""A custom policy is judged by the template that it brings: what is sure is said, what is not names its reason."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import pytest

from azext_aksinvokefix.evidence.constraint_templates import (
    LONGEST,
    GivenTemplate,
    UnreadableError,
    given_template,
    parsed,
    with_templates,
)
from azext_aksinvokefix.policy import denial
from azext_aksinvokefix.policy.pod.prediction import verdict
from azext_aksinvokefix.policy.pod.verdict import Verdict
from tests.data.policies import assignment, evidence, policies
from tests.data.templates import INIT, INVENTORY, READ_ONLY, REGISTRY, USER, custom, inline, template
from tests.present import present

MCR = "mcr.microsoft.com/"
ENTRA = {"properties": {"aadProfile": {"managed": True}}}
LOCAL = {"properties": {"provisioningState": "Succeeded"}}
#: Seconds for what is bounded: far above what it takes.
LONGEST_TIME = 5.0


def judged(
    brought: dict[str, Any],
    cluster: dict[str, Any] | None = None,
    given: Sequence[GivenTemplate] = (),
    parameters: dict[str, Any] | None = None,
) -> Verdict:
    """What the one policy of a definition, as it stands at the cluster, makes of the pod."""
    seen = evidence(assignment(brought["id"], values=parameters), definitions=[brought], cluster=cluster or LOCAL)
    seen.assignments.value[:] = with_templates(seen.assignments.value, given)
    (one,) = denial.standing(seen)
    return verdict(one)


@pytest.mark.parametrize(
    ("rego", "outcome", "said"),
    [
        (READ_ONLY, "deny", '"container user-command needs a read-only root"'),
        (USER, "unknown", "depends on spec.containers[0].securityContext"),
        ("violation[{'msg': 'x'}] { input.review.object.spec.hostNetwork }".replace("'", '"'), "pass", "allows"),
        (INVENTORY, "unknown", "cannot be evaluated: "),
        ('deny[{"msg": "x"}] { true }', "unknown", "no rule named violation"),
        ('violation[{"msg": "x" } {', "unknown", "cannot be evaluated: "),
    ],
)
def test_the_verdict_is_that_of_the_template(rego: str, outcome: str, said: str) -> None:
    found = judged(custom(inline(template(rego))))

    assert found.outcome == outcome
    assert "K8sContoso" in found.why
    assert said in found.why


def test_what_decides_is_named_by_its_field() -> None:
    assert judged(custom(inline(template(USER)))).depends == ("spec.containers[0].securityContext.runAsUser",)


@pytest.mark.parametrize(
    ("values", "given", "outcome"),
    [
        ({"registry": MCR}, None, "pass"),
        ({"registry": "contoso.azurecr.io/"}, None, "deny"),
        ({"registry": "[parameters('from')]"}, {"from": MCR}, "pass"),
        ({"registry": "[parameters('FROM')]"}, {"from": "contoso.azurecr.io/"}, "deny"),
        ("[parameters('all')]", {"all": {"registry": MCR}}, "pass"),
        ({"registry": "[concat('a', 'b')]"}, None, "unknown"),
        ({"registry": "[parameters('nowhere')]"}, None, "unknown"),
        ("[concat('a')]", None, "unknown"),
        # `not startswith(image, undefined)` does not hold: a constraint without a registry lets the pod through.
        ({"registry": None}, None, "pass"),
        (None, None, "pass"),
    ],
)
def test_the_constraint_gets_the_parameters_that_the_assignment_resolves(
    values: str | dict[str, Any] | None, given: dict[str, Any] | None, outcome: str
) -> None:
    declared = {"effect": {"defaultValue": "deny"}, "from": {}, "all": {}}
    brought = custom(inline(template(REGISTRY)), values, parameters=declared)

    found = judged(brought, parameters=given)

    assert found.outcome == outcome, found.why


def test_a_parameter_that_cannot_be_computed_is_named_and_does_not_spoil_the_others() -> None:
    brought = custom(inline(template(REGISTRY)), {"registry": MCR, "other": "[concat('a')]"})
    open_one = custom(inline(template(REGISTRY)), {"registry": "[concat('a')]"})

    assert judged(brought).outcome == "pass"
    assert judged(open_one).why.endswith("value is unknown: registry")


SCHEMA = {
    "type": "object",
    "properties": {"registry": {"type": "string", "default": "other/"}, "x": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("values", "version", "outcome"),
    [
        ({"x": "1"}, "v1", "deny"),
        ({"registry": MCR}, "v1", "pass"),
        (None, "v1", "unknown"),
        ({"x": "1"}, "v1beta1", "unknown"),
    ],
)
def test_a_default_of_the_schema_counts_where_it_is_sure_to_be_set(
    values: dict[str, str] | None, version: str, outcome: str
) -> None:
    assert judged(custom(inline(template(REGISTRY, schema=SCHEMA, version=version)), values)).outcome == outcome


def test_the_form_of_the_pod_is_that_of_the_cluster() -> None:
    brought = custom(inline(template(INIT)))

    assert judged(brought, ENTRA).outcome == "deny"
    assert judged(brought, LOCAL).outcome == "pass"


def test_a_cluster_that_was_not_read_may_create_either_form() -> None:
    (one,) = with_templates(policies(assignment(custom({})["id"]), definitions=[custom(inline(template(INIT)))]), ())

    assert verdict(one).outcome == "unknown"
    assert "no init containers: init-command" in verdict(one).why


@pytest.mark.parametrize(
    ("details", "outcome"),
    [
        ({"apiGroups": ["apps"]}, "pass"),
        ({"apiGroups": ["apps", ""]}, "deny"),
        ({"kinds": ["Deployment"]}, "pass"),
        ({"kinds": None}, "unknown"),
        ({"scope": "Cluster"}, "pass"),
        ({"scope": "Namespaced"}, "deny"),
        ({"source": "Generated"}, "pass"),
        ({"labelSelector": {"matchLabels": {"app": "web"}}}, "pass"),
        ({"labelSelector": {"matchLabels": {"createdBy": "me"}}}, "unknown"),
    ],
)
def test_what_the_constraint_matches_goes_before_what_its_template_says(details: dict[str, Any], outcome: str) -> None:
    assert judged(custom(inline(template(READ_ONLY)), details=details)).outcome == outcome


def test_a_template_with_cel_as_well_says_so() -> None:
    both = template(READ_ONLY)
    target = both["spec"]["targets"][0]
    target["code"] = [
        {"engine": "K8sNativeValidation", "source": {}},
        {"engine": "Rego", "source": {"rego": target.pop("rego")}},
    ]

    assert "CEL" in judged(custom(inline(both))).why


URL = {"sourceType": "PublicURL", "url": "https://contoso.example/policies/k8scontoso/v1/template.yaml"}


def test_a_template_behind_a_url_is_not_judged() -> None:
    found = judged(custom({**URL, "url": "https://contoso.example/\x1b[31mx\u202e.yaml"}))

    assert found.outcome == "unknown"
    assert "https://contoso.example/x.yaml, which is not fetched" in found.why


@pytest.mark.parametrize(
    ("url", "kind", "used"),
    [
        (URL["url"], "K8sContoso", True),
        ("https://contoso.example/K8sContoso.yaml?sig=1", "K8sContoso", True),
        (URL["url"], "K8sOther", False),
    ],
)
def test_a_file_is_judged_for_the_policy_whose_template_it_is(url: str, kind: str, used: bool) -> None:
    import yaml

    given = given_template("t.yaml", yaml.safe_dump(template(READ_ONLY, kind)).encode())

    found = judged(custom({**URL, "url": url}), given=given)

    assert [one.used for one in given] == [used]
    assert found.outcome == ("deny" if used else "unknown")
    assert ("evaluated from the file t.yaml" in found.why) is used


HOSTILE = {
    "no Base64": {"content": "%%%"},
    "a long text": inline("a: " + "x" * (1 << 20)),
    "a long Base64": {"content": "A" * (8 << 20)},
    "deep sequences": inline("[" * 50_000),
    "deep mappings": inline("{a: " * 50_000),
    "deep Rego": inline(template("violation[{'msg': 'x'}] { ".replace("'", '"') + "[" * 20_000)),
    "aliases": inline("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"),
    "tags": inline("!!python/object/apply:os.system [ls]"),
    "a tagged scalar": inline("a: !!int x"),
    "many nodes": inline("[" + "1," * 100_000 + "]"),
    "no UTF-8": inline(b"\xff\xfe\x00\xd8"),
    "control characters": inline("a: \x01"),
    "a broken text": inline("a: [1"),
    "nothing": inline(" "),
    "two documents": inline("a: 1\n---\nb: 1"),
    "a list": inline("[1]"),
    "a huge number": inline("a: " + "9" * 10_000),
    "a bad date": inline("a: 2026-99-99"),
    "odd keys": inline("? [a]\n: 1"),
    "keys of other types": inline("1: a\nnull: b\ntrue: c"),
    "a merge key": inline("a: {<<: {b: 1}}"),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_template_is_unknown_in_bounded_time(hostile: str) -> None:
    began = time.process_time()
    found = judged(custom(HOSTILE[hostile]))

    assert found.outcome == "unknown"
    assert "cannot be evaluated" in found.why or "its constraint template" in found.why
    assert time.process_time() - began < LONGEST_TIME


def test_a_message_is_quoted_word_for_word_and_cannot_steer_a_terminal() -> None:
    rego = 'violation[{"msg": "a\\u001b[31mb \\u202e c"}] { true }'

    assert '"ab c"' in judged(custom(inline(template(rego)))).why


def test_many_long_messages_are_cut() -> None:
    rego = 'violation[{"msg": m}] { x := ["a", "b", "c", "d", "e"][_]; m := concat("", [x, "%s"]) }' % ("y" * 9_000)

    found = judged(custom(inline(template(rego))))

    assert found.outcome == "deny"
    assert "and 2 more" in found.why
    assert len(found.why) < 2_000


def test_a_key_is_a_text_whatever_it_looks_like() -> None:
    assert parsed(b"1: a\ntrue: {null: b}\n2.5: c\n'x': d") == [{"1": "a", "True": {"None": "b"}, "2.5": "c", "x": "d"}]


@pytest.mark.parametrize(
    "text",
    ["kind: Pod", "[1]", "", "a: &x 1", "metadata: {name: a}\nkind: ConstraintTemplateX"],
)
def test_a_file_without_a_template_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        given_template("f", text.encode())


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableError, match="256 KiB"):
        given_template("f", b"a" * (LONGEST + 1))


def test_a_policy_that_does_not_deny_is_not_read() -> None:
    audited = custom(inline(template(READ_ONLY)), parameters={"effect": {"defaultValue": "audit"}})

    (one,) = with_templates(policies(assignment(audited["id"]), definitions=[audited]), ())

    assert present(one.template).read is None


AT_A_URL = """
import sys
from azext_aksinvokefix.evidence import policy
from tests.data.policies import assignment, policies
from tests.data.templates import custom
own = custom({"sourceType": "PublicURL", "url": "https://contoso.example/t/template.yaml"})
found = policy.with_own_templates(policies(assignment(own["id"]), definitions=[own]))
assert [one.template.url for one in found] == ["https://contoso.example/t/template.yaml"]
print(sorted(name for name in sys.modules if "rego" in name))
"""


def test_what_reads_templates_is_not_loaded_for_one_that_is_kept_elsewhere() -> None:
    ended = subprocess.run([sys.executable, "-c", AT_A_URL], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr


LOAD = """
import sys
from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.evidence import policy
from azext_aksinvokefix.policy import denial
from tests.data.policies import READ_ONLY, assignment, evidence, policies
from tests.data.templates import custom, inline, template
own = custom(inline(template('violation[{"msg": "x"}] { true }')))
used = [assignment(own["id"]), assignment(READ_ONLY, name="b", values={"effect": "Deny"})]
seen = evidence(*used[1 - int(sys.argv[1]):], definitions=[own])
seen.assignments.value[:] = policy.with_own_templates(seen.assignments.value, ())
assert [one.sure for one in denial.predictions(seen)] == [True] * (1 + int(sys.argv[1]))
print(sorted(name for name in sys.modules if "rego" in name or name.split(".")[0] in ("yaml", "_yaml")))
"""


@pytest.mark.parametrize("brought", [0, 1])
def test_what_reads_templates_is_loaded_only_where_a_custom_policy_is_in_force(brought: int) -> None:
    ended = subprocess.run([sys.executable, "-c", LOAD, str(brought)], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert ("rego.judge" in ended.stdout) is bool(brought)
    assert (ended.stdout.strip() != "[]") is bool(brought)
