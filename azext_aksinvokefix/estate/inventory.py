"""What is true of the estate as a whole, read once: where its subscriptions stand, and the policies assigned in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.estate.graph import Graph, Query, Rows
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.evidence.policy import wanted_by
from azext_aksinvokefix.evidence.policy_definitions import completed
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import effect
from azext_aksinvokefix.policy.effect import Estate
from azext_aksinvokefix.policy.model import record_key
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, mapping, mappings, same, text, texts

ASSIGNMENTS_READ = "Microsoft.Authorization/policyAssignments/read"
EXEMPTIONS_READ = "Microsoft.Authorization/policyExemptions/read"
DEFINITIONS_READ = "Microsoft.Authorization/policyDefinitions/read"
SUBSCRIPTIONS_READ = "Microsoft.Resources/subscriptions/read"
#: Definitions that Resource Graph does not show and that are read one by one, whatever the estate holds.
_MOST_SINGLE = 50
_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"
_REFUSED = 403


@dataclass(frozen=True)
class Open:
    """Something that could not be looked at, with the actions that would lift it."""

    what: str
    why: str
    needs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"what": one_line(self.what), "why": one_line(self.why), "needs": list(self.needs)}


@dataclass(frozen=True)
class Inventory:  # pylint: disable=too-many-instance-attributes
    """``groups``: the management groups above each subscription, nearest first, in lower case; None where not known.

    ``names`` are the display names of subscriptions. ``seen_at`` are the scopes at which a policy assignment was seen;
    ``inside`` are the clusters at which something of a policy stands, so that they differ from their neighbours.
    ``policy_gaps`` say why there may be more, and ``refused`` why there are none at all.
    """

    groups: Mapping[str, tuple[str, ...] | None]
    names: Mapping[str, str]
    policies: Estate
    seen_at: frozenset[str]
    inside: frozenset[str]
    refused: ArmError | None = None
    policy_gaps: tuple[Open, ...] = ()
    gaps: tuple[Open, ...] = ()

    @property
    def has_policies_of_groups(self) -> bool:
        return any(scope.startswith(_MANAGEMENT_GROUPS) for scope in self.seen_at)

    def groups_above(self, subscription: str) -> frozenset[str] | None:
        known = self.groups.get(subscription.lower())
        return None if known is None else frozenset(known)

    def shows_policies_of(self, subscription: str) -> bool:
        """Whether a row proves that the caller may read the policies at a subscription."""
        scopes = {f"/subscriptions/{subscription.lower()}"}
        scopes |= {f"{_MANAGEMENT_GROUPS}{group}" for group in self.groups.get(subscription.lower()) or ()}
        return bool(scopes & self.seen_at)


def read_inventory(graph: Graph, now: datetime) -> Inventory:
    """Subscriptions, assignments, exemptions and definitions, side by side; what was refused is among the gaps."""
    asked = [begin(lambda query=query: graph.ask(query)) for query in _QUERIES]  # type: ignore[misc]
    subscriptions, policies, definitions = (future.result() for future in asked)
    gaps = _gaps(subscriptions, "the management groups above the subscriptions", SUBSCRIPTIONS_READ)
    policy_gaps = _gaps(policies, "policy assignments and exemptions", ASSIGNMENTS_READ)
    policy_gaps += _gaps(definitions, "custom policy definitions", DEFINITIONS_READ)
    assignments = _of_type(policies.rows, "microsoft.authorization/policyassignments")
    exemptions = _of_type(policies.rows, "microsoft.authorization/policyexemptions")
    documents = _documents(graph, assignments, definitions)
    return Inventory(
        groups={text(row.get("subscriptionId")).lower(): chain(row) for row in subscriptions.rows},
        names={text(row.get("subscriptionId")).lower(): text(row.get("name")) for row in subscriptions.rows},
        policies=effect.evaluate(Item(value=assignments), documents, Item(value=exemptions), now),
        seen_at=frozenset(map(_scope_of, assignments)),
        inside=frozenset(_inside(assignments, exemptions)),
        refused=policies.error,
        policy_gaps=tuple(policy_gaps),
        gaps=tuple(gaps),
    )


_QUERIES: tuple[Query, ...] = (queries.subscriptions(), queries.policies(), queries.definitions())


def _gaps(rows: Rows, what: str, needs: str) -> list[Open]:
    """Why there may be more than came."""
    found = [Open(what, gap) for gap in rows.gaps]
    if rows.error is not None:
        found.append(Open(what, rows.error.text, (needs,) if rows.error.status == _REFUSED else ()))
    return found


def _of_type(rows: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if same(row.get("type"), kind)]


def _scope_of(assignment: Mapping[str, Any]) -> str:
    own = text(dig(assignment, "properties", "scope")) or text(assignment.get("id")).lower().partition(_PROVIDER)[0]
    return own.rstrip("/").lower()


_PROVIDER = "/providers/microsoft.authorization/"
_CLUSTERS = "/managedclusters/"


def _inside(assignments: Sequence[Mapping[str, Any]], exemptions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The clusters, in lower case, that an assignment is at or leaves out, or that are exempt."""
    scopes = [
        *map(_scope_of, assignments),
        *(text(one.get("id")).lower().partition(_PROVIDER)[0] for one in exemptions),
    ]
    scopes += [scope for one in assignments for scope in texts(dig(one, "properties", "notScopes"))]
    for scope in scopes:
        outer, found, name = scope.rstrip("/").lower().partition(_CLUSTERS)
        if found:
            yield f"{outer}{found}{name.partition('/')[0]}"


def chain(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    groups = dig(row, "properties", "managementGroupAncestorsChain")
    if not isinstance(groups, list):
        return None
    return tuple(text(group.get("name")).lower() for group in mappings(groups))


def _documents(graph: Graph, assignments: Sequence[Mapping[str, Any]], definitions: Rows) -> dict[str, Item]:
    """Every definition that is assigned and not in the table of built-ins, by ``record_key``."""
    found = {record_key(text(row.get("id"))): _document(row) for row in definitions.rows}
    wanted = wanted_by(graph.arm, Item(value=list(assignments)))
    return completed(graph.arm, found, wanted, _MOST_SINGLE)


def _document(row: Mapping[str, Any]) -> Item:
    """A definition in ARM's shape; of what cannot reach into a cluster there is the mode alone."""
    written = text(row.get("document"))
    if not written:
        return Item(
            value={"id": row.get("id"), "properties": {"mode": text(row.get("mode"))}}, source="policyresources"
        )
    try:
        properties = mapping(json.loads(written))
    except (ValueError, RecursionError):
        return Item(source="policyresources", unread="Resource Graph returned a document that is not JSON")
    return Item(value={"id": row.get("id"), "properties": properties}, source="policyresources")
