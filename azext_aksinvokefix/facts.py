"""What a failure text may tell beside its finding: the members of ``Failure.facts``, a class for every family.

All are optional, and whoever reads one must live without it: a text can be cut anywhere. They are not part of the JSON.
Written in ``failure/``, unless a member says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class Anywhere(TypedDict, total=False):
    """What may stand in any text."""

    #: Further findings that the text names, the more precise ones first.
    also: tuple[str, ...]
    #: 32 hex digits, as the service names a command.
    commandId: str
    #: The name of the command's pod, where the text does not name the command. Written by who knows the command.
    pod: str
    image: str
    #: What to do about exactly this. Written by the client that refuses before anything is sent.
    remedy: str
    #: An admission webhook, by its name in the cluster.
    webhook: str


class OfRights(TypedDict, total=False):
    """What Azure Resource Manager refused, to whom, and why."""

    #: The refused action as the text spells it; ``actions`` where it names several.
    action: str
    actions: tuple[str, ...]
    #: ARM id.
    scope: str
    objectId: str
    #: The name of a user or the id of an application.
    clientId: str
    denyAssignment: str
    denyAssignmentId: str
    denyAssignmentScope: str
    lock: str


class OfSignIn(TypedDict, total=False):
    """What Entra ID said."""

    #: The number of the error with its prefix, and the family of ``failure.entra`` that it belongs to.
    aadsts: str
    family: str
    tenants: tuple[str, ...]
    #: That nobody is signed in to az, in its own words.
    notSignedIn: bool
    #: That az could not get a token, in words that nothing is known of. Written in ``invoke.refusal``.
    wordless: bool


class OfAdmission(TypedDict, total=False):
    """Who denied the pod: ``failure.denials.Denial`` values."""

    denials: tuple[Any, ...]
    constraintKind: str
    vapPolicy: str
    vapBinding: str


class OfPod(TypedDict, total=False):
    """Why the pod has no node, as the scheduler counted it, or no image."""

    #: How many nodes the scheduler looked at.
    nodes: int
    #: The reason in its own words -> how many nodes it rules out.
    reasons: Mapping[str, int]
    taints: tuple[str, ...]
    #: Whether the autoscaler said that its limit is reached.
    atLimit: bool
    #: How the registry took it, one of these: it refused the image, was not reached, or does not have it.
    refused: bool
    unreached: bool
    missing: bool


class OfKubernetes(TypedDict, total=False):
    """What the cluster refused to the command."""

    #: Whether Azure RBAC decided, and not the cluster alone.
    azureRbac: bool
    user: str
    #: That there was a user's name, which is a secret's placeholder by now.
    userHidden: bool
    verb: str
    resource: str
    #: The API group of the resource.
    group: str
    namespace: str


class OfCommand(TypedDict, total=False):
    """How the command itself ended."""

    exitCode: int
    #: The program that the shell did not find; ``programHere`` where that was the caller's own shell.
    program: str
    programHere: str
    #: The file that was not found, as an attachment would be named; ``fileMissing`` where only that one was, is known.
    file: str
    fileMissing: bool
    #: What to do about the file, by what was attached and what lies here. Written in ``invoke.looked_up``.
    attach: str
    #: Which of several steps failed, in words. Written in ``invoke.outcome``.
    step: str


class Facts(Anywhere, OfRights, OfSignIn, OfAdmission, OfPod, OfKubernetes, OfCommand, total=False):
    """All of them."""
