"""Stage ``command``: the user's command ran, and what it was told or how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix.checks import forbidden, login
from azext_aksinvokefix.checks.basis import UMBRELLAS, command, is_service_text, manual, report, skipped, spoken, told
from azext_aksinvokefix.lifecycle import (
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Stage,
    StageReport,
    Unknown,
    properties,
    value_of,
)
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, integer, same, text

STAGE: Stage = "command"
_FORBIDDEN = frozenset({"kubernetes-forbidden", "kubernetes-forbidden-azure-rbac"})


def check_command(failure: Failure | None, evidence: Evidence) -> StageReport:
    """What the command itself ran into; nothing before it ran, save a result that says it went well."""
    named = told(STAGE, failure)
    if failure is not None and named:
        return report(STAGE, _findings(named, failure, evidence))
    if exit_code(evidence) == 0:
        return StageReport(STAGE, "passed")
    if failure is not None and failure.finding in UMBRELLAS and failure.finding != "start-timeout":
        why = "The text does not tell whether the command came to run."
        return report(STAGE, (), [Unknown(STAGE, "whether the command ran", why)])
    return skipped(STAGE)


def exit_code(evidence: Evidence) -> int | None:
    """The exit code of the command that was asked about, if there is one yet."""
    return integer(dig(value_of(evidence.result), "properties", "exitCode"))


def _findings(named: list[str], failure: Failure, evidence: Evidence) -> Iterator[Finding]:
    refused = False
    for finding in named:
        if finding not in _FORBIDDEN:
            yield _plain(finding, failure, evidence)
        elif not refused:
            refused = True
            yield forbidden.finding(failure, evidence)


def _plain(finding: str, failure: Failure, evidence: Evidence) -> Finding:
    if finding == "kubernetes-unauthorized":
        return _unauthorized(failure, evidence)
    code = exit_code(evidence)
    data = (Datum("commandResults", f"exitCode {code}"),) if code is not None else ()
    confirmed = is_service_text(failure) or bool(code)
    return spoken(
        finding,
        failure,
        confidence="confirmed" if confirmed else "likely",
        message=_denied_words(failure) if finding == "command-denied-by-policy" else None,
        evidence=data,
        fixes=_FIXES.get(finding, ()),
    )


def _denied_words(failure: Failure) -> str | None:
    namespace = one_line(text(failure.facts.get("namespace")))
    if not namespace:
        return None
    return (
        f"The command ran; a policy of the cluster denied what it creates in namespace {namespace}. Excluding the "
        "namespace aks-command would not help."
    )


def _unauthorized(failure: Failure, evidence: Evidence) -> Finding:
    mine, theirs = text(value_of(evidence.signin).get("tenantId")), login.cluster_tenant(evidence)
    differs = bool(mine and theirs) and not same(mine, theirs)
    data = [Datum("aadProfile", f"tenantID {theirs}")] if theirs else []
    data += [Datum("signed-in account", f"tenant {mine}")] if mine else []
    fixes: tuple[Fix, ...] = (
        command(
            "Sign in again in the cluster's tenant, then run the command again.",
            login.into(theirs) if theirs and differs else login.again(evidence),
        ),
    )
    if not properties(evidence).get("aadProfile") and evidence.cluster.known:
        fixes = (manual("Look at the credentials that the command itself uses: the cluster has no Entra users."),)
    return spoken(
        "kubernetes-unauthorized",
        failure,
        confidence="confirmed" if differs else None,
        message=f"The cluster knows the users of tenant {theirs}, and the sign-in is one of tenant {mine}."
        if differs
        else None,
        evidence=data,
        fixes=fixes,
    )


_FIXES: dict[str, tuple[Fix, ...]] = {
    "command-denied-by-policy": (
        manual(
            "Change the objects so that the policy allows them, or have its owner exclude the namespace they are "
            "created in."
        ),
    ),
    "command-not-found": (
        manual("Use what the command's image has (kubectl, helm, jq, grep, awk, xargs), or download the tool in it."),
    ),
    "command-interactive": (
        manual("Leave out -it, -w and -f: nobody is at the terminal of the command. Ask for a bounded answer instead."),
    ),
    "command-failed": (manual("Read the command's output: it ran and ended with an error of its own."),),
}
