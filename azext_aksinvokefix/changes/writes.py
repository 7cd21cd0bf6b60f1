"""The writes of one plan, one after the other, with the journal right whatever happens on the way."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes import send
from azext_aksinvokefix.changes.documents import same_document
from azext_aksinvokefix.changes.plan import DONE, FAILED, RUNNING, SENT, UNKNOWN, Plan, RefusedError
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.records.record import Write
from azext_aksinvokefix.changes.session import Session

#: An ARM error code to what it means and what to do.
Explanations = Mapping[str, tuple[str, str]]

_OK, _FORBIDDEN = 200, 403
#: Refusals with that status which no role lifts.
_WHATEVER_THE_ROLE = ("RequestDisallowedByPolicy", "DenyAssignmentAuthorizationFailed")
#: Seconds between two looks at a document that does not show the write yet.
_LOOKS = (1.0, 2.0, 4.0)


class Writer:
    """``writes`` tells of each change how far it came."""

    def __init__(self, session: Session, plan: Plan, explanations: Explanations, follow: bool) -> None:
        self.change_id = new_id()
        self.writes = [Write(change) for change in plan.changes]
        self._session = session
        self._plan = plan
        self._explanations = explanations
        self._follow = follow

    def write(self) -> None:
        """Make the changes; the first one that is not made is the last one tried.

        RefusedError when the intent cannot be journalled: then nothing was sent.
        """
        self._journal()
        self._session.console.changes.begun(self.change_id, "; ".join(write.change.what for write in self.writes))
        try:
            for write in self.writes:
                self._make(write)
                if not (write.made or write.told):
                    break
        except BaseException:
            self._journal_if_possible()
            raise

    def sent(self) -> bool:
        """Whether any of it may be in force."""
        return any(write.state in SENT for write in self.writes)

    def verified(self) -> bool | None:
        """Whether the documents show what was sent; None when that does not show yet."""
        if any(write.state == RUNNING for write in self.writes):
            return None
        own = [write for write in self.writes if not write.there]
        if not all(write.was_read for write in own):
            return None
        return all(send.is_made(write.change, write.document) for write in own)

    def _make(self, write: Write) -> None:
        """From the last look at the target to the look at what became of it, no other run here may come between."""
        with self._session.journal.turn(write.change.document_id, self._waiting):
            self._make_in_turn(write)

    def _waiting(self) -> None:
        self._session.console.stage("Waiting for another run on this machine that changes the same resource")

    def _make_in_turn(self, write: Write) -> None:
        if not self._is_untouched(write):
            self._journal_if_possible()
            return
        # Until the answer is there, how the write ended is not known: an interrupt leaves it so.
        write.state = UNKNOWN
        try:
            self._journal()
        except RefusedError as error:
            write.state, write.error = FAILED, error.message
            if not self.sent():
                raise
            return
        sent = send.send(self._session.arm, write.change, self._session.console, self._follow)
        write.there, write.told = sent.there, sent.told
        if sent.error:
            write.error = _explained(sent.error, self._explanations)
            write.forbidden = sent.error.status == _FORBIDDEN and sent.error.code not in _WHATEVER_THE_ROLE
        if sent.state == DONE and not sent.there:
            self._look(write)
            write.state, write.error = _seen(write)
        else:
            write.state = sent.state
        try:
            self._journal()
        except RefusedError as error:
            # What was sent stays sent, and the journal says so; without a journal nothing more is.
            if write.state in SENT:
                write.state, write.error = UNKNOWN, f"It was sent, but: {error.message}"

    def _is_untouched(self, write: Write) -> bool:
        """Re-read right before the write: what somebody else wrote in the meantime survives."""
        change = write.change
        try:
            document = send.read(self._session.arm, change)
        except ArmError as error:
            write.state, write.error = FAILED, error.text
            return False
        if same_document(document, change.before, change.settings):
            write.change = change.onto(document)
            return True
        write.state = FAILED
        write.error = f"Someone else changed {change.document_id} after it was read."
        return False

    def _look(self, write: Write) -> None:
        """Read the document back, which may lag behind the write for a moment."""
        for pause in (*_LOOKS, 0.0):
            try:
                write.document = send.read(self._session.arm, write.change)
            except ArmError as error:
                if error.status != _OK:
                    return
            else:
                write.was_read = True
                if send.is_made(write.change, write.document):
                    return
            time.sleep(pause)

    def _journal_if_possible(self) -> None:
        with contextlib.suppress(RefusedError):
            self._journal()

    def _journal(self) -> None:
        self._session.journal.append(record.record_of(self._session, self._plan, self.change_id, self.writes))


def _seen(write: Write) -> tuple[str, str]:
    """The state of a write that the service took, and what is wrong. What Azure shows counts, not that it was taken."""
    if write.was_read and not send.is_made(write.change, write.document):
        return UNKNOWN, "Azure accepted the request, but the document does not show the change."
    if not write.was_read and not write.told:
        return UNKNOWN, "Azure accepted the request, but the document cannot be read to verify the change."
    return DONE, ""


def new_id() -> str:
    """The id of a change."""
    return uuid.uuid4().hex[:12]


def _explained(error: ArmError, explanations: Explanations) -> str:
    known = explanations.get(error.code or "")
    return " ".join((*known, error.text)) if known else error.text
