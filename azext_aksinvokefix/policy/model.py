"""What is known of a policy in force at a cluster, after assignment, initiative and definition were put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.lifecycle import NOT_ASKED, Item

if TYPE_CHECKING:
    from azext_aksinvokefix.policy.own_template import OwnTemplate


def covers(pattern: str, namespace: str) -> bool:
    """Whether a namespace entry names ``namespace``; Gatekeeper knows ``*`` at either end and nothing else."""
    middle = pattern.strip("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return middle in namespace
    if pattern.endswith("*"):
        return namespace.startswith(middle)
    return namespace.endswith(middle) if pattern.startswith("*") else namespace == pattern


@dataclass(frozen=True)
class PolicyRecords:
    """The raw ARM JSON that was read. ``definitions`` holds definitions and initiatives by ``record_key``.

    ``pins_unseen`` says why the assignments do not show which version of a definition they pin, '' where they do.
    """

    cluster_id: str
    assignments: Item = NOT_ASKED
    pins_unseen: str = ""
    definitions: Mapping[str, Item] = field(default_factory=dict)
    exemptions: Item = NOT_ASKED
    states: Item = NOT_ASKED
    safeguards: Item = NOT_ASKED


def record_key(policy_id: str, version: str = "") -> str:
    """The key of a definition or initiative at a pinned version."""
    return f"{policy_id.lower()}@{version.lower()}"


@dataclass(frozen=True)
class Exemption:
    """An exemption of one assignment that covers the cluster; without ``references`` it covers all of them.

    ``since`` is when it was last changed.
    """

    id: str
    name: str
    category: str
    expires_on: str
    expired: bool
    references: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True)
class Namespaces:
    """Which namespaces a policy leaves out.

    ``parameter`` is the assignment's parameter that says so; ``source`` tells how it is set: ``parameter``, ``literal``
    or ``absent``, where no assignment can change it. ``excluded`` is None when only the service can compute it, and
    ``included`` empty when every namespace is meant. ``of_definition`` is the parameter of the definition itself, which
    an initiative may or may not hand on.
    """

    source: str = "absent"
    parameter: str = ""
    excluded: tuple[str, ...] | None = ()
    included: tuple[str, ...] = ()
    of_definition: str = field(default="", compare=False)

    def excluding(self, namespace: str) -> str | None:
        """The entry because of which the policy leaves ``namespace`` out, or None."""
        for pattern in self.excluded or ():
            if covers(pattern, namespace):
                return pattern
        if self.included and not any(covers(pattern, namespace) for pattern in self.included):
            return "not among the namespaces it is limited to"
        return None


@dataclass(frozen=True)
class PolicyInForce:  # pylint: disable=too-many-instance-attributes
    """One definition as one assignment, directly or through an initiative, puts it in force at the cluster.

    ``effect`` is lower case, ``unknown`` when it could not be resolved. ``softened`` and ``unreached`` say why a policy
    does not deny here whatever its effect; ``uncertain`` why that cannot be told; ``unread`` and ``exemptions_unread``
    why its definition or the exemptions are unknown. ``source`` and ``label_selector`` say which pods it judges, as the
    definition has them. ``parameters`` are the definition's effective ones, and ``assignment`` is the whole assignment
    as ARM gave it. ``api_groups`` go with ``kinds``; None is any. ``scoped`` is which scope of objects it judges.
    ``template`` is the constraint template that the definition brings. ``guessed`` says that ``templates`` are only
    what a URL hints at, and ``pin_unseen`` why the version that the assignment pins is not known; the newest is taken.
    """

    assignment_id: str
    assignment_name: str
    display_name: str
    scope: str
    definition_id: str = ""
    definition_name: str = ""
    set_id: str = ""
    reference_id: str = ""
    version: str = ""
    outdated: bool = False
    pin_unseen: str = ""
    effect: str = "unknown"
    effect_from: str = ""
    softened: str = ""
    unreached: str = ""
    uncertain: str = ""
    kinds: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    scoped: str = ""
    source: Any = ""
    label_selector: Any = None
    templates: tuple[str, ...] = ()
    guessed: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    namespaces: Namespaces = Namespaces()
    exemptions: tuple[Exemption, ...] = ()
    exemptions_unread: str = ""
    unread: str = ""
    needs: tuple[str, ...] = ()
    assignment: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    #: What was worked out of exactly this policy: the clusters of an estate share it, and each asks again.
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    template: OwnTemplate | None = field(default=None, repr=False, compare=False)

    @property
    def exemption(self) -> Exemption | None:
        """The exemption that switches the policy off for the cluster."""
        return next((exemption for exemption in self.exemptions if not exemption.expired), None)

    @property
    def expired_exemption(self) -> Exemption | None:
        return next((exemption for exemption in self.exemptions if exemption.expired), None)

    @property
    def concerns_pods(self) -> bool:
        """Whether it can match a pod, as far as is known."""
        if self.scoped.lower() == "cluster" or (self.api_groups and not {"", "*"} & set(self.api_groups)):
            return False
        return self.kinds is None or any(kind in ("Pod", "*") for kind in self.kinds)

    def excused(self) -> str | None:
        """Why the policy does not deny the command pod although its effect may be deny; None when nothing says so."""
        return self._excuse

    @cached_property
    def _excuse(self) -> str | None:
        # Asked again and again, and at an estate for each of the many clusters that share the very policy.
        if self.unreached or self.softened:
            return self.unreached or self.softened
        if self.exemption:
            return f"exempt until {self.exemption.expires_on}" if self.exemption.expires_on else "exempt"
        pattern = self.namespaces.excluding(COMMAND_NAMESPACE)
        return f"namespace {COMMAND_NAMESPACE} is excluded ({pattern})" if pattern else None
