"""Stage ``result``: the logs and the exit code come back."""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.basis import command, finding_from_text, manual, report, skipped, target, unread
from azext_aksinvokefix.cluster import ENDED, LOG_LIMIT
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import (
    READ_RESULT,
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Stage,
    StageReport,
    Unknown,
    value_of,
    was_asked,
)
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, integer, text

STAGE: Stage = "result"
_MAYBE = frozenset({"result-hidden", "result-lost"})


def check_result(failure: Failure | None, evidence: Evidence) -> StageReport:
    """What became of the result: of the command that was asked about, else of the one in the text."""
    shown = {finding.id: finding for finding in _looked(evidence)}
    findings = [
        _told(finding, shown.pop(finding, None), failure, evidence)
        for finding in findings_of_text(STAGE, failure)
        if failure is not None and not _is_over(finding, failure, evidence)
    ]
    findings += shown.values()
    if any(finding.id == "still-running" for finding in findings):
        return report(STAGE, findings, [Unknown(STAGE, "the result", "The command is still running.")])
    if findings:
        return report(STAGE, findings)
    if evidence.result.known and _state(evidence):
        return StageReport(STAGE, "passed")
    if was_asked(evidence.result) and not evidence.result.known:
        return report(STAGE, (), [unread(STAGE, "the result of the command", evidence.result)])
    return skipped(STAGE)


def _state(evidence: Evidence) -> str:
    return text(dig(value_of(evidence.result), "properties", "provisioningState")).lower()


def _looked(evidence: Evidence) -> Iterator[Finding]:
    body = value_of(evidence.result)
    if not body:
        return
    state, exit_code = _state(evidence), integer(dig(body, "properties", "exitCode"))
    datum = Datum("commandResults", one_line(f"provisioningState {state}"))
    if state and state not in ENDED and exit_code is None:
        yield catalog.finding(
            "still-running",
            confidence="confirmed",
            evidence=(datum,),
            fixes=_read_again(text(body.get("id")), None, evidence),
        )
    if state == "failed" and exit_code is None and not text(dig(body, "properties", "reason")).strip():
        yield catalog.finding(
            "result-hidden",
            confidence="confirmed",
            message="The service says that the command failed, and gives no reason.",
            evidence=(datum,),
            fixes=(manual("Run the command again."),),
        )
    size = len(text(dig(body, "properties", "logs")).encode("utf-8", "surrogatepass"))
    if size >= LOG_LIMIT:
        yield catalog.finding(
            "output-truncated",
            confidence="confirmed",
            evidence=(Datum("commandResults", f"logs of {size} bytes"),),
            fixes=(_filter(),),
        )


def _is_over(finding: str, failure: Failure, evidence: Evidence) -> bool:
    """Whether the result came in after all; not when that very result is what leaves it open."""
    late = finding in ("still-running", "result-lost") and failure.source != "commandId"
    return late and _state(evidence) in ENDED


def _told(finding: str, seen: Finding | None, failure: Failure, evidence: Evidence) -> Finding:
    if seen is not None:
        return seen
    command_id = text(failure.facts.get("commandId"))
    return finding_from_text(
        finding,
        failure,
        confidence="possible" if finding in _MAYBE else None,
        fixes=(_filter(),) if finding == "output-truncated" else _read_again(command_id, failure, evidence),
    )


def _filter() -> Fix:
    return manual(
        "Get the whole output with `az aks invoke-fix run --full-output`, or shorten it inside the command, for "
        "example with --tail or -o name."
    )


def _read_again(command_id: str, failure: Failure | None, evidence: Evidence) -> tuple[Fix, ...]:
    if not command_id:
        # A run of ours keeps the id: that there is none says that the service never named one.
        again = (
            "run it again"
            if failure and failure.source == "run"
            else "run it with `az aks invoke-fix run`, which keeps its id"
        )
        return (manual(f"Check whether its work was done: the command might have run. If not, {again}."),)
    return (
        command(
            "Get the result, or the reason, of that command again; this runs nothing.",
            target(evidence).invoke_fix("run", "--command-id", command_id),
            READ_RESULT,
            stock=az("aks", "command", "result", *target(evidence).options, "--command-id", command_id),
        ),
    )
