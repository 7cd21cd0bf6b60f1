"""From a cluster's names to the signed-in edge that talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix._client_factory import CliEdge
    from azext_aksinvokefix.invoke.run import Target
    from azext_aksinvokefix.report.console import Console


def connect(cmd: Any, console: Console, deadline: float | None) -> tuple[CliEdge, Target]:
    """The signed-in edge and the cluster's id; raises ArmError: no such subscription, SignInError: not signed in."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import ArmError, SignInError, cluster_path, credential_errors
    from azext_aksinvokefix.invoke.run import Target

    try:
        client = clients.container_service(cmd.cli_ctx)
    except credential_errors() as error:
        if clients.says_no_such_subscription(str(error)):
            raise ArmError(404, "SubscriptionNotFound", str(error)) from error
        raise SignInError(str(error), "sign-in-expired") from error
    group, name = console.resource_group, console.cluster
    target = Target(group, name, cluster_path(clients.subscription_of(client), group, name))
    return clients.CliEdge(cmd, client, deadline), target


def connect_or_raise(cmd: Any, console: Console) -> tuple[CliEdge, Target]:
    """The same, with what goes wrong as the CLI's own errors."""
    from azure.cli.core.azclierror import AuthenticationError, ResourceNotFoundError

    from azext_aksinvokefix.arm import ArmError, SignInError
    from azext_aksinvokefix.quoting import one_line

    # With --debug the CLI logs the whole chain of an error, where no redaction is at work any more.
    try:
        return connect(cmd, console, None)
    except SignInError as error:
        raise AuthenticationError(one_line(error.message), recommendation="Sign in with `az login`.") from None
    except ArmError as error:
        raise ResourceNotFoundError(
            one_line(error.message), recommendation="`az account list` shows the ones you can use."
        ) from None
