"""Reports are written once, whole or not at all, and never change how a command ended."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_aksinvokefix.report import formats
from azext_aksinvokefix.surface import reporting
from tests.data import report_documents as documents


class Call:
    """One call of the CLI: its arguments are validated, then its clusters are worked on."""

    def __init__(self, *names: str | None, report: Any = (), ci: str | None = "none", group: str = "rg1") -> None:
        self.cli_ctx = SimpleNamespace(invocation=SimpleNamespace(data={}), data={"subscription_id": "s"})
        self._group = group
        for name in names or ("c1",):
            arguments = {"report": [str(path) for path in report], "ci": ci, "resource_group_name": group}
            reporting.register(SimpleNamespace(**arguments, name=name, _cmd=SimpleNamespace(cli_ctx=self.cli_ctx)))

    def work(self, name: str | None = "c1", document: Any = None, kind: str = "diagnose", error: Any = None) -> None:
        with reporting.of(SimpleNamespace(cli_ctx=self.cli_ctx), self._group, name) as told:
            if document is not None:
                told.hold(kind, document)
            if error is not None:
                raise error


@pytest.fixture(autouse=True)
def no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD", "AGENT_TEMPDIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def diagnosis(cluster: str = "c1", text: str = "x") -> dict[str, Any]:
    return {**documents.diagnosis(text), "clusterId": documents.CLUSTER_ID[:-2] + cluster}


@pytest.mark.parametrize("suffix", formats.suffixes())
def test_every_format_is_written_and_nothing_else_is_left(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"Report{suffix.upper()}"
    Call(report=[file]).work(document=diagnosis())
    assert "c1" in file.read_text("utf-8")
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_file_that_is_there_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    file, other = tmp_path / "a.json", tmp_path / "other"
    other.write_text("kept")
    file.symlink_to(other)
    Call(report=[file]).work(document=diagnosis())
    assert json.loads(file.read_text("utf-8"))["verdict"] == "blocked"
    assert other.read_text() == "kept"


def test_a_file_has_the_mode_that_any_new_file_has(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Call(report=[tmp_path / "a.md"]).work(document=diagnosis())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.md").stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["a.pdf", "a", ".htm", "a.html.bak", "html", ""])
def test_another_suffix_is_a_usage_error_before_anything_is_sent(name: str) -> None:
    with pytest.raises(ValueError, match=r"\.html, \.json, \.md, \.xml"):
        Call(report=[name])


def test_a_folder_that_is_not_there_or_a_file_that_is_a_folder_is_an_error_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    from azure.cli.core.azclierror import FileOperationError

    (tmp_path / "a.html").mkdir()
    for path in (tmp_path / "nowhere" / "a.html", tmp_path / "a.html"):
        with pytest.raises(FileOperationError, match="cannot write"):
            Call(report=[path])


def test_a_command_that_failed_without_an_object_leaves_an_old_report_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("old")
    with pytest.raises(RuntimeError):
        Call(report=[file]).work(error=RuntimeError("no"))
    assert file.read_text() == "old"


def test_what_goes_wrong_behind_the_object_costs_no_report(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        Call(report=[tmp_path / "a.md"]).work(document=diagnosis(), error=RuntimeError("no"))
    assert (tmp_path / "a.md").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(130), SystemExit(143)])
def test_after_an_interrupt_there_is_no_report(tmp_path: Path, error: BaseException) -> None:
    call = Call("c1", "c2", report=[tmp_path / "a.md"])
    call.work("c1", diagnosis("c1"))
    with pytest.raises(type(error)):
        call.work("c2", diagnosis("c2"), error=error)
    assert not list(tmp_path.iterdir())


def test_of_several_clusters_one_report_is_written_in_their_order_with_those_that_failed(tmp_path: Path) -> None:
    call = Call("c1", "c2", "c1", report=[tmp_path / "a.json", tmp_path / "a.xml"])
    call.work("c2", diagnosis("c2"))
    with pytest.raises(RuntimeError):
        call.work("c1", error=RuntimeError("no token"))
    assert not list(tmp_path.iterdir())
    call.work("c1", diagnosis("c1"))
    found = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [each["clusterId"].rsplit("/", 1)[-1] for each in found] == ["c1", "c2", "c1"]
    assert found[0]["error"] == "no token" and "error" not in found[1]
    assert (tmp_path / "a.xml").read_text("utf-8").count("<testsuite ") == 3


def test_a_full_disk_leaves_nothing_behind_and_is_only_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("azext_aksinvokefix.surface.report_files.os.fsync", full)
    (tmp_path / "a.md").write_text("old")
    Call(report=[tmp_path / "a.md"]).work(document=diagnosis())
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "old"
    assert "No space left on device" in caplog.text


def test_a_fault_of_ours_in_one_format_is_only_said_and_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from azext_aksinvokefix.report.formats import xml

    def broken(_: Any) -> str:
        raise KeyError("stage")

    monkeypatch.setattr(xml, "render", broken)
    Call(report=[tmp_path / "a.xml", tmp_path / "a.md"]).work(document=diagnosis())
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]
    assert "KeyError" in caplog.text
    Call(report=[tmp_path / "b.md"]).work(document={"not": "a diagnosis"})
    assert not (tmp_path / "b.md").exists()


def test_without_a_report_and_outside_of_a_pipeline_nothing_is_kept() -> None:
    call = Call()
    call.work(document=object())
    assert not call.cli_ctx.invocation.data


@pytest.mark.parametrize(
    ("ci", "variables", "first"),
    [
        (None, {"GITHUB_ACTIONS": "true"}, "::error title="),
        ("auto", {"TF_BUILD": "True"}, "##vso[task.logissue type=error;code="),
        ("auto", {"GITHUB_ACTIONS": "false", "TF_BUILD": ""}, ""),
        ("none", {"GITHUB_ACTIONS": "true"}, ""),
        ("azure", {"GITHUB_ACTIONS": "true"}, "##vso[task.logissue"),
        ("github", {}, "::error title="),
    ],
)
def test_the_runner_is_told_that_is_said_or_else_there(
    ci: str, variables: dict[str, str], first: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    Call(ci=ci).work(document=diagnosis())
    told = capsys.readouterr()
    assert not told.out
    assert bool(told.err) == bool(first) and told.err.startswith(first)


def test_a_run_that_succeeded_is_not_told_of_and_one_that_failed_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    Call(ci="github").work(document=documents.succeeded("x"), kind="run")
    assert not capsys.readouterr().err and not summary.exists()
    Call(ci="github").work(document=documents.run("x"), kind="run")
    assert capsys.readouterr().err and summary.exists()


def test_the_summary_of_github_is_appended_to_what_is_there_and_ends_at_a_mebibyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for before in (0, 1024 * 1024 - 800, 1024 * 1024 - 10, 1024 * 1024 + 10):
        summary.write_bytes(b"x" * before)
        Call(ci="github").work(document=diagnosis())
        written = summary.read_bytes()
        assert written.startswith(b"x" * before)
        assert before < len(written) <= 1024 * 1024 or len(written) == before
        assert (b"# Diagnosis of c1" in written) == (before < 1024 * 1024 - 10)
        assert (b"_Cut" in written) == (before == 1024 * 1024 - 800)


def test_the_summary_of_azure_stays_in_the_agents_folder_and_is_named_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("AGENT_TEMPDIRECTORY", str(tmp_path))
    Call(ci="azure").work(document=diagnosis())
    [file] = tmp_path.iterdir()
    assert file.read_text("utf-8").startswith("# Diagnosis of c1")
    assert f"##vso[task.uploadsummary]{file}" in capsys.readouterr().err.splitlines()


def test_a_summary_that_cannot_be_written_is_only_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "x"))
    monkeypatch.setenv("AGENT_TEMPDIRECTORY", str(tmp_path / "nowhere"))
    for ci in ("github", "azure"):
        caplog.clear()
        Call(ci=ci).work(document=diagnosis())
        assert "cannot be written" in caplog.text


def test_in_a_pipeline_the_output_within_an_object_gives_no_orders_and_elsewhere_stays_as_it_is() -> None:
    document = documents.run("##vso[task.complete]")
    for ci, logs in (("azure", "# #vso[task.complete]"), ("github", "# #vso[task.complete]"), ("none", None)):
        call = Call(ci=ci, report=["a.md"])
        with reporting.of(SimpleNamespace(cli_ctx=call.cli_ctx), "rg1", "c1") as told:
            printed = told.printed(document)
        assert printed["logs"] == (logs or document["logs"])
        assert [step["logs"] for step in printed["steps"]] == [printed["logs"]] * 2
