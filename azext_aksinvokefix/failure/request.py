"""The text of an invoke that failed: what the client, ARM, the resource provider or the cluster said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from azext_aksinvokefix.failure import (
    authorization,
    denials,
    details,
    ended,
    files,
    network,
    output,
    program,
    rules,
    scheduling,
    sign_in,
)
from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.rule import first
from azext_aksinvokefix.failure.text import Text
from azext_aksinvokefix.lifecycle import READ_RESULT

Found = Iterator[tuple[str, dict[str, Any]]]

_ENGINES = {
    "azure-policy": "azure-policy-denied",
    "gatekeeper": "gatekeeper-denied",
    "managed": "managed-policy-denied",
    "defender": "defender-denied",
    "kyverno": "kyverno-denied",
    "pod-security": "pod-security-denied",
    "vap": "webhook-denied",
    "webhook": "webhook-denied",
}


def read(text: Text) -> Found:
    """Findings and facts, the most precise first; umbrellas, which many causes share, last."""
    for reader in _READERS:
        yield from reader(text)


def _denied(text: Text) -> Found:
    found = denials.find(text)
    for engine in dict.fromkeys(each.engine for each in found):
        yield _ENGINES[engine], denials.facts(found, denials.constraint_kind(text))


def _sign_in(text: Text) -> Found:
    finding = sign_in.finding(text)
    if finding:
        yield finding, sign_in.facts(text)


def _access(text: Text) -> Found:
    rule = first(rules.ACCESS, text)
    if not rule:
        return
    if rule.finding == "arm-action-missing":
        yield from _missing(authorization.arm(text))
        return
    facts = _ACCESS_FACTS.get(rule.finding)
    yield rule.finding, facts(text) if facts else {}


def _missing(facts: dict[str, Any]) -> Found:
    """A refused result is its own finding: the command ran, and must not be run again just to see its result."""
    result = [action for action in facts.get("actions", ()) if action.lower() == READ_RESULT.lower()]
    if len(result) < len(facts.get("actions", ())) or not result:
        yield "arm-action-missing", facts
    if result:
        yield "result-read-missing", facts


def _service(text: Text) -> Found:
    rule = first(rules.SERVICE, text)
    if rule:
        by_cluster = rule.finding == "throttled" and text.any(*rules.API_SERVER_THROTTLES)
        yield "api-server-guarded" if by_cluster else rule.finding, {}
    elif rules.switched_off(text):
        yield "run-command-disabled", {}


def _scheduling(text: Text) -> Found:
    found = scheduling.find(text)
    if found:
        for finding in found.findings:
            yield finding, scheduling.facts(found)


def _startup(text: Text) -> Found:
    rule = rules.startup(text)
    if rule:
        facts = _STARTUP_FACTS.get(rule.finding)
        yield rule.finding, facts(text) if facts else {}


def _network(text: Text) -> Found:
    rule = first(network.NETWORK, text)
    finding = rule.finding if rule else network.unreachable(text)
    if finding:
        yield finding, {}


def _command(text: Text) -> Found:
    """The command's own trouble in a text that did not come as its output."""
    code = ended.exit_code(text)
    facts = {} if code is None else {"exitCode": code}
    missing = program.find(text, ran=code is not None)
    file = files.missing(text) if first(rules.FILES, text) or text.any("evalsymlinkfailureon'") else None
    rule = first((*rules.COMMAND, *rules.COMMAND_OUTPUT), text)
    if code == 127 or (missing and not missing.here):
        yield "command-not-found", {**facts, "program": missing.name} if missing and missing.name else facts
    elif file:
        yield "file-not-attached", {**facts, "file": file}
    elif rule:
        yield rule.finding, facts
    elif first(rules.FILES, text):
        yield "command-failed", {**facts, "fileMissing": True}
    elif code:
        yield "command-failed", facts


def _umbrella(text: Text) -> Found:
    rule = first(rules.UMBRELLAS, text)
    if rule:
        yield rule.finding, {}
    elif ended.without_reason(text) or (text.has("commandfailedwithreason") and _NO_REASON.search(text.lines)):
        yield "result-hidden", {}


# A reason that is not one; a real reason that nothing recognizes stays unrecognized.
_NO_REASON = Pattern(r"(?i)reason:\s{0,8}(?:(?:none|null|<reason>)[ \t]{0,8}(?=[\n\"'}]|\Z)|[\"'}]|\Z)")

_ACCESS_FACTS: dict[str, Callable[[Text], dict[str, Any]]] = {
    "arm-denied": authorization.deny_assignment,
    "resource-locked": authorization.lock,
    "wrong-tenant": sign_in.facts,
    "sign-in-expired": sign_in.facts,
}
_STARTUP_FACTS: dict[str, Callable[[Text], dict[str, Any]]] = {
    "image-pull-failed": details.registry,
    "webhook-unreachable": details.webhook,
}
_READERS = (
    _denied,
    _sign_in,
    _access,
    output.forbidden,
    _service,
    _scheduling,
    _startup,
    _network,
    _command,
    _umbrella,
)
