"""`--report` and `--ci` in the real CLI."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from azext_aksinvokefix.lifecycle import STAGES
from tests.e2e.azure import Azure
from tests.worlds.runners import obeyed

CLUSTER = ("-g", "rg1", "-n", "c1")
SUFFIXES = (".html", ".md", ".xml", ".json")
ORDERS = "::error::a\\n##vso[task.setvariable variable=PATH]b\\n ::add-mask::c\\n##[error]d"


def files(folder: Path, *suffixes: str) -> list[str]:
    return [word for suffix in suffixes or SUFFIXES for word in ("--report", str(folder / f"r{suffix}"))]


def failures(file: Path) -> list[str]:
    return [case.attrib["name"] for case in ElementTree.parse(file).iterfind(".//testcase[failure]")]


@pytest.mark.smoke
def test_a_diagnosis_is_written_in_every_format(azure: Azure, tmp_path: Path) -> None:
    azure.load("three-faults")
    result = azure.invoke_fix("diagnose", *CLUSTER, "--fail-on", "error", "-o", "json", *files(tmp_path))
    assert result.rc == 4 and not result.err
    found = result.json()
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == found
    assert failures(tmp_path / "r.xml") == ["access", "admission", "scheduling"]
    for suffix in (".html", ".md"):
        page = (tmp_path / f"r{suffix}").read_text("utf-8")
        assert all(finding["id"] in page for finding in found["findings"])
    assert sorted(each.suffix for each in tmp_path.iterdir()) == sorted(SUFFIXES)


@pytest.mark.smoke
def test_a_run_that_fails_keeps_its_exit_code_and_is_written(azure: Azure, tmp_path: Path) -> None:
    azure.load("nodes-full")
    result = azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get pods", *files(tmp_path))
    assert result.rc == 125 and not result.out
    assert failures(tmp_path / "r.xml") == ["scheduling"]
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["outcome"] == "notRun"
    assert "kubectl get pods" in (tmp_path / "r.md").read_text("utf-8")


def test_several_clusters_are_in_one_report_with_the_ones_that_failed(azure: Azure, tmp_path: Path) -> None:
    world = azure.load({"clusters": [{"name": "c1", "startSeconds": 0.3}, {"name": "c2", "power": "Stopped"}]})
    ids = [cluster.id for cluster in world.clusters.values()]
    result = azure.invoke_fix("run", "--ids", *ids, "-c", "echo x", *files(tmp_path, ".json", ".xml"))
    assert result.rc == 125
    found = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert [(each["clusterId"], each["outcome"]) for each in found] == [(ids[0], "succeeded"), (ids[1], "notRun")]
    suites = [suite.attrib["name"] for suite in ElementTree.parse(tmp_path / "r.xml").iterfind("testsuite")]
    assert suites == ["rg1/c1", "rg1/c2"]


def test_diagnoses_of_several_clusters_are_in_one_report(azure: Azure, tmp_path: Path) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2", "power": "Stopped"}]})
    ids = [cluster.id for cluster in world.clusters.values()]
    result = azure.invoke_fix("diagnose", "--ids", *ids, "-o", "none", *files(tmp_path, ".md"), "--ci", "github")
    assert result.rc == 0
    page = (tmp_path / "r.md").read_text("utf-8")
    assert page.index("## c1") < page.index("## c2")
    assert re.findall(r"^::error title=(\S+) .*::(c\d)", result.err, re.MULTILINE) == [("cluster-stopped%3A", "c2")]


def test_a_repair_says_what_it_did_and_how_to_take_it_back(azure: Azure, tmp_path: Path) -> None:
    azure.load("nodes-tainted")
    words = ("-c", "echo done", "--yes", *files(tmp_path))
    result = azure.invoke_fix("repair", *CLUSTER, *words)
    assert (result.rc, result.out) == (0, "done\n"), str(result)
    [change_id] = re.findall(r"undo --change-id (\w+)", (tmp_path / "r.md").read_text("utf-8"))
    assert change_id in (tmp_path / "r.html").read_text("utf-8")
    assert failures(tmp_path / "r.xml") == []
    assert change_id in azure.invoke_fix("history", "-o", "json").out


def test_a_scan_is_written_in_every_format(azure: Azure, tmp_path: Path) -> None:
    azure.load({"clusters": [{"name": "c1"}, {"name": "c2", "power": "Stopped"}]})
    result = azure.invoke_fix("scan", "-o", "json", *files(tmp_path))
    assert result.rc == 0
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == result.json()
    assert failures(tmp_path / "r.xml") == ["cluster"]
    assert '<table class="matrix">' in (tmp_path / "r.html").read_text("utf-8")


def test_a_text_alone_is_reported_without_a_cluster(azure: Azure, tmp_path: Path) -> None:
    text = "0/1 nodes are available: 1 Insufficient cpu."
    result = azure.invoke_fix("diagnose", "--offline", "--error", text, "-o", "none", *files(tmp_path))
    assert result.rc == 0
    assert failures(tmp_path / "r.xml") == ["scheduling"]


@pytest.mark.parametrize(
    ("path", "rc", "says"),
    [("r.pdf", 2, "ends in .html, .json, .md, .xml"), ("nowhere/r.md", 1, "there is no folder")],
)
@pytest.mark.parametrize(
    "command",
    [("run", *CLUSTER, "-c", "x"), ("diagnose", *CLUSTER), ("repair", *CLUSTER, "--yes"), ("scan",)],
    ids=lambda words: words[0],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_sent(
    azure: Azure, tmp_path: Path, command: tuple[str, ...], path: str, rc: int, says: str
) -> None:
    before = len(azure.simulator.world.requests)
    result = azure.invoke_fix(*command, "--report", str(tmp_path / path))
    assert result.rc == rc and says in result.err, str(result)
    assert len(azure.simulator.world.requests) == before


def test_after_ctrl_c_an_old_report_stays_also_of_several_clusters(azure: Azure, tmp_path: Path) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2"}]})
    ids = [cluster.id for cluster in world.clusters.values()]
    for words in (CLUSTER, ("--ids", *ids)):
        (tmp_path / "r.md").write_text("old")
        result = azure.invoke_fix(
            "run", *words, "-c", "sleep 2", *files(tmp_path, ".md"), interrupt_after="Command id", may_crash=True
        )
        assert result.rc != 0
        assert (tmp_path / "r.md").read_text() == "old"


def test_a_query_that_fails_costs_no_report(azure: Azure, tmp_path: Path) -> None:
    result = azure.invoke_fix("diagnose", *CLUSTER, "--query", "abs(verdict)", *files(tmp_path, ".md"))
    assert result.rc and "jmespath" in result.err.lower()
    assert (tmp_path / "r.md").exists()


def test_raw_output_stays_byte_for_byte_in_a_pipeline_unless_github_is_said(azure: Azure) -> None:
    orders = ORDERS.encode().decode("unicode_escape")
    words = ("run", *CLUSTER, "-c", f"printf '{ORDERS}'")
    assert azure.invoke_fix(*words, env={"GITHUB_ACTIONS": "true"}).out == orders
    assert azure.invoke_fix(*words, env={"TF_BUILD": "True"}).out == orders
    first, rest = azure.invoke_fix(*words, "--ci", "github").out.split("\n", 1)
    token = first.removeprefix("::stop-commands::")
    assert rest == f"{orders}\n::{token}::\n" and len(token) == 32


def test_each_of_several_outputs_has_a_bracket_of_its_own_and_an_object_none(azure: Azure) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2"}]})
    ids = [cluster.id for cluster in world.clusters.values()]
    result = azure.invoke_fix("run", "--ids", *ids, "-c", "printf ::error::x", "--ci", "github")
    tokens = re.findall(r"^::stop-commands::(\w+)$", result.out, re.MULTILINE)
    assert len(set(tokens)) == 2
    assert result.out == "".join(f"::stop-commands::{token}\n::error::x\n::{token}::\n" for token in tokens)
    result = azure.invoke_fix("run", *CLUSTER, "-c", "echo x", "--ci", "github", "-o", "json")
    assert result.json()["logs"] == "x\n"


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true"}, {"TF_BUILD": "True"}], ids=str)
def test_what_a_cluster_says_in_our_lines_gives_no_orders(
    azure: Azure, tmp_path: Path, variables: dict[str, str]
) -> None:
    command = f"printf 'Error from server (Forbidden): {ORDERS}'; exit 1"
    result = azure.invoke_fix("run", *CLUSTER, "-c", command, "-o", "none", *files(tmp_path), env=variables)
    assert result.rc == 1
    told = [line for line in result.err.splitlines() if obeyed(line)]
    assert all(line.startswith(("::error title=", "##vso[task.logissue type=error;code=")) for line in told), told
    assert bool(told) == bool(variables)
    assert not any(obeyed((tmp_path / f"r{suffix}").read_text("utf-8")) for suffix in SUFFIXES)


def test_in_a_pipeline_an_object_gives_no_orders(azure: Azure) -> None:
    # The command itself is the user's own text.
    command = "printf '" + ORDERS.replace("##", "\\043#").replace("::", "\\072:") + "'"
    words = ("run", *CLUSTER, "-c", command, "-c", command)
    for output in ("json", "yaml", "tsv"):
        result = azure.invoke_fix(*words, "-o", output, env={"TF_BUILD": "True"})
        assert result.rc == 0 and not obeyed(result.out), str(result)


def summary_of(azure: Azure, folder: Path, *words: str) -> tuple[Any, str]:
    summary = folder / "summary.md"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    result = azure.invoke_fix(*words, env=env)
    return result, summary.read_text("utf-8") if summary.exists() else ""


def test_a_run_that_succeeds_tells_a_pipeline_nothing(azure: Azure, tmp_path: Path) -> None:
    result, summary = summary_of(azure, tmp_path, "run", *CLUSTER, "-c", "echo x")
    assert (result.rc, result.out, summary) == (0, "x\n", "")
    assert not obeyed(result.err)


def test_a_run_that_fails_gets_an_annotation_and_a_summary(azure: Azure, tmp_path: Path) -> None:
    azure.load("nodes-full")
    result, summary = summary_of(azure, tmp_path, "run", *CLUSTER, "-c", "kubectl get pods")
    assert [line for line in result.err.splitlines() if obeyed(line)][0].startswith("::error title=nodes-full%3A ")
    assert summary.startswith("# Run in c1") and all(stage in summary for stage in STAGES)


def test_somebody_who_is_not_signed_in_is_told_so_by_the_command_itself(azure: Azure, tmp_path: Path) -> None:
    env = {"AZURE_CONFIG_DIR": str(tmp_path / "none"), "AZURE_EXTENSION_DIR": str(azure.config_dir / "cliextensions")}
    plain = azure.invoke_fix("run", *CLUSTER, "-c", "x", "-o", "none", env=env)
    told = azure.invoke_fix("run", *CLUSTER, "-c", "x", "-o", "none", *files(tmp_path), env=env)
    assert told.rc == plain.rc == 125, str(plain)
    assert failures(tmp_path / "r.xml") == ["sign-in"]
