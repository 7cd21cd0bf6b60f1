"""What is told of a change: its plan, how it was made, how to undo it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.quoting import az, block, one_line
from azext_aksinvokefix.report import terminal
from azext_aksinvokefix.report.lines import EMPTY

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.plan import Plan
    from azext_aksinvokefix.changes.records.keeping import Copy
    from azext_aksinvokefix.changes.step import Step
    from azext_aksinvokefix.fixes.repair import RepairRun
    from azext_aksinvokefix.lifecycle import Diagnosis
    from azext_aksinvokefix.report.speaker import Speaker


#: Set by pipelines, most of whose machines are gone after the job.
_PIPELINES = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "JENKINS_URL")


class Changes:
    """The part of a console that speaks of changes."""

    def __init__(self, console: Speaker) -> None:
        self._console = console
        #: Begun, and not known to have come to its end.
        self._change_id: str | None = None
        self._what = ""
        #: What stands by now, by its id.
        self._made: dict[str, str] = {}

    def step(self, diagnosis: Diagnosis, finding_id: str) -> None:
        """What the next step of a repair is about."""
        from azext_aksinvokefix.report.text import render_step

        if not self._console.quiet:
            unicode = terminal.shows_unicode(sys.stderr)
            lines = render_step(diagnosis, finding_id, width=terminal.columns(), unicode=unicode)
            self._console.lines([EMPTY, *lines, EMPTY])

    def planned(self, plan: Plan, to_agree: bool = False) -> None:
        """The plan, to somebody who wants to know; ``to_agree`` to somebody who cannot agree to it unseen."""
        from azext_aksinvokefix.report.plan import styled

        if to_agree or not self._console.quiet:
            unicode = terminal.shows_unicode(sys.stderr)
            brief = self._console.is_brief
            self._console.lines(styled(plan, width=terminal.columns(), unicode=unicode, brief=brief))

    def page(self, plan: Plan, handover: str | None) -> None:
        """The plan as the result of ``--what-if``, with the text for somebody who may make it."""
        from azext_aksinvokefix.report.plan import styled

        self._console.show_lines(styled(plan, width=terminal.columns(), unicode=terminal.shows_unicode(sys.stdout)))
        if handover:
            why = "You lack a permission that this change needs. Send this to someone who has it:"
            self._console.show(f"\n{why}\n\n{block(handover)}\n")

    @property
    def begun_any(self) -> bool:
        """Whether any change got as far as being sent."""
        return self._change_id is not None or bool(self._made)

    def begun(self, change_id: str, what: str) -> None:
        self._change_id = change_id
        self._what = what
        self._console.note(f"Change id: {change_id}")

    def in_force(self) -> None:
        """All changes of a plan stand, whatever becomes of the wait for their effect."""
        self._stands(self._what)

    def made(self, verified: bool | None, next_step: str) -> None:
        """All changes of a plan are made."""
        if verified is not None:
            self._stands(self._what)
        if verified is False:
            self._console.error("The change was made, but it has not taken effect yet.")
        elif verified is None:
            self._console.note("The change was sent, but it is not known yet whether it is complete.")
        else:
            self._console.note("Done and verified.")
        if next_step:
            self._console.note(f"Next: {next_step}")

    def partly_made(self, lines: Sequence[str], sent: bool) -> None:
        """What was done of a plan and what was not, one line a change; ``sent`` if any of it may be in force."""
        self._console.error("Not everything could be changed.")
        for line in lines:
            self._console.say(f"  {line}")
        change_id = self._change_id or ""
        if sent:
            self._console.say(f"Undo what was changed: {undo_line(change_id)}")

        self._stands("\n".join(lines) if sent else None)

    def _stands(self, what: str | None) -> None:
        """The change that was begun is at its end, and this of it stands."""
        if what and self._change_id:
            self._made[self._change_id] = what
        self._change_id = None

    def saved(self, file: Copy) -> None:
        """Where the undo document is, if anything may be in force."""
        if file.is_used:
            undo = az("aks", "invoke-fix", "undo", "--from", str(file.path))
            self._console.note(f"Undo document: {file.path}. On any machine: {undo}")

    def may_be_lost(self) -> None:
        """In a pipeline, after a change without an undo document: the journal may go with the machine."""
        if not self._console.can_ask or any(os.environ.get(name) for name in _PIPELINES):
            self._console.note(
                "Only this machine's journal can undo this change. If the machine is temporary, save the journal "
                "with: az aks invoke-fix history --export FILE (or use --out FILE when you make a change)"
            )

    def listed(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """The history: the rows, or for a person a page of them."""
        from azext_aksinvokefix.report.history import render

        if not self._console.is_for_a_person:
            return rows
        self._console.show(render(rows, width=terminal.columns()))
        return None

    @staticmethod
    def warned(lines: Iterable[str]) -> None:
        """What is wrong with the journal itself."""
        from knack.log import get_logger

        for line in lines:
            get_logger(__name__).warning("%s", one_line(line))

    def foreseen(self, diagnosis: Diagnosis, step: Step, plan: Plan | None) -> None:
        """A step of a repair with ``--what-if``, to a person: what is wrong, and the plan, or why there is none."""
        if not self._console.is_for_a_person:
            return
        self._show_step(diagnosis, step.finding.id)
        if plan is None or not step.plan:
            self._console.show(f"No plan: {block(step.reason)}\n")
        else:
            self.page(plan, step.plan["handover"])

    def walked(self, walk: RepairRun) -> dict[str, Any] | None:
        """How a repair ended: the object; for a person the last line, below the report of what is left."""
        if not self._console.is_for_a_person:
            return walk.to_json()
        if walk.left is None or walk.seen is None:
            if walk.reason:
                self._console.say(walk.reason)
        elif walk.only_planned:
            self._show_step(walk.seen, walk.left.id, with_fixes=True)
        else:
            self._console.say(f"Not repaired: {walk.left.title}.")
        return None

    def _show_step(self, diagnosis: Diagnosis, finding_id: str, with_fixes: bool = False) -> None:
        from azext_aksinvokefix.report.text import render_step

        unicode = terminal.shows_unicode(sys.stdout)
        width = terminal.columns()
        lines = render_step(diagnosis, finding_id, width=width, unicode=unicode, with_fixes=with_fixes)
        self._console.show_lines([EMPTY, *lines])

    def interrupted(self) -> None:
        """After Ctrl-C in a writing command: what stands, what may be on its way, and how each is undone."""
        if self._change_id:
            self._console.error(f"Interrupted. Azure might still carry this out: {self._what}")
            self._console.say("Check its state: az aks invoke-fix history")
            self._console.say(f"Undo it: {undo_line(self._change_id)}")
        elif not self._made:
            self._console.error("Interrupted. Nothing was changed.")
        else:
            count = len(self._made)
            self._console.error(f"Interrupted. {count} change{' was' if count == 1 else 's were'} made.")
        for change_id, what in reversed(self._made.items()):
            self._console.say(f"Made: {what}")
            self._console.say(f"Undo it: {undo_line(change_id)}")


def undo_line(change_id: str) -> str:
    """The command that undoes a change."""
    return az("aks", "invoke-fix", "undo", "--change-id", change_id)
