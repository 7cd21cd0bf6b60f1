"""What AKS's own detectors say of a cluster: which of them are worth asking, and what their answers mean.

Their ids and categories were renamed more than once, so they are told by words in them. An answer is a set of tables
made for a page of the portal; those with insights hold a status and a message, and the rest of an insight in rows that
repeat its message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from azext_aksinvokefix.inside import naming
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, integer, items, mapping, mappings, same, text

#: What a detector looks at.
Topic = Literal["nodes", "pressure", "autoscaler", "addresses", "network", "service"]
#: The words of a detector's id or name, written together in lower case. The first topic that fits counts.
_WORDS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    ("pressure", ("memorypressure", "diskpressure", "pidpressure", "nodeperf")),
    ("nodes", ("nodesnotready", "nodenotready", "nodehealth", "nodereadiness", "nodenotreported")),
    ("addresses", ("subnetfull", "subnetexhaust", "insufficientsubnet")),
    ("autoscaler", ("autoscaler", "provisioningstatusnodepool", "nodepoolprovisioning")),
    ("network", ("dns", "userdefinedrouting", "outbound", "snat", "egress", "tunnel", "konnectivity")),
    ("service", ("serviceimpacting", "serviceissue", "servicehealth", "etcd", "apiserver")),
)
#: How many are asked at most.
MOST = 15

_INSIGHTS = 7
_TROUBLE = ("critical", "warning")
_TAG = re.compile(r"<[^<>]{0,200}>")
_LONGEST = 300
_MOST_DETAILS = 6


@dataclass(frozen=True)
class Insight:
    """One thing that a detector found wrong."""

    detector: str
    topic: Topic
    critical: bool
    message: str
    details: tuple[str, ...] = field(default=())

    def names(self, nodes: Collection[str], pools: Collection[str]) -> bool:
        """Whether it surely speaks of one of these nodes or pools, given by their names."""
        said = [words.casefold() for words in (self.message, *self.details)]
        return any(
            any(naming.has_word(words, node.casefold()) for node in nodes if node)
            or any(naming.names_pool(words, pool.casefold()) for pool in pools if pool)
            for words in said
        )

    def __str__(self) -> str:
        words = f"{'Critical' if self.critical else 'Warning'}: {self.message}"
        shown = "; ".join((words, *self.details[:_MOST_DETAILS]))
        return shown if len(shown) <= 2 * _LONGEST else shown[: 2 * _LONGEST] + "…"


def topic_of(detector: Mapping[str, Any]) -> Topic | None:
    """What a detector of the list looks at; None for what has nothing to do with a command."""
    metadata = mapping(dig(detector, "properties", "metadata"))
    if same(metadata.get("type"), "CategoryOverview"):
        return None
    named = (detector.get("name"), metadata.get("id"), metadata.get("name"))
    words = " ".join(re.sub(r"[^a-z0-9]", "", text(name).casefold()) for name in named)
    return next((topic for topic, known in _WORDS if any(word in words for word in known)), None)


def worth_asking(listed: Iterable[Mapping[str, Any]], topics: Collection[Topic]) -> list[tuple[str, Topic]]:
    """The detectors of a list that look at one of ``topics``, by id, at most so many that they fit into one round."""
    found: dict[str, Topic] = {}
    for detector in listed:
        topic, name = topic_of(detector), text(detector.get("name"))
        if name and topic in topics and topic is not None:
            found.setdefault(name, topic)
    order = {topic: number for number, (topic, _) in enumerate(_WORDS)}
    return sorted(found.items(), key=lambda one: order[one[1]])[:MOST]


def insights(answer: Any, detector: str, topic: Topic) -> list[Insight]:
    """What a detector found wrong; what it found in order is left out."""
    found: dict[str, Insight] = {}
    for row in _rows(answer):
        status, message = row.get("status", "").casefold(), _words(row.get("message", ""))
        if status not in _TROUBLE or not message:
            continue
        known = found.get(message) or Insight(one_line(detector), topic, status == "critical", message)
        found[message] = Insight(
            known.detector, topic, known.critical or status == "critical", message, (*known.details, *_detail(row))
        )
    return list(found.values())


def _rows(answer: Any) -> Iterator[dict[str, str]]:
    """The rows of all tables of insights, by the names of their columns in lower case."""
    for part in mappings(dig(answer, "properties", "dataset")):
        if integer(dig(part, "renderingProperties", "type")) != _INSIGHTS:
            continue
        names = [text(column.get("columnName")).casefold() for column in mappings(dig(part, "table", "columns"))]
        for row in items(dig(part, "table", "rows")):
            if isinstance(row, (list, tuple)):
                yield {name: text(value) for name, value in zip(names, row)}


def _detail(row: Mapping[str, str]) -> Iterator[str]:
    name, value = _words(row.get("data.name", "")), _words(row.get("data.value", ""))
    if value and value.casefold() != "null":
        yield f"{name}: {value}" if name else value


def _words(value: str) -> str:
    """A text of the portal as plain words in one line: its values come in Markdown and HTML."""
    said = one_line(_TAG.sub(" ", value[: 20 * _LONGEST]))
    return said if len(said) <= _LONGEST else said[:_LONGEST] + "…"
