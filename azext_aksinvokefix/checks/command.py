"""Stage ``command``: the user's command ran, and what it was told or how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import forbidden, login
from azext_aksinvokefix.checks.basis import finding_from_text, is_service_text, manual, report, skipped, went_well
from azext_aksinvokefix.failure import files
from azext_aksinvokefix.finding_ids import findings_of_text
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
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import dig, integer, same, text

STAGE: Stage = "command"


def check_command(failure: Failure | None, evidence: Evidence) -> StageReport:
    """What the command itself ran into; nothing before it ran, save a result that says it went well."""
    named = findings_of_text(STAGE, failure)
    if failure is not None and named:
        return report(STAGE, _weighed(_findings(named, failure, evidence), failure))
    if exit_code(evidence) == 0 or went_well(failure):
        return StageReport(STAGE, "passed")
    if failure is not None and catalog.leaves_cause_open(failure) and failure.finding != "start-timeout":
        why = "The message does not say whether the command started."
        return report(STAGE, (), [Unknown(STAGE, "whether the command ran", why)])
    return skipped(STAGE)


def _weighed(findings: Iterator[Finding], failure: Failure) -> Iterator[Finding]:
    """What a command was refused that exited with 0 all the same is worth knowing, and no failure.

    Of several steps of one run it is one that failed, and its name comes first.
    """
    step = text(failure.facts.get("step"))
    for finding in findings:
        found = replace(finding, message=f"In {one_line(step)}: {finding.message}") if step else finding
        yield replace(found, severity="warning") if failure.facts.get("exitCode") == 0 else found


def exit_code(evidence: Evidence) -> int | None:
    """The exit code of the command that was asked about, if there is one yet."""
    return integer(dig(value_of(evidence.result), "properties", "exitCode"))


def _findings(named: list[str], failure: Failure, evidence: Evidence) -> Iterator[Finding]:
    refused = False
    for finding in named:
        if finding not in forbidden.FINDINGS:
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
    is_open = finding == "command-not-found" and not confirmed and "exitCode" not in failure.facts
    return finding_from_text(
        finding,
        failure,
        confidence="confirmed" if confirmed else "possible" if is_open else "likely",
        message=_MESSAGES.get(finding, _no_words)(failure) if not is_open else _EITHER,
        evidence=data,
        fixes=_fixes(finding, failure),
    )


#: The text does not tell whose shell it was.
_EITHER = (
    "A shell did not find a program named in the text. It is not known whether that was the shell of the command "
    "pod, whose image has few programs, or one on the caller's own machine."
)


def _no_words(failure: Failure) -> str | None:  # pylint: disable=unused-argument
    return None


def _missing_words(failure: Failure) -> str | None:
    file = one_line(text(failure.facts.get("file")))
    return f"The command looked for {file} in its working folder, but it is not there." if file else None


def _failed_words(failure: Failure) -> str | None:
    if not failure.facts.get("fileMissing"):
        return None
    return "According to its output, a file or path that the command uses is not in the command pod."


def _fixes(finding: str, failure: Failure) -> tuple[Fix, ...]:
    if finding == "file-not-attached":
        # Who ran the command knows what was attached, and may have said already what helps.
        file = one_line(text(failure.facts.get("file")))
        return (manual(text(failure.facts.get("attach")) or files.advice(file)),)
    if finding == "command-failed" and failure.facts.get("fileMissing"):
        return (
            manual(
                "Attach the files that the command reads: --file sends a single file under its base name, and "
                "--file . the current folder with its subfolders. In the command, use the path in the pod, not "
                "the path on this machine."
            ),
        )
    return _FIXES.get(finding, ())


def _denied_words(failure: Failure) -> str | None:
    namespace = one_line(text(failure.facts.get("namespace")))
    if not namespace:
        return None
    return (
        f"The command ran; a policy in the cluster denied what it creates in namespace {namespace}. Excluding the "
        "namespace aks-command would not help."
    )


def _unauthorized(failure: Failure, evidence: Evidence) -> Finding:
    mine, theirs = signed_in(evidence.sign_in).tenant_id, login.cluster_tenant(evidence)
    differs = bool(mine and theirs) and not same(mine, theirs)
    data = [Datum("aadProfile", f"tenantID {theirs}")] if theirs else []
    data += [Datum("signed-in account", f"tenant {mine}")] if mine else []
    fixes: tuple[Fix, ...] = (login.into(theirs, evidence) if theirs and differs else login.again(evidence),)
    if not properties(evidence).get("aadProfile") and evidence.cluster.known:
        fixes = (manual("Check the credentials that the command itself uses: the cluster has no Entra users."),)
    return finding_from_text(
        "kubernetes-unauthorized",
        failure,
        confidence="confirmed" if differs else None,
        message=f"The cluster uses tenant {theirs}, but the sign-in belongs to tenant {mine}." if differs else None,
        evidence=data,
        fixes=fixes,
    )


_MESSAGES: dict[str, Callable[[Failure], str | None]] = {
    "command-denied-by-policy": _denied_words,
    "file-not-attached": _missing_words,
    "command-failed": _failed_words,
}
_FIXES: dict[str, tuple[Fix, ...]] = {
    "command-denied-by-policy": (
        manual("Change the objects so that the policy allows them, or ask its owner to exclude their namespace."),
    ),
    "command-not-found": (
        manual(
            "Use what the command's image has (kubectl, helm, jq, grep, awk, xargs), or download the tool inside "
            "the command."
        ),
    ),
    "command-interactive": (
        manual("Remove -it, -w and -f: the command has no terminal. Use a form that ends on its own instead."),
    ),
    "command-failed": (manual("Read the command's output: the command ran and failed with its own error."),),
}
