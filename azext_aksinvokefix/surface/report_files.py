"""A report on its way to files and to the runner of a pipeline. What fails here never changes how a command ended."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from azext_aksinvokefix.quoting import clause, one_line

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Report


def write(report: Report, paths: Iterable[str]) -> None:
    """Every file whole or not at all."""
    from azext_aksinvokefix.report.formats import render, suffix_of

    for path in paths:
        try:
            _replace(path, render(report, suffix_of(path) or ""))
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            # The command ran: neither a full disk nor a fault of ours in telling of it may change how it ended.
            say_not_written(f"The report '{path}'", _reason(error))


def _replace(path: str, text: str) -> None:
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def tell_pipeline(report: Report, runner: str) -> None:
    """Annotations and a summary, as the runner of the pipeline takes them, on standard error."""
    if runner == "github":
        _tell_github(report)
    elif runner == "azure":
        _tell_azure(report)


def _tell_github(report: Report) -> None:
    from azext_aksinvokefix.report import ci
    from azext_aksinvokefix.report.formats import md
    from azext_aksinvokefix.report.terminal import write_stderr

    for line in ci.annotated(report, ci.github_annotation):
        write_stderr(line)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "ab") as file:
            # What the step wrote before counts, too.
            file.write(ci.fitting(md.lines(report), ci.LARGEST_SUMMARY - file.tell()).encode("utf-8"))
    except OSError as error:
        say_not_written("The summary of the step", _reason(error))


def _tell_azure(report: Report) -> None:
    from azext_aksinvokefix.report import ci
    from azext_aksinvokefix.report.formats import md
    from azext_aksinvokefix.report.terminal import write_stderr

    for line in ci.annotated(report, ci.azure_annotation):
        write_stderr(line)
    folder = os.environ.get("AGENT_TEMPDIRECTORY")
    if not folder:
        return
    # The agent reads the file once this program has ended, and empties the folder itself.
    path = os.path.join(os.path.abspath(folder), f"aks-invoke-fix-{report.kind}-{secrets.token_hex(4)}.md")
    try:
        _replace(path, md.render(report))
    except OSError as error:
        say_not_written("The summary", _reason(error))
    else:
        write_stderr(ci.azure_summary(path))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"


def say_not_written(what: str, why: str) -> None:
    from knack.log import get_logger

    said = one_line(f"{what} cannot be written: {clause(why)}. The command itself is not affected.")
    get_logger(__name__).error("%s", said)
