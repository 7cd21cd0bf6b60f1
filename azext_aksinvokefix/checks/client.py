"""Stage ``client``: the arguments, the attachments, and the CLI itself."""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix import catalog, network
from azext_aksinvokefix.checks.basis import command, finding_from_text, manual, refusal, report
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Finding, Fix, Stage, StageReport
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import text

STAGE: Stage = "client"
#: The oldest azure-cli that this extension is tested with.
OLDEST_CLI = (2, 67, 0)
#: `az aks command` is not in older ones.
_FIRST_CLI_WITH_COMMAND = (2, 24, 0)
_PREVIEW = "aks-preview"


def check_client(failure: Failure | None, evidence: Evidence) -> StageReport:
    """What a text says about the client, and a CLI that is too old."""
    texts = [each for each in (failure, refusal(evidence)) if each is not None]
    named = {finding: each for each in reversed(texts) for finding in findings_of_text(STAGE, each)}
    findings = [_told(finding, said, evidence) for finding, said in named.items()]
    if "cli-outdated" not in named:
        findings += _outdated(evidence)
    return report(STAGE, findings)


def _told(finding: str, said: Failure, evidence: Evidence) -> Finding:
    if finding == "extension-conflict":
        return _conflict(said, evidence)
    if finding == "cli-outdated":
        version = cli_version(evidence)
        data = (Datum("az version", f"azure-cli {_dotted(version)}"),) if version else ()
        recent = version is not None and version >= _FIRST_CLI_WITH_COMMAND
        return finding_from_text(
            finding, said, confidence="possible" if recent else None, evidence=data, fixes=(_upgrade(),)
        )
    if finding == "network-unreachable":
        return finding_from_text(finding, said, fixes=(manual(_way_out(said.message)), _REACHES))
    remedy = text(said.facts.get("remedy"))
    return finding_from_text(finding, said, fixes=(manual(remedy),) if remedy else _FIXES.get(finding, ()))


def _way_out(said: str) -> str:
    """What to look at, by the words in which the connection failed."""
    if network.is_bundle_error(said):
        variable = "CURL_CA_BUNDLE" if "CURL_CA_BUNDLE" in said else "REQUESTS_CA_BUNDLE"
        return f"Set {variable} to an existing file of PEM certificates, or unset it."
    if network.is_certificate_error(said):
        return (
            "Your network inspects TLS, or the endpoint has a private certificate: put its CA in a file together "
            "with the public CAs, and set REQUESTS_CA_BUNDLE to that file."
        )
    if network.is_proxy_error(said):
        return _proxy_way_out(said)
    if any(word in said.lower() for word in ("name or service not known", "getaddrinfo", "failed to resolve")):
        return "The name cannot be resolved: check this machine's DNS and VPN, and the cloud that az is set to."
    return "Check this machine's proxy (HTTPS_PROXY), certificate bundle (REQUESTS_CA_BUNDLE) and DNS."


def _proxy_way_out(said: str) -> str:
    if "failed: 407" in said:
        return "The proxy in HTTPS_PROXY requires authentication: put a user name and password in its URL."
    if "failed: 403" in said:
        return "The proxy in HTTPS_PROXY blocks this host: have it allowed there, or list it in NO_PROXY."
    return (
        "The proxy in HTTPS_PROXY refused the connection or does not exist: check its address, or list the "
        "endpoint in NO_PROXY."
    )


_REACHES = command(
    "Check whether this machine can reach Azure Resource Manager at all.", az("account", "list", "--refresh")
)


def _conflict(said: Failure, evidence: Evidence) -> Finding:
    version = signed_in(evidence.sign_in).extensions.get(_PREVIEW, "")
    data = (Datum("az version", f"extension {_PREVIEW} {version}"),) if version else ()
    return finding_from_text(
        "extension-conflict",
        said,
        confidence=None if version or not evidence.sign_in.known else "possible",
        evidence=data,
        fixes=(
            _upgrade(),
            command(f"Update {_PREVIEW} to a compatible version.", az("extension", "update", "--name", _PREVIEW)),
            command(
                f"Or remove {_PREVIEW}; azure-cli then uses its own commands.",
                az("extension", "remove", "--name", _PREVIEW),
                safety="reviewed",
            ),
        ),
    )


def _outdated(evidence: Evidence) -> Iterator[Finding]:
    version = cli_version(evidence)
    if version is not None and version < OLDEST_CLI:
        yield catalog.finding(
            "cli-outdated",
            confidence="confirmed",
            severity="warning",
            message=f"azure-cli {_dotted(version)} is older than {_dotted(OLDEST_CLI)}, the oldest supported.",
            evidence=(Datum("az version", f"azure-cli {_dotted(version)}"),),
            fixes=(_upgrade(),),
        )


def cli_version(evidence: Evidence) -> tuple[int, ...] | None:
    """The version of azure-cli in use, or None when it is not known."""
    parts = signed_in(evidence.sign_in).cli_version.split(".")
    return (
        tuple(int(part) for part in parts[:3])
        if len(parts) > 1 and all(_is_number(part) for part in parts[:3])
        else None
    )


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 10


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _upgrade() -> Fix:
    return command("Upgrade azure-cli.", az("upgrade"), safety="reviewed")


_FIXES: dict[str, tuple[Fix, ...]] = {
    "attachment-invalid": (
        manual("Give each file its own --file. Only '.' can be a folder, and then it must be the only --file."),
    ),
    "attachment-too-large": (
        manual("Attach only what the command needs, compress it, or fetch it from a registry inside the command."),
    ),
}
