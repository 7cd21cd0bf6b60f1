"""Lists as kubectl prints them: the API server makes the columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.simulator.cluster.kinds import Kind

Object = dict[str, Any]
_Cells = Callable[[Object], list[Any]]


def _pod(pod: Object) -> list[Any]:
    containers = (pod.get("spec") or {}).get("containers", [])
    phase = (pod.get("status") or {}).get("phase", "Pending")
    ready = len(containers) if phase == "Running" else 0
    return [f"{ready}/{len(containers)}", {"Succeeded": "Completed", "Failed": "Error"}.get(phase, phase), "0"]


def _deployment(deployment: Object) -> list[Any]:
    status = deployment.get("status") or {}
    counts = [status.get(name, 0) for name in ("readyReplicas", "replicas", "updatedReplicas", "availableReplicas")]
    return [f"{counts[0]}/{counts[1]}", str(counts[2]), str(counts[3])]


def _node(node: Object) -> list[Any]:
    ready = any(each["status"] == "True" for each in node["status"]["conditions"])
    return ["Ready" if ready else "NotReady", "<none>", node["status"]["nodeInfo"]["kubeletVersion"]]


def _event(event: Object) -> list[Any]:
    about = event["involvedObject"]
    return [event["type"], event["reason"], f"{about['kind'].lower()}/{about['name']}", event["message"]]


#: By kind: the columns between the name and the age.
_COLUMNS: dict[str, tuple[tuple[str, ...], _Cells]] = {
    "pods": (("Ready", "Status", "Restarts"), _pod),
    "deployments": (("Ready", "Up-to-date", "Available"), _deployment),
    "nodes": (("Status", "Roles", "Version"), _node),
    "events": (("Type", "Reason", "Object", "Message"), _event),
    "namespaces": (("Status",), lambda found: [(found.get("status") or {}).get("phase", "Active")]),
    "configmaps": (("Data",), lambda found: [str(len(found.get("data") or {}))]),
    "secrets": (("Type", "Data"), lambda found: [found.get("type", "Opaque"), str(len(found.get("data") or {}))]),
}


def table(kind: Kind, objects: list[Object]) -> Object:
    names, cells = _COLUMNS.get(kind.plural, ((), lambda _: []))
    columns = ["Name", *names, "Age"]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "1"},
        "columnDefinitions": [{"name": name, "type": "string", "format": "", "priority": 0} for name in columns],
        "rows": [
            {
                "cells": [each["metadata"]["name"], *cells(each), "1d"],
                "object": {
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": each["metadata"],
                },
            }
            for each in objects
        ],
    }
