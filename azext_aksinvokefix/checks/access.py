"""Stage ``access``: does the cluster exist for the caller, and does ARM let them run a command and read its result?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import login
from azext_aksinvokefix.checks.basis import (
    command,
    finding_from_text,
    manual,
    refusal,
    report,
    target,
    text_datum,
    told,
    unread,
)
from azext_aksinvokefix.checks.obstacles import denied, locked
from azext_aksinvokefix.checks.remembered import moment_of
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import (
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
    was_asked,
)
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights import eligibility, principal, roles
from azext_aksinvokefix.rights.gap import REFUSED, Gap
from azext_aksinvokefix.rights.gap import gap_of as rights_gap
from azext_aksinvokefix.rights.permissions import held
from azext_aksinvokefix.shapes import text

STAGE: Stage = "access"


def check_access(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Whether ARM would let the caller, or the principal asked about, use run command at this cluster."""
    own = _own_refusal(evidence)
    if _is_answered_otherwise(failure, own):
        failure = None
    refusals = [each for each in told(failure, own) if findings_of_text(STAGE, each)]
    missing = list(_not_found(refusals, evidence))
    if missing:
        return report(STAGE, missing)
    gap = rights_gap(evidence.permissions, refusals)
    findings = [*_refused(refusals, gap, evidence), *denied(refusals, evidence), *locked(refusals, evidence)]
    return report(STAGE, findings, _unknowns(gap, findings, evidence))


def _own_refusal(evidence: Evidence) -> Failure | None:
    """What the request for the cluster was answered; that the caller may not read it says nothing about others."""
    said = refusal(evidence)
    if said is None or principal.is_self(evidence) or "cluster-not-found" in findings_of_text(STAGE, said):
        return said
    return None


def _is_answered_otherwise(failure: Failure | None, own: Failure | None) -> bool:
    """Whether an earlier run did not find the cluster, and ARM refuses it for another reason now."""
    if failure is None or own is None or failure.finding != "cluster-not-found" or moment_of(failure) is None:
        return False
    return own.finding != failure.finding and own.stage in ("sign-in", STAGE)


def _not_found(refusals: list[Failure], evidence: Evidence) -> Iterator[Finding]:
    said = next((each for each in refusals if "cluster-not-found" in findings_of_text(STAGE, each)), None)
    if said is None:
        return
    where = target(evidence)
    fixes = (
        command(
            "Find the cluster in this subscription, then repeat the command with its resource group and name.",
            az("aks", "list", "--subscription", where.subscription, "-o", "table"),
        ),
        command("List the subscriptions that this sign-in can see.", az("account", "list", "--refresh", "-o", "table")),
    )
    if evidence.cluster.known:
        yield finding_from_text(
            "cluster-not-found",
            said,
            confidence="possible",
            severity="warning",
            message="The text says that the cluster was not found, but it can be read now. The text might come from "
            "another subscription, resource group or sign-in.",
            evidence=(Datum("managedClusters", f"{where.id} exists"),),
            fixes=fixes,
        )
        return
    yield finding_from_text("cluster-not-found", said, fixes=fixes)


def _refused(refusals: list[Failure], gap: Gap, evidence: Evidence) -> Iterator[Finding]:
    said = next((each for each in refusals if set(findings_of_text(STAGE, each)) & REFUSED), None)
    if said is not None and principal.is_another(said, evidence):
        yield _other_identity(said, evidence)
    elif gap.certain and gap.lacking:
        yield _lacking(gap, said, evidence)
    elif said is None:
        return
    elif not gap.certain:
        yield _from_text(said, gap, evidence)
    elif gap.unmet:
        yield _under_a_condition(said, gap, evidence)
    elif gap.beyond:
        yield _beyond(said, gap, evidence)
    else:
        yield _contradicted(said, evidence)


def _lacking(gap: Gap, said: Failure | None, evidence: Evidence) -> Finding:
    """The permissions themselves show the gap."""
    item, missing = evidence.permissions, (*gap.missing, *gap.beyond)
    data = [text_datum(said)] if said else []
    data.append(Datum(item.source or "permissions", f"no entry grants {', '.join((*gap.lacking, *gap.beyond))}"))
    if gap.unmet:
        data.append(_condition(gap, evidence))
    role = _eligible_role(gap.missing, evidence)
    if role:
        return _not_activated(role, gap.missing, "confirmed", tuple(data))
    return catalog.finding(
        _finding_of(missing),
        confidence="confirmed",
        message=_message(missing, said, evidence),
        evidence=tuple(data),
        fixes=_grants(gap, said, evidence),
        brief=_brief(missing, said, evidence),
    )


def _from_text(said: Failure, gap: Gap, evidence: Evidence) -> Finding:
    """The permissions could not be read, so that only the refusal names an action."""
    role = _eligible_role(gap.missing, evidence) if gap.missing else None
    if role:
        return _not_activated(role, gap.missing, "likely", (text_datum(said),))
    named = gap.refused
    finding = _finding_of(named) if named else said.finding
    return finding_from_text(
        finding,
        said,
        message=_unproven(gap, _message(named, said, evidence)) if named else None,
        fixes=_grants(gap, said, evidence, one_line(said.message)),
        brief=_brief(named, said, evidence) if named else "",
    )


def _unproven(gap: Gap, message: str) -> str:
    """The message with what a refusal leaves open, since the permissions themselves could not be read."""
    rest = [action for action in gap.missing if action not in gap.refused]
    return f"{message} Not known: {', '.join(rest)}." if rest else message


def _finding_of(missing: tuple[str, ...]) -> str:
    return "result-read-missing" if missing == (READ_RESULT,) else "arm-action-missing"


def _message(missing: tuple[str, ...], said: Failure | None, evidence: Evidence) -> str:
    who = principal.words(evidence, said)
    if missing == (READ_RESULT,):
        return (
            f"{who} is allowed to run commands on this cluster but not to read their results: the command runs, "
            f"but reading its result is denied. Missing permission: {READ_RESULT}."
        )
    return f"{who} is not allowed to run commands on this cluster. Missing permission: {', '.join(missing)}."


def _brief(missing: tuple[str, ...], said: Failure | None, evidence: Evidence) -> str:
    """What is missing, and whose permission it is where that is not the reader's own."""
    whose = "" if principal.is_caller(said, evidence) else f" of {principal.words(evidence, said).lower()}"
    if len(missing) == 1:
        return f"Missing permission{whose}: {missing[0]}"
    return f"Missing permissions{whose}: {', '.join(each.removeprefix(_PROVIDER) for each in missing)}"


_PROVIDER = "Microsoft.ContainerService/"


def _under_a_condition(said: Failure, gap: Gap, evidence: Evidence) -> Finding:
    """What was refused is granted, under a condition that the request did not meet."""
    return finding_from_text(
        said.finding,
        said,
        confidence="likely",
        message=f"{principal.words(evidence)} has {', '.join(gap.unmet)} only under a condition of the role "
        "assignment, and this request did not meet it.",
        evidence=(_condition(gap, evidence),),
        fixes=(
            manual("Ask the owner of the role assignment to check its condition.", _list_assignments(evidence)),
            *_grants(gap, said, evidence),
        ),
    )


def _condition(gap: Gap, evidence: Evidence) -> Datum:
    return Datum(evidence.permissions.source, f"conditional: {', '.join(gap.unmet)}")


def _beyond(said: Failure, gap: Gap, evidence: Evidence) -> Finding:
    """What was refused is indeed missing, but no invoke needs it."""
    return finding_from_text(
        said.finding,
        said,
        message=f"{principal.words(evidence, said)} lacks {', '.join(gap.beyond)}. That action was denied, but running "
        "commands does not need it.",
        evidence=(Datum(evidence.permissions.source or "permissions", f"no entry grants {', '.join(gap.beyond)}"),),
        fixes=(manual("Grant that permission if you need the action, or run the command again without it."),),
    )


def _contradicted(said: Failure, evidence: Evidence) -> Finding:
    """ARM refused, yet the permissions hold everything: another role would not help."""
    return finding_from_text(
        said.finding,
        said,
        confidence="possible",
        message="ARM denied the request, but the current permissions on the cluster include everything run command "
        "needs. A recent grant can take up to ten minutes to take effect; otherwise a deny assignment or "
        "another sign-in is the cause.",
        evidence=(Datum(evidence.permissions.source or "permissions", "all needed actions are granted"),),
        fixes=(_renew(evidence),),
    )


def _other_identity(said: Failure, evidence: Evidence) -> Finding:
    theirs, ours = text(said.facts.get("objectId")), principal.object_id(evidence)
    return finding_from_text(
        said.finding,
        said,
        message=f"ARM denied the principal {theirs}, not the one checked here ({ours}).",
        evidence=(Datum("signed-in account", f"object id {ours}"),),
        fixes=(
            command(
                "Check the permissions of the denied principal.",
                az("aks", "invoke-fix", "diagnose", *target(evidence).options, "--principal", theirs),
            ),
        ),
    )


def _not_activated(role: str, missing: tuple[str, ...], confidence: Confidence, data: tuple[Datum, ...]) -> Finding:
    return catalog.finding(
        "role-not-activated",
        confidence=confidence,
        message=f"The role '{role}' would grant {', '.join(missing)}, but it is only eligible, not active.",
        evidence=(*data, Datum("roleEligibilityScheduleInstances", f"eligible: {role}")),
        brief=f"The role '{role}' would grant the missing permission, but it is only eligible and not active.",
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
    entries = held(evidence.permissions).entries
    return eligibility.named(eligibility.closing(missing, entries, evidence.eligible)) or None


def _grants(gap: Gap, said: Failure | None, evidence: Evidence, refusal_text: str = "") -> tuple[Fix, ...]:
    aad = properties(evidence).get("aadProfile")
    local_accounts = not properties(evidence).get("disableLocalAccounts")
    return roles.proposals(
        gap.missing,
        principal.assignee(said, evidence),
        target(evidence),
        admin_credential_escalates=bool(aad) and local_accounts,
        is_caller=principal.is_caller(said, evidence),
        said=refusal_text,
    )


def _list_assignments(evidence: Evidence) -> str:
    words = ("role", "assignment", "list", "--scope", target(evidence).id, "--include-inherited", "-o", "json")
    return az(*words)


def _renew(evidence: Evidence) -> Fix:
    if not principal.is_self(evidence):
        return manual(
            "Wait up to ten minutes after a grant, sign in again as that principal, and run the command again."
        )
    fix = login.again(evidence)
    return replace(fix, description=f"The sign-in might have outdated permissions. {fix.description}")


def _unknowns(gap: Gap, findings: list[Finding], evidence: Evidence) -> Iterator[Unknown]:
    item = evidence.permissions
    what = f"whether run command and reading its results are allowed ({RUN_COMMAND}, {READ_RESULT})"
    if not item.known:
        if was_asked(item) or not findings:
            yield unread(STAGE, what, item)
    elif not gap.certain:
        why = f"A role could not be read: {held(item).incomplete}"
        yield Unknown(STAGE, what, why, ("Microsoft.Authorization/roleDefinitions/read",))
    for what_stops, obstacle in (("the deny assignments", evidence.denies), ("the locks", evidence.locks)):
        if was_asked(obstacle) and not obstacle.known:
            yield unread(STAGE, what_stops, obstacle)
    for action in gap.conditional:
        yield Unknown(STAGE, f"whether {action} is allowed", "It is granted only under a condition.", (action,))
