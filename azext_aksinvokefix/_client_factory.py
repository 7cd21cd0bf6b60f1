"""Clients, always through the CLI's authenticated client factory."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.arm import Answer, Arm
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.credentials import SharedCredential
    from azext_aksinvokefix.lifecycle import Item

#: The server application of AKS-managed Entra integration, the same in every cloud.
AKS_SERVER_APP = "6dae42f8-4368-4678-94ff-3960e28e3630"
_KEY = "aks_invoke_fix_clients"
#: Several clusters are worked on at once.
_making = threading.Lock()


def container_service(cli_ctx: Any) -> Any:
    """The ContainerServiceClient of the CLI's own version, signed in as the CLI is.

    A command has one for a subscription: whoever comes later finds its connections open and its token asked for.
    """
    wanted = cli_ctx.data.get("subscription_id")
    # Each of several clusters has a copy of the context; what they share lies with the invocation.
    made = cli_ctx.invocation.data.setdefault(_KEY, {}) if cli_ctx.invocation else {}
    with _making:
        if wanted not in made:
            made[wanted] = _container_service(cli_ctx, wanted)
        return made[wanted]


def _container_service(cli_ctx: Any, subscription_id: str | None) -> Any:
    from azure.cli.core._profile import Profile
    from azure.cli.core.commands.client_factory import get_mgmt_service_client
    from azure.cli.core.profiles import ResourceType

    from azext_aksinvokefix import transport
    from azext_aksinvokefix.credentials import SharedCredential

    credential, subscription_id, _ = Profile(cli_ctx=cli_ctx).get_login_credentials(subscription_id=subscription_id)
    return get_mgmt_service_client(
        cli_ctx,
        ResourceType.MGMT_CONTAINERSERVICE,
        subscription_id=subscription_id,
        credential=SharedCredential(credential),
        transport=transport.new(verify=_verifies()),
    )


def _verifies() -> bool:
    """Whether certificates of servers are checked: with AZURE_CLI_DISABLE_CONNECTION_VERIFICATION they are not."""
    from azure.cli.core.util import should_disable_connection_verify

    return not should_disable_connection_verify()


def read_authorities(cli_ctx: Any) -> None:
    """Read the certificate authorities that ARM's certificate is checked with; whoever connects then need not."""
    from azext_aksinvokefix import transport

    transport.read_authorities(cli_ctx.cloud.endpoints.resource_manager, _verifies())


def arm(cli_ctx: Any, client: Any, deadline: float | None = None) -> Arm:
    """ARM through the pipeline of ``client``."""
    from azext_aksinvokefix.arm import Arm

    # The SDK has no public way to its pipeline that both of its generations share.
    # pylint: disable-next=protected-access
    return Arm(client._client, cli_ctx.cloud.endpoints.resource_manager, deadline, refused=credential_of(client).forget)


def credential_of(client: Any) -> SharedCredential:
    """The credential that ``client`` is signed in with."""
    found: SharedCredential = client._config.credential  # pylint: disable=protected-access
    return found


def token_of(client: Any) -> str:
    """The token that requests of ``client`` are signed with, asked for if it is not there yet."""
    with _no_hostname():
        return credential_of(client).raw(*client._config.credential_scopes)  # pylint: disable=protected-access


def subscription_of(client: Any) -> str:
    """The subscription that ``client`` is bound to."""
    return str(client._config.subscription_id)  # pylint: disable=protected-access


def says_no_such_subscription(text: str) -> bool:
    """Whether the CLI's profile refused a ``--subscription`` that it does not know."""
    lowered = text.lower()
    return "subscription" in lowered and ("not found" in lowered or "doesn't exist" in lowered)


class CliEdge:
    """What `run` needs of the CLI: ARM, the SDK's runCommand, and the user's token for the cluster."""

    def __init__(self, cmd: Any, client: Any, deadline: float | None) -> None:
        self.arm = arm(cmd.cli_ctx, client, deadline)
        self._cmd = cmd
        self._client = client
        self._subscription_id = subscription_of(client)

    def post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        """The same as :meth:`_post`, with a line for --verbose."""
        from azext_aksinvokefix import request_log
        from azext_aksinvokefix.arm import ArmError

        begun, url = time.monotonic(), self.arm.url(f"{cluster.id}/runCommand")
        try:
            answer = self._post(cluster, payload, read_timeout)
        except ArmError as error:
            request_log.tell("POST", url, f"no answer ({error.message})", begun)
            raise
        request_log.tell("POST", url, answer.status, begun)
        return answer

    def _post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        """runCommand through the SDK, one try. The body is never logged: it holds the cluster token.

        Whatever is raised once the service has answered, the answer counts: SDK 41 reads headers of an accepted command
        that it cannot always read, and the pipeline has more to do when an answer came.
        """
        from azure.core.exceptions import AzureError, HttpResponseError
        from knack.util import CLIError

        from azext_aksinvokefix import bounds
        from azext_aksinvokefix.arm import no_answer, no_token

        answers: list[Answer] = []

        def keep(seen: Any) -> None:
            # The pipeline may send requests of its own, such as to register a resource provider.
            if seen.http_request.method == "POST" and "/runcommand" in seen.http_request.url.lower():
                # The head says already that the command was taken, and where; its body may never come.
                answers.append(_head(seen.http_response))
                self.arm.heed(seen.http_response.status_code, seen.http_request.headers)
                answers[-1] = _answer(seen.http_response)

        try:
            bounds.within(read_timeout, lambda: self._begin(cluster, payload, read_timeout, keep))
        except Exception as error:
            if answers:
                return answers[-1]
            response = getattr(error, "response", None) if isinstance(error, HttpResponseError) else None
            if response is not None:
                return _answer(response)
            if isinstance(error, CLIError):
                raise no_token(error) from error
            if isinstance(error, (AzureError, OSError, ValueError, KeyError, RecursionError, bounds.TooLongError)):
                raise no_answer(error) from error
            raise
        return answers[-1]

    def _begin(
        self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float, keep: Callable[[Any], None]
    ) -> None:
        from azure.cli.core.profiles import ResourceType

        request_type = self._cmd.get_models(
            "RunCommandRequest", resource_type=ResourceType.MGMT_CONTAINERSERVICE, operation_group="managed_clusters"
        )
        with _quiet_deserializer():
            self._client.managed_clusters.begin_run_command(
                cluster.group,
                cluster.name,
                request_type(**payload),
                polling=False,
                raw_response_hook=keep,
                headers={"x-ms-correlation-request-id": self.arm.correlation_id},
                retry_total=0,
                permit_redirects=False,
                read_timeout=read_timeout,
                logging_enable=False,
            )

    def sign_in(self) -> Item:
        """Who is signed in, and what their CLI is made of."""
        from azure.cli.core import __version__
        from azure.cli.core.extension import get_extensions
        from azure.cli.core.util import in_cloud_console

        from azext_aksinvokefix.arm import ArmError, SignInError
        from azext_aksinvokefix.evidence.sign_in import SOURCE, read_sign_in
        from azext_aksinvokefix.lifecycle import Item

        token, error = None, None
        try:
            token = self._token()
        except SignInError as refused:
            error = refused.message
        except ArmError as lost:
            return Item(source=SOURCE, unread=lost.message)
        user = self._profile_user()
        return read_sign_in(
            token=token,
            cli_version=__version__,
            extensions={extension.name: str(extension.version) for extension in get_extensions()},
            cloud_shell=bool(in_cloud_console() and user.get("cloudShellID")),
            name=user.get("name"),
            error=error,
        )

    @functools.cached_property
    def account(self) -> Mapping[str, str | None]:
        """Object id and name of whoever is signed in, for the journal. No reason to fail: what is not known is None."""
        from knack.util import CLIError

        from azext_aksinvokefix.arm import ArmError
        from azext_aksinvokefix.evidence.sign_in import account

        token, name = None, None
        with contextlib.suppress(ArmError):
            token = self._token()
        with contextlib.suppress(CLIError):
            name = self._profile_user().get("name")
        return account(token, name)

    def _profile_user(self) -> Mapping[str, Any]:
        from azure.cli.core._profile import Profile

        return Profile(cli_ctx=self._cmd.cli_ctx).get_subscription(self._subscription_id).get("user") or {}

    def cluster_token_error(self, profile: Mapping[str, Any]) -> str:
        """Why there is no token for the cluster; empty when there is one."""
        from azext_aksinvokefix.arm import ArmError

        try:
            self.cluster_token(profile)
        except ArmError as error:
            return error.message
        return ""

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        """The user's token for the cluster's API server, by its ``aadProfile``; raises SignInError."""
        from azure.cli.core.util import in_cloud_console

        audience = AKS_SERVER_APP if cluster.get("managed") else str(cluster.get("serverAppID") or AKS_SERVER_APP)
        return self._token(audience, "cloud-shell-token" if in_cloud_console() else "sign-in-expired")

    def graph(self, method: str, path: str, body: Mapping[str, Any] | None = None, **params: str) -> Any:
        """Microsoft Graph's JSON, in the tenant of the subscription; one try, raises ArmError with Graph's own code.

        The CLI's own Graph client would ask in the tenant of the default subscription.
        """
        from azext_aksinvokefix.arm import Arm

        endpoint = str(self._cmd.cli_ctx.cloud.endpoints.microsoft_graph_resource_id)
        # The same rules as for ARM: no redirect elsewhere is followed, and no answer lasts or grows without end.
        with _graph_client(endpoint, self._token(endpoint)) as pipeline:
            graph = Arm(pipeline, endpoint, self.arm.deadline)
            answer = graph.send(method, graph.url(f"/v1.0/{path}", params=params), body)
        if answer.status >= 400:
            raise answer.error()
        return answer.json()

    def _token(self, audience: str | None = None, finding: str = "sign-in-expired") -> str:
        """The user's token for ``audience``, ARM by default, in the tenant of the subscription."""
        from azext_aksinvokefix import bounds, redact
        from azext_aksinvokefix.arm import ArmError, credential_errors, no_token

        def ask() -> str:
            return token_of(self._client) if audience is None else self._other_token(audience)

        try:
            token = bounds.within(self.arm.time_left(bounds.LONGEST_ANSWER), ask)
        except bounds.TooLongError as error:
            raise ArmError(None, None, f"No token was issued. {error}") from error
        except credential_errors() as error:
            raise no_token(error, finding) from error
        redact.register(token)
        return token

    def _other_token(self, audience: str) -> str:
        from azure.cli.core._profile import Profile

        profile = Profile(cli_ctx=self._cmd.cli_ctx)
        with _no_hostname():
            return str(profile.get_raw_token(resource=audience, subscription=self._subscription_id)[0][1])


def _graph_client(endpoint: str, token: str) -> Any:
    """A pipeline to Graph with a token of its own; nothing in it logs a header."""
    from azure.cli.core.util import get_az_rest_user_agent
    from azure.core import PipelineClient
    from azure.core.pipeline.policies import HeadersPolicy, RedirectPolicy, RetryPolicy

    from azext_aksinvokefix import transport

    headers = {"Authorization": f"Bearer {token}", "User-Agent": get_az_rest_user_agent()}
    # The last two do nothing here but take their options off what goes to the transport.
    policies = [HeadersPolicy(headers), RedirectPolicy(), RetryPolicy()]
    return PipelineClient(endpoint, policies=policies, transport=transport.new(verify=_verifies()))


@contextlib.contextmanager
def _no_hostname() -> Iterator[None]:
    """In Cloud Shell the CLI warns at every refused token and asks for the host's name in a report to its makers. The
    finding says what it is and what to do."""
    from knack.log import get_logger

    logger = get_logger("azure.cli.core.auth.util")

    # One for each caller: several tokens may be asked for at once.
    def matters(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("A Cloud Shell credential problem occurred")

    logger.addFilter(matters)
    try:
        yield
    finally:
        logger.removeFilter(matters)


@contextlib.contextmanager
def _quiet_deserializer() -> Iterator[None]:
    """The SDK logs a stack trace as a warning when an error body is no JSON; the body itself is reported anyway.

    Several clusters are worked on at once: the first one begins the quiet, the last one ends it.
    """
    logger = logging.getLogger("azure.mgmt.containerservice")
    with _quiet.lock:
        _quiet.users += 1
        if _quiet.users == 1:
            _quiet.level = logger.level
            logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        with _quiet.lock:
            _quiet.users -= 1
            if _quiet.users == 0:
                logger.setLevel(_quiet.level)


class _Quiet:  # pylint: disable=too-few-public-methods
    """How many want it quiet, and how loud it was before."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.level = logging.NOTSET


_quiet = _Quiet()


def _answer(response: Any) -> Answer:
    """The answer as it came. A body that breaks off or grows too large costs itself, not the status and the headers."""
    from azext_aksinvokefix import bounds
    from azext_aksinvokefix.arm import Answer

    head, body = _head(response), b""
    with contextlib.suppress(Exception):
        # A body that the SDK has read already comes again from memory; its older generation cannot give it in parts.
        body = bounds.whole(response.iter_bytes() if hasattr(response, "iter_bytes") else [response.body()])
    return Answer(head.status, head.headers, body)


def _head(response: Any) -> Answer:
    from azext_aksinvokefix.arm import Answer

    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, b"")
