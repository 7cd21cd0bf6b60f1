"""What a scenario says, as plain values with their defaults. The keys are described in ``scenario``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.core.edits import Edit
from tests.simulator.core.endings import Ending
from tests.simulator.core.faults import Fault
from tests.simulator.core.routing import Caller

SUBSCRIPTION = "5ca1ab1e-0000-4000-8000-00000000c0de"
TENANT = "7e4a4700-0000-4000-8000-00000000c0de"
MANAGED_IDENTITY = Caller("0b1ec700-0000-4000-8000-00000000c0de", TENANT, "a991d000-0000-4000-8000-00000000c0de")
PERSON = Caller("0b1ec700-0000-4000-8000-000000000ada", TENANT, "ada@contoso.com", "User")


@dataclass(frozen=True)
class Autoscale:
    min: int = 1
    max: int = 3
    seconds: float = 1.0
    enforces_min: bool = True


@dataclass(frozen=True)
class Limits:
    """What there is for more nodes; None is as much as anybody wants."""

    cores: int | None = None
    sizes: tuple[str, ...] = ()
    addresses: int | None = None


@dataclass(frozen=True)
class Leftovers:
    """How many command pods of an hour ago are still there, by their phase."""

    succeeded: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Quota:
    """A ResourceQuota of the command pods' namespace: of pods that have not ended (``pods``), and of all of them."""

    name: str = "pod-quota"
    pods: int | None = None
    count_pods: int | None = None


@dataclass(frozen=True)
class Free:
    """What a node has left for the command pod, as Kubernetes quantities."""

    cpu: str = "1500m"
    memory: str = "3Gi"


@dataclass(frozen=True)
class PoolSpec:
    name: str = "nodepool1"
    mode: str = "System"
    type: str = "VirtualMachineScaleSets"
    os: str = "Linux"
    count: int = 1
    size: str = "Standard_DS2_v2"
    taints: tuple[str, ...] = ()
    power: str = "Running"
    provisioning: str = "Succeeded"
    settles_after: float | None = None
    priority: str = "Regular"
    zones: tuple[str, ...] = ()
    subnet: str = ""
    not_ready: int = 0
    free: Free = field(default_factory=Free)
    autoscale: Autoscale | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SubscriptionSpec:
    """A further subscription. ``groups`` are the names of the management groups above it, innermost first; without any
    they are those of the scenario's own subscription."""

    id: str
    name: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClusterSpec:
    name: str = "c1"
    subscription: str = ""
    resource_group: str = "rg1"
    location: str = "westus2"
    power: str = "Running"
    provisioning: str = "Succeeded"
    settles_after: float | None = None
    entra: bool = False
    azure_rbac: bool = False
    admin_groups: tuple[str, ...] = ()
    kubernetes_role: str | None = None
    rejects_tokens: bool = False
    local_accounts: bool = True
    private: bool = False
    run_command: bool = True
    azure_policy: bool = False
    automatic: bool = False
    kubernetes_version: str = "1.32"
    tier: str = "Free"
    tags: Mapping[str, str] = field(default_factory=dict)
    api_server: str = "reachable"
    startup: str = "ok"
    image_pull: str = "timeout"
    outbound: str = "loadBalancer"
    artifacts: str = "Direct"
    registry: str = ""
    fleet: str = ""
    leftovers: Leftovers = field(default_factory=Leftovers)
    quota: Quota | None = None
    start_seconds: float = 0.1
    virtual_node: bool = False
    limits: Limits = field(default_factory=Limits)
    pools: tuple[PoolSpec, ...] = (PoolSpec(),)


@dataclass(frozen=True)
class Needs:
    """The Kubernetes permission without which a command is Forbidden. Namespace None is the cluster scope."""

    verb: str = "list"
    resource: str = "pods"
    group: str = ""
    namespace: str | None = None


@dataclass(frozen=True)
class CommandSpec:
    match: str = "*"
    logs: str = "hello from the cluster\n"
    repeat_to: int = 0
    exit_code: int = 0
    duration: float = 0.1
    needs: Needs | None = None


@dataclass(frozen=True)
class ResultSpec:
    location: str = "present"
    poll_body: bool = True
    failed_state: str = "Failed"
    running_state: str = "Running"
    reason: bool = True
    retry_after: float | str | None = None
    lost: bool = False


@dataclass(frozen=True)
class Scenario:
    """A scenario as read. ``sections`` holds what other modules read, by key."""

    name: str = "healthy"
    description: str = ""
    surface: str = "perf-error"
    start_budget: float = 0.5
    operation_seconds: float = 0.0
    operations: tuple[Ending, ...] = ()
    latency: float = 0.0
    body_limit: int = 4 * 1024 * 1024
    sign_in: str = "ok"
    token_seconds: int = 86400
    subscription: str = SUBSCRIPTION
    tenant: str = TENANT
    subscriptions: tuple[SubscriptionSpec, ...] = ()
    groups: tuple[str, ...] = ("rg1",)
    missing_tools: tuple[str, ...] = ()
    caller: Caller = MANAGED_IDENTITY
    cloud_shell: bool = False
    claims: Mapping[str, Any] = field(default_factory=dict)
    clusters: tuple[ClusterSpec, ...] = (ClusterSpec(),)
    commands: tuple[CommandSpec, ...] = ()
    results: ResultSpec = field(default_factory=ResultSpec)
    faults: tuple[Fault, ...] = ()
    edits: tuple[Edit, ...] = ()
    sections: Mapping[str, Any] = field(default_factory=dict)
