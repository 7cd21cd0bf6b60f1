"""Does a command pod lack a node? Pools tell when none can take it; whether one has room, only the scheduler knows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.scheduling import OF_POOLS, check_scheduling
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.lifecycle import Failure, Finding
from azext_aksinvokefix.nodes.pool_changes import is_broken


@dataclass(frozen=True)
class Need:
    """``certain``: a pod lacks a node. Else ``sign`` tells whether anything hints at it. ``finding`` is the cause."""

    certain: bool
    sign: bool
    why: str
    finding: str = ""
    doubt: str = ""

    def accepted(self, doubt: str) -> Need:
        """The same, to be acted upon although it is in doubt."""
        return replace(self, certain=True, doubt=doubt)


def need_of(scene: CapacityEvidence, failure: Failure | None) -> Need:
    """What evidence and failure say together."""
    found = check_scheduling(failure, scene.evidence).findings
    cause = next((finding for finding in found if _is_certain(finding)), None)
    if cause:
        return Need(True, True, cause.message, cause.id)
    if failure and not catalog.leaves_cause_open(failure) and failure.stage != "scheduling":
        title = catalog.FINDINGS[failure.finding].title
        return Need(False, False, f"More nodes do not fix this failure: {title}.")
    hints = [finding for finding in found if finding.id not in OF_POOLS or finding.severity == "error"]
    if failure and catalog.leaves_cause_open(failure):
        why = "The command pod did not start in time; the text does not say whether it lacked a node."
        return Need(False, True, why, hints[0].id if hints else "")
    if hints:
        return Need(False, True, hints[0].message, hints[0].id)
    usable = [pool for pool in scene.pools if pool.usable]
    if usable and all(is_broken(pool) for pool in usable):
        names = ", ".join(f"'{pool.name}'" for pool in usable)
        return Need(False, True, f"The last operation on node pool {names} failed, and no other pool can run the pod.")
    return Need(False, False, _usable(scene))


def _is_certain(finding: Finding) -> bool:
    return finding.severity == "error" and finding.confidence != "possible"


def _usable(scene: CapacityEvidence) -> str:
    names = ", ".join(f"'{pool.name}'" for pool in scene.pools if pool.usable)
    if not names:
        return "Node auto-provisioning creates a node when a pod needs one."
    return f"Node pool {names} has nodes that can run the command pod, and there is no evidence that they are full."
