"""Where facts lie that tests are held to: they are no part of the project, and a test skips where they are absent."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
