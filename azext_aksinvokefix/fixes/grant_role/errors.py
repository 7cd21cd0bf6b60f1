"""What Azure answers to a role assignment or a role definition that it does not take: in words, with what helps."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_AUTHORIZED = (
    "You may not assign this role here: either you lack roleAssignments/write (roleDefinitions/write for a custom "
    "role), or you are a delegated administrator whose condition leaves out this role or this principal.",
    "Ask an Owner, a User Access Administrator or a Role Based Access Control Administrator of the cluster; or choose "
    "a role that your condition allows with --role. --what-if prints the commands to send them.",
)
_LIMIT = "Remove assignments that are not needed any more, or give the role to a group that has one already."

EXPLANATIONS: Mapping[str, tuple[str, str]] = {
    "AuthorizationFailed": _NOT_AUTHORIZED,
    "LinkedAuthorizationFailed": (
        "A custom role takes roleDefinitions/write at every scope where it can be assigned, which only Owner and User "
        "Access Administrator hold.",
        "Leave out --allow-custom-role, or have one of them create the role.",
    ),
    "DenyAssignmentAuthorizationFailed": (
        "A deny assignment forbids assigning roles here, whatever roles you have.",
        "Ask its owner to exclude you.",
    ),
    "UnmatchedPrincipalType": (
        "The object id belongs to something else than --assignee-principal-type says.",
        "Repeat the command with the type that the message names.",
    ),
    "PrincipalNotFound": (
        "The directory does not know the principal, or does not know it yet: one that was just created takes some "
        "minutes to be known everywhere.",
        "Compare the object id (of the service principal, not of the application) and the tenant, and repeat the "
        "command in a few minutes.",
    ),
    "RoleDefinitionDoesNotExist": (
        "The role is not known everywhere yet: a custom role that was just created takes some minutes.",
        "Repeat the command in a few minutes; it goes on where it stopped.",
    ),
    "RoleDefinitionWithSameNameExists": (
        "The directory already has a custom role of that name, which cannot be assigned in this subscription.",
        "Have its owner add this subscription to its assignable scopes, or leave out --allow-custom-role.",
    ),
    "RoleAssignmentUpdateNotPermitted": (
        "An assignment of that name exists for another role or principal, and assignments cannot be changed.",
        "Look at it with `az role assignment list --scope`, and delete it if it is not needed.",
    ),
    "RoleAssignmentLimitExceeded": ("The subscription holds as many role assignments as it can.", _LIMIT),
    "RoleDefinitionLimitExceeded": (
        "The directory holds as many custom roles as it can.",
        "Delete custom roles that are not needed any more, or leave out --allow-custom-role.",
    ),
    "RequestDisallowedByPolicy": (
        "An Azure Policy does not allow this role assignment or custom role.",
        "Its message names the policy: choose a role that it allows with --role, or ask its owner.",
    ),
    "ScopeLocked": (
        "A lock keeps role assignments from being written here.",
        "Remove the lock that the message names, or have its owner do so, and repeat the command.",
    ),
}

#: What the way back can meet.
TAKING_BACK: Mapping[str, tuple[str, str]] = {
    "RoleDefinitionHasAssignments": (
        "The custom role is still assigned to somebody else, and stays.",
        "It can be deleted once nobody has it any more: `az role assignment list --all --role NAME` shows who has.",
    ),
}
