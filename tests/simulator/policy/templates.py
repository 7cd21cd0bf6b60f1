"""Constraint templates: those behind the built-in policies, and those that custom policies bring along.

The built-in ones are written for this project after the public behaviour of Azure's, in ``fixtures/templates``: a file
a template, called after the folder of its URL.
"""

# modelled: the parameters of a constraint have the names of the policy's parameters
# proof: the `values` of a built-in definition of today (`az policy definition show`), or a constraint in a cluster

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "fixtures" / "templates"
LIBRARY = "data.lib.containers"


@dataclass(frozen=True)
class Template:
    """The kind of its constraints and its Rego of version 0, with the libraries that it imports."""

    kind: str
    rego: str
    libraries: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.kind.lower()


@cache
def built_in(kind: str, folder: str) -> Template:
    """By the folder of its URL, such as ``block-naked-pods/v1``."""
    rego = (FOLDER / f"{folder.replace('/', '-')}.rego").read_text(encoding="utf-8")
    return Template(kind, rego, (_library(),) if LIBRARY in rego else ())


def brought(content: str) -> Template:
    """From ``templateInfo.content``."""
    document = yaml.safe_load(base64.b64decode(content))
    [target] = document["spec"]["targets"]
    return Template(document["spec"]["crd"]["spec"]["names"]["kind"], target["rego"], tuple(target.get("libs", ())))


def content(template: Template) -> str:
    """A template as a custom definition brings it."""
    target: dict[str, Any] = {"target": "admission.k8s.gatekeeper.sh", "rego": template.rego}
    document: Mapping[str, Any] = {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": template.name},
        "spec": {
            "crd": {"spec": {"names": {"kind": template.kind}}},
            "targets": [{**target, **({"libs": list(template.libraries)} if template.libraries else {})}],
        },
    }
    return base64.b64encode(str(yaml.safe_dump(document, sort_keys=False)).encode()).decode()


def of_text(kind: str, rego: str) -> Template:
    """From the rules of a module, without its first line."""
    return Template(kind, f"package {kind.lower()}\n{rego}")


@cache
def _library() -> str:
    return (FOLDER / "lib.rego").read_text(encoding="utf-8")
