"""What the clients of several clusters share while they are worked on at the same time."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from azure.cli.core._profile import Profile
from knack.log import get_logger
from knack.util import CLIError

from azext_aksinvokefix import _client_factory as clients
from azext_aksinvokefix import redact
from azext_aksinvokefix.credentials import SharedCredential
from azext_aksinvokefix.surface import connection


def test_the_sdk_stays_quiet_until_the_last_of_several_clusters_is_done_and_is_then_as_before() -> None:
    logger = logging.getLogger("azure.mgmt.containerservice")
    before = logger.level
    first, second = ExitStack(), ExitStack()
    for each in (first, second):
        each.enter_context(clients._quiet_deserializer())
    first.close()
    assert logger.level == logging.ERROR
    second.close()
    assert logger.level == before


def test_cloud_shell_s_own_sentence_about_the_host_is_kept_back_while_a_token_is_asked_for() -> None:
    logger, said = get_logger("azure.cli.core.auth.util"), []
    handler = logging.Handler()
    setattr(handler, "emit", lambda record: said.append(record.getMessage()))  # noqa: B010
    logger.addHandler(handler)
    sentence = "A Cloud Shell credential problem occurred. When you report the issue with the error below, please ..."
    try:
        with clients._no_hostname():
            logger.warning(sentence)
            logger.warning("Run the command below to authenticate interactively: %s", "az login")
        logger.warning(sentence)
    finally:
        logger.removeHandler(handler)
    assert said == ["Run the command below to authenticate interactively: az login", sentence]


class SignedIn:
    """The CLI's profile and client factory, which count what they make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, get_token: Any = None) -> None:
        self.made: list[str | None] = []
        self.transport: Any = None
        self._get_token = get_token
        monkeypatch.setattr(Profile, "__init__", lambda *_, **__: None)
        monkeypatch.setattr(Profile, "get_login_credentials", self._credentials)
        factory = "azure.cli.core.commands.client_factory.get_mgmt_service_client"
        monkeypatch.setattr(factory, self._client)

    def _credentials(self, subscription_id: str | None = None) -> tuple[Any, str, str]:
        self.made.append(subscription_id)
        return SimpleNamespace(get_token=self._get_token), subscription_id or "default", "tenant"

    def _client(self, _: Any, __: Any, subscription_id: str, credential: Any, transport: Any) -> Any:
        self.transport = transport
        scopes = ["https://management.azure.com/.default"]
        config = SimpleNamespace(credential=credential, credential_scopes=scopes, subscription_id=subscription_id)
        return SimpleNamespace(_config=config)


def context(invocation: Any, subscription: str | None = None) -> Any:
    return SimpleNamespace(invocation=invocation, data={"subscription_id": subscription})


def test_a_command_has_one_client_for_a_subscription_and_another_command_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in = SignedIn(monkeypatch)
    command, later = SimpleNamespace(data={}), SimpleNamespace(data={})
    first = clients.container_service(context(command))
    assert clients.container_service(context(command)) is first
    other = clients.container_service(context(command, "other"))
    assert clients.subscription_of(other) == "other" and clients.subscription_of(first) == "default"
    assert clients.container_service(context(later)) is not first
    assert signed_in.made == [None, "other", None]


def test_the_client_signs_with_the_shared_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    SignedIn(monkeypatch)
    client = clients.container_service(context(SimpleNamespace(data={})))
    assert isinstance(clients.credential_of(client), SharedCredential)


@pytest.mark.parametrize(("disabled", "verify"), [(None, True), ("1", False)])
def test_certificates_are_checked_unless_the_cli_is_told_not_to(
    monkeypatch: pytest.MonkeyPatch, disabled: str | None, verify: bool
) -> None:
    monkeypatch.delenv("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", raising=False)
    if disabled:
        monkeypatch.setenv("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", disabled)
    signed_in = SignedIn(monkeypatch)
    clients.container_service(context(SimpleNamespace(data={})))
    assert signed_in.transport.connection_config.verify is verify


def test_the_sign_in_that_is_begun_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, come = [], threading.Event()

    def get_token(*scopes: str) -> Any:
        asked.append(scopes)
        come.set()
        return SimpleNamespace(token="opaque", expires_on=2**31)

    signed_in = SignedIn(monkeypatch, get_token)
    cli_ctx = context(SimpleNamespace(data={}))
    connection.begin(SimpleNamespace(cli_ctx=cli_ctx))
    assert come.wait(30)
    assert clients.token_of(clients.container_service(cli_ctx)) == "opaque"
    assert asked == [("https://management.azure.com/.default",)] and signed_in.made == [None]


def test_the_end_of_the_program_waits_a_moment_for_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_end: list[Any] = []
    monkeypatch.setattr("atexit.register", lambda *what: at_the_end.append(what))
    given, written = threading.Event(), []

    def get_token(*_: str) -> Any:
        assert given.wait(30)
        written.append("the cache")
        return SimpleNamespace(token="opaque", expires_on=2**31)

    SignedIn(monkeypatch, get_token)
    connection.begin(SimpleNamespace(cli_ctx=context(SimpleNamespace(data={}))))
    [(wait, seconds)] = at_the_end
    given.set()
    wait(seconds)
    assert written == ["the cache"] and seconds <= 2


def test_what_goes_wrong_before_anybody_connects_is_met_by_whoever_does(monkeypatch: pytest.MonkeyPatch) -> None:
    SignedIn(monkeypatch)
    before = logging.getLogRecordFactory()
    refuses = mock.Mock(side_effect=CLIError("Please run 'az login' to setup account."))
    monkeypatch.setattr(Profile, "get_login_credentials", refuses)
    cli_ctx = context(SimpleNamespace(data={}))
    connection.begin(SimpleNamespace(cli_ctx=cli_ctx))
    assert logging.getLogRecordFactory() is before
    with pytest.raises(CLIError, match="az login"):
        clients.container_service(cli_ctx)


def test_what_is_logged_while_the_token_is_asked_for_is_redacted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret, done = "Bearer " + "s3cr3t" * 6, threading.Event()

    def get_token(*_: str) -> Any:
        with caplog.at_level(logging.DEBUG):
            logging.getLogger("msal").debug("sent %s", secret)
        done.set()
        return SimpleNamespace(token="opaque", expires_on=2**31)

    SignedIn(monkeypatch, get_token)
    connection.begin(SimpleNamespace(cli_ctx=context(SimpleNamespace(data={}))))
    assert done.wait(30)
    assert redact.redact(secret) != secret and secret not in caplog.text


@pytest.mark.parametrize(("what_if", "begun"), [(False, 0), (True, 1)])
def test_where_changes_are_forbidden_nobody_signs_in_to_make_one(
    monkeypatch: pytest.MonkeyPatch, what_if: bool, begun: int
) -> None:
    signed_in = SignedIn(monkeypatch)
    monkeypatch.setenv("AZURE_AKS_INVOKE_FIX_READ_ONLY", "true")
    cli_ctx = context(SimpleNamespace(data={}))
    cli_ctx.config = SimpleNamespace(get=lambda *_: "")
    connection.begin_to_change(SimpleNamespace(cli_ctx=cli_ctx), what_if)
    assert len(signed_in.made) == begun
