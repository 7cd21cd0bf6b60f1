"""OPA itself as the judge, through `opa-golib-python-bindings` in an environment of its own (`make opa`).

It is found in the folder that the variable `OPA_FOLDER` names, in this checkout's `.work/opa` without it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.rego.v1 import package, to_v1

FOLDER = Path(os.environ.get("OPA_FOLDER") or Path(__file__).resolve().parents[2] / ".work" / "opa")
if FOLDER.is_dir() and str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))
AVAILABLE = importlib.util.find_spec("opa_bindings") is not None
WHY_NOT = "OPA is not installed here: `make opa` gets it from PyPI"


class DoesNotCompileError(Exception):
    """OPA takes no such template."""


class FailsError(Exception):
    """The evaluation ends in an error, which Gatekeeper turns into a denial."""


class BuiltinFailsError(Exception):
    """A builtin failed. The binding asks for such errors; where nobody asks, as in Gatekeeper, it is undefined."""


def violations(rego: str, libraries: Sequence[str], document: Mapping[str, Any], *, version: int = 0) -> list[Any]:
    """What OPA yields for `violation[r]`."""
    return query(f"data.{package(rego)}.violation[r]", [rego, *libraries], document, version=version)


def query(text: str, modules: Sequence[str], document: Mapping[str, Any], *, version: int = 0) -> list[Any]:
    from opa_bindings import OpaEngine, OpaError

    with OpaEngine() as engine:
        try:
            for at, module in enumerate(modules):
                engine.add_policy(f"module{at}.rego", module if version == 1 else to_v1(module))
            found = engine.eval_query(text, input=document)
        except OpaError as error:
            raise _kind(str(error))(str(error)) from None
    return [hit["r"] for hit in found]


def _kind(text: str) -> type[Exception]:
    if "eval_conflict" in text:
        return FailsError
    return BuiltinFailsError if "eval_builtin_error" in text or "eval_type_error" in text else DoesNotCompileError


def messages(results: Sequence[Any]) -> set[Any]:
    """What Gatekeeper counts of them: those that have a message."""
    return {result["msg"] for result in results if isinstance(result, dict) and "msg" in result}
