"""The scheduler's sentence ``0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {…}.``

Taints are tested before resources, so a node that is counted as too small or too full is one the pod tolerates. The
finding is therefore the obstacle of the most suitable nodes: full before not ready before tainted before another OS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_SENTENCE = Pattern(r"(\d{1,6})/(\d{1,6})nodesareavailable:?")
_LONGEST = 4096
# ``preemption: 0/3 nodes are available: …`` repeats the numbers and says nothing about the cause.
_END = Pattern(r"\.?preemption:|\.code:|\.message:|notriggerscaleup|['}]{0,2},'|\d{1,6}/\d{1,6}nodesareavailable")
_TAINT = Pattern(r"(?i)taint(?:s)?\{([^}:=]{1,317})[:=]?([^}:]{0,63})(?::[a-z]{1,20})?\}")
_UNREADY_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "tobedeletedbyclusterautoscaler")

#: What the scheduler writes, without white space, and how it is shown; the finding it stands for.
_OBSTACLES = (
    ("insufficientcpu", "Insufficient cpu", "nodes-full"),
    ("insufficientmemory", "Insufficient memory", "nodes-full"),
    ("insufficient", "Insufficient resources", "nodes-full"),
    ("toomanypods", "Too many pods", "nodes-full"),
    ("wereunschedulable", "node(s) were unschedulable", "nodes-not-ready"),
    ("werenotready", "node(s) were not ready", "nodes-not-ready"),
    ("pressure", "node(s) were under pressure", "nodes-not-ready"),
    ("didn'tmatchpod'snodeaffinity", "node(s) didn't match Pod's node affinity/selector", "no-linux-nodes"),
    ("didn'tmatchnodeselector", "node(s) didn't match node selector", "no-linux-nodes"),
    ("thatthepoddidn'ttolerate", "node(s) had taints that the pod didn't tolerate", "nodes-tainted"),
)
#: The autoscaler's own events: a node is on its way, or none will come.
_GROWING = ("podtriggeredscale-up", "triggeredscaleup")
_AT_ITS_LIMIT = ("poddidn'ttriggerscale-up", "nottriggerscaleup", "maxnodegroupsizereached")
#: The service's reason without the scheduler's words: ``Unschedulable - 0/3 nodes``, or that word alone.
_BARE = Pattern(r"unschedulable-0/\d{1,6}|reason'?:'?unschedulable|^unschedulable(?:\W|$)")
_RANK = ("nodes-full", "nodes-not-ready", "nodes-tainted", "no-linux-nodes")


@dataclass(frozen=True)
class Scheduling:
    """``findings`` best explanation first; ``taints`` as ``key=value``; ``reasons`` counts nodes by reason."""

    findings: tuple[str, ...]
    nodes: int | None = None
    taints: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    #: The autoscaler itself says that it will add no node.
    at_limit: bool = False


def find(text: Text) -> Scheduling | None:
    """What the scheduler says in ``text``, or None when it says nothing there."""
    found = _SENTENCE.search(text.low) if text.has("nodesareavailable") else None
    if not found:
        return _without_numbers(text)
    nodes = int(found.group(2))
    stop = found.end() + _LONGEST
    end = _END.search(text.low, found.end(), stop)
    body = text.dense[slice(found.end(), end.start() if end else stop)]
    if not nodes:
        return Scheduling(("no-running-nodes",), nodes=0)
    reasons: dict[str, int] = {}
    findings = set()
    taints = []
    for count, reason, finding, taint in _obstacles(body):
        reasons[reason] = reasons.get(reason, 0) + count
        findings.add(finding)
        taints += [taint] if taint and taint not in taints else []
    ranked = tuple(finding for finding in _RANK if finding in findings) or ("nodes-full",)
    if text.any(*_GROWING) and not text.any(*_AT_ITS_LIMIT):
        ranked = ("autoscaler-lagging", *(finding for finding in ranked if finding != "nodes-full"))
    return Scheduling(ranked, nodes=nodes, taints=tuple(taints), reasons=reasons, at_limit=text.any(*_AT_ITS_LIMIT))


def _without_numbers(text: Text) -> Scheduling | None:
    if text.any("nonodesavailabletoschedulepods", "nonodesareavailable"):
        return Scheduling(("no-running-nodes",))
    if text.any("insufficientresourcesfortheruncommandpod", "podisnotschedulable", *_AT_ITS_LIMIT):
        return Scheduling(("nodes-full",), at_limit=text.any(*_AT_ITS_LIMIT))
    if text.any(*_GROWING):
        return Scheduling(("autoscaler-lagging",))
    if _BARE.search(text.low) if text.has("unschedulable") else None:
        return Scheduling(("nodes-full",))
    return None


def _obstacles(body: str) -> Iterator[tuple[int, str, str, str | None]]:
    """Count, reason, finding and taint of every part of the sentence; an unknown reason is left out."""
    for count, part in _parts(body):
        taint = _TAINT.search(part)
        if taint:
            key, value = taint.groups()
            shown = f"{key}={value}" if value else key
            finding = "nodes-not-ready" if key.lower().startswith(_UNREADY_TAINTS) else "nodes-tainted"
            yield count, f"untolerated taint {shown}", finding, shown
            continue
        low = part.lower()
        known = next((each for each in _OBSTACLES if each[0] in low), None)
        if known:
            yield count, known[1], known[2], None


def _parts(body: str) -> Iterator[tuple[int, str]]:
    """``1Insufficientcpu,2node(s)…`` in its parts; a count is a number right before a reason's first word."""
    starts = list(re.finditer(r"(?:^|[,.:;])(\d{1,6})(?=node\(s\)|[A-Za-z])", body))
    for number, start in enumerate(starts):
        stop = starts[number + 1].start() if number + 1 < len(starts) else len(body)
        yield int(start.group(1)), body[slice(start.end(), stop)]


def facts(found: Scheduling) -> dict[str, Any]:
    """``nodes``, ``taints`` and ``reasons`` where the sentence holds them."""
    known = {"nodes": found.nodes, "taints": found.taints, "reasons": dict(found.reasons), "atLimit": found.at_limit}
    return {name: value for name, value in known.items() if value or (name == "nodes" and value == 0)}
