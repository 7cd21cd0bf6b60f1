"""A secret has one placeholder, and each secret its own."""

from __future__ import annotations

from azext_aksinvokefix.redact.vault import Vault


def test_secrets_are_numbered_in_the_order_in_which_they_are_met() -> None:
    vault = Vault()

    assert [vault.name("secret", "a"), vault.name("token", "b"), vault.name("secret", "a")] == [
        "[secret-1]",
        "[token-2]",
        "[secret-1]",
    ]
    assert vault.name("key", "[secret-1]") == "[secret-1]"


def test_what_is_short_is_not_looked_for_and_the_longest_first() -> None:
    vault = Vault()
    for secret in ("1234567", "12345678", "123456789", "12345678"):
        vault.register(secret)

    assert vault.known() == ("123456789", "12345678")
