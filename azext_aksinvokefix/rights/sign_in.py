"""Who is signed in to the CLI, and what that CLI is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from azext_aksinvokefix.lifecycle import Item

#: Empty where nobody looked.
Kind = Literal["user", "servicePrincipal", "managedIdentity", "cloudShell", ""]


@dataclass(frozen=True)
class SignIn:  # pylint: disable=too-many-instance-attributes
    """The caller, as far as the access token and the profile tell; what they do not is empty.

    ``cluster_token`` is ``ok``, the error of asking for a token for the cluster, or empty where none was asked for;
    ``error`` that of asking for the token of Azure itself. ``extensions`` are versions by name.
    """

    kind: Kind = ""
    object_id: str = ""
    name: str = ""
    tenant_id: str = ""
    cloud_shell: bool = False
    cli_version: str = ""
    extensions: Mapping[str, str] = field(default_factory=dict)
    cluster_token: str = ""
    error: str = ""

    @property
    def principal_type(self) -> str:
        """What ARM calls the caller; empty where nobody looked."""
        if not self.kind:
            return ""
        return "User" if self.kind in ("user", "cloudShell") else "ServicePrincipal"


def signed_in(item: Item) -> SignIn:
    """What was read of the sign-in; nothing where it was not."""
    return item.value if isinstance(item.value, SignIn) else SignIn()
