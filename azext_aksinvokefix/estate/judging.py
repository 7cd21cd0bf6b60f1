"""From a row of Resource Graph to a verdict, by the very checks that judge one cluster in ``diagnose``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azext_aksinvokefix import checks
from azext_aksinvokefix.checks import fleet
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.inventory import ASSIGNMENTS_READ, SUBSCRIPTIONS_READ, Inventory, Open
from azext_aksinvokefix.evidence.policy import with_own_templates
from azext_aksinvokefix.lifecycle import NOT_ASKED, READ_CLUSTER, Evidence, Item, Stage, Unknown
from azext_aksinvokefix.policy import built_ins, denial, effect, safeguards
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.own_template import OwnTemplate
from azext_aksinvokefix.policy.scope import Place
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, last_segment, mapping, same, text

#: The stages that Resource Graph tells of. Nodes are judged by their pools: metrics are in none of its tables.
JUDGED: tuple[Stage, ...] = ("cluster", "admission", "scheduling")
_SAFEGUARDS_READ = "Microsoft.ContainerService/deploymentSafeguards/read"
_SOURCE = "managedClusters"
_REFUSED = 403
_PROVIDER = "/providers/microsoft.containerservice/"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Policies:
    """The policies in force; those that a resource of the cluster steers, which no table holds, are only counted."""

    assignments: Item
    steered: bool = False
    steered_denies: bool = False


@dataclass
class Judge:  # pylint: disable=too-many-instance-attributes
    """Judges the clusters of one estate.

    ``readable`` says why the policies of a subscription cannot be read. ``denies`` reads the deny assignments at a
    cluster; it is asked only of those that look like the hub of a fleet.
    """

    inventory: Inventory
    accepted: Accepted
    sign_in: Item
    now: datetime
    readable: Callable[[str], Open | None]
    denies: Callable[[str], Item] = lambda _: NOT_ASKED
    _asked: dict[str, Open | None] = field(default_factory=dict)
    _shared: dict[tuple[str, str], _Policies] = field(default_factory=dict)
    _templates: dict[str, OwnTemplate] = field(default_factory=dict)

    def cluster(self, row: Row) -> dict[str, Any]:
        """The contracted Cluster, without ``runCommand``."""
        cluster_id = text(row.get("id"))
        whole = bool(mapping(row.get("properties")))
        known = Item(value=row, source=_SOURCE) if whole else Item(source=_SOURCE, unread=_NO_PROPERTIES)
        policies = self._shared_policies(row, cluster_id)
        evidence = Evidence(
            cluster_id=cluster_id,
            now=self.now,
            cluster=known,
            sign_in=self.sign_in,
            assignments=policies.assignments,
            denies=self.denies(cluster_id) if fleet.looks_like_a_hub(cluster_id, row) else NOT_ASKED,
        )
        judged = checks.judge(None, evidence, JUDGED, self._gaps(known, policies, cluster_id))
        properties = mapping(row.get("properties"))
        target = Target.of(cluster_id)
        found = {
            "id": cluster_id,
            "name": one_line(text(row.get("name")) or last_segment(cluster_id)),
            "resourceGroup": one_line(text(row.get("resourceGroup")) or target.group),
            "subscriptionId": target.subscription,
            "location": one_line(text(row.get("location"))),
            "kubernetesVersion": one_line(_version(properties)),
        }
        stages = [{"stage": each.stage, "outcome": each.outcome} for each in judged.reports]
        findings = [one.to_json() for one in judged.findings]
        unknowns = [one.to_json() for one in judged.unknowns]
        return {**found, **with_accepted(self.accepted, found, stages, findings, unknowns), "runCommand": None}

    def _shared_policies(self, row: Row, cluster_id: str) -> _Policies:
        """Worked out once for all clusters of a resource group and region, save where a policy names the cluster."""
        if cluster_id.lower() in self.inventory.inside:
            return self._policies(row, cluster_id)
        key = (cluster_id.lower().rpartition(_PROVIDER)[0], text(row.get("location")).lower())
        if key not in self._shared:
            self._shared[key] = self._policies(row, cluster_id)
        return self._shared[key]

    def _policies(self, row: Row, cluster_id: str) -> _Policies:
        refused = self._unreadable(Target.of(cluster_id).subscription)
        if refused is not None:
            return _Policies(Item(source="policyresources", unread=refused.why, needs=refused.needs))
        in_force = effect.in_force(self.inventory.policies, self._place(row, cluster_id))
        policies = with_own_templates([one for one in in_force if _matters(one)], known=self._templates)
        steered = [one for one in policies if safeguards.is_managed(one)]
        others = [one for one in policies if not safeguards.is_managed(one)]
        denies = any(True for _ in denial.foreseen(steered))
        return _Policies(Item(value=others, source="policyresources"), bool(steered), denies)

    def _place(self, row: Row, cluster_id: str) -> Place:
        groups = self.inventory.groups_above(Target.of(cluster_id).subscription)
        return Place(cluster_id, text(row.get("location")) or None, groups or frozenset())

    def _unreadable(self, subscription: str) -> Open | None:
        refused = self.inventory.refused
        if refused is not None:
            return Open("", refused.text, (ASSIGNMENTS_READ,) if refused.status == _REFUSED else ())
        if self.inventory.shows_policies_of(subscription):
            return None
        key = subscription.lower()
        if key not in self._asked:
            self._asked[key] = self.readable(subscription)
        return self._asked[key]

    def _gaps(self, cluster: Item, policies: _Policies, cluster_id: str) -> list[Unknown]:
        """What the admission of the pod may depend on and Resource Graph does not hold."""
        if denial.has_no_addon(cluster) or not policies.assignments.known:
            return []
        gaps = [Unknown("admission", gap.what, gap.why, gap.needs) for gap in self.inventory.policy_gaps]
        groups = self.inventory.groups_above(Target.of(cluster_id).subscription)
        if groups is None and self.inventory.has_policies_of_groups:
            gaps.append(_UNPLACED)
        if policies.steered_denies or (not policies.steered and _enforces_safeguards(cluster.value)):
            gaps.append(_SAFEGUARDS)
        return gaps


_NO_PROPERTIES = "Resource Graph returned a row without properties."
_UNPLACED = Unknown(
    "admission",
    "which policies of management groups are in force",
    "Resource Graph does not show the management groups of the subscription.",
    (SUBSCRIPTIONS_READ,),
)
_SAFEGUARDS = Unknown(
    "admission",
    "whether Deployment Safeguards deny the command pod",
    "Resource Graph does not have their exclusions; --verify reads them.",
    (_SAFEGUARDS_READ,),
)


def _matters(policy: PolicyInForce) -> bool:
    """Whether a policy could deny the command pod, or switches run command off: the checks look at no other."""
    if "matters" not in policy.worked_out:
        policy.worked_out["matters"] = _may_matter(policy)
    return bool(policy.worked_out["matters"])


def _may_matter(policy: PolicyInForce) -> bool:
    may_deny = policy.effect in ("deny", "unknown") or bool(policy.unread)
    named = built_ins.built_in_name(policy.definition_id) == built_ins.DISABLE_RUN_COMMAND
    return (may_deny and not policy.excused()) or named or safeguards.is_managed(policy)


def _enforces_safeguards(cluster: Any) -> bool:
    """Whether the cluster has Deployment Safeguards although their assignment was not seen."""
    return same(dig(cluster, "sku", "name"), "Automatic")


def _version(properties: Mapping[str, Any]) -> str:
    return text(properties.get("currentKubernetesVersion")) or text(properties.get("kubernetesVersion"))


def with_accepted(
    accepted: Accepted,
    cluster: Mapping[str, Any],
    stages: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    unknowns: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Verdict, stages, findings and unknowns of a cluster: an accepted finding counts as if it were not there."""
    marked = [{**one, "accepted": accepted.takes(one["id"], cluster["id"], cluster["name"])} for one in findings]
    left = [one for one in marked if not one["accepted"]]
    errors = {one["stage"] for one in left if one["severity"] == "error"}
    open_stages = {one["stage"] for one in unknowns}
    shown = [
        {"stage": each["stage"], "outcome": _outcome(each["stage"], each["outcome"], errors, open_stages)}
        for each in stages
    ]
    return {
        "verdict": verdict({one["severity"] for one in left}, {each["outcome"] for each in shown}),
        "stages": shown,
        "findings": marked,
        "unknowns": list(unknowns),
    }


def _outcome(stage: str, outcome: str, errors: Collection[str], open_stages: Collection[str]) -> str:
    if outcome != "failed" or stage in errors:
        return outcome
    return "unknown" if stage in open_stages else "passed"


def verdict(severities: Collection[str], outcomes: Collection[str]) -> str:
    """As ``checks.verdict_of``, over plain values."""
    if "error" in severities:
        return "blocked"
    if "warning" in severities:
        return "degraded"
    return "ready" if set(outcomes) <= {"passed", "skipped"} and "passed" in outcomes else "unknown"


def unseen(row: Row) -> Open | None:
    """Why a row is no cluster at all."""
    if len(text(row.get("id")).split("/")) < len(_PARTS):
        return Open("a row about clusters", "Resource Graph returned a row without a cluster id.", (READ_CLUSTER,))
    return None


_PARTS = ("", "subscriptions", "S", "resourceGroups", "G", "providers", "P", "T", "N")
