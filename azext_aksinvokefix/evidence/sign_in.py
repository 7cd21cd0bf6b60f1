"""Who is signed in, as the access token and the CLI's own profile tell it. Nothing here talks to a service."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights.sign_in import Kind, SignIn
from azext_aksinvokefix.shapes import text

SOURCE = "signed-in account"
#: What the CLI calls the user of a sign-in with a managed identity.
_MANAGED_IDENTITIES = ("systemassignedidentity", "userassignedidentity")


def claims(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified; empty when it is none. Only to be shown and compared, never to be trusted."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        decoded = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def read_sign_in(
    *,
    token: str | None,
    cli_version: str = "",
    extensions: Mapping[str, str] | None = None,
    cloud_shell: bool = False,
    name: str | None = None,
    cluster_token: str | None = None,
    error: str | None = None,
) -> Item:
    """The caller behind an ARM ``token`` and what their CLI is made of: a SignIn.

    ``cluster_token`` is ``ok``, the error text of asking for a token for the cluster, or None when none was asked for;
    ``error`` is the text of a failed request for the ARM token itself.
    """
    found = claims(token or "")
    known = _account(found, name)
    return Item(
        source=SOURCE,
        value=SignIn(
            kind=_kind(found, name or "", cloud_shell),
            object_id=known["objectId"] or "",
            name=known["name"] or "",
            tenant_id=text(found.get("tid")),
            cloud_shell=cloud_shell,
            cli_version=cli_version,
            extensions=dict(extensions or {}),
            cluster_token=cluster_token or "",
            error=error or "",
        ),
    )


def account(token: str | None, name: str | None) -> dict[str, str | None]:
    """The object id and the name of whoever is signed in; None for what neither the token nor the profile tells."""
    return _account(claims(token or ""), name)


def _account(found: Mapping[str, Any], name: str | None) -> dict[str, str | None]:
    shown = text(found.get("upn")) or text(found.get("unique_name")) or name or text(found.get("appid"))
    return {"objectId": text(found.get("oid")) or None, "name": shown or None}


def _kind(found: Mapping[str, Any], name: str, cloud_shell: bool) -> Kind:
    if cloud_shell:
        return "cloudShell"
    if name.casefold() in _MANAGED_IDENTITIES or found.get("xms_mirid"):
        return "managedIdentity"
    # `idtyp` is optional; a token of an application alone has its id but no delegated scopes.
    if found.get("idtyp") == "app" or (found.get("appid") and not found.get("scp") and "upn" not in found):
        return "servicePrincipal"
    return "user"
