"""Which value beside which name is a secret."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.redact.names import is_secret


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("password", "12345", True),
        ("password", "1234", True),
        ("password", "123", False),
        ("password", "12.50", False),
        ("api_key", "12345", False),
        ("count", "12345", False),
    ],
)
def test_digits_are_a_secret_only_as_a_password_that_is_long_enough(name: str, value: str, secret: bool) -> None:
    assert is_secret(name, value, quoted=True) is secret
