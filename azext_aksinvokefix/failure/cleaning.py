"""A text as a person may keep it: no terminal escapes, no secrets, bounded."""

from __future__ import annotations

from azext_aksinvokefix.failure.pattern import Pattern

#: A longer text is cut, with a mark in place of what is missing.
LIMIT = 64 * 1024

# An OSC or DCS without its terminator is no sequence: only its introducer goes, so that a stray one swallows nothing.
_SEQUENCES = Pattern(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]{0,4}[0-Z\\\\^-~]"
)
_INTRODUCERS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
# C0 and C1 controls but tab and newline; marks that hide text or turn its direction; the byte order mark.
_CONTROLS = Pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_ASCII_CONTROLS = {code: None for code in (*range(9), *range(11, 32), 127)}
_SURROGATES = Pattern("[\ud800-\udfff]")


def cleaned(text: object) -> str:
    """``text`` without terminal escapes and invisible characters; every line end is ``\\n``. Linear, idempotent."""
    result = _as_text(text)
    if "\r" in result:
        result = result.replace("\r\n", "\n").replace("\r", "\n")
    if any(introducer in result for introducer in _INTRODUCERS):
        result = _SEQUENCES.sub("", result)
    if result.isascii():
        return result.translate(_ASCII_CONTROLS).strip()
    return _CONTROLS.sub("", _encodable(result)).strip()


def _encodable(text: str) -> str:
    """``text`` without halves of surrogate pairs, which no output takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def kept(text: str) -> str:
    """The cleaned ``text`` as it may be shown: redacted, without orders for a pipeline runner, and at most ``LIMIT``
    bytes of it. Idempotent."""
    from azext_aksinvokefix.redact import redact
    from azext_aksinvokefix.redact.runner_commands import harmless

    # Redaction shortens a text only by the secrets in it, so a generous beginning is nearly always enough.
    window = text[: LIMIT + LIMIT // 8]
    shown = redact(window).strip()
    if len(window) < len(text) and len(shown) < LIMIT:
        window = text
        shown = redact(text).strip()
    return _cut(harmless(shown), unread=len(text) - len(window))


def _cut(text: str, unread: int) -> str:
    size = len(text.encode("utf-8", "replace"))
    if size <= LIMIT and not unread:
        return text
    kept_bytes = text.encode("utf-8", "replace")[: LIMIT - 64]
    beginning = kept_bytes.decode("utf-8", "ignore")
    missing = len(text) - len(beginning) + unread
    return f"{beginning}\n[… {missing} more characters]"


def _as_text(text: object) -> str:
    if isinstance(text, str):
        return text
    if text is None:
        return ""
    if isinstance(text, (bytes, bytearray)):
        return bytes(text).decode("utf-8", "replace")
    try:
        return str(text)
    except Exception:  # pylint: disable=broad-exception-caught
        # An exception whose own __str__ fails still has a type worth saying.
        return type(text).__name__
