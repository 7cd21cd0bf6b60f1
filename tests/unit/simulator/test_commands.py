"""A command lives as the service lets it live, and fails in the service's own words."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import pytest
from requests.models import Response

from tests.unit.simulator.conftest import Client

FULL = {"pools": [{"free": {"cpu": "100m", "memory": "3Gi"}}]}
TAINTED = {"pools": [{"taints": ["CriticalAddonsOnly=true:NoSchedule"]}]}


def error(answer: Response) -> tuple[str, str]:
    return answer.json()["code"], answer.json()["message"]


def test_a_healthy_cluster_runs_the_command_and_returns_its_output(azure: Client) -> None:
    azure.load({"commands": [{"logs": "done\n", "exitCode": 3}]})
    properties = azure.finish(azure.submit()).json()["properties"]
    assert (properties["provisioningState"], properties["exitCode"], properties["logs"]) == ("Succeeded", 3, "done\n")
    assert "reason" not in properties


def test_a_command_is_running_until_its_duration_is_over(azure: Client) -> None:
    azure.load({"commands": [{"duration": 100}]})
    accepted = azure.submit()
    assert azure.get(accepted.headers["Location"]).status_code == 202
    azure.world.advance(200)
    assert azure.get(accepted.headers["Location"]).status_code == 200


def test_the_first_command_that_matches_decides(azure: Client) -> None:
    azure.load({"commands": [{"match": "helm *", "exitCode": 1}, {"match": "*", "exitCode": 2}]})
    assert azure.finish(azure.submit("helm list")).json()["properties"]["exitCode"] == 1
    assert azure.finish(azure.submit("kubectl version")).json()["properties"]["exitCode"] == 2


def test_each_submission_runs_once_however_often_it_is_polled(azure: Client) -> None:
    accepted = azure.submit("kubectl delete pod web")
    for _ in range(3):
        azure.finish(accepted)
    assert azure.world.executions("kubectl delete pod web") == 1
    azure.finish(azure.submit("kubectl delete pod web"))
    assert azure.world.executions("kubectl delete pod web") == 2


def test_a_command_that_never_started_did_not_run(azure: Client) -> None:
    azure.load({**TAINTED, "startBudget": 0})
    azure.submit("kubectl delete pod web")
    assert azure.world.executions("kubectl delete pod web") == 0


def test_a_pod_that_cannot_start_is_a_performance_error_of_the_request(azure: Client) -> None:
    azure.load({**TAINTED, "surface": "perf-error", "startBudget": 0})
    code, message = error(azure.submit())
    assert code == "KubernetesPerformanceError"
    assert "did not start within 30s on your cluster, retry may helps." in message


def test_the_performance_error_takes_as_long_as_the_service_waits(azure: Client) -> None:
    azure.load({**TAINTED, "startBudget": 0.2})
    assert azure.submit().elapsed.total_seconds() >= 0.2


def test_a_pod_that_cannot_start_is_a_failed_result_with_its_reason(azure: Client) -> None:
    azure.load({**FULL, "surface": "failed"})
    answer = azure.finish(azure.submit())
    properties = answer.json()["properties"]
    assert (answer.status_code, properties["provisioningState"]) == (200, "Failed")
    assert properties["reason"].startswith("Unschedulable - 0/1 nodes are available: 1 Insufficient cpu.")
    assert "exitCode" not in properties


def test_a_pod_that_cannot_start_is_a_bare_404(azure: Client) -> None:
    azure.load({**TAINTED, "surface": "not-found"})
    answer = azure.finish(azure.submit())
    assert (answer.status_code, answer.content) == (404, b"")


def test_a_pod_that_cannot_start_is_running_for_ever(azure: Client) -> None:
    azure.load({**TAINTED, "surface": "running"})
    assert azure.finish(azure.submit()).json()["properties"]["provisioningState"] == "Running"


@pytest.mark.parametrize(
    ("cluster", "text"),
    [
        ({"power": "Stopped"}, "ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped"),
        ({"provisioning": "Creating"}, "The cluster is being deleted or hasn't been fully provisioned yet."),
        ({"runCommand": False}, "Run command is disabled for this managed cluster."),
        ({"apiServer": "unreachable"}, "net/http: TLS handshake timeout"),
        (
            {"entra": True, "startup": "tunnel-broken"},
            "SPDYExecutor.SentAADToken retry failed: error dialing backend: ",
        ),
    ],
    ids=["stopped", "creating", "disabled", "unreachable", "tunnel"],
)
def test_a_cluster_that_takes_no_command_says_why_in_a_flat_error(
    azure: Client, cluster: dict[str, Any], text: str
) -> None:
    azure.load({"cluster": cluster, "startBudget": 0})
    answer = azure.submit()
    assert list(answer.json()) == ["code", "details", "message", "subcode"]
    assert answer.json()["message"].endswith(text)


@pytest.mark.parametrize(
    ("startup", "reason"), [("image-pull", "ImagePullBackoff"), ("init-failed", "Init:CrashLoopBackOff")]
)
def test_a_startup_that_fails_is_the_reason(azure: Client, startup: str, reason: str) -> None:
    azure.load({"surface": "failed", "cluster": {"startup": startup}})
    assert azure.finish(azure.submit()).json()["properties"]["reason"] == reason


def test_a_broken_tunnel_matters_on_entra_clusters_only(azure: Client) -> None:
    azure.load({"cluster": {"startup": "tunnel-broken"}})
    assert azure.submit().status_code == 202


def test_a_slow_start_works_the_second_time(azure: Client) -> None:
    azure.load({"cluster": {"startup": "slow"}, "startBudget": 0.2})
    assert azure.submit().status_code == 400
    azure.world.advance(1)
    assert azure.submit().status_code == 202


def test_an_entra_cluster_wants_a_cluster_token(azure: Client) -> None:
    azure.load({"cluster": {"entra": True}})
    code, message = error(azure.submit(clusterToken=""))
    assert code == "MissingAADClusterToken"
    assert message == "This cluster have Azure Active Directory enabled, .clusterToken is required."


@pytest.mark.parametrize("token", ["not a token", None], ids=["invented", "of another audience"])
def test_a_cluster_token_that_the_cluster_does_not_accept_is_unauthorized_inside(
    azure: Client, token: str | None
) -> None:
    azure.load({"cluster": {"entra": True}})
    properties = azure.finish(azure.submit(clusterToken=token or azure.token(azure.url))).json()["properties"]
    assert "error: You must be logged in to the server" in properties["logs"]
    assert properties["exitCode"] == 1


def test_a_user_without_a_binding_is_forbidden_inside(azure: Client) -> None:
    azure.load("kubernetes-forbidden")
    logs = azure.finish(azure.submit("kubectl get nodes")).json()["properties"]["logs"]
    assert logs == (
        f'Error from server (Forbidden): nodes is forbidden: User "{azure.world.caller.object_id}" cannot list '
        'resource "nodes" in API group "" at the cluster scope\n'
    )


def test_a_user_without_an_azure_role_is_told_of_azure(azure: Client) -> None:
    azure.load("kubernetes-forbidden-azure-rbac")
    logs = azure.finish(azure.submit("kubectl get pods")).json()["properties"]["logs"]
    assert logs.endswith(
        'in the namespace "default": User does not have access to the resource in Azure. '
        "Update role assignment to allow access.\n"
    )


def test_a_member_of_the_admin_group_may_do_everything(azure: Client) -> None:
    group = "9a0f9000-0000-4000-8000-000000000001"
    cluster = {"entra": True, "kubernetesRole": "none", "adminGroups": [group]}
    azure.load({"cluster": cluster, "caller": {"groups": [group]}, "commands": [{"needs": {"resource": "nodes"}}]})
    assert azure.finish(azure.submit()).json()["properties"]["exitCode"] == 0


def test_logs_stop_at_the_limit_without_a_word(azure: Client) -> None:
    azure.load({"commands": [{"logs": "0123456789", "repeatTo": 600000}]})
    properties = azure.finish(azure.submit()).json()["properties"]
    assert (len(properties["logs"]), properties["provisioningState"]) == (524287, "Succeeded")


def test_attachments_arrive_with_their_modes(azure: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("bin/run.sh")
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, "#!/bin/sh\n")
    azure.submit(context=base64.encodebytes(packed.getvalue()).decode())
    (file,) = next(iter(azure.world.runs.values())).files
    assert (file.name, oct(file.mode), file.content) == ("bin/run.sh", "0o755", b"#!/bin/sh\n")


@pytest.mark.parametrize("body", [{"context": "no zip"}, {"command": ""}], ids=["context", "command"])
def test_a_request_that_makes_no_sense_is_an_invalid_parameter(azure: Client, body: dict[str, str]) -> None:
    assert azure.submit(**body).json()["code"] == "InvalidParameter"


def test_a_body_over_the_limit_is_refused_by_something_that_speaks_no_json(azure: Client) -> None:
    azure.load({"bodyLimit": 100})
    answer = azure.submit("x" * 200)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html")
    assert azure.world.executions("x" * 200) == 0


def test_running_commands_take_room_from_each_other(azure: Client) -> None:
    azure.load(
        {"pools": [{"free": {"cpu": "300m", "memory": "1Gi"}}], "commands": [{"duration": 100}], "startBudget": 0.2}
    )
    assert azure.submit().status_code == 202
    assert azure.submit().json()["code"] == "KubernetesPerformanceError"


def test_a_node_that_joins_in_time_takes_the_pending_pod(azure: Client) -> None:
    azure.load({**TAINTED, "surface": "failed", "startBudget": 30})
    accepted = azure.submit()
    azure.call("PUT", f"{azure.cluster}/agentPools/extra", {"properties": {"count": 1, "mode": "User"}})
    azure.get(azure.cluster)
    assert azure.finish(accepted).json()["properties"]["provisioningState"] == "Succeeded"


def test_a_node_of_the_autoscaler_that_joins_in_time_takes_the_pending_pod(azure: Client) -> None:
    pool = {"free": {"cpu": "0", "memory": "0Mi"}, "autoscale": {"min": 1, "max": 2, "seconds": 5}}
    azure.load({"pools": [pool], "surface": "failed", "startBudget": 30})
    assert azure.finish(azure.submit()).json()["properties"]["provisioningState"] == "Succeeded"


def test_the_autoscaler_makes_room_for_the_next_try(azure: Client) -> None:
    azure.load("autoscaler-lagging")
    assert azure.submit().json()["code"] == "KubernetesPerformanceError"
    azure.world.advance(5)
    assert azure.submit().status_code == 202
    assert azure.get(azure.cluster).json()["properties"]["agentPoolProfiles"][0]["count"] == 2


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"failedState": "failed"}, {"provisioningState": "failed"}),
        ({"reason": False}, {"provisioningState": "Failed"}),
    ],
    ids=["lower case", "no reason"],
)
def test_a_failed_result_may_look_different(azure: Client, results: dict[str, Any], expected: dict[str, str]) -> None:
    azure.load({**TAINTED, "surface": "failed", "results": results})
    assert azure.finish(azure.submit()).json()["properties"].items() >= expected.items()


def test_a_running_result_may_be_empty_or_of_an_unknown_state(azure: Client) -> None:
    azure.load({"results": {"pollBody": False, "retryAfter": 7}, "commands": [{"duration": 100}]})
    poll = azure.get(azure.submit().headers["Location"])
    assert (poll.status_code, poll.content, poll.headers["Retry-After"]) == (202, b"", "7")
    azure.load({"results": {"runningState": "Scheduling"}, "commands": [{"duration": 100}]})
    assert azure.get(azure.submit().headers["Location"]).json()["properties"]["provisioningState"] == "Scheduling"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("absent", None),
        ("incomplete", "/subscriptions//resourceGroups/"),
        ("foreign", "https://management.azure.invalid/"),
    ],
)
def test_a_location_may_be_of_no_use(azure: Client, location: str, expected: str | None) -> None:
    azure.load({"results": {"location": location}})
    found = azure.submit().headers.get("Location")
    assert found is expected or expected in found


def test_a_lost_result_is_the_result_of_a_command_that_ran(azure: Client) -> None:
    azure.load({"results": {"lost": True}})
    assert azure.finish(azure.submit("kubectl delete pod web")).status_code == 404
    assert azure.world.executions("kubectl delete pod web") == 1


def test_a_command_may_print_the_users_token(azure: Client) -> None:
    azure.load({"cluster": {"entra": True}, "commands": [{"logs": "token: {token}"}]})
    logs = azure.finish(azure.submit()).json()["properties"]["logs"]
    assert logs == f"token: {next(iter(azure.world.runs.values())).token}"


def test_an_azure_role_lets_the_user_in(azure: Client) -> None:
    document = {
        "cluster": {"azureRbac": True},
        "commands": [{"needs": {"verb": "list", "resource": "pods", "namespace": "default"}}],
    }
    role = "Azure Kubernetes Service RBAC Reader"
    azure.load({**document, "access": {"assignments": ["Contributor", role]}})
    assert azure.finish(azure.submit()).json()["properties"]["exitCode"] == 0
    azure.load({**document, "access": {"assignments": ["Contributor"]}})
    assert azure.finish(azure.submit()).json()["properties"]["exitCode"] == 1


def test_a_caller_without_the_action_runs_nothing(azure: Client) -> None:
    azure.load({"access": {"assignments": ["Reader"]}})
    assert azure.submit("kubectl delete pod web").json()["error"]["code"] == "AuthorizationFailed"
    assert azure.world.executions("kubectl delete pod web") == 0
