"""What is said of one cluster of several, held until those before it have said theirs."""

from __future__ import annotations

from collections.abc import Callable


class Turn:
    """Collects what is to be printed, and prints it in one piece."""

    def __init__(self) -> None:
        self._first: list[Callable[[], None]] = []
        self._then: list[Callable[[], None]] = []

    def hold(self, say: Callable[[], None], *, first: bool = False) -> None:
        """``first`` for the label and the output, which stand before everything about them."""
        (self._first if first else self._then).append(say)

    def come(self) -> None:
        """Say all of it."""
        for say in (*self._first, *self._then):
            say()
