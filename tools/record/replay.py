"""The steps, one after the other, against Azure and against the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from tools.record import shape
from tools.record.http import Https
from tools.record.journal import Journal, is_gone
from tools.record.requests import Exchange, Request
from tools.record.steps import Step

_MOST_POLLS, _PAUSE, _LONGEST_PAUSE = 90, 2.0, 10.0


@dataclass(frozen=True)
class Compared:
    step: str
    azure: list[Exchange]
    stand_in: list[Exchange]
    differences: list[str]


def replayed(steps: list[Step], azure: Https, stand_in: Https, journal: Journal) -> Generator[Compared, None, None]:
    """Whatever a step has made and could not take away is taken away in the end."""
    try:
        for step in steps:
            real = [one for request in step.asked(azure.place) for one in _answers(azure, request, journal)]
            played = [one for request in step.asked(stand_in.place) for one in _answers(stand_in, request, None)]
            yield Compared(step.name, real, played, [*_differences(real, played), *_outputs(step, real, played)])
    finally:
        journal.clean(azure.send, azure.place.subscription_id)


def _answers(cloud: Https, request: Request, journal: Journal | None) -> Iterator[Exchange]:
    """The answer, and behind an accepted command how it ended."""
    found = _journalled(cloud, request, journal) if journal else cloud.send(request)
    if request.method == "GET" and request.path == cloud.place.cluster_id and isinstance(found.body, dict):
        cloud.entra = bool((found.body.get("properties") or {}).get("aadProfile"))
    yield found
    if request.follow and found.status == 202:
        yield _end(cloud, request, found, cloud.wait)


def _journalled(cloud: Https, request: Request, journal: Journal) -> Exchange:
    there = request.path in {each.path for each in journal.open_entries()}
    if request.method == "PUT":
        journal.intend(request)
    found = cloud.send(request)
    refused = request.method == "PUT" and not there and 400 <= found.status < 500
    if refused or (request.method == "DELETE" and is_gone(found)):
        journal.gone(request)
    return found


def _end(cloud: Https, request: Request, found: Exchange, wait: Callable[[float], None]) -> Exchange:
    url = found.header("location")
    for _ in range(_MOST_POLLS):
        if found.status != 202 or not url:
            break
        asked = found.header("retry-after")
        wait(min(float(asked) if asked.isdigit() else _PAUSE, _LONGEST_PAUSE))
        found = cloud.follow(url, request)
    return found


def _differences(azure: list[Exchange], stand_in: list[Exchange]) -> list[str]:
    found = [
        f"{_which(at, real)}: {each}"
        for at, (real, played) in enumerate(zip(azure, stand_in), 1)
        for each in shape.differences(real, played)
    ]
    if len(azure) != len(stand_in):
        found.append(f"{len(azure)} answers from Azure, {len(stand_in)} from the stand-in")
    return found


def _outputs(step: Step, azure: list[Exchange], stand_in: list[Exchange]) -> Iterator[str]:
    if step.output is None:
        return
    printed = [step.output(_logs(side[-1])) for side in (azure, stand_in)]
    if printed[0] != printed[1]:
        yield f"the output is `{printed[0]}` in Azure, `{printed[1]}` in the stand-in"


def _logs(end: Exchange) -> str:
    properties = end.body.get("properties") if isinstance(end.body, dict) else None
    return str(properties.get("logs") or "") if isinstance(properties, dict) else ""


def _which(at: int, exchange: Exchange) -> str:
    return f"answer {at} ({exchange.request.method})"
