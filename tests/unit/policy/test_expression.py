"""What a parameter comes to: what is passed, else what the policy itself says, else nothing that is known."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.policy.expression import UNKNOWN, parameters_of

DECLARED = {"Mode": {"defaultValue": "own"}}


@pytest.mark.parametrize(
    ("passed", "declared", "found"),
    [
        ({"mode": {"value": "given"}}, DECLARED, "given"),
        ({"mode": {"value": None}}, DECLARED, None),
        ({"mode": {}}, DECLARED, "own"),
        ({"mode": {"type": "String"}}, DECLARED, "own"),
        ({"mode": "given"}, DECLARED, "own"),
        ({"other": {"value": "given"}}, DECLARED, "own"),
        (None, DECLARED, "own"),
        ({"mode": {}}, {"mode": {}}, UNKNOWN),
        ({"mode": {}}, {"mode": {"defaultValue": None}}, None),
        (None, None, UNKNOWN),
    ],
)
def test_a_parameter_is_what_was_passed_else_its_default(passed: Any, declared: Any, found: Any) -> None:
    assert parameters_of(passed, declared)("mode") is found
    assert parameters_of(passed, declared)("MODE") is found
