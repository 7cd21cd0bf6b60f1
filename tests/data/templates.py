"""Constraint templates, short to write, and custom policies that bring them."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.data.policies import definition

READ_ONLY = """
violation[{"msg": msg}] {
    c := input.review.object.spec.containers[_]
    not c.securityContext.readOnlyRootFilesystem
    msg := sprintf("container %v needs a read-only root", [c.name])
}
"""
REGISTRY = """
violation[{"msg": msg}] {
    c := input.review.object.spec.containers[_]
    not startswith(c.image, input.parameters.registry)
    msg := sprintf("%v runs an image from elsewhere", [c.name])
}
"""
USER = """
violation[{"msg": "user 0 may not run"}] {
    input.review.object.spec.containers[_].securityContext.runAsUser == 0
}
"""
INIT = """
violation[{"msg": msg}] {
    c := input.review.object.spec.initContainers[_]
    msg := sprintf("no init containers: %v", [c.name])
}
"""
INVENTORY = 'violation[{"msg": "twice"}] { data.inventory.namespace["a"] }'


def template(
    rego: str, kind: str = "K8sContoso", schema: Any = None, version: str = "v1", **more: Any
) -> dict[str, Any]:
    names = {"names": {"kind": kind}}
    return {
        "apiVersion": f"templates.gatekeeper.sh/{version}",
        "kind": "ConstraintTemplate",
        "metadata": {"name": kind.lower()},
        "spec": {
            "crd": {
                "spec": {**names, "validation": {"openAPIV3Schema": schema}} if schema else {"spec": names}["spec"]
            },
            "targets": [{"target": "admission.k8s.gatekeeper.sh", "rego": f"package t\n{rego}", **more}],
        },
    }


def inline(content: Any) -> dict[str, str]:
    """The ``templateInfo`` of a template or of a text."""
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    data = text.encode() if isinstance(text, str) else text
    return {"sourceType": "Base64Encoded", "content": base64.b64encode(data).decode()}


def custom(info: Any, values: Any = None, details: Any = None, **more: Any) -> dict[str, Any]:
    """A custom definition with a ``templateInfo``."""
    given = {"apiGroups": [""], "templateInfo": info, **({} if values is None else {"values": values})}
    return definition(details={**given, **(details or {})}, **more)
