"""The policies in force at a cluster: what is assigned, what that means there, and what exempts from it.

Assignments, exemptions, policy states and Deployment Safeguards are read side by side. What the assignments refer to is
mostly built in and known; the rest comes in one Resource Graph query, and one by one only where that gives nothing. So
the number of dependent round trips does not grow with the number of assignments, apart from the pages of their list.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from functools import partial
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.evidence.policy_definitions import is_known, read_definitions
from azext_aksinvokefix.evidence.reading import is_unknown_version, read
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.effect import policies_in_force
from azext_aksinvokefix.policy.model import PolicyInForce, PolicyRecords
from azext_aksinvokefix.policy.own_template import OwnTemplate
from azext_aksinvokefix.shapes import dig, mappings, text

AUTHORIZATION = "/providers/Microsoft.Authorization"

_AT_SCOPE = "atScope()"
_STATE_COLUMNS = "policyAssignmentId,policyDefinitionReferenceId,policyDefinitionId,policyDefinitionAction"
_PINS_UNSEEN = (
    "the pinned version of the definition is unknown: this cloud does not support api-version "
    f"{api_versions.ASSIGNMENTS} of policy assignments"
)
#: Seconds before the deadline in which what is there is put together.
_SPARE = 2.0

Location = Callable[[], "str | None"]


def read_policy(
    arm: Arm, cluster_id: str, now: datetime, location: Location | None = None, given: Sequence[Any] = ()
) -> dict[str, Item]:
    """``assignments`` (a list of PolicyInForce), ``policy_states`` and ``safeguards`` for the evidence.

    ``location`` gives the cluster's region; it is called, and without it the cluster read, only when a selector asks.
    ``given`` are constraint templates from files, for policies that only say where theirs is kept.
    """
    records = read_records(arm, cluster_id)
    region = (location or (lambda: _region(arm, cluster_id))) if _asks_for_location(records) else None
    assignments = records.assignments
    if assignments.known:
        policies = policies_in_force(records, now, region() if region else None)
        assignments = Item(value=with_own_templates(policies, given), source=assignments.source)
    return {"assignments": assignments, "policy_states": records.states, "safeguards": records.safeguards}


def with_own_templates(
    policies: Sequence[PolicyInForce], given: Sequence[Any] = (), known: dict[str, OwnTemplate] | None = None
) -> list[PolicyInForce]:
    """Reads templates, and loads what reads them, only where a policy brings its own. ``known`` are those read by now,
    by their content; it is added to."""
    own = [policy.template for policy in policies if policy.template]
    if not given and not any(template.content for template in own):
        return list(policies)
    from azext_aksinvokefix.evidence.constraint_templates import with_templates

    return with_templates(policies, given, known)


def read_records(arm: Arm, cluster_id: str) -> PolicyRecords:
    """Everything as ARM gave it, each resource read at most once. The assignments do not wait for a late addition."""
    additions = {read: begin(partial(read, arm, cluster_id)) for read in (_exemptions, _states, _safeguards)}
    listed, pins_unseen = _assignments(arm, cluster_id)
    wanted = wanted_by(arm, listed)
    if wanted:
        begin(_load_what_reads_templates)
    definitions = read_definitions(arm, cluster_id, wanted)
    wait(additions.values(), timeout=_time_left(arm))
    exemptions, states, safeguards = (_unless_late(future) for future in additions.values())
    return PolicyRecords(
        cluster_id=cluster_id,
        assignments=listed,
        pins_unseen=pins_unseen,
        definitions=definitions,
        exemptions=exemptions,
        states=states,
        safeguards=safeguards,
    )


def _load_what_reads_templates() -> None:
    """A custom policy may bring a template: by the time it is there, so is what reads it."""
    importlib.import_module("azext_aksinvokefix.evidence.constraint_templates")


def _time_left(arm: Arm) -> float | None:
    return None if arm.deadline is None else max(arm.deadline - _SPARE - time.monotonic(), 0.0)


def _unless_late(future: Future[Item]) -> Item:
    return future.result() if future.done() else Item(unread="no answer within the time allowed")


def wanted_by(arm: Arm, assignments: Item) -> list[tuple[str, str]]:
    """The definitions and initiatives, with the pinned version, that the table of built-ins does not answer for."""
    wanted: dict[tuple[str, str], None] = {}
    for assignment in mappings(assignments.value):
        policy_id = text(dig(assignment, "properties", "policyDefinitionId"))
        version = text(dig(assignment, "properties", "definitionVersion"))
        if policy_id and not built_ins.is_without_interest(policy_id):
            for pinned in (version, *_overriding_versions(assignment)):
                if not is_known(arm, policy_id, pinned):
                    wanted[(policy_id, pinned)] = None
    return list(wanted)


def _overriding_versions(assignment: Mapping[str, Any]) -> Iterable[str]:
    for override in mappings(dig(assignment, "properties", "overrides")):
        if text(override.get("kind")).lower() == "definitionversion" and not override.get("selectors"):
            yield text(override.get("value"))


def assignments_at(arm: Arm, cluster_id: str) -> list[Mapping[str, Any]]:
    """The policy assignments in force at the cluster as ARM lists them; none where they cannot be read."""
    return mappings(_assignments(arm, cluster_id)[0].value)


def _assignments(arm: Arm, cluster_id: str) -> tuple[Item, str]:
    """The assignments and, where this cloud can show them only without the versions that they pin, a word on that."""
    path = f"{cluster_id}{AUTHORIZATION}/policyAssignments"
    needs = ("Microsoft.Authorization/policyAssignments/read",)
    used = [api_versions.ASSIGNMENTS]

    def fetch() -> list[Any]:
        try:
            return _assigned(_listed(arm, path, api_versions.ASSIGNMENTS))
        except ArmError as error:
            if not is_unknown_version(error):
                raise
        used.append(api_versions.ASSIGNMENTS_OLDER)
        return _assigned(_listed(arm, path, api_versions.ASSIGNMENTS_OLDER))

    listed = read("policyAssignments", needs, fetch)
    return listed, _PINS_UNSEEN if len(used) > 1 else ""


def _assigned(listed: list[Any]) -> list[Any]:
    """The assignments; one that does not say what it assigns might be the one that denies, and would be passed over."""
    if not all(text(dig(one, "properties", "policyDefinitionId")) for one in listed):
        raise ArmError(None, None, "The response is not a list of policy assignments.")
    return listed


def _exemptions(arm: Arm, cluster_id: str) -> Item:
    path = f"{cluster_id}{AUTHORIZATION}/policyExemptions"
    needs = ("Microsoft.Authorization/policyExemptions/read",)
    return read("policyExemptions", needs, lambda: _listed(arm, path, api_versions.EXEMPTIONS))


def _listed(arm: Arm, path: str, version: str) -> list[Any]:
    """The resources of a list, each once. An answer of another shape is no empty list: nothing follows from it."""
    try:
        found = arm.pages(path, version, **{"$filter": _AT_SCOPE})
    except TypeError as error:
        raise ArmError(None, None, "The response is not a list.") from error
    if not all(text(dig(one, "id")) for one in found):
        raise ArmError(None, None, "The response is not a list of resources.")
    return list({text(one.get("id")).lower(): one for one in mappings(found)}.values())


def _states(arm: Arm, cluster_id: str) -> Item:
    """The rows with effect deny. Not only those that are violated: a pod that was denied never existed."""
    path = f"{cluster_id}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
    needs = ("Microsoft.PolicyInsights/policyStates/queryResults/read",)
    query = {"$filter": "policyDefinitionAction eq 'deny'", "$select": _STATE_COLUMNS, "$top": "1000"}

    def fetch() -> Any:
        return mappings(dig(arm.post(path, api_versions.POLICY_STATES, **query), "value"))

    return read("policyStates", needs, fetch)


def _safeguards(arm: Arm, cluster_id: str) -> Item:
    """The resource, or None where the cluster has no safeguards."""
    path = f"{cluster_id}/providers/Microsoft.ContainerService/deploymentSafeguards/default"

    def fetch() -> Any:
        try:
            return arm.get(path, api_versions.SAFEGUARDS)
        except ArmError as error:
            if error.is_missing:
                return None
            raise

    return read("deploymentSafeguards", ("Microsoft.ContainerService/deploymentSafeguards/read",), fetch)


def _asks_for_location(records: PolicyRecords) -> bool:
    resources = [*mappings(records.assignments.value), *mappings(records.exemptions.value)]
    return any(_selects(resource) for resource in resources)


def _selects(resource: Mapping[str, Any]) -> bool:
    properties = resource.get("properties")
    return bool(dig(properties, "resourceSelectors")) or any(
        override.get("selectors") for override in mappings(dig(properties, "overrides"))
    )


def _region(arm: Arm, cluster_id: str) -> str | None:
    try:
        return text(dig(arm.get(cluster_id, api_versions.CLUSTER), "location")) or None
    except ArmError:
        return None
