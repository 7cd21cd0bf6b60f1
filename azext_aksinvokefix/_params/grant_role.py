"""The arguments of `grant-role`."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import get_enum_type

from azext_aksinvokefix import _validators as validators
from azext_aksinvokefix._params.shared import load_failure, load_writing


def load(context: Any) -> None:
    load_writing(context)
    load_failure(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_grant_role)
    context.argument(
        "assignee",
        help="Who gets the role: a user principal name, an application id or a display name. Looked up in "
        "Microsoft Graph. The default is the signed-in account.",
    )
    context.argument(
        "assignee_object_id",
        type=validators.object_id,
        help="Who gets the role, by object id, without querying Microsoft Graph.",
    )
    context.argument(
        "assignee_principal_type",
        options_list=["--assignee-principal-type", "--principal-type"],
        arg_type=get_enum_type(["User", "Group", "ServicePrincipal", "ForeignGroup"]),
        help="The type of the principal with that object id.",
    )
    context.argument(
        "role",
        help="The name or GUID of a role to grant instead of the proposed one. It must include the missing "
        "permissions.",
    )
    context.argument(
        "allow_custom_role",
        action="store_true",
        help="Create a custom role with exactly the three required actions if every existing role grants more.",
    )
    context.argument(
        "scope",
        help="Grant at this scope above the cluster, such as the id of its resource group, instead of at the "
        "cluster. The role then applies to every cluster there.",
    )
    context.argument(
        "kubernetes_access",
        arg_type=get_enum_type(["reader", "writer", "admin", "cluster-admin"]),
        help="Grant access to the objects in a cluster with Azure RBAC for Kubernetes. Not needed with the text of "
        "a denied request: the command then grants the smallest role that allows it.",
    )
    context.argument("namespace", help="Grant access only to objects in this namespace.")
    context.argument(
        "force", action="store_true", help="Grant a permanent role even if an eligible one could be activated."
    )
