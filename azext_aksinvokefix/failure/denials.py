"""The grammar of admission denials: who refused, by which rule, with which words.

Gatekeeper writes ``[constraint] message`` lines behind its webhook's name (up to 3.3 ``[denied by constraint]``), a
ValidatingAdmissionPolicy names itself and its binding, Kyverno, Pod Security and every other webhook have their own
form, and the resource provider hides Azure Policy's text behind ``RunCommandBlockedByAzurePolicy`` since 2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

#: A text with more denials than this is not read further.
MOST = 100
_LONGEST = 4096

_BRACKET = Pattern(r"\[(deniedby)?([a-z0-9][a-z0-9.-]{1,252})\]")
_AZURE_NAME = Pattern(r"azurepolicy-(.{1,200})-[0-9a-f]{16,64}\Z")
_AZURE_BINDING = Pattern(r"(azurepolicy-[a-z0-9.-]{1,250})\Z")
_POLICY = Pattern(r"validatingadmissionpolicy'([^']{1,253})'withbinding'([^']{1,300})'denied(?:the)?request:?")
_WEBHOOK = Pattern(r"admissionwebhook'([^']{1,253})'deniedtherequest(?:withoutexplanation)?:?")
_BLOCKED = Pattern(r"(?:runcommand|podcreate)blockedby([a-z]{1,60})")
_KIND = Pattern(r"kubectlget([a-z0-9.]{3,120}?)-oyaml")
_POD_SECURITY = Pattern(r"violatespodsecurity'([^']{1,80})':?")
_KYVERNO = Pattern(r"duetothefollowingpolicies:?([a-z0-9][a-z0-9.-]{0,252}):")
# What follows a denial and is not a part of its message: the CLI's trailer, the text again.
_TRAILER = Pattern(
    r"(?:Code|Message|ErrorCode|ErrorMessage|Status|Exception Details):\s"
    r"|\)\s{0,4}:\s{0,4}error when"
    r"|(?:\(\w{1,80}\) ?)?Failed to run command in|Error from server"
    r"|\n[ \t]{0,64}(?:-{8,}|with \w{1,64}\.|Error:|At line:|\+ )"
    # How a runner's or a build tool's own line goes on: with the exit of what it started.
    r"|\n[^\n]{0,160}?\bexit(?:ed)?(?: with)? (?:code|status)\b"
)
_PARAGRAPH = Pattern(r"(?<=\S)[ \t]{0,64}\n[ \t]{0,64}\n")


@dataclass(frozen=True)
class Denial:
    """One refusal. ``stem`` is the template's name as the constraint's name holds it: cut to 30 characters.

    ``engine`` is one of azure-policy, gatekeeper, vap, managed, defender, kyverno, pod-security, webhook.
    """

    engine: str
    constraint: str | None = None
    stem: str | None = None
    message: str = ""
    policy: str | None = None
    binding: str | None = None
    webhook: str | None = None


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    denial: Denial


def find(text: Text) -> tuple[Denial, ...]:
    """The denials of ``text`` in its order, each once however often it is printed."""
    readers = (_constraints, _policies, _webhooks, _pod_security, _kyverno, _blocked)
    found = [each for reader in readers for each in islice(reader(text), MOST)]
    found.sort(key=lambda each: each.start)
    denials: dict[tuple[str | None, ...], Denial] = {}
    for number, each in enumerate(found[:MOST]):
        stop = found[number + 1].start if number + 1 < len(found) else len(text.dense)
        denial = _with_message(text, each, stop)
        denials.setdefault(_identity(denial), denial)
    return _without_echoes(tuple(denials.values()))


def facts(found: tuple[Denial, ...], kind: str | None = None) -> dict[str, Any]:
    """``denials``, and of the first that has them ``vapPolicy``, ``vapBinding``, ``webhook``; ``constraintKind``."""
    known = {
        "denials": found,
        "constraintKind": kind,
        "vapPolicy": next((each.policy for each in found if each.binding), None),
        "vapBinding": next((each.binding for each in found if each.binding), None),
        "webhook": next((each.webhook for each in found if each.webhook), None),
    }
    return {name: value for name, value in known.items() if value}


def constraint_kind(text: Text) -> str | None:
    """The constraint kind that ``RunCommandBlockedByAzurePolicy`` tells to look for: a hint, it may not exist."""
    found = _KIND.search(text.low) if text.has("kubectlget", "-oyaml") else None
    return found.group(1) if found else None


def stem(constraint: str) -> str | None:
    """``azurepolicy-<stem>-<hash>``: the stem; of a name without the hash, what follows the prefix."""
    found = _AZURE_NAME.match(constraint)
    if found:
        return found.group(1)
    return constraint.removeprefix("azurepolicy-") if constraint.startswith("azurepolicy-") else None


def _constraints(text: Text) -> Iterator[_Found]:
    webhook = text.low.find("validation.gatekeeper.sh")
    if webhook < 0 and not text.any("[azurepolicy-", "[deniedby"):
        return
    for number, found in enumerate(_BRACKET.finditer(text.low)):
        if number == 10 * MOST:
            return
        name = found.group(2)
        azure = name.startswith("azurepolicy-")
        if _admitted(text, found.start()) or not (azure or found.group(1) or _opens(text, found.start(), webhook)):
            continue
        engine = "azure-policy" if azure else "gatekeeper"
        yield _Found(found.start(), found.end(), Denial(engine, constraint=name, stem=stem(name)))


def _admitted(text: Text, start: int) -> bool:
    """``Warning: [constraint] …`` lets the object through; the CLI's own WARNING is in capitals and already gone."""
    return text.dense.endswith("Warning:", 0, start)


def _opens(text: Text, start: int, webhook: int) -> bool:
    """A bracket that is no Azure Policy constraint counts only where Gatekeeper starts a denial."""
    return 0 <= webhook < start and (text.low.endswith("request:", 0, start) or text.starts_line(start))


def _policies(text: Text) -> Iterator[_Found]:
    if not text.has("validatingadmissionpolicy'", "denied"):
        return
    for found in _POLICY.finditer(text.low):
        policy, binding = found.groups()
        yield _Found(found.start(), found.end(), _policy_denial(policy, binding))


def _policy_denial(policy: str, binding: str) -> Denial:
    if policy.startswith("aks-managed-"):
        return Denial("managed", policy=policy, binding=binding)
    if policy.endswith(".vap") and binding.endswith(".binding"):
        return Denial("defender", policy=policy, binding=binding)
    azure = _AZURE_BINDING.search(binding)
    if azure:
        name = azure.group(1)
        return Denial("azure-policy", constraint=name, stem=stem(name), policy=policy, binding=binding)
    if policy.startswith(("gatekeeper-k8sazure", "azurepolicy-")):
        template = policy.split("-", 1)[1][:30]
        return Denial("azure-policy", stem=template, policy=policy, binding=binding)
    engine = "gatekeeper" if policy.startswith("gatekeeper-") else "vap"
    return Denial(engine, policy=policy, binding=binding)


def _webhooks(text: Text) -> Iterator[_Found]:
    if text.has("admissionwebhook'", "deniedtherequest"):
        for found in _WEBHOOK.finditer(text.low):
            yield _Found(found.start(), found.end(), _webhook_denial(text, found))


def _pod_security(text: Text) -> Iterator[_Found]:
    if text.has("violatespodsecurity'"):
        for found in _POD_SECURITY.finditer(text.low):
            yield _Found(found.start(), found.end(), Denial("pod-security", policy=found.group(1)))


def _kyverno(text: Text) -> Iterator[_Found]:
    """Kyverno's list of policies where the webhook's name was lost; with the name it is a webhook's denial."""
    if text.has("duetothefollowingpolicies") and not text.has("kyverno"):
        for found in _KYVERNO.finditer(text.low):
            yield _Found(found.start(), found.end(), Denial("kyverno", policy=found.group(1)))


def _webhook_denial(text: Text, found: re.Match[str]) -> Denial:
    name = found.group(1)
    if name.startswith("validation.gatekeeper.sh"):
        # Gatekeeper's own constraints always stand in brackets; a text without any was cut by who passed it on.
        return Denial("azure-policy", webhook=name)
    if "kyverno" in name:
        policy = _KYVERNO.search(text.low, found.end(), found.end() + _LONGEST)
        return Denial("kyverno", webhook=name, policy=policy.group(1) if policy else None)
    if name.startswith("defender-admission-controller"):
        return Denial("defender", webhook=name)
    return Denial("webhook", webhook=name)


def _blocked(text: Text) -> Iterator[_Found]:
    """The wording of the resource provider; codes other than Azure Policy's are to be expected, none was seen yet."""
    if not text.any("runcommandblockedby", "podcreateblockedby", "runcommandfeatureisblockedbyazurepolicy"):
        return
    found = _BLOCKED.search(text.low)
    by = found.group(1) if found else "azurepolicy"
    engine = next((engine for word, engine in _BLOCKERS if by.startswith(word)), "webhook")
    start = found.start() if found else text.low.find("runcommandfeatureisblocked")
    yield _Found(start, len(text.dense), Denial(engine))


_BLOCKERS = (
    ("azurepolicy", "azure-policy"),
    ("gatekeeper", "gatekeeper"),
    ("kyverno", "kyverno"),
    ("podsecurity", "pod-security"),
    ("defender", "defender"),
    ("validatingadmissionpolicy", "vap"),
)


def _with_message(text: Text, found: _Found, stop: int) -> Denial:
    part = text.spaced(found.end, min(stop, found.end + _LONGEST))
    part = part[: _closing_quote(part)]
    for trailer in (_TRAILER.search(part), _PARAGRAPH.search(part)):
        part = part[: trailer.start()] if trailer else part
    return replace(found.denial, message=" ".join(part.split()).strip("* "))


def _closing_quote(part: str) -> int:
    """Where the JSON string ends that the denial stands in: at a quote that opens nothing and has JSON behind it."""
    position = 0
    pieces = part.split('"')
    for number, piece in enumerate(pieces[:-1]):
        position += len(piece)
        if number % 2 == 0 and pieces[number + 1].lstrip()[:1] in (",", "}"):
            return position
        position += 1
    return len(part)


def _identity(denial: Denial) -> tuple[str | None, ...]:
    words = "".join(denial.message.split())
    return denial.engine, denial.constraint, denial.policy, denial.binding, denial.webhook, words


def _without_echoes(denials: tuple[Denial, ...]) -> tuple[Denial, ...]:
    """Gatekeeper's webhook and the provider's sentence add nothing once a constraint or policy is named."""
    named = tuple(each for each in denials if each.constraint or each.policy)
    if not named:
        return denials[:1] if denials and denials[0].engine == "azure-policy" else denials
    return tuple(each for each in denials if each in named or (each.webhook and each.engine != "azure-policy"))
