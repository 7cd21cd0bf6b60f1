"""May the caller make these changes? If not: who may, and a text to send to that person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.evidence.access import read_permissions
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.rights.holders import holders, who_has
from azext_aksinvokefix.rights.permissions import held, lacking


def lacked(arm: Arm, plan: Plan) -> tuple[tuple[str, str], ...]:
    """The (action, scope) pairs of a plan that the caller certainly lacks, or that its planner was refused."""
    return tuple(dict.fromkeys((*plan.refused, *missing(arm, plan.requires))))


def missing(arm: Arm, requires: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those of the (action, scope) pairs which the caller certainly lacks.

    What the service does not tell is not missing: the write itself shows it.
    """
    wanted: dict[str, list[str]] = {}
    for action, scope in requires:
        wanted.setdefault(scope, []).append(action)
    found = concurrently(lambda scope: _lacking_at(arm, scope, wanted[scope]), wanted)
    return tuple((action, scope) for scope, actions in zip(wanted, found) for action in actions)


def _lacking_at(arm: Arm, scope: str, actions: Sequence[str]) -> tuple[str, ...]:
    item = read_permissions(arm, scope)
    return lacking(held(item).entries, actions) if item.known else ()


def refusal(lacks: Sequence[tuple[str, str]]) -> str:
    """Which rights are missing, in a line, and who has them."""
    actions = list(dict.fromkeys(action for action, _ in lacks))
    return f"You lack {', '.join(actions)}. {who_has(actions)}".rstrip()


def handover(plan: Plan, lacks: Sequence[tuple[str, str]]) -> str:
    """A text to send to somebody who has the rights, with the commands for them to paste."""
    actions = list(dict.fromkeys(action for action, _ in lacks))
    scopes = dict.fromkeys(scope for _, scope in lacks)
    roles = holders(actions)
    lines = [
        f"Please make this change for the AKS cluster {plan.cluster_id}:",
        *(f"- {change.what}" for change in plan.changes),
        f"It needs {', '.join(actions)} at {', '.join(scopes)}"
        + (f", which these roles hold: {', '.join(roles)}." if roles else "."),
    ]
    if plan.stock:
        lines += ["The commands:", *(f"  {line}" for line in plan.stock)]
    return "\n".join(lines)
