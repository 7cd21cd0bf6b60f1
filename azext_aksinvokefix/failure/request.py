"""The text of an invoke that failed: what the client, ARM, the resource provider or the cluster said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from azext_aksinvokefix.failure import authorization, denials, details, files, output, rules, scheduling, signin
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


def _signin(text: Text) -> Found:
    finding = signin.finding(text)
    if finding:
        yield finding, signin.facts(text)


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
        yield rule.finding, {}
    elif rules.switched_off(text):
        yield "run-command-disabled", {}


def _scheduling(text: Text) -> Found:
    found = scheduling.find(text)
    if found:
        for finding in found.findings:
            yield finding, scheduling.facts(found)


def _startup(text: Text) -> Found:
    rule = first(rules.STARTUP, text)
    if rule:
        facts = _STARTUP_FACTS.get(rule.finding)
        yield rule.finding, facts(text) if facts else {}


def _network(text: Text) -> Found:
    rule = first(rules.NETWORK, text)
    finding = rule.finding if rule else rules.unreachable(text)
    if finding:
        yield finding, {}


#: The client speaks of missing files as well, in other words.
_COMMAND_ERROR = ("error:thepath'", "evalsymlinkfailure", "unabletofindoneof'kustomization", "failed:path'")


def _command(text: Text) -> Found:
    """The command's own trouble in a text that did not come as its output."""
    code = details.exit_code(text)
    facts = {} if code is None else {"exitCode": code}
    missing = details.program(text)
    file = files.missing(text) if text.any(*_COMMAND_ERROR) else None
    rule = first(rules.COMMAND, text) or first(rules.COMMAND_OUTPUT, text)
    if missing or code == 127:
        yield "command-not-found", {**facts, "program": missing} if missing else facts
    elif file:
        yield "file-not-attached", {**facts, "file": file}
    elif rule:
        yield rule.finding, facts
    elif code:
        yield "command-failed", facts


def _umbrella(text: Text) -> Found:
    rule = first(rules.UMBRELLAS, text)
    if rule:
        yield rule.finding, {}
    elif text.has("commandfailedwithreason") and _NO_REASON.search(text.lines):
        yield "result-hidden", {}


# A reason that is not one; a real reason that nothing recognizes stays unrecognized.
_NO_REASON = Pattern(r"(?i)reason:\s{0,8}(?:(?:none|null|<reason>)[ \t]{0,8}(?=[\n\"'}]|\Z)|[\"'}]|\Z)")

_ACCESS_FACTS: dict[str, Callable[[Text], dict[str, Any]]] = {
    "arm-denied": authorization.deny_assignment,
    "resource-locked": authorization.lock,
    "wrong-tenant": signin.facts,
    "sign-in-expired": signin.facts,
}
_STARTUP_FACTS: dict[str, Callable[[Text], dict[str, Any]]] = {
    "image-pull-failed": details.image,
    "webhook-unreachable": details.webhook,
}
_READERS = (
    _denied,
    _signin,
    _access,
    output.forbidden,
    _service,
    _scheduling,
    _startup,
    _network,
    _command,
    _umbrella,
)
