"""The ways in which Azure, or the way there, can fail at one operation."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from tests.faults.cloud import FOREIGN, Call, Serve
from tests.faults.reply import Reply

JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html"}

_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%s</h1></center><hr>nginx</body></html>"
_LARGE = 50 * 1024 * 1024
#: Base64 of {"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}.
_CLAIMS = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzAwMDAwMDAwIn19fQ=="


def _always(_: Call) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """``reply`` makes what comes back; it calls ``serve`` where the service did its work all the same. ``fits`` is told
    a call as it went without a fault. ``lasts``: it is also tried at every call of an operation, not at one alone."""

    name: str
    family: str
    reply: Callable[[Call, Serve], Reply]
    fits: Callable[[Call], bool] = _always
    lasts: bool = False


def _answers(status: int, document: Any, headers: Mapping[str, str] | None = None, served: bool = False) -> Any:
    """The status with this body, a text as HTML."""

    def reply(_: Call, serve: Serve) -> Reply:
        if served:
            serve()
        if isinstance(document, bytes):
            return Reply(status, {**HTML, **(headers or {})}, document)
        return Reply(status, {**JSON, **(headers or {})}, json.dumps(document).encode())

    return reply


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _breaks(how: str, served: bool = True) -> Any:
    def reply(_: Call, serve: Serve) -> Reply:
        return replace(serve(), breaks=how) if served else Reply(breaks=how)

    return reply


def _changed(change: Callable[[Any], Any]) -> Any:
    """The genuine answer with its document changed."""

    def reply(call: Call, serve: Serve) -> Reply:
        genuine = serve()
        return replace(genuine, body=json.dumps(change(call.answer)).encode())

    return reply


def _written(call: Call) -> bool:
    return not call.reads


def _has_object(call: Call) -> bool:
    return isinstance(call.answer, dict)


def _has_properties(call: Call) -> bool:
    return _has_object(call) and bool(list(_properties(call.answer)))


def _has_list(call: Call) -> bool:
    return _has_object(call) and isinstance(call.answer.get("value"), list)


def _properties(document: Any) -> Iterator[dict[str, Any]]:
    """The objects of a document that hold `properties`."""
    for each in document.get("value") if isinstance(document.get("value"), list) else [document]:
        if isinstance(each, dict) and isinstance(each.get("properties"), dict):
            yield each


def _nulled(document: dict[str, Any]) -> dict[str, Any]:
    return {name: None for name in document}


def _nulled_properties(document: dict[str, Any]) -> dict[str, Any]:
    for each in _properties(document):
        each["properties"] = _nulled(each["properties"])
    return document


def _odd_properties(document: dict[str, Any]) -> dict[str, Any]:
    for each in _properties(document):
        each["properties"] = {name: [7] for name in each["properties"]}
    return document


def _null_elements(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "value": [None, 7, "x", [], {}]}


def _absent_properties(document: dict[str, Any]) -> dict[str, Any]:
    for each in _properties(document):
        each["properties"] = None
    return document


def _linked(link: Callable[[Call], Any]) -> Any:
    def reply(call: Call, serve: Serve) -> Reply:
        genuine = serve()
        document = call.answer if isinstance(call.answer, dict) else {}
        return replace(genuine, body=json.dumps({**document, "nextLink": link(call)}).encode())

    return reply


def _redirects(status: int, abroad: bool) -> Any:
    def reply(call: Call, _: Serve) -> Reply:
        parts = urlsplit(call.url)
        target = parts._replace(netloc=FOREIGN if abroad else parts.netloc, query=parts.query + "&moved=true")
        return Reply(status, {"location": target.geturl(), **HTML}, b"moved")

    return reply


def _led(name: str) -> Any:
    """The genuine answer of something that goes on, with the place to look moved abroad."""

    def reply(_: Call, serve: Serve) -> Reply:
        genuine = serve()
        headers = {key: value for key, value in genuine.headers.items() if key.lower() not in _PLACES}
        status = 202 if genuine.status < 300 else genuine.status
        return replace(genuine, status=status, headers={**headers, name: f"https://{FOREIGN}/operations/1?t=1"})

    return reply


_PLACES = ("location", "azure-asyncoperation")


def _goes_on(call: Call) -> bool:
    return _written(call) or call.operation == "command-result"


def _throttled(name: str, after: Callable[[], str | None], lasts: bool = False) -> Fault:
    def reply(_: Call, __: Serve) -> Reply:
        asked = after()
        headers = {**JSON, **({"retry-after": asked} if asked is not None else {})}
        return Reply(429, headers, json.dumps(_error("TooManyRequests", "The request is being throttled.")).encode())

    return Fault(name, "429", reply, lasts=lasts)


def _date() -> str:
    return email.utils.formatdate(time.time() + 5, usegmt=True)


def _untyped(_: Call, serve: Serve) -> Reply:
    genuine = serve()
    return replace(genuine, headers={**genuine.headers, "content-type": "text/plain"})


def _padded(_: Call, serve: Serve) -> Reply:
    return replace(serve(), padding=_LARGE)


_DOWN = _error("ServiceUnavailable", "The service is unavailable now, please retry later.")
_BROKEN = _error("InternalServerError", "The server encountered an unexpected condition.")
_GATEWAY = _error("GatewayTimeout", "The gateway did not receive a response within the specified time period.")
_EXPIRED = _error("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
_CHALLENGE = {
    "www-authenticate": 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    f', error="insufficient_claims", claims="{_CLAIMS}"'
}
_FORBIDDEN = _error(
    "AuthorizationFailed",
    "The client 'ada@contoso.com' with object id '0b1ec700-0000-4000-8000-000000000ada' does not have authorization to "
    "perform action 'Microsoft.Simulated/thing/read' over scope '/subscriptions/s' or the scope is invalid.",
)
_MISSING = _error("ResourceNotFound", "The Resource 'Microsoft.Simulated/thing/x' was not found.")
_BUSY = _error("Conflict", "Another operation is in progress.")

FAULTS: tuple[Fault, ...] = (
    _throttled("429 after 2 s", lambda: "2"),
    _throttled("429 after a date", _date),
    _throttled("429 without a word", lambda: None, lasts=True),
    _throttled("429 after 10^12 s", lambda: "1000000000000", lasts=True),
    _throttled("429 after nonsense", lambda: "-1e400, soon"),
    Fault("500", "5xx", _answers(500, _BROKEN)),
    Fault("500 though done", "5xx", _answers(500, _BROKEN, served=True), _written),
    Fault("502 HTML", "5xx", _answers(502, _PAGE % (502, b"Bad Gateway"))),
    Fault("502 HTML though done", "5xx", _answers(502, _PAGE % (502, b"Bad Gateway"), served=True), _written),
    Fault("503", "5xx", _answers(503, _DOWN), lasts=True),
    Fault("503 after 2 s", "5xx", _answers(503, _DOWN, {"retry-after": "2"})),
    Fault("504", "5xx", _answers(504, _GATEWAY)),
    Fault("504 though done", "5xx", _answers(504, _GATEWAY, served=True), _written),
    Fault("refused", "way", _breaks("refused", served=False)),
    Fault("reset", "way", _breaks("reset", served=False), lasts=True),
    Fault("reset though done", "way", _breaks("reset"), _written),
    Fault("reset in the body", "way", _breaks("torn")),
    Fault("body cut", "way", _breaks("cut")),
    Fault("TLS", "way", _breaks("tls", served=False)),
    Fault("trickle", "size", _breaks("trickle"), lasts=True),
    Fault("50 MB", "size", _padded),
    Fault("200 HTML", "body", _answers(200, _PAGE % (200, b"Sign in to the network"))),
    Fault("200 HTML though done", "body", _answers(200, _PAGE % (200, b"Welcome"), served=True), _written),
    Fault("text/plain", "body", _untyped),
    Fault("200 empty", "body", _answers(200, b"")),
    Fault("list", "body", _changed(lambda _: [])),
    Fault("number", "body", _changed(lambda _: 7)),
    Fault("text", "body", _changed(lambda _: "fine")),
    Fault("empty object", "body", _changed(lambda _: {})),
    Fault("null members", "body", _changed(_nulled), _has_object),
    Fault("null properties", "body", _changed(_absent_properties), _has_properties),
    Fault("null in properties", "body", _changed(_nulled_properties), _has_properties, lasts=True),
    Fault("list in properties", "body", _changed(_odd_properties), _has_properties),
    Fault("odd elements", "body", _changed(_null_elements), _has_list),
    Fault("401", "4xx", _answers(401, _EXPIRED)),
    Fault("401 with claims", "4xx", _answers(401, _EXPIRED, _CHALLENGE), lasts=True),
    Fault("403", "4xx", _answers(403, _FORBIDDEN), lasts=True),
    Fault("404 nested", "4xx", _answers(404, _MISSING), lasts=True),
    Fault("404 flat", "4xx", _answers(404, {"code": "NotFound", "message": "It was not found."})),
    Fault("404 HTML", "4xx", _answers(404, _PAGE % (404, b"Not Found"))),
    Fault("409", "4xx", _answers(409, _BUSY)),
    *(
        Fault(f"{status} {where}", "redirect", _redirects(status, where == "abroad"), lasts=status == 307)
        for status in (301, 302, 303, 307, 308)
        for where in ("at home", "abroad")
    ),
    Fault("paging in a circle", "paging", _linked(lambda call: call.url), _has_list),
    Fault("paging without end", "paging", _linked(lambda call: f"{call.url}&p=1"), _has_list, lasts=True),
    Fault("paging abroad", "paging", _linked(lambda _: f"https://{FOREIGN}/next"), _has_list),
    Fault("paging nowhere", "paging", _linked(lambda _: 7), _has_list),
    Fault("Location abroad", "abroad", _led("location"), _goes_on),
    Fault("Azure-AsyncOperation abroad", "abroad", _led("azure-asyncoperation"), _goes_on),
)

FAMILIES = tuple(dict.fromkeys(fault.family for fault in FAULTS))
