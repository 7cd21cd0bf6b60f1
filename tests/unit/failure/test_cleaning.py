"""What of a text is kept: every character that a person can see, tabs and line ends, and no control beside them."""

from __future__ import annotations

import unicodedata

import pytest

from azext_aksinvokefix.failure.cleaning import cleaned

#: Half of a surrogate pair is no character; an escape begins a sequence, and a line end becomes one of its kind.
CODES = [code for code in range(0x100) if chr(code) not in "\r\x1b\x90\x98\x9b\x9d\x9e\x9f"]


@pytest.mark.parametrize("beside", ["", "é"], ids=["ascii", "unicode"])
def test_a_control_goes_and_everything_else_stays(beside: str) -> None:
    for code in CODES:
        character = chr(code)
        is_control = unicodedata.category(character) == "Cc" and character not in "\t\n"
        kept = cleaned(f"a{character}b{beside}")

        assert kept == (f"ab{beside}" if is_control else f"a{character}b{beside}"), hex(code)
