"""The definitions and initiatives that are not built in, or not in the version at hand, each read at most once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.kql import literals
from azext_aksinvokefix.evidence.reading import concurrently, is_unknown_version, read
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.model import record_key
from azext_aksinvokefix.shapes import dig, mapping, mappings, text

#: A policy id and the version that is pinned of it, '' for the newest.
DefinitionKey = tuple[str, str]

_GRAPH = "/providers/Microsoft.ResourceGraph/resources"
_OTHER_CLOUDS = (".usgovcloudapi.net", ".chinacloudapi.cn")
_PAGE = 1000
#: More missing ones than this are cheaper to list than to read one by one.
_WORTH_A_LIST = 16
_INSIDE = "microsoft.kubernetes.data"
_MOST_PAGES = 20
_IDS_A_QUERY = 500
_ID = re.compile(r"(?:/[^/\x00-\x1f]{1,260}){4,20}")


def is_known(arm: Arm, policy_id: str, version: str) -> bool:
    """Whether the table of built-ins answers; it holds the public cloud's, other clouds number them otherwise."""
    if (urlsplit(arm.endpoint).hostname or "").endswith(_OTHER_CLOUDS):
        return False
    return built_ins.lookup(policy_id, version) is not None


def read_definitions(arm: Arm, cluster_id: str, wanted: Sequence[DefinitionKey]) -> dict[str, Item]:
    """What is ``wanted`` and, of initiatives, what they refer to; by ``record_key``, unread ones with the reason."""
    if not wanted:
        return {}
    ids = sorted({policy_id for policy_id, _ in wanted})
    found = _from_graph(arm, cluster_id, ids)
    if sum(not _has(found, one) for one in wanted) > _WORTH_A_LIST:
        found = {**_from_lists(arm, cluster_id, ids), **found}
    return completed(arm, found, wanted)


def completed(
    arm: Arm, found: Mapping[str, Item], wanted: Sequence[DefinitionKey], most: int | None = None
) -> dict[str, Item]:
    """What was ``found`` and, one by one, what is ``wanted`` besides or an initiative refers to; at most ``most``."""
    all_found = dict(found)
    all_found.update(_one_by_one(arm, [one for one in wanted if not _has(all_found, one)][:most]))
    members = [one for one in _members(all_found) if not _has(all_found, one) and not is_known(arm, *one)]
    all_found.update(_one_by_one(arm, members[:most]))
    return all_found


def _has(found: Mapping[str, Item], wanted: DefinitionKey) -> bool:
    """Whether a wanted policy is there in a version that the pin allows."""
    if record_key(*wanted) in found:
        return True
    newest = found.get(record_key(wanted[0]))
    if newest is None:
        return False
    pinned = built_ins.major(wanted[1])
    own = built_ins.major(_version(newest.value))
    return not newest.known or pinned is None or own is None or pinned == own


def _version(document: Any) -> str:
    properties = mapping(dig(document, "properties"))
    return text(properties.get("version")) or text(dig(properties, "metadata", "version"))


def _members(found: Mapping[str, Item]) -> list[DefinitionKey]:
    """What the initiatives refer to, of built-ins only what can reach into a cluster."""
    members: dict[DefinitionKey, None] = {}
    for item in found.values():
        for reference in mappings(dig(item.value, "properties", "policyDefinitions")):
            policy_id = text(reference.get("policyDefinitionId"))
            if _ID.fullmatch(policy_id) and not built_ins.is_without_interest(policy_id):
                members[(policy_id, text(reference.get("definitionVersion")))] = None
    return list(members)


def _from_graph(arm: Arm, cluster_id: str, ids: Sequence[str]) -> dict[str, Item]:
    """What Resource Graph knows of ``ids``, and all custom definitions for the inside of clusters besides.

    Those are what custom initiatives refer to; asking for them right away saves a dependent round trip.
    """
    safe = [policy_id for policy_id in ids if _ID.fullmatch(policy_id)]
    chunks = [safe[start:][:_IDS_A_QUERY] for start in range(0, len(safe), _IDS_A_QUERY)]
    rows = [row for answer in concurrently(lambda chunk: _rows(arm, cluster_id, chunk), chunks) for row in answer]
    return {
        record_key(text(row.get("id"))): Item(value=row, source="policyresources")
        for row in rows
        if text(row.get("id")) and isinstance(row.get("properties"), Mapping)
    }


def _rows(arm: Arm, cluster_id: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Nothing where the query is refused or fails: reading one by one comes next and gives the reasons."""
    subscription = cluster_id.strip("/").split("/")[1]
    options: dict[str, Any] = {
        "resultFormat": "objectArray",
        "authorizationScopeFilter": "AtScopeAndAbove",
        "$top": _PAGE,
    }
    body = {"subscriptions": [subscription], "query": query_for(ids), "options": options}
    rows: list[Mapping[str, Any]] = []
    for _ in range(_MOST_PAGES):
        try:
            answer = arm.post(_GRAPH, api_versions.RESOURCE_GRAPH, body)
        except ArmError:
            return rows
        rows.extend(mappings(dig(answer, "data")))
        token = text(dig(answer, "$skipToken"))
        if not token:
            break
        options["$skipToken"] = token
    return rows


def query_for(ids: Iterable[str]) -> str:
    """The Resource Graph query for definitions and initiatives by id."""
    listed = literals(policy_id.lower() for policy_id in ids)
    return (
        "policyresources"
        " | where type in~"
        " ('microsoft.authorization/policydefinitions', 'microsoft.authorization/policysetdefinitions')"
        f" | where tolower(id) in {listed}"
        " or (tostring(properties.policyType) =~ 'Custom'"
        " and tostring(properties.mode) startswith 'Microsoft.Kubernetes.Data')"
        " | project id, name, type, properties"
    )


def _from_lists(arm: Arm, cluster_id: str, ids: Sequence[str]) -> dict[str, Item]:
    """What the subscription's own lists hold, for when Resource Graph gave nothing: one by one would take long."""
    subscription = "/".join(cluster_id.split("/")[:3])
    wanted = {policy_id.lower() for policy_id in ids}
    definitions, initiatives = concurrently(partial(_custom, arm, subscription), ("Definitions", "SetDefinitions"))
    inside = [one for one in definitions if text(dig(one, "properties", "mode")).lower().startswith(_INSIDE)]
    assigned = [one for one in (*definitions, *initiatives) if text(one.get("id")).lower() in wanted]
    return {record_key(text(one.get("id"))): Item(value=one, source="policy lists") for one in (*inside, *assigned)}


def _custom(arm: Arm, subscription: str, kind: str) -> list[Mapping[str, Any]]:
    path = f"{subscription}/providers/Microsoft.Authorization/policy{kind}"
    try:
        return mappings(arm.pages(path, api_versions.DEFINITIONS, **{"$filter": "policyType eq 'Custom'"}))
    except ArmError:
        return []


def _one_by_one(arm: Arm, wanted: Sequence[DefinitionKey]) -> dict[str, Item]:
    items = concurrently(lambda one: _read(arm, *one), wanted)
    return {record_key(*one): item for one, item in zip(wanted, items)}


def _read(arm: Arm, policy_id: str, version: str) -> Item:
    if not _ID.fullmatch(policy_id):
        return Item(unread="its id is not an ARM id")
    kind = "policySetDefinitions" if "/policysetdefinitions/" in policy_id.lower() else "policyDefinitions"
    needs = (f"Microsoft.Authorization/{kind}/read",)
    if built_ins.major(version) is None:
        return read(policy_id, needs, lambda: _newest(arm, policy_id))
    return read(policy_id, needs, lambda: _pinned(arm, policy_id, version))


def _newest(arm: Arm, policy_id: str) -> Any:
    try:
        return arm.get(policy_id, api_versions.DEFINITIONS)
    except ArmError as error:
        if not is_unknown_version(error):
            raise
        return arm.get(policy_id, api_versions.DEFINITIONS_OLDER)


def _pinned(arm: Arm, policy_id: str, version: str) -> Any:
    """The newest version that a pin such as ``7.*.*`` allows; versions are listed with their whole content."""
    major = built_ins.major(version)
    versions = mappings(arm.pages(f"{policy_id}/versions", api_versions.DEFINITIONS))
    fitting = [one for one in versions if built_ins.major(_version(one)) == major]
    if fitting:
        return max(fitting, key=lambda one: _numbers(_version(one)))
    return arm.get(policy_id, api_versions.DEFINITIONS)


def _numbers(version: str) -> list[int]:
    return [int(number[:9]) for number in re.findall(r"\d+", version)[:3]]
