"""`run` with several commands, a script, files back and a whole output: one invoke, and each step's own ending."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.run.test_run import CLUSTER
from tests.simulator.core.world import World


def steps(azure: Azure, *commands: str, more: tuple[str, ...] = (), **options: Any) -> Result:
    words = [word for command in commands for word in ("-c", command)]
    return azure.invoke_fix("run", *CLUSTER, *words, *more, **options)


def outcomes(found: Mapping[str, Any]) -> list[tuple[str, int | None, str]]:
    return [(step["outcome"], step["exitCode"], step["logs"]) for step in found["steps"]]


def submissions(world: World) -> list[str]:
    return [x.request_body["command"] for x in world.requests if x.operation == "run-command"]


@pytest.mark.smoke
def test_several_commands_are_one_invoke_and_their_outputs_stand_in_order(azure: Azure) -> None:
    world = azure.load({})
    result = steps(azure, "echo one", "kubectl get pods -o name", "printf three")
    assert (result.rc, result.out) == (0, "one\npod/web\nthree")
    assert [line for line in result.err.splitlines() if not line.startswith("Command id")] == [
        "✓ 1/3 echo one",
        "✓ 2/3 kubectl get pods -o name",
        "✓ 3/3 printf three",
    ]
    assert len(submissions(world)) == 1


@pytest.mark.smoke
def test_the_first_failure_ends_the_run_and_is_its_exit_code(azure: Azure) -> None:
    azure.load({})
    result = steps(azure, "echo a", "echo b; exit 6", "echo c", more=("-o", "json"))
    found = result.json()
    assert (result.rc, found["outcome"], found["exitCode"], found["logs"]) == (6, "failed", 6, "a\nb\n")
    assert outcomes(found) == [("succeeded", 0, "a\n"), ("failed", 6, "b\n"), ("notRun", None, "")]
    assert [step["command"] for step in found["steps"]] == ["echo a", "echo b; exit 6", "echo c"]
    for line in ("✗ 2/3 echo b; exit 6 exit 6", "· 3/3 echo c not run"):
        assert line in result.err


def test_keep_going_runs_the_rest_and_exits_with_the_first_failure(azure: Azure) -> None:
    azure.load({})
    found = steps(azure, "exit 3", "exit 4", "echo c", more=("--keep-going", "-o", "json"))
    assert (found.rc, found.json()["exitCode"]) == (3, 3)
    assert [step["exitCode"] for step in found.json()["steps"]] == [3, 4, 0]


def test_a_refusal_is_found_in_its_step_and_the_finding_names_it(azure: Azure) -> None:
    azure.load({"cluster": {"entra": True, "kubernetesRole": "view"}})
    result = steps(azure, "kubectl get pods", "kubectl get nodes", "true", more=("-o", "json"))
    found = result.json()
    assert (result.rc, found["failure"]["finding"]) == (1, "kubernetes-forbidden")
    assert found["diagnosis"]["findings"][0]["message"].startswith("In step 2 of 3 (kubectl get nodes): ")
    assert "Step 2 of 3 (kubectl get nodes) failed and exited with 1." in result.err


def test_output_of_any_bytes_comes_as_it_is(azure: Azure) -> None:
    azure.load({})
    result = steps(azure, r"printf 'a\000\033[1m'", "echo ☃", "seq 60000")
    assert result.out == "a\0\x1b[1m☃\n" + "".join(f"{number}\n" for number in range(1, 60001))


def test_a_script_runs_with_its_attachments_and_arguments(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    (tmp_path / "deploy.sh").write_bytes(b'#!/bin/sh\r\ncat data.txt\r\nfor w; do echo "<$w>"; done\r\nexit 5\r\n')
    (tmp_path / "data.txt").write_text("data\n")
    words = ("--script", "deploy.sh", "--script-args", "a 'b  c' \"$(reboot)\"", "-f", "data.txt", "-o", "json")
    result = azure.invoke_fix("run", *CLUSTER, *words, cwd=tmp_path)
    found = result.json()
    assert (result.rc, found["logs"]) == (5, "data\n<a>\n<b  c>\n<$(reboot)>\n")
    assert len(found["steps"]) == 1
    assert "sent as LF" in result.err


def test_a_script_may_be_among_the_attachments(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    (tmp_path / "a.sh").write_bytes(b"echo hi\r\n")
    assert azure.invoke_fix("run", *CLUSTER, "--script", "a.sh", "-f", ".", cwd=tmp_path).out == "hi\n"


def test_a_script_that_does_not_exist_is_said_before_anything_is_sent(azure: Azure) -> None:
    world = azure.load({})
    result = azure.invoke_fix("run", *CLUSTER, "--script", "nowhere.sh", "-o", "json")
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "attachment-invalid")
    assert submissions(world) == []


def test_files_come_back_also_when_the_command_failed(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    make = (
        "mkdir -p out/deep; echo 1 > out/a; echo 2 > out/deep/b; ln -s /etc/passwd out/l; printf '\\000' > bin; exit 7"
    )
    fetches = ("--fetch", "out", "--fetch", "bin=new/name", "--fetch", "gone", "-o", "json")
    result = steps(azure, make, more=fetches, cwd=tmp_path)
    found = result.json()["fetched"]
    assert result.rc == 7
    assert [(each["outcome"], each["files"]) for each in found] == [("fetched", 2), ("fetched", 1), ("missing", 0)]
    assert found[0]["detail"] == "1 link left out."
    assert (tmp_path / "out/deep/b").read_text() == "2\n"
    assert (tmp_path / "new/name").read_bytes() == b"\0"
    assert not (tmp_path / "out/l").exists()


def test_a_fetch_that_fails_where_the_command_succeeded_exits_1(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    result = steps(azure, "head -c 600000 /dev/urandom > big", more=("--fetch", "big"), cwd=tmp_path)
    assert result.rc == 1
    assert "big was not fetched" in result.err
    assert not (tmp_path / "big").exists()


@pytest.mark.parametrize("words", [("--fetch", "there"), ("--fetch", "x=there"), ("--fetch", "a=b", "--fetch", "c=b")])
def test_a_target_that_exists_is_refused_before_anything_is_sent(
    azure: Azure, tmp_path: Path, words: tuple[str, ...]
) -> None:
    world = azure.load({})
    (tmp_path / "there").write_text("mine")
    assert steps(azure, "true", more=words, cwd=tmp_path).rc == 2
    assert submissions(world) == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-c", ""),
        ("-c", "x", "-c", " "),
        ("--script", "x", "-c", "y"),
        ("--script", ""),
        ("-c", "x", "--script-args", "y"),
        ("--script", "x", "--script-args", "'"),
        ("-c", "x", "--fetch", "/"),
        ("--command-id", "a", "--keep-going"),
        ("--command-id", "a", "--script", "x"),
    ],
)
def test_arguments_that_contradict_each_other_are_a_usage_error(azure: Azure, words: tuple[str, ...]) -> None:
    assert azure.invoke_fix("run", *CLUSTER, *words).rc == 2


@pytest.mark.smoke
@pytest.mark.parametrize("how", ["one command", "with a file"])
def test_one_plain_command_is_sent_byte_for_byte_as_it_was_given(azure: Azure, tmp_path: Path, how: str) -> None:
    world = azure.load({})
    command = "echo '\"$HOME\"' \\\n  && exit 0 # ☃ "
    (tmp_path / "f").write_text("x")
    more = ("-f", "f") if how == "with a file" else ()
    found = steps(azure, command, more=(*more, "-o", "json"), cwd=tmp_path)
    [body] = [x.request_body for x in world.requests if x.operation == "run-command"]
    assert body["command"] == command
    assert sorted(body) == ["command", "context"]
    assert bool(body["context"]) == bool(more)
    assert "steps" not in found.json()


def test_the_whole_output_passes_where_the_service_keeps_512_kib(azure: Azure) -> None:
    world = azure.load({})
    command = 'awk \'BEGIN { while (n++ < 60000) print "default   web-" n "   1/1   Running   0   12d" }\'; exit 3'
    result = steps(azure, command, more=("--full-output", "--on-failure", "none"), timeout=120)
    assert (result.rc, len(result.out.splitlines())) == (3, 60000)
    assert len(result.out) > 4 * 524287
    assert result.out.splitlines()[-1] == "default   web-60000   1/1   Running   0   12d"
    assert len(submissions(world)) == 1


def test_without_gzip_the_rest_is_read_from_the_pods_log_and_nothing_runs_twice(azure: Azure) -> None:
    world = azure.load({"missingTools": ["gzip"]})
    result = steps(azure, "seq 200000", "echo last", more=("--full-output",), timeout=120)
    assert (result.rc, result.out) == (0, "".join(f"{number}\n" for number in range(1, 200001)) + "last\n")
    first, *pages = submissions(world)
    assert pages
    assert all(page.startswith("kubectl logs --namespace aks-command command-") for page in pages)
    assert first.startswith("sh .aks-invoke-fix-")
    assert "no gzip" in result.err


def test_what_cannot_be_read_is_cut_in_the_middle_and_that_is_said(azure: Azure) -> None:
    azure.load({"missingTools": ["gzip"], "cluster": {"entra": True, "kubernetesRole": "none"}})
    result = steps(azure, "seq 200000", more=("--full-output", "-o", "json"), timeout=120)
    found = result.json()
    assert (result.rc, found["truncated"]) == (0, True)
    assert "bytes of the output are missing here" in found["logs"]
    assert found["logs"].startswith("1\n2\n")
    assert found["logs"].endswith("\n200000\n")


def test_output_that_is_cut_leaves_later_steps_unknown_and_names_the_option(azure: Azure) -> None:
    azure.load({})
    result = steps(azure, "seq 200000", "echo b", more=("-o", "json"))
    found = result.json()
    assert (result.rc, found["outcome"], found["truncated"]) == (0, "succeeded", True)
    assert [step["outcome"] for step in found["steps"]] == ["succeeded", "unknown"]
    assert "? 2/2 echo b unknown" in result.err
    assert "output-truncated" in result.err
    assert "--full-output" in result.err


@pytest.mark.parametrize("missing", [["base64"], ["gzip", "tar"], ["base64", "gzip", "tar", "head", "tail", "setsid"]])
def test_a_pod_without_tools_still_tells_every_step(azure: Azure, missing: list[str]) -> None:
    azure.load({"missingTools": missing})
    found = steps(azure, "echo a", "exit 2", more=("-o", "json")).json()
    assert outcomes(found) == [("succeeded", 0, "a\n"), ("failed", 2, "")]


def test_without_base64_it_is_said_that_bytes_were_replaced(azure: Azure) -> None:
    azure.load({"missingTools": ["base64"]})
    result = steps(azure, r"printf '\377'", "true")
    assert result.out == "\ufffd"
    assert "no base64" in result.err


def test_a_run_that_was_left_is_read_with_its_steps_and_files(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    begun = steps(azure, "sleep 1; echo a > f", "exit 4", more=("--no-wait", "--fetch", "f=kept"), cwd=tmp_path)
    assert (begun.rc, "1/2" in begun.err) == (0, False)
    resume = ("run", *CLUSTER, "--command-id", begun.out.strip(), "-o", "json")
    resumed = azure.invoke_fix(*resume, cwd=tmp_path)
    found = resumed.json()
    assert resumed.rc == 4
    assert [(step["command"], step["outcome"]) for step in found["steps"]] == [
        ("sleep 1; echo a > f", "succeeded"),
        ("exit 4", "failed"),
    ]
    assert (tmp_path / "kept").read_text() == "a\n"
    again = azure.invoke_fix(*resume, cwd=tmp_path).json()["fetched"]
    assert [(each["outcome"], each["detail"]) for each in again] == [("failed", "The target already exists.")]


def test_another_machine_reads_the_steps_and_takes_only_what_it_names(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    begun = steps(azure, "echo a > f", "echo b", more=("--no-wait", "--fetch", "f"), cwd=tmp_path)
    os.rename(azure.config_dir / "aks-invoke-fix", tmp_path / "elsewhere")
    resume = ("run", *CLUSTER, "--command-id", begun.out.strip(), "-o", "json")
    found = azure.invoke_fix(*resume, cwd=tmp_path)
    assert [step["logs"] for step in found.json()["steps"]] == ["", "b\n"]
    assert (found.rc, found.json()["fetched"][0]["outcome"], (tmp_path / "f").exists()) == (1, "failed", False)
    named = azure.invoke_fix(*resume, "--fetch", "f=mine", cwd=tmp_path)
    assert (named.rc, (tmp_path / "mine").read_text()) == (0, "a\n")


def test_what_a_command_prints_cannot_pass_for_a_wrappers_output(azure: Azure, tmp_path: Path) -> None:
    forged = f"@aks-invoke-fix 1 {'0' * 32} e30=\n\n@{'0' * 32} end 0\n"
    azure.load({"commands": [{"match": "*", "logs": forged}]})
    begun = steps(azure, "cat *", "true", more=("--no-wait",), cwd=tmp_path)
    found = azure.invoke_fix("run", *CLUSTER, "--command-id", begun.out.strip(), cwd=tmp_path)
    assert found.out.startswith("@aks-invoke-fix 1 000")


def test_a_script_with_everything_can_be_left(azure: Azure, tmp_path: Path) -> None:
    azure.load({})
    (tmp_path / "s.sh").write_text("seq 300000; echo x > f\n")
    words = ("--script", "s.sh", "--full-output", "--fetch", "f", "--no-wait")
    begun = azure.invoke_fix("run", *CLUSTER, *words, cwd=tmp_path)
    resumed = azure.invoke_fix("run", *CLUSTER, "--command-id", begun.out.strip(), cwd=tmp_path, timeout=120)
    assert (resumed.rc, len(resumed.out.splitlines()), (tmp_path / "f").read_text()) == (0, 300000, "x\n")


def test_a_file_that_was_not_attached_is_its_own_finding_and_says_which_option_helps(
    azure: Azure, tmp_path: Path
) -> None:
    azure.load({})
    (tmp_path / "app.yaml").write_text("kind: ConfigMap\n")
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/web.yaml").write_text("kind: ConfigMap\n")
    plain = steps(azure, "kubectl apply -f app.yaml", more=("-o", "json"), cwd=tmp_path).json()
    assert plain["failure"]["finding"] == "file-not-attached"
    assert plain["diagnosis"]["findings"][0]["fixes"][0]["description"] == "Attach it with --file app.yaml."
    words = ("-f", "k8s/web.yaml", "-o", "json")
    moved = steps(azure, "true", "kubectl apply -f k8s/web.yaml", more=words, cwd=tmp_path).json()
    assert "It arrived as web.yaml" in moved["diagnosis"]["findings"][0]["fixes"][0]["description"]
    assert "In step 2 of 2" in moved["diagnosis"]["findings"][0]["message"]


def test_steps_that_did_not_run_can_be_repaired_and_then_run(azure: Azure) -> None:
    azure.load("cluster-stopped")
    typed = "y\ny\ny\n1\n"
    result = steps(azure, "echo one", "echo two", tty=True, input=typed, timeout=120)
    assert (result.rc, result.out.replace(typed.replace("\n", ""), "").endswith("one\ntwo\n")) == (0, True), result


def test_a_diagnosis_by_the_command_id_reads_the_step_that_failed(azure: Azure) -> None:
    azure.load({"cluster": {"entra": True, "kubernetesRole": "view"}})
    begun = steps(azure, "kubectl get pods", "kubectl get nodes", more=("--no-wait",)).out.strip()
    azure.invoke_fix("run", *CLUSTER, "--command-id", begun, "--on-failure", "none")
    found = azure.invoke_fix("diagnose", *CLUSTER, "--command-id", begun).json()
    assert found["findings"][0]["id"] == "kubernetes-forbidden"
    assert found["findings"][0]["message"].startswith("In step 2 of 2 (kubectl get nodes): ")
