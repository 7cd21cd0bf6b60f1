"""An error text -> the Failure that it tells of. Pure, linear in the text, and never an exception."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.catalog import FINDINGS
from azext_aksinvokefix.failure import ended, output, program, request, rules
from azext_aksinvokefix.failure.cleaning import cleaned, kept
from azext_aksinvokefix.failure.details import anywhere, error_code
from azext_aksinvokefix.failure.text import Text
from azext_aksinvokefix.finding_ids import STAGE_OF, UNRECOGNIZED
from azext_aksinvokefix.lifecycle import Failure, Stage


def classify(text: object, *, source: str, stage_hint: Stage | None = None) -> Failure:
    """The failure that ``text`` alone tells of.

    ``source`` is where the text comes from (run, argument, commandId, activityLog). ``stage_hint="command"`` says that
    it is the output of a command that ran: what is refused there concerns the command's own objects. The stage is that
    of the finding; of ``unrecognized`` it is the hint, else what the text tells of it, else ``result``.
    """
    message = cleaned(text)
    view = Text(message)
    is_output = output.is_output(view, stage_hint)
    matches = list(output.read(view, is_known=stage_hint == "command") if is_output else request.read(view))
    finding = matches[0][0] if matches else UNRECOGNIZED
    also = tuple(dict.fromkeys(each for each, _ in matches[1:] if each != finding and not FINDINGS[each].only_alone))
    told: dict[str, Any] = {**anywhere(view), **({} if matches else _without_failure(view))}
    for each, more in reversed(matches):
        if each == finding or each in also:
            told.update(more)
    if also:
        told["also"] = also
    stage = STAGE_OF.get(finding) or stage_hint or _stage(told, is_output) or rules.stage(view) or "result"
    return Failure(stage, finding, error_code(view), kept(message), source, told)


def _without_failure(view: Text) -> dict[str, Any]:
    """What a text without a finding tells: that the command went well, or that it never left the caller's machine."""
    if ended.succeeded(view):
        return {"exitCode": 0}
    missing = program.find(view, ran=False)
    return {"programHere": missing.name} if missing and missing.here else {}


def _stage(told: dict[str, Any], is_output: bool) -> Stage | None:
    if is_output or told.get("exitCode") == 0:
        return "command"
    return "client" if "programHere" in told else None
