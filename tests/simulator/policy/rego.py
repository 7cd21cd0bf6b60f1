"""What a constraint template says of a pod: OPA's verdict where OPA is installed, in the environment of ``make opa``.

Elsewhere the package's own reader of Rego stands in, and says so: ``judge().name``. ``tests/rego`` proves that both say
the same, word for word, of every template, parameter and pod of the scenarios.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from tests.rego import opa
from tests.rego.v1 import package, to_v1
from tests.simulator.policy.templates import Template

#: OPA reads nested terms by recursion, and what overflows its stack ends the whole process.
_DEEPEST, _LONGEST = 100, 200_000


class UndecidedError(Exception):
    """No verdict: a mistake in a scenario, never an answer of the simulator."""


class Judge(Protocol):
    name: str

    def violations(self, template: Template, parameters: Mapping[str, Any], review: Mapping[str, Any]) -> list[str]:
        """The messages, in the order of their words: a set has no other."""


class Opa:
    """A template is compiled once; an engine answers one question at a time, whichever thread asks."""

    name = "OPA"

    def __init__(self) -> None:
        self._compiled: dict[Template, tuple[Any, str] | None] = {}
        self._lock = threading.Lock()
        self.is_lost = False

    def forked(self) -> None:
        """The threads of Go's runtime are not forked: a child comes to wait for one of them for ever."""
        self.is_lost = self.is_lost or "opa_bindings" in sys.modules

    def end(self) -> None:
        """Give the engines back while Go's runtime can take them: at the very end of Python it cannot."""
        if not self.is_lost:
            for compiled_one in self._compiled.values():
                if compiled_one is not None:
                    compiled_one[0].close()
        self._compiled.clear()

    def violations(self, template: Template, parameters: Mapping[str, Any], review: Mapping[str, Any]) -> list[str]:
        from opa_bindings import OpaError

        with self._lock:
            if template not in self._compiled:
                self._compiled[template] = compiled(template)
        found = self._compiled[template]
        if found is None:
            return []
        engine, query = found
        try:
            results = engine.eval_query(query, input={"parameters": parameters, "review": review})
        except OpaError as error:
            raise UndecidedError(f"{template.kind}: {error}") from None
        return sorted(map(str, opa.messages([each["r"] for each in results])))


class Own:
    """The reader of Rego that the package judges custom policies with."""

    name = f"the package's own reader of Rego, since {opa.WHY_NOT}"

    def violations(self, template: Template, parameters: Mapping[str, Any], review: Mapping[str, Any]) -> list[str]:
        from azext_aksinvokefix.policy import rego

        read = _read(template)
        if read.why_not:
            return []
        verdict = rego.judge(read, parameters, review)
        if verdict.outcome not in (rego.DENIES, rego.ALLOWS):
            raise UndecidedError(f"{template.kind}: {verdict.outcome} {verdict.why}")
        return sorted(verdict.messages)


_OPA, _OWN = Opa(), Own()
os.register_at_fork(after_in_child=_OPA.forked)
atexit.register(_OPA.end)


def judge() -> Judge:
    return _OPA if opa.AVAILABLE and not _OPA.is_lost else _OWN


def compiled(template: Template) -> tuple[Any, str] | None:
    """None for what Gatekeeper does not take: such a template never gets a constraint."""
    from opa_bindings import OpaEngine, OpaError

    modules = [template.rego, *template.libraries]
    if any(len(module) > _LONGEST or _depth(module) > _DEEPEST for module in modules):
        return None
    engine = OpaEngine()
    try:
        for at, module in enumerate(modules):
            engine.add_policy(f"module{at}.rego", to_v1(module))
        engine.eval_query("true")
    except (OpaError, IndexError):  # the second where a bracket is never closed
        engine.close()
        return None
    return engine, f"data.{package(template.rego)}.violation[r]"


def _depth(module: str) -> int:
    depth = deepest = 0
    for sign in module:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    return deepest


@cache
def _read(template: Template) -> Any:
    from azext_aksinvokefix.policy import rego

    target: dict[str, Any] = {"target": "admission.k8s.gatekeeper.sh", "rego": template.rego}
    target["libs"] = list(template.libraries)
    return rego.read({"spec": {"crd": {"spec": {"names": {"kind": template.kind}}}, "targets": [target]}})
