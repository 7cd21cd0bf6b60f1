"""A file that a command looked for among its attachments is named, in the words of kubectl, kustomize and helm."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.failure import classify, files

#: Printed by kubectl 1.37.1 and the kustomize inside it; those that begin with ``Error`` follow helm's source.
SEEN = [
    ('error: the path "app.yaml" does not exist', "app.yaml"),
    ('error: the path "k8s/app.yaml" does not exist', "k8s/app.yaml"),
    ('error: the path "/command-files/a b.yaml" does not exist', "a b.yaml"),
    ("error: error reading x.txt: no such file or directory", "x.txt"),
    ("error: unable to read patch file: open p.yaml: no such file or directory", "p.yaml"),
    ("error: Cannot read file a.crt, open a.crt: no such file or directory", "a.crt"),
    ("error: nofile doesn't exist in local filesystem", "nofile"),
    (
        "error: must build at directory: not a valid directory: evalsymlink failure on './overlay' : lstat "
        "/command-files/overlay: no such file or directory",
        "overlay",
    ),
    (
        "error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory "
        "'/command-files'",
        ".",
    ),
    (
        "error: accumulating resources: accumulation err='accumulating resources from 'deploy.yaml': evalsymlink "
        "failure on '/command-files/deploy.yaml' : lstat /command-files/deploy.yaml: no such file or directory'",
        "deploy.yaml",
    ),
    ("Error: INSTALLATION FAILED: open values.yaml: no such file or directory", "values.yaml"),
    ('Error: UPGRADE FAILED: path "./chart" not found', "chart"),
    ('Error: path "./chart" not found', "chart"),
]
#: Like them, and not about an attachment.
OTHER = [
    'error: the path "/mnt/grocery-api.yaml" does not exist',
    'Error from server (NotFound): pods "web" not found',
    'deployments.apps "x" not found',
    "error: stat ~/.kube/config: no such file or directory",
    "open /etc/hosts: no such file or directory",
    "cat: app.yaml: No such file or directory",
    'error: the path "https://example.com/a.yaml" does not exist',
]


@pytest.mark.parametrize(("text", "file"), SEEN, ids=[file for _, file in SEEN])
def test_the_file_is_named(text: str, file: str) -> None:
    found = classify(f"some output\n{text}\n", source="run", stage_hint="command")
    assert (found.finding, found.facts["file"]) == ("file-not-attached", file)


@pytest.mark.parametrize("text", OTHER)
def test_other_files_and_objects_are_none_of_it(text: str) -> None:
    assert classify(text, source="run", stage_hint="command").finding == "command-failed"


@pytest.mark.parametrize(
    ("file", "known", "says"),
    [
        ("app.yaml", {}, "--file app.yaml"),
        ("k8s/app.yaml", {}, "--file ."),
        (".", {}, "--file ."),
        ("k8s/app.yaml", {"attached": ["app.yaml"], "is_here": True}, "arrived as app.yaml"),
        ("app.yaml", {"attached": [], "is_here": False}, "no app.yaml under the current folder"),
        ("app.yaml", {"attached": ["other"], "is_here": True}, "ignore file"),
        ("app.yaml", {"attached": [], "is_here": True}, "Attach it with --file app.yaml."),
    ],
)
def test_the_advice_is_what_is_known_to_help(file: str, known: dict[str, Any], says: str) -> None:
    assert says in files.advice(file, **known)
