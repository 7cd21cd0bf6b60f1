"""A small ARM that keeps documents, and somebody at the console, for the life of a change."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azext_aksinvokefix.arm import Answer, Arm, ArmError
from azext_aksinvokefix.changes.documents import value_at, with_value
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.changes.records.journal import Journal
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.changes.step import Step
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import Diagnosis

CLUSTER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
ASSIGNMENT = "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/"
VERSION = "2025-11-01"
ACCOUNT = {"objectId": "0b1e0000-0000-4000-8000-000000000001", "name": "ada@contoso.com"}

#: What a request is answered, None to have it answered by the documents.
Before = Callable[[str, str, Any], Any]


class Store(Arm):
    """Documents by id. ``before`` is called with each request and may answer it, raise, or change documents."""

    def __init__(
        self, documents: Any = None, before: Before | None = None, permissions: list[str] | None = None
    ) -> None:
        super().__init__(None, "https://management.azure.com", correlation_id="00000000-0000-0000-0000-000000000001")
        self.documents = copy.deepcopy(documents or {})
        self.before: Before = before or (lambda method, path, body: None)
        self.permissions = permissions
        self.sent: list[tuple[str, str, Any]] = []

    def get(self, path: str, api_version: str | None = None, **_: str) -> Any:
        answer = self.before("GET", path, None)
        if isinstance(answer, Answer):
            raise answer.error()
        if path not in self.documents:
            raise ArmError(404, "NotFound", "There is none.")
        return copy.deepcopy(self.documents[path])

    def pages(self, path: str, api_version: str | None = None, **_: str) -> list[Any]:
        if self.permissions is None:
            raise ArmError(403, "AuthorizationFailed", "You may not list the permissions.")
        return [{"actions": self.permissions, "notActions": []}]

    def url(self, path: str, api_version: str | None = None, params: Any = None) -> str:
        return path

    def until(self, deadline: float) -> Store:
        return self

    def owns(self, url: str) -> bool:
        return url.startswith(self.endpoint + "/")

    def send(self, method: str, url: str, body: Any = None, read_timeout: float = 60) -> Answer:
        if method != "GET":
            self.sent.append((method, url, copy.deepcopy(body)))
        answer: Answer | None = self.before(method, url, body)
        if answer is not None:
            return answer
        if method == "GET":
            return ok(self.documents[url])
        self.apply(method, url, body)
        return ok(self.documents.get(url))

    def apply(self, method: str, path: str, body: Any) -> None:
        if method == "PUT":
            name = path.rsplit("/", 1)[-1]
            self.documents[path] = {
                **copy.deepcopy(body),
                "id": path,
                "name": name,
                "systemData": {"n": len(self.sent)},
            }
        elif method == "DELETE":
            self.documents.pop(path, None)
        else:
            cluster, _, action = path.rpartition("/")
            power = ("properties", "powerState", "code")
            running = "Running" if action == "start" else "Stopped"
            self.documents[cluster] = with_value(self.documents[cluster], power, running)


def ok(document: Any, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(document).encode())


def refused(status: int, code: str, message: str = "No.", headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, headers or {}, json.dumps({"error": {"code": code, "message": message}}).encode())


class Console:
    """Somebody who gives ``answers`` in turn; without any there is no terminal."""

    def __init__(self, answers: Iterable[bool] | None = None) -> None:
        self.can_ask = answers is not None
        self.answers = list(answers or ())
        self.asked: list[str] = []
        self.lines: list[str] = []
        self.shown: list[Plan] = []
        self.id: str | None = None

    def planned(self, plan: Plan, to_agree: bool = False) -> None:
        self.shown.append(plan)

    def ask(self, question: str, default: bool = True) -> bool:
        self.asked.append(question)
        return self.can_ask and bool(self.answers) and self.answers.pop(0)

    def text(self, text: str) -> None:
        self.lines.append(text)

    note = stage = text

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        """Nobody chooses among ways."""
        return None

    def decide(self, question: str, options: Sequence[tuple[str, Sequence[str]]]) -> int | None:
        """Nobody decides among ways."""
        return None

    def diagnosed(self, diagnosis: Diagnosis) -> None:
        self.lines.append(diagnosis.verdict)

    def step(self, diagnosis: Diagnosis, finding_id: str) -> None:
        self.lines.append(finding_id)

    @property
    def changes(self) -> Console:
        return self

    def begun(self, change_id: str, what: str) -> None:
        self.id = change_id

    def in_force(self) -> None:
        self.lines.append("in force")

    def made(self, verified: bool | None, next_step: str) -> None:
        self.lines.append(f"made {verified}")

    def foreseen(self, diagnosis: Diagnosis, step: Step, plan: Plan | None) -> None:
        self.lines.append(f"{step.finding.id}: {step.action}")

    def partly_made(self, lines: Iterable[str], sent: bool) -> None:
        self.lines += lines
        self.may_be_in_force = sent


@dataclass(frozen=True)
class OpenSession(Session):
    """A session whose console and journal a test looks into."""

    console: Console
    journal: Journal


@dataclass(frozen=True)
class WorldSession(OpenSession):
    """One whose Azure is a :class:`Store`."""

    @property
    def arm(self) -> Store:
        found: Store = self.edge.arm
        return found


def session(folder: Path, store: Store, answers: Iterable[bool] | None = None) -> WorldSession:
    return WorldSession(
        SimpleNamespace(arm=store, account=ACCOUNT), Target.of(CLUSTER), Console(answers), Journal(folder)
    )


def assignment(name: str, namespaces: Iterable[str] = ("kube-system",), **more: Any) -> dict[str, Any]:
    return {
        "id": ASSIGNMENT + name,
        "name": name,
        "type": "Microsoft.Authorization/policyAssignments",
        "systemData": {"n": 0},
        "properties": {
            "scope": "/subscriptions/s",
            "parameters": {"effect": {"value": "deny"}, "excludedNamespaces": {"value": list(namespaces)}},
            "metadata": {"createdBy": "a", "updatedBy": None},
            **more,
        },
    }


def exclusion(document: dict[str, Any]) -> Change:
    """Exclude the namespace in one assignment."""
    from azext_aksinvokefix.changes.documents import writable

    place = ("properties", "parameters", "excludedNamespaces", "value")
    after = with_value(writable(document), place, [*value_at(document, place), "aks-command"])
    return Change(f"Exclude in {document['name']}", "PUT", document["id"], VERSION, before=document, after=after)


def plan_for(*changes: Change, **more: Any) -> Plan:
    return Plan("exempt-policy", CLUSTER, tuple(changes), **more)
