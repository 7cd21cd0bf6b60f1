"""The text in a file whose encoding nobody named: PowerShell writes UTF-16, everything else mostly UTF-8."""

from __future__ import annotations

import codecs

#: The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096


def decoded(data: bytes) -> str:
    """``data`` as text: by its mark, without one by the NULs that UTF-16 has in ordinary text, else as UTF-8.

    What is neither is read as Windows-1252, which older consoles write; a file that was cut at a limit keeps a mark
    only for the character that the cut went through.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    unmarked = _utf_16(data[:_SAMPLE])
    if unmarked:
        return data.decode(unmarked, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        nearly_all = error.start >= len(data) - 3
        return data.decode("utf-8" if nearly_all else "cp1252", "replace")


def _utf_16(sample: bytes) -> str | None:
    """The byte order, where every second byte is mostly NUL and the others are not."""
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even * 8 < half < odd * 2:
        return "utf-16-le"
    if odd * 8 < half < even * 2:
        return "utf-16-be"
    return None
