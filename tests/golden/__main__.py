"""Write the reports of every scenario, or of those named, anew: ``python -m tests.golden three-faults``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.golden.pages import FOLDER, LOOKS, pages
from tests.simulator.core import scenario


def main(names: list[str]) -> None:
    for look in LOOKS:
        (FOLDER / look.folder).mkdir(exist_ok=True)
    for name in names or scenario.names():
        with tempfile.TemporaryDirectory() as scratch:
            for look, text in pages(name, Path(scratch)):
                (FOLDER / look.folder / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
