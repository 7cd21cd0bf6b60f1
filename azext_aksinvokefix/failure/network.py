"""Texts of a connection that did not come about: from this machine to Azure, or from Azure to the cluster.

The words are written as in ``Text.low``, like those of all rules.
"""

from __future__ import annotations

import re
from itertools import islice

from azext_aksinvokefix.failure.pattern import Pattern
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
    "read:connectionresetbypeer",
    "write:connectionresetbypeer",
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
    "':eof",
    "readtcp",
    "writetcp",
)
_AZURE_HOSTS = ("://management.", "://login.", "lookupmanagement.", "lookuplogin.", "://graph.")
#: The resource provider's own words: whatever it calls, it calls for the command.
_BY_AZURE = "failedtoruncommandinmanagedcluster"
#: A shell that misses a quote, and what the kubelet says of somebody's application.
_NO_CONNECTION_OF_OURS = ("whilelookingformatching", "probefailed:")
#: A call as Go's HTTP client names it when it fails.
_CALL = Pattern(r"(?:get|post|put|patch|delete|head|readurl)'https?://([^/'?]{1,255})(/[^'?]{0,2000})?")
_PATHS = ("/api/", "/apis/", "/openapi/", "/version/", "/healthz/", "/livez/", "/readyz/")
_MOST = 50


def unreachable(text: Text) -> str | None:
    """Go's network errors tell by their URL who was not reached: Azure from here, the API server, or somebody else.

    Of a registry of charts, say, nothing follows for the invoke.
    """
    if not text.any(*_UNREACHABLE):
        return None
    if text.any(*_AZURE_HOSTS):
        return "network-unreachable"
    if not text.has(_BY_AZURE):
        calls = list(islice(_CALL.finditer(text.low), _MOST))
        if text.any(*_NO_CONNECTION_OF_OURS) or (calls and not any(map(_is_of_an_api_server, calls))):
            return None
    return "api-server-unreachable"


def _is_of_an_api_server(call: re.Match[str]) -> bool:
    host, path = call.group(1), (call.group(2) or "").rstrip("/")
    if ".azmk8s.io" in host or host.startswith("kubernetes."):
        return True
    return f"{path}/".startswith(_PATHS) if path else host[:1].isdigit()
