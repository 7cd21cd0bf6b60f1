"""One token for a command: who asks, who waits, and when it is asked for anew."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.pipeline.transport import HttpTransport
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import credentials
from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.credentials import SharedCredential, is_due
from tests.worlds.http import Reply

HOST = "https://management.azure.com"
SCOPE = f"{HOST}/.default"
CLAIMS = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1700000000"}}})
CHALLENGE = {
    "WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/", error="insufficient_claims", '
    f'claims="{base64.b64encode(CLAIMS.encode()).decode()}"'
}


class Older:
    """A credential as the oldest CLI has it. It numbers its tokens and remembers what it was asked for."""

    def __init__(self, lasts: float = 3600, ask: Callable[[int], None] = lambda number: None) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self._lasts = lasts
        self._ask = ask
        self._lock = threading.Lock()

    def get_token(self, *scopes: str, **options: Any) -> Any:
        return AccessToken(*self._next(scopes, options))

    def _next(self, scopes: Sequence[str], options: Mapping[str, Any] | None) -> tuple[str, int]:
        with self._lock:
            self.asked.append({"scopes": scopes, **(options or {})})
            number = len(self.asked)
        self._ask(number)
        return f"token-{number}", int(time.time() + self._lasts)


class Newer(Older):
    """The same with the newer protocol, which azure-core then prefers."""

    def get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> Any:
        return AccessTokenInfo(*self._next(scopes, options))


BOTH = pytest.mark.parametrize("kind", [Older, Newer])


class Transport(HttpTransport):  # type: ignore[type-arg]
    """Answers by the token that a request is signed with, and remembers those."""

    def __init__(self, answer: Callable[[str], Reply] = lambda token: Reply(200, {})) -> None:
        self.tokens: list[str] = []
        self._answer = answer

    def send(self, request: Any, **_: Any) -> Any:
        token = request.headers["Authorization"].partition(" ")[2]
        self.tokens.append(token)
        return self._answer(token)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None: ...


def arm_with(credential: SharedCredential, transport: Transport) -> Arm:
    """ARM through a pipeline of its own, signed by azure-core."""
    policies = [BearerTokenCredentialPolicy(credential, SCOPE)]
    return Arm(PipelineClient(HOST, policies=policies, transport=transport), HOST, refused=credential.forget)


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What ``work`` gave or raised in so many threads."""
    ready = threading.Barrier(count)

    def one() -> Any:
        ready.wait()
        try:
            return work()
        except RuntimeError as error:
            return error

    with futures.ThreadPoolExecutor(count) as pool:
        return [each.result() for each in [pool.submit(one) for _ in range(count)]]


@BOTH
def test_fourteen_pipelines_at_once_ask_for_one_token(kind: type[Older]) -> None:
    credential, transport = kind(), Transport()
    shared = SharedCredential(credential)
    at_once(14, lambda: arm_with(shared, transport).get("/subscriptions", "1"))
    assert transport.tokens == ["token-1"] * 14
    assert len(credential.asked) == 1


@BOTH
def test_the_raw_token_is_the_one_that_requests_are_signed_with(kind: type[Older]) -> None:
    transport, shared = Transport(), SharedCredential(kind())
    raw = shared.raw(SCOPE)
    arm_with(shared, transport).get("/subscriptions", "1")
    assert transport.tokens == [raw]


@BOTH
def test_azure_core_sees_the_protocols_that_the_credential_has_and_no_other(kind: type[Older]) -> None:
    assert hasattr(SharedCredential(kind()), "get_token_info") == (kind is Newer)
    assert not hasattr(SharedCredential(kind()), "get_auxiliary_tokens")


def test_the_tokens_of_other_tenants_are_those_of_the_credential() -> None:
    credential = SimpleNamespace(get_auxiliary_tokens=lambda *scopes: [scopes])
    assert SharedCredential(credential).get_auxiliary_tokens(SCOPE) == [(SCOPE,)]


@BOTH
def test_a_challenge_for_claims_asks_anew_and_all_requests_after_it_use_that_token(kind: type[Older]) -> None:
    credential = kind()
    transport = Transport(lambda token: Reply(401, {}, CHALLENGE) if token == "token-1" else Reply(200, {}))
    shared = SharedCredential(credential)
    arm_with(shared, transport).get("/subscriptions", "1")
    arm_with(shared, transport).get("/subscriptions", "1")
    assert [each.get("claims") for each in credential.asked] == [None, CLAIMS]
    assert transport.tokens == ["token-1", "token-2", "token-2"]


def test_every_challenge_asks_anew_even_for_the_same_claims() -> None:
    shared = SharedCredential(Older())
    assert [shared.get_token(SCOPE, claims=CLAIMS).token for _ in range(2)] == ["token-1", "token-2"]
    assert shared.get_token(SCOPE).token == "token-2"


@BOTH
def test_a_token_that_was_refused_without_a_challenge_is_not_given_out_again(kind: type[Older]) -> None:
    transport = Transport(lambda token: Reply(401 if token == "token-1" else 200, {}))
    shared = SharedCredential(kind())
    assert arm_with(shared, transport).send("GET", f"{HOST}/subscriptions").status == 401
    assert arm_with(shared, transport).send("GET", f"{HOST}/subscriptions").status == 200


def test_a_later_token_outlives_the_refusal_of_an_earlier_one() -> None:
    credential = Newer()
    shared = SharedCredential(credential)
    shared.raw(SCOPE)
    shared.forget("token-0")
    assert shared.raw(SCOPE) == "token-1"


@BOTH
def test_a_token_that_is_about_to_expire_is_asked_for_anew(kind: type[Older], monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedCredential(kind(lasts=3600))
    assert shared.raw(SCOPE) == "token-1"
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3250)
    assert shared.raw(SCOPE) == "token-1"
    monkeypatch.setattr(time, "time", lambda: real() + 3400)
    assert shared.raw(SCOPE) == "token-2"


@pytest.mark.parametrize(
    "other", [{"tenant_id": "t"}, {"enable_cae": True}, {"data": {"key_id": "1"}}], ids=lambda other: next(iter(other))
)
def test_a_token_asked_for_otherwise_is_another_one(other: dict[str, Any]) -> None:
    shared = SharedCredential(Older())
    plain = shared.get_token(SCOPE)
    assert shared.get_token(SCOPE, **other).token not in (plain.token, shared.get_token("https://graph/.default").token)
    assert shared.get_token(SCOPE) is plain


@BOTH
def test_whoever_waits_hears_of_the_error_and_whoever_comes_later_asks_anew(
    kind: type[Older], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = threading.Event()

    def fail_once(number: int) -> None:
        if number == 1:
            assert others.wait(30)
            raise RuntimeError("no token")

    def wait(*words: Any) -> Any:
        others.set()
        return futures.wait(*words)

    monkeypatch.setattr(credentials, "wait", wait)
    credential = kind(ask=fail_once)
    shared = SharedCredential(credential)
    raised = at_once(2, lambda: shared.raw(SCOPE))
    assert [str(each) for each in raised] == ["no token"] * 2
    assert len(credential.asked) == 1
    assert shared.raw(SCOPE) == "token-2"


def test_who_hangs_keeps_nobody_from_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    asking, hangs = threading.Event(), threading.Event()

    def hang_once(number: int) -> None:
        if number == 1:
            asking.set()
            hangs.wait(30)

    monkeypatch.setattr(credentials, "PATIENCE", 0.0)
    shared = SharedCredential(Older(ask=hang_once))
    first = threading.Thread(target=shared.raw, args=(SCOPE,), daemon=True)
    first.start()
    assert asking.wait(30)
    assert shared.raw(SCOPE) == "token-2"
    hangs.set()
    first.join()


@given(
    left=st.floats(-1000, 5000),
    renewed=st.none() | st.floats(-1000, 5000),
    jitter=st.integers(0, 60),
)
def test_what_azure_core_would_renew_is_renewed(left: float, renewed: float | None, jitter: int) -> None:
    now = time.time()
    token = AccessTokenInfo("x", int(now + left), refresh_on=None if renewed is None else int(now + renewed))
    policy = BearerTokenCredentialPolicy(SharedCredential(Older()), SCOPE)
    policy._token, policy._refresh_jitter = token, jitter
    # It looks at the clock itself, after this.
    assert is_due(token, time.time()) or not policy._need_new_token


@pytest.mark.parametrize(("left", "due"), [(299, True), (301, False), (0, True)])
def test_a_token_is_due_five_minutes_before_its_end(left: int, due: bool) -> None:
    assert is_due(AccessToken("x", 1_000_000 + left), 1_000_000) is due
