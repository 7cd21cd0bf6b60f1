"""What Azure answers to a role assignment or a role definition that it does not take: in words, with what helps."""

from __future__ import annotations

from collections.abc import Mapping

_NOT_AUTHORIZED = (
    "You are not allowed to assign this role here: either you lack roleAssignments/write (roleDefinitions/write "
    "for a custom role), or you are a delegated administrator whose condition excludes this role or this "
    "principal.",
    "Ask an Owner, a User Access Administrator or a Role Based Access Control Administrator of the cluster; or "
    "use --role to choose a role that your condition allows. --what-if prints the commands to send to them.",
)
_LIMIT = "Remove assignments that are no longer needed, or assign the role to a group that already has one."

EXPLANATIONS: Mapping[str, tuple[str, str]] = {
    "AuthorizationFailed": _NOT_AUTHORIZED,
    "LinkedAuthorizationFailed": (
        "A custom role needs roleDefinitions/write at every scope where it can be assigned, which only Owner and "
        "User Access Administrator have.",
        "Omit --allow-custom-role, or ask one of them to create the role.",
    ),
    "DenyAssignmentAuthorizationFailed": (
        "A deny assignment blocks role assignments here, regardless of your roles.",
        "Ask its owner to exclude you.",
    ),
    "UnmatchedPrincipalType": (
        "The object id is not of the type given with --assignee-principal-type.",
        "Repeat the command with the type that the message names.",
    ),
    "PrincipalNotFound": (
        "The principal was not found in the directory, or not yet: a new principal takes a few minutes to replicate.",
        "Compare the object id (of the service principal, not of the application) and the tenant, and repeat the "
        "command in a few minutes.",
    ),
    "RoleDefinitionDoesNotExist": (
        "The role was not found yet: a new custom role takes a few minutes to replicate.",
        "Repeat the command in a few minutes; it continues where it stopped.",
    ),
    "RoleDefinitionWithSameNameExists": (
        "The directory already has a custom role of that name, which cannot be assigned in this subscription.",
        "Ask its owner to add this subscription to its assignable scopes, or omit --allow-custom-role.",
    ),
    "RoleAssignmentUpdateNotPermitted": (
        "An assignment of that name exists for another role or principal, and assignments cannot be changed.",
        "Check it with `az role assignment list --scope`, and delete it if it is not needed.",
    ),
    "RoleAssignmentLimitExceeded": ("The subscription has reached the limit of role assignments.", _LIMIT),
    "RoleDefinitionLimitExceeded": (
        "The directory has reached the limit of custom roles.",
        "Delete custom roles that are no longer needed, or omit --allow-custom-role.",
    ),
    "RequestDisallowedByPolicy": (
        "An Azure Policy does not allow this role assignment or custom role.",
        "The message names the policy: choose a role that it allows with --role, or ask its owner.",
    ),
    "ScopeLocked": (
        "A lock blocks role assignments here.",
        "Remove the lock named in the message, or ask its owner to remove it, then repeat the command.",
    ),
}

#: What the way back can meet.
TAKING_BACK: Mapping[str, tuple[str, str]] = {
    "RoleDefinitionHasAssignments": (
        "The custom role is still assigned to someone else and was not deleted.",
        "It can be deleted once no one has it: `az role assignment list --all --role NAME` shows who does.",
    ),
}
