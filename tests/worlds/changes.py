"""A small ARM that keeps documents, and somebody at the console, for the life of a change."""

import copy
import json
from types import SimpleNamespace

from azext_aksinvokefix.arm import Answer, ArmError
from azext_aksinvokefix.changes.documents import value_at, with_value
from azext_aksinvokefix.changes.journal import Journal
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import Target

CLUSTER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
ASSIGNMENT = "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/"
VERSION = "2025-11-01"
ACCOUNT = {"objectId": "0b1e0000-0000-4000-8000-000000000001", "name": "ada@contoso.com"}


class Store:
    """Documents by id. ``before`` is called with each request and may answer it, raise, or change documents."""

    endpoint = "https://management.azure.com"
    correlation_id = "00000000-0000-0000-0000-000000000001"

    def __init__(self, documents=None, before=None, permissions=None):
        self.documents = copy.deepcopy(documents or {})
        self.before = before or (lambda method, path, body: None)
        self.permissions = permissions
        self.sent = []

    def get(self, path, api_version=None):
        answer = self.before("GET", path, None)
        if isinstance(answer, Answer):
            raise answer.error()
        if path not in self.documents:
            raise ArmError(404, "NotFound", "There is none.")
        return copy.deepcopy(self.documents[path])

    def pages(self, path, api_version=None, **_):
        if self.permissions is None:
            raise ArmError(403, "AuthorizationFailed", "You may not list the permissions.")
        return [{"actions": self.permissions, "notActions": []}]

    def url(self, path, api_version=None, params=None):
        return path

    def until(self, deadline):
        return self

    def owns(self, url):
        return url.startswith(self.endpoint + "/")

    def send(self, method, path, body=None):
        if method != "GET":
            self.sent.append((method, path, copy.deepcopy(body)))
        answer = self.before(method, path, body)
        if answer is not None:
            return answer
        if method == "GET":
            return ok(self.documents[path])
        self.apply(method, path, body)
        return ok(self.documents.get(path))

    def apply(self, method, path, body):
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


def ok(document, status=200):
    return Answer(status, {}, json.dumps(document).encode())


def refused(status, code, message="No.", headers=None):
    return Answer(status, headers or {}, json.dumps({"error": {"code": code, "message": message}}).encode())


class Console:
    """Somebody who gives ``answers`` in turn; without any there is no terminal."""

    def __init__(self, answers=None):
        self.can_ask = answers is not None
        self.answers = list(answers or ())
        self.asked = []
        self.lines = []
        self.shown = []
        self.id = None

    def planned(self, plan, to_agree=False):
        self.shown.append(plan)

    def ask(self, question, default=True):
        self.asked.append(question)
        return self.can_ask and bool(self.answers) and self.answers.pop(0)

    def text(self, text):
        self.lines.append(text)

    note = stage = text

    @property
    def changes(self):
        return self

    def begun(self, change_id, what):
        self.id = change_id

    def made(self, verified, next_step):
        self.lines.append(f"made {verified}")

    def foreseen(self, diagnosis, step, plan):
        self.lines.append(f"{step['finding']}: {step['action']}")

    def partly_made(self, lines, sent):
        self.lines += lines


def session(folder, store, answers=None):
    return Session(SimpleNamespace(arm=store, account=ACCOUNT), Target.of(CLUSTER), Console(answers), Journal(folder))


def assignment(name, namespaces=("kube-system",), **more):
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


def exclusion(document):
    """Exclude the namespace in one assignment."""
    from azext_aksinvokefix.changes.documents import writable

    place = ("properties", "parameters", "excludedNamespaces", "value")
    after = with_value(writable(document), place, [*value_at(document, place), "aks-command"])
    return Change(f"Exclude in {document['name']}", "PUT", document["id"], VERSION, before=document, after=after)


def plan_for(*changes, **more):
    return Plan("exempt-policy", CLUSTER, tuple(changes), **more)
