"""Several clusters with --ids: az works on them at the same time, and what is printed stands in the order of the ids.

az starts ten threads at most, ends with the results in the order in which they came, and gives each cluster a copy of
its context; what the clusters share lies with the invocation. All arguments are validated, in order, before any
cluster is worked on: there each gets its place.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix.cluster import cluster_path
from azext_aksinvokefix.report.turn import Turn

_KEY = "aks_invoke_fix_fleet"


class Alone:
    """The place of a cluster that is the only one."""

    below = ""
    turn: Turn | None = None

    def __init__(self, cli_ctx: Any = None) -> None:
        self._cli_ctx = cli_ctx

    def exit_with(self, code: int) -> None:
        from azext_aksinvokefix.surface import exits

        exits.exit_with(self._cli_ctx, code)

    def labelled(self, document: dict[str, Any]) -> dict[str, Any]:
        """The object of a result; of several clusters with the id of its own."""
        return document


class Place(Alone):
    """One cluster of several, which has its turn when those before it are done."""

    def __init__(self, cluster_id: str, below: str) -> None:
        super().__init__()
        self.cluster_id = cluster_id
        self.below = below
        self.code = 0
        self.is_done = False
        self.is_taken = False
        self.turn: Turn = Turn()

    def exit_with(self, code: int) -> None:
        self.code = code

    def labelled(self, document: dict[str, Any]) -> dict[str, Any]:
        return {"clusterId": self.cluster_id, **document}


class Fleet:
    """The clusters of one call, in the order of their ids."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._released = 0
        self._is_heard = False
        self._lock = threading.Lock()

    def add(self, cluster_id: str) -> Place:
        name = cluster_id.rsplit("/", 1)[-1]
        taken = {place.below for place in self._places}
        number = next(number for number in range(1, len(taken) + 2) if _numbered(name, number) not in taken)
        place = Place(cluster_id, _numbered(name, number))
        self._places.append(place)
        return place

    def take(self, cluster_id: str) -> Place | None:
        """The place of a cluster; an id that was given twice has two."""
        with self._lock:
            found = next((each for each in self._places if each.cluster_id == cluster_id and not each.is_taken), None)
            if found:
                found.is_taken = True
            return found

    def finish(self, place: Place, cli_ctx: Any) -> None:
        """Let out whatever has its turn now, and after the last one exit with the first failure by id."""
        from azext_aksinvokefix.surface import exits

        with self._lock:
            place.is_done = True
            while self._released < len(self._places) and self._places[self._released].is_done:
                self._released += 1
                self._places[self._released - 1].turn.come()
            if self._released == len(self._places):
                exits.exit_with(cli_ctx, next((each.code for each in self._places if each.code), exits.SUCCESS))

    def listen(self, cli_ctx: Any) -> None:
        """Have the results ordered before they are printed."""
        from knack.events import EVENT_INVOKER_FILTER_RESULT

        with self._lock:
            if self._is_heard:
                return
            self._is_heard = True
        cli_ctx.register_event(EVENT_INVOKER_FILTER_RESULT, self._order)

    def _order(self, _: Any, event_data: dict[str, Any]) -> None:
        order = {place.cluster_id: number for number, place in enumerate(self._places)}
        results = event_data["result"]
        if isinstance(results, list) and all(isinstance(each, dict) for each in results):
            results.sort(key=lambda each: order.get(str(each.get("clusterId")), len(order)))


def register(namespace: Any) -> Alone:
    """The place of a cluster whose arguments are being validated."""
    if len(getattr(namespace, "_ids", None) or ()) < 2:
        return Alone()
    cli_ctx = namespace._cmd.cli_ctx  # pylint: disable=protected-access
    fleet = cli_ctx.invocation.data.setdefault(_KEY, Fleet())
    return fleet.add(_cluster_id(cli_ctx, namespace.resource_group_name, namespace.name))  # type: ignore[no-any-return]


@contextlib.contextmanager
def place_of(cmd: Any, resource_group: str, name: str) -> Iterator[Alone]:
    """The place of a cluster that is being worked on; however that ends, those behind it get their turn."""
    fleet = cmd.cli_ctx.invocation.data.get(_KEY)
    place = fleet.take(_cluster_id(cmd.cli_ctx, resource_group, name)) if fleet else None
    if place is None:
        yield Alone(cmd.cli_ctx)
        return
    fleet.listen(cmd.cli_ctx)
    try:
        yield place
    except BaseException:
        place.code = place.code or 1
        raise
    finally:
        fleet.finish(place, cmd.cli_ctx)


def _cluster_id(cli_ctx: Any, resource_group: str, name: str) -> str:
    from azure.cli.core.commands.client_factory import get_subscription_id

    return cluster_path(str(get_subscription_id(cli_ctx)), resource_group, name)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
