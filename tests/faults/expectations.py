"""What holds of every command whatever fails: each expectation says what is wrong with a trial, if anything is.

``clean`` is the same command without a fault.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.faults.cloud import ARM, GRAPH
from tests.faults.trial import Trial

Expectation = Callable[[Trial, Trial], "Iterator[str]"]

#: By the contract: of `run` the command's own exit code, 0 in these scenes, too.
_CODES = {"run": (0, 3, 125), "repair": (0, 1, 3, 125)}
_OTHER_CODES = (0, 1, 3)
_CRASHES = ("Traceback (most recent call last)", "The command failed with an unexpected error", "object has no attr")
#: Of the same request, beyond the rest: a long operation is asked about every four seconds until it was silent for five
#: minutes, and whether a change has its effect every half a minute for half an hour, with
#: two looks at the document each time a write is refused for ten minutes.
_MORE_TRIES = 180
#: The pages of one list, which may be read for several reasons.
_MOST_PAGES = 510
#: Two hours: the longest that anything is waited for.
_LONGEST = 7200.0

#: From here on a description of a change differs from run to run.
_CORRELATION_ID = re.compile("correlation id", re.IGNORECASE)
#: What changes in a document by itself.
_VOLATILE = (
    "etag",
    "eTag",
    "systemData",
    "provisioningState",
    "updatedOn",
    "updatedBy",
    "createdOn",
    "createdBy",
    "expiresOn",
)
MAYBE_MADE = ("done", "running", "unknown")
#: Findings that a fault itself may be.
_OF_THE_FAULT = (
    "network-unreachable sign-in-expired wrong-tenant cluster-token-missing cluster-not-found arm-action-missing "
    "result-read-missing arm-denied throttled service-error operation-in-progress result-lost result-hidden "
    "unrecognized"
).split()


def ends_with_a_known_code(trial: Trial, _: Trial) -> Iterator[str]:
    if trial.ended.hung:
        yield f"hung after {len(trial.calls)} requests"
    elif trial.ended.rc not in _CODES.get(trial.scene.command, _OTHER_CODES):
        yield f"exit code {trial.ended.rc}"


def never_crashes(trial: Trial, _: Trial) -> Iterator[str]:
    for crash in _CRASHES:
        if crash in trial.ended.err:
            yield f"{crash}: {trial.ended.err.strip().splitlines()[-1][:300]}"


def prints_its_object_or_says_why_not(trial: Trial, _: Trial) -> Iterator[str]:
    if trial.ended.rc == 0 and trial.document is None:
        yield "success without an object"
    if trial.ended.rc != 0 and not trial.ended.err.strip():
        yield "a failure without a word"


def sends_no_token_abroad(trial: Trial, _: Trial) -> Iterator[str]:
    for call in trial.calls:
        if call.host not in (ARM, GRAPH):
            with_token = call.authorized or "eyJ" in json.dumps(call.body) or "eyJ" in call.url
            yield f"a request to {call.host}{' with a token' if with_token else ''}"


def gives_up_in_the_end(trial: Trial, clean: Trial) -> Iterator[str]:
    expected = Counter((call.method, call.url) for call in clean.calls)
    for what, count in Counter((call.method, call.url) for call in trial.calls).items():
        if count > expected[what] + _MORE_TRIES:
            yield f"{count} requests instead of {expected[what]} for the same"
    lists, places = Counter({call.url: call.path for call in trial.calls}.values()), len(clean.calls)
    if max(lists.values(), default=0) > _MOST_PAGES * 3 or len(lists) > places + _MORE_TRIES:
        yield f"{len(trial.calls)} requests instead of {len(clean.calls)}"
    if trial.ended.seconds > _LONGEST:
        yield f"{trial.ended.seconds:.0f} seconds"


def runs_the_command_once_at_most(trial: Trial, _: Trial) -> Iterator[str]:
    if trial.executions > 1:
        yield f"the command ran {trial.executions} times"


def only_a_command_that_writes_writes(trial: Trial, _: Trial) -> Iterator[str]:
    may_run = trial.scene.command in ("run", "repair", "exempt-policy", "add-capacity")
    for call in trial.calls:
        if call.writes and not trial.scene.writes:
            yield f"{trial.scene.command} sent {call.method} {call.operation}"
        if call.operation == "run-command" and not may_run:
            yield f"{trial.scene.command} ran something"


def says_how_a_run_ended(trial: Trial, _: Trial) -> Iterator[str]:
    document = trial.document if isinstance(trial.document, dict) else {}
    ran = document.get("run") if trial.scene.command == "repair" else trial.document
    if trial.scene.command == "run" and not isinstance(ran, dict):
        yield "a run without a result"
    if trial.scene.command not in ("run", "repair") or not isinstance(ran, dict):
        return
    outcome, code = ran.get("outcome"), trial.ended.rc
    if outcome == "succeeded" and (trial.executions != 1 or code != 0):
        yield f"succeeded, with {trial.executions} executions and exit code {code}"
    if outcome == "notRun" and (trial.executions or code == 0):
        yield f"notRun, with {trial.executions} executions and exit code {code}"
    if outcome not in ("succeeded", "notRun", "unknown"):
        yield f"outcome {outcome}"
    if code == 0 and outcome != "succeeded":
        yield f"exit code 0, with the outcome {outcome}"


def journals_before_it_writes(trial: Trial, _: Trial) -> Iterator[str]:
    for call in trial.calls:
        if call.writes and not _intended(call.journal, call.document):
            yield f"{call.method} {call.operation} without an intent in the journal"


def _intended(journal: str, document: str) -> bool:
    last = {line["changeId"]: line for line in map(json.loads, journal.splitlines())}
    return any(state in MAYBE_MADE for line in last.values() for state in states_of(line, document))


def states_of(line: Mapping[str, Any], document: str) -> list[str]:
    """The states of the writes of a change to a document."""
    return [
        str(each["state"])
        for each in line["changes"]
        if str(each.get("watched") or each["id"]).lower() == document.lower()
    ]


def knows_what_it_wrote(trial: Trial, _: Trial) -> Iterator[str]:
    for document, (before, after) in trial.written.items():
        made = steady(before) != steady(after)
        states = [state for line in trial.changes for state in states_of(line, document)]
        # What is taken back was made before: the last one is this command's.
        state = states[-1] if states else "nothing"
        if made and state not in MAYBE_MADE:
            yield f"{name_of(document)} was changed and the journal says {state}"
        if not made and state in ("done", "running"):
            yield f"{name_of(document)} was not changed and the journal says {state}"


def succeeds_only_with_all_of_it(trial: Trial, clean: Trial) -> Iterator[str]:
    if not trial.scene.writes or trial.ended.rc != 0:
        return
    if any(call.struck and call.missing for call in trial.calls):
        # Azure's word counts: of what does not exist nothing is left to be changed.
        return
    made, expected = _changed(trial), _changed(clean)
    # What could not be read is not changed, and that is said.
    told = any("not changed" in warning for warning in trial.document.get("warnings", ()))
    if made < expected and not (told and made):
        yield f"exit code 0 with {made} of {expected} changes"
    if trial.scene.command == "repair" and trial.executions != clean.executions:
        yield f"exit code 0 with {trial.executions} executions"


def leaves_everything_else_alone(trial: Trial, clean: Trial) -> Iterator[str]:
    """What is written is what was planned without a fault, or nothing: no other change, no larger one."""
    for document, (before, after) in trial.written.items():
        if trial.scene.command == "repair" and document not in clean.written:
            # Who sees less goes from one refusal to the next, and makes smaller steps.
            continue
        wanted = clean.written.get(document, (before, before))[1]
        if steady(after) not in (steady(before), steady(wanted)):
            yield f"{name_of(document)} is neither as it was nor as it was to be"


def _changed(trial: Trial) -> int:
    return sum(steady(before) != steady(after) for before, after in trial.written.values())


def steady(document: Any) -> Any:
    """A document without what differs between two runs of the same command."""
    if isinstance(document, dict):
        return {name: steady(value) for name, value in document.items() if name not in _VOLATILE}
    if isinstance(document, str):
        return _CORRELATION_ID.split(document)[0]
    return [steady(each) for each in document] if isinstance(document, list) else document


def name_of(document: str) -> str:
    return "/".join(document.rsplit("/", 2)[-2:])


def calls_nothing_ready_that_is_not(trial: Trial, clean: Trial) -> Iterator[str]:
    if trial.document is None:
        return
    if trial.scene.command == "diagnose":
        yield from _better(trial.document, clean.document, "the cluster")
    if trial.scene.command == "scan":
        known = {one["id"]: one for one in clean.document["clusters"]}
        for one in trial.document["clusters"]:
            yield from _better(one, known.get(one["id"], {}), one["name"])
        missing = len(known) > len(trial.document["clusters"]) and not trial.document["unknowns"]
        if missing:
            yield "clusters are missing and nothing is said to be unknown"


def _better(seen: Mapping[str, Any], known: Mapping[str, Any], what: str) -> Iterator[str]:
    if seen.get("verdict") == "ready" and known.get("verdict") != "ready":
        yield f"{what} is called ready and is {known.get('verdict')}"


def finds_nothing_that_is_not_there(trial: Trial, clean: Trial) -> Iterator[str]:
    if trial.document is None or trial.scene.command not in ("diagnose", "scan", "run"):
        return
    known = {finding["id"] for finding in _findings(clean.document)}
    for finding in _findings(trial.document):
        sure = finding["confidence"] == "confirmed" and finding["severity"] == "error"
        if sure and finding["id"] not in known and finding["id"] not in _OF_THE_FAULT:
            yield f"finds {finding['id']}, which is not there"


def _findings(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    diagnosis = document.get("diagnosis") or document
    for place in diagnosis.get("clusters") or [diagnosis]:
        yield from place.get("findings") or ()


def lists_what_was_changed(trial: Trial, clean: Trial) -> Iterator[str]:
    if trial.scene.command != "history" or trial.document is None:
        return
    if [row["changeId"] for row in trial.document] != [line["changeId"] for line in trial.changes]:
        yield "a change is not listed"
    for row in trial.document:
        if row["state"] == "undone":
            yield "a change that stands is called undone"
    del clean


EXPECTATIONS: tuple[Expectation, ...] = (
    ends_with_a_known_code,
    never_crashes,
    prints_its_object_or_says_why_not,
    sends_no_token_abroad,
    gives_up_in_the_end,
    runs_the_command_once_at_most,
    only_a_command_that_writes_writes,
    says_how_a_run_ended,
    journals_before_it_writes,
    knows_what_it_wrote,
    succeeds_only_with_all_of_it,
    leaves_everything_else_alone,
    calls_nothing_ready_that_is_not,
    finds_nothing_that_is_not_there,
    lists_what_was_changed,
)


def violations(trial: Trial, clean: Trial) -> list[str]:
    """Everything that is wrong with a trial."""
    return [f"{each.__name__}: {what}" for each in EXPECTATIONS for what in each(trial, clean)]
