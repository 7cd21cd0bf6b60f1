"""Where an undo document may go is judged before anything is asked of Azure."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from azext_aksinvokefix import _validators

GROUP = {"resource_group_name": "rg", "name": "c", "error": None, "error_file": None, "timeout": None, "wait": False}
REPAIR = {"command_string": None, "command_files": None}


@pytest.mark.parametrize("validate", [_validators.validate_writing, _validators.validate_repair])
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"out": ""}, "is empty"),
        ({"out": "f", "what_if": True}, "--what-if changes nothing"),
        ({"out": "f", "_ids": ["a", "b"]}, "one of --ids"),
    ],
)
def test_a_file_that_could_hold_no_undo_is_a_usage_error(
    validate: Callable[[SimpleNamespace], None], more: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        validate(SimpleNamespace(**{**GROUP, **REPAIR, "what_if": False, **more}))


@pytest.mark.parametrize("validate", [_validators.validate_writing, _validators.validate_repair])
@pytest.mark.parametrize("more", [{"out": None, "what_if": True}, {"out": "f"}, {"out": "f", "_ids": ["a"]}])
def test_any_other_is_taken(validate: Callable[[SimpleNamespace], None], more: dict[str, Any]) -> None:
    validate(SimpleNamespace(**{**GROUP, **REPAIR, "what_if": False, **more}))
