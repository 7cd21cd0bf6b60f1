"""A simulated Azure that is scanned in process, without a server in between."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.scan import ScanOptions, Scope, scan
from azext_aksinvokefix.lifecycle import Item
from tests.simulator.core.direct import Direct
from tests.worlds.capacity import Edge as Signed

#: Of the sign-in the checks only take the version, for commands that older ones do not have.
SIGN_IN = Item(value={"cliVersion": "2.91.0", "objectId": None, "tenantId": None, "extensions": {}}, source="sign-in")


class Edge(Signed):
    """The signed-in edge of a diagnosis."""

    def sign_in(self) -> Item:
        return SIGN_IN

    def cluster_token_error(self, _profile: Any) -> str:
        return ""


class EstateWorld:
    """One world; ``heard`` is what was asked, with the page."""

    def __init__(self, scenario: str | dict[str, Any], **signed_in_as: Any) -> None:
        self.direct = Direct(scenario)
        if signed_in_as:
            self.direct = self.direct.signed_in_as(**signed_in_as)
        self.edge = Edge(self.direct)
        self.heard: list[tuple[str, int]] = []

    @property
    def world(self) -> Any:
        return self.direct.world

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.utc().timestamp(), timezone.utc)

    def scan(self, scope: Scope | None = None, **wishes: Any) -> dict[str, Any]:
        """The Scan of the scenario's own subscription, or of ``scope``."""
        asked = scope or Scope((self.world.subscription,))
        wishes.setdefault("accepted", Accepted([], self.now.date()))
        wanted = ScanOptions(**wishes)
        return scan(self.edge.arm, asked, wanted, lambda: SIGN_IN, self.now, lambda *told: self.heard.append(told))

    def cluster(self, **wishes: Any) -> dict[str, Any]:
        """The only cluster of the scan."""
        (found,) = self.scan(**wishes)["clusters"]
        return dict(found)
