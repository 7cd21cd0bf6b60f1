"""The extension's entry in the index of Azure CLI extensions, by which `az extension add --name` finds the wheel."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from azdev.operations.extensions.util import get_ext_metadata

NAME = "aks-invoke-fix"


def download_url(wheel: Path, version: str) -> str:
    """Where the release publishes the wheel."""
    return f"https://github.com/Azure/{NAME}/releases/download/v{version}/{wheel.name}"


def entry(wheel: Path, url: str) -> dict[str, Any]:
    """The entry of ``wheel``, with the metadata that azdev itself would write."""
    with tempfile.TemporaryDirectory() as folder:
        metadata = get_ext_metadata(folder, str(wheel), NAME)
    return {
        "downloadUrl": url,
        "filename": wheel.name,
        "metadata": metadata,
        "sha256Digest": hashlib.sha256(wheel.read_bytes()).hexdigest(),
    }


def document(wheel: Path, url: str) -> str:
    """An index with this one entry, in the form of the index itself."""
    index = {"extensions": {NAME: [entry(wheel, url)]}, "formatVersion": "1"}
    return json.dumps(index, indent=4, sort_keys=True) + "\n"
