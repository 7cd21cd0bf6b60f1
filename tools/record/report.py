"""What is left of a recording: report.md, and each exchange without anything of its owner."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.record.private import Mask
from tools.record.replay import Compared


def write(folder: Path, compared: Iterable[Compared], mask: Mask) -> list[Compared]:
    """One file a step as soon as it is over, and the report of all of them. Returns the steps that differ."""
    folder.mkdir(parents=True, exist_ok=True)
    every = []
    try:
        for each in compared:
            every.append(each)
            (folder / f"{each.step}.json").write_text(_exchanges(each, mask), encoding="utf-8")
    finally:
        text = "\n".join(_lines(folder.name, every, mask)) + "\n"
        (folder / "report.md").write_text(text, encoding="utf-8")
    return [each for each in every if each.differences]


def _exchanges(compared: Compared, mask: Mask) -> str:
    sides = {"azure": compared.azure, "standIn": compared.stand_in}
    shown = {name: [mask.exchange(each) for each in found] for name, found in sides.items()}
    return json.dumps({"step": compared.step, **shown}, indent=2, ensure_ascii=False) + "\n"


def _lines(title: str, every: list[Compared], mask: Mask) -> Iterator[str]:
    different = [each for each in every if each.differences]
    yield f"# Azure and the stand-in, {title}"
    yield ""
    yield f"{len(every)} steps, {len(different)} of them differ. Compared are statuses, headers that clients act on,"
    yield "members and their types, and error codes; no values. An empty list says nothing about its items."
    yield ""
    yield "| step | answers | differences |"
    yield "|---|---|---|"
    for each in every:
        statuses = ", ".join(str(one.status) for one in each.azure)
        yield f"| {each.step} | {statuses} | {len(each.differences) or 'none'} |"
    for each in different:
        yield ""
        yield f"## {each.step}"
        yield ""
        yield from (f"- {mask.text(difference)}" for difference in each.differences)
