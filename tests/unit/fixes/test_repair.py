"""The walk from a broken invoke to a working one: one stage after the other, proved, never more than was agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.changes.step import Step
from azext_aksinvokefix.fixes import remedies, repair
from azext_aksinvokefix.fixes.remedies import Remedy
from azext_aksinvokefix.fixes.repair import RepairRun
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Confidence, Diagnosis, Finding, Fix, Stage
from tests.present import present
from tests.worlds.changes import CLUSTER, Console, Store, assignment, exclusion, plan_for, session

APPLY, SKIP, QUIT = 0, 1, 2
ROLE, POLICY, NODES = "arm-action-missing", "azure-policy-denied", "nodes-tainted"
BUSY = "operation-in-progress"
REQUIRES = (("Microsoft.Authorization/policyAssignments/write", "/subscriptions/s"),)
STAGES: dict[str, Stage] = {
    ROLE: "access",
    BUSY: "cluster",
    POLICY: "admission",
    NODES: "scheduling",
    "kyverno-denied": "admission",
}


def finding(name: str, confidence: Confidence = "confirmed", **changes: Any) -> Finding:
    fix = Fix("manual", "manual", f"Mend {name} by hand.")
    made = Finding(name, STAGES[name], "error", confidence, f"Broken by {name}", "It is.", fixes=(fix,))
    return replace(made, **changes)


def found(*findings: Finding) -> Diagnosis:
    return Diagnosis(CLUSTER, "blocked" if findings else "ready", None, (), findings, ())


class Walker(Console):
    """Somebody who chooses what becomes of each step."""

    def __init__(self, choices: Iterable[int] = (), terminal: bool = True) -> None:
        super().__init__([True] * 9 if terminal else None)
        self.choices = list(choices)
        self.reports: list[str | tuple[str, int]] = []

    def decide(self, question: str, options: Sequence[tuple[str, Sequence[str]]]) -> int | None:
        return self.choices.pop(0) if self.choices else None

    def diagnosed(self, found: Diagnosis) -> None:
        self.reports.append("the whole report")

    def step(self, found: Diagnosis, finding: str) -> None:
        self.reports.append(finding)

    def foreseen(self, found: Diagnosis, step: Step, plan: Plan | None) -> None:
        self.reports.append((step.finding.id, len(present(plan).changes)))


class World:
    """A cluster with these things broken, of which only the first shows; a plan mends what it is for."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        folder: Path,
        broken: list[str],
        console: Walker,
        *,
        confidence: Confidence = "confirmed",
        stubborn: Sequence[str] = (),
        refused: Sequence[str] = (),
    ) -> None:
        self.broken = list(broken)
        self.tries = 0
        self.confidence = confidence
        self.stubborn = stubborn
        self.refused = refused
        self.arm = Store({each["id"]: each for each in map(assignment, STAGES)})
        self.session = session(folder, self.arm)
        self.console = console
        object.__setattr__(self.session, "console", console)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        monkeypatch.setattr(repair, "_look", lambda *_: self.look())
        monkeypatch.setattr(repair, "probe", lambda _: self.run_true())
        monkeypatch.setattr(remedies, "for_finding", self.remedy)

    def look(self) -> Diagnosis:
        return found(*(finding(each, self.confidence) for each in self.broken[:1]))

    def run_true(self) -> RunResult:
        self.tries += 1
        if not self.broken:
            return RunResult("succeeded", exit_code=0)
        return RunResult("notRun", failure=refusal.failure_of(self.broken[0], "It is broken."))

    def remedy(self, finding: str) -> Remedy | None:
        if finding == "kyverno-denied":
            return None
        if finding == BUSY:
            return Remedy(lambda *_: self.wait(), None, dict, 60.0, waits=True)
        return Remedy(lambda *_: self.plan(finding), None, dict, 60.0)

    def plan(self, finding: str) -> Plan:
        if finding in self.refused:
            raise RefusedError("This cannot be done.", "Ask somebody.")
        document = self.arm.documents[assignment(finding)["id"]]
        if "aks-command" in document["properties"]["parameters"]["excludedNamespaces"]["value"]:
            return plan_for(notes=("Already done.",))

        def mend(method: str, path: str, body: dict[str, Any] | None) -> None:
            if method == "PUT" and path == document["id"] and finding not in self.stubborn:
                self.broken.remove(finding)

        self.arm.before = mend
        return plan_for(exclusion(document))

    def wait(self) -> Plan:
        self.broken = [each for each in self.broken if each != BUSY]
        return plan_for(notes=("It is done.",))

    def actions(self, walk: RepairRun) -> list[tuple[str, str]]:
        return [(step.finding.id, step.action) for step in walk.steps]


def test_three_faults_are_mended_one_after_the_other_and_each_is_proved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console = Walker([APPLY] * 3)
    world = World(monkeypatch, tmp_path, [ROLE, POLICY, NODES], console)
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.works
    assert world.actions(walk) == [(ROLE, "applied"), (POLICY, "applied"), (NODES, "applied")]
    assert console.reports == [ROLE, POLICY, NODES]
    assert world.tries == 4


def test_how_true_ended_is_said_before_anybody_looks_for_the_cause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console = Walker([QUIT])
    world = World(monkeypatch, tmp_path, [NODES], console)
    seen: list[str] = []

    def look(*_: object) -> Diagnosis:
        seen.extend(console.lines)
        return world.look()

    monkeypatch.setattr(repair, "_look", look)
    repair.repair(world.session, None, ApplyOptions())
    assert "`true` did not run: It is broken." in seen


@pytest.mark.parametrize(
    ("outcome", "message", "told"),
    [
        ("unknown", "The answer was lost.", "It is not known whether `true` ran: The answer was lost."),
        ("failed", "No.", "`true` failed: No."),
        ("notRun", "(Code)\n  many \x1b[31mwords", "`true` did not run: (Code) many words"),
        ("notRun", "x" * 161, f"`true` did not run: {'x' * 160} …"),
    ],
)
def test_how_true_ended_is_told_in_one_line_of_azure_s_own_words(outcome: str, message: str, told: str) -> None:
    assert repair._told(RunResult(outcome, failure=refusal.failure_of(NODES, message))) == told


def test_a_cluster_that_works_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [], Walker())
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.works and walk.steps == [] and world.arm.sent == []


def test_quitting_ends_the_walk_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE, POLICY], Walker([APPLY, QUIT]))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert world.actions(walk) == [(ROLE, "applied"), (POLICY, "quit")] and not walk.works
    assert len(world.arm.sent) == 1


def test_an_ended_input_is_a_quit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker([]))
    assert world.actions(repair.repair(world.session, None, ApplyOptions())) == [(ROLE, "quit")]
    assert world.arm.sent == []


def test_what_was_skipped_is_not_offered_again_and_is_what_remains(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker([SKIP]))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert world.actions(walk) == [(ROLE, "skipped")] and world.arm.sent == []
    assert "by hand" in walk.reason


def test_yes_applies_what_is_confirmed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE, NODES], Walker(terminal=False))
    assert repair.repair(world.session, None, ApplyOptions(yes=True)).works


@pytest.mark.parametrize("confidence", ["likely", "possible"])
def test_yes_applies_nothing_that_is_not_confirmed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, confidence: Confidence
) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker(terminal=False), confidence=confidence)
    walk = repair.repair(world.session, None, ApplyOptions(yes=True))
    assert world.actions(walk) == [(ROLE, "skipped")] and world.arm.sent == []


def test_without_a_terminal_and_without_yes_nothing_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker(terminal=False))
    with pytest.raises(RefusedError, match="no terminal"):
        repair.repair(world.session, None, ApplyOptions())
    assert world.tries == 0


def test_what_if_plans_and_touches_nothing_not_even_the_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker(terminal=False))
    walk = repair.repair(world.session, None, ApplyOptions(what_if=True))
    assert (walk.outcome, world.actions(walk)) == ("planned", [(ROLE, "planned")])
    assert present(walk.steps[0].plan)["whatIf"] is True
    assert world.console.reports == [(ROLE, 1)]
    assert world.arm.sent == [] and world.tries == 0 and not world.session.journal.path.exists()


def test_what_only_a_person_can_mend_ends_the_walk_with_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, ["kyverno-denied"], Walker())
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.steps == [] and walk.reason == "Broken by kyverno-denied. Mend kyverno-denied by hand."
    assert present(walk.left).id == "kyverno-denied"
    assert world.console.reports == ["the whole report"]


def test_the_reason_is_a_line_with_the_command_at_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, ["kyverno-denied"], Walker())
    wait = Fix("manual", "manual", "Wait until it is done.", "az aks wait -g rg1")
    monkeypatch.setattr(repair, "_look", lambda *_: found(finding("kyverno-denied", fixes=(wait,))))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.reason == "Broken by kyverno-denied. Wait until it is done: az aks wait -g rg1"


def test_an_operation_in_progress_is_waited_for_without_a_question_and_the_walk_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world = World(monkeypatch, tmp_path, [BUSY, ROLE], Walker([APPLY]))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.works
    assert world.actions(walk) == [(BUSY, "nothingToDo"), (ROLE, "applied")]


def test_waiting_needs_no_certainty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [BUSY], Walker(terminal=False), confidence="possible")
    assert repair.repair(world.session, None, ApplyOptions(yes=True)).works


@pytest.mark.parametrize(("confidence", "waits"), [("possible", True), ("confirmed", False)])
def test_an_operation_that_may_be_the_cause_is_waited_for_where_nothing_else_is_sure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, confidence: Confidence, waits: bool
) -> None:
    world = World(monkeypatch, tmp_path, ["kyverno-denied"], Walker(), confidence=confidence)
    busy = finding(BUSY, "possible", severity="warning")
    monkeypatch.setattr(repair, "_look", lambda *_: found(busy, finding("kyverno-denied", confidence)))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert world.actions(walk) == ([(BUSY, "nothingToDo")] if waits else [])
    assert present(walk.left).id == "kyverno-denied"


def test_what_a_text_told_of_an_operation_that_is_over_is_not_told_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console = Walker()
    console.answers = [False]
    world = World(monkeypatch, tmp_path, [BUSY], console)
    walk = repair.repair(world.session, refusal.failure_of(BUSY, "busy"), ApplyOptions())
    assert world.actions(walk) == [(BUSY, "nothingToDo")]
    assert walk.left is None and walk.reason == "No problem found."


def test_a_change_without_an_effect_is_not_made_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [POLICY], Walker([APPLY] * 9), stubborn=[POLICY])
    walk = repair.repair(world.session, None, ApplyOptions())
    assert world.actions(walk) == [(POLICY, "applied"), (POLICY, "nothingToDo")]
    assert len(world.arm.sent) == 1 and not walk.works


def test_a_plan_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker(), refused=[ROLE])
    walk = repair.repair(world.session, None, ApplyOptions())
    assert walk.steps[0].action == "refused"
    assert walk.steps[0].reason == "This cannot be done. Ask somebody."


def test_a_known_failure_needs_no_first_try(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE], Walker([APPLY]))
    repair.repair(world.session, refusal.failure_of(ROLE, "refused"), ApplyOptions())
    assert world.tries == 1


def test_who_does_not_want_true_to_run_gets_each_plan_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    console = Walker([APPLY] * 9)
    console.answers = [False]
    world = World(monkeypatch, tmp_path, [ROLE, NODES], console, stubborn=[NODES])
    walk = repair.repair(world.session, None, ApplyOptions())
    assert world.actions(walk) == [(ROLE, "applied"), (NODES, "applied")]
    assert world.tries == 0 and not walk.works


def test_every_plan_of_the_walk_can_be_taken_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(monkeypatch, tmp_path, [ROLE, POLICY], Walker([APPLY] * 2))
    walk = repair.repair(world.session, None, ApplyOptions())
    assert [present(step.plan)["changeId"] for step in walk.steps] == list(world.session.journal.changes())


@pytest.mark.parametrize("yes", [True, False])
def test_what_the_caller_has_no_right_to_is_not_offered_and_the_right_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, yes: bool
) -> None:
    console = Walker([APPLY] * 3)
    world = World(monkeypatch, tmp_path, [POLICY], console)
    world.arm.permissions = ["*/read"]
    monkeypatch.setattr(world, "plan", lambda name, plan=world.plan: replace(plan(name), requires=REQUIRES))
    walk = repair.repair(world.session, None, ApplyOptions(yes=yes))
    assert world.actions(walk) == [(POLICY, "refused")]
    assert console.choices == [APPLY] * 3 and world.arm.sent == []
    assert walk.to_json()["reason"].startswith(f"Broken by {POLICY}. You lack {REQUIRES[0][0]}.")
