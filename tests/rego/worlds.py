"""Pods that a model with unknown parts may stand for, drawn at random: plain JSON, for OPA."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from azext_aksinvokefix.policy.rego import Hole, Maybe, Object, OpenArray, Text, Unknown
from azext_aksinvokefix.policy.rego.values import Number, renewed

_ABSENT = object()
#: What the API server takes for a field, by the end of its name.
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "restartPolicy": ("Never", "Always", "OnFailure"),
    "dnsPolicy": ("ClusterFirst", "Default"),
    "seccompProfile.type": ("RuntimeDefault", "Unconfined", "Localhost"),
    "capabilities.drop": ("ALL", "NET_RAW", "KILL", "all"),
    "createdBy": ("", "joe_contoso.com", "a.b_c.d"),
    "runAsUser": (0, 1, 1000, 65535),
    "effect": ("NoSchedule", "NoExecute"),
    "tolerations.key": ("CriticalAddonsOnly", "node.kubernetes.io/not-ready"),
    ".image": ("240118.1", "230109.12", "251231.1"),
}


class World:
    """One drawing: a part that is unknown in several places is the same in all of them."""

    def __init__(self, random: random.Random) -> None:
        self._random = random
        self._holes: dict[Hole, str] = {}

    def of(self, value: Any) -> Any:
        found = self._of(value)
        return None if found is _ABSENT else found

    def _of(self, value: Any) -> Any:
        handlers: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
            (Maybe, lambda found: _ABSENT if self._random.random() < 0.4 else self._of(found.value)),
            (Mapping, lambda found: self._present(found.items())),
            (Object, self._object),
            (OpenArray, self._open_array),
            (Text, lambda found: "".join(self._part(part) for part in found.parts)),
            (Unknown, self._unknown),
            (Number, lambda found: int(found.value)),
            ((list, tuple), lambda found: [self._of(item) for item in found]),
        )
        handler = next((handler for kind, handler in handlers if isinstance(value, kind)), None)
        return handler(value) if handler else value

    def _present(self, items: Any) -> dict[str, Any]:
        drawn = {key: self._of(item) for key, item in items}
        return {key: item for key, item in drawn.items() if item is not _ABSENT}

    def _object(self, found: Object) -> dict[str, Any]:
        drawn = self._present(found.items.items())
        if found.more:
            for key in self._random.sample(["agentpool", "team", "zone"], self._random.choice([0, 0, 1, 2])):
                drawn[key] = self._of(found.more.member())
        return drawn

    def _open_array(self, found: OpenArray) -> list[Any]:
        more = [renewed(item) for item, _ in found.maybe for _ in range(self._random.choice([0, 1, 2]))]
        return [self._of(item) for item in (*found.sure, *more)]

    def _part(self, part: str | Hole) -> str:
        if isinstance(part, str):
            return part
        if part not in self._holes:
            choices = _choices(part.fields)
            self._holes[part] = str(self._random.choice(choices)) if choices else self._letters(part)
        return self._holes[part]

    def _letters(self, hole: Hole) -> str:
        length = self._random.randint(hole.least, hole.most or 12)
        return "".join(self._random.choice(hole.alphabet or "abc-XYZ09.") for _ in range(length))

    def _unknown(self, found: Unknown) -> Any:
        if found.kind == "array":
            return [self._of(found.member()) for _ in range(self._random.choice([0, 1, 2]))]
        if found.kind == "object":
            return self._random.choice([{}, {"a": "b"}, {"nodeSelectorTerms": []}])
        if found.kind == "boolean":
            return self._random.random() < 0.5
        return self._random.choice(_choices(found.fields) or (0, 1, 2000))


def _choices(fields: frozenset[str]) -> tuple[Any, ...]:
    return next((drawn for name, drawn in _CHOICES.items() if any(field.endswith(name) for field in fields)), ())
