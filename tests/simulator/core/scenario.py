"""A scenario file: the broken (or healthy) Azure that a simulator is loaded with.

Every key is optional, an unknown one is an error, and the empty scenario is a healthy cluster ``c1`` in ``rg1``.
Seconds are real seconds. The first comment line of a file says what the user sees.

.. code-block:: yaml

    description: what is broken, for a person
    surface: perf-error       # how a pod that cannot start is reported:
                              #   perf-error  KubernetesPerformanceError on the POST, once the start budget is over
                              #   failed      200 with provisioningState Failed and the reason
                              #   not-found   a bare 404 on the poll
                              #   running     202 for ever
    startBudget: 0.5          # stands for the service's 30 seconds
    operationSeconds: 0       # how long a long-running operation takes; az asks again only after 30
    operations: [{of: pool-put, status: Failed}]   # how single ones end; see endings
    latency: 0                # seconds of every call, at least
    bodyLimit: 4194304        # bytes of a request body before 413
    signIn: ok                # expired | wrong-tenant | cluster-token-refused
    tokenSeconds: 86400       # lifetime of a token
    subscription: GUID
    subscriptions: [{id: GUID, name: Shop, groups: [retail, contoso]}]
                              # further ones, with the management groups above them, innermost first
    tenant: GUID
    groups: [rg1]             # resource groups that exist besides those of the clusters
    caller: {kind: User, objectId: GUID, name: ada@contoso.com, groups: [GUID], cloudShell: false, claims: {}}
                              # by default the managed identity that signs in; a User in Cloud Shell. ``claims`` go
                              # into its tokens, null takes one out: a guest has {upn: null, unique_name: live.com#…}
    cluster:                  # or `clusters:`, a list
      name: c1
      times: 1                # of `clusters`: so many alike, web-1, web-2, …; then subscription and resourceGroup may
                              # be lists, of which they take one after the other
      subscription: ""        # the id of a further one
      resourceGroup: rg1
      location: westus2
      power: Running          # Stopped
      provisioning: Succeeded # Creating, Updating, Deleting, Failed, Canceled …; one that is no end refuses changes
      settlesAfter: null      # seconds until it is Succeeded, by an operation that is not the client's
      entra: false
      azureRbac: false        # Azure RBAC for Kubernetes authorization; implies entra
      adminGroups: [GUID]     # Entra groups that are cluster-admin
      kubernetesRole: cluster-admin   # by role bindings: none | view | edit; none if not said with Azure RBAC
      rejectsTokens: false    # the API server accepts no cluster token
      localAccounts: true
      private: false
      runCommand: true        # false: apiServerAccessProfile.disableRunCommand
      azurePolicy: false      # the add-on
      automatic: false
      kubernetesVersion: "1.32"
      tier: Free
      tags: {}
      apiServer: reachable    # unreachable: the resource provider gets a TLS handshake timeout; guarded: what a
                              # command asks for is answered 429
      startup: ok             # image-pull | init-failed | no-addresses | tunnel-broken | slow
      imagePull: timeout      # unauthorized | no-such-host | not-found: why, in the kubelet's words
      outbound: loadBalancer  # userDefinedRouting | managedNATGateway | none | block
      artifacts: Direct       # Cache: images come from a registry in the place of Microsoft's
      registry: ""            # the id of that registry; without one it is AKS's own
      fleet: ""               # the cluster is the hub of a Fleet Manager of this name; see authorization.hubs
      leftovers: {succeeded: 0, failed: 0, pending: 0}    # command pods of an hour ago
      quota: {name: pod-quota, pods: null, countPods: null}
                              # a ResourceQuota in the command pods' namespace; see cluster.leftovers
      startSeconds: 0.1       # from scheduled to started
      virtualNode: false      # the add-on that brings a node of container instances
      limits: {cores: null, sizes: [], addresses: null}
                              # virtual CPUs that the subscription has left, sizes it may not have, and addresses of
                              # the subnet; a change of pools beyond them is refused
      pools: […]
    pools:                    # of the single cluster
      - name: nodepool1
        mode: System          # User | Gateway | ManagedSystem | Machines
        type: VirtualMachineScaleSets   # VirtualMachines | AvailabilitySet | FlexNodes
        os: Linux             # Windows
        count: 1
        size: Standard_DS2_v2
        taints: ["CriticalAddonsOnly=true:NoSchedule"]
        power: Running        # Stopped
        provisioning: Succeeded
        settlesAfter: null    # as of the cluster
        priority: Regular     # Spot, with the taint and the label that such pools have
        zones: []
        subnet: ""            # an ARM id
        notReady: 0           # how many of its nodes are NotReady
        free: {cpu: 1500m, memory: 3Gi}   # on each of the nodes it starts with; later ones come empty
        autoscale: {min: 1, max: 3, seconds: 1, enforcesMin: true}
                              # a raised minimum brings nodes after these seconds; false: only pods that wait do
        labels: {}
    missingTools: [gzip]      # what the command's image lacks; see cluster.execution for what it has
    commands:                 # the first match wins; a command that none matches is executed for real
      - match: "kubectl get *"
        logs: text            # {token} becomes the cluster token
        repeatTo: 600000      # repeat the text up to so many bytes
        exitCode: 0
        duration: 0.1
        needs: {verb: list, resource: pods, group: "", namespace: default}   # namespace null: the cluster scope
    results:                  # how the results are reported
      location: present       # absent | incomplete (no subscription, as once in 2022) | foreign (another host)
      pollBody: true          # false: 202 with an empty body
      failedState: Failed     # the specification's examples write `failed`
      runningState: Running
      reason: true            # false: Failed without a reason
      retryAfter: null
      lost: false             # a bare 404 although the command ran
    faults: [{operation: run-command, status: 429, retryAfter: 1, times: 2}]   # see faults.Fault
    edits: [{after: policy-assignment-get, set: {…}}]   # what somebody else changes meanwhile; see edits

Everything else belongs to the modules that ``app.PARTS`` lists under that name: ``access``, ``policy``, …
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.simulator.core.edits import Edit
from tests.simulator.core.endings import Ending
from tests.simulator.core.faults import Fault
from tests.simulator.core.routing import Caller
from tests.simulator.core.specs import (
    MANAGED_IDENTITY,
    PERSON,
    TENANT,
    Autoscale,
    ClusterSpec,
    CommandSpec,
    Free,
    Leftovers,
    Limits,
    Needs,
    PoolSpec,
    Quota,
    ResultSpec,
    Scenario,
    SubscriptionSpec,
)

SCENARIOS = Path(__file__).parents[2] / "scenarios"

_CHOICES = {
    "surface": ("perf-error", "failed", "not-found", "running"),
    "sign_in": ("ok", "expired", "wrong-tenant", "cluster-token-refused"),
    "startup": ("ok", "image-pull", "init-failed", "no-addresses", "tunnel-broken", "slow"),
    "image_pull": ("timeout", "unauthorized", "no-such-host", "not-found"),
    "api_server": ("reachable", "unreachable", "guarded"),
    "outbound": ("loadBalancer", "userDefinedRouting", "managedNATGateway", "none", "block"),
    "artifacts": ("Direct", "Cache"),
    "kubernetes_role": ("none", "view", "edit", "cluster-admin"),
    "power": ("Running", "Stopped"),
    "os": ("Linux", "Windows"),
    "mode": ("System", "User", "Gateway", "ManagedSystem", "Machines"),
    "type": ("VirtualMachineScaleSets", "VirtualMachines", "AvailabilitySet", "FlexNodes"),
    "priority": ("Regular", "Spot"),
}

T = TypeVar("T")


class ScenarioError(ValueError):
    """A scenario that does not exist or does not say what it means."""


def names() -> list[str]:
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def seen(name: str) -> str:
    """What the user sees: the first line of the file."""
    first = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ")


def load(source: str | Mapping[str, Any], foreign: tuple[str, ...] = ()) -> Scenario:
    """Read a scenario by its name, or from the mapping its file would hold.

    ``foreign`` names the sections that other modules read.
    """
    if not isinstance(source, str):
        return parse(source, "inline", foreign)
    return parse(yaml.safe_load(path_of(source).read_text(encoding="utf-8")) or {}, source, foreign)


def path_of(name: str) -> Path:
    """The file of a scenario."""
    if name in names():
        return SCENARIOS / f"{name}.yaml"
    near = difflib.get_close_matches(name.lower(), names(), n=5) or [one for one in names() if name.lower() in one]
    some = f"the nearest are: {', '.join(near)}" if name and near else f"there are: {', '.join(names())}"
    raise ScenarioError(f"there is no scenario '{name}'; {some}")


def parse(document: Mapping[str, Any], name: str, foreign: tuple[str, ...] = ()) -> Scenario:
    own = {key: value for key, value in document.items() if key not in foreign}
    sections = {key: value for key, value in document.items() if key in foreign}
    caller = dict(own.pop("caller", None) or {})
    cloud_shell = bool(caller.pop("cloudShell", False))
    claims = dict(caller.pop("claims", None) or {})
    default = PERSON if cloud_shell or caller.get("kind") == "User" else MANAGED_IDENTITY
    default = dataclasses.replace(default, tenant_id=own.get("tenant", TENANT))
    fields: dict[str, Any] = {
        "clusters": _clusters(own, name),
        "subscriptions": _items(SubscriptionSpec, own.pop("subscriptions", None) or [], f"{name}: subscriptions"),
        "commands": _items(CommandSpec, own.pop("commands", None) or [], f"{name}: commands"),
        "results": _read(ResultSpec, own.pop("results", None) or {}, f"{name}: results"),
        "faults": _items(Fault, own.pop("faults", None) or [], f"{name}: faults"),
        "operations": _items(Ending, own.pop("operations", None) or [], f"{name}: operations"),
        "edits": _items(Edit, own.pop("edits", None) or [], f"{name}: edits"),
        "cloud_shell": cloud_shell,
        "claims": claims,
        "caller": _read(Caller, caller, f"{name}: caller", base=default),
        "sections": sections,
        "name": name,
    }
    return _read(Scenario, own, name, **fields)


def _clusters(own: dict[str, Any], name: str) -> tuple[ClusterSpec, ...]:
    """The clusters of ``clusters``, or the one of ``cluster`` with the ``pools`` beside it."""
    if "clusters" in own:
        several: list[dict[str, Any]] = own.pop("clusters")
        return tuple(
            _cluster(one, f"{name}: clusters[{number}]")
            for number, spec in enumerate(several)
            for one in _repeated(spec)
        )
    spec = dict(own.pop("cluster", None) or {})
    if "pools" in own:
        spec["pools"] = own.pop("pools")
    return (_cluster(spec, f"{name}: cluster"),)


def _repeated(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "times" not in spec:
        yield spec
        return
    for number in range(spec["times"]):
        placed = {key: _turn(spec[key], number) for key in ("subscription", "resourceGroup") if key in spec}
        rest = {key: value for key, value in spec.items() if key != "times"}
        yield {**rest, **placed, "name": f"{spec['name']}-{number + 1}"}


def _turn(given: Any, number: int) -> Any:
    return given[number % len(given)] if isinstance(given, list) else given


def _cluster(spec: Mapping[str, Any], where: str) -> ClusterSpec:
    rest = dict(spec)
    pools = rest.pop("pools", None)
    if pools is None:
        return _read(ClusterSpec, rest, where)
    return _read(ClusterSpec, rest, where, pools=_items(PoolSpec, pools, f"{where}: pools"))


def _items(kind: type[T], items: list[Mapping[str, Any]], where: str) -> tuple[T, ...]:
    return tuple(_read(kind, item, f"{where}[{number}]") for number, item in enumerate(items))


#: The keys whose values are mappings with a shape of their own.
_NESTED: Mapping[str, type[Any]] = {
    "needs": Needs,
    "free": Free,
    "autoscale": Autoscale,
    "limits": Limits,
    "leftovers": Leftovers,
    "quota": Quota,
}


def _read(kind: type[T], values: Mapping[str, Any], where: str, *, base: Any = None, **given: Any) -> T:
    """A dataclass from camelCase keys; ``given`` fields are set already, ``base`` has the defaults."""
    known = {item.name for item in dataclasses.fields(kind)} - set(given)  # type: ignore[arg-type]
    fields = dict(given)
    for key, value in values.items():
        attribute = _snake(key)
        if attribute not in known or "_" in key:
            raise ScenarioError(f"{where}: unknown key '{key}'; known are {', '.join(sorted(map(_camel, known)))}")
        fields[attribute] = _value(attribute, value, f"{where}: {key}")
    return dataclasses.replace(base, **fields) if base else kind(**fields)


def _value(attribute: str, value: Any, where: str) -> Any:
    choices = _CHOICES.get(attribute)
    if choices and value not in choices:
        raise ScenarioError(f"{where}: '{value}' is none of {', '.join(choices)}")
    if attribute in _NESTED and value is not None:
        return _read(_NESTED[attribute], value, where)
    return tuple(value) if isinstance(value, list) and attribute != "body" else value


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), key)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
