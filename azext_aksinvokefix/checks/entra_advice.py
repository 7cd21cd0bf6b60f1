"""What a refusal by Microsoft Entra asks for, by the family of its code and by who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from azext_aksinvokefix.checks import login
from azext_aksinvokefix.checks.basis import command, manual, target
from azext_aksinvokefix.failure import entra
from azext_aksinvokefix.lifecycle import Evidence, Fix
from azext_aksinvokefix.quoting import az

# pylint: disable=unused-argument
# Every family is asked alike.

Advice = tuple["str | None", tuple[Fix, ...]]


def advice(family: str, evidence: Evidence, *, with_cluster: bool) -> Advice:
    """The message of the finding, None for the catalogue's, and its fixes."""
    special = _SPECIAL.get(family)
    if special:
        return special(evidence, with_cluster)
    message, fix = _PLAIN.get(family, (None, ""))
    return message, (manual(fix),) if fix else (login.again(evidence, with_cluster=with_cluster),)


def nobody() -> Advice:
    """Where there is no sign-in at all: who it would be is not known either."""
    message = "az has no account: no one signed in with `az login`, or az uses another AZURE_CONFIG_DIR."
    again = "Sign in, then run the command again; in a pipeline, have the same job sign in before it."
    return message, (command(again, az("login")),)


def _interactive(evidence: Evidence, with_cluster: bool) -> Advice:
    message = "Microsoft Entra requires a step that only a person can take, such as multi-factor authentication."
    if login.is_person(evidence):
        return message, (login.again(evidence, with_cluster=with_cluster),)
    ask = (
        "A service principal or managed identity cannot answer a prompt: ask an Entra administrator to exclude it "
        "from the policy that requires the step, or sign the pipeline in with an identity that the policy "
        "excludes."
    )
    return message, (manual(ask),)


def _legacy(evidence: Evidence, with_cluster: bool) -> Advice:
    message = (
        "The cluster has the legacy Entra integration, with its own application, and az cannot get a token for "
        "it. No sign-in helps."
    )
    migrate = (
        "Migrate the cluster to AKS-managed Microsoft Entra integration, which changes how everyone signs in to "
        "it: coordinate with its users first, and give the admin groups with --aad-admin-group-object-ids."
    )
    known = bool(evidence.cluster_id)
    return message, (
        manual(migrate, az("aks", "update", *target(evidence).options, "--enable-aad") if known else None),
    )


def _managed_identity(evidence: Evidence, with_cluster: bool) -> Advice:
    message = (
        "The host issued no managed identity token: it has no managed identity, has several and none was named, "
        "or its token service does not answer."
    )
    return message, (
        manual(
            "Assign the managed identity to the host that runs az (virtual machine, scale set, container or "
            "agent), and if the host has several, name it with --client-id in `az login --identity`. Exclude "
            "169.254.169.254 from any proxy (NO_PROXY).",
            az("login", "--identity"),
        ),
    )


def _secret(evidence: Evidence, with_cluster: bool) -> Advice:
    message = "Microsoft Entra does not accept the secret or certificate of the application: it expired or is wrong."
    renew = manual(
        "Ask the owner of the application to add a new secret or certificate, store it where the pipeline reads "
        "it, and sign in with it. Use the value of a secret, not its id. Federated credentials need no secret."
    )
    return message, (renew, *((login.again(evidence),) if login.kind(evidence) == "servicePrincipal" else ()))


_SPECIAL: Mapping[str, Callable[[Evidence, bool], Advice]] = {
    entra.INTERACTIVE: _interactive,
    entra.LEGACY: _legacy,
    entra.MANAGED_IDENTITY: _managed_identity,
    entra.SECRET: _secret,
}
#: Message and fix where it does not matter who is signed in.
_PLAIN: Mapping[str, tuple[str, str]] = {
    entra.CONDITIONAL_ACCESS: (
        "A Conditional Access policy or the state of the device blocks this sign-in. Signing in again gives the "
        "same result.",
        "Ask an Entra administrator which policy it was: the sign-in log shows it under the correlation id in the "
        "text. Use a device, location or application that the policy allows, or have the policy changed.",
    ),
    entra.FEDERATED: (
        "The pipeline's token does not match any federated credential of the application: its issuer, subject or "
        "audience differs.",
        "Compare issuer, subject and audience in the text with `az ad app federated-credential list`, character "
        "by character: the branch, environment, pull request or service connection changes the subject. Ask the "
        "owner of the application to add a matching credential. A browser or secret sign-in is no alternative "
        "here.",
    ),
    entra.ASSERTION_TIME: (
        "The token used for the sign-in is not valid now: it is expired, not yet valid, or was used before.",
        "Get a new token right before the command: sign in again in the same job, as the last step before it. If "
        "the token is fresh, check the machine's clock.",
    ),
    entra.ACCOUNT: (
        "The account or application is locked or disabled, or its password is wrong.",
        "Ask an Entra administrator to check the account or application with the code in the text. If the "
        "password is wrong, correct it. More attempts can lock the account longer.",
    ),
    entra.CONSENT: (
        "No one has consented to this application requesting this token, or the account is not assigned to it.",
        "Ask an Entra administrator to consent to the application named in the text, or to assign the account to it.",
    ),
    entra.BUSY: (
        "Microsoft Entra temporarily rejected the request: there were too many, or one of its services did not answer.",
        "Wait a few minutes, then run the command again. Sign in once per job instead of once per command.",
    ),
}
