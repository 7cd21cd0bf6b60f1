"""Run an `az` command inside this process against a recording: `python replay.py RECORDING ARGUMENT…`.

Requests are matched by method and path, each recorded one once; api-versions differ between recording and client.
"""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import vcr

SUBSCRIPTION = {
    "id": "00000000-0000-0000-0000-000000000000",
    "name": "recorded",
    "state": "Enabled",
    "isDefault": True,
    "tenantId": "00000000-0000-0000-0000-000000000001",
    "environmentName": "AzureCloud",
    "user": {"name": "somebody@example.com", "type": "user"},
}


class Credential:
    """Stands for the user's sign-in, which a recording does not hold."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("recorded", 2**31 - 1)

    def get_token_info(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo("recorded", 2**31 - 1)

    def acquire_token(self, scopes: list[str], **options: Any) -> dict[str, Any]:
        return {"access_token": "recorded", "expires_in": 3600}


def same_path(ours: Any, recorded: Any) -> None:
    assert urlsplit(ours.uri).path.lower() == urlsplit(recorded.uri).path.lower()


def replay(recording: str, arguments: list[str]) -> int:
    from azure.cli.core import get_default_cli
    from azure.cli.core._profile import Profile
    from azure.cli.core.auth.identity import Identity

    recorder = vcr.VCR(record_mode="none", match_on=["method", "path of any casing"])
    recorder.register_matcher("path of any casing", same_path)
    with (
        mock.patch.object(Profile, "load_cached_subscriptions", lambda *_, **__: [SUBSCRIPTION]),
        mock.patch.object(Identity, "get_user_credential", lambda *_: Credential()),
        recorder.use_cassette(recording),
    ):
        return int(get_default_cli().invoke(arguments) or 0)


if __name__ == "__main__":
    sys.exit(replay(sys.argv[1], sys.argv[2:]))
