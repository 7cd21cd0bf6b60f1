"""What Rego means where all is known. The same cases are put to OPA itself by `make rego`."""

from __future__ import annotations

import json

import pytest

from azext_aksinvokefix.policy.rego import ALLOWS, DENIES
from tests.rego.cases import CASES, EXPRESSIONS, FAILING, PARAMETERS, POD, Case, Expected
from tests.rego.judging import value_of, verdict


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_template_says_what_opa_makes_it_say(case: Case) -> None:
    found = verdict(case.rego, POD, PARAMETERS, libraries=case.libraries, version=case.version)

    assert found.why == ""
    assert found.outcome == (DENIES if case.messages else ALLOWS)
    assert set(found.messages) == set(found.exact) == case.messages


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case.expression)
def test_an_expression_has_opas_value(case: Expected) -> None:
    found = verdict(value_of(case.expression), POD, PARAMETERS)

    assert [json.loads(message) for message in found.messages] == [[case.value]], found.why


@pytest.mark.parametrize("expression", FAILING)
def test_a_builtin_that_fails_is_undefined_and_no_denial(expression: str) -> None:
    found = verdict(value_of(expression), POD, PARAMETERS)

    assert (found.outcome, found.why) == (ALLOWS, "")


@pytest.mark.parametrize("expression", FAILING)
def test_a_builtin_that_fails_in_a_negation_fails_it_unless_it_stands_alone(expression: str) -> None:
    nested = verdict(f'violation[{{"msg": "m"}}] {{ not f({expression}) }}\nf(x) {{ false }}', POD, PARAMETERS)

    assert nested.outcome == ALLOWS
