"""What every writing command promises, whatever it changes: nothing unseen or lost, and all of it taken back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.process import heed_interrupts
from tests.simulator.core.world import World

CLUSTER = ("-g", "rg1", "-n", "c1")
DENIED = (
    'admission webhook "validation.gatekeeper.sh" denied the request: '
    "[azurepolicy-k8sazurev3readonlyrootfilesyst-8c0248c4f19f0107e37d] only read-only root filesystem"
)
ASSIGNMENT = {"of": "readOnlyRootFilesystem", "name": "a1", "title": "A1", "effect": "Deny"}
ONE: dict[str, Any] = {"policy": {"assignments": [ASSIGNMENT]}}
TWO: dict[str, Any] = {"policy": {"assignments": [ASSIGNMENT, {**ASSIGNMENT, "name": "a2", "title": "A2"}]}}
WRITE = "policy-assignment-put"


@pytest.fixture(autouse=True)
def no_changes_yet(azure: Azure) -> Iterator[None]:
    journal(azure).unlink(missing_ok=True)
    yield


def journal(azure: Azure) -> Path:
    return azure.config_dir / "aks-invoke-fix" / "journal.jsonl"


def exempt(azure: Azure, *args: str, **options: Any) -> Result:
    return azure.invoke_fix("exempt-policy", *CLUSTER, "--error", DENIED, *args, **options)


def history(azure: Azure) -> list[tuple[str, str]]:
    shown = azure.invoke_fix("history", "-o", "json")
    assert shown.rc == 0, str(shown)
    return [(row["command"], row["state"]) for row in shown.json()]


def undo(azure: Azure, *args: str) -> Result:
    return azure.invoke_fix("undo", *args)


def written(world: World) -> list[str]:
    return [each.operation for each in world.requests if each.method in ("PUT", "DELETE", "PATCH")]


def start(azure: Azure, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [azure.executable, "aks", "invoke-fix", *args],
        env=azure.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=azure.config_dir,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509  it takes no lock
    )


def begun(azure: Azure, states: list[str]) -> None:
    """Wait until the journal says that the writes of the one change came so far."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        lines = journal(azure).read_text().splitlines() if journal(azure).exists() else []
        if lines and [each["state"] for each in json.loads(lines[-1])["changes"]] == states:
            return
        time.sleep(0.05)
    raise AssertionError(f"the journal never said {states}")


@pytest.mark.smoke
def test_a_change_is_told_listed_taken_back_once_and_quietly(azure: Azure) -> None:
    world = azure.load(ONE)
    made = exempt(azure, "--yes", "--only-show-errors", "-o", "json")
    assert (made.rc, made.err.strip(), made.json()["verified"]) == (0, "", True), str(made)
    assert history(azure) == [("exempt-policy", "applied")]
    back = undo(azure, "--yes", "--only-show-errors", "-o", "json", "--change-id", made.json()["changeId"])
    assert (back.rc, back.err.strip()) == (0, ""), str(back)
    again = undo(azure, "--yes", "-o", "json", "--change-id", made.json()["changeId"])
    assert (again.rc, again.json()["changes"]) == (0, []) and "already" in again.json()["notes"][0]
    assert history(azure) == [("undo", "applied"), ("exempt-policy", "undone")]
    assert written(world) == [WRITE] * 2
    me = azure.az("account", "show", "--query", "user.name", "-o", "tsv").out.strip()
    rows = azure.invoke_fix("history", "-o", "json").json()
    assert all(row["account"]["objectId"] and row["account"]["name"] == me for row in rows)
    table = azure.invoke_fix("history", "-o", "table")
    assert len(table.out.splitlines()) == 4 and max(map(len, table.out.splitlines())) <= 100, str(table)


@pytest.mark.smoke
def test_what_if_sends_no_write_and_runs_nothing(azure: Azure) -> None:
    world = azure.load("three-faults")
    assert azure.invoke_fix("repair", *CLUSTER, "--what-if", "-o", "json").rc == 0
    assert exempt(azure, "--what-if", "-o", "json").rc in (0, 1)
    assert azure.invoke_fix("grant-role", *CLUSTER, "--what-if", "-o", "json").rc == 0
    assert azure.invoke_fix("add-capacity", *CLUSTER, "--what-if", "-o", "json").rc in (0, 1)
    assert written(world) == [] and not any(each.operation == "run-command" for each in world.requests)
    assert not journal(azure).exists()


@pytest.mark.smoke
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_between_two_writes_an_end_of_any_kind_leaves_a_journal_that_takes_both_back(
    azure: Azure, sent: signal.Signals, code: int
) -> None:
    world = azure.load({**TWO, "faults": [{"operation": WRITE, "after": 1, "handled": True, "latency": 20}]})
    process = start(azure, "exempt-policy", *CLUSTER, "--error", DENIED, "--yes")
    begun(azure, ["done", "unknown"])
    time.sleep(0.5)
    process.send_signal(sent)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code and "Traceback" not in err, err
    assert sent == signal.SIGKILL or "undo --change-id" in err
    world.faults.faults.clear()
    assert history(azure) == [("exempt-policy", "applied")]
    assert undo(azure, "--yes").rc == 0
    assert history(azure)[1] == ("exempt-policy", "undone")


def test_an_interrupt_before_anything_was_agreed_to_changes_nothing(azure: Azure) -> None:
    world = azure.load(ONE)
    asked = exempt(azure, tty=True, interrupt_after="Continue?")
    assert asked.rc == 130 and "Nothing was changed" in asked.err, str(asked)
    assert written(world) == [] and not journal(azure).exists()


def test_a_start_that_was_left_is_neither_undone_nor_taken_back_while_it_goes_on(azure: Azure) -> None:
    world = azure.load({"cluster": {"power": "Stopped"}, "operationSeconds": 6})
    process = start(azure, "repair", *CLUSTER, "--yes")
    begun(azure, ["unknown"])
    while not any(each.operation == "cluster-start" for each in world.requests):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    early = undo(azure, "--yes")
    assert early.rc == 1 and "still in progress" in early.err, str(early)
    assert history(azure) == [("repair", "unknown")]
    time.sleep(6)
    assert history(azure) == [("repair", "applied")]
    assert undo(azure, "--yes").rc == 0


def test_of_several_clusters_one_is_worked_on_at_a_time_and_a_failure_shows(azure: Azure) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2"}], **ONE})
    group = f"/subscriptions/{world.subscription}/resourceGroups/rg1"
    ids = [f"{group}/providers/Microsoft.ContainerService/managedClusters/{name}" for name in ("c1", "c2", "gone")]
    made = azure.invoke_fix("exempt-policy", "--ids", *ids, "--error", DENIED, "--yes", "-o", "json")
    assert made.rc == 1 and len(made.json()) == 2, str(made)
    assert written(world) == [WRITE] and history(azure) == [("exempt-policy", "applied")]


@pytest.mark.parametrize("fault", [{"reset": True}, {"truncate": True}])
def test_a_write_whose_answer_is_lost_is_made_all_the_same(azure: Azure, fault: dict[str, Any]) -> None:
    azure.load({**ONE, "faults": [{"operation": WRITE, "times": 1, **fault}]})
    made = exempt(azure, "--yes", "-o", "json")
    assert (made.rc, made.json()["verified"]) == (0, True), str(made)
    assert undo(azure, "--yes").rc == 0


def test_no_debug_log_holds_a_token_or_a_signature(azure: Azure) -> None:
    azure.load({"cluster": {"power": "Stopped", "entra": True}})
    shown = [azure.invoke_fix("repair", *CLUSTER, "--yes", "--debug"), azure.invoke_fix("history", "--debug")]
    shown.append(azure.invoke_fix("undo", "--yes", "--debug"))
    assert [each.rc for each in shown] == [0, 0, 0], str(shown[0])
    text = "".join(each.out + each.err for each in shown)
    assert "Bearer ey" not in text and not any(f"&{name}=ey" in text or f"?{name}=ey" in text for name in "tcsh")


def test_a_journal_that_somebody_spoiled_stops_no_list_and_leads_nowhere(azure: Azure) -> None:
    world = azure.load({})
    elsewhere = '{"changeId": "x", "changes": [{"id": "https://evil.example/x", "method": "PUT", "state": "done"}]}'
    nowhere = '{"changeId": "z", "changes": [{"id": "/a/b/c", "method": "PUT", "state": "done"}]}'
    journal(azure).parent.mkdir(exist_ok=True)
    journal(azure).write_text(f"not JSON\n{elsewhere}\n")
    assert (undo(azure, "--yes").rc, history(azure)) == (3, [])
    journal(azure).write_text(f"{elsewhere}\n{nowhere}\n")
    assert undo(azure, "--yes").rc == 1
    assert azure.invoke_fix("history", "-o", "table").rc == 0
    assert written(world) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_what_cannot_be_journalled_is_not_written(azure: Azure) -> None:
    world = azure.load(ONE)
    journal(azure).parent.mkdir(exist_ok=True)
    journal(azure).symlink_to("/dev/full")
    refused = exempt(azure, "--yes")
    assert refused.rc == 1 and "The extension changes nothing without a journal" in refused.err, str(refused)
    assert written(world) == []


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--change-id", "nope"), 3),
        ((), 3),
        (("-n", "c1"), 2),
        (("-g", "rg1", "-n", "c1", "--subscription", "11111111-1111-4111-8111-111111111111"), 3),
    ],
)
def test_an_undo_of_what_does_not_exist_says_so(azure: Azure, args: tuple[str, ...], code: int) -> None:
    assert undo(azure, "--yes", *args).rc == code


def test_who_lost_the_right_to_take_it_back_gets_the_request_to_send(azure: Azure) -> None:
    world = azure.load(ONE)
    assert exempt(azure, "--yes").rc == 0
    world.faults.add(WRITE, status=403, code="AuthorizationFailed", message="No.")
    refused = undo(azure, "--yes")
    assert refused.rc == 1 and "az rest --method put" in refused.err, str(refused)
    world.faults.faults.clear()
    assert history(azure) == [("undo", "failed"), ("exempt-policy", "applied")]
    assert undo(azure, "--yes").rc == 0


def test_a_change_is_taken_back_from_its_file_on_a_machine_that_has_no_journal(azure: Azure, tmp_path: Path) -> None:
    world = azure.load(ONE)
    file, all_of_it = tmp_path / "undo.json", tmp_path / "all.json"
    made = exempt(azure, "--yes", "--out", str(file))
    assert made.rc == 0 and f"undo --from {file}" in made.err and "--export" not in made.err, str(made)
    assert file.stat().st_mode & 0o777 == 0o600
    assert azure.invoke_fix("history", "--export", str(all_of_it)).rc == 0
    assert json.loads(all_of_it.read_text()) == json.loads(file.read_text())
    again = exempt(azure, "--yes", "--out", str(file))
    assert again.rc == 1 and "already exists" in again.err, str(again)
    other = azure.apart(tmp_path / "other")
    journal(other).unlink()
    seen = undo(other, "--from", str(file), "--what-if", "-o", "json")
    assert seen.rc == 0 and written(world) == [WRITE], str(seen)
    back = undo(other, "--from", str(file), "--yes", "-o", "json")
    assert (back.rc, back.json()["verified"]) == (0, True), str(back)
    assert written(world) == [WRITE] * 2 and history(other) == [("undo", "applied")]
    assert history(azure)[-1] == ("exempt-policy", "undone")


def test_a_file_that_was_tampered_with_sends_nothing(azure: Azure, tmp_path: Path) -> None:
    world = azure.load(ONE)
    file = tmp_path / "undo.json"
    assert exempt(azure, "--yes", "--out", str(file)).rc == 0
    document = json.loads(file.read_text())
    document["changes"][0]["changes"][0]["before"]["properties"]["enforcementMode"] = "DoNotEnforce"
    file.write_text(json.dumps(document))
    back = undo(azure, "--from", str(file), "--yes")
    assert back.rc == 1 and "never sends this request" in back.err and written(world) == [WRITE], str(back)


def test_where_the_file_cannot_be_written_nothing_is_changed(azure: Azure, tmp_path: Path) -> None:
    world = azure.load(ONE)
    refused = exempt(azure, "--yes", "--out", str(tmp_path / "no" / "undo.json"))
    assert refused.rc == 1 and "cannot be written" in refused.err and written(world) == [], str(refused)
    usage = exempt(azure, "--what-if", "--out", str(tmp_path / "undo.json"))
    assert usage.rc == 2 and not (tmp_path / "undo.json").exists(), str(usage)


def test_a_pipeline_is_told_once_how_to_keep_the_undo(azure: Azure) -> None:
    azure.load("cluster-stopped")
    repaired = azure.invoke_fix("repair", *CLUSTER, "--yes", env={"CI": "true"})
    assert repaired.err.count("history --export FILE") == 1, str(repaired)


CLUSTERS = "Microsoft.ContainerService/managedClusters"
WRITERS = ("exempt-policy", "grant-role", "add-capacity", "repair")


def test_where_changes_are_forbidden_no_command_writes_and_plans_are_still_shown(azure: Azure) -> None:
    world = azure.load("three-faults")
    assert azure.az("config", "set", "aks-invoke-fix.read_only=true").rc == 0
    try:
        for refused in [*(azure.invoke_fix(command, *CLUSTER, "--yes") for command in WRITERS), undo(azure, "--yes")]:
            assert refused.rc == 1 and "read_only is set" in refused.err, str(refused)
        ids = [f"/subscriptions/{world.subscription}/resourceGroups/rg1/providers/{CLUSTERS}/{name}" for name in "ab"]
        assert azure.invoke_fix("add-capacity", "--ids", *ids, "--yes").rc == 1
        assert not world.requests
        assert azure.invoke_fix("grant-role", *CLUSTER, "--what-if", "-o", "json").json()["changes"]
    finally:
        assert azure.az("config", "unset", "aks-invoke-fix.read_only").rc == 0
    refused = azure.invoke_fix("grant-role", *CLUSTER, "--yes", env={"AZURE_AKS_INVOKE_FIX_READ_ONLY": "true"})
    assert refused.rc == 1 and written(world) == [] and not journal(azure).exists(), str(refused)


def test_verbose_lists_every_request_that_the_service_saw(azure: Azure) -> None:
    world = azure.load(ONE)
    made = exempt(azure, "--yes", "--verbose")
    told = re.findall(r"INFO: (GET|PUT|POST|DELETE) 127\.0\.0\.1\S* -> (\d+) in \d+ ms", made.err)
    seen = [(each.method, str(each.status)) for each in world.requests if "/subscriptions/" in each.url]
    assert sorted(told) == sorted(seen) and ("PUT", "201") in told, str(made)
    assert " -> " not in undo(azure, "--yes").err
