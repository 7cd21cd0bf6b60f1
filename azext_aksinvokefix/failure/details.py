"""Single facts that may stand in any failure text: codes, ids, images, names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

# One pattern a form: each begins with a fixed word, which is what makes a search fast.
_COMMAND_IDS = tuple(
    Pattern(form + "([0-9a-f]{32})")
    for form in ("command-", "commandresults/", "commandid:", r"command\(id:", "'id':'", r"(?<![a-z])id:")
)
_IMAGE = Pattern(r"(?:pullimage|pullingimage|unpackimage)'([^']{3,512})'")
_REFUSALS = (
    "failedtoauthorize",
    "failedtofetchanonymoustoken",
    "failedtofetchoauthtoken",
    "authenticationrequired",
    "pullaccessdenied",
    "insufficient_scope",
    "authorizationfailed",
    "denied:",
    "unauthorized:",
)
_UNREACHED = (
    "i/otimeout",
    "nosuchhost",
    "connectionrefused",
    "noroutetohost",
    "tlshandshaketimeout",
    "deadlineexceeded",
)
_MISSING = (":notfound", "manifestunknown", "namenotknown", "repositorynotfound", "404notfound")
_STATUS_REFUSED = Pattern(r"(?:40[13](?:unauthorized|forbidden)|unexpectedstatus(?:code)?[^,;]{0,200}?:?40[13])")
_WEBHOOK = Pattern(r"failed(?:calling|tocall)(?:admission)?webhook'([^']{1,253})'")

_PAREN_CODE = Pattern(r"\(([A-Z][a-z0-9]{1,60}[A-Z][A-Za-z0-9]{0,80})\)(?=\S)")
_QUOTED_CODE = Pattern(r"(?i)code'?[:=]'([A-Za-z][A-Za-z0-9_]{2,100})'")
_CODE_LINE = Pattern(r"(?i)code: {0,4}([A-Z][A-Za-z0-9]{2,100})\b")
_BEFORE_CODE = 32
#: What a code of the service mostly ends in; a word in parentheses that stands in the middle of prose does not.
_ENDS = (
    *("error", "failed", "failure", "notfound", "notallowed", "denied", "forbidden", "token", "policy", "tenant"),
    *("requests", "locked", "exceeded", "conflict", "mismatch", "operation", "request", "setup", "notsupported"),
)
#: Words that also stand before "code:" and make it another kind of code, and states, which are no codes.
_OTHER_CODES = frozenset(("exit", "status", "response", "http", "return", "result", "vs", "source", "exception"))
_STATES = frozenset(("running", "stopped", "succeeded", "starting", "stopping", "ok", "null", "none"))
_MOST = 20
# Codes of the wrappers around the one that matters.
_WRAPPERS = frozenset(("DeploymentFailed", "ResourceDeploymentFailure", "ResourceOperationFailure", "Unspecified"))


def anywhere(text: Text) -> dict[str, Any]:
    """``commandId`` where the text holds one."""
    for pattern in _COMMAND_IDS:
        found = pattern.search(text.low)
        if found:
            return {"commandId": found.group(1)}
    return {}


def error_code(text: Text) -> str | None:
    """The service's error code: the first that is not a wrapper's, else the wrapper's."""
    codes = list(_codes(text))
    return next((code for code in codes if code not in _WRAPPERS), codes[0] if codes else None)


def _codes(text: Text) -> Iterator[str]:
    """``(Code) …`` as the CLI writes it, else JSON's ``"code": "…"``, else a line ``Code: …``; never a state."""
    for code in (*_in_parentheses(text), *_quoted(text), *_on_a_line(text)):
        if code.lower() not in _STATES:
            yield code


def _in_parentheses(text: Text) -> Iterator[str]:
    for found in islice(_PAREN_CODE.finditer(text.dense), _MOST):
        # kubectl's "Error from server (NotFound)" names a reason, not a code of the service.
        if not text.low.endswith("server", 0, found.start()) and _is_code(text, *found.span(1)):
            yield found.group(1)


def _is_code(text: Text, start: int, stop: int) -> bool:
    """Whether it is one word that a message begins with: prose has names like ``(Microsoft Azure CLI)``."""
    if " " in text.written(start, stop).strip():
        return False
    before = text.dense[start - 2 : start - 1]
    in_prose = (before.isalnum() or before in (",", ";", ")")) and not text.starts_line(start - 1)
    return not in_prose or text.low.endswith(_ENDS, start, stop)


def _quoted(text: Text) -> Iterator[str]:
    if text.any("code'", "code="):
        for found in islice(_QUOTED_CODE.finditer(text.dense), _MOST):
            if not text.low.endswith(("exit", "status", "exit_", "status_"), 0, found.start()):
                yield found.group(1)


def _on_a_line(text: Text) -> Iterator[str]:
    """``Code: …`` or ``ERROR CODE: …`` at the start of a line; elsewhere only what looks like a code of the service."""
    for found in islice(_CODE_LINE.finditer(text.lines), _MOST) if text.any("code:") else ():
        line = text.lines[max(0, found.start() - _BEFORE_CODE) : found.start()].rpartition("\n")[2]
        word = line.rstrip(" \t>|-│").rpartition(" ")[2].lower()
        code = found.group(1)
        if word in ("", "error") or (word not in _OTHER_CODES and code.lower().endswith(_ENDS)):
            yield code


def image(text: Text) -> dict[str, Any]:
    """The ``image`` that could not be pulled."""
    found = _IMAGE.search(text.low)
    return {"image": found.group(1)} if found else {}


def registry(text: Text) -> dict[str, Any]:
    """The ``image`` that could not be pulled, and how its registry took it: ``refused``, ``unreached`` or, where it
    does not have the image, ``missing``."""
    return {**image(text), **{each: True for each in _taken(text)}}


def _taken(text: Text) -> Iterator[str]:
    if text.any(*_REFUSALS) or _STATUS_REFUSED.search(text.low):
        yield "refused"
    elif text.any(*_UNREACHED):
        yield "unreached"
    elif text.any(*_MISSING):
        yield "missing"


def webhook(text: Text) -> dict[str, Any]:
    """The ``webhook`` that did not answer."""
    found = _WEBHOOK.search(text.low)
    return {"webhook": found.group(1)} if found else {}
