"""The answers that the unit tests hold the product to are OPA's own."""

from __future__ import annotations

import json

import pytest

from tests.rego import opa
from tests.rego.cases import CASES, EXPRESSIONS, FAILING, PARAMETERS, POD, Case, Expected
from tests.rego.judging import value_of

pytestmark = pytest.mark.skipif(not opa.AVAILABLE, reason=opa.WHY_NOT)
DOCUMENT = {"parameters": PARAMETERS, "review": {"object": POD}}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_opa_says_the_same_of_a_template(case: Case) -> None:
    found = opa.violations(case.rego, case.libraries, DOCUMENT, version=case.version)

    assert opa.messages(found) == case.messages


@pytest.mark.parametrize("case", EXPRESSIONS, ids=lambda case: case.expression)
def test_opa_gives_an_expression_the_same_value(case: Expected) -> None:
    found = opa.violations(value_of(case.expression), (), DOCUMENT)

    assert [json.loads(message) for message in opa.messages(found)] == [[case.value]]


@pytest.mark.parametrize("expression", FAILING)
def test_opa_has_no_value_for_what_fails(expression: str) -> None:
    """The binding asks OPA for errors of builtins, which Gatekeeper does not: there they are undefined."""
    try:
        found = opa.violations(value_of(expression), (), DOCUMENT)
    except opa.BuiltinFailsError:
        found = []

    assert found == []
