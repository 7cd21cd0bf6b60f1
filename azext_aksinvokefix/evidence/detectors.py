"""What AKS's own detectors find wrong with a cluster, of those that have to do with a failure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import concurrently, refused
from azext_aksinvokefix.inside import detectors
from azext_aksinvokefix.inside.detectors import Insight, Topic
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.shapes import mappings

SOURCE = "detectors"
NEEDS = ("Microsoft.ContainerService/managedClusters/detectors/read",)

#: A detector looks at a day at most, and not further back than a month.
_AROUND, _WIDEST, _FURTHEST = timedelta(hours=1), timedelta(hours=23), timedelta(days=29)


def read_detectors(
    arm: Arm, cluster_id: str, topics: Collection[Topic], moment: datetime | None, now: datetime
) -> Item:
    """The Insights of the hours around the failure. One detector that fails does not cost the others."""
    try:
        listed = mappings(arm.pages(f"{cluster_id}/detectors", api_versions.DETECTORS))
    except ArmError as error:
        return refused(SOURCE, NEEDS, error)
    period = _period(moment, now)

    def ask(one: tuple[str, Topic]) -> list[Insight] | ArmError:
        name, topic = one
        try:
            return detectors.insights(_fetch(arm, cluster_id, name, period), name, topic)
        except ArmError as error:
            return error

    answers = concurrently(ask, detectors.worth_asking(listed, topics))
    errors = [answer for answer in answers if isinstance(answer, ArmError)]
    if answers and len(errors) == len(answers):
        return refused(SOURCE, NEEDS, errors[0])
    return Item(value=[one for answer in answers if not isinstance(answer, ArmError) for one in answer], source=SOURCE)


def _fetch(arm: Arm, cluster_id: str, name: str, period: dict[str, str]) -> Any:
    return arm.get(f"{cluster_id}/detectors/{quote(name, safe='')}", api_versions.DETECTORS, **period)


def _period(moment: datetime | None, now: datetime) -> dict[str, str]:
    """Some hours around the failure; the detector's own choice for one that is too long ago."""
    if moment is None or moment > now:
        moment = now
    if now - moment > _FURTHEST:
        return {}
    until = min(moment + _AROUND, now)
    since = until - _WIDEST
    return {"startTime": f"{since:%Y-%m-%dT%H:%M:%SZ}", "endTime": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
