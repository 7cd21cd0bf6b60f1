"""What somebody else does between two requests of the client under test.

.. code-block:: yaml

    edits:
      - after: policy-assignment-get    # an operation (a glob; see the operations' names)
        call: 2                         # once it has been called so often (1)
        of: pod-security                # count only calls of a path that ends so
        target: "{cluster}/agentPools/nodepool1"    # what is edited; by default what the call was about
        set: {properties: {description: theirs}}    # merged into the resource; null takes a member out
        delete: false                   # delete the resource instead
        by: Mallory                     # a name or an object id
        times: 1                        # after so many calls in a row

``target`` understands ``{cluster}``, ``{resourceGroup}``, ``{subscription}`` and ``{managementGroup}``. The edit is a
request like any other, except that nobody asks whether its author may: it answers to the rules of the resource, starts
the operations and reaches the clusters that a client's own would. The answer that it comes after does not show it.
"""

from __future__ import annotations

import copy
import fnmatch
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer, scopes
from tests.simulator.core.routing import Caller, Response

if TYPE_CHECKING:
    from tests.simulator.core.world import World

#: Handles a request of somebody who may do everything: method, path, body.
Ask = Callable[[str, str, Any], Response]

_WORDS = ("cluster", "resourceGroup", "subscription", "managementGroup")


@dataclass(frozen=True)
class Edit:
    """One edit; see the module."""

    after: str
    call: int = 1
    of: str = ""
    target: str = ""
    set: Mapping[str, Any] = field(default_factory=dict)
    delete: bool = False
    by: str = "mallory@contoso.com"
    times: int = 1

    @property
    def author(self) -> Caller:
        return author(self.by)


def author(name: str) -> Caller:
    """A user who may do everything."""
    return Caller(name, "", name, "User", (authorizer.UNQUESTIONED,))


class Edits:
    """The edits of a world and how often each was waited for. Tests add to it from their own thread."""

    def __init__(self, edits: Iterable[Edit] = ()) -> None:
        self._edits = list(edits)
        self._seen: dict[int, int] = {}
        self._lock = threading.Lock()

    def add(self, after: str, **how: Any) -> None:
        self._edits.append(Edit(after, **how))

    def due(self, operation: str, path: str) -> list[Edit]:
        """The edits that come after this call."""
        with self._lock:
            return [edit for number, edit in enumerate(self._edits) if self._is_due(number, edit, operation, path)]

    def _is_due(self, number: int, edit: Edit, operation: str, path: str) -> bool:
        if not fnmatch.fnmatchcase(operation, edit.after) or not path.lower().endswith(edit.of.lower()):
            return False
        call = self._seen.get(number, 0) + 1
        self._seen[number] = call
        return edit.call <= call < edit.call + edit.times


def carry_out(world: World, edit: Edit, path: str, ask: Ask) -> None:
    """Edit the target, or the resource of ``path``."""
    target = edit.target.format(**{word: scopes.named(world, word) for word in _WORDS}) or path
    if edit.delete:
        _succeed(ask("DELETE", target, None))
        return
    document = copy.deepcopy(_succeed(ask("GET", target, None)).body)
    merge(document, edit.set)
    _succeed(ask("PUT", target, document))


def merge(document: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Set the members that ``changes`` names, and take out those which are null in it.

    >>> document = {"a": {"b": 1, "c": 2}}
    >>> merge(document, {"a": {"b": None, "d": 3}})
    >>> document
    {'a': {'c': 2, 'd': 3}}
    """
    for key, value in changes.items():
        if value is None:
            document.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(document.get(key), dict):
            merge(document[key], value)
        else:
            document[key] = copy.deepcopy(value)


def _succeed(response: Response) -> Response:
    if response.status >= 400:
        raise AssertionError(f"somebody else's edit was refused: {response.body}")
    return response
