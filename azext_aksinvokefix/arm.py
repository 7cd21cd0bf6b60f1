"""Lossless ARM JSON through the pipeline of a client that the CLI's client factory made.

The pipeline brings the CLI's sign-in, user agent, proxy and CA settings and policy-token hook; this module brings
pinned api-versions, paging, retries with a deadline, and one correlation id for a whole command.
"""

from __future__ import annotations

import email.utils
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlsplit

#: What ARM or a gateway answers when trying again can help.
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
_BACK_OFF = (0.5, 1.0, 2.0, 4.0, 5.0)
_READ_TIMEOUT = 60.0
_LONGEST_RETRY_AFTER = 300.0


class ArmError(Exception):
    """ARM or a resource provider refused, or no answer came (``status`` is None then)."""

    def __init__(
        self, status: int | None, code: str | None, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: Mapping[str, str] = headers or {}

    @property
    def text(self) -> str:
        """The error in the form the CLI prints: ``(Code) message``."""
        return f"({self.code}) {self.message}" if self.code else self.message


class SignInError(ArmError):
    """No token could be had; ``finding`` is what that means where it was asked for."""

    def __init__(self, message: str, finding: str) -> None:
        super().__init__(None, None, message)
        self.finding = finding


def credential_errors() -> tuple[type[Exception], ...]:
    """What the CLI's credentials make of a token endpoint that refuses, does not answer, or answers nonsense.

    Some raise errors of their own, some let those of requests and json through.
    """
    from azure.core.exceptions import AzureError
    from knack.util import CLIError

    return (AzureError, CLIError, OSError, ValueError, KeyError)


@dataclass(frozen=True)
class Answer:
    """A response as it came: nothing is parsed away."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None when it is empty or no JSON. A byte that is no UTF-8 costs itself alone."""
        try:
            return json.loads(self.body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None

    def error(self) -> ArmError:
        """The error this answer holds, from ARM's shape or a resource provider's flat one."""
        document = self.json()
        error = document.get("error", document) if isinstance(document, dict) else None
        if isinstance(error, dict) and (error.get("code") or error.get("message")):
            return ArmError(self.status, _text(error.get("code")), _message(error), self.headers)
        text = self.body.decode("utf-8", "replace").strip()
        return ArmError(self.status, None, text or f"HTTP {self.status} without an explanation.", self.headers)

    def retry_after(self) -> float | None:
        """Seconds to wait before the next try, from any of the headers Azure uses; None when it gave none."""
        for name, unit in (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("retry-after", 1.0)):
            value = self.headers.get(name)
            if value:
                return _seconds(value, unit)
        return None


@dataclass
class Arm:
    """ARM, seen through one client's pipeline. Reads may run in several threads at once.

    ``pipeline`` is an ``azure.core.PipelineClient``; ``endpoint`` the cloud's resource manager URL. ``deadline`` is a
    ``time.monotonic`` value after which no further try is made. ``requests`` counts what was sent.
    """

    pipeline: Any
    endpoint: str
    deadline: float | None = None
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    requests: int = 0

    def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
        """The JSON at ``path``, a path below the endpoint or a full URL that ARM gave; raises ArmError."""
        return self._read("GET", self.url(path, api_version, params), None)

    def post(self, path: str, api_version: str | None = None, body: Any = None, **params: str) -> Any:
        """A POST that only reads, such as a query; retried like a GET."""
        return self._read("POST", self.url(path, api_version, params), body)

    def pages(self, path: str, api_version: str | None = None, **params: str) -> list[Any]:
        """Every element of ``value`` over all pages; ``nextLink`` is followed verbatim, but only to ARM itself.

        A part of a list never passes for the whole: a page that cannot be had raises ArmError.
        """
        url: str | None = self.url(path, api_version, params)
        seen: set[str] = set()
        values: list[Any] = []
        while url and url not in seen:
            seen.add(url)
            page = self._read("GET", url, None)
            if not isinstance(page, dict) or not isinstance(page.get("value"), list):
                raise ArmError(200, None, "The answer holds no list.")
            values.extend(page["value"])
            url = self._next_page(page.get("nextLink"))
        return values

    def _next_page(self, link: Any) -> str | None:
        if not link:
            return None
        if not isinstance(link, str) or not self.owns(link):
            raise ArmError(200, None, "The list goes on at a place that is not Azure Resource Manager.")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise ArmError(None, None, "The list is longer than the time allowed.")
        return link

    def url(self, path: str, api_version: str | None = None, params: Mapping[str, str] | None = None) -> str:
        """The full URL of ``path`` with its query; a full URL is kept verbatim."""
        base = path if "://" in path else self.endpoint.rstrip("/") + quote(path, safe="/:@!$&'()*+,;=~-._")
        query = dict(params or {})
        if api_version:
            query["api-version"] = api_version
        if not query:
            return base
        pairs = "&".join(f"{quote(name, safe='$-')}={quote(value, safe='')}" for name, value in query.items())
        return base + ("&" if "?" in base else "?") + pairs

    def owns(self, url: str) -> bool:
        """Whether a URL from a response may be sent the user's token: same origin, or a region's host of this cloud."""
        try:
            target, home = urlsplit(url), urlsplit(self.endpoint)
            same_port = (target.port or 443) == (home.port or 443)
        except ValueError:
            return False
        if target.scheme != "https" or not target.hostname or not home.hostname:
            return False
        same_host = target.hostname == home.hostname or target.hostname.endswith("." + home.hostname)
        return same_host and same_port

    def send(self, method: str, url: str, body: Any = None, read_timeout: float = _READ_TIMEOUT) -> Answer:
        """One request, one try, whatever the status; raises ArmError only when no answer came."""
        from azure.core.exceptions import AzureError, DecodeError, IncompleteReadError
        from azure.core.rest import HttpRequest

        request = HttpRequest(method, url, headers={"x-ms-correlation-request-id": self.correlation_id})
        if body is not None:
            request = HttpRequest(method, url, headers=dict(request.headers), json=body)
        self.requests += 1
        try:
            response = self.pipeline.send_request(
                request, retry_total=0, read_timeout=read_timeout, connection_timeout=30
            )
            content = response.read()
        except DecodeError as error:
            if isinstance(error, IncompleteReadError) or error.response is None:
                raise ArmError(None, None, str(error)) from error
            # The pipeline reads what claims to be JSON before it is asked to; what is none is an answer all the same.
            response = cast(Any, error.response)
            content = response.read()
        except (AzureError, RecursionError) as error:
            raise ArmError(None, None, str(error)) from error
        except credential_errors() as error:
            raise SignInError(str(error), "sign-in-expired") from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)

    def _read(self, method: str, url: str, body: Any) -> Any:
        tries = iter(_BACK_OFF)
        while True:
            failure, wait = self._try(method, url, body)
            if not isinstance(failure, ArmError):
                return failure
            pause = next(tries, None)
            if pause is None or wait is None:
                raise failure
            self.pause(max(pause, wait), failure)

    def _try(self, method: str, url: str, body: Any) -> tuple[Any, float | None]:
        """The JSON; or an ArmError with the seconds the service asked to wait, None when trying again is pointless."""
        try:
            answer = self.send(method, url, body, self._time_left())
            if answer.status < 400:
                return _json(answer), None
        except ArmError as error:
            return error, None if isinstance(error, SignInError) or is_certificate_error(error) else 0.0
        return answer.error(), (answer.retry_after() or 0.0) if answer.status in RETRYABLE else None

    def _time_left(self) -> float:
        if self.deadline is None:
            return _READ_TIMEOUT
        return min(_READ_TIMEOUT, max(self.deadline - time.monotonic(), 1.0))

    def pause(self, seconds: float, reason: ArmError, sleep: Callable[[float], None] = time.sleep) -> None:
        """Wait before the next try, or raise ``reason`` when the deadline would pass meanwhile."""
        if self.deadline is not None and time.monotonic() + seconds > self.deadline:
            raise reason
        sleep(seconds)


def is_certificate_error(error: ArmError) -> bool:
    """A TLS interception or a missing CA does not go away by trying again."""
    return "certificate verify failed" in error.message.lower()


def _json(answer: Answer) -> Any:
    document = answer.json()
    if document is None and answer.body.strip():
        raise ArmError(answer.status, None, "The answer is not JSON.", answer.headers)
    return document


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _message(error: Mapping[str, Any]) -> str:
    message = str(error.get("message") or "")
    subcode = error.get("subcode")
    if subcode and str(subcode) not in message:
        message += f" (subcode {subcode})"
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        inner = str(detail.get("message") or "") if isinstance(detail, dict) else ""
        message += f" {inner}" if inner not in message else ""
    return message


def _seconds(value: str, unit: float) -> float | None:
    try:
        seconds = float(value) / unit
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
