"""Write docs/findings.md from the catalogue and docs/stand-in.md from the simulator; --check says if they are old."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "findings.md"


def document() -> str:
    """All pages in one document; a heading a finding, so that the anchors in the findings lead to it."""
    sys.path.insert(0, str(ROOT))
    from azext_aksinvokefix import catalog
    from azext_aksinvokefix.lifecycle import STAGES

    rows = [
        f"| [{each.id}](#{each.id}) | {each.stage} | {each.severity} | {each.title} |"
        for each in catalog.FINDINGS.values()
    ]
    head = (
        "# Findings\n\nEvery known way in which run command can fail, in the order of the stages:\n"
        f"{', '.join(STAGES)}.\n\n"
        "`python tools/generate_docs.py` generates this file from `azext_aksinvokefix/catalog`.\n\n"
        "| finding | stage | severity | |\n|---|---|---|---|\n" + "\n".join(rows)
    )
    # One document has one title: every heading of a page goes a level down.
    pages = (catalog.page(each).replace("\n## ", "\n### ").replace("# ", "## ", 1) for each in catalog.FINDINGS)
    return "\n\n".join((head, *pages)).rstrip() + "\n"


def stand_in() -> str:
    sys.path.insert(0, str(ROOT))
    from tools import stand_in

    return stand_in.document()


DOCUMENTS: dict[Path, Callable[[], str]] = {TARGET: document, ROOT / "docs" / "stand-in.md": stand_in}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = False
    for target, make in DOCUMENTS.items():
        written = make()
        if not check:
            target.parent.mkdir(exist_ok=True)
            target.write_text(written, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != written:
            print(f"docs/{target.name} is out of date: run python tools/generate_docs.py", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
