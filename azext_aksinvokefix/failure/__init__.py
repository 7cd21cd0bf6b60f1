"""What a failure text says: which stage broke, which finding it is, and the facts in it."""

from __future__ import annotations

from azext_aksinvokefix.failure.classify import classify
from azext_aksinvokefix.failure.denials import Denial

__all__ = ["Denial", "classify"]
