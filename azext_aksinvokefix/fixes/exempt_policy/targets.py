"""Which of the policies in force are to be dealt with, and why each of the others is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.admission.azure import title_of
from azext_aksinvokefix.cluster import POLICY_TAKES, Target
from azext_aksinvokefix.fixes.exempt_policy import wording as notes
from azext_aksinvokefix.fixes.exempt_policy.source import DenialSource
from azext_aksinvokefix.lifecycle import Evidence
from azext_aksinvokefix.policy import denial, match
from azext_aksinvokefix.policy.denial import DenialAnalysis, Prediction
from azext_aksinvokefix.policy.match import DenialText
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod import prediction
from azext_aksinvokefix.quoting import az, clause, one_line, sentence

_ASSIGNMENTS_READ = "Microsoft.Authorization/policyAssignments/read"
_LONGEST = 300


@dataclass(frozen=True)
class Targets:
    """The policies to deal with. Without any, ``notes`` say why and ``next_step`` what to do then."""

    policies: tuple[PolicyInForce, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    next_step: str = ""


def choose(session: Session, evidence: Evidence, told: DenialSource, wanted: Sequence[str]) -> Targets:
    """The policies that stand behind the denial or, where none is known, would stand behind the next one.

    ``wanted`` are names or ids of assignments: no other is dealt with.
    """
    policies = denial.standing(evidence)
    azure = told.denied.azure if told.denied else None
    if not evidence.assignments.known and not any(match.matches(one, azure.names if azure else ()) for one in policies):
        raise _unreadable(evidence)
    _refuse_unknown(wanted, policies)
    if azure is None:
        return _foreseen(policies, denial.predictions(evidence), wanted)
    return _behind(session, denial.blame(azure, evidence), wanted)


def _unreadable(evidence: Evidence) -> RefusedError:
    needs = ", ".join(evidence.assignments.needs or (_ASSIGNMENTS_READ,))
    why = sentence(one_line(evidence.assignments.unread or ""))
    return RefusedError(
        f"Nothing was changed: the policy assignments in force on the cluster cannot be read. {why}",
        f"Ask someone with {needs} to run this command.",
    )


def is_wanted(policy: PolicyInForce, wanted: Sequence[str]) -> bool:
    """Whether an assignment is among those which were named, by name, id or display name; without any, all are."""
    names = {one.strip().casefold() for one in wanted}
    own = (policy.assignment_id, policy.assignment_name, policy.display_name)
    return not names or any(one.casefold() in names for one in own)


def _refuse_unknown(wanted: Sequence[str], policies: Sequence[PolicyInForce]) -> None:
    for one in wanted:
        if not any(is_wanted(policy, (one,)) for policy in policies):
            known = ", ".join(dict.fromkeys(one_line(policy.assignment_name) for policy in policies))
            raise RefusedError(
                f"No policy assignment '{one_line(one)}' that applies inside the cluster is in force.",
                f"These are in force: {known[:_LONGEST]}."
                if known
                else "None that applies inside the cluster is in force.",
                is_missing=True,
            )


def _behind(session: Session, found: DenialAnalysis, wanted: Sequence[str]) -> Targets:
    sure = tuple(policy for policy in found.blamed if _is_sure(policy, found))
    doubtful = tuple(policy for policy in (*found.blamed, *found.untold) if policy not in sure)
    chosen = [policy for policy in sure if is_wanted(policy, wanted)]
    if wanted:
        chosen += [policy for policy in doubtful if is_wanted(policy, wanted)]
        chosen += [policy for policy in _next_in_the_way(found) if is_wanted(policy, wanted) and policy not in chosen]
    elif not sure and doubtful:
        chosen = list(_only(session, doubtful))
    if not (chosen or sure or doubtful or found.excused):
        raise _nobody(found.left)
    return Targets(
        _readable(chosen),
        (
            *notes.lines(found.excused, notes.dealt_with(session.now)),
            *notes.lines(_left_alone(chosen, found, wanted), notes.left_alone),
        ),
        tuple(_warnings(found, sure, doubtful, chosen)),
        notes.next_step(found.excused, session.now) if found.excused and not chosen else "",
    )


def _next_in_the_way(found: DenialAnalysis) -> list[PolicyInForce]:
    """The policies that will deny the pod once those behind this denial are dealt with."""
    return [one.policy for one in denial.foreseen(found.policies) if one.sure]


def _is_sure(policy: PolicyInForce, found: DenialAnalysis) -> bool:
    """Whether the text names its template, or it denies such a pod by all that is known."""
    return match.matches(policy, found.named.names) or prediction.verdict(policy).outcome == prediction.DENY


def _only(session: Session, policies: Sequence[PolicyInForce]) -> Sequence[PolicyInForce]:
    """The policies, where they are of one assignment; RefusedError where somebody has to choose."""
    names = list(dict.fromkeys(policy.assignment_name for policy in policies))
    if len({policy.assignment_id.lower() for policy in policies}) == 1:
        return policies
    where = Target.of(session.cluster_id).options
    line = az("aks", "invoke-fix", "exempt-policy", *where, "--policy-assignment", names[0])
    raise RefusedError(
        "Nothing was changed: it is not clear which policy denied the command pod. It could be any of "
        f"{', '.join(map(one_line, names))[:_LONGEST]}.",
        f"Name the right ones, for example: {line}",
    )


def _readable(policies: Iterable[PolicyInForce]) -> tuple[PolicyInForce, ...]:
    """The policies; RefusedError where the definition of one could not be read, so that nothing is known of it."""
    found = tuple(policies)
    for policy in found:
        if policy.unread:
            needs = f"Ask someone with {', '.join(policy.needs)} to run this command." if policy.needs else ""
            raise RefusedError(
                f"Nothing was changed: the definition of {title_of(policy)} cannot be read. "
                f"{sentence(one_line(policy.unread))}",
                needs or "Run the command again.",
            )
    return found


def _left_alone(
    chosen: Sequence[PolicyInForce], found: DenialAnalysis, wanted: Sequence[str]
) -> Iterator[PolicyInForce]:
    """The policies that go by a name in the text, or were named by the user, and do not deny."""
    behind = (*chosen, *found.blamed, *found.excused, *found.untold)
    for policy in found.policies:
        if policy not in behind and is_wanted(policy, wanted) and (wanted or policy in found.alike):
            yield policy


def _warnings(
    found: DenialAnalysis,
    sure: Sequence[PolicyInForce],
    doubtful: Sequence[PolicyInForce],
    chosen: Sequence[PolicyInForce],
) -> Iterator[str]:
    yield from notes.lines((policy for policy in sure if policy not in chosen), notes.not_named)
    yield from notes.lines((policy for policy in doubtful if policy in chosen), notes.may_be_it)
    yield from notes.lines((policy for policy in doubtful if policy not in chosen), notes.may_deny_too)
    rest = found.left.beyond((*found.excused, *found.untold))
    if found.blamed and rest.denials:
        yield f"No policy assignment in force explains this part of the denial: {_said(rest)}"
    if any(policy.exemptions_unread for policy in chosen):
        yield "The exemptions in force cannot be read: the cluster might already be exempt."
    if not found.named.complete:
        hidden = [one.policy for one in denial.foreseen(found.policies) if one.policy not in found.blamed]
        yield from notes.lines((one for one in hidden if one not in doubtful), notes.may_deny_too)
        yield "The text does not show every denial: after these, another policy might deny the pod."


def _nobody(left: DenialText) -> RefusedError:
    said = f" ({_said(left)})" if left.denials else ""
    return RefusedError(
        f"Nothing was changed: no policy assignment in force on the cluster explains the denial{said}.",
        f"If one was just changed or removed, wait: it takes {POLICY_TAKES} to reach the cluster.",
    )


def _said(named: DenialText) -> str:
    return clause(one_line(" / ".join((*named.names, *named.messages)))[:_LONGEST])


def _foreseen(policies: Sequence[PolicyInForce], active: Sequence[Prediction], wanted: Sequence[str]) -> Targets:
    """What can be said without a denial: by the policies in force and by what is published of the pod."""
    chosen = [one for one in active if is_wanted(one.policy, wanted) and (one.sure or (wanted and not one.untold))]
    rest = [one for one in active if one not in chosen]
    seen = [one.policy for one in active]
    named = [policy for policy in policies if wanted and is_wanted(policy, wanted) and policy not in seen]
    warnings = (
        "This is a prediction: no denial is known and no command was run; the policies that really deny the "
        "pod can differ.",
        *notes.lines((one.policy for one in rest if one.sure), notes.would_deny_too),
        *notes.lines((one.policy for one in rest if not one.sure), notes.may_deny_too),
    )
    left = notes.lines(named, notes.left_alone)
    if not chosen:
        nothing = "No policy in force is known to deny the command pod."
        step = "Run a command. If it is denied, repeat this command with --error and the text of the denial."
        return Targets(notes=(nothing, *left), warnings=warnings, next_step=step)
    chosen_ones = tuple(one.policy for one in chosen)
    return Targets(chosen_ones, (*notes.lines(chosen_ones, notes.would_deny), *left), warnings)
