"""A service that says yes and does nothing, or answers nonsense: what is told, journalled and undone follows Azure.

The simulated Azure of the other tests stands behind; in front of it one kind of request is answered by something else.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions, Outcome
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.changes.records import history
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes import cluster_state
from azext_aksinvokefix.fixes.add_capacity import planner as add_capacity
from azext_aksinvokefix.fixes.exempt_policy import planner as exempt_policy
from azext_aksinvokefix.fixes.grant_role import planner as grant_role
from tests.worlds.capacity import Scenario
from tests.worlds.http import Reply
from tests.worlds.policy import DENY, policy
from tests.worlds.roles import Roles, access

EMPTY_POOL = {"name": "user", "mode": "User", "count": 0}
SYSTEM = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
TAINTED = {"name": "batch", "mode": "User", "taints": ["sku=gpu:NoSchedule"]}

#: The writing commands by the requests that they send: scenario, and the plan.
WRITES: dict[str, tuple[Scenario, Callable[[Session], Plan]]] = {
    "exempt-policy, an exclusion": (
        policy(DENY),
        lambda session: exempt_policy.plan(session, exempt_policy.Options(what_if=True)),
    ),
    "exempt-policy, an exemption": (
        policy(DENY),
        lambda session: exempt_policy.plan(session, exempt_policy.Options(what_if=True, mode="exemption")),
    ),
    "grant-role": (access("Reader"), lambda session: grant_role.plan(session, grant_role.Options())),
    "add-capacity, a larger pool": (
        {"pools": [SYSTEM, EMPTY_POOL]},
        lambda session: add_capacity.plan(session, add_capacity.Options(method="scale", yes=True)),
    ),
    "add-capacity, a new pool": (
        "nodes-tainted",
        lambda session: add_capacity.plan(session, add_capacity.Options(method="add-pool", yes=True)),
    ),
    "repair, a start": ({"cluster": {"power": "Stopped"}}, cluster_state.plan_start),
    "repair, the switch": ("run-command-disabled", cluster_state.plan_enable_run_command),
}

#: Answers that say that a request was taken and hold no trace of it. ``OLD`` stands for the document as it is.
OLD = object()
LIES = {
    "204": (204, None),
    "202 that leads nowhere": (202, None),
    "200 without a body": (200, None),
    "200 with an error": (200, {"error": {"code": "InternalServerError", "message": "Something went wrong."}}),
    "200 with what was there": (200, OLD),
    "200 with a list": (200, []),
    "201 with null properties": (201, {"properties": None}),
}
NONSENSE = {
    "a list": [],
    "a text": "text",
    "a number": 5,
    "null": None,
    "an empty one": {},
    "no properties": {"properties": None},
}


#: Status and body of an answer in place of Azure's own; None leaves it to Azure.
Answering = Callable[[HttpRequest], "tuple[int, bytes] | None"]


class Azure(Roles):
    """A simulated Azure behind somebody who answers first; ``answer`` gives (status, body bytes) or None."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> None:
        super().__init__(folder, monkeypatch, scenario)
        self.answer: Answering = lambda request: None
        pipeline = self.edge.pipeline
        inner = pipeline.send_request

        def send_request(request: HttpRequest, **options: Any) -> Reply:
            said = self.answer(request)
            if said is None:
                return inner(request, **options)
            status, content = said
            return Reply(status, content)

        monkeypatch.setattr(pipeline, "send_request", send_request)

    def make(self, make_plan: Callable[[Session], Plan]) -> Outcome:
        session = self.session()
        return apply.carry_out(
            session, make_plan(session), ApplyOptions(yes=True, flags=("--mode exemption", "--wide-scope"))
        )

    def take_back(self, change_id: str | None = None) -> Outcome:
        session = self.session()
        kept = undo.chosen(session.journal, change_id)
        return apply.carry_out(session, undo.plan(session.arm, kept), ApplyOptions(yes=True))

    def rows(self) -> list[dict[str, Any]]:
        session = self.session()
        return history.listed(session.journal, session.arm)

    def documents(self, changes: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
        """What Azure holds of the documents of these changes, whoever answers in front of it."""
        ids = [change["id"].removesuffix("/start").removesuffix("/stop") for change in changes]
        versions = [change["apiVersion"] for change in changes]
        return [
            self.direct.get(f"{one}?api-version={version}").body.get("properties")
            for one, version in zip(ids, versions)
        ]

    def lie(self, status: int, body: object) -> None:
        """Take every write and do none of it."""

        def answer(request: HttpRequest) -> tuple[int, bytes] | None:
            if not _is_write(request):
                return None
            shown = self.direct.get(request.url).body if body is OLD else body
            return status, b"" if shown is None else json.dumps(shown).encode()

        self.answer = answer


def _is_write(request: HttpRequest) -> bool:
    path = request.url.partition("?")[0]
    return request.method in ("PUT", "DELETE") or path.endswith(("/start", "/stop"))


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Azure]:
    return lambda scenario: Azure(tmp_path, monkeypatch, scenario)


def _honest(request: HttpRequest) -> None:
    return None


def _states(cloud: Azure) -> list[str]:
    return [kept["state"] for kept in cloud.session().journal.changes().values()]


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("write", WRITES)
def test_what_was_taken_and_not_done_is_not_told_journalled_or_listed_as_done(
    azure: Callable[[Scenario], Azure], write: str, lie: str
) -> None:
    scenario, make_plan = WRITES[write]
    cloud = azure(scenario)
    cloud.lie(*LIES[lie])
    outcome = cloud.make(make_plan)
    assert outcome.failed and outcome.document["verified"] is not True
    assert _states(cloud) == ["unknown"]
    assert [row["state"] for row in cloud.rows()] == ["failed"]
    before = cloud.documents(outcome.document["changes"])
    cloud.answer = _honest
    again = cloud.take_back()
    assert again.document["changes"] == [] and cloud.documents(outcome.document["changes"]) == before


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("write", WRITES)
def test_an_undo_that_did_nothing_leaves_the_change_in_force_to_be_taken_back(
    azure: Callable[[Scenario], Azure], write: str, lie: str
) -> None:
    scenario, make_plan = WRITES[write]
    cloud = azure(scenario)
    made = cloud.make(make_plan)
    assert not made.failed, cloud.console.lines
    change_id, changes = made.document["changeId"], made.document["changes"]
    standing = cloud.documents(changes)
    cloud.lie(*LIES[lie])
    failed = cloud.take_back()
    assert failed.failed and cloud.documents(changes) == standing
    assert [row["state"] for row in cloud.rows()] == ["failed", "applied"]
    by_id = cloud.take_back(change_id)
    assert by_id.failed and by_id.document["changes"], "it was said to be taken back already"
    cloud.answer = _honest
    assert undo.chosen(cloud.session().journal, None)["changeId"] == change_id
    assert not cloud.take_back().failed
    assert cloud.documents(changes) != standing
    assert [row["state"] for row in cloud.rows()][-1] == "undone"
    with pytest.raises(RefusedError, match="no change to undo"):
        cloud.take_back()


@pytest.mark.parametrize("answered", [*NONSENSE, "half of one"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("write", WRITES)
def test_nonsense_in_place_of_any_one_answer_is_survived_and_leaves_the_journal_right(
    azure: Callable[[Scenario], Azure], write: str, method: str, answered: str
) -> None:
    """Every answer in its turn; what is in the journal never claims more or less than what Azure holds."""
    scenario, make_plan = WRITES[write]
    for number in range(40):
        cloud = azure(copy.deepcopy(scenario))
        cloud.folder = cloud.folder / f"{number}"
        struck = _strike(cloud, method, number, answered)
        outcome = _attempt(partial(cloud.make, make_plan))
        cloud.answer = _honest
        _agree(cloud, outcome)
        if not struck:
            break
    assert number, f"no {method} was sent at all"


@pytest.mark.parametrize("answered", [*NONSENSE, "half of one"])
@pytest.mark.parametrize("write", WRITES)
def test_nonsense_while_a_change_is_taken_back_never_hides_that_it_stands(
    azure: Callable[[Scenario], Azure], write: str, answered: str
) -> None:
    scenario, make_plan = WRITES[write]
    for number in range(20):
        cloud = azure(copy.deepcopy(scenario))
        cloud.folder = cloud.folder / f"{number}"
        made = cloud.make(make_plan)
        standing = cloud.documents(made.document["changes"])
        struck = _strike(cloud, "any", number, answered)
        outcome = _attempt(cloud.take_back)
        cloud.answer = _honest
        stands = cloud.documents(made.document["changes"]) == standing
        state = next(row["state"] for row in cloud.rows() if row["changeId"] == made.document["changeId"])
        assert (state == "undone") == (not stands), (number, state)
        if outcome is not None and not outcome.failed:
            assert not stands
        if not struck:
            break


def _strike(cloud: Azure, method: str, number: int, answered: str) -> list[HttpRequest]:
    """Answer the request of this number by nonsense; what it returns is filled when that happened."""
    seen: list[HttpRequest] = []
    struck: list[HttpRequest] = []

    def answer(request: HttpRequest) -> tuple[int, bytes] | None:
        if method not in (request.method, "any") and not (method == "PUT" and _is_write(request)):
            return None
        seen.append(request)
        if len(seen) != number + 1:
            return None
        struck.append(request)
        body = None if request.content is None else json.loads(request.content or "null")
        shown = cloud.direct.ask(request.method, request.url, body).body
        whole = json.dumps(shown).encode()
        return 200, whole[: len(whole) // 2] if answered == "half of one" else json.dumps(NONSENSE[answered]).encode()

    cloud.answer = answer
    return struck


def _attempt(act: Callable[[], Outcome]) -> Outcome | None:
    """What a command ends with; the errors that it tells of well are none here, any other is a traceback."""
    try:
        return act()
    except (RefusedError, ArmError):
        return None


def _agree(cloud: Azure, outcome: Outcome | None) -> None:
    kept = list(cloud.session().journal.changes().values())
    if outcome is None:
        assert not kept or all(each["state"] in ("planned", "failed", "unknown") for each in kept)
        return
    for row, change in zip(reversed(cloud.rows()), kept):
        if not outcome.failed:
            assert row["state"] in ("applied", "partial"), row
        if row["state"] == "applied":
            assert change["state"] in ("applied", "unknown")


@pytest.mark.parametrize("answered", NONSENSE)
def test_one_odd_answer_hides_no_other_change_of_the_history(azure: Callable[[Scenario], Azure], answered: str) -> None:
    scenario, make_plan = WRITES["exempt-policy, an exclusion"]
    cloud = azure(scenario)
    made = cloud.make(make_plan).document
    journal = cloud.session().journal
    sample = journal.changes()[made["changeId"]]
    for number in range(100):
        change = {**sample["changes"][0], "id": f"{sample['changes'][0]['id']}-{number}"}
        journal.append({**sample, "changeId": f"c{number}", "changes": [change]})

    def answer(request: HttpRequest) -> tuple[int, bytes] | None:
        odd = request.url.partition("?")[0].endswith("-7")
        return (200, json.dumps(NONSENSE[answered]).encode()) if odd else None

    cloud.answer = answer
    rows = {row["changeId"]: row for row in cloud.rows()}
    assert len(rows) == 101
    assert (rows["c7"]["state"], rows["c7"]["checked"]) == ("applied", False)
    assert rows["c8"]["checked"] and rows["c8"]["documents"] == [f"{sample['changes'][0]['id']}-8"]


def test_a_404_of_a_proxy_is_no_word_of_azure_that_a_document_is_gone(
    azure: Callable[[Scenario], Azure],
) -> None:
    world = azure({"pools": [SYSTEM, EMPTY_POOL]})
    made = world.make(WRITES["add-capacity, a larger pool"][1])
    world.answer = lambda request: (404, b"<html>Not Found</html>") if "/agentPools/" in request.url else None
    with pytest.raises(ArmError):
        world.take_back()
    world.answer = lambda request: None
    assert world.rows()[0]["state"] == "applied"
    assert made.document["changes"]


def test_a_delete_that_a_proxy_does_not_find_is_not_done(azure: Callable[[Scenario], Azure]) -> None:
    world = azure("nodes-tainted")
    world.make(WRITES["add-capacity, a new pool"][1])
    world.answer = lambda request: (404, b"<html>Not Found</html>") if request.method == "DELETE" else None
    assert world.take_back().failed
    world.answer = lambda request: None
    assert [row["state"] for row in world.rows()][-1] == "applied"
