"""Azure Policy in a scenario: what ARM has, what has reached the clusters, and what they say to a pod.

.. code-block:: yaml

    policy:
      form: webhook               # blocked, vap: the wording of a denial, see policy_text
      hint: ""                    # blocked: the constraint kind that the text names, instead of the right one
      syncDelay: 0                # seconds until the cluster follows a change of the policies
      syncAttempts: 0             # further command pods until it does, admitted or denied; with both, whatever is later
      remediateAfter: 60          # seconds from a write to the cluster until a DeployIfNotExists policy takes it back
      remediated: true            # false: such policies were just assigned, and no write of the cluster woke them yet
      addon: true                 # false: the add-on is not installed, nothing is denied
      pageSize: 500               # items on a page of policy assignments
      definitionQuota: 500        # custom definitions
      assignments:
        - of: restricted          # short name in fixtures/policies.yaml, name of a custom one, or an ARM id
          name: pod-security
          title: Pod security
          scope: subscription
          effect: Deny            # short for the parameter `effect`
          parameters: {excludedNamespaces: [kube-system]}
          exclude: [aks-command]  # put behind the default of the parameter `excludedNamespaces`
          version: 2.*.*
          enforcementMode: DoNotEnforce
          notScopes: [cluster]
          overrides: […]
          resourceSelectors: […]
          metadata: {…}           # beside what the service writes there
          properties: {…}         # further ones, as they are
          synced: true            # false: the cluster has not seen `exclude` yet
      exemptions:
        - {assignment: pod-security, name: waived, scope: cluster, references: […], category: Waiver,
           expires: 30, synced: true}      # in days, negative for expired; not synced: the cluster has not seen it yet
      definitions:
        - {name: no-writable-root, title: …, template: K8sContosoReadOnlyRoot, rego: …, effect: Audit,
           namespaceParameter: ignoredNamespaces, parameters: {…}, scope: subscription}
                                  # url: where the template lies that the definition does not bring
      initiatives:
        - {name: platform, title: …, parameters: {…}, scope: subscription,
           references: [[reference id, definition, version, effect parameter, namespace parameter, {values}]]}
      many: 200                   # as many further assignments that report and never deny
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import scopes
from tests.simulator.cluster.pods import Pod
from tests.simulator.core.routing import Response
from tests.simulator.policy import engine, scenario
from tests.simulator.policy.effective import Effective, Policies, at_cluster
from tests.simulator.policy.text import WORDINGS

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

SECTION = "policy"

DISABLE_RUN_COMMAND = "1b708b0a-3380-40e9-8b79-821f9fa224cc"


@dataclass
class Change:
    """Policies on their way into the clusters. ``policies`` None stands for what ARM has when they arrive."""

    policies: Policies | None
    attempts: int
    is_due: bool = False


@dataclass
class PolicyState:
    """Azure Resource Manager's policies, and the copy that the clusters act on. ``protected`` assignments, by their id
    in lower case, are a service's own."""

    arm: Policies
    synced: Policies
    form: str = "webhook"
    hint: str = ""
    delay: float = 0.0
    attempts: int = 0
    travelling: list[Change] = field(default_factory=list)
    remediate_after: float = 60.0
    protected: set[str] = field(default_factory=set)
    page_size: int = 500
    definition_quota: int = 500


def of(world: World) -> PolicyState:
    state: PolicyState = world.state[SECTION]["model"]
    return state


def load(world: World, section: Mapping[str, Any] | None) -> None:
    given = section or {}
    groups = scopes.management_groups(world)
    state = PolicyState(
        arm=scenario.build(world, given, groups, as_synced=False),
        synced=scenario.build(world, given, groups, as_synced=True),
        form=given.get("form", "webhook"),
        hint=given.get("hint", ""),
        delay=given.get("syncDelay", 0.0),
        attempts=given.get("syncAttempts", 0),
        remediate_after=given.get("remediateAfter", 60.0),
        page_size=given.get("pageSize", 500),
        definition_quota=given.get("definitionQuota", 500),
    )
    world.state[SECTION] = {"model": state}
    for cluster in world.clusters.values() if given.get("addon", bool(given)) else ():
        addons = cluster.properties.setdefault("addonProfiles", {})
        addons.setdefault("azurepolicy", {"enabled": True, "config": None})
    if any(not item.get("synced", True) for key in ("assignments", "exemptions") for item in given.get(key, [])):
        _send(world, state, None)
    may_deploy = given.get("remediated", True) and _may_deploy(state.arm)
    for cluster in world.clusters.values() if may_deploy else ():
        _remediate(world, cluster)
    world.cluster_updated.append(partial(_remediate_later, world))


def changed(world: World) -> None:
    """Some policy resource was written: the clusters follow it after the delay, as it is now."""
    state = of(world)
    _send(world, state, copy.deepcopy(state.arm))


def _send(world: World, state: PolicyState, policies: Policies | None) -> None:
    change = Change(policies, state.attempts)
    state.travelling.append(change)

    def arrive() -> None:
        change.is_due = True
        _install(state)

    world.later(state.delay, arrive)


def refusal(world: World, cluster: Cluster, pod: Pod) -> Response | None:
    """What Azure Policy says to the pod by what has reached the cluster, None when it lets the pod pass."""
    addons = cluster.properties.get("addonProfiles") or {}
    if not (addons.get("azurepolicy") or {}).get("enabled"):
        return None
    state = of(world)
    _attempt(state)
    constraints = engine.constraints(state.synced, cluster.id, cluster.resource["location"], world.utc())
    violations = engine.denials(constraints, pod)
    return WORDINGS[state.form](violations, pod, state.hint) if violations else None


def _attempt(state: PolicyState) -> None:
    """One more command pod was sent: it still meets what the cluster had before the attempt was counted."""
    _install(state)
    for change in state.travelling:
        change.attempts -= 1


def _install(state: PolicyState) -> None:
    """Let the clusters follow every change whose time has come, in their order."""
    while state.travelling and state.travelling[0].is_due and state.travelling[0].attempts <= 0:
        state.synced = state.travelling.pop(0).policies or copy.deepcopy(state.arm)


def _remediate_later(world: World, cluster: Cluster) -> None:
    world.later(of(world).remediate_after, partial(_remediate, world, cluster))


def _remediate(world: World, cluster: Cluster) -> None:
    """Policy puts back what a DeployIfNotExists assignment asks for, after every write to the cluster."""
    # modelled: DeployIfNotExists acts after every write to the cluster, and how long after
    # proof: the cluster recorded every minute after run command was switched on under such an assignment
    in_force = at_cluster(of(world).arm, cluster.id, cluster.resource["location"], world.utc())
    if any(item.definition["name"] == DISABLE_RUN_COMMAND and _deploys(item) for item in in_force):
        profile = cluster.properties.get("apiServerAccessProfile") or {}
        cluster.properties["apiServerAccessProfile"] = {**profile, "disableRunCommand": True}
        cluster.go_live()


def _may_deploy(policies: Policies) -> bool:
    """Whether any assignment holds the policy that disables run command: with thousands of clusters it is worth it."""
    assigned = [assignment["properties"]["policyDefinitionId"] for assignment in policies.assignments.values()]
    return any(DISABLE_RUN_COMMAND in str(policies.initiative(one) or one) for one in assigned)


def _deploys(item: Effective) -> bool:
    return item.effect == "deployifnotexists" and item.enforced and not item.exempt
