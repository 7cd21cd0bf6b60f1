"""A closer look at clusters that were judged from Resource Graph: the whole preflight `diagnose` of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.judging import with_accepted
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.lifecycle import Diagnosis

#: Each looks at a dozen things itself; more clusters at once would only be throttled.
AT_ONCE = 8
#: What the scan reports; the stages before and behind are about one person and one command.
_REPORTED = frozenset({"access", "cluster", "admission", "scheduling"})

Diagnose = Callable[[str], Diagnosis]


def verify(
    clusters: Sequence[dict[str, Any]], accepted: Accepted, diagnose: Diagnose, told: Callable[[int, int], None]
) -> None:
    """Put what ``diagnose`` says of each cluster in the place of what the scan said; a cluster that cannot be diagnosed
    keeps it, with an unknown that says why. ``told`` hears how many of how many are done."""
    done: list[str] = []

    def one(cluster: dict[str, Any]) -> None:
        cluster.update(_verified(cluster, accepted, diagnose))
        done.append(cluster["id"])
        told(len(done), len(clusters))

    concurrently(one, clusters, AT_ONCE)


def _verified(cluster: Mapping[str, Any], accepted: Accepted, diagnose: Diagnose) -> dict[str, Any]:
    try:
        found = diagnose(cluster["id"])
    except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
        # One cluster that cannot be diagnosed must not cost the scan of the others.
        why = {"stage": "access", "what": "what diagnose says about the cluster", "why": str(error), "needs": []}
        unknowns = [*cluster["unknowns"], why]
        return with_accepted(accepted, cluster, _opened(cluster["stages"]), cluster["findings"], unknowns)
    stages = [
        {"stage": each.stage, "outcome": each.counted if each.stage in _REPORTED else "skipped"}
        for each in found.reports
    ]
    return with_accepted(
        accepted,
        cluster,
        stages,
        [one.to_json() for one in found.findings if one.stage in _REPORTED],
        [one.to_json() for one in found.unknowns if one.stage in _REPORTED and not one.inherent],
    )


def _opened(stages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{**each, "outcome": "unknown"} if each["stage"] == "access" else each for each in stages]
