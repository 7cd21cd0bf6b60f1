"""The layer of Azure Resource Manager: the three actions at the cluster, closed by the least that really does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.basis import refusal
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.roles import Role
from azext_aksinvokefix.fixes.grant_role import assignment, candidates, definitions, delegation, obstacles
from azext_aksinvokefix.fixes.grant_role.assignment import PlanPart
from azext_aksinvokefix.fixes.grant_role.candidates import Candidate
from azext_aksinvokefix.fixes.grant_role.definitions import Definitions, OwnRole
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.fixes.grant_role.obstacles import PROPAGATION
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, READ_RESULT
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights import gap as role_gap
from azext_aksinvokefix.rights import permissions, roles
from azext_aksinvokefix.rights.gap import Gap
from azext_aksinvokefix.shapes import same, text, time

#: An assignment that does not show after this long is not on its way any more.
_LONGEST_PROPAGATION = timedelta(hours=1)


@dataclass(frozen=True)
class RoleRequest:
    """What was asked for: a role by name, leave to create one, a standing role beside an eligible one."""

    role: str | None = None
    allow_custom_role: bool = False
    force: bool = False


def part(session: Session, scene: GrantEvidence, wanted: RoleRequest) -> PlanPart:
    """The grant; without changes where nothing is missing or all is on its way."""
    gap = _gap(scene)
    if not gap.missing:
        return PlanPart(notes=obstacles.nothing_missing(scene, gap))
    eligible = obstacles.refuse_eligible(scene, gap, wanted.force)
    # Which definitions are worth reading shows by what is missing.
    named = definitions.read_named(session.arm, scene.scope, wanted.role) if wanted.role else None
    seen = (
        Definitions()
        if named
        else definitions.read(session.arm, session.cluster_id, scene.scope, with_own=wanted.allow_custom_role)
    )
    grant = decided(scene, gap, _offer(scene, gap, named, seen, wanted), eligible)
    if grant.changes and all(assignment.is_there(session.arm, change) for change in grant.changes):
        return PlanPart(notes=(grant.made,))
    return grant


def decided(scene: GrantEvidence, gap: Gap, offer: Offer, eligible: tuple[str, ...] = ()) -> PlanPart:
    """The grant of the least that is on offer; ``eligible`` are warnings of roles that could be activated instead."""
    on_its_way = next((each for each in offer.candidates if _is_assigned(scene, each)), None)
    if on_its_way:
        _refuse_stale(scene, on_its_way)
        return PlanPart(notes=(_on_its_way(scene, on_its_way),))
    choice, delegated = _choice(scene, gap, offer.candidates)
    todo = [role for role in choice.roles if not candidates.assignment_of(scene, role)]
    return PlanPart(
        changes=tuple(_changes(scene, choice, todo, offer)),
        requires=tuple(_requires(scene, choice, offer)),
        warnings=(*eligible, *delegated, *_warnings(scene, choice), *obstacles.warnings(scene)),
        notes=(*_notes(scene, gap, choice, offer), *offer.notes),
        stock=tuple(_stock(scene, choice, todo, offer)),
        next_step=_next_step(scene, gap),
        made=_on_its_way(scene, choice),
    )


def _gap(scene: GrantEvidence) -> Gap:
    """What the principal lacks; RefusedError when neither the permissions nor a refusal tell it."""
    # A refusal to the caller just now says nothing about another principal.
    own = refusal(scene.evidence) if scene.who.is_caller else None
    gap = role_gap.gap_of(scene.evidence.permissions, [scene.failure, own])
    if gap.certain or gap.missing:
        return gap
    item = scene.evidence.permissions
    why = permissions.held(item).incomplete or item.unread or ""
    raise RefusedError(
        f"The permissions of the {scene.who.shown} on the cluster cannot be read: {why}",
        "Run a command, and give its error text with --error; or ask someone who can read role assignments there.",
    )


@dataclass(frozen=True)
class Offer:
    """What could be granted, the least first. ``definable`` is the scope of the custom role that may be created."""

    candidates: list[Candidate]
    definable: str = ""
    notes: tuple[str, ...] = ()


def _offer(scene: GrantEvidence, gap: Gap, named: Role | None, seen: Definitions, wanted: RoleRequest) -> Offer:
    if named is not None:
        return Offer([candidates.of_one(scene, gap, named)])
    custom = list(scene.custom.value) if scene.custom.known else []
    new, definable = None, ""
    notes: tuple[str, ...] = ()
    if wanted.allow_custom_role:
        own = _own_role(seen)
        if own is None:
            notes = (_NO_CUSTOM_ROLE,)
        elif own.exists:
            # The list of custom roles may not show yet what was created a moment ago.
            custom += [] if any(same(role.guid, own.role.guid) for role in custom) else [own.role]
        else:
            new = own.role
        definable = own.within if own else ""
    if seen.unread:
        names = ", ".join(seen.unread)
        notes = (*notes, f"Role definitions could not be read; assuming the built-in ones: {names}.")
    return Offer(candidates.found(scene, gap, seen.built_in, custom, new), definable, notes)


def _own_role(seen: Definitions) -> OwnRole | None:
    """The custom role that exists or may be created; None where the caller may create it nowhere."""
    # Where one is certain, it goes before one that nobody can tell.
    for answer in (permissions.GRANTED, permissions.CONDITIONAL, ""):
        for own in seen.own:
            if own.exists or own.allowed == answer:
                return own
    return None


def _is_assigned(scene: GrantEvidence, candidate: Candidate) -> bool:
    return all(candidates.assignment_of(scene, role) for role in candidate.roles)


def _refuse_stale(scene: GrantEvidence, candidate: Candidate) -> None:
    """RefusedError where an assignment has been on its way for too long to be still."""
    created = [time(text((candidates.assignment_of(scene, role) or {}).get("createdOn"))) for role in candidate.roles]
    latest = max((when for when in created if when), default=None)
    if latest and scene.evidence.now - latest > _LONGEST_PROPAGATION:
        raise RefusedError(
            f"{scene.who.words} has been assigned {candidate.name} since {latest:%Y-%m-%d %H:%M} UTC, but still "
            "lacks its permissions. Another assignment would not help.",
            "Sign in again as that principal. If that does not help, look for deny assignments with `az aks "
            "invoke-fix diagnose`.",
        )


def _on_its_way(scene: GrantEvidence, candidate: Candidate) -> str:
    return (
        f"Already done: {scene.who.words} is assigned {candidate.name} there, and the assignment is propagating: "
        f"{PROPAGATION}. Sign in again or wait, then repeat the command."
    )


def _choice(scene: GrantEvidence, gap: Gap, found: list[Candidate]) -> tuple[Candidate, tuple[str, ...]]:
    """The least candidate; for a delegated administrator the least that their condition may allow."""
    if not found:
        raise RefusedError(
            f"No known role grants {gap.words} without granting everything.",
            "--allow-custom-role creates one with exactly the required actions; --role uses the one that you name.",
        )
    if not delegation.is_delegated(scene.my_entries):
        return found[0], ()
    allowed = [each for each in found if _may_assign(scene, each)]
    words = "You can assign roles only under a condition"
    if not allowed:
        return found[0], (f"{words}, which seems to exclude all roles that help: the request might be denied.",)
    if allowed[0] is found[0]:
        return found[0], (f"{words}: the request might be denied.",)
    return allowed[0], (f"{words}, which seems to exclude {found[0].name}: {allowed[0].name} grants more.",)


def _may_assign(scene: GrantEvidence, candidate: Candidate) -> bool:
    guids = [role.guid for role in candidate.roles]
    return delegation.allows(scene.my_entries, scene.who.principal, guids)


def _changes(scene: GrantEvidence, choice: Candidate, todo: list[Role], offer: Offer) -> Iterator[Change]:
    subscription = Target.of(scene.evidence.cluster_id).subscription
    if choice.creates:
        yield assignment.definition(choice.roles[0], offer.definable)
    for role in todo:
        yield assignment.assignment(scene.who, role, scene.scope, subscription, is_new=choice.creates)


def _requires(scene: GrantEvidence, choice: Candidate, offer: Offer) -> Iterator[tuple[str, str]]:
    if choice.creates:
        yield (roles.WRITE_DEFINITIONS, offer.definable)
    yield (roles.WRITE_ASSIGNMENTS, scene.scope)


def _stock(scene: GrantEvidence, choice: Candidate, todo: list[Role], offer: Offer) -> Iterator[str]:
    if choice.creates:
        yield roles.definition(choice.roles[0].name, NEEDED_ACTIONS, offer.definable)
    for role in todo:
        yield roles.assignment(scene.who.principal, role.name if choice.creates else role.guid, scene.scope)


def _warnings(scene: GrantEvidence, choice: Candidate) -> Iterator[str]:
    if choice.excess.words:
        give = "grant" if len(choice.roles) > 1 else "grants"
        yield f"Running commands does not need it, but {choice.name} also {give} the right to {choice.excess.sentence}."
    if not any(same(role.guid, roles.CLUSTER_ADMIN) for role in choice.roles):
        return
    if scene.properties.get("disableLocalAccounts") is True:
        yield "The static admin credential cannot be downloaded here while local accounts are disabled."
    elif scene.properties.get("aadProfile") or not scene.properties:
        yield (
            "The static admin credential makes its holder cluster-admin, bypassing Entra ID, and stays valid "
            "until it is rotated. --allow-custom-role avoids that, and so does disabling local accounts."
        )
    else:
        yield "On a cluster without Entra ID the static admin credential gives no more than running commands does."


def _notes(scene: GrantEvidence, gap: Gap, choice: Candidate, offer: Offer) -> Iterator[str]:
    if gap.certain:
        yield f"{scene.who.words} lacks {gap.words}."
    else:
        yield f"The permissions of the {scene.who.shown} cannot be read; according to the error they lack {gap.words}."
    if not choice.excess.words:
        yield f"{choice.name} grants only what running commands needs."
    for other in offer.candidates:
        if other is not choice and other.option:
            extra = f"also grants the right to {other.excess.short}" if other.excess.words else "grants nothing more"
            yield f"Another way, {other.option}, {extra}."
    if choice.excess.words and not any(role.is_custom for role in choice.roles) and not gap.is_reads:
        yield (
            "--allow-custom-role creates a role with exactly the required actions, if you are allowed to create roles."
        )


def _next_step(scene: GrantEvidence, gap: Gap) -> str:
    wait = "The grant propagates within 10 minutes; a new sign-in might pick it up sooner."
    if not scene.who.is_caller:
        return wait
    command_id = text(scene.failure.facts.get("commandId")) if scene.failure else ""
    if gap.missing != (READ_RESULT,):
        return f"{wait} Then run the command again."
    if not command_id:
        return f"{wait} If only the result was refused, the command did run. Check before you run it again."
    where = Target.of(scene.evidence.cluster_id).options
    line = az("aks", "invoke-fix", "run", *where, "--command-id", one_line(command_id))
    return f"{wait} The command has run: `{line}` gets its result without running it again."


_NO_CUSTOM_ROLE = (
    "No custom role can be created: that needs roleDefinitions/write, which only Owner and User Access "
    "Administrator have."
)
