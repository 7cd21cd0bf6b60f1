"""The life of a change: shown, agreed to, checked once more, journalled, written, verified."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix import redact
from azext_aksinvokefix.arm import ArmError

from . import record, rights, send
from .documents import same_document
from .plan import DONE, FAILED, PENDING, RUNNING, SENT, UNKNOWN, Change, Plan, RefusedError
from .session import Session

#: An ARM error code to what it means and what to do.
Explanations = Mapping[str, tuple[str, str]]
#: One look at whether the change has its effect; None when that cannot be told.
Effect = Callable[[Session, Plan], "bool | None"]

_LOOKS = (1.0, 2.0, 4.0)
#: Seconds between two looks at the effect; the last one again and again.
_EFFECT_PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0)


@dataclass(frozen=True)
class Wishes:
    """What the user said: ``flags`` are the further consents given on the command line, such as ``--wide-scope``.

    ``shown`` and ``agreed`` say that the plan was shown and agreed to before; further consents are still asked for.
    ``wait`` is for how many seconds the effect is waited for, None for not at all; ``follow`` False leaves a
    long-running operation to itself.
    """

    what_if: bool = False
    yes: bool = False
    flags: tuple[str, ...] = ()
    wait: float | None = None
    follow: bool = True
    shown: bool = False
    agreed: bool = False


@dataclass(frozen=True)
class Outcome:
    """The Plan that is printed, and the exit code."""

    document: dict[str, Any]
    status: int = 0


def carry_out(
    session: Session,
    plan: Plan,
    wishes: Wishes,
    *,
    effect: Effect | None = None,
    explanations: Explanations | None = None,
) -> Outcome:
    """Show the plan and, once it is agreed to, make its changes.

    Raises RefusedError while nothing has been written; what goes wrong later is in the outcome.
    """
    # Looking for what to do had a deadline; doing it takes as long as it takes.
    session.arm.deadline = None
    if not plan.changes:
        return _nothing_to_do(session, plan, wishes, effect)
    lacked = tuple(dict.fromkeys((*plan.refused, *rights.missing(session.arm, plan.requires))))
    text = rights.handover(plan, lacked) if lacked else None
    if wishes.what_if:
        return Outcome(_document(plan, what_if=True, handover=text))
    if not wishes.shown:
        session.console.changes.planned(plan, to_agree=not (wishes.yes or wishes.agreed))
    if text:
        session.console.text(text)
        raise RefusedError(
            f"You lack {', '.join(dict.fromkeys(action for action, _ in lacked))}.",
            "Nothing was changed. Send the text above to somebody who may.",
        )
    _agree(session, plan, wishes)
    _refuse_drift(session, plan)
    return _Writer(session, plan, wishes, explanations or {}).write(effect)


def _nothing_to_do(session: Session, plan: Plan, wishes: Wishes, effect: Effect | None) -> Outcome:
    if not wishes.what_if:
        session.console.changes.planned(plan)
    verified: bool | None = True
    if wishes.wait is not None and effect and not wishes.what_if:
        verified = _wait_for(session, plan, effect, wishes.wait)
    document = _document(plan, what_if=wishes.what_if, verified=verified)
    return Outcome(document, 1 if verified is False else 0)


def _agree(session: Session, plan: Plan, wishes: Wishes) -> None:
    """Nothing is written that was not agreed to; RefusedError otherwise."""
    console = session.console
    if not (wishes.yes or wishes.agreed or console.can_ask):
        raise RefusedError(
            "Nothing was changed: there is no terminal to confirm it at.",
            "Look at the plan with --what-if, then repeat the command with --yes.",
        )
    for consent in plan.consents:
        if consent.flag in wishes.flags or (wishes.yes and not consent.flag):
            continue
        if wishes.yes or not console.can_ask:
            raise RefusedError(
                f"Nothing was changed: {consent.question}", f"If that is meant, add {consent.flag} to --yes."
            )
        if not console.ask(f"{consent.question} Go on?", default=False):
            raise RefusedError("Nothing was changed: it was not agreed to.")
    if not (wishes.yes or wishes.agreed) and not console.ask("Make this change?", default=False):
        raise RefusedError("Nothing was changed: it was not agreed to.")


def _refuse_drift(session: Session, plan: Plan) -> None:
    """All targets are as they were when the plan was made, before the first of them is written."""
    for change in plan.changes:
        if not same_document(send.read(session.arm, change), change.before, change.settings):
            raise RefusedError(
                f"Nothing was changed: {change.document_id} was changed by somebody else since it was read.",
                "Run the command again: it starts from the document as it is now.",
            )


class _Writer:
    """Writes the changes of one plan, and keeps the journal right whatever happens on the way."""

    def __init__(self, session: Session, plan: Plan, wishes: Wishes, explanations: Explanations) -> None:
        self._session = session
        self._plan = plan
        self._wishes = wishes
        self._explanations = explanations
        self._change_id = uuid.uuid4().hex[:12]
        self._states = [PENDING] * len(plan.changes)
        self._documents: list[Any] = [None] * len(plan.changes)
        self._errors: list[str] = [""] * len(plan.changes)

    def write(self, effect: Effect | None) -> Outcome:
        self._journal()
        self._session.console.changes.begun(self._change_id)
        try:
            for place in range(len(self._plan.changes)):
                self._make(place)
                if self._states[place] not in (DONE, RUNNING):
                    break
        except BaseException:
            self._journal()
            raise
        return self._ended(effect)

    def _make(self, place: int) -> None:
        arm = self._session.arm
        if not self._is_untouched(place, self._plan.changes[place]):
            return
        change = self._plan.changes[place]
        # Until the answer is there, how the write ended is not known: an interrupt leaves it so.
        self._states[place] = UNKNOWN
        self._journal()
        sent = send.send(arm, change, self._session.console, self._wishes.follow)
        self._states[place] = sent.state
        if sent.error:
            self._errors[place] = _explained(sent.error, self._explanations)
        if sent.state == DONE:
            self._documents[place] = self._look(change)
        self._journal()

    def _is_untouched(self, place: int, change: Change) -> bool:
        """Re-read right before the write: what somebody else wrote in the meantime survives."""
        try:
            document = send.read(self._session.arm, change)
        except ArmError as error:
            self._states[place], self._errors[place] = FAILED, error.text
            return False
        if same_document(document, change.before, change.settings):
            changes = list(self._plan.changes)
            changes[place] = change.onto(document)
            self._plan = replace(self._plan, changes=tuple(changes))
            return True
        self._states[place] = FAILED
        self._errors[place] = f"{change.document_id} was changed by somebody else since it was read."
        return False

    def _look(self, change: Change) -> Any:
        """The document as the service shows it, which may lag behind the write for a moment."""
        document = None
        for pause in (*_LOOKS, 0.0):
            try:
                document = send.read(self._session.arm, change)
            except ArmError:
                return None
            if send.is_made(change, document):
                return document
            time.sleep(pause)
        return document

    def _ended(self, effect: Effect | None) -> Outcome:
        session, plan = self._session, self._plan
        made = [state in (DONE, RUNNING) for state in self._states]
        if not all(made):
            lines = [_line(*parts) for parts in zip(plan.changes, self._states, self._errors)]
            session.console.changes.partly_made(lines, sent=any(state in SENT for state in self._states))
            return Outcome(self._result(verified=False), 1)
        verified = self._verified()
        if verified and effect and self._wishes.wait is not None:
            verified = _wait_for(session, plan, effect, self._wishes.wait)
        session.console.changes.made(verified, "" if self._wishes.agreed else plan.next_step)
        return Outcome(self._result(verified), 1 if verified is False else 0)

    def _verified(self) -> bool | None:
        if RUNNING in self._states:
            return None
        if any(document is None and change.method != "DELETE" for document, change in self._made()):
            return None
        return all(send.is_made(change, document) for document, change in self._made())

    def _made(self) -> Sequence[tuple[Any, Change]]:
        return list(zip(self._documents, self._plan.changes))

    def _result(self, verified: bool | None) -> dict[str, Any]:
        document = _document(self._plan, change_id=self._change_id, verified=verified)
        for change, state in zip(document["changes"], self._states):
            change["state"] = state
        return document

    def _journal(self) -> None:
        session = self._session
        session.journal.append(
            record.of(session, self._plan, self._change_id, self._states, self._documents, self._errors)
        )


def _wait_for(session: Session, plan: Plan, effect: Effect, seconds: float) -> bool | None:
    """Whether the effect shows before the time is over; None when it could never be told."""
    until = time.monotonic() + seconds
    seen: bool | None = None
    session.console.stage("Waiting until the change has its effect")
    pauses = iter(_EFFECT_PAUSES)
    while True:
        look = effect(session, plan)
        if look:
            return True
        seen = look if look is not None else seen
        left = until - time.monotonic()
        if left <= 0:
            return seen
        time.sleep(min(next(pauses, _EFFECT_PAUSES[-1]), left))


def _line(change: Change, state: str, error: str) -> str:
    return f"{state}: {change.what}" + (f" ({error})" if error else "")


def _explained(error: ArmError, explanations: Explanations) -> str:
    known = explanations.get(error.code or "")
    return " ".join((*known, error.text)) if known else error.text


def _document(
    plan: Plan,
    *,
    what_if: bool = False,
    change_id: str | None = None,
    verified: bool | None = None,
    handover: str | None = None,
) -> dict[str, Any]:
    """The contracted Plan, with the notes and the text for somebody who may; no secret of a document is in it."""
    document: dict[str, Any] = redact.document(
        {
            "whatIf": what_if,
            "changeId": change_id,
            "changes": [change.to_json() for change in plan.changes],
            "undo": list(plan.undo()),
            "requires": plan.actions,
            "warnings": list(plan.warnings),
            "notes": list(plan.notes),
            "verified": verified,
            "nextStep": plan.next_step,
            "handover": handover,
        }
    )
    return document
