"""The life of a change: shown, agreed to, checked once more, journalled, written, verified."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix import redact
from azext_aksinvokefix.changes import permission, send
from azext_aksinvokefix.changes.documents import same_document
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.changes.writes import Explanations, Writer, new_id
from azext_aksinvokefix.quoting import printable

#: One look at whether the change has its effect; None when that cannot be told.
Effect = Callable[[Session, Plan], "bool | None"]

#: Seconds between two looks at the effect; the last one again and again.
_EFFECT_PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0)


class StuckError(Exception):
    """Raised by a look: something that no waiting lifts keeps the effect from showing. It was told already."""


@dataclass(frozen=True)
class ApplyOptions:  # pylint: disable=too-many-instance-attributes
    """What the user said: ``flags`` are the further consents given on the command line, such as ``--wide-scope``.

    ``shown``, ``permitted`` and ``agreed`` say that the plan was shown, the rights looked at and the plan agreed to
    before; further consents are still asked for.
    ``wait`` is for how many seconds the effect is waited for, None for not at all; ``follow`` False leaves a
    long-running operation to itself.
    """

    what_if: bool = False
    yes: bool = False
    flags: tuple[str, ...] = ()
    wait: float | None = None
    follow: bool = True
    shown: bool = False
    permitted: bool = False
    agreed: bool = False


@dataclass(frozen=True)
class Outcome:
    """The Plan that is printed. ``failed``: not all was made, or it shows that what was made has no effect."""

    document: dict[str, Any]
    failed: bool = False


def carry_out(
    session: Session,
    plan: Plan,
    wishes: ApplyOptions,
    *,
    effect: Effect | None = None,
    explanations: Explanations | None = None,
) -> Outcome:
    """Show the plan and, once it is agreed to, make its changes.

    Raises RefusedError while nothing has been written; what goes wrong later is in the outcome.
    """
    if not plan.changes:
        return _nothing_to_do(session, plan, wishes, effect)
    if wishes.what_if:
        lacked = permission.lacked(session.arm, plan)
        return Outcome(_document(plan, what_if=True, handover=permission.handover(plan, lacked) if lacked else None))
    if not wishes.permitted:
        refuse_without_rights(session, plan)
    if not wishes.shown:
        session.console.changes.planned(plan, to_agree=not (wishes.yes or wishes.agreed))
    _agree(session, plan, wishes)
    _refuse_drift(session, plan)
    writer = Writer(session, plan, explanations or {}, wishes.follow)
    writer.write()
    return _ended(session, plan, wishes, writer, effect)


def refuse_without_rights(session: Session, plan: Plan) -> None:
    """RefusedError where the caller lacks a right that the plan takes, with what to send to somebody who has it.

    Which right that is comes first, and no plan between that and the text: --what-if shows it.
    """
    lacked = permission.lacked(session.arm, plan)
    if not lacked:
        return
    console = session.console
    console.text(permission.refusal(lacked))
    for line in plan.otherwise:
        console.text(line)
    console.text(f"Send this to someone who has it:\n\n{permission.handover(plan, lacked)}\n")
    raise RefusedError(
        f"You lack {', '.join(dict.fromkeys(action for action, _ in lacked))}.",
        "Nothing was changed. Send the text above to someone with that permission.",
    )


def _nothing_to_do(session: Session, plan: Plan, wishes: ApplyOptions, effect: Effect | None) -> Outcome:
    if not wishes.what_if:
        session.console.changes.planned(plan)
    verified: bool | None = True
    if wishes.wait is not None and effect and not wishes.what_if:
        verified = _wait_for(session, plan, effect, wishes.wait)
    if plan.undoes and not wishes.what_if:
        # Somebody else took it back: from now on the one before it is the latest.
        session.journal.append(record.record_of(session, plan, new_id(), ()))
    document = _document(plan, what_if=wishes.what_if, verified=verified)
    return Outcome(document, verified is False)


def _agree(session: Session, plan: Plan, wishes: ApplyOptions) -> None:
    """Nothing is written that was not agreed to; RefusedError otherwise."""
    console = session.console
    if not (wishes.yes or wishes.agreed or console.can_ask):
        raise RefusedError(
            "Nothing was changed: there is no terminal to confirm on.",
            "Review the plan with --what-if, then repeat the command with --yes.",
        )
    for consent in plan.consents:
        if consent.flag in wishes.flags or (wishes.yes and not consent.flag):
            continue
        if wishes.yes or not console.can_ask:
            raise RefusedError(
                f"Nothing was changed: {consent.question}", f"If you want that, add {consent.flag} to --yes."
            )
        if not console.ask(f"{consent.question} Continue?", default=False):
            raise RefusedError("Cancelled. Nothing was changed.")
    if not (wishes.yes or wishes.agreed) and not console.ask("Make this change?", default=False):
        raise RefusedError("Cancelled. Nothing was changed.")


def _refuse_drift(session: Session, plan: Plan) -> None:
    """All targets are as they were when the plan was made, before the first of them is written."""
    for change in plan.changes:
        if not same_document(send.read(session.arm, change), change.before, change.settings):
            raise RefusedError(
                f"Nothing was changed: someone else changed {change.document_id} after it was read.",
                "Run the command again: it starts from the current document.",
            )


def _ended(session: Session, plan: Plan, wishes: ApplyOptions, writer: Writer, effect: Effect | None) -> Outcome:
    if not all(write.made for write in writer.writes):
        session.console.changes.partly_made([str(write) for write in writer.writes], sent=writer.sent())
        if any(write.forbidden for write in writer.writes):
            session.console.text(permission.handover(plan, plan.requires))
        return Outcome(_result(plan, writer, verified=False), failed=True)
    verified = writer.verified()
    if verified and effect and wishes.wait is not None:
        session.console.changes.in_force()
        verified = _wait_for(session, plan, effect, wishes.wait)
    session.console.changes.made(verified, "" if wishes.agreed else plan.next_step)
    return Outcome(_result(plan, writer, verified), verified is False)


def _result(plan: Plan, writer: Writer, verified: bool | None) -> dict[str, Any]:
    made = replace(plan, changes=tuple(write.change for write in writer.writes))
    document = _document(made, change_id=writer.change_id, verified=verified)
    for change, write in zip(document["changes"], writer.writes):
        change["state"] = write.state
    return document


def _wait_for(session: Session, plan: Plan, effect: Effect, seconds: float) -> bool | None:
    """Whether the effect shows before the time is over; None when it could never be told."""
    until = time.monotonic() + seconds
    seen: bool | None = None
    session.console.stage("Waiting until the change takes effect")
    pauses = iter(_EFFECT_PAUSES)
    while True:
        try:
            look = effect(session, plan)
        except StuckError:
            return False
        if look:
            return True
        seen = look if look is not None else seen
        left = until - time.monotonic()
        if left <= 0:
            return seen
        time.sleep(min(next(pauses, _EFFECT_PAUSES[-1]), left))


def _document(
    plan: Plan,
    *,
    what_if: bool = False,
    change_id: str | None = None,
    verified: bool | None = None,
    handover: str | None = None,
) -> dict[str, Any]:
    """The contracted Plan, with the notes and the text for somebody who may; no secret of a document is in it."""
    document: dict[str, Any] = printable(
        redact.document(
            {
                "whatIf": what_if,
                "changeId": change_id,
                "changes": [change.to_json() for change in plan.changes],
                "undo": list(plan.undo()),
                "requires": plan.actions,
                "warnings": list(plan.warnings),
                "notes": [*plan.notes, *plan.otherwise],
                "verified": verified,
                "nextStep": plan.next_step,
                "handover": handover,
            }
        )
    )
    return document
