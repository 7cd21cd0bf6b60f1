"""Entra's AADSTS codes, the tokens of Cloud Shell, and those of managed identities."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.failure import entra
from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_CODE = Pattern(r"aadsts(\d{4,8})")
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TENANT = Pattern(r"(?:sts\.windows\.net/|tenant(?:'|id:?)?'?)(" + _GUID + ")")

_CLOUD_SHELL = ("acloudshellcredentialproblem", "supportedmsitokenaudience", "timeoutwaitingfortokenfromportal")
# Cloud Shell's endpoint, on this machine itself, is reported by the response as Python prints it; the endpoint of a
# virtual machine as ``http error: 400, reason: …``. Another 400 in the text says nothing.
_REFUSED_HERE = Pattern(r"gettokenrequestreturned:?<response\[400\]>|badrequestforurl:http://localhost:50342")
_MANAGED_IDENTITY = (
    "failedtoconnecttomsi",
    "msiendpointisnotresponding",
    "managedidentitycredentialauthenticationunavailable",
    "managedidentitycredentialauthenticationfailed",
    "managedidentitycredential.get_tokenfailed",
    "[managedidentity]",
    "requestedidentityhasnotbeenassigned",
    "requestedidentityisn'tassigned",
    "noresponsefromtheimdsendpoint",
    "noresponsereceivedfromthemanagedidentityendpoint",
    "nomanagedidentityendpointfound",
    "metadata/identity/oauth2/token",
    "multipleuserassignedidentitiesexist",
    "host='169.254.169.254'",
    "managedidentityisnotfound",
    "managedidentityresponse",
    "failedtoacquiretokenformanagedidentity",
)
#: What the CLI says where its profile has no account.
_NOBODY = "pleaserun'azlogin'tosetupaccount"
_NOT_ASSIGNED = ("'error':'invalid_request'", "identitynotfound")


def finding(text: Text) -> str | None:
    """``cloud-shell-token``, ``wrong-tenant``, ``sign-in-expired`` or None."""
    if text.any(*_CLOUD_SHELL) or (text.any("gettokenrequestreturned", "50342") and _REFUSED_HERE.search(text.low)):
        return "cloud-shell-token"
    family = _family(text)
    if family is None:
        return None
    return "wrong-tenant" if family == entra.TENANT else "sign-in-expired"


def facts(text: Text) -> dict[str, Any]:
    """``tenants`` in the order of the text (the token's before the subscription's), the AADSTS ``code``, ``family``;
    ``notSignedIn`` where the text is that of a client without an account."""
    tenants = tuple(dict.fromkeys(found.group(1) for found in _TENANT.finditer(text.low)))
    code = _CODE.search(text.low)
    family = _family(text)
    nobody = family is None and text.has(_NOBODY)
    aadsts = f"AADSTS{code.group(1)}" if code else None
    named = {"tenants": tenants, "aadsts": aadsts, "family": family, "notSignedIn": nobody}
    return {name: value for name, value in named.items() if value}


def _family(text: Text) -> str | None:
    code = _CODE.search(text.low) if text.has("aadsts") else None
    if code:
        return entra.family(code.group(1))
    if text.any(*_MANAGED_IDENTITY) or text.has(*_NOT_ASSIGNED):
        return entra.MANAGED_IDENTITY
    return None
