"""Stage ``sign-in``: a token for Azure Resource Manager, and on Entra clusters one for the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.checks import entra_advice, login
from azext_aksinvokefix.checks.basis import command, finding_from_text, manual, refusal, report, target, told, unread
from azext_aksinvokefix.failure import entra
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import (
    Confidence,
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Stage,
    StageReport,
    Unknown,
    properties,
    was_asked,
)
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights.sign_in import SignIn, signed_in
from azext_aksinvokefix.shapes import dig, mapping, same, text
from azext_aksinvokefix.shapes import texts as only_texts

STAGE: Stage = "sign-in"
_ACCOUNT = "signed-in account"
_LONGEST = 500


def check_sign_in(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Whether the sign-in yields the tokens that an invoke at this cluster needs."""
    said = [_of_this_host(each, evidence) for each in told(failure, refusal(evidence))]
    named = {finding: each for each in reversed(said) for finding in findings_of_text(STAGE, each)}
    looked = {finding.id: finding for finding in _looked(evidence)}
    findings = [_told(finding, each, looked.pop(finding, None), evidence) for finding, each in named.items()]
    return report(STAGE, [*findings, *looked.values()], _unknowns(bool(findings), evidence))


def _of_this_host(said: Failure, evidence: Evidence) -> Failure:
    """Cloud Shell's words also come from a managed identity elsewhere; who is signed in here decides."""
    elsewhere = login.kind(evidence) == "managedIdentity" and not signed_in(evidence.sign_in).cloud_shell
    if said.finding != "cloud-shell-token" or not elsewhere:
        return said
    return replace(said, finding="sign-in-expired", facts={**said.facts, "family": entra.MANAGED_IDENTITY})


def _looked(evidence: Evidence) -> Iterator[Finding]:
    """What the account and the cluster show by themselves."""
    account = signed_in(evidence.sign_in)
    if account.error:
        yield _failed_token(account.error, account, evidence)
        return
    if not is_entra(evidence):
        return
    token = account.cluster_token
    if token and token != "ok":
        yield _failed_token(token, account, evidence)
    elif account.cloud_shell and token != "ok":
        yield catalog.finding(
            "cloud-shell-token",
            confidence="likely",
            message="This is Cloud Shell, whose own sign-in issues no token for the cluster, and the cluster requires "
            "a user token.",
            evidence=(Datum(_ACCOUNT, "Cloud Shell's own sign-in"), _entra_datum(evidence)),
            fixes=(_log_in_here(evidence),),
        )
    elif _is_other_tenant(account, evidence):
        yield _other_tenant(account, evidence)


def is_entra(evidence: Evidence) -> bool:
    """Whether the cluster wants its users' own tokens."""
    return bool(mapping(properties(evidence).get("aadProfile")))


def _failed_token(error: str, account: SignIn, evidence: Evidence) -> Finding:
    """A token was asked for, and refused."""
    known = _of_this_host(texts.classify(error, source="run"), evidence)
    is_told = known.stage == STAGE and known.finding != "unrecognized"
    finding = known.finding if is_told else "sign-in-expired"
    if account.cloud_shell:
        is_told, finding = True, "cloud-shell-token"
    found = catalog.finding(
        finding,
        # That there is no token is seen; that a new sign-in helps is only what such an error mostly means.
        confidence="confirmed" if is_told else "likely",
        message=_advice(known, evidence)[0] if finding == "sign-in-expired" else None,
        evidence=(Datum(_ACCOUNT, one_line(error)[:_LONGEST]),),
        fixes=_fixes(finding, known, evidence),
    )
    return replace(found, title=catalog.title(known)) if finding == known.finding else found


def _is_other_tenant(account: SignIn, evidence: Evidence) -> bool:
    mine, theirs = account.tenant_id, login.cluster_tenant(evidence)
    return bool(mine and theirs) and not same(mine, theirs)


def _other_tenant(account: SignIn, evidence: Evidence) -> Finding:
    theirs = login.cluster_tenant(evidence)
    return catalog.finding(
        "wrong-tenant",
        confidence="likely",
        severity="warning",
        message=f"The sign-in belongs to tenant {account.tenant_id}, but the cluster uses tenant {theirs}: the cluster "
        "might answer commands with Unauthorized.",
        evidence=(Datum(_ACCOUNT, f"tenant {account.tenant_id}"), _entra_datum(evidence)),
        fixes=(login.into(theirs, evidence),),
    )


def _told(finding: str, said: Failure, seen: Finding | None, evidence: Evidence) -> Finding:
    sure: Confidence | None = "confirmed" if seen else None
    if said.facts.get("wordless"):
        sure = seen.confidence if seen else "likely"
    found = finding_from_text(
        finding,
        said,
        confidence=sure,
        message=_advice(said, evidence)[0] if finding == "sign-in-expired" else None,
        evidence=_data(finding, seen, evidence),
        fixes=_fixes(finding, said, evidence),
    )
    return replace(found, title=catalog.title(said)) if finding == said.finding else found


def _data(finding: str, seen: Finding | None, evidence: Evidence) -> tuple[Datum, ...]:
    if seen:
        return seen.evidence
    needs_token = finding in ("cluster-token-missing", "cloud-shell-token")
    return (_entra_datum(evidence),) if needs_token and is_entra(evidence) else ()


def _entra_datum(evidence: Evidence) -> Datum:
    managed = dig(properties(evidence), "aadProfile", "managed")
    return Datum("aadProfile", one_line(f"managed {managed}, tenant {login.cluster_tenant(evidence) or 'not given'}"))


def _fixes(finding: str, said: Failure, evidence: Evidence) -> tuple[Fix, ...]:
    if finding == "cloud-shell-token":
        return (_log_in_here(evidence),)
    if finding == "cluster-token-missing":
        return (
            manual(
                "Send a user token with the request, as clusterToken. `az aks command invoke` and `az aks "
                "invoke-fix run` do this automatically; a template, script or SDK call has to add it.",
                az("account", "get-access-token", "--resource", login.SERVER_APP, "--query", "expiresOn", "-o", "tsv"),
            ),
        )
    named = only_texts(said.facts.get("tenants"))
    if finding == "wrong-tenant" and named:
        # ARM names the token's tenant first and the subscription's second.
        return (login.into(named[-1], evidence, with_cluster=is_entra(evidence)),)
    if finding == "sign-in-expired":
        return _advice(said, evidence)[1]
    return (login.again(evidence, with_cluster=is_entra(evidence)),)


def _advice(said: Failure, evidence: Evidence) -> entra_advice.Advice:
    if said.facts.get("notSignedIn"):
        return entra_advice.nobody()
    family = text(said.facts.get("family"))
    return entra_advice.advice(family, evidence, with_cluster=is_entra(evidence))


def _log_in_here(evidence: Evidence) -> Fix:
    return command(
        "Sign in as yourself inside Cloud Shell, for the cluster too, then run the command again; or run it from "
        "another machine.",
        login.inside_cloud_shell(evidence),
    )


def _unknowns(told_enough: bool, evidence: Evidence) -> Iterator[Unknown]:
    if not evidence.sign_in.known and (was_asked(evidence.sign_in) or not told_enough):
        yield unread(STAGE, "the sign-in", evidence.sign_in)
    elif signed_in(evidence.sign_in).cloud_shell and not evidence.cluster.known:
        yield Unknown(
            STAGE,
            "whether Cloud Shell's sign-in is enough",
            f"It is not on an Entra cluster, and {target(evidence).name} could not be read.",
            evidence.cluster.needs,
        )
