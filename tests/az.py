"""The `az` under test, and the environment in which it runs: nothing of the user's own."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: What a client must not inherit: another sign-in or configuration, a pipeline, the test runner's own settings.
_FOREIGN = re.compile(r"(AZURE|ACC|MSI|IDENTITY|ARM|PYTEST|COVERAGE|GITHUB|AGENT)_|TF_BUILD$")


def executable() -> str:
    """`AZ` from the environment, or the newest supported one of this checkout."""
    return os.environ.get("AZ") or str(Path(__file__).parents[1] / ".venv" / "bin" / "az")


def environment(folder: Path) -> dict[str, str]:
    """The environment of an `az` that keeps everything below ``folder``."""
    inherited = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
    return {
        **inherited,
        "HOME": str(folder),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_EXTENSION_DIR": str(folder / "extensions"),
        "AZURE_CORE_COLLECT_TELEMETRY": "0",
    }
