"""Stage ``access``: does the cluster exist for the caller, and does ARM let them run a command and read its result?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import login
from azext_aksinvokefix.checks.basis import command, manual, quote, refusal, report, spoken, target, told, unread
from azext_aksinvokefix.checks.obstacles import denied, locked
from azext_aksinvokefix.lifecycle import (
    NEEDED_ACTIONS,
    READ_RESULT,
    RUN_COMMAND,
    Confidence,
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Stage,
    StageReport,
    Unknown,
    properties,
    value_of,
    was_asked,
)
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights import eligibility, permissions, principal, roles
from azext_aksinvokefix.shapes import same, text, texts

STAGE: Stage = "access"
_REFUSED = ("arm-action-missing", "result-read-missing")


@dataclass(frozen=True)
class _Gap:
    """What one principal lacks. ``named`` is what a refusal named, ``missing`` what the evidence shows to be missing,
    ``conditional`` what is granted under a condition only; ``known`` whether the permissions could be read whole."""

    missing: tuple[str, ...]
    conditional: tuple[str, ...]
    named: tuple[str, ...]
    known: bool


def check_access(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Whether ARM would let the caller, or the principal asked about, use run command at this cluster."""
    refusals = [each for each in (failure, _own_refusal(evidence)) if each is not None and told(STAGE, each)]
    missing = list(_not_found(refusals, evidence))
    if missing:
        return report(STAGE, missing)
    gap = _gap(refusals, evidence)
    findings = [*_refused(refusals, gap, evidence), *denied(refusals, evidence), *locked(refusals, evidence)]
    return report(STAGE, findings, _unknowns(gap, findings, evidence))


def _own_refusal(evidence: Evidence) -> Failure | None:
    """What the request for the cluster was answered; that the caller may not read it says nothing about others."""
    said = refusal(evidence)
    if said is None or principal.is_self(evidence) or "cluster-not-found" in told(STAGE, said):
        return said
    return None


def _not_found(refusals: list[Failure], evidence: Evidence) -> Iterator[Finding]:
    said = next((each for each in refusals if "cluster-not-found" in told(STAGE, each)), None)
    if said is None:
        return
    where = target(evidence)
    fixes = (
        command(
            "Look for the cluster in this subscription, then repeat with its own resource group and name.",
            az("aks", "list", "--subscription", where.subscription, "-o", "table"),
        ),
        command("Look up which subscriptions this sign-in can see.", az("account", "list", "--refresh", "-o", "table")),
    )
    if evidence.cluster.known:
        yield spoken(
            "cluster-not-found",
            said,
            confidence="possible",
            severity="warning",
            message="The text says that the cluster was not found, but it can be read now: the text may come from "
            "another subscription, resource group or sign-in.",
            evidence=(Datum("managedClusters", f"{where.id} exists"),),
            fixes=fixes,
        )
        return
    yield spoken("cluster-not-found", said, fixes=fixes)


def _gap(refusals: list[Failure], evidence: Evidence) -> _Gap:
    value = value_of(evidence.permissions)
    entries = value.get("entries")
    named = tuple(
        dict.fromkeys(
            action
            for each in refusals
            if set(told(STAGE, each)) & set(_REFUSED)
            for action in texts(each.facts.get("actions")) or texts([each.facts.get("action")])
        )
    )
    wanted = tuple(dict.fromkeys([*NEEDED_ACTIONS, *(_spelled(action) for action in named)]))
    if not evidence.permissions.known:
        return _Gap((), (), named, known=False)
    lacking = permissions.lacking(entries, wanted)
    return _Gap(
        missing=() if value.get("incomplete") else lacking,
        conditional=permissions.lacking(entries, wanted, permissions.CONDITIONAL),
        named=named,
        known=not (value.get("incomplete") and lacking),
    )


def _spelled(action: str) -> str:
    """An action as it is documented: refusals spell it in any case."""
    return next((needed for needed in NEEDED_ACTIONS if same(needed, action)), action)


def _refused(refusals: list[Failure], gap: _Gap, evidence: Evidence) -> Iterator[Finding]:
    said = next((each for each in refusals if set(told(STAGE, each)) & set(_REFUSED)), None)
    if said is not None and principal.is_another(said, evidence):
        yield _other_identity(said, evidence)
    elif gap.missing:
        yield _lacking(gap.missing, said, evidence)
    elif said is not None and gap.known:
        yield _contradicted(said, gap, evidence)
    elif said is not None:
        yield _from_text(said, gap, evidence)


def _lacking(missing: tuple[str, ...], said: Failure | None, evidence: Evidence) -> Finding:
    """The permissions themselves show the gap."""
    item = evidence.permissions
    datum = Datum(item.source or "permissions", f"no entry grants {', '.join(missing)}")
    data = (*([quote(said)] if said else []), datum)
    role = _eligible_role(missing, evidence)
    if role:
        return _not_activated(role, missing, "confirmed", data)
    return catalog.finding(
        _finding_of(missing),
        confidence="confirmed",
        message=_message(missing, said, evidence),
        evidence=data,
        fixes=_grants(missing, said, evidence),
        brief=_brief(missing, said, evidence),
    )


def _from_text(said: Failure, gap: _Gap, evidence: Evidence) -> Finding:
    """The permissions could not be read, so that only the refusal names an action."""
    named = tuple(_spelled(action) for action in gap.named)
    wanted = tuple(dict.fromkeys([*named, *_not_come_to(named)]))
    role = _eligible_role(wanted, evidence)
    if role:
        return _not_activated(role, wanted, "likely", (quote(said),))
    finding = _finding_of(named) if named else said.finding
    return spoken(
        finding,
        said,
        message=_unproven(named, _message(named, said, evidence)) if named else None,
        fixes=_grants(wanted, said, evidence, one_line(said.message)),
        brief=_brief(named, said, evidence) if named else "",
    )


def _not_come_to(named: tuple[str, ...]) -> tuple[str, ...]:
    """The actions after the refused one: whoever was refused it has not come to them, and will need them next."""
    reached = min((NEEDED_ACTIONS.index(action) for action in named if action in NEEDED_ACTIONS), default=1)
    return tuple(action for action in NEEDED_ACTIONS[reached + 1 :] if action not in named)


def _unproven(named: tuple[str, ...], message: str) -> str:
    """The message with what a refusal leaves open, since the permissions themselves could not be read."""
    rest = _not_come_to(named)
    return f"{message} Neither proven nor refused here: {', '.join(rest)}." if rest else message


def _finding_of(missing: tuple[str, ...]) -> str:
    return "result-read-missing" if missing == (READ_RESULT,) else "arm-action-missing"


def _message(missing: tuple[str, ...], said: Failure | None, evidence: Evidence) -> str:
    who = principal.words(evidence, said)
    if missing == (READ_RESULT,):
        return (
            f"{who} is allowed to run commands on this cluster but not to read their results: the command runs, and "
            f"its result is refused. Missing permission: {READ_RESULT}."
        )
    return f"{who} is not allowed to run commands on this cluster. Missing permission: {', '.join(missing)}."


def _brief(missing: tuple[str, ...], said: Failure | None, evidence: Evidence) -> str:
    """What is missing, and whose permission it is where that is not the reader's own."""
    whose = "" if principal.is_caller(said, evidence) else f" of {principal.words(evidence, said).lower()}"
    return f"Missing permission{whose}: {', '.join(missing)}"


def _contradicted(said: Failure, gap: _Gap, evidence: Evidence) -> Finding:
    """ARM refused, yet the permissions hold everything: another role would not help."""
    if gap.conditional:
        return spoken(
            said.finding,
            said,
            confidence="likely",
            message=f"{principal.words(evidence)} has {', '.join(gap.conditional)} only under a condition of the role "
            "assignment, which this request did not meet.",
            evidence=(Datum(evidence.permissions.source, f"conditional: {', '.join(gap.conditional)}"),),
            fixes=(
                manual("Have the owner of the role assignment look at its condition.", _list_assignments(evidence)),
            ),
        )
    return spoken(
        said.finding,
        said,
        confidence="possible",
        message="ARM refused the request, but the permissions at the cluster grant all that run command needs now. A "
        "recent grant may take up to ten minutes to arrive; else a deny assignment or another sign-in is behind it.",
        evidence=(Datum(evidence.permissions.source or "permissions", "all needed actions are granted"),),
        fixes=(_renew(evidence),),
    )


def _other_identity(said: Failure, evidence: Evidence) -> Finding:
    theirs, ours = text(said.facts.get("objectId")), principal.object_id(evidence)
    return spoken(
        said.finding,
        said,
        message=f"ARM refused the principal {theirs}, which is not the one looked at here ({ours}).",
        evidence=(Datum("signed-in account", f"object id {ours}"),),
        fixes=(
            command(
                "Look at the permissions of the principal that was refused.",
                az("aks", "invoke-fix", "diagnose", *target(evidence).options, "--principal", theirs),
            ),
        ),
    )


def _not_activated(role: str, missing: tuple[str, ...], confidence: Confidence, data: tuple[Datum, ...]) -> Finding:
    return catalog.finding(
        "role-not-activated",
        confidence=confidence,
        message=f"The role '{role}' would grant {', '.join(missing)}, but it is only eligible and not active now.",
        evidence=(*data, Datum("roleEligibilityScheduleInstances", f"eligible: {role}")),
        fixes=(
            Fix(
                "manual",
                "safe",
                f"Activate '{role}' in Privileged Identity Management (My roles, Azure resources), sign in again, and "
                "run the command again. No new role assignment is needed.",
            ),
        ),
    )


def _eligible_role(missing: tuple[str, ...], evidence: Evidence) -> str | None:
    """The eligible role, or roles together, that would grant what is missing."""
    held = value_of(evidence.permissions).get("entries")
    return eligibility.named(eligibility.closing(missing, held, evidence.eligible)) or None


def _grants(
    missing: tuple[str, ...], said: Failure | None, evidence: Evidence, refusal_text: str = ""
) -> tuple[Fix, ...]:
    aad = properties(evidence).get("aadProfile")
    local_accounts = not properties(evidence).get("disableLocalAccounts")
    return roles.proposals(
        missing,
        principal.assignee(said, evidence),
        target(evidence),
        admin_credential_escalates=bool(aad) and local_accounts,
        may_define_roles=_may_define_roles(evidence),
        is_caller=principal.is_caller(said, evidence),
        said=refusal_text,
    )


def _may_define_roles(evidence: Evidence) -> bool:
    """Whether the one who would run the fix could write a role definition; yes where that is not known."""
    value = value_of(evidence.permissions)
    entries = value.get("entries")
    assigns = permissions.state(entries, roles.WRITE_ASSIGNMENTS) != permissions.MISSING
    defines = permissions.state(entries, roles.WRITE_DEFINITIONS) != permissions.MISSING
    return defines or not (value.get("self") and assigns)


def _list_assignments(evidence: Evidence) -> str:
    words = ("role", "assignment", "list", "--scope", target(evidence).id, "--include-inherited", "-o", "json")
    return az(*words)


def _renew(evidence: Evidence) -> Fix:
    if not principal.is_self(evidence):
        return manual(
            "Wait up to ten minutes after a grant, sign in again as that principal, and run the command again."
        )
    fix = login.again(evidence)
    return replace(fix, description=f"The sign-in may carry old permissions. {fix.description}")


def _unknowns(gap: _Gap, findings: list[Finding], evidence: Evidence) -> Iterator[Unknown]:
    item = evidence.permissions
    what = f"whether run command and its results are permitted ({RUN_COMMAND}, {READ_RESULT})"
    if not item.known:
        if was_asked(item) or not findings:
            yield unread(STAGE, what, item)
    elif not gap.known:
        why = f"A role could not be read: {text(value_of(item).get('incomplete'))}"
        yield Unknown(STAGE, what, why, ("Microsoft.Authorization/roleDefinitions/read",))
    for what_stops, obstacle in (("the deny assignments", evidence.denies), ("the locks", evidence.locks)):
        if was_asked(obstacle) and not obstacle.known:
            yield unread(STAGE, what_stops, obstacle)
    for action in gap.conditional:
        yield Unknown(STAGE, f"whether {action} is permitted", "It is granted under a condition only.", (action,))
