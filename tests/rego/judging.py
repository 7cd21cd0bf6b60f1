"""Templates and verdicts in a few words, for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_aksinvokefix.policy.rego import Template, Verdict, judge, read


def document(rego: str, libraries: Sequence[str] = (), *, version: int = 0) -> dict[str, Any]:
    source: dict[str, Any] = {"rego": rego, "libs": list(libraries)}
    if version == 1:
        source["version"] = "v1"
    target = {"target": "admission.k8s.gatekeeper.sh", "code": [{"engine": "Rego", "source": source}]}
    return {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "t"},
        "spec": {"crd": {"spec": {"names": {"kind": "T"}}}, "targets": [target]},
    }


def template(rego: str, libraries: Sequence[str] = (), *, version: int = 0) -> Template:
    return read(document(rego, libraries, version=version))


def verdict(rego: str, pod: Any, parameters: Mapping[str, Any] | None = None, **how: Any) -> Verdict:
    """A body or a whole module, over a pod."""
    text = rego if rego.lstrip().startswith("package") else f"package t\n{rego}"
    return judge(template(text, **how), parameters or {}, {"object": pod})


def value_of(expression: str) -> str:
    """A module whose only message is an expression's value as JSON."""
    imports = "import future.keywords.in\n"
    return f'package t\n{imports}violation[{{"msg": m}}] {{ v := {expression}; m := json.marshal([v]) }}'
