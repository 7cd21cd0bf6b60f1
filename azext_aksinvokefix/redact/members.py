"""Names with values beside them, in any notation: JSON, YAML, environments, command lines, headers, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from azext_aksinvokefix.redact import names, pairs, values
from azext_aksinvokefix.redact.headers import AUTHORIZATION, authorization, cookies
from azext_aksinvokefix.redact.view import Span, View

#: A name holds one of these, or a short word of its own.
_TRIGGERS = (
    *(
        "pass",
        "pwd",
        "kennwort",
        "secret",
        "token",
        "key",
        "cred",
        "auth",
        "cookie",
        "assertion",
        "connection",
        "connstr",
    ),
    *("dockerc", "session", "jwt", "bearer", "certificate-data", "private-lines", "kubeconfig"),
)
_SHORT = re.compile(r"(?<![a-z])(?:sas|sig|psk|pat|pw|otp|pin|dsn|sid)(?![a-z])")
_NAME_END = re.compile(r"[\w.\-]*")
_NAME_CHARACTER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.-/")
_LONGEST_NAME = 128
#: From a name to its value.
_SIGN = re.compile(r"(?:\[[^\[\]\s]{0,40}\]|\])?[\"'`]?(?:\])?\s{0,40}(?P<sign>:=|=>|==?|:)(?P<gap>\s{0,80})")
#: From an option to its value: on a command line, in a list of words, in a list of YAML.
_OPTION_GAP = re.compile(r"[\"']\s{0,8},\s{0,40}(?=[\"'])|[\"']?\s{0,4}\n\s{0,40}-\s{1,4}|[ \t]{1,8}(?![-|&>])")
#: Behind a quoted word that is itself the name of a member.
_MEMBER = re.compile(r"[\"']\s{0,8}:")
_TAG = re.compile(r"(?:\s[^<>]{0,200})?>\s{0,40}")
_BOX = re.compile(r"\{\s{0,40}[\"']?(?:value|secureString)[\"']?\s{0,8}:\s{0,40}", re.IGNORECASE)
_LISTED = re.compile(r"\s{0,80},?\s{0,80}(?=[\"'])")
#: What stands before a name that has its value behind a space.
_SETTERS = frozenset(("ENV", "setx", "-x", "-gx", "-Ux"))
_ASSIGNERS = re.compile(r"(?:^|[\s\"'>])(?:set)[ \t]{1,4}\"?$", re.IGNORECASE)
_SAYS = re.compile(r"[\"']?\s(?:is|was)(?::\s|\s)[\"']?(?=\S)|\s{1,4}(?=[\"'])")


def spans(view: View) -> Iterator[Span]:
    """The values beside the names of secrets."""
    yield from pairs.spans(view)
    folded, text, position = view.folded, view.text, 0
    for at in _triggers(folded):
        if at < position:
            continue
        begin = _name_begin(folded, at, position)
        name_end = _NAME_END.match(text, at)
        position = end = name_end.end() if name_end else at + 1
        kind = _kind(text[begin:end])
        for first, last in _values(view, begin, end, kind) if kind else ():
            if first < last:
                yield first, last, "secret"
            position = max(position, last)


def _triggers(folded: str) -> list[int]:
    found = [each.start() for each in _SHORT.finditer(folded)]
    for trigger in _TRIGGERS:
        at = folded.find(trigger)
        while at >= 0:
            found.append(at)
            at = folded.find(trigger, at + len(trigger))
    found.sort()
    return found


def _name_begin(folded: str, at: int, least: int) -> int:
    least = max(least, at - _LONGEST_NAME)
    while at > least and folded[at - 1] in _NAME_CHARACTER:
        at -= 1
    return at


_HEADER, _COOKIES, _NAME = "header", "cookies", "name"


@lru_cache(maxsize=4096)
def _kind(name: str) -> str:
    """What a name is the name of; empty when of no secret."""
    header = name.rsplit("/", 1)[-1].strip("-.").lower()
    if header.endswith(AUTHORIZATION):
        return _HEADER
    if header in ("cookie", "set-cookie", "cookies", "set_cookie"):
        return _COOKIES
    return _NAME if names.judge(name.strip("-")) else ""


def _values(view: View, begin: int, end: int, kind: str) -> Iterator[tuple[int, int]]:
    """The places of what a name gives away."""
    text = view.text
    name = text[begin:end].strip("-")
    sign = _SIGN.match(text, end)
    if kind == _HEADER:
        yield from authorization(view, sign.end()) if sign else ()
    elif kind == _COOKIES:
        yield from cookies(view, sign.end()) if sign else ()
    elif sign:
        yield from () if _is_reference(view, begin, end, sign) else _beside(view, begin, name, sign)
    elif text[begin - 1 : begin] in ("<", ":") and (tag := _TAG.match(text, end)):
        yield from _element(view, name, tag.end())
    else:
        yield from _behind_space(view, begin, end, name)


def _is_reference(view: View, begin: int, end: int, sign: re.Match[str]) -> bool:
    """Whether a colon belongs to an address, or parts an image from its tag."""
    if sign.group() != ":":
        return False
    return view.text.startswith("//", sign.end()) or (
        "/" in view.text[begin:end] and not values.is_quote(view, end + 1)
    )


def _beside(view: View, begin: int, name: str, sign: re.Match[str]) -> Iterator[tuple[int, int]]:
    at = values.begin(view, sign.end())
    text, following = view.text, view.text[at : at + 1]
    if values.is_quote(view, at):
        yield from _if_secret(view, name, values.quoted(view, at), is_quoted=True)
    elif following == "{" and (box := _BOX.match(text, at)):
        inner = values.quoted(view, box.end()) if values.is_quote(view, box.end()) else values.run(view, box.end())
        yield from _if_secret(view, name, inner, is_quoted=True)
    elif following == "[" and names.judge(name) >= names.STRONG:
        yield from _listed(view, name, at + 1)
    elif "\n" in sign.group("gap") or following in ("{", "["):
        if following == "[":
            yield from _if_secret(view, name, values.run(view, at), is_quoted=False)
    elif block := values.block(view, at, _column(text, begin)):
        yield from _if_secret(view, name, block, is_quoted=True)
    else:
        yield from _bare(view, begin, name, at, sign)


def _bare(view: View, begin: int, name: str, at: int, sign: re.Match[str]) -> Iterator[tuple[int, int]]:
    """A value without quotes: a line of YAML or of a batch file may hold spaces, anything else ends at the first."""
    text = view.text
    is_assigned = sign.group("sign") != ":"
    before = text[max(0, begin - 12) : begin]
    if names.judge(name) == names.PASSWORD and not is_assigned and _starts_line(text, begin):
        yield from _if_secret(view, name, values.line(view, at), is_quoted=False)
    elif is_assigned and _ASSIGNERS.search(before) and '"' not in before:
        yield from _if_secret(view, name, values.line(view, at), is_quoted=True)
    else:
        first, last = values.run(view, at)
        is_sure = is_assigned and not sign.group("gap")
        if is_sure or not _goes_on_as_prose(view, first, last):
            yield from _if_secret(view, name, (first, last), is_quoted=is_sure)


def _goes_on_as_prose(view: View, first: int, last: int) -> bool:
    """Whether a word behind a colon begins a sentence."""
    if not names.is_word(view.head(first, last)):
        return False
    return names.is_prose(view.head(first, last + 60).split("\n", 1)[0])


def _listed(view: View, name: str, at: int) -> Iterator[tuple[int, int]]:
    while (gap := _LISTED.match(view.text, at)) and values.is_quote(view, gap.end()):
        first, last = values.quoted(view, gap.end())
        yield from _if_secret(view, name, (first, last), is_quoted=True)
        at = last + 1


def _element(view: View, name: str, at: int) -> Iterator[tuple[int, int]]:
    end = view.text.find("<", at)
    yield from _if_secret(view, name, (at, len(view.text) if end < 0 else end), is_quoted=True)


def _behind_space(view: View, begin: int, end: int, name: str) -> Iterator[tuple[int, int]]:
    text = view.text
    is_option = text.startswith("-", begin)
    if is_option or _is_set_behind_space(text, begin):
        gap = _OPTION_GAP.match(text, end)
        if gap:
            at = values.begin(view, gap.end())
            is_quoted = values.is_quote(view, at)
            place = values.quoted(view, at) if is_quoted else values.run(view, at)
            if is_quoted and _MEMBER.match(text, place[1]):
                return
            if is_quoted or not names.is_prose(view.head(*place)):
                yield from _if_secret(view, name, place, is_quoted=True)
        return
    says = _SAYS.match(text, end) if names.judge(name) >= names.STRONG else None
    if says:
        at = says.end()
        place = values.quoted(view, at) if values.is_quote(view, at) else values.run(view, at)
        is_said = values.is_quote(view, at) or ":" in says.group()
        is_sure = is_said and names.judge(name) == names.PASSWORD
        if is_sure or names.looks_random(view.head(*place)):
            yield from _if_secret(view, name, place, is_quoted=values.is_quote(view, at))


def _is_set_behind_space(text: str, begin: int) -> bool:
    """Whether the words before a name say that its value is the next word: in a Dockerfile, a shell or a .netrc."""
    before = text[max(0, begin - 100) : begin].split()
    return bool(before) and (before[-1] in _SETTERS or "login" in before[-2:-1])


def _if_secret(view: View, name: str, place: tuple[int, int], *, is_quoted: bool) -> Iterator[tuple[int, int]]:
    first, last = place
    if names.is_secret(name, view.head(first, last), quoted=is_quoted):
        yield place


def _column(text: str, begin: int) -> int:
    return begin - (text.rfind("\n", max(0, begin - 200), begin) + 1) if begin else 0


_INDENT = re.compile(r"[ \t\-\"'+<>*#]*")


def _starts_line(text: str, begin: int) -> bool:
    start = max(text.rfind("\n", max(0, begin - 80), begin) + 1, begin - 80)
    return _INDENT.fullmatch(text, max(0, start), begin) is not None
