"""What a test has to find before it looks at it."""

from __future__ import annotations

from typing import TypeVar

_Value = TypeVar("_Value")


def present(value: _Value | None) -> _Value:
    """The value itself, which has to be there."""
    assert value is not None, "there is nothing"
    return value
