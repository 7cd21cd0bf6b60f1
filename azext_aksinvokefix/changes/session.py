"""What every writing command works with: the signed-in edge, the cluster, who is talked to, and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.arm import Arm
    from azext_aksinvokefix.changes.dialogue import Dialogue
    from azext_aksinvokefix.changes.records.keeping import Keeping
    from azext_aksinvokefix.cluster import Target


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Session:
    """``edge`` is a ``_client_factory.CliEdge`` or what stands in for one."""

    edge: Any
    target: Target
    console: Dialogue
    journal: Keeping
    now: datetime = field(default_factory=_now)

    @property
    def arm(self) -> Arm:
        found: Arm = self.edge.arm
        return found

    @property
    def account(self) -> Mapping[str, str | None]:
        """The object id and the name of whoever makes a change."""
        found: Mapping[str, str | None] = self.edge.account
        return found

    @property
    def cluster_id(self) -> str:
        return self.target.id
