"""Stage ``sign-in``: tokens for ARM and, on clusters with Microsoft Entra, for the AKS server application."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, Entry

_CODES = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
_AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"

#: The title of sign-in-expired where there never was a sign-in, or it was taken away by `az logout`.
NOT_SIGNED_IN = "You are not signed in"

ENTRIES = (
    Entry(
        id="cloud-shell-token",
        severity="error",
        title="Cloud Shell cannot get a token for the cluster",
        message="The Cloud Shell token service does not issue tokens for the AKS server application.",
        what="On a cluster with Microsoft Entra, run command needs a second token, for the AKS server application "
        f"({_AKS_SERVER}). The Cloud Shell token service answers that request with 400.",
        why="Cloud Shell signs you in through a local endpoint that supports only certain audiences. Clusters "
        "without Entra need no second token and work.",
        confirm="'az account show --query user.cloudShellID' is true and the cluster has an aadProfile with managed "
        "true.",
        fix="Sign in with your own account inside Cloud Shell, to the cluster's tenant and for its audience, then run "
        "the command again:\n\n"
        f"    az login --use-device-code --tenant TENANT_ID --scope {_AKS_SERVER}/.default\n\n"
        "Or run the command from another machine.",
        safety="Safe: it replaces only the sign-in of this Cloud Shell.",
        limits="Conditional Access can block the device code sign-in; in that case use another machine. Outside "
        "Cloud Shell, az prints the same text for a managed identity whose endpoint answers 400.",
        fixes=("command", "manual"),
        examples=(
            "Failed to connect to MSI. Please make sure MSI is configured correctly.\n"
            "Get Token request returned: <Response [400]>",
        ),
        references=(ARTICLE, "https://github.com/Azure/azure-cli/issues/17695"),
    ),
    Entry(
        id="sign-in-expired",
        severity="error",
        title="Your sign-in has expired",
        message="Microsoft Entra or Azure Resource Manager rejected the token of this sign-in.",
        what="The token was rejected, could not be renewed, or was never issued: it expired, was revoked, or a "
        "Conditional Access policy requires more than the sign-in provided. If no one is signed in to az on "
        f"this machine, the title is '{NOT_SIGNED_IN}'.",
        why="The refresh token is too old or the password changed; a sign-in frequency, device or multi-factor "
        "rule applies only to ARM or to the AKS server application; the secret of a service principal "
        "expired; or this machine's clock is wrong.",
        confirm="The AADSTS code in the text says which of these it is; 'az aks invoke-fix diagnose' gives advice for "
        "that kind of code.",
        fix="It depends on the code and on who is signed in.\n\n"
        "Expired or revoked (70043, 700082, 50173), or a user interaction is required (50076, 50079, 50158): "
        "sign in again. If the rejected token was for the cluster, request that audience so that its rules "
        f"apply:\n\n    az login --scope {_AKS_SERVER}/.default\n\n"
        "A Conditional Access or device rule (53000 to 53003): signing in again gives the same result; the "
        "owner of the rule decides. Workload identity federation (70021, 700213): the federated credential "
        "must match the issuer, subject and audience of the pipeline's token. Expired pipeline token "
        "(700024): sign in again in the same job. Secrets and certificates (7000215, 7000222): the owner of "
        "the application creates a new one. Consent (65001): an administrator grants it. Legacy Entra "
        "integration of the cluster (650057): migrate it. Managed identity: assign it to the host."
        "\n\nAfter a fix at Microsoft Entra, wait a minute before you try again: az caches a refusal for that long and "
        "repeats it for the same request (azure-cli 2.91.0 with msal 1.39.0).",
        safety="Safe: a sign-in replaces only the one on this machine. The owner of the application, policy or "
        "cluster has to do everything else.",
        limits="A service principal or managed identity cannot answer a prompt; its secret, certificate or "
        "Conditional Access policy has to change.",
        only_alone=True,
        fixes=("command", "manual"),
        examples=(
            "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional "
            "access.",
            "(ExpiredAuthenticationToken) The access token expiry UTC time '1/1/2026 1:00:00 AM' is earlier than "
            "current UTC time '1/1/2026 2:00:00 AM'.\nCode: ExpiredAuthenticationToken",
            "Please run 'az login' to setup account.",
        ),
        references=(_CODES,),
    ),
    Entry(
        id="wrong-tenant",
        severity="error",
        title="The sign-in belongs to another tenant",
        message="The token was issued by a tenant other than the one the subscription or cluster belongs to.",
        what="The sign-in is valid, but for a directory other than the cluster's.",
        why="The account is a guest in several tenants, the subscription moved to another tenant, or the cluster's "
        "aadProfile.tenantID differs from the tenant of the subscription.",
        confirm="Compare 'az account show --query tenantId' with the tenant in the text, or with the cluster's "
        "aadProfile.tenantID.",
        fix="Sign in to the tenant named in the text:\n\n    az login --tenant TENANT_ID",
        safety="Safe: it replaces only the sign-in on this machine.",
        limits="After a subscription moves, ARM can take up to an hour to recognize its new tenant.",
        fixes=("command",),
        examples=(
            "(InvalidAuthenticationTokenTenant) The access token is from the wrong issuer "
            "'https://sts.windows.net/11111111-1111-1111-1111-111111111111/'. It must match the tenant "
            "'https://sts.windows.net/22222222-2222-2222-2222-222222222222/' associated with this subscription.",
        ),
        references=(_CODES,),
    ),
    Entry(
        id="cluster-token-missing",
        severity="error",
        title="The request carried no cluster token",
        message="The cluster uses Microsoft Entra, and the request did not carry the caller's token for it.",
        what="On a cluster with Microsoft Entra the request must include the caller's token for the AKS server "
        "application, because the command runs as the caller.",
        why="The call came from a template, a deployment script, an SDK or REST without clusterToken, or the cluster "
        "has the legacy Entra integration (aadProfile.managed is not true), for which az sends no token.",
        confirm="The service answers MissingAADClusterToken; the cluster's aadProfile shows whether it is managed.",
        fix="Use 'az aks command invoke' or 'az aks invoke-fix run', which add the token. Other callers must send "
        f"the access token for {_AKS_SERVER}/.default, as a string, in clusterToken. A legacy cluster must be "
        "migrated to AKS-managed Microsoft Entra.",
        safety="Manual: a migration changes how everyone signs in to the cluster.",
        limits="The token is a credential of the caller: keep it out of logs and templates.",
        fixes=("manual",),
        examples=(
            "(MissingAADClusterToken) This cluster have Azure Active Directory enabled, .clusterToken is required.\n"
            "Code: MissingAADClusterToken",
        ),
        references=("https://github.com/Azure/azure-rest-api-specs/issues/22480",),
    ),
)
