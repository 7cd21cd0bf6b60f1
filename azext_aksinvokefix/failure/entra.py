"""Microsoft Entra's error codes by what they ask of whom: one advice for a family, not one for every code.

The codes and what they mean are Microsoft's: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
Of the federated ones only some stand on that page; the others are what the token service itself says of them.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The token of this sign-in expired or was revoked. Any code that is not listed is taken for this.
EXPIRED = "expired"
#: A person has to do something in a browser: multi-factor, a new password, a prompt.
INTERACTIVE = "interactive"
#: A policy or the state of the device: signing in again gives the same answer.
CONDITIONAL_ACCESS = "conditionalAccess"
#: The pipeline's own token does not match the application's federated credential.
FEDERATED = "federated"
#: That token or another assertion was too old, too young or sent twice.
ASSERTION_TIME = "assertionTime"
#: A secret or certificate of an application.
SECRET = "secret"
#: The account or application is locked, disabled, or its password is wrong.
ACCOUNT = "account"
#: Nobody consented, or the application may not ask for this resource.
CONSENT = "consent"
#: The cluster's legacy Entra integration has applications of its own, for which az gets no token.
LEGACY = "legacy"
#: Entra does not answer for now.
BUSY = "busy"
#: The account, application or resource is not in the tenant that was asked, or that tenant lets nobody in.
TENANT = "tenant"
#: Not a code of Entra: the host of a managed identity gave out no token.
MANAGED_IDENTITY = "managedIdentity"

_CODES: Mapping[str, str] = {
    EXPIRED: "50089 50132 50133 50173 54005 70000 70008 70043 70044 700082 700084",
    INTERACTIVE: "50055 50058 50072 50074 50076 50078 50079 50085 50125 50135 50140 50144 50158 50161 50199 51006 "
    "70019 500121 50177 50180",
    CONDITIONAL_ACCESS: "50005 50097 50127 50129 50131 50155 50178 50187 50192 53000 53001 53002 53003 53004 53009 "
    "53010 53011 530001 530002 530003 530021 530031 530032 530033 530034 530035 530036 501291 53400",
    FEDERATED: "70021 700211 700212 700213 700214 700216 700222 700223 700225 700226 700238 700251 7002127 50048",
    ASSERTION_TIME: "50013 500133 700021 700023 700024 50027 5000224 76026",
    SECRET: "50003 50012 50017 50146 70002 700025 700027 700029 700030 7000215 7000218 7000222 7000216 7000272 "
    "7000277 900144 90014",
    ACCOUNT: "50053 50056 50057 50064 50126 50197 70001 7000112 500014 7000114",
    CONSENT: "50105 65001 65002 65004 65005 90008 90009 90093 90094 650051 650052 650054 650056",
    LEGACY: "650057",
    BUSY: "50033 50087 50088 50166 50196 80001 80002 80005 80014 90006 90012 90024 90033 90055",
    TENANT: "16000 16003 50002 50014 50020 50034 50059 50107 50128 51004 90002 90019 90038 90051 90072 500011 500021 "
    "500022 500208 500211 500212 500213 700011 700016 7000229 900382 900432 1000104 50194",
}
_FAMILY_OF: Mapping[str, str] = {code: family for family, codes in _CODES.items() for code in codes.split()}


def family(code: str) -> str:
    """The family of an AADSTS code, given without that word."""
    return _FAMILY_OF.get(code, EXPIRED)
