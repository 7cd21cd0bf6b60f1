"""What a commandResults body means, and the object that `run` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.cluster import ENDED, LOG_LIMIT
from azext_aksinvokefix.inside.events import of_command
from azext_aksinvokefix.lifecycle import Diagnosis, Failure

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.fetch import Fetched
    from azext_aksinvokefix.invoke.steps import Step


@dataclass(frozen=True)
class RunResult:  # pylint: disable=too-many-instance-attributes
    """The contracted result; ``exit_code`` is the remote command's own.

    ``steps`` stands where the wrapper was used, and ``output`` is then what they printed, byte for byte.
    """

    outcome: str
    command_id: str | None = None
    exit_code: int | None = None
    logs: str | None = None
    truncated: bool = False
    started_at: str | None = None
    finished_at: str | None = None
    failure: Failure | None = None
    diagnosis: Diagnosis | None = None
    steps: tuple[Step, ...] | None = None
    fetched: tuple[Fetched, ...] | None = None
    output: bytes | None = None
    notes: tuple[str, ...] = ()

    @property
    def lost_files(self) -> tuple[Fetched, ...]:
        """What was to be brought back and was not."""
        return tuple(each for each in self.fetched or () if each.outcome != "fetched")

    def to_json(self) -> dict[str, Any]:
        from azext_aksinvokefix.quoting import one_line, printable

        return {
            "commandId": one_line(self.command_id) if self.command_id else self.command_id,
            "outcome": self.outcome,
            "exitCode": self.exit_code,
            "logs": self.logs,
            "truncated": self.truncated,
            "startedAt": printable(self.started_at),
            "finishedAt": printable(self.finished_at),
            "failure": self.failure.to_json() if self.failure else None,
            "diagnosis": self.diagnosis.to_json() if self.diagnosis else None,
            **({} if self.steps is None else {"steps": [step.to_json() for step in self.steps]}),
            **({} if self.fetched is None else {"fetched": [each.to_json() for each in self.fetched]}),
        }


def properties(body: Any) -> Mapping[str, Any]:
    """The ``properties`` of a commandResults body, or nothing when it has none."""
    found = body.get("properties") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def is_final(body: Any) -> bool:
    """Whether the service is done with the command.

    A state that is not known is final when an exit code and a finish time stand beside it: an exit code alone may be
    a zero that was never filled in.
    """
    found = properties(body)
    state = str(found.get("provisioningState") or "").lower()
    ended = found.get("exitCode") is not None and (not state or bool(found.get("finishedAt")))
    return state in ENDED or ended


#: The service's own ids have 32 hex digits.
_LONGEST_COMMAND_ID = 128


def is_command_id(text: str) -> bool:
    """Whether a text can be a command id: it becomes part of a URL and of a line to paste."""
    plain = text.isascii() and all(character.isalnum() or character in "-_" for character in text)
    return plain and 0 < len(text) <= _LONGEST_COMMAND_ID


def command_id(body: Any) -> str | None:
    """The command's id as the body gives it: 32 hex digits, or the last segment of an ARM id."""
    found = body.get("id") if isinstance(body, dict) else None
    last = found.rstrip("/").rsplit("/", 1)[-1] if isinstance(found, str) else ""
    return last if is_command_id(last) else None


def interpret(body: Any, known_id: str | None) -> RunResult:
    """The result that a final body stands for; an outcome the body leaves open is ``unknown``."""
    from azext_aksinvokefix import redact

    found = properties(body)
    exit_code = _integer(found.get("exitCode"))
    logs = found.get("logs")
    logs = redact.known(logs) if isinstance(logs, str) else None
    state, reason = str(found.get("provisioningState") or "").lower(), _reason(body, found)
    outcome = _outcome(state, exit_code, bool(found.get("finishedAt")))
    if outcome == "notRun" and (logs or "").strip() and not _is_before_the_command(reason):
        # It printed something, so it began; how far it came nobody says. Modelled: no such result was ever recorded.
        outcome = "unknown"
    identity = known_id or command_id(body)
    return RunResult(
        outcome=outcome,
        command_id=identity,
        exit_code=exit_code if outcome in ("succeeded", "failed") else None,
        logs=logs,
        truncated=logs is not None and len(logs.encode("utf-8", "surrogatepass")) >= LOG_LIMIT,
        started_at=found.get("startedAt"),
        finished_at=found.get("finishedAt"),
        failure=None
        if outcome == "succeeded"
        else of_command(_failure(outcome, found, reason, exit_code, logs), identity),
    )


def _outcome(state: str, exit_code: int | None, finished: bool) -> str:
    if exit_code:
        return "failed"
    if state == "failed":
        # A zero beside `Failed` may be a default that was never filled in: only a finish time tells that it ran,
        # and then the two contradict each other.
        return "unknown" if exit_code == 0 and finished else "notRun"
    if exit_code == 0:
        return "succeeded"
    return "unknown"


def _reason(body: Any, found: Mapping[str, Any]) -> str:
    """Why it did not run: a member of the result, or (modelled, never recorded) the error that any operation of ARM
    may end with.

    Beside a success an error is one of an earlier operation; nobody asks for a reason then.
    """
    from azext_aksinvokefix import shapes

    reason = shapes.text(found.get("reason"))
    error = body.get("error") if isinstance(body, dict) else None
    if reason or not isinstance(error, dict):
        return reason.strip()
    code, message = shapes.text(error.get("code")), shapes.text(error.get("message"))
    return (f"({code}) {message}" if code and message else message or code).strip()


def _is_before_the_command(reason: str) -> bool:
    from azext_aksinvokefix.invoke import refusal
    from azext_aksinvokefix.lifecycle import STAGES

    stage = refusal.from_text(reason).stage if reason else "result"
    return STAGES.index(stage) < STAGES.index("command")


def _failure(outcome: str, found: Mapping[str, Any], reason: str, exit_code: int | None, logs: str | None) -> Failure:
    from azext_aksinvokefix.invoke import refusal

    if outcome == "failed":
        return refusal.from_logs(logs or reason, exit_code or 0)
    if reason:
        return refusal.from_text(reason)
    state = found.get("provisioningState")
    if outcome == "notRun":
        return refusal.failure_of("result-hidden", f"The service reports the state {state} and gives no reason.")
    detail = "without an exit code" if exit_code is None else f"with the exit code {exit_code}"
    return refusal.failure_of("result-lost", f"The service reports the state {state} {detail}.")


def _integer(value: Any) -> int | None:
    """A whole number, also one written as text or with a fraction of zero."""
    if isinstance(value, bool):
        return None
    try:
        return int(value) if isinstance(value, (int, str)) or float(value).is_integer() else None
    except (TypeError, ValueError):
        return None
