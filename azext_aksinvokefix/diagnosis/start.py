"""Which failure a diagnosis starts from, and when it was: given, remembered, or told by what Azure kept of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from azext_aksinvokefix.evidence.activity import latest_failure
from azext_aksinvokefix.inside.events import pod_of
from azext_aksinvokefix.lifecycle import Failure, Item
from azext_aksinvokefix.shapes import dig
from azext_aksinvokefix.shapes import time as time_of

#: The log may write the same failure some moments after this machine did.
_LOGGED_LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class Start:
    """``given`` is the failure where there is one already; else the result of ``command_id`` has it, else the log.

    ``remembered`` is a failure of an earlier run, which counts unless the log has a later one. Of ``activity`` and
    ``result`` the one that is needed is waited for.
    """

    given: Failure | None
    remembered: Failure | None
    command_id: str | None
    activity: Callable[[], Item]
    result: Callable[[], Item]

    def settled(self, activity: Item, result: Item) -> Start:
        """The same once everything was looked up: what has not come by then is not waited for."""
        return replace(self, activity=lambda: activity, result=lambda: result)

    @property
    def known(self) -> Failure | None:
        """The failure without what is remembered."""
        if self.given:
            return self.given
        if self.command_id:
            return _failed_result(self.result(), self.command_id)
        return latest_failure(self.activity())[0]

    @property
    def failure(self) -> Failure | None:
        return self.remembered if self.remembered and not self._is_older(self.remembered) else self.known

    @property
    def moment(self) -> datetime | None:
        """When that failure was; None where nothing tells."""
        failure = self.failure
        if failure is None or failure is self.remembered:
            return _ran_at(failure)
        if self.given:
            return None
        if self.command_id:
            return _moment_of_result(self.result())
        return latest_failure(self.activity())[1]

    @property
    def pod(self) -> str:
        """The name of the pod that failed; empty where nothing tells."""
        return pod_of(self.failure)

    def _is_older(self, remembered: Failure) -> bool:
        """Whether the Activity Log tells of a failure that came later."""
        if self.command_id or self.given:
            return False
        moment, (logged, latest) = _ran_at(remembered), latest_failure(self.activity())
        return logged is not None and latest is not None and moment is not None and latest > moment + _LOGGED_LATE


def _ran_at(failure: Failure | None) -> datetime | None:
    from azext_aksinvokefix.checks.remembered import moment_of

    return moment_of(failure)


def _moment_of_result(item: Item) -> datetime | None:
    ended = dig(item.value, "properties", "finishedAt") or dig(item.value, "properties", "startedAt")
    return time_of(ended) if item.known else None


def _failed_result(item: Item, command_id: str) -> Failure | None:
    from azext_aksinvokefix import failure as texts
    from azext_aksinvokefix.invoke import outcome, result

    if not item.known:
        refused = texts.classify(item.unread, source="commandId")
        return refused if refused.stage in ("access", "sign-in") else _of("result-lost", item.unread or "")
    if not result.is_final(item.value):
        state = result.properties(item.value).get("provisioningState") or "not known"
        return _of("still-running", f"The service reports the state {state} for the command {command_id}.")
    found = outcome.unpacked(result.interpret(item.value, command_id)).failure
    return replace(found, source="commandId") if found else None


def _of(finding: str, message: str) -> Failure:
    from azext_aksinvokefix.invoke import refusal

    return replace(refusal.failure_of(finding, message), source="commandId")
