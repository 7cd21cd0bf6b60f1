"""A text alone is judged without a sign-in, without a cluster and without a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import Diagnosis, blamed, check_shape, stages


def offline(azure: Azure, folder: Path, text: str) -> Diagnosis:
    """The diagnosis of a text by somebody who never signed in."""
    world = azure.simulator.world
    before = len(world.requests)
    result = azure.invoke_fix(
        *("diagnose", "--offline", "--error-file", "-", "-o", "json"),
        input=text,
        env={"AZURE_CONFIG_DIR": str(folder)},
    )
    assert result.rc == 0, str(result)
    found: Diagnosis = result.json()
    check_shape(found)
    assert len(world.requests) == before
    return found


#: Only a text shows these; nothing that a service does causes them. Text, who is blamed.
TEXTS = [
    (
        "ERROR: 'command' is misspelled or not recognized by the system.",
        "cli-outdated likely",
    ),
    (
        'File "/root/.azure/cliextensions/aks-preview/azext_aks_preview/custom.py", line 9\n'
        "AttributeError: 'NoneType' object has no attribute '__dict__'",
        "extension-conflict likely",
    ),
    ("ERROR: values.yaml is not valid file, or not accessable.", "attachment-invalid likely"),
    ("ERROR: Operation returned an invalid status 'Request Entity Too Large'", "attachment-too-large likely"),
    (
        "HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded with url: /subscriptions",
        "network-unreachable likely",
    ),
    (
        "(MissingAADClusterToken) This cluster have Azure Active Directory enabled, .clusterToken is required.",
        "cluster-token-missing likely",
    ),
    (
        "Audience 6dae42f8-4368-4678-94ff-3960e28e3630 is not a supported MSI token audience.",
        "cloud-shell-token likely",
    ),
    ("ERROR: Operation returned an invalid status 'OK'", "result-hidden possible"),
    ("command (id: 4f2a) is in Running state", ""),
    ("the quick brown fox", "unrecognized possible"),
]


@pytest.mark.parametrize(("text", "who"), TEXTS, ids=[who or "still-running" for _, who in TEXTS])
def test_a_text_alone_is_judged(azure: Azure, tmp_path: Path, text: str, who: str) -> None:
    found = offline(azure, tmp_path, text)
    assert blamed(found) == who
    assert (found["clusterId"], found["correlationId"]) == (None, None)
    assert found["failure"]["message"] == text.strip()


def test_nothing_is_confirmed_and_nothing_pasted_names_a_cluster(azure: Azure, tmp_path: Path) -> None:
    found = offline(
        azure, tmp_path, "(BadRequest) ManagedCluster is in a state preventing RunCommand: PowerState=Stopped"
    )
    assert blamed(found) == "cluster-stopped likely"
    commands = [fix["command"] for finding in found["findings"] for fix in finding["fixes"] if fix["command"]]
    assert not [command for command in commands if "-g ''" in command or "-n ''" in command]
    assert stages(found)[3] == "f"


def test_a_text_in_another_mans_log_is_found(azure: Azure, tmp_path: Path) -> None:
    log = "\n".join(f"2026-01-01T00:00:{second:02}Z ##[debug] step {second}" for second in range(60))
    found = offline(
        azure, tmp_path, f"{log}\n2026-01-01T00:01:00Z ##[error](ScopeLocked) following scope(s) are locked\n"
    )
    assert blamed(found) == "resource-locked likely"
