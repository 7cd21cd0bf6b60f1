"""The changes made from this machine, as a person reads them: a row a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, text

_STATES = {
    "planned": "not sent",
    "partial": "in part",
    "failed": "not made",
    "drifted": "changed",
}
_COLUMNS = ("Time (UTC)", "Change", "Who", "What", "Cluster", "State")
#: The widest that a column gets; what the change is about takes what the others leave.
_WIDEST = {"Who": 18, "Cluster": 16, "State": 8}
_GAP = 2
#: The table of the CLI makes a column this much wider than its title.
_PADDING = 2
_WIDTH = 100
_NARROWEST_WHAT = 20


def render(rows: Sequence[Mapping[str, Any]], *, width: int = _WIDTH) -> str:
    """The newest change first: when, who, what, on which cluster, and whether it stands."""
    if not rows:
        return "No changes were made from this machine.\n"
    return "\n".join((*_aligned(table(rows, width=width)), *_legend(rows))) + "\n"


def table(rows: Sequence[Mapping[str, Any]], *, width: int = _WIDTH) -> list[dict[str, str]]:
    """A row a change, none wider than ``width`` columns; the ids are never cut."""
    cells = [_cells(row) for row in rows]
    for row in cells:
        for name, widest in _WIDEST.items():
            row[name] = _cut(row[name], widest)
    others = sum(max(_width(cells, name), len(name) + _PADDING) + _GAP for name in _COLUMNS if name != "What")
    for row in cells:
        row["What"] = _cut(row["What"], max(width - others, _NARROWEST_WHAT))
    return cells


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    account = row.get("account")
    values = (
        text(row["time"])[:16].replace("T", " "),
        row["changeId"],
        dig(account, "name") or dig(account, "objectId") or "-",
        _what(row),
        str(row["clusterId"] or "-").rsplit("/", 1)[-1],
        _state(row),
    )
    return {name: one_line(str(value)) for name, value in zip(_COLUMNS, values)}


def _what(row: Mapping[str, Any]) -> str:
    """An undo is the undo of a change; any other names its command and the first thing that it changed."""
    if row.get("undoes"):
        return f"undo of {row['undoes']}"
    changes = [str(change) for change in row["changes"] if change]
    more = f" (and {len(changes) - 1} more)" if len(changes) > 1 else ""
    return f"{row['command']}: {changes[0]}{more}" if changes else str(row["command"])


def _state(row: Mapping[str, Any]) -> str:
    state = str(row["state"])
    if state == "applied":
        if row.get("undoes"):
            return "done"
        return "stands" if row["checked"] else "made"
    return _STATES.get(state, state)


def _legend(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a word of the last column leaves open."""
    states = {_state(row) for row in rows}
    if "made" in states:
        yield "made: according to the journal; its current state could not be checked."
    if "changed" in states:
        yield "changed: someone else has changed it since, so `undo` does not touch it."
    if "unknown" in states:
        yield "unknown: it is not known whether it was made; `undo` checks with Azure first."
    if states & {"stands", "made"}:
        yield "Undo one with: az aks invoke-fix undo --change-id CHANGE"


def _aligned(cells: Sequence[Mapping[str, str]]) -> Iterator[str]:
    widths = {name: _width(cells, name) for name in _COLUMNS}
    for row in ({name: name for name in _COLUMNS}, *cells):
        yield (" " * _GAP).join(row[name].ljust(widths[name]) for name in _COLUMNS).rstrip()


def _width(cells: Sequence[Mapping[str, str]], name: str) -> int:
    return max((len(name), *(len(row[name]) for row in cells)))


def _cut(value: str, widest: int) -> str:
    return value if len(value) <= widest else value[: widest - 1].rstrip() + "…"
