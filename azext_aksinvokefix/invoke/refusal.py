"""From what the service or the command said to a Failure of this run. A run that succeeds never reads a text."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix.arm import ArmError, SignInError
from azext_aksinvokefix.lifecycle import Failure

SOURCE = "run"

#: What the text of a refused token is believed; who asked for the token knows better whether it was in Cloud Shell.
_TOLD_BY_TEXT = ("sign-in-expired", "wrong-tenant")
#: For an answer whose text says nothing known: what its HTTP status alone allows to say.
_BY_STATUS = {401: "sign-in-expired", 408: "service-error", 413: "attachment-too-large", 429: "throttled"}


def failure_of(finding: str, message: str, code: str | None = None) -> Failure:
    """A failure that this program saw itself rather than read in a text."""
    from azext_aksinvokefix import catalog

    return Failure(catalog.FINDINGS[finding].stage, finding, code, message, SOURCE)


#: What the cluster keeps from every command alike, and a command can tell as well.
_OF_THE_CLUSTER = ("api-server-guarded",)


def from_text(text: str) -> Failure:
    """A reason the service gave."""
    from azext_aksinvokefix import failure as texts

    return texts.classify(text, source=SOURCE)


def from_logs(logs: str, exit_code: int) -> Failure:
    """A command that ran and exited with another code than 0."""
    from azext_aksinvokefix import failure as texts

    found = texts.classify(logs, source=SOURCE, stage_hint="command")
    if found.finding not in _OF_THE_CLUSTER and (found.finding == "unrecognized" or found.stage != "command"):
        found = failure_of("command-failed", found.message)
    if exit_code == 127 and found.finding == "command-failed":
        found = failure_of("command-not-found", found.message)
    return replace(found, message=found.message or f"The command exited with {exit_code} and printed nothing.")


def _no_way_to_entra(found: Failure) -> bool:
    """Whether the network kept the token away: Entra is asked over https, the endpoint of an identity is not."""
    text = found.message.lower()
    return found.finding == "network-unreachable" and ("https" in text or "certificate" in text)


def from_error(error: ArmError) -> Failure:
    """An error answer, by its text and, where that is silent, by its status."""
    found = replace(from_text(error.text), code=error.code)
    if isinstance(error, SignInError):
        told = found.finding in _TOLD_BY_TEXT and error.finding != "cloud-shell-token"
        if told or _no_way_to_entra(found):
            return found
        return replace(failure_of(error.finding, found.message), facts={"wordless": True})
    if error.status is None and found.stage not in ("client", "sign-in"):
        # No answer came to this machine: the same words would be about the cluster in an answer of Azure's.
        return failure_of("network-unreachable", found.message, error.code)
    if found.finding != "unrecognized":
        return found
    if error.status is None or error.status < 400:
        return failure_of("network-unreachable", found.message, error.code)
    finding = "service-error" if error.status >= 500 else _BY_STATUS.get(error.status)
    return failure_of(finding, found.message, error.code) if finding else found
