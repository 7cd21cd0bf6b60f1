"""The life of a change: nothing unseen, nothing unasked, nothing unjournalled, nobody else's change lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from azext_aksinvokefix.arm import Answer, ArmError
from azext_aksinvokefix.changes import apply, send
from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import Change, Consent, RefusedError
from tests.present import present
from tests.worlds.changes import (
    ASSIGNMENT,
    CLUSTER,
    Before,
    Store,
    WorldSession,
    assignment,
    exclusion,
    ok,
    plan_for,
    refused,
    session,
)

A, B = assignment("a"), assignment("b")
YES = ApplyOptions(yes=True)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr("time.monotonic", lambda: now[0])


def store(**options: Any) -> Store:
    return Store({A["id"]: A, B["id"]: B}, **options)


def once(method: str, path: str, answer: Answer | Callable[[], Answer | None], *, after: int = 0) -> Before:
    """Answer one request of a kind by ``answer``, a value or a function of the store's request."""
    left = [after]

    def before(one: str, other: str, body: dict[str, Any] | None) -> Answer | None:
        if (one, other) != (method, path):
            return None
        left[0] -= 1
        return (answer() if callable(answer) else answer) if left[0] == -1 else None

    return before


def state(working: WorldSession, change_id: str) -> str:
    return str(working.journal.changes()[change_id]["state"])


def test_a_change_is_made_read_back_and_journalled(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    outcome = apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert (outcome.failed, outcome.document["verified"]) == (False, True)
    written = working.arm.documents[A["id"]]["properties"]["parameters"]["excludedNamespaces"]["value"]
    assert written == ["kube-system", "aks-command"]
    assert state(working, outcome.document["changeId"]) == "applied"


@pytest.mark.parametrize(("shown", "times"), [(False, 1), (True, 0)])
def test_a_plan_is_seen_once_before_anybody_is_asked(tmp_path: Path, shown: bool, times: int) -> None:
    working = session(tmp_path, store(), answers=[False])
    plan = plan_for(exclusion(A))
    with pytest.raises(RefusedError):
        apply.carry_out(working, plan, ApplyOptions(shown=shown))
    assert working.console.shown == [plan] * times and len(working.console.asked) == 1


def test_of_two_runs_at_once_on_one_machine_one_writes_and_the_other_sees_it(tmp_path: Path) -> None:
    """Both have looked; the second one waits while the first one writes, and then looks once more."""
    first_writes, second_waits = threading.Event(), threading.Event()

    def before(method: str, path: str, body: Any) -> None:
        if method == "PUT":
            first_writes.set()
            assert second_waits.wait(10)

    shared = store(before=before)
    failed: dict[int, bool] = {}

    def run(number: int, working: WorldSession, done: Callable[[], None]) -> None:
        failed[number] = apply.carry_out(working, plan_for(exclusion(A)), YES).failed
        done()

    first, second = (session(tmp_path, shared) for _ in range(2))
    setattr(second.console, "stage", lambda text: second_waits.set() if text.startswith("Waiting for") else None)  # noqa: B010
    threads = [
        threading.Thread(target=run, args=(1, first, lambda: None)),
        threading.Thread(target=run, args=(2, second, second_waits.set)),
    ]
    threads[0].start()
    assert first_writes.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert failed == {1: False, 2: True}
    assert len(shared.sent) == 1
    assert any("Someone else changed" in line for line in second.console.lines)


def test_what_cannot_be_read_right_before_it_is_written_is_not_written(tmp_path: Path) -> None:
    plan = plan_for(exclusion(A))
    gone = once("GET", A["id"], lambda: refused(503, "ServiceUnavailable"), after=1)
    working = session(tmp_path, store(before=gone))
    outcome = apply.carry_out(working, plan, YES)
    assert working.arm.sent == [] and [each["state"] for each in outcome.document["changes"]] == ["failed"]


def test_what_if_sends_nothing_and_journals_nothing(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    document = apply.carry_out(working, plan_for(exclusion(A)), ApplyOptions(what_if=True)).document
    assert working.arm.sent == [] and not working.journal.path.exists()
    assert (document["whatIf"], document["changeId"], document["verified"]) == (True, None, None)
    assert document["undo"][0]["after"] == {"properties": {k: v for k, v in A["properties"].items() if k != "scope"}}


def test_the_intent_is_in_the_journal_before_anything_is_sent(tmp_path: Path) -> None:
    seen = []

    def before(method: str, path: str, body: dict[str, Any] | None) -> None:
        if method == "PUT":
            seen.append([line["state"] for line in working.journal._lines()])

    working = session(tmp_path, store(before=before))
    apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert seen == [["planned", "unknown"]]


def test_what_cannot_be_journalled_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "aks-invoke-fix").write_text("")
    working = session(tmp_path, store())
    with pytest.raises(RefusedError):
        apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert working.arm.sent == []


def test_a_journal_that_is_lost_after_a_write_stops_the_rest_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = session(tmp_path, store())
    append = working.journal.append
    lines: list[str] = []

    def full(line: Mapping[str, Any]) -> None:
        lines.append(line["state"])
        if len(lines) > 2:
            raise RefusedError("The journal cannot be written: No space left on device.")
        append(line)

    monkeypatch.setattr(working.journal, "append", full)
    outcome = apply.carry_out(working, plan_for(exclusion(A), exclusion(B)), YES)
    assert (outcome.failed, len(working.arm.sent)) == (True, 1)
    assert any("It was sent, but: The journal" in line for line in working.console.lines)
    assert state(working, outcome.document["changeId"]) == "unknown"


@pytest.mark.parametrize("answers", [None, [], [False]])
def test_what_nobody_agreed_to_is_not_made(tmp_path: Path, answers: list[bool] | None) -> None:
    working = session(tmp_path, store(), answers)
    with pytest.raises(RefusedError, match="Nothing was changed"):
        apply.carry_out(working, plan_for(exclusion(A)), ApplyOptions())
    assert working.arm.sent == []


def test_somebody_at_the_terminal_agrees(tmp_path: Path) -> None:
    working = session(tmp_path, store(), [True])
    assert not apply.carry_out(working, plan_for(exclusion(A)), ApplyOptions()).failed
    assert working.console.asked == ["Make this change?"]


WIDE = Consent("It reaches every cluster under the management group m.", "--wide-scope")


def test_yes_does_not_agree_to_what_has_a_flag_of_its_own(tmp_path: Path) -> None:
    working = session(tmp_path, store(), [True, True])
    with pytest.raises(RefusedError) as refusal:
        apply.carry_out(working, plan_for(exclusion(A), consents=(WIDE,)), YES)
    assert "--wide-scope" in refusal.value.advice
    assert working.arm.sent == []


def test_the_flag_alone_agrees_to_nothing_without_a_terminal(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    with pytest.raises(RefusedError):
        apply.carry_out(working, plan_for(exclusion(A), consents=(WIDE,)), ApplyOptions(flags=("--wide-scope",)))
    assert working.arm.sent == []


def test_yes_and_the_flag_agree(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    wishes = ApplyOptions(yes=True, flags=("--wide-scope",))
    assert not apply.carry_out(working, plan_for(exclusion(A), consents=(WIDE,)), wishes).failed


def test_on_a_terminal_it_is_asked_for_by_itself(tmp_path: Path) -> None:
    working = session(tmp_path, store(), [True, False])
    with pytest.raises(RefusedError):
        apply.carry_out(working, plan_for(exclusion(A), consents=(WIDE,)), ApplyOptions())
    assert len(working.console.asked) == 2 and working.arm.sent == []


def test_a_plan_with_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    outcome = apply.carry_out(working, plan_for(notes=("It is excluded already.",)), ApplyOptions())
    assert (outcome.failed, outcome.document["verified"], outcome.document["notes"]) == (
        False,
        True,
        ["It is excluded already."],
    )
    assert not working.journal.path.exists()


REQUIRES = (("Microsoft.Authorization/policyAssignments/write", "/subscriptions/s"),)


def test_who_lacks_the_right_gets_a_text_for_somebody_who_has_it(tmp_path: Path) -> None:
    working = session(tmp_path, store(permissions=["*/read"]))
    plan = plan_for(
        exclusion(A), requires=REQUIRES, stock=("az policy assignment update …",), otherwise=("You can exempt it.",)
    )
    with pytest.raises(RefusedError, match="policyAssignments/write"):
        apply.carry_out(working, plan, YES)
    text = "\n".join(working.console.lines)
    assert "Resource Policy Contributor" in text and "az policy assignment update" in text
    assert working.arm.sent == []
    assert working.console.lines[0].startswith("You lack Microsoft.Authorization/policyAssignments/write. Owner, ")
    assert working.console.lines[1] == "You can exempt it."


def test_who_is_refused_only_at_the_write_gets_it_too(tmp_path: Path) -> None:
    working = session(tmp_path, store(before=once("PUT", A["id"], refused(403, "AuthorizationFailed"))))
    apply.carry_out(working, plan_for(exclusion(A), requires=REQUIRES, stock=("az policy assignment update …",)), YES)
    assert "az policy assignment update" in "\n".join(working.console.lines)


@pytest.mark.parametrize("code", ["RequestDisallowedByPolicy", "DenyAssignmentAuthorizationFailed"])
def test_nobody_is_named_who_would_be_refused_as_well(tmp_path: Path, code: str) -> None:
    working = session(tmp_path, store(before=once("PUT", A["id"], refused(403, code))))
    apply.carry_out(working, plan_for(exclusion(A), requires=REQUIRES, stock=("az policy assignment update …",)), YES)
    assert "az policy assignment update" not in "\n".join(working.console.lines)


@pytest.mark.parametrize("permissions", [None, ["*"], ["Microsoft.Authorization/policyAssignments/*"]])
def test_a_right_that_is_held_or_cannot_be_told_stops_nothing(tmp_path: Path, permissions: list[str] | None) -> None:
    working = session(tmp_path, store(permissions=permissions))
    assert not apply.carry_out(working, plan_for(exclusion(A), requires=REQUIRES), YES).failed


def edit(documents: dict[str, Any], key: str) -> None:
    documents[key] = {**documents[key], "properties": {**documents[key]["properties"], "displayName": "theirs"}}


def test_a_target_that_changed_since_the_plan_is_not_written(tmp_path: Path) -> None:
    working = session(tmp_path, store())
    plan = plan_for(exclusion(A), exclusion(B))
    edit(working.arm.documents, B["id"])
    with pytest.raises(RefusedError, match="omeone else"):
        apply.carry_out(working, plan, YES)
    assert working.arm.sent == [] and not working.journal.path.exists()


def test_a_target_that_changes_between_two_writes_keeps_the_others_change(tmp_path: Path) -> None:
    arm = store()
    arm.before = once("PUT", A["id"], lambda: edit(arm.documents, B["id"]))
    working = session(tmp_path, arm)
    outcome = apply.carry_out(working, plan_for(exclusion(A), exclusion(B)), YES)
    assert arm.documents[B["id"]]["properties"]["displayName"] == "theirs"
    assert [path for _, path, _ in arm.sent] == [A["id"]]
    assert (outcome.failed, state(working, outcome.document["changeId"])) == (True, "partial")


def test_of_a_plan_that_fails_half_way_it_is_said_what_was_done(tmp_path: Path) -> None:
    working = session(tmp_path, store(before=once("PUT", B["id"], refused(403, "AuthorizationFailed"))))
    outcome = apply.carry_out(working, plan_for(exclusion(A), exclusion(B)), YES)
    assert [change["state"] for change in outcome.document["changes"]] == ["done", "failed"]
    assert (outcome.failed, outcome.document["verified"]) == (True, False)
    assert any("done: Exclude in a" in line for line in working.console.lines)
    assert working.console.may_be_in_force is True


@pytest.mark.parametrize(
    ("shown", "written"), [("made", [A["id"], B["id"]]), ("as it was", [A["id"]]), (None, [A["id"]])]
)
def test_the_rest_is_written_where_the_answer_shows_the_change_though_a_reading_lags_behind(
    tmp_path: Path, shown: str | None, written: list[str]
) -> None:
    arm = store()

    def answer() -> Answer:
        arm.documents[A["id"]] = A
        return ok({"made": {**arm.sent[-1][2], "id": A["id"]}, "as it was": A, None: None}[shown])

    arm.before = once("PUT", A["id"], answer)
    apply.carry_out(session(tmp_path, arm), plan_for(exclusion(A), exclusion(B)), YES)
    assert [path for _, path, _ in arm.sent] == written


def test_after_a_failure_nothing_more_is_written(tmp_path: Path) -> None:
    working = session(tmp_path, store(before=once("PUT", A["id"], refused(400, "Bad"))))
    outcome = apply.carry_out(working, plan_for(exclusion(A), exclusion(B)), YES)
    assert [change["state"] for change in outcome.document["changes"]] == ["failed", "pending"]
    assert working.console.may_be_in_force is False
    assert state(working, outcome.document["changeId"]) == "failed"


def lose(arm: Store, method: str, path: str, *, made: bool) -> Before:
    def answer() -> NoReturn:
        if made:
            arm.apply(method, path, arm.sent[-1][2])
        raise ArmError(None, None, "Connection reset by peer")

    return once(method, path, answer)


@pytest.mark.parametrize("made", [True, False])
def test_a_lost_answer_is_settled_by_the_document(tmp_path: Path, made: bool) -> None:
    arm = store()
    arm.before = lose(arm, "PUT", A["id"], made=made)
    working = session(tmp_path, arm)
    outcome = apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert outcome.document["verified"] is True
    assert len(arm.sent) == (1 if made else 2)


@pytest.mark.parametrize("ends", [True, False])
def test_a_conflict_with_the_own_first_try_is_no_failure(tmp_path: Path, ends: bool) -> None:
    arm = store()
    answers: list[Answer | ArmError] = [
        ArmError(None, None, "Connection reset by peer"),
        refused(409, "OperationNotAllowed"),
    ]

    def before(method: str, path: str, body: dict[str, Any] | None) -> Answer | None:
        if method != "PUT" or not answers:
            return None
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if ends:
            arm.apply(method, path, body)
        return answer

    arm.before = before
    working = session(tmp_path, arm)
    change = replace(exclusion(A), again_on=("OperationNotAllowed",) if ends else ())
    outcome = apply.carry_out(working, plan_for(change), YES)
    assert [each["state"] for each in outcome.document["changes"]] == ["done" if ends else "unknown"]
    assert len(arm.sent) == 2


def test_a_lost_answer_over_somebody_elses_change_is_left_unknown(tmp_path: Path) -> None:
    arm = store()

    def answer() -> NoReturn:
        edit(arm.documents, A["id"])
        raise ArmError(None, None, "Connection reset by peer")

    arm.before = once("PUT", A["id"], answer)
    working = session(tmp_path, arm)
    outcome = apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert (outcome.failed, state(working, outcome.document["changeId"]), len(arm.sent)) == (True, "unknown", 1)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_during_a_write_leaves_it_open_in_the_journal(
    tmp_path: Path, interrupt: type[BaseException]
) -> None:
    arm = store()

    def answer() -> NoReturn:
        raise interrupt

    arm.before = once("PUT", A["id"], answer)
    working = session(tmp_path, arm)
    with pytest.raises(interrupt):
        apply.carry_out(working, plan_for(exclusion(A)), YES)
    assert state(working, present(working.console.id)) == "unknown"


def grant(**more: Any) -> Change:
    path = "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/1"
    return Change("Grant", "PUT", path, "2022-04-01", after={"properties": {"principalId": "p"}}, **more)


def test_what_goes_away_by_itself_is_tried_again(tmp_path: Path) -> None:
    change = grant(again_on=("PrincipalNotFound",))
    answers = [refused(400, "PrincipalNotFound")] * 3
    before = lambda method, path, body: answers.pop() if method == "PUT" and answers else None  # noqa: E731
    working = session(tmp_path, store(before=before))
    assert not apply.carry_out(working, plan_for(change), YES).failed
    assert len(working.arm.sent) == 4


def test_it_is_not_tried_for_ever(tmp_path: Path) -> None:
    change = grant(again_on=("PrincipalNotFound",))
    before = lambda method, path, body: refused(400, "PrincipalNotFound") if method == "PUT" else None  # noqa: E731
    working = session(tmp_path, store(before=before))
    assert apply.carry_out(working, plan_for(change), YES).failed
    assert 5 <= len(working.arm.sent) <= 15


def test_what_somebody_changes_between_two_tries_survives(tmp_path: Path) -> None:
    arm = store()

    def answer() -> Answer:
        edit(arm.documents, A["id"])
        return refused(429, "TooManyRequests")

    arm.before = once("PUT", A["id"], answer)
    working = session(tmp_path, arm)
    assert apply.carry_out(working, plan_for(exclusion(A)), YES).failed
    assert arm.documents[A["id"]]["properties"]["displayName"] == "theirs"
    assert any("in the meantime" in line for line in working.console.lines)


def test_a_refusal_is_not_tried_again(tmp_path: Path) -> None:
    working = session(tmp_path, store(before=once("PUT", grant().id, refused(403, "AuthorizationFailed"))))
    assert apply.carry_out(working, plan_for(grant()), YES).failed
    assert len(working.arm.sent) == 1


def test_an_error_is_explained(tmp_path: Path) -> None:
    working = session(tmp_path, store(before=once("PUT", grant().id, refused(400, "Odd", "Verbatim."))))
    apply.carry_out(working, plan_for(grant()), YES, explanations={"Odd": ("It means this.", "Do that.")})
    assert any("It means this. Do that. (Odd) Verbatim." in line for line in working.console.lines)


def test_what_is_there_already_is_success(tmp_path: Path) -> None:
    change = grant(done_on=("RoleAssignmentExists",))
    answer = refused(409, "RoleAssignmentExists")
    working = session(tmp_path, store(before=once("PUT", change.id, answer)))
    outcome = apply.carry_out(working, plan_for(change), YES)
    assert outcome.document["changes"][0]["state"] == "done"
    assert (outcome.failed, outcome.document["verified"]) == (False, True)


POWER = ("properties", "powerState", "code")
STOPPED = {"id": CLUSTER, "properties": {"powerState": {"code": "Stopped"}}}
START = Change(
    "Start",
    "POST",
    CLUSTER + "/start",
    "2024-02-01",
    before=STOPPED,
    settings=(POWER,),
    watched=CLUSTER,
    inverse=CLUSTER + "/stop",
    becomes=("Running",),
)
OPERATION = "https://management.azure.com/operations/1?t=signature"


def operations(*answers: Answer | ArmError, given: str = OPERATION) -> Store:
    """A service that answers the start with 202 and then, one look after the other, with these."""
    left = list(answers)

    def before(method: str, path: str, body: Any) -> Answer | None:
        if method == "POST":
            arm.apply(method, path, body)
            return Answer(202, {"azure-asyncoperation": given}, b"")
        if path == OPERATION:
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return None

    arm = Store({CLUSTER: STOPPED}, before=before)
    return arm


RUNNING, LOST = ok({"status": "InProgress"}), ArmError(None, None, "Connection reset by peer")
LEFTOVER = ok({"status": "Succeeded", "error": {"code": "EtagMismatch", "message": "Leftover."}})


@pytest.mark.parametrize("answers", [[LEFTOVER], [RUNNING, LOST, refused(503, "Busy"), RUNNING, LEFTOVER]])
def test_a_long_operation_is_followed_to_its_end(tmp_path: Path, answers: list[Answer | ArmError]) -> None:
    working = session(tmp_path, operations(*answers))
    assert apply.carry_out(working, plan_for(START), YES).document["verified"] is True


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_a_long_operation_that_ends_badly_is_a_failure_with_its_reason(tmp_path: Path, status: str) -> None:
    ended = ok({"status": status, "error": {"code": "QuotaExceeded", "message": "No cores left."}})
    working = session(tmp_path, operations(RUNNING, ended))
    outcome = apply.carry_out(working, plan_for(START), YES)
    assert outcome.failed
    assert any("(QuotaExceeded) No cores left." in line for line in working.console.lines)


@pytest.mark.parametrize(
    "given",
    [
        "https://evil.example/operations/1",
        "http://management.azure.com/operations/1",
        "https://[bad",
        "//evil.example/",
    ],
)
def test_an_operation_at_another_place_is_neither_asked_nor_taken_for_ended(tmp_path: Path, given: str) -> None:
    working = session(tmp_path, operations(given=given))
    outcome = apply.carry_out(working, plan_for(START), YES)
    assert outcome.document["changes"][0]["state"] == "running"


def test_an_operation_is_followed_to_a_place_given_by_its_path(tmp_path: Path) -> None:
    working = session(tmp_path, operations(LEFTOVER, given="/operations/1?t=signature"))
    assert apply.carry_out(working, plan_for(START), YES).document["changes"][0]["state"] == "done"


@pytest.mark.parametrize("header", ["azure-asyncoperation", "location"])
@pytest.mark.parametrize("given", [OPERATION + "2", "https://evil.example/operations/1"])
def test_an_operation_is_followed_where_its_last_answer_says(tmp_path: Path, header: str, given: str) -> None:
    looks: list[str] = []

    def before(method: str, path: str, body: Any) -> Answer | None:
        if method == "POST":
            service.apply(method, path, body)
            return Answer(202, {header: OPERATION}, b"")
        if "/operations/" not in path:
            return None
        looks.append(path)
        if len(looks) > 1:
            return LEFTOVER
        running = b'{"status": "InProgress"}' if header == "azure-asyncoperation" else b""
        return Answer(202, {header: given}, running)

    service = Store({CLUSTER: STOPPED}, before=before)
    assert apply.carry_out(session(tmp_path, service), plan_for(START), YES).document["verified"] is True
    assert looks == [OPERATION, OPERATION if "evil" in given else given]


def test_a_service_that_only_says_it_is_busy_is_not_followed_for_ever(tmp_path: Path) -> None:
    working = session(tmp_path, operations(*[refused(503, "Busy")] * 999))
    outcome = apply.carry_out(working, plan_for(START), YES)
    assert (outcome.failed, outcome.document["changes"][0]["state"]) == (False, "running")


def test_a_long_operation_can_be_left_to_itself(tmp_path: Path) -> None:
    working = session(tmp_path, operations())
    outcome = apply.carry_out(working, plan_for(START), ApplyOptions(yes=True, follow=False))
    assert (outcome.failed, outcome.document["verified"]) == (False, None)
    assert outcome.document["changes"][0]["state"] == "running"


def test_the_signed_url_of_an_operation_is_kept_nowhere(tmp_path: Path) -> None:
    working = session(tmp_path, operations(LEFTOVER))
    document = apply.carry_out(working, plan_for(START), YES).document
    assert "signature" not in working.journal.path.read_text() + str(document) + str(working.console.lines)


@pytest.mark.parametrize(
    "looks, verified, failed",
    [([False, None, True], True, False), ([False] * 99, False, True), ([None] * 99, None, False)],
)
def test_the_effect_is_waited_for_as_long_as_was_said(
    tmp_path: Path, looks: list[bool | None], verified: bool | None, failed: bool
) -> None:
    working = session(tmp_path, store())
    left = list(looks)
    wishes = ApplyOptions(yes=True, wait=300)
    outcome = apply.carry_out(working, plan_for(exclusion(A)), wishes, effect=lambda *_: left.pop(0))
    assert (outcome.document["verified"], outcome.failed) == (verified, failed)
    lines = working.console.lines
    assert lines.index("in force") < lines.index("Waiting until the change takes effect")


def test_what_no_waiting_lifts_is_not_waited_for(tmp_path: Path) -> None:
    looks: list[float] = []

    def stuck(*_: Any) -> NoReturn:
        looks.append(0)
        raise apply.StuckError

    wishes = ApplyOptions(yes=True, wait=3600)
    outcome = apply.carry_out(session(tmp_path, store()), plan_for(exclusion(A)), wishes, effect=stuck)
    assert (len(looks), outcome.document["verified"], outcome.failed) == (1, False, True)


def test_what_the_service_does_not_show_is_not_verified(tmp_path: Path) -> None:
    arm = store()
    arm.before = once("PUT", A["id"], ok({}))
    outcome = apply.carry_out(session(tmp_path, arm), plan_for(exclusion(A)), YES)
    assert (outcome.document["verified"], outcome.failed) == (False, True)


def test_a_change_that_takes_a_document_away_is_seen_by_its_absence() -> None:
    gone = Change("Delete", "DELETE", ASSIGNMENT + "a", "v", before=A)
    assert send.is_made(gone, None) and not send.is_made(gone, A)


def test_a_write_that_takes_something_out_is_not_made_while_it_is_still_there() -> None:
    before = assignment("a", ["kube-system"], description="x")
    after = {"properties": {name: value for name, value in before["properties"].items() if name != "description"}}
    change = Change("Take it out", "PUT", before["id"], "v", before=before, after=after)
    assert not send.is_made(change, before)
    assert send.is_made(change, {**before, **after})
