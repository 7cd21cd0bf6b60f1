"""Secrets in addresses: passwords before the host, signatures and codes in the query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from azext_aksinvokefix.redact import names
from azext_aksinvokefix.redact.view import Span, View

_ADDRESS = re.compile(r"://([^\s\"'`<>]+)")
_PARAMETER = re.compile(
    r"[?&;#](?:sig|code|t|c|s|h|key|ticket|saml(?:request|response)|relaystate|state|nonce"
    r"|x-amz-(?:signature|credential)|signature|hmac|otp|jwt|st|sid)=([^&;\s\"'`<>#|]+)"
)
_PASSED = re.compile(r"(?<![\w?&;-])sig=([^&;\s\"'`<>|]{8,})")
_ORACLE = re.compile(r"jdbc:oracle:[a-z]{2,8}:[^/\s:@]{1,80}/([^@\s]{1,200})@")
_HOOKS = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/"
    r"|outlook\.office(?:365)?\.com/webhook/|webhook\.office\.com/webhookb2/|api\.telegram\.org/bot)([^\s\"'`<>?]{8,})"
)
_ACCOUNT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,40}")
_PORT = re.compile(r"\d{0,5}")
_SHORTEST_TOKEN = 16


def spans(view: View) -> Iterator[Span]:
    """The places of the secrets in every address."""
    if "://" in view.text:
        for found in _ADDRESS.finditer(view.text):
            yield from _address(view.text, found.start(1), found.end(1))
    if "=" in view.text:
        for pattern in (_PARAMETER, _PASSED):
            for found in pattern.finditer(view.folded):
                if not names.is_trivial(view.text[found.start(1) : found.end(1)]) and found.end(1) - found.start(1) > 3:
                    yield found.start(1), found.end(1), "secret"
    for needle, pattern in (("jdbc:oracle", _ORACLE), ("hook", _HOOKS), ("telegram", _HOOKS)):
        if needle in view.folded:
            yield from ((found.start(1), found.end(1), "secret") for found in pattern.finditer(view.folded))


def _address(text: str, begin: int, end: int) -> Iterator[Span]:
    """The user's password in each address of a run; one may be the parameter of another, or several be joined."""
    while begin < end:
        following = text.find("://", begin, end)
        last = end if following < 0 else following
        yield from _user(text, begin, last)
        begin = last + len("://")


def _user(text: str, begin: int, end: int) -> Iterator[Span]:
    slash = next((at for at in (text.find(sign, begin, end) for sign in "/?#") if at >= 0), end)
    at = text.rfind("@", begin, slash)
    colon = text.find(":", begin, end)
    if at < 0 <= colon < slash and not _PORT.fullmatch(text, colon + 1, slash):
        # A slash that should have been encoded is part of the password.
        at = text.find("@", slash, end)
    if at < 0:
        return
    if begin <= colon < at:
        if not names.is_trivial(text[colon + 1 : at]):
            yield colon + 1, at, "secret"
    elif at - begin >= _SHORTEST_TOKEN and (
        not _ACCOUNT.fullmatch(text, begin, at) or names.looks_random(text[begin:at])
    ):
        yield begin, at, "secret"
