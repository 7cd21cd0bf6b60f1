"""One run of a command: what is known about it and what its times say at any moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.simulator.aks.attachments import AttachedFile
from tests.simulator.cluster.execution import Execution
from tests.simulator.core.routing import Caller


@dataclass
class Run:
    """A command that was accepted or is being decided. ``user`` is None when its token would not be accepted inside.

    ``token`` is the cluster token as it came, for tests that look for it where it must not be; no log has it.
    ``refusals`` says when no node took the pod, in the scheduler's words, and ``placed_at`` when one did.
    ``starts_at`` is None as long as the pod cannot start; ``reason`` then says why, and ``gives_up_at`` until when the
    service waits for it. All times are seconds since the epoch. A run that ``executes`` for real ends when its process
    does, at ``finished_at``; ``printed`` is then all that its container printed.
    """

    id: str
    cluster_id: str
    command: str
    user: Caller | None
    token: str = field(repr=False)
    files: tuple[AttachedFile, ...]
    pod: dict[str, Any]
    submitted_at: float
    gives_up_at: float
    duration: float = 0.0
    exit_code: int = 0
    logs: str = ""
    node: str | None = None
    placed_at: float = 0.0
    refusals: list[tuple[float, str]] = field(default_factory=list)
    reason: str | None = None
    starts_at: float | None = None
    executes: bool = False
    execution: Execution | None = field(default=None, repr=False)
    printed: bytes = field(default=b"", repr=False)
    finished_at: float | None = None
    deleted_at: float | None = None

    @property
    def ends_at(self) -> float | None:
        if self.executes:
            return self.finished_at
        return None if self.starts_at is None else self.starts_at + self.duration

    @property
    def misses_budget(self) -> bool:
        return self.starts_at is None or self.starts_at > self.gives_up_at

    def has_started(self, now: float) -> bool:
        return self.starts_at is not None and self.starts_at <= now

    def has_finished(self, now: float) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def has_given_up(self, now: float) -> bool:
        return self.starts_at is None and self.gives_up_at <= now

    def occupies_node(self, now: float) -> bool:
        return self.node is not None and not self.has_finished(now) and not self.has_given_up(now)

    def phase(self, now: float) -> str:
        """The phase of the pod as Kubernetes and its metrics name it. Finished pods stay behind."""
        if self.has_finished(now):
            return "Succeeded" if self.exit_code == 0 else "Failed"
        return "Running" if self.has_started(now) else "Pending"
