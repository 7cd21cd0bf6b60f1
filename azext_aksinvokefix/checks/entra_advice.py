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
    message = "az has no account: nobody signed in with `az login`, or az looks in another AZURE_CONFIG_DIR."
    again = "Sign in, then run the command again; in a pipeline, have the same job sign in before it."
    return message, (command(again, az("login")),)


def _interactive(evidence: Evidence, with_cluster: bool) -> Advice:
    message = "Microsoft Entra asks for a step that only a person can take, such as multi-factor authentication."
    if login.is_person(evidence):
        return message, (login.again(evidence, with_cluster=with_cluster),)
    ask = (
        "Nobody can answer a prompt for a service principal or managed identity: have an Entra administrator leave it "
        "out of the policy that asks for the step, or sign the pipeline in as an identity that the policy leaves out."
    )
    return message, (manual(ask),)


def _legacy(evidence: Evidence, with_cluster: bool) -> Advice:
    message = (
        "The cluster has the legacy Entra integration, with an application of its own, and az can get no token for "
        "that. No sign-in helps."
    )
    migrate = (
        "Migrate the cluster to AKS-managed Microsoft Entra integration, which changes how everybody signs in to it: "
        "agree with its users first, and give the admin groups with --aad-admin-group-object-ids."
    )
    known = bool(evidence.cluster_id)
    return message, (
        manual(migrate, az("aks", "update", *target(evidence).options, "--enable-aad") if known else None),
    )


def _managed_identity(evidence: Evidence, with_cluster: bool) -> Advice:
    message = (
        "The host gave out no token of a managed identity: it has no such identity, has several and none was named, "
        "or its token service does not answer."
    )
    return message, (
        manual(
            "Assign the managed identity to the host that runs az (virtual machine, scale set, container or agent), "
            "and name it by --client-id in `az login --identity` where the host has several. Leave 169.254.169.254 out "
            "of any proxy (NO_PROXY).",
            az("login", "--identity"),
        ),
    )


def _secret(evidence: Evidence, with_cluster: bool) -> Advice:
    message = "Microsoft Entra does not accept the secret or certificate of the application: it expired or is wrong."
    renew = manual(
        "Have the owner of the application add a new secret or certificate, put it where the pipeline takes it from, "
        "and sign in with that. A secret is given by its value, not by its id. Federated credentials need no secret."
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
        "A Conditional Access policy or the state of the device forbids this sign-in. Signing in again gives the same "
        "answer.",
        "Ask an Entra administrator which policy it was: the sign-in log has it under the correlation id of the text. "
        "Work from a device, place or application that the policy allows, or have the policy changed.",
    ),
    entra.FEDERATED: (
        "The token of the pipeline does not match a federated credential of the application: its issuer, subject or "
        "audience is another one.",
        "Compare issuer, subject and audience in the text with `az ad app federated-credential list`, letter by "
        "letter: branch, environment, pull request or service connection change the subject. Have the owner of the "
        "application add a credential for it. There is no browser or secret to try instead.",
    ),
    entra.ASSERTION_TIME: (
        "The token that the sign-in was made with is outside its time: it is too old or too young, or was used before.",
        "Get a new token right before the invoke: sign in again in the same job, as the last step before it. If it is "
        "fresh, set the clock of the machine.",
    ),
    entra.ACCOUNT: (
        "The account or application is locked or disabled, or its password is wrong.",
        "Have an Entra administrator look at the account or application under the code of the text, and correct the "
        "password where that is the cause. More attempts can lock it longer.",
    ),
    entra.CONSENT: (
        "Nobody consented that this application asks for this token, or the account is not assigned to it.",
        "Have an Entra administrator consent to the application, or assign the account to it, as the text names them.",
    ),
    entra.BUSY: (
        "Microsoft Entra turned the request down for the moment: there were too many, or a part of it does not answer.",
        "Wait some minutes, then run the command again. Keep one sign-in a job instead of one a command.",
    ),
}
