"""docs/faults.md: how every command ends for every operation that fails, and what is wrong in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.faults.faults import FAMILIES, FAULTS
from tests.faults.kills import MOMENTS, Death
from tests.faults.matrix import Cell, Result
from tests.faults.scenes import COMMANDS, SCENES

_TOP = """# What happens when Azure fails

Made by `make faults`, which tries every operation that a command sends with every fault below, and kills every command
that makes changes at every request. Everything from the command line to the connection is real; Azure is simulated, and
pauses are skipped.

## How to read it

Each row is an operation that the command sends in one of the scenes of `tests/faults/scenes.py`, and each column is a
family of faults. A field lists the different results that the faults of that family had at that operation, injected
once or at every call:

- for `run`: `0` the command ran and returned its result, `125` it did not run, `125?` it is not known whether it ran,
  `3` there is no such cluster;
- for `diagnose`: the verdict, or the exit code if there is none;
- for all others: the exit code. For a command that makes changes, `0` means that all changes were made, and `1` that
  the command says which were not made and which might have been.

A dash marks a fault that does not apply, such as a next page of a response that is not a list.

The following holds in every field: the exit code is a documented one, nothing crashes, the command ran at most once, a
read-only command wrote nothing, every write was in the journal before it was sent and is there as made or as unknown,
nothing else was written, no token was sent to another host, the requests and the waiting ended, and nothing that is
broken was called ready.
"""


def page(results: Sequence[Result], deaths: Sequence[Death], everything: tuple[int, int]) -> str:
    """The whole page; ``everything`` is how many cells and kills there are."""
    tried = f"This page covers {len(results)} of {everything[0]} cells and {len(deaths)} of {everything[1]} kills."
    parts = [_TOP, tried, "## The faults", _table(("family", "faults"), _families())]
    for command in COMMANDS:
        own = [one for one in results if SCENES[one.cell.scene].command == command]
        parts += [f"## {command}", _table(("operation", *FAMILIES), _ends(command, own))]
    parts += ["## SIGKILL", _ABOUT_KILLS, _table(("command", "killed", *_COLUMNS), _kills(deaths))]
    return "\n\n".join(part.strip() for part in parts) + "\n"


_ABOUT_KILLS = """
Each command that makes changes was killed before each of its requests, after the request but before the response, and
after the response. `made` counts the kills after which something was changed, and `history` is what it then says about
the latest change. The following holds in every field: the journal is readable, every change is in it as made or as
unknown, and `undo` restores everything or says that there is nothing to undo.
"""
_COLUMNS = ("kills", "made", "history")


def operations(cells: Iterable[Cell]) -> dict[str, list[str]]:
    """The operations of each command, in the order of the page."""
    found: dict[str, set[str]] = {command: set() for command in COMMANDS}
    for cell in cells:
        found[SCENES[cell.scene].command].add(cell.aim.operation)
    return {command: sorted(names) for command, names in found.items()}


def rows(text: str) -> dict[str, list[str]]:
    """The operations of each command as a page has them."""
    found: dict[str, list[str]] = {}
    command = ""
    for line in text.splitlines():
        if line.startswith("## "):
            command = line.removeprefix("## ")
        elif command in COMMANDS and line.startswith("| `"):
            found.setdefault(command, []).append(line.split("`")[1])
    return found


def _families() -> Iterator[Sequence[str]]:
    for family in FAMILIES:
        yield family, ", ".join(fault.name for fault in FAULTS if fault.family == family)


def _ends(command: str, results: Sequence[Result]) -> Iterator[Sequence[str]]:
    for operation in operations(one.cell for one in results)[command]:
        own = [one for one in results if one.cell.aim.operation == operation]
        fields = [sorted({_end(one) for one in own if FAULTS[one.cell.fault].family == family}) for family in FAMILIES]
        yield f"`{operation}`", *(" ".join(field) or "–" for field in fields)


def _end(result: Result) -> str:
    command = SCENES[result.cell.scene].command
    if command == "run" and result.code == 125:
        return "125?" if result.outcome == "unknown" else "125"
    return result.outcome if command == "diagnose" and result.code == 0 else str(result.code)


def _kills(deaths: Sequence[Death]) -> Iterator[Sequence[str]]:
    for command in COMMANDS:
        for moment in MOMENTS:
            own = [one for one in deaths if (SCENES[one.shot.scene].command, one.shot.moment) == (command, moment)]
            if own:
                told = Counter(one.told for one in own)
                made = sum(one.made for one in own)
                yield command, moment, str(len(own)), str(made), ", ".join(f"{k} {v}" for k, v in sorted(told.items()))


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    everything = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(fields) + " |" for fields in everything)


def wrong_cell(one: Result) -> Iterator[str]:
    """A line for everything that is wrong with a cell."""
    where = f"{_scene(one.cell.scene)} | {one.cell.aim} | {FAULTS[one.cell.fault].name}"
    yield from (f"{where} | {one.code} {one.outcome} | {what}" for what in one.wrong)


def wrong_kill(one: Death) -> Iterator[str]:
    """The same of a kill."""
    where = f"{_scene(one.shot.scene)} | {one.shot.aim} | killed {one.shot.moment}"
    yield from (f"{where} | {one.told} | {what}" for what in one.wrong)


def _scene(number: int) -> str:
    return f"{number} {SCENES[number].command}: {SCENES[number].name}"
