"""Judging the command pod by a constraint template, in this process: reading it, the first verdict, and a later one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from azext_aksinvokefix.policy.pod.document import review
from azext_aksinvokefix.policy.pod.facts import ENTRA
from azext_aksinvokefix.policy.rego import judge
from tests.bench.measure import table
from tests.rego.judging import template

CONTAINERS = """package t
containers[c] { c := input.review.object.spec.containers[_] }
containers[c] { c := input.review.object.spec.initContainers[_] }
"""
_SUFFIXES = "\n".join(
    f'unit("{name}") = {1024**power} {{ true }}' for power, name in enumerate(["", "Ki", "Mi", "Gi", "Ti"])
)
TEMPLATES = {
    "allowed registries": """violation[{"msg": c.name}] {
        c := containers[_]
        ok := [good | r := input.parameters.registries[_]; good := startswith(c.image, r)]
        not any(ok)
    }""",
    "a pattern of images": """violation[{"msg": c.name}] {
        c := containers[_]
        not regex.match("^([a-z0-9.-]+/)*[a-z0-9-]+(:[[:alnum:]._-]+)?$", c.image)
    }""",
    "memory limits": f"""{_SUFFIXES}
    suffix(x) = s {{ s := substring(x, count(x) - 2, -1); unit(s) }}
    bytes(x) = n {{ s := suffix(x); n := to_number(replace(x, s, "")) * unit(s) }}
    violation[{{"msg": c.name}}] {{ c := containers[_]; bytes(c.resources.limits.memory) > bytes("512Mi") }}""",
    "users, open": """bad(c) { not c.securityContext.runAsNonRoot }
    bad(c) { c.securityContext.runAsUser == 0 }
    violation[{"msg": c.name}] { c := containers[_]; bad(c) }""",
}


def milliseconds(action: Callable[[], Any], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _whole(text: str, parameters: Any, pod: Any) -> Any:
    """The verdict with the template read for it."""
    return judge(template(text), parameters, pod)


def measure(rounds: int) -> str:
    rows = []
    pod, parameters = review(ENTRA), {"registries": [f"registry{at}.io/" for at in range(20)]}
    for name, rego in TEMPLATES.items():
        text = CONTAINERS + rego
        read = template(text)
        figures = (
            milliseconds(partial(template, text), rounds),
            milliseconds(partial(_whole, text, parameters, pod), rounds),
            milliseconds(partial(judge, read, parameters, pod), rounds),
        )
        rows.append([name, judge(read, parameters, pod).outcome, *(f"{figure:.1f}" for figure in figures)])
    headings = ["template", "verdict", "reading, ms", "reading and judging, ms", "judging again, ms"]
    return table(f"policy templates, medians of {rounds}", headings, rows)
