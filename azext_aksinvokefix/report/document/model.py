"""What a report says, whatever it is written as: plain values, of which every text may be printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.quoting import az

#: The worst first, as a scan sorts its clusters.
VERDICTS = ("blocked", "degraded", "unknown", "ready")


@dataclass(frozen=True)
class Stage:
    """``why`` says why one that was not judged is open."""

    name: str
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Fix:
    description: str
    safety: str
    command: str | None = None
    stock_command: str | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:  # pylint: disable=too-many-instance-attributes
    """``accepted``: somebody agreed to live with it."""

    id: str
    stage: str
    severity: str
    confidence: str
    title: str
    message: str
    evidence: tuple[tuple[str, str], ...] = ()
    fixes: tuple[Fix, ...] = ()
    accepted: bool = False

    @property
    def is_error(self) -> bool:
        return self.severity == "error" and not self.accepted


@dataclass(frozen=True)
class Unknown:
    """What could not be looked at. ``stage`` is empty where it concerns more than one."""

    stage: str
    what: str
    why: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One request of a plan, and what became of it; ``state`` is empty where it was only planned."""

    request: str
    state: str


@dataclass(frozen=True)
class RepairStep:
    """One finding that a repair came by, and what it did about it."""

    finding: str
    action: str
    reason: str
    changes: tuple[Change, ...] = ()
    change_id: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunStep:
    """One of several commands of a run."""

    command: str
    outcome: str
    exit_code: int | None = None


@dataclass(frozen=True)
class Access:
    """Who could run commands at a cluster."""

    enabled: bool
    as_cluster_admin: bool
    principals: int


@dataclass(frozen=True)
class Cluster:  # pylint: disable=too-many-instance-attributes
    """What is said of one cluster. ``worked`` is whether what was asked for was done; None where only was looked.

    ``facts`` are pairs of a label and a value; ``output`` is what a command printed.
    """

    name: str
    id: str = ""
    group: str = ""
    verdict: str = "unknown"
    sentence: str = ""
    stages: tuple[Stage, ...] = ()
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    repair_steps: tuple[RepairStep, ...] = ()
    run_steps: tuple[RunStep, ...] = ()
    output: str | None = None
    worked: bool | None = None
    access: Access | None = None

    @property
    def undo_commands(self) -> tuple[str, ...]:
        """What takes a repair back, the last change first."""
        made = [step.change_id for step in self.repair_steps if step.change_id]
        return tuple(az("aks", "invoke-fix", "undo", "--change-id", change_id) for change_id in reversed(made))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stands in the way. Of a command that worked in the end, nothing does."""
        return () if self.worked else tuple(finding for finding in self.findings if finding.is_error)


@dataclass(frozen=True)
class Tally:
    """One finding over all clusters that have it; ``accepted`` of them are not counted."""

    finding: Finding
    clusters: tuple[str, ...]
    accepted: int = 0
    #: Each fix once, with the clusters that it is for; the one for most clusters first.
    fixes: tuple[tuple[Fix, tuple[str, ...]], ...] = ()

    def fixes_beside(self, shown: Collection[str]) -> list[tuple[Fix, tuple[str, ...]]]:
        """The fixes without those whose commands stand further up already."""
        return [(fix, names) for fix, names in self.fixes if fix.command not in shown]


@dataclass(frozen=True)
class Report:
    """``kind`` is the command: run, diagnose, repair or scan. ``document`` is the object that all is made from."""

    kind: str
    title: str
    clusters: tuple[Cluster, ...]
    document: Any
    made_at: str = ""
    note: str = ""
    unknowns: tuple[Unknown, ...] = ()

    @property
    def is_estate(self) -> bool:
        """Whether it is read as a whole rather than cluster by cluster."""
        return self.kind == "scan"

    @property
    def worked(self) -> bool:
        """Whether all that was asked for was done, so that there is nothing to tell a pipeline."""
        return bool(self.clusters) and all(cluster.worked for cluster in self.clusters)

    @property
    def verdicts(self) -> Mapping[str, int]:
        found = Counter(cluster.verdict for cluster in self.clusters)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    def tallies(self) -> tuple[Tally, ...]:
        """The findings over all clusters, the one that most clusters have first."""
        having: dict[str, list[tuple[Cluster, Finding]]] = {}
        for cluster in self.clusters:
            for finding in cluster.findings:
                having.setdefault(finding.id, []).append((cluster, finding))
        made = [_tally(pairs) for pairs in having.values()]
        return tuple(sorted(made, key=lambda one: (-len(one.clusters), -one.accepted, one.finding.id)))


def _tally(pairs: list[tuple[Cluster, Finding]]) -> Tally:
    standing = [(cluster, finding) for cluster, finding in pairs if not finding.accepted]
    having = {cluster.id or cluster.name: cluster.name for cluster, _ in standing}
    accepted = {cluster.id or cluster.name for cluster, _ in pairs} - set(having)
    fixes: dict[str, tuple[Fix, dict[str, None]]] = {}
    for cluster, finding in standing:
        for fix in finding.fixes[:1]:
            # Our own command names the cluster that it was read at; the stock one tells whether the change is the same.
            key = fix.stock_command or fix.command or fix.description
            fixes.setdefault(key, (fix, {}))[1][cluster.name] = None
    ranked = sorted(fixes.values(), key=lambda one: -len(one[1]))
    return Tally(
        (standing or pairs)[0][1],
        tuple(having.values()),
        len(accepted),
        tuple((fix, tuple(names)) for fix, names in ranked),
    )
