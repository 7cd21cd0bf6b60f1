"""A diagnosis as rows for ``-o table``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.quoting import one_line


def table(diagnosis: Mapping[str, Any]) -> list[dict[str, str]]:
    """A finding each, and the stages that passed, are unknown or were not reached."""
    rows = []
    for stage in diagnosis["stages"]:
        findings = [finding for finding in diagnosis["findings"] if finding["stage"] == stage["stage"]]
        for finding in findings or [None]:
            rows.append(_row(stage, finding))
    return rows


def _row(stage: Mapping[str, str], finding: Mapping[str, Any] | None) -> dict[str, str]:
    found = finding or {}
    fixes = found.get("fixes") or [{}]
    return {
        "Stage": stage["stage"],
        "Outcome": stage["outcome"],
        "Finding": found.get("id", ""),
        "Severity": found.get("severity", ""),
        "Confidence": found.get("confidence", ""),
        "Title": one_line(found.get("title", "")),
        "Fix": one_line(fixes[0].get("command") or fixes[0].get("description") or ""),
    }
