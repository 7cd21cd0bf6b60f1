"""The latest runCommand calls that failed, from the Activity Log, with what the service said about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from azext_aksinvokefix import api_versions, failure, shapes
from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.evidence.reading import read
from azext_aksinvokefix.lifecycle import RUN_COMMAND, Failure, Item, LoggedFailure

NEEDS = ("Microsoft.Insights/eventtypes/values/read",)
#: An older failure says little about the cluster of today.
LOOK_BACK = timedelta(days=7)


def read_activity(arm: Arm, cluster_id: str, now: datetime, look_back: timedelta = LOOK_BACK) -> Item:
    """The failed runs of ``look_back``, newest first: LoggedFailure values."""

    def fetch() -> list[LoggedFailure]:
        events = shapes.mappings(_events(arm, cluster_id, now - look_back, now))
        return failures([event for event in events if _is_about(event, cluster_id)])

    return read("Activity Log", NEEDS, fetch)


def latest_failure(item: Item) -> tuple[Failure | None, datetime | None]:
    """What the newest failed run of ``read_activity`` tells, and when it was; nothing where a later run worked."""
    logged: list[LoggedFailure] = item.value if item.known else []
    if not logged or not logged[0].text or logged[0].succeeded_since:
        return None, None
    return failure.classify(logged[0].text, source="activityLog"), logged[0].at


def _events(arm: Arm, cluster_id: str, since: datetime, until: datetime) -> list[Any]:
    subscription = cluster_id.split("/")[2]
    quoted = cluster_id.replace("'", "''")
    wanted = (
        f"eventTimestamp ge '{since:%Y-%m-%dT%H:%M:%SZ}'",
        f"eventTimestamp le '{until:%Y-%m-%dT%H:%M:%SZ}'",
        f"resourceUri eq '{quoted}'",
    )
    path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    return arm.pages(path, api_versions.ACTIVITY_LOG, **{"$filter": " and ".join(wanted)})


def _is_about(event: Mapping[str, Any], cluster_id: str) -> bool:
    """Whether an event is the cluster's own, as far as it says what it is about."""
    about = shapes.text(event.get("resourceId")) or shapes.text(event.get("resourceUri"))
    return not about or shapes.at_or_above(cluster_id, about)


def failures(events: list[Any]) -> list[LoggedFailure]:
    """The failed runCommand events among ``events``, newest first."""
    runs = [event for event in shapes.mappings(events) if shapes.same(_value(event, "operationName"), RUN_COMMAND)]
    runs.sort(key=_stamp, reverse=True)
    succeeded = max((_stamp(event) for event in runs if shapes.same(_value(event, "status"), "Succeeded")), default=0.0)
    return [
        LoggedFailure(_text(event), shapes.time(event.get("eventTimestamp")), succeeded > _stamp(event))
        for event in runs
        if shapes.same(_value(event, "status"), "Failed")
    ]


def _text(event: Mapping[str, Any]) -> str:
    """What the service said of the failure."""
    raw = shapes.dig(event, "properties", "statusMessage")
    message = raw if isinstance(raw, str) else json.dumps(raw) if raw else ""
    return _told(_error(message), message) or shapes.text(_value(event, "subStatus"))


def _told(error: Mapping[str, Any], message: str) -> str:
    """The error as the CLI prints it; the whole statusMessage where there is more in it."""
    code, said = shapes.text(error.get("code")), shapes.text(error.get("message"))
    return f"({code}) {said}" if code and said and not error.get("details") else message


def _error(message: str) -> Mapping[str, Any]:
    """The error in a statusMessage, in ARM's shape or a resource provider's flat one; nothing when it is prose."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return shapes.mapping(shapes.dig(body, "error")) or shapes.mapping(body)


def _value(event: Mapping[str, Any], name: str) -> Any:
    field = event.get(name)
    return shapes.dig(field, "value") if isinstance(field, Mapping) else field


def _stamp(event: Mapping[str, Any]) -> float:
    when = shapes.time(event.get("eventTimestamp"))
    return when.timestamp() if when else 0.0
