"""Lossless ARM JSON through the pipeline of a client that the CLI's client factory made.

The pipeline brings the CLI's sign-in, user agent, proxy and CA settings and policy-token hook; this module brings
pinned api-versions, paging, retries with a deadline, and one correlation id for a whole command.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from azext_aksinvokefix import bounds, network, request_log, retry

_READ_TIMEOUT = 60.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
#: No list of Azure comes near; a service that errs can give a next page without end.
_MOST_PAGES = 500
#: Of an error in a log line.
_LONGEST_REASON = 200
_IMPORTING = threading.Lock()


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
    def is_missing(self) -> bool:
        """Whether what was asked for does not exist."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def text(self) -> str:
        """The error in the form the CLI prints: ``(Code) message``."""
        return f"({self.code}) {self.message}" if self.code else self.message


class SignInError(ArmError):
    """No token could be had; ``finding`` is what that means where it was asked for."""

    def __init__(self, message: str, finding: str) -> None:
        super().__init__(None, None, message)
        self.finding = finding


def no_answer(error: BaseException) -> ArmError:
    """What it means that no answer came, with the setting of this machine that is to blame, if one is."""
    return ArmError(None, None, network.named(str(error)))


def no_token(error: BaseException, finding: str = "sign-in-expired") -> ArmError:
    """What an error of the CLI's credentials means: no sign-in, or no way to ask for a token at all."""
    text = str(error)
    if network.is_certificate_error(text) or network.is_proxy_error(text):
        return no_answer(error)
    return SignInError(text, finding)


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
        if 300 <= self.status < 400:
            text = f"HTTP {self.status}: the request was redirected, which is not followed."
        return ArmError(self.status, None, text or f"HTTP {self.status} without an explanation.", self.headers)

    def retry_after(self) -> float | None:
        """Seconds to wait before the next try, as the service asks; None when it does not."""
        return retry.after(self.headers)


@dataclass
class Arm:
    """ARM, seen through one client's pipeline. Reads may run in several threads at once.

    ``pipeline`` is an ``azure.core.PipelineClient``; ``endpoint`` the cloud's resource manager URL. ``deadline`` is a
    ``time.monotonic`` value after which no further try is made; who has less time asks through :meth:`until`.
    ``refused`` is told the token of a request that was answered with 401.
    """

    pipeline: Any
    endpoint: str
    deadline: float | None = None
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    refused: Callable[[str], None] | None = None

    def until(self, deadline: float) -> Arm:
        """The same ARM for somebody with a deadline; whoever holds this one is not hurried by it."""
        return replace(self, deadline=deadline)

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
            if len(seen) == _MOST_PAGES:
                raise ArmError(200, None, f"The list does not end within {_MOST_PAGES} pages.")
            seen.add(url)
            page = self._read("GET", url, None)
            if not isinstance(page, dict) or not isinstance(page.get("value"), list):
                raise ArmError(200, None, "The response contains no list.")
            values.extend(page["value"])
            url = self._next_page(page.get("nextLink"))
        return values

    def _next_page(self, link: Any) -> str | None:
        if not link:
            return None
        if not isinstance(link, str) or not self.owns(link):
            raise ArmError(200, None, "The next page of the list is not at Azure Resource Manager.")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise ArmError(None, None, "The list could not be read within the time allowed.")
        return link

    def url(self, path: str, api_version: str | None = None, params: Mapping[str, str] | None = None) -> str:
        """The full URL of ``path`` with its query; a full URL is kept verbatim.

        Whoever sends it resolves dots in a path, which would then be that of something else: ArmError.
        """
        if "://" not in path and not {".", ".."}.isdisjoint(path.split("/")):
            raise ArmError(None, None, f"{path} is not the path of a resource.")
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

    def onward(self, url: str, answer: Answer, *names: str) -> str:
        """Where a running operation is asked about next: any answer may name another place in one of these headers.

        The place before it may be gone by then. One that is not ARM's is not believed.
        """
        for name in names:
            target = joined(url, answer.headers.get(name))
            if target is not None and self.owns(target):
                return target
        return url

    def send(self, method: str, url: str, body: Any = None, read_timeout: float = _READ_TIMEOUT) -> Answer:
        """One request, one try, whatever the status; raises ArmError only when no usable answer came.

        A GET that is sent on to another place of ARM goes there. Nothing else is sent on: a body and a token are meant
        for ARM alone, and so is what is believed of an answer.
        """
        for _ in range(_MOST_REDIRECTS):
            answer = self._send(method, url, body, read_timeout)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._sent_on(method, url, answer)
        raise ArmError(answer.status, None, "The response redirects in an endless loop.")

    def _sent_on(self, method: str, url: str, answer: Answer) -> str:
        target = joined(url, answer.headers.get("location"))
        if method != "GET" or target is None or not self.owns(target):
            place = urlsplit(target or "").hostname or "another place"
            raise ArmError(
                answer.status,
                None,
                f"The request was redirected to {place}, which is not followed. A proxy, a captive portal or a "
                f"gateway might be answering instead of {urlsplit(self.endpoint).hostname}.",
            )
        return target

    def _send(self, method: str, url: str, body: Any, read_timeout: float) -> Answer:
        begun = time.monotonic()
        try:
            answer = self._exchange(method, url, body, read_timeout)
        except ArmError as error:
            request_log.tell(method, url, f"no answer ({error.message[:_LONGEST_REASON]})", begun)
            raise
        request_log.tell(method, url, answer.status, begun)
        return answer

    def _exchange(self, method: str, url: str, body: Any, read_timeout: float) -> Answer:
        # Modules of azure.core import one another: of two threads that are first at once, one can see half a module.
        with _IMPORTING:
            from azure.core.exceptions import AzureError
            from azure.core.rest import HttpRequest

        request = HttpRequest(method, url, headers={"x-ms-correlation-request-id": self.correlation_id})
        if body is not None:
            request = HttpRequest(method, url, headers=dict(request.headers), json=body)

        def ask() -> Answer:
            response = self.pipeline.send_request(
                request,
                stream=True,
                retry_total=0,
                permit_redirects=False,
                read_timeout=read_timeout,
                connection_timeout=30,
            )
            try:
                content = bounds.whole(response.iter_bytes())
            finally:
                response.close()
            self.heed(response.status_code, request.headers)
            return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)

        try:
            return bounds.within(self.time_left(bounds.LONGEST_ANSWER), ask)
        except (AzureError, RecursionError, bounds.TooLongError, bounds.TooLargeError) as error:
            raise no_answer(error) from error
        except credential_errors() as error:
            raise no_token(error) from error

    def heed(self, status: int, sent: Mapping[str, str]) -> None:
        """What an answer means for the token that was ``sent`` in the headers of its request."""
        if status == HTTPStatus.UNAUTHORIZED and self.refused:
            self.refused(sent.get("Authorization", "").rpartition(" ")[2])

    def _read(self, method: str, url: str, body: Any) -> Any:
        tries, until = iter(retry.READ_PAUSES), time.monotonic() + bounds.LONGEST_ANSWER
        while True:
            failure, wait = self._try(method, url, body)
            if not isinstance(failure, ArmError):
                return failure
            pause = next(tries, None)
            # Of answers that drip each try takes all the time that there is for one.
            if pause is None or wait is None or time.monotonic() > until:
                raise failure
            self.pause(max(pause, wait), failure)

    def _try(self, method: str, url: str, body: Any) -> tuple[Any, float | None]:
        """The JSON; or an ArmError with the seconds the service asked to wait, None when trying again is pointless."""
        try:
            answer = self.send(method, url, body, self.time_left(_READ_TIMEOUT))
            if answer.status < 300:
                return _json(answer), None
        except ArmError as error:
            settled = isinstance(error, SignInError) or retry.is_local(error) or error.status in _REDIRECTS
            return error, None if settled else 0.0
        return answer.error(), (answer.retry_after() or 0.0) if answer.status in retry.RETRYABLE else None

    def time_left(self, most: float) -> float:
        """Seconds until the deadline, at least one, at most ``most``."""
        return most if self.deadline is None else min(most, max(self.deadline - time.monotonic(), 1.0))

    def pause(self, seconds: float, reason: ArmError) -> None:
        """Wait before the next try, or raise ``reason`` when the deadline would pass meanwhile."""
        if self.deadline is not None and time.monotonic() + seconds > self.deadline:
            raise reason
        time.sleep(seconds)


def joined(url: str, target: str | None) -> str | None:
    """The absolute URL that a Location header means; None when there is none or it is none."""
    try:
        return urljoin(url, target) if target else None
    except ValueError:
        return None


def _json(answer: Answer) -> Any:
    document = answer.json()
    if document is None and answer.body.strip():
        raise ArmError(answer.status, None, "The response is not JSON.", answer.headers)
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
