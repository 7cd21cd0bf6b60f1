"""What is sure of the command pod is so for every pod that the model may stand for, OPA being the judge."""

from __future__ import annotations

import random
from typing import Any

import pytest

from azext_aksinvokefix.policy.pod.document import review
from azext_aksinvokefix.policy.pod.facts import ENTRA, LOCAL
from azext_aksinvokefix.policy.rego import ALLOWS, DENIES, DEPENDS, judge
from tests.rego import opa
from tests.rego.judging import template
from tests.rego.worlds import World

pytestmark = pytest.mark.skipif(not opa.AVAILABLE, reason=opa.WHY_NOT)

_CONTAINERS = """package t
containers[c] { c := input.review.object.spec.containers[_] }
containers[c] { c := input.review.object.spec.initContainers[_] }
"""
#: Of our own making, in the manner of what tenants write: the rule, its parameters, the answer for both forms.
TEMPLATES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "allowed registries": (
        """violation[{"msg": m}] {
            c := containers[_]
            ok := [good | r := input.parameters.registries[_]; good := startswith(c.image, r)]
            not any(ok)
            m := sprintf("container <%v> uses <%v>", [c.name, c.image])
        }""",
        {"registries": ["contoso.azurecr.io/"]},
        DENIES,
        DENIES,
    ),
    "no latest tag": (
        'violation[{"msg": "latest"}] { c := containers[_]; endswith(c.image, ":latest") }',
        {},
        ALLOWS,
        ALLOWS,
    ),
    "no tag without a digest": (
        'violation[{"msg": c.name}] { c := containers[_]; not contains(c.image, "@sha256:") }',
        {},
        DENIES,
        DENIES,
    ),
    "required labels": (
        """violation[{"msg": m}] {
            missing := {l | l := input.parameters.labels[_]} - {l | input.review.object.metadata.labels[l]}
            count(missing) > 0
            m := sprintf("missing %v", [missing])
        }""",
        {"labels": ["createdBy", "costCenter"]},
        DENIES,
        DENIES,
    ),
    "not root": (
        """root(c) { not c.securityContext.runAsNonRoot }
        root(c) { c.securityContext.runAsUser == 0 }
        violation[{"msg": c.name}] { c := containers[_]; root(c) }""",
        {},
        DEPENDS,
        DEPENDS,
    ),
    "limits": (
        """milli(x) = n { endswith(x, "m"); n := to_number(trim_suffix(x, "m")) }
        milli(x) = n { not endswith(x, "m"); n := to_number(x) * 1000 }
        violation[{"msg": c.name}] { c := containers[_]; milli(c.resources.limits.cpu) > input.parameters.most }""",
        {"most": 400},
        DENIES,
        DENIES,
    ),
    "one container": (
        'violation[{"msg": "several"}] { count(containers) > 1 }',
        {},
        ALLOWS,
        DENIES,
    ),
    "any member of the spec": (
        """found[{"field": f, "msg": m}] { c := input.review.object.spec[f][_]; not c.resources.limits; m := f }
        violation[{"msg": m}] { found[{"field": "containers", "msg": m}] }""",
        {},
        ALLOWS,
        ALLOWS,
    ),
    "windows": (
        """windows { input.review.object.spec.nodeSelector["kubernetes.io/os"] == "windows" }
        violation[{"msg": "not windows"}] { not windows }""",
        {},
        DENIES,
        DENIES,
    ),
}


@pytest.mark.parametrize("form", [LOCAL, ENTRA])
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_sure_verdict_holds_for_every_pod(name: str, form: str) -> None:
    rule, parameters, *expected = TEMPLATES[name]
    rego = _CONTAINERS + rule
    found = judge(template(rego), parameters, review(form))
    drawn = random.Random(name)
    said = []
    for _ in range(40):
        world = World(drawn).of(review(form))
        said.append(opa.messages(opa.violations(rego, (), {"parameters": parameters, "review": world})))

    assert found.outcome == expected[form == ENTRA]
    if found.outcome == DENIES:
        assert all(said)
        assert all(set(found.exact) <= messages for messages in said)
    elif found.outcome == ALLOWS:
        assert not any(said)
    else:
        assert any(said) and not all(said), "drawn too few to see that it depends"
