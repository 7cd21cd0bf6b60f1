"""Run command: from the POST over the life of the command pod to the result.

A run is decided when it is submitted, and again when the cluster changes while its pod is pending; what a poll sees
follows from the times alone.
"""

from __future__ import annotations

import fnmatch
import re
from functools import partial
from typing import Any

from tests.simulator.aks import clusters
from tests.simulator.aks.attachments import InvalidContextError, unpack
from tests.simulator.aks.clusters import Cluster
from tests.simulator.aks.runs import Run
from tests.simulator.cluster import admission, images, kubernetes, placement, pods, startup
from tests.simulator.cluster.execution import Execution
from tests.simulator.core.responses import kubernetes_failure, rp_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.specs import CommandSpec
from tests.simulator.core.world import AKS_SERVER_APPLICATION, World, rfc3339
from tests.simulator.identity.tokens import caller_of, claims_of

#: Where the service cuts the output without a word (measured in public).
LOG_LIMIT = 524287

#: A host that is not the one asked, and that nobody has.
_ELSEWHERE = "https://management.azure.invalid"

_TLS_TIMEOUT = 'Get "https://20.54.138.2:443/api/v1/namespaces/aks-command/pods/{pod}": net/http: TLS handshake timeout'


def _submit(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    refusal = _refused_by_state(cluster) or _invalid(cluster, request)
    if refusal:
        return refusal
    try:
        run = _new_run(world, cluster, request)
    except InvalidContextError:
        # modelled: a context that is no zip is refused with InvalidParameter, before the cluster is asked
        # proof: `make record`, step run-bad-context
        return rp_error(400, "InvalidParameter", "The value of parameter context is invalid.", target="context")
    return _refused_inside(world, cluster, run) or _start(world, cluster, run, request)


def _refused_by_state(cluster: Cluster) -> Response | None:
    """Before the cluster is asked."""
    # modelled: the codes BadRequest and OperationNotAllowed, and all of the sentence about the switch disableRunCommand
    # proof: runCommand recorded against a stopped cluster, one being created, and one with disableRunCommand
    if cluster.power == "Stopped":
        message = "ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped"
        return rp_error(400, "BadRequest", message)
    if cluster.provisioning in {"Creating", "Deleting"}:
        return rp_error(400, "BadRequest", "The cluster is being deleted or hasn't been fully provisioned yet.")
    if cluster.refuses_run_command:
        return rp_error(400, "RunCommandDisabled", "Run command is disabled for this managed cluster.")
    return None


def _invalid(cluster: Cluster, request: Request) -> Response | None:
    body = request.body if isinstance(request.body, dict) else {}
    if not body.get("command"):
        # modelled: an empty command is refused with InvalidParameter
        # proof: `make record`, step run-empty
        return rp_error(400, "InvalidParameter", "The value of parameter command is invalid.", target="command")
    if cluster.is_entra and not body.get("clusterToken"):
        message = "This cluster have Azure Active Directory enabled, .clusterToken is required."
        return rp_error(400, "MissingAADClusterToken", message)
    return None


def _new_run(world: World, cluster: Cluster, request: Request) -> Run:
    command_id = world.guid().replace("-", "")
    command: str = request.body["command"]
    caller = request.caller or world.caller
    now = world.now()
    run = Run(
        id=command_id,
        cluster_id=cluster.id,
        command=command,
        user=_user(world, cluster, request),
        token=request.body.get("clusterToken") or "",
        files=unpack(request.body.get("context")),
        pod=pods.manifest(command_id, command, caller, entra=cluster.is_entra, image=images.command_image(cluster)),
        submitted_at=now,
        gives_up_at=now + world.scenario.start_budget,
    )
    _foretell(world, cluster, run)
    return run


def _user(world: World, cluster: Cluster, request: Request) -> Caller | None:
    """Who the cluster token speaks for, None when the API server would not accept it."""
    if cluster.spec.rejects_tokens:
        return None
    claims = claims_of(request.body.get("clusterToken") or "")
    good = claims and claims["aud"] == AKS_SERVER_APPLICATION and claims["tid"] == world.tenant
    return caller_of(claims) if claims and good and claims["exp"] > world.now() else None


def _foretell(world: World, cluster: Cluster, run: Run) -> None:
    """What a command that the scenario scripts will print and return once it runs; every other one is executed."""
    spec = next((c for c in world.scenario.commands if fnmatch.fnmatchcase(run.command, c.match)), None)
    if spec is None and world.kubernetes is not None:
        run.executes = True
        return
    spec = spec or CommandSpec()
    run.duration, run.exit_code, run.logs = spec.duration, spec.exit_code, _output(spec, run.token)
    if cluster.spec.api_server == "guarded" and "kubectl" in run.command:
        run.exit_code, run.logs = 1, kubernetes.GUARDED
    elif cluster.is_entra:
        denied = kubernetes.refusal(world, cluster, run.user, spec.needs) if run.user else kubernetes.UNAUTHORIZED
        if denied and (spec.needs or "kubectl" in run.command):
            run.exit_code, run.logs = 1, denied


def _execute(world: World, run: Run) -> None:
    """Start the process of a run whose pod has found its place, unless that was done already."""
    if not run.executes or run.execution is not None or run.starts_at is None or world.kubernetes is None:
        return
    kubeconfig = world.kubernetes(run.id, run.token or "cluster-admin")
    missing = world.scenario.missing_tools
    run.execution = Execution(run.command, run.files, kubeconfig, missing, partial(_finished, world, run))
    run.execution.start(run.starts_at - world.now())


def _finished(world: World, run: Run, code: int, printed: bytes) -> None:
    # modelled: bytes that are no UTF-8 are replaced in the logs of a result, which are JSON
    # proof: `make record`, step run-bytes
    run.exit_code, run.printed, run.logs = code, printed, printed[:LOG_LIMIT].decode("utf-8", "replace")
    run.finished_at = world.now()


def _output(spec: CommandSpec, token: str) -> str:
    if not spec.repeat_to:
        return spec.logs.replace("{token}", token)
    times = -(-spec.repeat_to // len(spec.logs.encode()))
    return (spec.logs * times).encode()[: spec.repeat_to].decode("utf-8", "ignore")


def _refused_inside(world: World, cluster: Cluster, run: Run) -> Response | None:
    """By the API server, while the resource provider creates the pod."""
    if cluster.spec.api_server == "unreachable":
        return _slowly(world, kubernetes_failure(_TLS_TIMEOUT.format(pod=pods.name(run.id))))
    return admission.admit(world, cluster, run.pod)


def _start(world: World, cluster: Cluster, run: Run, request: Request) -> Response:
    placement.place(world, cluster, run)
    if run.node and startup.tunnel_is_broken(cluster):
        return _slowly(world, kubernetes_failure(startup.TUNNEL_BROKEN))
    if run.misses_budget and world.scenario.surface == "perf-error":
        world.abandoned.append(run)
        return _slowly(world, _performance_error(run))
    world.runs[run.id] = run
    _execute(world, run)
    return _accepted(world, request, run)


def _slowly(world: World, response: Response) -> Response:
    return Response(response.status, response.body, response.headers, response.source, world.scenario.start_budget)


def _performance_error(run: Run) -> Response:
    """The sentence is recorded and says 30s whatever the budget of the scenario is."""
    # modelled: the status 400 of a command pod that did not start in time
    # proof: runCommand recorded against a cluster whose nodes have no room for the pod
    message = (
        f"Failed to run command due to cluster perf issue, container {pods.name(run.id)} in aks-command namespace did "
        "not start within 30s on your cluster, retry may helps. If issue persist, you may need to tune your cluster "
        "with better performance (larger node/paid tier)."
    )
    return rp_error(400, "KubernetesPerformanceError", message)


def _accepted(world: World, request: Request, run: Run) -> Response:
    return Response(202, None, _headers(world, request, run), source="rp")


def _headers(world: World, request: Request, run: Run) -> dict[str, str]:
    """The Location has ``managedclusters`` in lower case and the api-version of the request."""
    results = world.scenario.results
    path = re.sub(r"/(runCommand|commandResults/.*)$", "", request.path).replace(
        "/managedClusters/", "/managedclusters/"
    )
    if results.location == "incomplete":
        path = path.replace(f"/{request.params['subscription']}/", "//")
    base = _ELSEWHERE if results.location == "foreign" else request.base
    location = f"{base}{path}/commandResults/{run.id}?api-version={request.api_version}"
    headers = {} if results.location == "absent" else {"location": location}
    return headers if results.retry_after is None else {**headers, "retry-after": str(results.retry_after)}


def _result(world: World, request: Request) -> Response:
    run = world.runs.get(request.params["command"].lower())
    if clusters.find(world, request) is None:
        return clusters.not_found(request)
    if run is None:
        # modelled: a command id that never was gets the bare 404 that is known of a lost result
        # proof: `make record`, step result-unknown
        return Response(404, source="rp")
    _execute(world, run)
    now, results = world.now(), world.scenario.results
    if run.has_finished(now):
        return Response(404, source="rp") if results.lost else Response(200, _succeeded(world, run), source="rp")
    if run.has_given_up(now) and world.scenario.surface != "running":
        return _gave_up(world, run)
    body = {"id": run.id, "properties": {"provisioningState": results.running_state}} if results.poll_body else None
    return Response(202, body, _headers(world, request, run), source="rp")


def _succeeded(world: World, run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "properties": {
            "provisioningState": "Succeeded",
            "exitCode": run.exit_code,
            "startedAt": rfc3339(world.utc(run.starts_at)),
            "finishedAt": rfc3339(world.utc(run.ends_at)),
            "logs": run.logs.encode()[:LOG_LIMIT].decode("utf-8", "ignore"),
        },
    }


def _gave_up(world: World, run: Run) -> Response:
    if world.scenario.surface == "not-found":
        return Response(404, source="rp")
    results = world.scenario.results
    properties = {"provisioningState": results.failed_state}
    if results.reason and run.reason:
        properties["reason"] = run.reason
    return Response(200, {"id": run.id, "properties": properties}, source="rp")


OPERATIONS = (
    Operation(
        "run-command",
        "POST",
        clusters.PATH + "/runCommand",
        _submit,
        clusters.ACTION + "runCommand/action",
        at="/runCommand",
    ),
    Operation(
        "command-result",
        "GET",
        clusters.PATH + "/commandResults/{command}",
        _result,
        clusters.ACTION + "commandResults/read",
        at="/commandResults/",
    ),
)
