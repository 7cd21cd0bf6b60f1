"""What ends an evaluation without an answer, and what ends one expression."""

from __future__ import annotations


class RefusedError(Exception):
    """This template, or this rule of it, cannot be judged here; the text says why, as half a sentence."""


class BuiltinError(Exception):
    """A builtin function that cannot answer: for OPA its expression is then undefined, which is not an error."""
