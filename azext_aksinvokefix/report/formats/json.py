"""The object itself, as `-o json` prints it; what a cluster printed is redacted here, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Report


def render(report: Report) -> str:
    return json.dumps(report.document, ensure_ascii=False, indent=2) + "\n"
