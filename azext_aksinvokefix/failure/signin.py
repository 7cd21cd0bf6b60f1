"""Entra's AADSTS codes and the tokens of Cloud Shell."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_CODE = Pattern(r"aadsts(\d{4,8})")
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TENANT = Pattern(r"(?:sts\.windows\.net/|tenant(?:'|id:?)?'?)(" + _GUID + ")")

# The account, application or resource does not exist in the tenant that was asked. Every other code is about a sign-in
# that has to be renewed or completed: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_OTHER_TENANT = frozenset(
    ("16000", "50020", "50034", "50059", "50128", "51004", "90002", "90072", "500011", "500211", "700016", "7000112")
)


def finding(text: Text) -> str | None:
    """``cloud-shell-token``, ``wrong-tenant``, ``sign-in-expired`` or None."""
    if text.has("failedtoconnecttomsi", "400") or text.any("supportedmsitokenaudience"):
        return "cloud-shell-token"
    code = _CODE.search(text.low)
    if not code:
        return None
    return "wrong-tenant" if code.group(1) in _OTHER_TENANT else "sign-in-expired"


def facts(text: Text) -> dict[str, Any]:
    """``tenants`` in the order of the text (the token's before the subscription's) and the AADSTS ``code``."""
    tenants = tuple(dict.fromkeys(found.group(1) for found in _TENANT.finditer(text.low)))
    code = _CODE.search(text.low)
    named = {"tenants": tenants, "aadsts": f"AADSTS{code.group(1)}" if code else None}
    return {name: value for name, value in named.items() if value}
