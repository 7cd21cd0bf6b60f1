"""Secrets that are known by their own look, wherever they stand.

The prefixes are those that their issuers are known by; none was tried with an issuer, and lengths are taken generously.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from azext_aksinvokefix.redact import names
from azext_aksinvokefix.redact.blocks import blocks
from azext_aksinvokefix.redact.commands import commands
from azext_aksinvokefix.redact.view import Span, View

_WORD = r"[A-Za-z0-9_-]"
#: A fixed beginning, and what follows it in a token. Shorter ones are taken too: a text may cut a token.
_PREFIXES = (
    *((prefix, r"[A-Za-z0-9_]{16,}") for prefix in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")),
    *(
        (prefix, _WORD + "{16,}(?:\\.[0-9a-z]{2,})*")
        for prefix in ("glpat-", "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-")
    ),
    *((prefix, _WORD + "{16,}") for prefix in ("glft-", "glimt-", "glagent-", "glsoat-", "glffct-", "GR1348941")),
    *(
        (prefix, r"[A-Za-z0-9-]{8,}")
        for prefix in ("xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxs-", "xoxr-", "xoxe-", "xoxe.")
    ),
    *((prefix, r"[A-Za-z0-9-]{8,}") for prefix in ("xoxc-", "xoxd-", "xapp-")),
    *(
        (prefix, r"[A-Za-z0-9_]{16,}")
        for prefix in ("npm_", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "whsec_")
    ),
    *(
        (prefix, _WORD + "{16,}")
        for prefix in ("pypi-AgE", "sk-ant-", "sk-proj-", "sk-svcacct-", "sk-or-", "hf_", "dckr_pat_", "dckr_oat_")
    ),
    ("sk-", r"[A-Za-z0-9]{20}[A-Za-z0-9]*"),
    *(
        (prefix, r"[a-f0-9]{16,}")
        for prefix in ("dop_v1_", "doo_v1_", "dor_v1_", "shpat_", "shpss_", "shpca_", "shppa_", "dapi")
    ),
    *((prefix, r"[A-Z0-9]{12,}") for prefix in ("AKIA", "ASIA", "ABIA", "ACCA")),
    ("AC", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("AIza", _WORD + "{24,}"),
    ("ya29.", r"[A-Za-z0-9_.-]{16,}"),
    ("1//0", _WORD + "{24,}"),
    ("GOCSPX-", _WORD + "{16,}"),
    ("SG.", _WORD + r"{8,}\.?" + _WORD + "*"),
    ("key-", r"[0-9a-f]{32}"),
    ("hvs.", _WORD + "{16,}"),
    ("hvb.", _WORD + "{16,}"),
    ("hvr.", _WORD + "{16,}"),
    ("rubygems_", r"[a-f0-9]{24,}"),
    ("cio", r"[A-Za-z0-9]{32}"),
    ("NRAK-", r"[A-Z0-9]{20,}"),
    ("glsa_", r"[A-Za-z0-9_]{24,}"),
    ("glc_", r"[A-Za-z0-9+/=]{24,}"),
    ("eyJrIjoi", r"[A-Za-z0-9=]{24,}"),
    ("lin_api_", r"[A-Za-z0-9]{24,}"),
    ("PMAK-", r"[a-f0-9-]{24,}"),
    ("pul-", r"[a-f0-9]{32,}"),
    ("sntrys_", r"[A-Za-z0-9_+/=]{24,}"),
    ("sntryu_", r"[a-f0-9]{24,}"),
    ("sq0csp-", _WORD + "{24,}"),
    ("sq0atp-", _WORD + "{20,}"),
    ("EAAA", _WORD + "{56,}"),
    ("tfp_", r"[A-Za-z0-9_]{24,}"),
    ("secret_", r"[A-Za-z0-9]{40,}"),
    ("ntn_", r"[A-Za-z0-9]{36,}"),
    ("figd_", _WORD + "{24,}"),
    ("phc_", r"[A-Za-z0-9]{32,}"),
    ("phx_", r"[A-Za-z0-9]{32,}"),
    ("fo1_", _WORD + "{32,}"),
    ("FlyV1 fm", r"[A-Za-z0-9+/=_,]{24,}"),
    ("CCIPAT_", r"[A-Za-z0-9_]{24,}"),
    ("bkua_", r"[a-z0-9]{24,}"),
    ("AGE-SECRET-KEY-1", r"[0-9A-Z]{24,}"),
    ("ATATT3", r"[A-Za-z0-9_=-]{32,}"),
    ("ATCTT3", r"[A-Za-z0-9_=-]{32,}"),
    ("ATBB", r"[A-Za-z0-9]{24,}"),
    ("AKCp", r"[A-Za-z0-9]{20,}"),
    ("xkeysib-", r"[a-f0-9]{32,}-?[A-Za-z0-9]*"),
    ("sha256~", _WORD + "{32,}"),
    ("oc-sha256~", _WORD + "{32,}"),
    ("LTAI", r"[A-Za-z0-9]{12,24}"),
    ("dt0c01.", r"[A-Z0-9]{20,}\.?[A-Z0-9]*"),
    ("cmVmdGtu", r"[A-Za-z0-9]{32,}"),
    ("gsk_", r"[A-Za-z0-9]{32,}"),
    ("r8_", r"[A-Za-z0-9]{32,}"),
    ("nvapi-", _WORD + "{32,}"),
    ("pplx-", r"[A-Za-z0-9]{32,}"),
    ("tskey-", r"[A-Za-z0-9-]{16,}"),
)


@cache
def _pattern(prefix: str, body: str) -> re.Pattern[str]:
    """Compiled when a text holds the prefix: nearly none does, and all of them take as long as a small module."""
    return re.compile(rf"(?<![A-Za-z0-9_]){re.escape(prefix)}{body}")


#: What Azure writes into its keys, so that they can be told.
_MARKS = (
    "Q~",
    "+ASt",
    "ACDb",
    "+ASb",
    "+AEh",
    "+ARm",
    "AIoT",
    "+ACR",
    "AzFu",
    "AzSe",
    "AzCa",
    "+ABa",
    "+AMC",
    "JQQJ99",
    "AZDO",
    "APIM",
)
_MARKED = re.compile(r"(?<![A-Za-z0-9+/_.~=-])[A-Za-z0-9+/_.~=-]{30,}")
_ENTRA_SECRET = re.compile(r"(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}\dQ~[A-Za-z0-9_.~-]{12,}")
_REFRESH_TOKEN = re.compile(r"(?<![\w.-])[01]\.A[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*")
_MSA_CODE = re.compile(r"(?<![\w.])M\.[A-Z]\d{1,4}_[A-Z0-9]{2,6}\.[A-Za-z0-9!*$._-]{16,}")
#: 32, 40, or 64 bytes in base64, as nearly all keys of Azure are.
_KEY = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/_-]{54}==|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])"
)
_DIGEST = ("sha256-", "sha256:", "SHA256:", "sha1:", "sha512-")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_SCHEMED = re.compile(
    r"(?<![\w-])(bearer|basic|sharedaccesssignature|sharedkey|sharedkeylite|dpop|negotiate|pop|msauth1\.0)"
    r"[ \t]{1,8}([a-z0-9._~+/=%&:-]{8,})"
)
_LONGEST_WORD = 16
_SCHEME_WORDS = ("bearer ", "basic ", "sharedaccesssignature ", "sharedkey", "dpop ", "negotiate ", "pop ", "bearer\t")
_SCRYPT = re.compile(r"\$(?:2[aby]|5|6|argon2\w{0,2}|y|apr1|1)\$[A-Za-z0-9./$=,+]{16,}")
_TELEGRAM = re.compile(r"(?<![\w:])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])")
_DISCORD = re.compile(r"(?<![\w.-])[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])")
_MAILCHIMP = re.compile(r"(?<![\w])[0-9a-f]{32}-us\d{1,2}(?!\w)")

_JWT = re.compile(r"[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,4}")
_JWT_PART = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_WRAP = re.compile(r"[ \t]{0,8}\n[ \t]{0,40}")
#: Runs with a dot whose last part is as long as a signature.
_SIGNED = re.compile(r"(?<![A-Za-z0-9_.-])[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{80,}(?![A-Za-z0-9_.-])")
_BASE64URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")


def spans(view: View) -> Iterator[Span]:
    """The places of all that is known by its look."""
    text = view.text
    yield from blocks(text)
    yield from _jwts(text)
    for prefix, body in _PREFIXES:
        if prefix in text:
            for found in _pattern(prefix, body).finditer(text):
                if _is_no_word(found.group()[len(prefix) :]):
                    yield found.start(), found.end(), "token"
    yield from _azure(text)
    yield from _others(text)
    yield from _schemes(view)
    yield from commands(view)


def _is_no_word(body: str) -> bool:
    """A name of words, such as ``sk-learn-something``, begins like a token and is none."""
    return not body.replace("-", "").replace("_", "").isalpha() or names.looks_random(body)


def _jwts(text: str) -> Iterator[Span]:
    """JSON web tokens, also cut at either end or wrapped by a terminal."""
    position = text.find("eyJ")
    passed = 0
    while position >= 0:
        begin = position
        if text[begin - 1 : begin] == ".":
            begin = _run_begin(text, begin, passed)
        found = _JWT.match(text, position)
        end = found.end() if found else position + 3
        if end - position >= 12 and (begin < position or not text[position - 1 : position].isalnum()):
            end = _unwrapped(text, position, end)
            yield begin, end, "token"
        passed = end
        position = text.find("eyJ", end)
    if "." in text:
        for found in _SIGNED.finditer(text):
            if names.looks_random(found.group()[-60:]):
                yield found.start(), found.end(), "token"


def _run_begin(text: str, at: int, least: int) -> int:
    least = max(least, at - 4096)
    while at > least and text[at - 1] in _BASE64URL:
        at -= 1
    return at


def _unwrapped(text: str, begin: int, end: int) -> int:
    """The end of a token that goes on in the next lines: every line but the last is as long as the one before."""
    while wrap := _WRAP.match(text, end):
        following = _JWT_PART.match(text, wrap.end())
        if following is None or end - begin < 40 or not names.looks_random(following.group()[:60]):
            break
        if len(following.group()) < 20 and "." not in text[begin:end]:
            break
        begin, end = wrap.end(), following.end()
    return end


def _azure(text: str) -> Iterator[Span]:
    if any(mark in text for mark in _MARKS):
        for found in _MARKED.finditer(text):
            if any(mark in found.group() for mark in _MARKS[1:]) and names.is_mixed(found.group()):
                yield found.start(), found.end(), "secret"
        for found in _ENTRA_SECRET.finditer(text):
            yield found.start(), found.end(), "secret"
    if ".A" in text:
        yield from ((found.start(), found.end(), "token") for found in _REFRESH_TOKEN.finditer(text))
    if "M." in text:
        yield from ((found.start(), found.end(), "token") for found in _MSA_CODE.finditer(text))
    if "=" in text:
        for found in _KEY.finditer(text):
            if not text.startswith(_DIGEST, max(0, found.start() - 7)):
                yield found.start(), found.end(), "secret"


def _others(text: str) -> Iterator[Span]:
    if "AKIA" in text or "ASIA" in text:
        for found in _AWS_SECRET.finditer(text):
            if names.looks_random(found.group()) and not found.group().isalnum() or _is_mixed_case(found.group()):
                yield found.start(), found.end(), "secret"
    for needle, pattern in (("$", _SCRYPT), (":AA", _TELEGRAM), (".", _DISCORD), ("-us", _MAILCHIMP)):
        if needle in text:
            yield from ((found.start(), found.end(), "token") for found in pattern.finditer(text))


def _is_mixed_case(text: str) -> bool:
    return text.isalnum() and text.lower() != text != text.upper() and names.looks_random(text)


def _schemes(view: View) -> Iterator[Span]:
    folded = view.folded
    if not any(word in folded for word in _SCHEME_WORDS):
        return
    for found in _SCHEMED.finditer(folded):
        first, last = found.span(2)
        value = view.text[first:last]
        if found.group(1) == "basic" and not (names.looks_random(value) or value.endswith("=")):
            continue
        is_word = names.is_word(value.rstrip(".,:")) and len(value) < _LONGEST_WORD
        if not is_word and not names.is_trivial(value) and not value.startswith("-"):
            yield first, last, "token"
