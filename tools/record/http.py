"""Azure over HTTPS, with a token of the signed-in `az`; the simulator is asked in the same way."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from azext_aksinvokefix import redact
from azext_aksinvokefix._client_factory import AKS_SERVER_APP
from tools.record.requests import CLUSTER_TOKEN, Exchange, Place, Request

_TIMEOUT, _LONGEST = 180.0, 16 * 1024 * 1024
_TRIES, _LONGEST_PAUSE = 4, 60.0


class NotSignedInError(Exception):
    """`az` gives no token."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: no token follows it."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Https:
    """``token`` for ARM and ``cluster_token`` are asked for when they are first needed; ``pace`` shortens waiting."""

    place: Place
    endpoint: str
    token: Callable[[], str]
    cluster_token: Callable[[], str]
    ca_file: str | None = None
    pace: float = 1.0
    #: Whether the cluster wants a token of the caller; the step that reads the cluster tells.
    entra: bool = False
    sent: int = 0
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        https = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file))
        self._opener = urllib.request.build_opener(https, _NoRedirect)

    def send(self, request: Request) -> Exchange:
        body = request.body
        if isinstance(body, dict) and body.get("clusterToken") == CLUSTER_TOKEN:
            body = {**body, "clusterToken": self.cluster_token() if self.entra else ""}
        return self._ask(request, self.endpoint.rstrip("/") + request.target, body)

    def follow(self, url: str, request: Request) -> Exchange:
        """A URL of an answer, which leads nowhere but back to the same host."""
        if urlsplit(url)[:2] != urlsplit(self.endpoint)[:2]:
            return Exchange(replace(request, method="GET", body=None), 0, {}, "the Location leads to another host")
        return self._ask(replace(request, method="GET", body=None, follow=False), url, None)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds * self.pace)

    def _ask(self, request: Request, url: str, body: Any) -> Exchange:
        """A call that is throttled comes again when the service says so: what it would answer is the question."""
        for _ in range(_TRIES):
            found = self._ask_once(request, url, body)
            asked = found.header("retry-after")
            if found.status != 429 or not asked.isdigit():
                break
            self.wait(min(float(asked), _LONGEST_PAUSE))
        return found

    def _ask_once(self, request: Request, url: str, body: Any) -> Exchange:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        asked = urllib.request.Request(url, data, headers, method=request.method)
        self.sent += 1
        try:
            with self._opener.open(asked, timeout=_TIMEOUT) as answer:
                return Exchange(request, answer.status, dict(answer.headers.items()), _parsed(answer.read(_LONGEST)))
        except urllib.error.HTTPError as refused:
            with refused:
                return Exchange(request, refused.code, dict(refused.headers.items()), _parsed(refused.read(_LONGEST)))
        except (OSError, HTTPException) as lost:
            return Exchange(request, 0, {}, f"no answer: {lost}")


def signed_in(az: str, place: Place) -> Https:
    """By the sign-in of `az`, in the cloud that it is set to."""
    account = ["account", "get-access-token", "--subscription", place.subscription, "--query", "accessToken"]
    return Https(
        place,
        _asked(az, "cloud", "show", "--query", "endpoints.resourceManager"),
        _once(lambda: _secret(_asked(az, *account))),
        _once(lambda: _secret(_asked(az, *account, "--resource", AKS_SERVER_APP))),
        os.environ.get("REQUESTS_CA_BUNDLE"),
    )


def _asked(az: str, *words: str) -> str:
    ended = subprocess.run([az, *words, "-o", "tsv"], capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode != 0 or not ended.stdout.strip():
        raise NotSignedInError(redact.redact(ended.stderr.strip()) or f"az {' '.join(words)} printed nothing")
    return ended.stdout.strip()


def _secret(token: str) -> str:
    redact.register(token)
    return token


def _once(make: Callable[[], str]) -> Callable[[], str]:
    kept: list[str] = []
    return lambda: kept[0] if kept else (kept.append(make()) or kept[0])  # type: ignore[func-returns-value]


def _parsed(data: bytes) -> Any:
    if not data:
        return None
    text = data.decode("utf-8-sig", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
