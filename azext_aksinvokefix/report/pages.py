"""The pages of `explain` as a person reads them at a terminal: all findings, or one page without marks of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

_FENCE = "```"


def listing(findings: Sequence[Mapping[str, Any]]) -> str:
    """Every finding in a line, by stage."""
    aligned = max(len(each["id"]) for each in findings)
    lines = []
    for stage, group in groupby(findings, key=lambda each: each["stage"]):
        lines.append(f"{stage or 'any stage'}:")
        lines += [f"  {each['id']:<{aligned}}  {each['title']}" for each in group]
    return "\n".join([*lines, "", "Details of a finding: az aks invoke-fix explain --finding ID"]) + "\n"


def plain(markdown: str) -> str:
    """A page without its marks: headings bare, code indented."""
    return "\n".join(_lines(markdown)) + "\n"


def _lines(markdown: str) -> Iterator[str]:
    in_code = False
    for line in markdown.rstrip("\n").splitlines():
        if line.startswith(_FENCE):
            in_code = not in_code
        elif in_code:
            yield f"    {line}"
        else:
            yield line.lstrip("#").lstrip() if line.startswith("#") else line
