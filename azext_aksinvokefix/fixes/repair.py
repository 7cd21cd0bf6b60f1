"""From a broken invoke to a working one: the first broken stage is repaired, `true` proves it, then the next one.

Every step is a plan like that of the single commands, with the same life. What no plan repairs is said and left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from azext_aksinvokefix import catalog, diagnosis
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes import apply
from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import DONE, RUNNING, Plan, RefusedError
from azext_aksinvokefix.changes.probe import probe
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.changes.step import Action, Step
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.fixes import remedies
from azext_aksinvokefix.fixes.remedies import Remedy
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Diagnosis, Failure, Finding, Fix
from azext_aksinvokefix.quoting import one_line

#: A walk that comes by more findings than this goes in circles.
_MOST_STEPS = 12

#: How the walk ended: `true` ran in the cluster; something is still broken; nothing was to be changed.
Outcome = Literal["works", "broken", "planned"]

#: How `true` may end but well.
_ENDINGS = {"notRun": "`true` did not run", "unknown": "It is not known whether `true` ran"}
#: Of what Azure said of it: about two lines of a terminal.
_LONGEST_REASON = 160

_OWN = "az aks invoke-fix repair "
#: What can be done with a step, and the words that choose it.
_CHOICES: tuple[tuple[str, tuple[str, ...], Action], ...] = (
    ("apply", ("a", "apply", "y", "yes"), "applied"),
    ("skip", ("s", "skip", "n", "no"), "skipped"),
    ("quit", ("q", "quit"), "quit"),
)


@dataclass
class RepairRun:
    """What was found and done so far."""

    steps: list[Step] = field(default_factory=list)
    outcome: Outcome = "broken"
    #: In a line, why the walk ended before an invoke works; ``left`` is the finding that it is about, if any.
    reason: str = ""
    left: Finding | None = None
    #: What was found last.
    seen: Diagnosis | None = None

    @property
    def diagnosis(self) -> dict[str, Any] | None:
        """The same as the contracted object."""
        return self.seen.to_json() if self.seen else None

    @property
    def works(self) -> bool:
        return self.outcome == "works"

    @property
    def only_planned(self) -> bool:
        return self.outcome == "planned"

    def ends(self, done: Collection[str]) -> None:
        """With what is left of the diagnosis, of which these findings had their turn."""
        self.reason, self.left = _what_remains(self.seen.findings if self.seen else (), done)
        left = self.left
        refused = [
            step.reason for step in self.steps if left and step.finding.id == left.id and step.action == "refused"
        ]
        if left and refused:
            self.reason = f"{left.title}. {refused[-1]}"

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "reason": one_line(self.reason),
            "steps": [step.to_json() for step in self.steps],
            "diagnosis": self.diagnosis,
            "run": None,
        }


def repair(session: Session, known: Failure | None, wishes: ApplyOptions) -> RepairRun:
    """Walk from the failure that is known, or from what is found, until an invoke works.

    ``wishes.yes`` applies plans for confirmed findings alone; ``what_if`` plans every step that can be seen from here
    and changes nothing. Without a terminal one of the two is needed: RefusedError.
    """
    console = session.console
    if wishes.what_if:
        return _plan_all(session, known)
    if not (wishes.yes or console.can_ask):
        raise RefusedError(
            "Nothing was changed: there is no terminal to confirm on.",
            "Preview every plan with --what-if, or apply the plans for confirmed findings with --yes.",
        )
    prove = wishes.yes or console.ask("After each fix, run the no-op command `true` in the cluster to test it?")
    walker = _Walker(session, wishes, prove)
    return walker.walk(known or (walker.prove() if prove else None))


def _repairable(found: Diagnosis) -> Iterator[tuple[Finding, Remedy]]:
    """The errors that a plan can repair, in the order of the stages; each kind once, since its plan covers all."""
    seen: set[str] = set()
    for finding in found.findings:
        remedy = remedies.for_finding(finding.id) if catalog.is_repairable(finding.id, finding.severity) else None
        if remedy and finding.id not in seen:
            seen.add(finding.id)
            yield finding, remedy


def _steps(found: Diagnosis) -> Iterator[tuple[Finding, Remedy]]:
    """What can be done about a diagnosis; where nothing in it is sure, waiting for what goes on comes last."""
    yield from _repairable(found)
    errors = [finding for finding in found.findings if finding.severity == "error"]
    if not errors or any(error.confidence == "confirmed" for error in errors):
        return
    for finding in found.findings:
        remedy = remedies.for_finding(finding.id) if finding.severity == "warning" else None
        if remedy and remedy.waits:
            yield finding, remedy


def _plan_all(session: Session, known: Failure | None) -> RepairRun:
    """A plan for every finding that shows now; what is broken behind an earlier stage does not show."""
    seen = _look(session, known)
    walk = RepairRun(outcome="planned", seen=seen)
    walk.ends(())
    for finding, remedy in _steps(seen):
        step, plan = _foresee(session, known, finding, remedy)
        walk.steps.append(step)
        session.console.changes.foreseen(seen, step, plan)
    return walk


def _foresee(session: Session, known: Failure | None, finding: Finding, remedy: Remedy) -> tuple[Step, Plan | None]:
    """The step that would be made, and its plan; None where there is none, or it cannot be shown."""
    wishes = ApplyOptions(what_if=True)
    try:
        plan = remedy.plan(session, known, wishes)
        document = apply.carry_out(session, plan, wishes).document
    except (RefusedError, ArmError) as error:
        return Step(finding, "refused", _why(error)), None
    return Step(finding, "planned" if plan.changes else "nothingToDo", plan=document), plan


class _Walker:
    def __init__(self, session: Session, wishes: ApplyOptions, prove: bool) -> None:
        self._session = session
        self._wishes = wishes
        self._prove = prove
        self._done: set[str] = set()
        self._walk = RepairRun()

    def walk(self, failure: Failure | None) -> RepairRun:
        """From this failure, or from whatever shows, to the end."""
        walk = self._walk
        while not walk.works:
            walk.seen = _look(self._session, failure)
            steps = _steps(walk.seen)
            found = next((each for each in steps if each[0].id not in self._done), None)
            if found is None or len(walk.steps) == _MOST_STEPS:
                self._session.console.diagnosed(walk.seen)
                walk.ends(self._done)
                break
            self._session.console.changes.step(walk.seen, found[0].id)
            step = self._repair(*found, failure)
            walk.steps.append(step)
            if step.action == "quit":
                walk.reason = self._left()
                break
            if step.action != "applied" or not self._prove:
                self._done.add(found[0].id)
            if step.action in ("applied", "nothingToDo") and self._prove:
                failure = self.prove()
            elif step.action == "nothingToDo" and found[1].waits:
                # What the text told of is over.
                failure = None
        return walk

    def _left(self) -> str:
        """That somebody quit, and how to go on."""
        made = sum(step.action == "applied" for step in self._walk.steps)
        again = self._session.target.invoke_fix("repair")
        return f"Stopped; {made} change{'' if made == 1 else 's'} made. Continue with: {again}"

    def prove(self) -> Failure | None:
        """Run `true`; the failure it ended with."""
        console = self._session.console
        console.stage("Running `true`")
        begin(diagnosis.import_what_judges)
        result = probe(self._session)
        if result.outcome == "succeeded":
            self._walk.outcome = "works"
        console.note(_told(result))
        return result.failure

    def _repair(self, finding: Finding, remedy: Remedy, failure: Failure | None) -> Step:
        """One step, and what became of it."""
        console = self._session.console
        if self._wishes.yes and not remedy.waits and finding.confidence != "confirmed":
            return Step(finding, "skipped", "--yes applies only plans for confirmed findings.")
        try:
            console.stage("Making a plan")
            plan = remedy.plan(self._session, failure, self._wishes)
            if plan.changes:
                # What cannot be made is not offered.
                apply.refuse_without_rights(self._session, plan)
            chosen = self._choice(plan)
            if chosen in ("skipped", "quit"):
                return Step(finding, chosen)
            return self._carried_out(Step(finding, chosen), plan, remedy)
        except (RefusedError, ArmError) as error:
            step = Step(finding, "refused", _why(error))
            console.note(f"Not done: {step.reason}")
            return step

    def _choice(self, plan: Plan) -> Action:
        if not plan.changes:
            return "nothingToDo"
        if self._wishes.yes:
            return "applied"
        # What comes after the change is the next step of the walk.
        self._session.console.changes.planned(replace(plan, next_step=""))
        chosen = self._session.console.decide("Apply this?", [(option, words) for option, words, _ in _CHOICES])
        return "quit" if chosen is None else _CHOICES[chosen][2]

    def _carried_out(self, step: Step, plan: Plan, remedy: Remedy) -> Step:
        """The step with its plan as it was made."""
        patience = (self._wishes.wait or remedy.patience) if self._prove else None
        shown = not self._wishes.yes and bool(plan.changes)
        wishes = replace(self._wishes, wait=patience, agreed=True, permitted=True, shown=shown)
        made = apply.carry_out(self._session, plan, wishes, effect=remedy.effect, explanations=remedy.explanations())
        step = replace(step, plan=made.document)
        if any(each.get("state") not in (DONE, RUNNING) for each in made.document["changes"]):
            return replace(step, action="refused", reason="Not everything could be changed: see above.")
        return step


def _told(result: RunResult) -> str:
    """How `true` ended, in the words of Azure where it failed: what they mean is looked for next."""
    if result.outcome == "succeeded":
        return "`true` ran in the cluster: run command works."
    said = one_line(result.failure.message) if result.failure else "Azure gave no reason."
    if len(said) > _LONGEST_REASON:
        # Between two words, where there are any.
        said = f"{said[:_LONGEST_REASON].rpartition(' ')[0] or said[:_LONGEST_REASON]} …"
    return f"{_ENDINGS.get(result.outcome, '`true` failed')}: {said}"


def _look(session: Session, failure: Failure | None) -> Diagnosis:
    session.console.stage("Looking for the cause")
    return diagnosis.diagnose(session.edge, session.cluster_id, failure)


def _why(error: RefusedError | ArmError) -> str:
    if isinstance(error, ArmError):
        return one_line(error.text)
    return one_line(f"{error.message}\n{error.advice}")


def _what_remains(findings: Sequence[Finding], done: Collection[str]) -> tuple[str, Finding | None]:
    """What a person has to do about the first error that no plan repairs or has repaired, and that error."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return "No problem found.", None
    left = next((error for error in errors if error.id in done or not remedies.for_finding(error.id)), None)
    if left is None:
        return "", None
    advice = _advice(left.fixes[0]) if left.fixes else ""
    return f"{left.title}. {advice}".strip(), left


def _advice(fix: Fix) -> str:
    line = fix.command
    if line and line.startswith(_OWN):
        # What repair could not do, repeating it does not either.
        line = fix.stock_command
    return f"{fix.description.rstrip('.')}: {line}" if line else fix.description
