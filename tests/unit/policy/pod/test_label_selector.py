"""A selector is judged by the one label that the command pod is known to carry, whatever its value is."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.policy.pod.label_selector import selects


def expressions(*requirements: tuple[str | list[str], ...]) -> dict[str, Any]:
    return {"matchExpressions": [dict(zip(("key", "operator", "values"), one)) for one in requirements]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {}}, True),
        ({"matchLabels": {"app": "web"}}, False),
        ({"matchLabels": {"createdBy": "me"}}, None),
        ({"matchLabels": {"createdBy": "me", "app": "web"}}, False),
        (expressions(("createdBy", "Exists")), True),
        (expressions(("createdBy", "DoesNotExist")), False),
        (expressions(("app", "Exists")), False),
        (expressions(("app", "DoesNotExist")), True),
        (expressions(("app", "In", ["web"])), False),
        (expressions(("app", "NotIn", ["web"])), True),
        (expressions(("createdBy", "In", ["me"])), None),
        (expressions(("createdBy", "NotIn", ["me"])), None),
        (expressions(("createdBy", "Exists"), ("app", "Exists")), False),
        (expressions(("app", "Matches", ["web"])), None),
        ({"matchExpressions": "odd"}, None),
        ({"matchNothing": {}}, None),
        ({"matchLabels": {"app": "[parameters('app')]"}}, None),
        ("odd", None),
        ([], None),
    ],
)
def test_what_is_sure_is_told_and_the_rest_is_open(selector: Any, expected: bool | None) -> None:
    assert selects(selector) is expected
