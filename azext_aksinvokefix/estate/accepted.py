"""The file of accepted findings: who agreed to live with what, where, and until when.

.. code-block:: yaml

    - finding: nodes-full
      cluster: "*/resourceGroups/lab-*/*"    # a glob on the ARM id, or on the name
      until: 2026-12-31
      reason: the lab is rebuilt in January
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

_MEMBERS = ("finding", "cluster", "until", "reason")
_LARGEST = 4 * 1024 * 1024


class AcceptedError(ValueError):
    """The file does not say what it means; ``line`` counts from one."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


@dataclass
class Entry:
    """One accepted finding. ``matched`` tells whether anything was accepted, or would be had it not ended."""

    line: int
    finding: str
    cluster: str
    until: date
    reason: str
    matched: bool = False

    def is_about(self, finding: str, cluster_id: str, name: str) -> bool:
        if self.finding != finding:
            return False
        return glob(self.cluster, cluster_id) or glob(self.cluster, name)


@dataclass
class Accepted:
    """All entries, as of a day."""

    entries: list[Entry] = field(default_factory=list)
    today: date = date.min

    def takes(self, finding: str, cluster_id: str, name: str) -> bool:
        """Whether a finding of a cluster is accepted today."""
        taken = False
        for entry in self.entries:
            if entry.is_about(finding, cluster_id, name):
                entry.matched = True
                taken = taken or self.today <= entry.until
        return taken

    def warnings(self) -> Iterator[str]:
        """What somebody should change in the file, once every cluster was judged."""
        for entry in self.entries:
            about = f"line {entry.line}: {entry.finding} on '{entry.cluster}'"
            if not entry.matched:
                yield f"{about} matches no finding."
            elif self.today > entry.until:
                yield f"{about} was accepted until {entry.until} and counts again."


def read(content: str, today: date) -> Accepted:
    """The entries of a file in YAML or JSON; raises AcceptedError."""
    if len(content) > _LARGEST:
        raise AcceptedError(1, f"the file is larger than {_LARGEST // 1024**2} MiB")
    return Accepted([_entry(node) for node in _items(_document(content))], today)


def _document(content: str) -> Any:
    """The tree of nodes, which know their lines; nothing is built of it, so an alias cannot grow."""
    # PyYAML comes with the CLI; nobody else pays for loading it.
    import yaml

    try:
        return yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise AcceptedError(mark.line + 1 if mark else 1, error.problem or "it is neither YAML nor JSON") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise AcceptedError(1, f"it is neither YAML nor JSON: {error}") from error


def _items(document: Any) -> list[Any]:
    import yaml

    if document is None:
        return []
    if not isinstance(document, yaml.SequenceNode):
        raise AcceptedError(_line(document), "expected a list of entries")
    return list(document.value)


def _entry(node: Any) -> Entry:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        raise AcceptedError(_line(node), f"expected an entry with {', '.join(_MEMBERS)}")
    given: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name not in _MEMBERS:
            raise AcceptedError(_line(key), f"unknown member '{name}'; expected {', '.join(_MEMBERS)}")
        if name in given:
            raise AcceptedError(_line(key), f"'{name}' appears twice")
        if not isinstance(value, yaml.ScalarNode) or not str(value.value).strip():
            raise AcceptedError(_line(value), f"'{name}' must be a string")
        given[name] = value
    missing = [name for name in _MEMBERS if name not in given]
    if missing:
        raise AcceptedError(_line(node), f"'{missing[0]}' is missing")
    return Entry(_line(node), _finding(given["finding"]), given["cluster"].value, _day(given["until"]), _text(given))


def _text(given: dict[str, Any]) -> str:
    return str(given["reason"].value)


def _finding(node: Any) -> str:
    from azext_aksinvokefix.catalog import FINDINGS

    if node.value not in FINDINGS:
        raise AcceptedError(_line(node), f"there is no finding '{node.value}'; `az aks invoke-fix explain` lists them")
    return str(node.value)


def _day(node: Any) -> date:
    try:
        return date.fromisoformat(node.value)
    except ValueError:
        raise AcceptedError(_line(node), f"'{node.value}' is not a date such as 2026-12-31") from None


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def glob(pattern: str, text: str) -> bool:
    """Whether ``pattern`` covers the whole text: ``*`` is anything, slashes included, ``?`` one letter. Ids and names
    of Azure are compared without case. Goes back to the last star alone, so it is never exponential.

    >>> glob("*/resourceGroups/lab-?/*", "/subscriptions/s/resourcegroups/lab-1/providers/p")
    True
    """
    wanted, given = pattern.casefold(), text.casefold()
    at, star, resume, position = 0, -1, 0, 0
    while position < len(given):
        if at < len(wanted) and wanted[at] == "*":
            star, resume, at = at, position, at + 1
        elif at < len(wanted) and wanted[at] in ("?", given[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return not wanted[at:].strip("*")
