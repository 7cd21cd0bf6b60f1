"""A simulated Azure in which policies deny the command pod, and what a user does there about it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import Wishes
from azext_aksinvokefix.changes.journal import Journal
from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.changes.probe import probe
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.exempt_policy import planner
from azext_aksinvokefix.lifecycle import Failure
from tests.simulator.authorization.scopes import named
from tests.simulator.core.direct import Direct
from tests.worlds.capacity import Edge, Scenario
from tests.worlds.changes import Console, OpenSession
from tests.worlds.http import Reply

VERSION = "2025-11-01"
DENY = {"of": "readOnlyRootFilesystem", "name": "read-only-root", "title": "Read-only root", "effect": "Deny"}


def policy(*assignments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A scenario with these policy assignments; nothing is put back by policies while time passes."""
    return {"policy": {"assignments": list(assignments), "remediateAfter": 1e9, **more}}


class PolicyWorld:
    """One world; a pause of the program lets time pass in it."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, answers: Iterable[bool] | None = None
    ) -> None:
        self.direct = Direct(scenario)
        self.world = self.direct.world
        self.edge = Edge(self.direct)
        self.console = Console(answers)
        self.folder = folder
        monkeypatch.setattr("time.sleep", self.world.advance)

    @property
    def cluster_id(self) -> str:
        return self.direct.cluster.id

    def session(self) -> OpenSession:
        target = Target.of(self.cluster_id)
        now = datetime.fromtimestamp(self.world.utc().timestamp(), timezone.utc)
        return OpenSession(self.edge, target, self.console, Journal(self.folder), now)

    def denial(self) -> Failure:
        """What a command meets now."""
        response = self.direct.run()
        assert response.status >= 400, "the pod was let in"
        error = response.body.get("error", response.body)
        return texts.classify(f"({error['code']}) {error['message']}", source="argument")

    def plan(self, *assignments: str, denied: bool = True, **options: Any) -> Plan:
        """The plan for what a command meets now, or (not ``denied``) for what can be foreseen."""
        given = options.pop("failure", None) or (self.denial() if denied else None)
        chosen = planner.Options(failure=given, assignments=assignments, **{"what_if": not denied, **options})
        return planner.plan(self.session(), chosen)

    def carry_out(self, plan: Plan, **wishes: Any) -> Any:
        return apply.carry_out(self.session(), plan, Wishes(yes=True, **wishes), effect=planner.effect)

    def undo(self) -> Any:
        session = self.session()
        kept = undo.chosen(Journal(self.folder), None)
        return apply.carry_out(session, undo.plan(session.arm, kept), Wishes(yes=True))

    def run_works(self) -> bool:
        """Whether a command runs once everything has reached the cluster."""
        self.world.advance(7200)
        return probe(self.session()).outcome == "succeeded"

    def assignment(self, name: str = "read-only-root", scope: str = "subscription") -> dict[str, Any]:
        """The assignment as ARM shows it, at the version that shows everything."""
        found = self.direct.get(f"{self.assignment_id(name, scope)}?api-version={VERSION}")
        assert found.status == 200, found.body
        return copy.deepcopy(found.body)

    def assignment_id(self, name: str, scope: str = "subscription") -> str:
        where = named(self.world, scope)
        return f"{where}/providers/Microsoft.Authorization/policyAssignments/{name}"

    def refuse(self, part: str, status: int, code: str) -> None:
        """Answer every request with ``part`` in its URL by an error."""
        pipeline = self.edge.pipeline
        inner = pipeline.send_request
        body = json.dumps({"error": {"code": code, "message": "No."}}).encode()

        def send_request(request: Any, **options: Any) -> Any:
            if part in request.url:
                return Reply(status, body)
            return inner(request, **options)

        setattr(pipeline, "send_request", send_request)  # noqa: B010

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        return self.edge.pipeline.writes
