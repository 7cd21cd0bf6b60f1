"""From the result of a wrapped run to the steps, the outputs and the files that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from azext_aksinvokefix.cluster import LOG_LIMIT
from azext_aksinvokefix.invoke import fetch, paging, refusal, steps
from azext_aksinvokefix.invoke.plan import Fetch, Plan
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.invoke.steps import Step, Transcript
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.redact import known

_ELSEWHERE = "This machine did not start the run: repeat --fetch to download it."
_NO_BASE64 = "The pod has no base64: the output is unencoded, and bytes that are not UTF-8 are replaced."
_NO_GZIP = "The pod has no gzip: the output is not compressed and takes more room."
_SHOWN = 200

ReadPage = Callable[[str, int], "bytes | None"]


@dataclass(frozen=True)
class Expected:
    """What is known of a run before its output is read.

    ``plan`` where this call submitted it; else ``nonce`` and ``fetches`` as this machine remembers them, or as the
    caller says.
    """

    plan: Plan | None = None
    nonce: str | None = None
    fetches: tuple[Fetch, ...] = ()

    @property
    def wanted(self) -> tuple[Fetch, ...]:
        return self.plan.fetches if self.plan else self.fetches


def resolve(result: RunResult, expected: Expected, read_page: ReadPage) -> RunResult:
    """The result with its steps and files; one that no wrapper printed, and none was expected of, as it is."""
    output = (result.logs or "").encode("utf-8", "surrogatepass")
    nonce = expected.plan.nonce if expected.plan else expected.nonce
    if nonce is not None and steps.nonce_of(output) != nonce:
        return _unread(result, expected)
    transcript = steps.read(output, expected.plan)
    if transcript is None:
        return _unread(result, expected)
    transcript = _paged(result, output, transcript, expected, read_page)
    return _resolved(result, transcript, expected)


def unpacked(result: RunResult) -> RunResult:
    """The result of a run that somebody asks about: what a wrapper printed is read, and nothing is fetched."""
    return resolve(result, Expected(), lambda *_: None)


def _unread(result: RunResult, expected: Expected) -> RunResult:
    """No transcript: nothing ran, or nothing is known of what did."""
    plan = expected.plan
    if plan is None:
        lost = _not_fetched(expected.fetches, result)
        return replace(result, fetched=lost) if lost else result
    outcome = "notRun" if result.outcome == "notRun" else "unknown"
    found = tuple(Step(label, outcome) for label in plan.labels)
    return replace(result, steps=found, fetched=_not_fetched(plan.fetches, result) or None)


def _not_fetched(fetches: Sequence[Fetch], result: RunResult) -> tuple[fetch.Fetched, ...]:
    if result.outcome in ("running", "timedOut"):
        return ()
    why = "The command did not run." if result.outcome == "notRun" else "The output contains no files."
    return tuple(fetch.refused(each.remote, each.local, "failed", why) for each in fetches)


def _paged(
    result: RunResult, output: bytes, transcript: Transcript, expected: Expected, read_page: ReadPage
) -> Transcript:
    """The transcript with the outputs that did not fit into the first answer, where pages can bring at least one."""
    if not transcript.deferred or not result.truncated or not result.command_id:
        return transcript
    if min(transcript.packed) > paging.MOST_PAGES * LOG_LIMIT:
        return transcript
    command_id = result.command_id
    end = f"\n@{transcript.nonce} end ".encode()
    longer = paging.whole(output, lambda offset: read_page(command_id, offset), lambda text: end in text[-200:])
    return steps.read(longer, expected.plan) or transcript


def _resolved(result: RunResult, transcript: Transcript, expected: Expected) -> RunResult:
    shown = tuple(replace(step, output=_without_secrets(step.output)) for step in transcript.steps)
    output = b"".join(step.output for step in shown)
    cut = any(step.missing for step in shown) or (result.truncated and not transcript.is_complete)
    return replace(
        result,
        logs=output.decode("utf-8", "replace"),
        output=output,
        steps=shown,
        fetched=_fetched(transcript, expected) or None,
        truncated=cut,
        failure=_failure(result, shown),
        notes=tuple(_notes(transcript, expected)),
    )


def _without_secrets(output: bytes) -> bytes:
    return known(output.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _fetched(transcript: Transcript, expected: Expected) -> tuple[fetch.Fetched, ...]:
    """What was asked for and came. Only what this machine or its user named is written anywhere."""
    wanted = {each.remote: each for each in expected.wanted}
    found = []
    for number, remote in enumerate(transcript.remotes, 1):
        asked = wanted.get(remote)
        if asked is None:
            found.append(fetch.refused(remote, "", "failed", _ELSEWHERE))
            continue
        brought = transcript.brought.get(number)
        found.append(fetch.place(asked, brought) if brought else fetch.refused(asked.remote, asked.local, "absent"))
    return tuple(found)


def _failure(result: RunResult, shown: Sequence[Step]) -> Failure | None:
    """The failure of the step that gave the run its exit code: what stands in the other outputs does not explain it."""
    if result.outcome != "failed" or result.exit_code is None:
        return result.failure
    failed = next(((number, step) for number, step in enumerate(shown, 1) if step.outcome == "failed"), None)
    if failed is None:
        text = b"".join(step.output for step in shown).decode("utf-8", "replace")
        return refusal.from_logs(text, result.exit_code)
    number, step = failed
    found = refusal.from_logs(step.output.decode("utf-8", "replace"), result.exit_code)
    if len(shown) == 1:
        return found
    label = one_line(step.command)
    label = label if len(label) <= _SHOWN else label[:_SHOWN] + "…"
    return replace(found, facts={**found.facts, "step": f"step {number} of {len(shown)} ({label})"})


def _notes(transcript: Transcript, expected: Expected) -> list[str]:
    if transcript.text_kind == "raw":
        return [_NO_BASE64]
    full = expected.plan is not None and expected.plan.full_output
    return [_NO_GZIP] if full and transcript.small_kind != "gzip+base64" else []
