"""The writes that this extension makes, and no others: what an undo document from elsewhere may undo.

A journal is as trustworthy as the user's own account. A file is not: it comes from a pipeline's store or from a mail,
and whoever wrote it may want another's rights to put a document of their own in place of what is there. So each write
in it is held against what the fixes really do, the names that they make are made again, and a document is never put
back as a whole where the fix had touched a place of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from azext_aksinvokefix import shapes
from azext_aksinvokefix.changes.documents import ABSENT, Pointer, value_at, with_value, writable
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.fixes.grant_role import assignment
from azext_aksinvokefix.policy import advice

_CLUSTER = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.containerservice/managedclusters/[^/]+"
)
_ID = re.compile(r"(?:/[\w.()\- ]{1,260}){2,24}")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")
_CHANGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_AUTHORIZATION = "/providers/microsoft.authorization"
_SAFEGUARDS = "/providers/microsoft.containerservice/deploymentsafeguards/default"
_SWITCH = ("properties", "apiServerAccessProfile", "disableRunCommand")
_POWER = ("properties", "powerState", "code")
_FIXES = ("exempt-policy", "grant-role", "add-capacity", "repair")
#: The places of a node pool that a fix moves upwards.
_BOUNDS = (("properties", "minCount"), ("properties", "maxCount"))
_COUNT, _TAINTS = ("properties", "count"), ("properties", "nodeTaints")

#: Whether a write of a document of its kind is one of ours, and the places that its undo may touch; None when it is
#: not, an empty tuple for the document as a whole.
Judge = Callable[[Mapping[str, Any], str, datetime], "tuple[Pointer, ...] | None"]


def checked(kept: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A change from a file as it may be undone; RefusedError where this extension never makes such a one."""
    cluster = shapes.text(kept.get("clusterId"))
    known = _ID.fullmatch(cluster) and _CLUSTER.fullmatch(cluster.casefold())
    if not (known and _CHANGE_ID.fullmatch(kept["changeId"]) and kept.get("command") in _FIXES):
        raise _refused("it names no valid cluster, id or command")
    return {**kept, "changes": [_checked(each, cluster.casefold(), now) for each in kept["changes"]]}


def _checked(each: Mapping[str, Any], cluster: str, now: datetime) -> dict[str, Any]:
    path, version = shapes.text(each.get("id")), shapes.text(each.get("apiVersion"))
    places = None
    if _ID.fullmatch(path) and _VERSION.fullmatch(version):
        places = next((found for judge in _JUDGES if (found := judge(each, cluster, now)) is not None), None)
    if places is None:
        raise _refused(f"the extension never sends this request: {each.get('method')} {path}")
    return {**each, "settings": [list(place) for place in places]}


def _refused(why: str) -> RefusedError:
    return RefusedError(
        f"Nothing was changed: the file does not contain a change that this extension makes; {why}.",
        "Find out who wrote the file. If you have the journal of the machine that made the change, use that.",
    )


def _name_below(path: str, parent: str) -> str:
    """The name of the only segment below ``parent``; empty where there is not exactly one."""
    rest = path.casefold().removeprefix(f"{parent}/")
    return path[-len(rest) :] if path.casefold().startswith(f"{parent}/") and "/" not in rest else ""


def _scope(path: str, kind: str) -> tuple[str, str]:
    """The scope and the name of a resource of Microsoft.Authorization; empty where it is none of that kind."""
    scope, found, name = path.casefold().rpartition(f"{_AUTHORIZATION}/{kind}/")
    return (path[: len(scope)], path[-len(name) :]) if found and name and "/" not in name else ("", "")


def _role_assignment(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    """Its name follows from who gets which role where."""
    scope, name = _scope(each["id"], "roleassignments")
    properties = shapes.mapping(shapes.dig(each.get("after"), "properties"))
    role = shapes.text(properties.get("roleDefinitionId")).rsplit("/", 1)[-1]
    ours = str(assignment.name(scope, shapes.text(properties.get("principalId")), role))
    near = shapes.at_or_above(scope, cluster) or scope.casefold().startswith(f"{cluster}/")
    return () if scope and near and shapes.same(name, ours) and _creates(each) else None


def _role_definition(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    scope, name = _scope(each["id"], "roledefinitions")
    ours = shapes.same(name, str(assignment.role_guid(scope)))
    return () if scope and ours and _is_above(scope, cluster) and _creates(each) else None


def _exemption(each: Mapping[str, Any], cluster: str, now: datetime) -> tuple[Pointer, ...] | None:
    """Its name follows from what it exempts from. One that was renewed had run out: putting it back lifts nothing."""
    scope, name = _scope(each["id"], "policyexemptions")
    properties = shapes.mapping(shapes.dig(each.get("after"), "properties"))
    references = shapes.texts(properties.get("policyDefinitionReferenceIds"))
    ours = advice.name_of_exemption(shapes.text(properties.get("policyAssignmentId")), references)
    if scope.casefold() != cluster or not shapes.same(name, ours) or each.get("method") != "PUT":
        return None
    ends = shapes.time(shapes.dig(each.get("before"), "properties", "expiresOn"))
    return () if each.get("before") is None or (ends is not None and ends < now) else None


def _policy_assignment(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    """Lists of namespaces in its parameters grew by that of run commands, and nothing else changed."""
    scope, _name = _scope(each["id"], "policyassignments")
    before, after = _both(each)
    if not scope or not _is_above(scope, cluster) or before is None or after is None:
        return None
    places: list[Pointer] = []
    rest = before
    for name in shapes.mapping(value_at(after, ("properties", "parameters"))):
        parameter = ("properties", "parameters", str(name))
        old, new = (value_at(document, (*parameter, "value")) for document in (before, after))
        if old != new and _excludes_one_more(old, new):
            is_new = value_at(before, parameter) is ABSENT
            places.append(parameter if is_new else (*parameter, "value"))
            rest = with_value(rest, places[-1], value_at(after, places[-1]))
    return tuple(places) if places and rest == after else None


def _safeguards(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    place = ("properties", "excludedNamespaces")
    before, after = _both(each)
    if each["id"].casefold() != f"{cluster}{_SAFEGUARDS}" or before is None or after is None:
        return None
    old, new = value_at(before, place), value_at(after, place)
    only = with_value(before, place, new) == after
    return (place,) if only and _excludes_one_more([] if old in (ABSENT, None) else old, new) else None


def _node_pool(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    """One that was added had one node of its own; in one that is there a few settings moved one way."""
    if not _name_below(each["id"], f"{cluster}/agentpools") or each.get("method") != "PUT":
        return None
    if each.get("before") is None:
        properties = shapes.dig(each.get("after"), "properties")
        return () if (shapes.dig(properties, "count"), shapes.dig(properties, "mode")) == (1, "User") else None
    places = _settings(each)
    return places if places and all(_moved_as_ours(each, place) for place in places) else None


def _moved_as_ours(each: Mapping[str, Any], place: Pointer) -> bool:
    old, new = value_at(each["before"], place), value_at(each.get("after"), place)
    if place == _COUNT:
        least = shapes.integer(old)
        return least is not None and least >= 0 and new == least + 1
    if place in _BOUNDS:
        least, most = shapes.integer(old), shapes.integer(new)
        return least is not None and most is not None and 0 <= least <= most
    if place == _TAINTS:
        return set(shapes.texts([] if new is ABSENT else new)) < set(shapes.texts(old))
    return place == _POWER and (old, new) == ("Stopped", "Running")


def _run_command(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    if each["id"].casefold() != cluster or each.get("method") != "PUT" or _settings(each) != (_SWITCH,):
        return None
    was = value_at(each.get("before"), _SWITCH)
    return (_SWITCH,) if was is True and value_at(each.get("after"), _SWITCH) in (False, ABSENT) else None


def _start(each: Mapping[str, Any], cluster: str, _: datetime) -> tuple[Pointer, ...] | None:
    around = tuple(shapes.text(each.get(name)).casefold() for name in ("id", "watched", "inverse"))
    if each.get("method") != "POST" or around != (f"{cluster}/start", cluster, f"{cluster}/stop"):
        return None
    starts = list(each.get("becomes") or ()) == ["Running"] and value_at(each.get("before"), _POWER) == "Stopped"
    return (_POWER,) if starts and _settings(each) == (_POWER,) else None


_JUDGES: Sequence[Judge] = (
    _role_assignment,
    _role_definition,
    _exemption,
    _policy_assignment,
    _safeguards,
    _node_pool,
    _run_command,
    _start,
)


def _creates(each: Mapping[str, Any]) -> bool:
    return each.get("method") == "PUT" and each.get("before") is None


def _is_above(scope: str, cluster: str) -> bool:
    return shapes.at_or_above(scope, cluster)


def _both(each: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What was there and what was sent, of a PUT onto a document that was there."""
    before, after = each.get("before"), each.get("after")
    if each.get("method") != "PUT" or not isinstance(before, dict) or not isinstance(after, dict):
        return None, None
    return writable(before), writable(after)


def _settings(each: Mapping[str, Any]) -> tuple[Pointer, ...]:
    return tuple(tuple(place) for place in each.get("settings") or ())


def _excludes_one_more(old: Any, new: Any) -> bool:
    """Whether a list of namespaces grew by that of run commands; one that was unset held its default."""
    if not isinstance(new, list) or not new or new[-1] != COMMAND_NAMESPACE:
        return False
    return old is ABSENT or (isinstance(old, list) and new == [*old, COMMAND_NAMESPACE])
