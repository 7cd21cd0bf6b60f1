"""From a cluster's names to the signed-in edge that talks to it.

The sign-in begins before anything else: by the time that the rest of a command is imported, its token is there.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix._client_factory import CliEdge
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.report.console import Console

#: Seconds for which the end of the program waits for a token that nobody wants any more.
_PATIENCE = 1.0


def begin(cmd: Any, *instead: Any) -> None:
    """Make the client that :func:`connect` gives out, and ask for its token in a thread of its own.

    Not where one of ``instead`` is given: a file that cannot be read is an error before anything is asked. What goes
    wrong is nobody's error yet: whoever connects or sends a request meets it, and says what it means.
    """
    if any(instead):
        return
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix import log_records

    with contextlib.ExitStack() as stack:
        stack.enter_context(log_records.redacted())
        with contextlib.suppress(Exception):
            client = clients.container_service(cmd.cli_ctx)
            open_until_asked = stack.pop_all()
            asking = threading.Thread(target=_ask, args=(client, open_until_asked), name="sign-in", daemon=True)
            asking.start()
            threading.Thread(target=_read_authorities, args=(cmd.cli_ctx,), name="authorities", daemon=True).start()
            # A command that ends at once must not cut the CLI off while it writes the token into its cache.
            atexit.register(asking.join, _PATIENCE)


def begin_to_change(cmd: Any, what_if: bool, *instead: Any) -> None:
    """The same of a command that writes; where that is forbidden nothing is sent."""
    from azext_aksinvokefix.surface import read_only

    if what_if or not read_only.is_set(cmd.cli_ctx):
        begin(cmd, *instead)


def _ask(client: Any, open_until_asked: contextlib.ExitStack) -> None:
    from azext_aksinvokefix import _client_factory as clients

    with open_until_asked, contextlib.suppress(Exception):
        clients.token_of(client)


def _read_authorities(cli_ctx: Any) -> None:
    from azext_aksinvokefix import _client_factory as clients

    with contextlib.suppress(Exception):
        clients.read_authorities(cli_ctx)


def connect(cmd: Any, console: Console, deadline: float | None) -> tuple[CliEdge, Target]:
    """The signed-in edge and the cluster's id; raises ArmError: no such subscription, SignInError: not signed in."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import ArmError, credential_errors, no_token
    from azext_aksinvokefix.cluster import Target

    try:
        client = clients.container_service(cmd.cli_ctx)
    except credential_errors() as error:
        if clients.says_no_such_subscription(str(error)):
            raise ArmError(404, "SubscriptionNotFound", str(error)) from error
        raise no_token(error) from error
    group, name = console.resource_group, console.cluster
    target = Target.named(clients.subscription_of(client), group, name)
    console.subscription = target.subscription
    return clients.CliEdge(cmd, client, deadline), target


def connect_or_raise(cmd: Any, console: Console) -> tuple[CliEdge, Target]:
    """The same, with what goes wrong as the CLI's own errors."""
    from azure.cli.core.azclierror import ResourceNotFoundError

    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.quoting import one_line
    from azext_aksinvokefix.surface import errors

    # With --debug the CLI logs the whole chain of an error, where no redaction is at work any more.
    try:
        return connect(cmd, console, None)
    except ArmError as error:
        if error.status is None:
            raise errors.by_azure(error) from None
        raise ResourceNotFoundError(
            one_line(error.message), recommendation="`az account list` shows the ones you can use."
        ) from None


def scope_of(cmd: Any, resource_group: str | None, name: str | None) -> str | None:
    """The ARM id of the cluster that was named, or of the resource group alone; None when neither was."""
    from azure.cli.core.commands.client_factory import get_subscription_id

    from azext_aksinvokefix.cluster import cluster_path

    if not resource_group:
        return None
    subscription = str(get_subscription_id(cmd.cli_ctx))
    if name:
        return cluster_path(subscription, resource_group, name)
    return f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
