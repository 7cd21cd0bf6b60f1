"""A command from a file is that file's text, or a usage error; az itself reads the file here, as it does for a user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from azure.cli.core.commands import _expand_file_prefixed_files as expand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.surface.arguments import at_file

SCRIPT = "echo 'Grüße' && kubectl get pods"


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """The last word as the extension gets it."""
    monkeypatch.setattr(sys, "argv", ["az", "aks", "invoke-fix", "run", *words])
    return str(expand(list(words))[-1])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_text_of_a_file_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "job").write_bytes((SCRIPT + "\n").encode(encoding))
    command = typed(monkeypatch, "-c", f"@{tmp_path / 'job'}")
    assert command == SCRIPT
    at_file.check_command(command)


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=40))
def test_of_any_bytes_either_their_text_arrives_or_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "job").write_bytes(content)
    command = typed(monkeypatch, "-c", f"@{tmp_path / 'job'}")
    try:
        at_file.check_command(command)
    except ValueError:
        return
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if marked else "utf-8-sig")
    assert command == text.rstrip(os.linesep)


@pytest.mark.parametrize("form", ["--command=@{}", "-c=@{}", "@{}", "x=@{}"])
def test_a_file_that_is_no_text_is_named_however_it_was_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "job"
    path.write_bytes(b"\x89PNG\xff")
    command = typed(monkeypatch, form.format(path))
    command = command.split("=", 1)[1] if form.startswith("-") else command
    with pytest.raises(ValueError, match=f"'{path}' is not UTF-8 text"):
        at_file.check_command(command)


@pytest.mark.parametrize("word", ["@/nope", "@.", "@~/nope"])
def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    command = typed(monkeypatch, "-c", word)
    with pytest.raises(ValueError, match=f"'{word[1:]}' cannot be read"):
        at_file.check_command(command)
    with pytest.raises(ValueError, match=f"'{word[1:]}' cannot be read"):
        at_file.check_error(command)


def test_a_pipe_is_not_read_a_second_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(sys, "argv", ["az", "-c", f"@{tmp_path / 'pipe'}"])
    at_file.check_command("kubectl get pods")


def test_a_text_that_starts_with_a_sign_of_its_own_is_an_error_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["az"])
    at_file.check_error("@ 12:01 (Forbidden) no")
    at_file.check_error("@")
