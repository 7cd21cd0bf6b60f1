"""A command that no scenario scripts runs for real: a shell, the tools of the image, kubectl against the cluster."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from tests.simulator.cluster.execution import find_tool
from tests.unit.simulator.conftest import Client

needs_kubectl = pytest.mark.skipif(find_tool("kubectl") is None, reason="kubectl is not installed: make setup")
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made, labels: {app: web}}\ndata: {key: value}\n"


def attached(**files: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return base64.b64encode(packed.getvalue()).decode()


def ended(azure: Client, command: str, **body: str) -> tuple[int, str]:
    properties = azure.finish(azure.submit(command, **body)).json()["properties"]
    return properties["exitCode"], properties["logs"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo out; echo err >&2; exit 3", (3, "out\nerr\n")),
        ("cat a.txt && ls", (0, "attached\na.txt\n")),
        ("echo '{\"a\": [1, 2]}' | jq -c .a | tr -d '\\n' | gzip -c | base64 | base64 -d | gzip -dc", (0, "[1,2]")),
        ("no-such-tool", (127, "sh: 1: no-such-tool: not found\n")),
        ("kill -9 $$", (137, "")),
        ("sleep 60 & echo left", (0, "left\n")),
        ("printf 'a\\377\\000b'", (0, "a\ufffd\0b")),
    ],
)
def test_a_command_runs_in_a_shell_with_its_attachments(azure: Client, command: str, expected: tuple[int, str]) -> None:
    code, logs = ended(azure, command, context=attached(a_txt="attached\n"))
    assert (code, logs.replace("sh: no-such", "sh: 1: no-such")) == expected


def test_a_scenario_takes_tools_away(azure: Client) -> None:
    azure.load({"missingTools": ["gzip", "tar"]})
    assert ended(azure, "command -v gzip tar; command -v base64 | grep -c base64") == (0, "1\n")


def test_only_what_the_service_keeps_comes_back_and_the_log_has_it_all(azure: Client) -> None:
    code, logs = ended(azure, "seq 120000")
    assert (code, len(logs)) == (0, 524287)
    run = next(iter(azure.world.runs))
    assert ended(azure, f"kubectl logs -n aks-command command-{run} | tail -c +524288")[1].endswith("\n120000\n")


@needs_kubectl
def test_kubectl_applies_reads_and_deletes(azure: Client) -> None:
    command = "kubectl apply -f a.yaml && kubectl get cm -l app=web -o name && kubectl delete -f a.yaml"
    assert ended(azure, command, context=attached(a_yaml=MANIFEST))[1].splitlines()[:2] == [
        "configmap/made created",
        "configmap/made",
    ]
    assert ended(azure, "kubectl get cm made")[1] == 'Error from server (NotFound): configmaps "made" not found\n'


@needs_kubectl
def test_what_is_applied_is_there_for_the_next_command_and_changes(azure: Client) -> None:
    first, second = attached(a_yaml=MANIFEST), attached(a_yaml=MANIFEST.replace("value", "other"))
    assert ended(azure, "kubectl apply -f a.yaml", context=first) == (0, "configmap/made created\n")
    assert ended(azure, "kubectl apply -f a.yaml", context=first) == (0, "configmap/made unchanged\n")
    assert ended(azure, "kubectl apply -f a.yaml", context=second) == (0, "configmap/made configured\n")
    assert ended(azure, "kubectl get cm made -o jsonpath={.data.key}") == (0, "other")


@needs_kubectl
def test_a_deployment_rolls_out_and_scales(azure: Client) -> None:
    make = "kubectl create deployment shop --image=shop --dry-run=client -o yaml | kubectl apply -f -"
    wait = "kubectl rollout status deploy/shop --timeout 20s && kubectl scale deploy/shop --replicas 3"
    code, logs = ended(azure, f"{make} && {wait} && kubectl get deploy shop")
    assert code == 0
    assert "successfully rolled out" in logs
    assert "3/3" in logs


@needs_kubectl
@pytest.mark.parametrize(
    ("role", "command", "code"),
    [
        ("view", "kubectl get pods", 0),
        ("view", "kubectl get nodes", 1),
        ("view", "kubectl delete pod web", 1),
        ("edit", "kubectl delete pod web", 0),
        ("none", "kubectl auth can-i get pods", 1),
    ],
)
def test_the_users_rights_decide(azure: Client, role: str, command: str, code: int) -> None:
    azure.load({"cluster": {"entra": True, "kubernetesRole": role}})
    ended_with, logs = ended(azure, command)
    assert ended_with == code
    assert ("(Forbidden)" in logs) == (code != 0 and "auth" not in command)
