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
        help="Who gets the role: a user principal name, an application id or a name that Microsoft Graph knows. "
        "Without an assignee it is the signed-in account.",
    )
    context.argument(
        "assignee_object_id",
        type=validators.object_id,
        help="Who gets the role, by object id, without asking Microsoft Graph.",
    )
    context.argument(
        "assignee_principal_type",
        options_list=["--assignee-principal-type", "--principal-type"],
        arg_type=get_enum_type(["User", "Group", "ServicePrincipal", "ForeignGroup"]),
        help="What the object id belongs to.",
    )
    context.argument(
        "role",
        help="The name or GUID of a role to grant instead of the proposed one; refused when it does not hold what "
        "is missing.",
    )
    context.argument(
        "allow_custom_role",
        action="store_true",
        help="Create a custom role with exactly the three needed actions where no existing role gives as little.",
    )
    context.argument(
        "scope",
        help="Grant at this scope above the cluster, such as the id of its resource group, instead of at the cluster. "
        "The role then holds for every cluster there.",
    )
    context.argument(
        "kubernetes_access",
        arg_type=get_enum_type(["reader", "writer", "admin", "cluster-admin"]),
        help="Grant access to the objects in a cluster with Azure RBAC for Kubernetes. With the text of a refused "
        "request it is not needed: the role is the least that allows that request.",
    )
    context.argument("namespace", help="Grant the access to objects in this namespace alone.")
    context.argument(
        "force", action="store_true", help="Grant a standing role although an eligible one could be activated."
    )
