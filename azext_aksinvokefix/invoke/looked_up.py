"""What is known here of a file that the command did not find in the pod: what was attached, and what lies here."""

from __future__ import annotations

import base64
import binascii
import io
import os
import zipfile
from dataclasses import replace

from azext_aksinvokefix.failure import files
from azext_aksinvokefix.invoke.attachments import Attachments
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.shapes import text


def with_advice(result: RunResult, attachments: Attachments | None) -> RunResult:
    """The result whose failure also says which ``--file`` helps, where a file is what is missing."""
    failure = result.failure
    if failure is None or failure.finding != "file-not-attached":
        return result
    file = text(failure.facts.get("file"))
    advice = files.advice(file, _names(attachments), is_here=os.path.exists(file))
    return replace(result, failure=replace(failure, facts={**failure.facts, "attach": advice}))


def _names(attachments: Attachments | None) -> list[str]:
    """Under which names files arrived; the wrapper's own are hidden."""
    if attachments is None:
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(attachments.context))) as archive:
            return [name for name in archive.namelist() if not name.startswith(".aks-invoke-fix-")]
    except (binascii.Error, zipfile.BadZipFile):
        return []
