"""What was asked of `add-capacity`, and what it may do to find out what is needed."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import Failure


@dataclass(frozen=True)
class CapacityRequest:
    """What the user asked for: a way, a pool, taints to remove, a size for a new pool; each may be left open."""

    method: str | None = None
    nodepool: str | None = None
    remove_taint: tuple[str, ...] = ()
    node_vm_size: str | None = None

    @property
    def is_explicit(self) -> bool:
        return bool(self.method or self.remove_taint)


@dataclass(frozen=True)
class Options:  # pylint: disable=too-many-instance-attributes
    """``method`` is one of start, autoscale, scale, add-pool, remove-taint; None is the cheapest.

    ``ask`` allows questions at the terminal. With ``yes`` a harmless command may be run to see whether a pod finds a
    node; with ``what_if`` nothing but reading is done, and nothing is waited for.
    """

    failure: Failure | None = None
    nodepool: str | None = None
    remove_taint: tuple[str, ...] = ()
    method: str | None = None
    node_vm_size: str | None = None
    no_wait: bool = False
    what_if: bool = False
    yes: bool = False
    ask: bool = False

    @property
    def wanted(self) -> CapacityRequest:
        return CapacityRequest(self.method, self.nodepool, self.remove_taint, self.node_vm_size)
