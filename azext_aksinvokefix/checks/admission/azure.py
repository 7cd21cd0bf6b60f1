"""Findings about Azure Policy: what each says, on which datum it rests, and which fix it carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE, POLICY_TAKES, Target, place
from azext_aksinvokefix.lifecycle import Confidence, Datum, Evidence, Finding, Fix, Severity, Subject
from azext_aksinvokefix.policy import advice, built_ins, initiative, safeguards
from azext_aksinvokefix.policy.match import DenialText
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import az, clause, one_line, sentence
from azext_aksinvokefix.rights.sign_in import signed_in

AZURE_POLICY, SAFEGUARDS = "azure-policy-denied", "safeguards-denied"
_LONGEST_DETAIL = 600
_LONGEST_NAME = 160
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,60}\.(?:ya?ml|json)")


def title_of(policy: PolicyInForce) -> str:
    """The assignment, and within an initiative the reference."""
    through = f" (reference {one_line(policy.reference_id)[:_LONGEST_NAME]})" if policy.reference_id else ""
    return f"policy assignment {advice.named(policy)}{through}"


def denied(
    blamed: Sequence[PolicyInForce], denying: Sequence[PolicyInForce], named: DenialText, evidence: Evidence
) -> tuple[Finding, ...]:
    """One finding a policy; ``denying`` are those of which it is known that they deny and match the text."""
    together = f" {len(blamed)} policies block the pod; all must be excluded." if len(blamed) > 1 else ""
    findings = []
    for policy in blamed:
        sure = policy in denying
        verb = "denies" if sure else "might deny"
        said = named.about(policy)
        message = f"{_sentence(policy, verb)}{together}{_because(said)}"
        findings.append(
            _finding(
                policy,
                _confidence(policy, sure),
                message,
                _data(policy, said),
                why=" / ".join(said.messages) or f"{verb} the command pod",
                blamed=blamed,
                evidence=evidence,
            )
        )
    return tuple(findings)


def predicted(
    policy: PolicyInForce, sure: bool, why: str, others: Sequence[PolicyInForce], evidence: Evidence
) -> Finding:
    """A policy that would deny the pod (``sure``), as ``others`` would, or might; it is never confirmed."""
    likely = sure and not policy.uncertain and not policy.exemptions_unread
    verb = "would deny" if likely else "might deny"
    message = f"{_sentence(policy, verb)} Reason: {sentence(one_line(why)[:_LONGEST_DETAIL])}"
    confidence: Confidence = "likely" if likely else "possible"
    severity: Severity = "error" if likely else "warning"
    blamed = (*(one for one in others if one is not policy), policy)
    found = _finding(
        policy, confidence, message, _data(policy), why=why, blamed=blamed, evidence=evidence, severity=severity
    )
    return replace(found, fixes=(*_to_judge(policy, evidence.cluster_id), *found.fixes))


def _to_judge(policy: PolicyInForce, cluster_id: str) -> tuple[Fix, ...]:
    """How a template that is kept at a URL comes to be judged."""
    own = policy.template
    if own is None or own.read is not None or not own.url:
        return ()
    last = own.url.partition("?")[0].rpartition("/")[2]
    file = last if _FILE.fullmatch(last) else "template.yaml"
    description = (
        f"Download the constraint template from {one_line(own.url)[:_LONGEST_DETAIL]} as {file}, then pass it to "
        "diagnose, which does not fetch it itself."
    )
    words = ("aks", "invoke-fix", "diagnose", *Target.of(cluster_id).options, "--policy-template", file)
    return (Fix(kind="command", safety="safe", description=description, command=az(*words)),)


def travelling(excused: Sequence[PolicyInForce], named: DenialText) -> Finding:
    """Every policy that could have denied is excused by now, so the change has not reached the cluster yet."""
    reasons = "; ".join(f"{title_of(policy)}: {_excuse(policy)}" for policy in excused[:5])
    message = (
        f"The policy behind this denial no longer denies the command pod ({reasons}). A change within the last "
        f"hour might not have arrived yet: it takes {POLICY_TAKES} to reach the cluster.{_because(named)}"
    )
    identity = SAFEGUARDS if all(safeguards.is_safeguards(policy) for policy in excused) else AZURE_POLICY
    data = tuple(datum for policy in excused for datum in _data(policy, named.about(policy)))
    return catalog.finding(
        identity,
        confidence="likely",
        message=message,
        evidence=data,
        fixes=(advice.WAIT,),
        severity="error",
        brief="No policy in force denies the command pod now; a change made in the last hour has not arrived yet.",
    )


def from_text_alone(named: DenialText, looked: bool = False) -> Finding:
    """A denial whose assignment is not known, because none was read or none fits."""
    titles = dict.fromkeys(title for name in named.names for title in built_ins.definitions_named(name))
    policy = f" by policy {' or '.join(titles)}" if titles else ""
    nothing = " No policy assignment in force on the cluster explains it; one might have just been changed or removed."
    message = f"Azure Policy denied the command pod{policy}.{nothing if looked else ''}{_because(named)}"
    hinted = any(safeguards.HELP in message for message in named.messages)
    fix = advice.WAIT if looked else _FIND_ASSIGNMENT
    return catalog.finding(
        SAFEGUARDS if hinted else AZURE_POLICY,
        confidence="likely",
        message=message,
        evidence=_of_text(named),
        fixes=(fix,),
        severity="error",
    )


_FIND_ASSIGNMENT = Fix(
    kind="manual",
    safety="manual",
    description=(
        "Ask someone who can read the cluster's policy assignments to run diagnose with this error text. It names "
        f"the assignment, and the change that excludes namespace {COMMAND_NAMESPACE} from it."
    ),
    requires=("Microsoft.Authorization/policyAssignments/read",),
)


def _sentence(policy: PolicyInForce, verb: str) -> str:
    name = one_line(policy.definition_name)[:_LONGEST_NAME]
    policy_name = f': "{name}"' if name and name != policy.display_name else ""
    where = place(policy.scope)
    return f"{title_of(policy)[:1].upper()}{title_of(policy)[1:]} at {where} {verb} the command pod{policy_name}."


def _because(named: DenialText) -> str:
    said = one_line(" / ".join(named.messages))[:_LONGEST_DETAIL]
    return f" The cluster said: {said}" if said else ""


def _confidence(policy: PolicyInForce, sure: bool) -> Confidence:
    if not sure:
        open_ends = policy.unread or policy.effect == "unknown" or policy.guessed or not policy.templates
        return "possible" if open_ends else "likely"
    return "likely" if policy.uncertain or policy.exemptions_unread else "confirmed"


def _finding(
    policy: PolicyInForce,
    confidence: Confidence,
    message: str,
    data: tuple[Datum, ...],
    *,
    why: str,
    blamed: Sequence[PolicyInForce],
    evidence: Evidence,
    severity: Severity = "error",
) -> Finding:
    found = catalog.finding(
        SAFEGUARDS if safeguards.is_safeguards(policy) else AZURE_POLICY,
        confidence=confidence,
        message=message,
        evidence=data,
        fixes=_fixes(policy, blamed, evidence),
        severity=severity,
    )
    rule = policy.reference_id or policy.definition_name
    return replace(
        found,
        subject=Subject(policy.assignment_id, policy.display_name, place(policy.scope), rule, why),
    )


def _fixes(policy: PolicyInForce, blamed: Sequence[PolicyInForce], evidence: Evidence) -> tuple[Fix, ...]:
    cluster_id, cli_version = evidence.cluster_id, signed_in(evidence.sign_in).cli_version
    if policy.unread:
        return (replace(_FIND_ASSIGNMENT, requires=policy.needs),)
    if safeguards.is_managed(policy):
        return (advice.safeguards(policy, safeguards.resource(evidence), cluster_id, cli_version),)
    excluded = advice.exclusion(policy, blamed, cluster_id, cli_version)
    if excluded is not None:
        return (excluded,)
    same = [one for one in blamed if one.assignment_id.lower() == policy.assignment_id.lower()]
    stuck = sorted((one for one in same if not advice.is_excludable(one)), key=lambda one: one.reference_id)
    references = sorted({one.reference_id for one in stuck if one.reference_id})
    exempt = advice.exemption(policy, blamed, tuple(references), cluster_id, evidence.now)
    asked = initiative.advice(stuck)
    return (exempt, Fix("manual", "manual", asked)) if asked else (exempt,)


def _data(policy: PolicyInForce, named: DenialText | None = None) -> tuple[Datum, ...]:
    source = one_line(policy.assignment_id)
    if policy.unread:
        return (*_of_text(named), Datum(source, f"{policy.definition_id} could not be read: {policy.unread}"))
    data = [*_of_text(named), Datum(source, f"effect {policy.effect} ({policy.effect_from})"), _exclusion_datum(policy)]
    if policy.exemption or policy.expired_exemption:
        data.append(_exemption_datum(policy))
    remarks = (policy.unreached or policy.softened or policy.uncertain, "" if policy.version else policy.pin_unseen)
    data.extend(Datum(source, one_line(remark)) for remark in remarks if remark)
    data.extend(_template_datum(policy))
    return tuple(data)


def _template_datum(policy: PolicyInForce) -> Iterator[Datum]:
    own = policy.template
    if own is not None and own.read is not None:
        kept = f"the file {own.file}, for {own.url}" if own.file else "templateInfo.content"
        detail = one_line(f"constraint template {own.read.kind} evaluated from {kept}")
        yield Datum(one_line(policy.definition_id), detail[:_LONGEST_DETAIL])


def _of_text(named: DenialText | None) -> tuple[Datum, ...]:
    if named is None or not (named.messages or named.names):
        return ()
    return (Datum("error text", one_line(" / ".join((*named.names, *named.messages)))[:_LONGEST_DETAIL]),)


def _exclusion_datum(policy: PolicyInForce) -> Datum:
    namespaces = policy.namespaces
    excluded = "unknown" if namespaces.excluded is None else _as_json(namespaces.excluded)
    where = f"parameter {namespaces.parameter}" if namespaces.source == "parameter" else namespaces.source
    return Datum(one_line(policy.assignment_id), f"excludedNamespaces {excluded} ({where})"[:_LONGEST_DETAIL])


def _exemption_datum(policy: PolicyInForce) -> Datum:
    exemption = policy.exemption or policy.expired_exemption
    assert exemption is not None
    state = "expired" if exemption.expired else "in force"
    return Datum(one_line(exemption.id), f"{exemption.category} {state}, expires {exemption.expires_on or 'never'}")


def _excuse(policy: PolicyInForce) -> str:
    return clause(one_line(policy.excused() or f"its effect is {policy.effect}"))


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
