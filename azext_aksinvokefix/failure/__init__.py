"""What a failure text says: which stage broke, which finding it is, and the facts in it."""

from __future__ import annotations

from .classify import classify
from .denials import Denial

__all__ = ["Denial", "classify"]
