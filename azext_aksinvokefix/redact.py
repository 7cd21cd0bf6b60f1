"""Secrets become placeholders before anything is printed, journalled or put in a report.

The same secret gets the same placeholder within a process, so that two places can still be seen to hold one value.
Every pattern starts at a fixed word or at the edge of a run of characters, which keeps the work linear in the text.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

_KEYS = (
    "clusterToken|access_token|accessToken|refresh_token|refreshToken|id_token|client_secret|clientSecret|"
    "client_assertion|password|adminPassword|primaryKey|secondaryKey|connectionString|sharedKey|"
    "client-key-data|client-certificate-data|authorization|x-ms-authorization-auxiliary"
)
_WORDS = ("token", "secret", "assertion", "password", "key", "connectionstring", "certificate-data", "authorization")
_TOKEN_RUN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]{4,}){1,4}")
# A pattern with the words without one of which it cannot match: looking for words is far cheaper than matching.
_GROUPED = (
    # Authorization schemes.
    (
        ("bearer", "sharedaccesssignature", "sharedkey"),
        re.compile(r"(?i)(\b(?:Bearer|SharedAccessSignature|SharedKey)[ \t]{1,8})([A-Za-z0-9._~+/=%&-]{8,})"),
    ),
    # JSON members, also inside a string that is itself JSON.
    (
        _WORDS,
        re.compile(r"(?i)((?:\b|['\"])(?:" + _KEYS + r")\\{0,8}['\"]\s{0,8}:\s{0,8}\\{0,8}['\"])([^'\"\\\s]{4,})"),
    ),
    # YAML as in a kubeconfig.
    (_WORDS, re.compile(r"(?im)(^[ \t]{0,40}(?:- )?(?:token|" + _KEYS + r"):[ \t]{1,8})([^\s'\"]{8,})")),
    # key=value, in connection strings, form bodies and shells.
    (
        ("key=", "password=", "pwd=", "secret=", "token=", "assertion="),
        re.compile(
            r"(?i)((?<![A-Za-z0-9])(?:AccountKey|SharedAccessKey|Password|Pwd|client_secret|clientSecret|access_token|"
            r"refresh_token|client_assertion)=)([^;&\s'\"]{4,})"
        ),
    ),
    # Signatures in a URL: SAS, and the kilobytes of an operation's t, c, s and h.
    (("=",), re.compile(r"([?&;](?:sig|t|c|s|h)=)(?!\[)([^&\s'\"<>]{4,})")),
    (("--",), re.compile(r"(--(?:client-secret|password|federated-token)[ =]['\"]?)([^\s'\"]{4,})")),
)
#: The secret of an Entra application: its fourth character is a digit, then ``Q~``.
_ENTRA_SECRET = re.compile(r"(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}\dQ~[A-Za-z0-9_.~-]{31,37}(?![A-Za-z0-9_.~-])")
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY-----")
_PLACEHOLDER = re.compile(r"^\[(?:secret|token|key)-\d+\]$")
_SECRET_NAME = re.compile(_KEYS, re.IGNORECASE)


class _Vault:
    """The placeholders given so far and the secrets known by value."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def name(self, kind: str, secret: str) -> str:
        if _PLACEHOLDER.match(secret):
            return secret
        with self._lock:
            return self._names.setdefault(secret, f"[{kind}-{len(self._names) + 1}]")

    def register(self, secret: str) -> None:
        if len(secret) >= 8:
            with self._lock:
                self._known.add(secret)

    def known(self) -> list[str]:
        with self._lock:
            return sorted(self._known, key=len, reverse=True)


_vault = _Vault()


def register(secret: str) -> None:
    """Remember a secret by its value: from now on ``known`` and ``redact`` replace it wherever it stands."""
    _vault.register(secret)


def known(text: str) -> str:
    """``text`` without the registered secrets, otherwise untouched: for output that belongs to the user."""
    for secret in _vault.known():
        if secret in text:
            text = text.replace(secret, _vault.name("token", secret))
    return text


def redact(text: str) -> str:
    """``text`` with every secret replaced by its placeholder. Idempotent."""
    text = _redact_keys(known(text))
    text = _TOKEN_RUN.sub(_redact_jwt, text)
    folded = text.casefold()
    for words, pattern in _GROUPED:
        if not any(word in folded for word in words):
            continue
        text = pattern.sub(lambda found: found.group(1) + _vault.name("secret", found.group(2)), text)
    return _ENTRA_SECRET.sub(lambda found: _vault.name("secret", found.group()), text)


def document(value: Any) -> Any:
    """A JSON document with every secret in its strings, and every string under a name for secrets, replaced."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, (list, tuple)):
        return [document(item) for item in value]
    if isinstance(value, dict):
        return {name: _member(name, item) for name, item in value.items()}
    return value


def _member(name: Any, value: Any) -> Any:
    if isinstance(value, str) and value and isinstance(name, str) and _SECRET_NAME.fullmatch(name):
        return _vault.name("secret", value)
    return document(value)


def _redact_jwt(found: re.Match[str]) -> str:
    run = found.group()
    start = run.find("eyJ")
    if start < 0 or start > run.find("."):
        return run
    return run[:start] + _vault.name("token", run[start:])


def _redact_keys(text: str) -> str:
    """Private keys in PEM form; one without an end is cut to the end of the text."""
    parts = []
    position = 0
    for begin in _KEY_BEGIN.finditer(text):
        if begin.start() < position:
            continue
        end = _KEY_END.search(text, begin.end())
        stop = end.end() if end else len(text)
        parts.append(text[slice(position, begin.start())])
        parts.append(_vault.name("key", text[slice(begin.start(), stop)]))
        position = stop
    parts.append(text[position:])
    return "".join(parts)


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # Arguments that do not fit their format: a library's mistake, which logging itself would only complain about.
        return f"{record.msg} {record.args}"


@contextlib.contextmanager
def logs() -> Iterator[None]:
    """Redact every log record of the process while the context is open, whichever logger or handler it goes through.

    The CLI logs request bodies in clear with ``--debug``; the body of runCommand holds the user's cluster token.
    """
    with _logs.lock:
        _logs.users += 1
        if _logs.users == 1:
            _logs.make = logging.getLogRecordFactory()
            logging.setLogRecordFactory(_make_redacted)
    try:
        yield
    finally:
        with _logs.lock:
            _logs.users -= 1
            if _logs.users == 0:
                logging.setLogRecordFactory(_logs.make)


@dataclass
class _Logs:
    """Several clusters are worked on at once: the first one begins the redaction, the last one ends it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    make: Callable[..., logging.LogRecord] = logging.LogRecord


_logs = _Logs()


def _make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _logs.make(*args, **kwargs)
    record.msg, record.args = redact(_text_of(record)), ()
    return record
