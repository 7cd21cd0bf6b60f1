"""The changes made from this machine, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix.quoting import one_line

_STATES = {
    "planned": "nothing was sent",
    "unknown": "it is not known how far it came",
    "partial": "made in part",
    "failed": "not made",
    "drifted": "changed by somebody else since",
}


def render(rows: Sequence[Mapping[str, Any]]) -> str:
    """The newest change first: when, what for, whether it stands, and each thing it changed."""
    if not rows:
        return "No change was made from this machine.\n"
    return "\n".join(line for row in rows for line in _lines(row)) + "\n"


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    state = str(row["state"])
    shown = _STATES.get(state, state) + ("" if row["checked"] or state == "undone" else " (by the journal alone)")
    cluster = str(row["clusterId"]).rsplit("/", 1)[-1]
    yield one_line(f"{row['time']}  {row['changeId']}  {row['command']} on {cluster}: {shown}")
    for change in row["changes"]:
        yield f"  {one_line(str(change))}"
