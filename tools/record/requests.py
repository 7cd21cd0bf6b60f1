"""What is asked and what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

#: Stands in a request for what is known only when it is sent.
CLUSTER_TOKEN = "<the caller's token for the cluster, where it asks for one>"


@dataclass(frozen=True)
class Place:
    """Where the requests go: a cluster, the moment, and for the steps that write an assignment to exempt from."""

    subscription: str
    group: str
    cluster: str
    now: datetime
    assignment: str = ""
    #: Of the exemption that is made and taken away.
    name: str = "aks-invoke-fix-record"

    @property
    def subscription_id(self) -> str:
        return f"/subscriptions/{self.subscription}"

    @property
    def group_id(self) -> str:
        return f"{self.subscription_id}/resourceGroups/{self.group}"

    @property
    def cluster_id(self) -> str:
        return f"{self.group_id}/providers/Microsoft.ContainerService/managedClusters/{self.cluster}"


@dataclass(frozen=True)
class Request:
    """``follow``: while the answer is 202, its ``Location`` is read until there is another one."""

    method: str
    path: str
    version: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    follow: bool = False

    @property
    def target(self) -> str:
        """Path and query."""
        pairs = {**self.query, "api-version": self.version}
        text = "&".join(f"{quote(name, safe='$-')}={quote(value, safe='')}" for name, value in pairs.items())
        return f"{quote(self.path, safe='/:')}?{text}"

    def lines(self) -> list[str]:
        """As ``--what-if`` shows it."""
        shown = [f"{self.method} {self.target}"]
        if self.body is not None:
            shown.append(json.dumps(self.body, ensure_ascii=False))
        if self.follow:
            shown.append("GET <the Location of the answer>, until it is no longer 202")
        return shown


class Exchange(NamedTuple):
    """One answer. ``body`` is parsed JSON, a text that is none, or None."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: Any

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


class Cloud(Protocol):
    """Azure, or what stands in for it."""

    place: Place

    def send(self, request: Request) -> Exchange: ...

    def follow(self, url: str, request: Request) -> Exchange: ...

    def wait(self, seconds: float) -> None: ...
