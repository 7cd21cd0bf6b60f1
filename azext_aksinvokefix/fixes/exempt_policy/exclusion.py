"""Excluding the namespace of run commands in a policy assignment: one list of it grows by one word, all else stays.

A PATCH cannot do it, so the whole assignment is read and written back, at one version of the API that knows every
member an assignment has: what an older version does not show, its PUT drops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.changes.documents import ABSENT, Pointer, value_at, with_value, writable
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.model import PolicyInForce, covers
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import mapping, same

_MOVED = "Someone is changing it: run the command again."


def change(arm: Arm, policies: Sequence[PolicyInForce], cluster_id: str) -> Change | None:
    """The write for the policies that one assignment puts in force; None when the list covers the namespace by now.

    Raises ArmError, also where the caller sees the assignment in the list of the cluster alone.
    """
    return _change(policies, cluster_id, *_read(arm, policies[0].assignment_id))


def as_listed(policies: Sequence[PolicyInForce], cluster_id: str) -> Change | None:
    """The same by what the list of the cluster shows, for somebody who may do it: it is nothing to send."""
    return _change(policies, cluster_id, dict(policies[0].assignment), api_versions.ASSIGNMENTS)


def _change(
    policies: Sequence[PolicyInForce], cluster_id: str, document: dict[str, Any], version: str
) -> Change | None:
    first = policies[0]
    after = writable(document)
    for policy in policies:
        after = _excluding(after, policy)
    if after == writable(document):
        return None
    parameters = ", ".join(dict.fromkeys(one_line(policy.namespaces.parameter) for policy in policies))
    return Change(
        what=(
            f"Exclude namespace {COMMAND_NAMESPACE} in policy assignment {advice.named(first)} (parameter "
            f"{parameters}), on {advice.reach(first.scope, cluster_id)}"
        ),
        method="PUT",
        id=first.assignment_id,
        api_version=version,
        before=document,
        after=after,
        defaults=tuple(
            (_place(after, policy.namespaces.parameter), list(policy.namespaces.excluded or ()))
            for policy in policies
            if is_default(policy)
        ),
    )


def is_default(policy: PolicyInForce) -> bool:
    """Whether the list in force is a default, since the assignment sets none."""
    place = _place(policy.assignment, policy.namespaces.parameter)
    return value_at(policy.assignment, place) is ABSENT


def lists(made: Change, policies: Sequence[PolicyInForce]) -> dict[str, list[Any]]:
    """The lists of namespaces as they are after the change, by the name of their parameter."""
    places = [_place(made.after, policy.namespaces.parameter) for policy in policies]
    return {place[2]: list(value_at(made.after, place)) for place in places}


def _read(arm: Arm, assignment_id: str) -> tuple[dict[str, Any], str]:
    """The whole assignment, and the version of the API to read and write it with."""
    for version in api_versions.ASSIGNMENT_WRITES:
        try:
            document = arm.get(assignment_id, version)
        except ArmError as error:
            if error.code in api_versions.UNKNOWN and version != api_versions.ASSIGNMENT_WRITES[-1]:
                continue
            raise
        if isinstance(document, dict) and isinstance(document.get("properties"), Mapping):
            return document, version
        break
    raise RefusedError(f"Nothing was changed: the response for {assignment_id} is not a policy assignment.")


def _excluding(document: dict[str, Any], policy: PolicyInForce) -> dict[str, Any]:
    """The document with the namespace behind the list in force, in the parameter that a policy takes it from."""
    place = _place(document, policy.namespaces.parameter)
    current = _list_at(document, place, policy)
    if any(isinstance(one, str) and covers(one, COMMAND_NAMESPACE) for one in current):
        return document
    return with_value(document, place, [*current, COMMAND_NAMESPACE])


def _place(document: Mapping[str, Any], parameter: str) -> Pointer:
    """Where the value is; in another case of letters the parameter would be set a second time."""
    given = mapping(value_at(document, ("properties", "parameters")))
    name = next((str(name) for name in given if same(str(name), parameter)), parameter)
    return ("properties", "parameters", name, "value")


def _list_at(document: Mapping[str, Any], place: Pointer, policy: PolicyInForce) -> list[Any]:
    """The list in force: the assignment's own, item by item as it is, else the default that setting it replaces."""
    value = value_at(document, place)
    if isinstance(value, list):
        return value
    before = value_at(policy.assignment, _place(policy.assignment, policy.namespaces.parameter))
    if value is not ABSENT:
        raise RefusedError(
            f"Nothing was changed: parameter {one_line(place[2])} of policy assignment {advice.named(policy)} is "
            "not a list.",
            "Change the assignment by hand.",
        )
    if before is not ABSENT:
        raise RefusedError(
            f"Nothing was changed: policy assignment {advice.named(policy)} was changed a moment ago.",
            _MOVED,
        )
    return list(policy.namespaces.excluded or ())
