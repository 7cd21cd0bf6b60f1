"""Texts of a connection that did not come about: from this machine to Azure, or from Azure to the cluster.

The words are written as in ``Text.low``, like those of all rules.
"""

from __future__ import annotations

from azext_aksinvokefix.failure.rule import any_of
from azext_aksinvokefix.failure.text import Text

#: No way from this machine to Azure.
NETWORK = (
    any_of(
        "network-unreachable",
        ("httpsconnectionpool(", "maxretriesexceeded"),
        ("httpconnectionpool(", "maxretriesexceeded"),
        ("httpsconnectionpool(", "readtimedout"),
        ("httpsconnectionpool(", "connecttimeout"),
        "certificate_verify_failed",
        "certificateverifyfailed",
        "couldnotfindasuitabletlscacertificatebundle",
        "nameorservicenotknown",
        "temporaryfailureinnameresolution",
        "getaddrinfofailed",
        "nodenamenorservnameprovided",
        "failedtoestablishanewconnection",
        "tunnelconnectionfailed",
        "cannotconnecttoproxy",
        "unabletoconnecttoproxy",
        "proxyauthenticationrequired",
        "connectionaborted.'",
        "connectionbroken:",
        "connectionbrokenby'",
        "failedtoresolve'",
        "pleaseensureyouhavenetworkconnection",
    ),
)
_UNREACHABLE = (
    "tlshandshaketimeout",
    "i/otimeout",
    "dialtcp",
    "nosuchhost",
    "connection:connectionrefused",
    "connect:connectionrefused",
    "connectionresetbypeer",
    "contextdeadlineexceeded",
    "client.timeoutexceeded",
    "noroutetohost",
    "networkisunreachable",
    "unabletoconnecttotheserver",
    "serveriscurrentlyunabletohandletherequest",
    "etcdserver:",
    "servererror:internalerror",
    "http2:clientconnectionlost",
    "serversentgoaway",
    "unexpectedeof",
)
_AZURE_HOSTS = ("://management.", "://login.", "lookupmanagement.", "lookuplogin.", "://graph.")


def unreachable(text: Text) -> str | None:
    """Go's network errors tell by their URL who was not reached: Azure from here, or the API server."""
    if not text.any(*_UNREACHABLE):
        return None
    return "network-unreachable" if text.any(*_AZURE_HOSTS) else "api-server-unreachable"
