"""A text in a file is read whole, whoever wrote it and in whichever encoding."""

from __future__ import annotations

import codecs

import pytest

from azext_aksinvokefix.failure.decoding import decoded

TEXT = "ERROR: Operation returned an invalid status 'OK'\r\nzweite Zeile mit Umlaut: größer\r\n"
WRITTEN = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with mark": codecs.BOM_UTF8 + TEXT.encode(),
    "UTF-16 LE with mark": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16 BE with mark": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16 LE": TEXT.encode("utf-16-le"),
    "UTF-16 BE": TEXT.encode("utf-16-be"),
    "UTF-32 LE with mark": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    "Windows-1252": TEXT.encode("cp1252"),
}


@pytest.mark.parametrize("encoding", WRITTEN)
def test_text_of_any_encoding_is_read_as_it_was_written(encoding: str) -> None:
    assert decoded(WRITTEN[encoding]) == TEXT


@pytest.mark.parametrize("data", [b"", b"a", b"\0", b"\0\0\0\0", b"\xff", b"\xff\xfe", bytes(range(256))])
def test_any_bytes_give_a_text(data: bytes) -> None:
    assert isinstance(decoded(data), str)


def test_a_character_cut_at_the_end_costs_only_itself() -> None:
    assert decoded("größer €".encode()[:-1]) == "größer \ufffd"
