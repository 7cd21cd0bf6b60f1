"""A change before it is made: what is sent, what was there, what undoes it, and what the user has to agree to.

Plain data: the planners make plans, the rest of the package shows them, carries them out and undoes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from azext_aksinvokefix.changes.documents import Pointer, restored, writable

#: States of one change in the journal and in what is printed. ``unknown``: sent, and no answer told how it ended.
PENDING, DONE, FAILED, UNKNOWN, RUNNING = "pending", "done", "failed", "unknown", "running"
#: States of a write that may have been made.
SENT = (DONE, RUNNING, UNKNOWN)


@dataclass(frozen=True)
class Change:  # pylint: disable=too-many-instance-attributes
    """One request that writes.

    ``id`` is the ARM id that is written or, for a POST, the action's path. ``before`` is the document as it was read,
    None where there was none; ``after`` the body that is sent. ``what`` says it in words.

    ``settings`` are the places of the document that this change is about. With none it is about the whole document:
    whatever else changes in it counts as somebody else's change. With some, only they are compared, and only they are
    put back.

    A POST acts on the document ``watched`` and is undone by a POST to ``inverse``; ``becomes`` is what its
    ``settings`` are afterwards.

    ``defaults`` are values in force at places which ``before`` leaves unsaid: writing them out changes nothing.

    ``again_on`` are ARM error codes that go away by themselves and are tried again for ``patience`` seconds;
    ``done_on`` those which mean that what was wanted is there already.
    """

    what: str
    method: str
    id: str
    api_version: str
    before: Any = None
    after: Any = None
    settings: tuple[Pointer, ...] = ()
    watched: str = ""
    inverse: str = ""
    becomes: tuple[Any, ...] = ()
    defaults: tuple[tuple[Pointer, Any], ...] = ()
    again_on: tuple[str, ...] = ()
    done_on: tuple[str, ...] = ()
    patience: float = 60.0

    @property
    def document_id(self) -> str:
        """The ARM id of the document that shows the change."""
        return self.watched or self.id

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "id": self.id,
            "apiVersion": self.api_version,
            "before": self.before,
            "after": self.after,
        }

    def onto(self, document: Any) -> Change:
        """The same change of its document as it is by now: what others wrote beside the settings survives."""
        if self.method != "PUT" or not self.settings or not isinstance(document, dict):
            return self
        body = restored(writable(document), self.after, self.settings)
        return replace(self, before=document, after=body)

    def undo(self) -> dict[str, Any] | None:
        """The request that takes the change back, in the same shape; None when nothing can.

        A document is put back as it was; where the change is about some settings, they are put back in the document
        as it will be then. What was deleted is not made again: much of a resource does not show in its document.
        """
        if self.method == "DELETE":
            return None
        request = {"id": self.id, "apiVersion": self.api_version, "before": self.after}
        if self.method == "POST":
            if not self.inverse:
                return None
            return {**request, "method": "POST", "id": self.inverse, "after": None}
        if self.before is None:
            return {**request, "method": "DELETE", "after": None}
        body = writable(self.before)
        if self.settings and self.after is not None:
            body = restored(self.after, self.before, self.settings)
        return {**request, "method": "PUT", "after": body}


@dataclass(frozen=True)
class Consent:
    """Something that ``--yes`` alone does not agree to; ``flag`` is the argument that does, if there is one.

    On a terminal it is asked for by itself.
    """

    question: str
    flag: str = ""


@dataclass(frozen=True)
class Plan:  # pylint: disable=too-many-instance-attributes
    """What a writing command would do, in the order in which it would.

    ``requires`` are ARM actions by the scope at which they are needed. ``notes`` tell what was looked at and left
    alone, ``warnings`` what the user should know before agreeing, ``next_step`` what to do when the change is made.
    ``stock`` are the same changes as stock az commands, for somebody who has the rights but not this extension.
    A plan without changes has nothing to do; its ``notes`` say why.
    """

    command: str
    cluster_id: str
    changes: tuple[Change, ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    #: What somebody can do instead who lacks a right that it takes.
    otherwise: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    next_step: str = ""
    #: What it adds to the bill in short, such as ``+1 Standard_DS2_v2``; empty where it is about nothing that is paid.
    cost: str = ""
    #: The command that makes again what this plan takes away for good.
    again: str = ""
    #: The id of the change that this one undoes.
    undoes: str = ""
    #: The object id of whoever gets rights by it.
    principal: str = ""
    stock: tuple[str, ...] = ()
    #: Of ``requires``, what the service has refused the caller already.
    refused: tuple[tuple[str, str], ...] = ()
    #: Snippets and other texts of several lines, shown as they are: title and text.
    attachments: tuple[tuple[str, str], ...] = field(default=())

    @property
    def actions(self) -> list[str]:
        """Every action that is needed, each once."""
        return list(dict.fromkeys(action for action, _ in self.requires))

    def undo(self) -> Iterator[dict[str, Any]]:
        """What takes the plan back, the last change first."""
        for change in reversed(self.changes):
            request = change.undo()
            if request:
                yield request


class RefusedError(Exception):
    """The command cannot or must not go on; ``advice`` is the next step. ``is_missing``: nothing has the given name."""

    def __init__(self, message: str, advice: str = "", is_missing: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.is_missing = is_missing
