"""What no role can repair: deny assignments, locks, a grant that is still on its way, and another sign-in."""

from __future__ import annotations

from datetime import timedelta

from azext_aksinvokefix import catalog
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.checks import obstacles
from azext_aksinvokefix.finding_ids import STAGE_OF, findings_of_text
from azext_aksinvokefix.fixes.grant_role import activation
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, Failure, Finding, Fix
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights import eligibility, permissions
from azext_aksinvokefix.rights import gap as role_gap
from azext_aksinvokefix.rights.gap import Gap
from azext_aksinvokefix.rights.roles import WRITE_ASSIGNMENTS
from azext_aksinvokefix.shapes import dig, mappings, text, time

_PROPAGATES = timedelta(minutes=10)
PROPAGATION = "Azure takes up to 10 minutes to propagate a role assignment"


def found(scene: GrantEvidence) -> list[Finding]:
    """Deny assignments and locks that stop the principal, whatever roles they have."""
    refusals = [scene.failure] if scene.failure and findings_of_text("access", scene.failure) else []
    return [*obstacles.denied(refusals, scene.evidence), *obstacles.locked(refusals, scene.evidence)]


def nothing_missing(scene: GrantEvidence, gap: Gap) -> tuple[str, ...]:
    """What to say of a principal who has all that is needed; RefusedError where something else is in the way."""
    for finding in found(scene):
        if finding.severity == "error":
            raise RefusedError(f"No role helps: {finding.message}", _advice(finding.fixes))
    _refuse_other_failures(scene.failure)
    return tuple(_notes(scene, gap))


def _notes(scene: GrantEvidence, gap: Gap) -> list[str]:
    notes = [] if gap.conditional else [f"{scene.who.words} already has all permissions needed."]
    if gap.conditional:
        notes.append(
            f"{scene.who.words} has {', '.join(gap.conditional)} only under a condition, which cannot be evaluated "
            "here. Run a command; if it is denied, give the text with --error."
        )
    if role_gap.named(scene.failure) or _is_fresh(scene):
        notes.append(
            f"It might still be propagating: {PROPAGATION}, and a sign-in can have outdated permissions. Sign in "
            "again and repeat the denied command."
        )
    notes += [finding.message for finding in found(scene) if finding.severity != "error"]
    return notes


def _is_fresh(scene: GrantEvidence) -> bool:
    """Whether a role was assigned to the principal so lately that a refusal may be older."""
    created = [time(text(dig(one, "properties", "createdOn"))) for one in mappings(scene.assigned.value)]
    return any(when is not None and scene.evidence.now - when < _PROPAGATES for when in created)


def _refuse_other_failures(failure: Failure | None) -> None:
    """A failure that is about something else is not repaired by saying that no role is missing."""
    if failure is None or failure.finding == "unrecognized":
        return
    unneeded = [action for action in role_gap.named(failure) if action not in NEEDED_ACTIONS]
    if unneeded:
        raise RefusedError(
            f"No permission to run commands is missing; the text names {one_line(', '.join(unneeded))}, which "
            "running commands does not need.",
            "Grant that permission if you need the action, or run the command again without it.",
        )
    if STAGE_OF.get(failure.finding) != "access":
        entry = catalog.FINDINGS[failure.finding]
        raise RefusedError(f"No role is missing. The text is about something else: {entry.title}.", entry.fix)


def refuse_eligible(scene: GrantEvidence, gap: Gap, force: bool) -> tuple[str, ...]:
    """RefusedError where activating a role is enough; with ``force`` a warning instead."""
    enough = eligibility.closing(gap.missing, scene.entries, scene.evidence.eligible)
    if not enough:
        return ()
    what = f"{scene.who.words} can activate the role '{one_line(eligibility.named(enough))}', which is enough"
    if force:
        return (f"{what}: this also grants a permanent role.",)
    raise RefusedError(f"{what}. Nothing was granted.", activation.how(scene, enough))


def warnings(scene: GrantEvidence) -> tuple[str, ...]:
    """What stays in the way once the role is there, and what lets the caller make the change."""
    told_ones = [f"That role alone does not help: {finding.message}" for finding in found(scene)]
    if scene.who.is_caller and scene.mine.known:
        lacked = permissions.lacking(scene.my_entries, [WRITE_ASSIGNMENTS])
        enough = eligibility.closing(lacked, scene.my_entries, scene.evidence.eligible) if lacked else []
        if enough:
            name = one_line(eligibility.named(enough))
            told_ones.append(f"You can activate '{name}', which allows you to assign roles: {activation.PORTAL}.")
    return tuple(told_ones)


def _advice(fixes: tuple[Fix, ...]) -> str:
    return " ".join(part for fix in fixes[:1] for part in (fix.description, fix.command) if part)
