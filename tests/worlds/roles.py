"""A simulated Azure behind a session, for granting roles in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.arm import Answer
from azext_aksinvokefix.changes import apply
from azext_aksinvokefix.changes.apply import Outcome, Wishes
from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.sign_in import read_signin
from azext_aksinvokefix.fixes.grant_role import planner
from azext_aksinvokefix.fixes.grant_role.errors import EXPLANATIONS
from azext_aksinvokefix.invoke import run
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Failure, Item
from tests.simulator.core.world import AKS_SERVER_APPLICATION
from tests.simulator.identity import tokens
from tests.worlds import capacity
from tests.worlds.capacity import Cloud, Scenario

MC = "Microsoft.ContainerService/managedClusters"
READ, RUN, RESULT = f"{MC}/read", f"{MC}/runCommand/action", f"{MC}/commandResults/read"
#: Somebody who may assign roles and, unlike the built-in roles that may, read nothing of the cluster by it.
ASSIGNER: dict[str, Any] = {"name": "Assigns roles", "actions": ["Microsoft.Authorization/*", "Microsoft.Resources/*"]}
EXACT = {"name": "Invokers", "actions": [READ, RUN, RESULT]}


class Edge(capacity.Edge):
    """The edge with a sign-in and with Microsoft Graph."""

    def sign_in(self) -> Item:
        return read_signin(token=tokens.issue(self.pipeline.direct.world, "arm"))

    def post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        return super().post(cluster, {_camel(name): value for name, value in payload.items()}, read_timeout)

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        return tokens.issue(self.pipeline.direct.world, AKS_SERVER_APPLICATION)

    def cluster_token_error(self, profile: Mapping[str, Any]) -> str:
        """Somebody who gets a token has none."""
        return ""

    def graph(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        url = self.arm.url(f"/msgraph/v1.0/{path}", None, params)
        request = SimpleNamespace(method=method, url=url, content=json.dumps(body) if body else None)
        response = self.pipeline.send_request(request)
        answer = Answer(response.status_code, response.headers, response.read())
        if answer.status >= 400:
            raise answer.error()
        return answer.json()


class Silent:
    """Nobody who listens to a run."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Roles(Cloud):
    """One world; ``grant`` plans, ``carry_out`` carries a plan out."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> None:
        super().__init__(folder, monkeypatch, scenario)
        self.edge: Edge = Edge(self.direct)

    def grant(self, failure: Failure | str | None = None, **options: Any) -> Plan:
        said = texts.classify(failure, source="run") if isinstance(failure, str) else failure
        return planner.plan(self.session(), planner.Options(failure=said, **options))

    def carry_out(self, plan: Plan, *, with_effect: bool = False, **wishes: Any) -> Outcome:
        return apply.carry_out(
            self.session(),
            plan,
            Wishes(yes=True, **wishes),
            effect=planner.effect if with_effect else None,
            explanations=EXPLANATIONS,
        )

    def shows(self, plan: Plan) -> bool | None:
        return planner.effect(self.session(), plan)

    def run(self, command: str) -> RunResult:
        """How a command ends."""
        session = self.session()
        return run.run(session.edge, session.target, command, None, Silent())

    @property
    def names_of_roles(self) -> list[str]:
        """The roles that the journalled writes assigned."""
        known = self.world.state["access"]["model"].definitions
        bodies = [body for method, _, body in self.edge.pipeline.writes if method == "PUT" and body]
        ids = [body["properties"].get("roleDefinitionId", "") for body in bodies]
        return [known[each.rpartition("/")[2]]["properties"]["roleName"] for each in ids if each]


def _camel(name: str) -> str:
    """A field of the SDK's model by its name on the wire."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


def access(*assignments: Any, **more: Any) -> dict[str, Any]:
    """A scenario in which the caller has these roles and may assign others."""
    custom = [ASSIGNER, *more.pop("custom", [])]
    cluster = more.pop("cluster", {})
    extra: dict[str, Any] = {name: more.pop(name) for name in ("commands", "caller", "results") if name in more}
    section = {"assignments": ["Assigns roles", *assignments], "custom": custom, **more}
    return {"access": section, "cluster": cluster, **extra}


def roles_of(plan: Plan) -> list[str]:
    """The GUIDs of the roles that a plan assigns."""
    bodies = [change.after["properties"] for change in plan.changes]
    return [body["roleDefinitionId"].rpartition("/")[2] for body in bodies if "roleDefinitionId" in body]
