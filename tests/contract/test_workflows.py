"""What GitHub reads from .github: `make workflows` lints it too, where its linters can be had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(set((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) - {ROOT / ".github/ISSUE_TEMPLATE/config.yml"})

#: An action at one commit, which nobody can move as they could a tag, and for people the version it is.
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

#: The one job that may write, and nothing of the sources runs in it.
WRITES = {("release", "publish"): {"contents", "id-token", "attestations"}}


#: What is too long for every change; the night runs each of them that the Makefile has.
DEEP = ("faults", "fuzz", "e2e-old", "e2e-new")


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in WORKFLOWS:
        for name, job in read(file)["jobs"].items():
            yield file.stem, name, job


def commands() -> Iterator[str]:
    for _, _, job in jobs():
        yield from (step["run"] for step in job["steps"] if "run" in step)


def label(file: Path) -> str:
    return file.name


def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):.*  ## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_a_change_a_night_and_a_tag_each_have_their_workflow() -> None:
    assert [file.stem for file in WORKFLOWS] == ["ci", "nightly", "release"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=label)
def test_every_action_is_pinned_to_one_commit_and_says_its_version(file: Path) -> None:
    used = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]

    assert used
    assert [line for line in used if not PINNED.fullmatch(line.removeprefix("- "))] == []


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for _, _, job in jobs():
        for step in job["steps"]:
            action, _, commit = step.get("uses", "@").partition("@")
            pins.setdefault(action, set()).add(commit)

    assert {action: commits for action, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("file", WORKFLOWS, ids=label)
def test_a_workflow_has_no_rights_but_those_that_a_job_names(file: Path) -> None:
    assert read(file)["permissions"] == {}


def test_only_publishing_writes_and_only_what_it_needs() -> None:
    written = {
        (workflow, name): {right for right, access in job["permissions"].items() if access == "write"}
        for workflow, name, job in jobs()
    }

    assert {job: rights for job, rights in written.items() if rights} == WRITES


def test_the_job_that_writes_runs_nothing_of_the_sources() -> None:
    for workflow, name, job in jobs():
        if (workflow, name) in WRITES:
            assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]


def test_no_token_stays_in_a_checkout() -> None:
    checkouts = [step for _, _, job in jobs() for step in job["steps"] if "/checkout@" in step.get("uses", "")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_job_runs_for_ever() -> None:
    assert [name for _, name, job in jobs() if not 0 < job.get("timeout-minutes", 0) <= 180] == []


def test_no_text_of_an_event_becomes_part_of_a_command() -> None:
    assert [run for run in commands() if "${{" in run] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=label)
def test_no_workflow_runs_a_stranger_s_change_with_the_project_s_rights(file: Path) -> None:
    # YAML reads the key `on` as true.
    assert not {"pull_request_target", "workflow_run"} & set(read(file)[True])


def test_a_change_is_tested_by_what_a_developer_runs() -> None:
    (run,) = [step["run"] for step in read(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]["steps"] if "run" in step]

    assert run == "bash .ci/run"
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_what_a_workflow_makes_can_be_made() -> None:
    wanted = {target for run in commands() for target in re.findall(r"\bmake ([a-z-]+)", run)}

    assert wanted
    assert wanted <= targets()


def test_the_night_runs_all_that_is_too_long_for_the_day() -> None:
    job = read(ROOT / ".github/workflows/nightly.yml")["jobs"]["deep"]

    assert job["strategy"]["matrix"]["target"] == [target for target in DEEP if target in targets()]


@pytest.mark.parametrize("file", FORMS, ids=label)
def test_an_issue_form_asks_for_the_report_of_diagnose(file: Path) -> None:
    (field,) = [field for field in read(file)["body"] if field.get("id") == "report"]
    text = file.read_text(encoding="utf-8")

    assert field["attributes"]["render"] == "markdown"
    assert "az aks invoke-fix diagnose" in text
    assert "--report report.md" in text
