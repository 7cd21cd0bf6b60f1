"""What authorizes an HTTP request: the Authorization header in any scheme, and cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from azext_aksinvokefix.redact import names, values
from azext_aksinvokefix.redact.view import View

AUTHORIZATION = ("authorization", "authorization-auxiliary")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9\-]{1,30})[ \t]{1,8}(?=\S)")
_SCHEMES = frozenset(
    "basic bearer digest negotiate ntlm token apikey api-key key hoba mutual dpop gnap aws4-hmac-sha256 "
    "sharedkey sharedkeylite sharedaccesssignature scram-sha-1 scram-sha-256 vapid concealed oauth splunk bot "
    "privatetoken hmac signature genie genericcredential snowflake ghost acs".split()
)
_PARAMETER = re.compile(r"[\w\-]{1,40}=(?:\"[^\"\n]*\"|[^\s,;\"']+)(?:[,;]?[ \t]{0,4}(?=[\w\-]{1,40}=))?")
_SHORTEST = 20
_CREDENTIALS = re.compile(r"[^\s\"'`,<>]+")
#: A cookie, or one of its attributes; the attributes without a value are behind the last one.
_COOKIE = re.compile(r"[^\s=;,\"']{1,256}=(?:\"[^\"\n]*\"|[^;\s\"']*)")
_COOKIE_GAP = re.compile(r"(?:;[ \t]{0,4}(?:HttpOnly|Secure|Partitioned))*;[ \t]{0,4}", re.IGNORECASE)


def authorization(view: View, at: int) -> Iterator[tuple[int, int]]:
    """The credentials of an Authorization header whose value begins at ``at``; its scheme stays."""
    is_quoted = values.is_quote(view, at)
    first, last = values.quoted(view, at) if is_quoted else (at, len(view.text))
    scheme = _SCHEME.match(view.text, first, last)
    begin = scheme.end() if scheme else first
    known = scheme is not None and scheme.group(1).lower() in _SCHEMES
    end = last if is_quoted else _end_of(view, begin)
    text = view.head(begin, end)
    if names.is_trivial(text) or not text:
        return
    if is_quoted or known or "=" in text or names.looks_random(text) or _is_long(text):
        if not known and names.is_word(text) and not (is_quoted or _is_long(text)):
            return
        yield begin, end


def _is_long(text: str) -> bool:
    """Whether what follows an unknown scheme is too long for a word."""
    return len(text) >= _SHORTEST and not names.is_prose(text)


def _end_of(view: View, begin: int) -> int:
    end = begin
    while parameter := _PARAMETER.match(view.text, end):
        end = parameter.end()
    if end == begin and (found := _CREDENTIALS.match(view.text, begin)):
        end = found.end()
    return end


def cookies(view: View, at: int) -> Iterator[tuple[int, int]]:
    """All cookies of a header whose value begins at ``at``."""
    if values.is_quote(view, at):
        first, last = values.quoted(view, at)
        if "=" in view.head(first, last) or names.looks_random(view.head(first, last)):
            yield first, last
        return
    if view.text[at : at + 1] == "[":
        at += 1 + (view.text[at + 1 : at + 2] in "\"'")
    end, following = at, _COOKIE.match(view.text, at)
    while following:
        end = following.end()
        gap = _COOKIE_GAP.match(view.text, end)
        following = _COOKIE.match(view.text, gap.end()) if gap else None
    if end > at:
        yield at, end
    elif (place := values.run(view, at)) and names.looks_random(view.head(*place)):
        yield place
