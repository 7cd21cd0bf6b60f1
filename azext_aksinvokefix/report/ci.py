"""What a pipeline is told: an annotation for each error, and how much of a summary it takes.

The forms are those that `@actions/core` and `azure-pipelines-task-lib` write, which the runners undo.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Finding, Report

#: GitHub shows ten errors of a step, Azure's agent keeps ten of a task; the rest is only in the log.
MOST_ANNOTATIONS = 10
#: GitHub drops the whole summary of a step that is larger.
LARGEST_SUMMARY = 1024 * 1024

_LONGEST = 1000
_NAMES_SHOWN = 5
_CUT = "\n\n_Cut: a step's summary ends at 1 MiB. `--report` writes the whole report to a file._\n"
_FENCE = re.compile(r"`{3,}")

Annotate = Callable[[str, str, str], str]


def github_annotation(finding_id: str, title: str, message: str) -> str:
    """``::error title=…::…``."""
    return f"::error title={_github_property(f'{finding_id}: {title}')}::{_github_data(message)}"


def azure_annotation(finding_id: str, title: str, message: str) -> str:
    """``##vso[task.logissue type=error;code=…;]…``."""
    return f"##vso[task.logissue type=error;code={_azure_property(finding_id)};]{_azure_data(f'{title}. {message}')}"


def azure_summary(path: str) -> str:
    """The line by which the agent takes a Markdown file for the summary, once this program has ended."""
    return f"##vso[task.uploadsummary]{_azure_data(path)}"


def annotated(report: Report, annotate: Annotate) -> Iterator[str]:
    """A line for each error that stands, and a plain one about those that are too many; of an estate one a finding."""
    told = list(_of_estate(report) if report.is_estate else _of_clusters(report))
    for finding, message in told[:MOST_ANNOTATIONS]:
        yield annotate(finding.id, finding.title, message[:_LONGEST])
    rest = len(told) - MOST_ANNOTATIONS
    if rest > 0:
        yield f"{rest} more error{'' if rest == 1 else 's'}: see the summary."


def _of_clusters(report: Report) -> Iterator[tuple[Finding, str]]:
    several = len(report.clusters) > 1
    for cluster in report.clusters:
        for finding in cluster.errors:
            yield finding, f"{cluster.name}: {finding.message}" if several else finding.message


def _of_estate(report: Report) -> Iterator[tuple[Finding, str]]:
    for tally in report.tallies():
        if tally.finding.is_error:
            names, rest = tally.clusters[:_NAMES_SHOWN], len(tally.clusters) - _NAMES_SHOWN
            more = f" and {rest} more" if rest > 0 else ""
            count = f"{len(tally.clusters)} cluster{'' if len(tally.clusters) == 1 else 's'}"
            yield tally.finding, f"{count}: {', '.join(names)}{more}"


def fitting(lines: Iterable[str], room: int) -> str:
    """As many whole lines of Markdown as ``room`` bytes hold, with a mark where some were cut; empty where not even
    the mark fits."""
    given = list(lines)
    whole = "\n".join(given) + "\n"
    if len(whole.encode("utf-8")) <= room:
        return whole
    kept, size, fence = [], len(_CUT), ""
    for line in given:
        behind = _fence_behind(line, fence)
        size += len(line.encode("utf-8")) + 1
        if size + len(behind) + 1 > room:
            break
        kept.append(line)
        fence = behind
    return "\n".join([*kept, *([fence] if fence else [])]) + _CUT if kept else ""


def _fence_behind(line: str, fence: str) -> str:
    """The fence that is open behind this line: one ends by a line that is the same."""
    if fence:
        return "" if line == fence else fence
    found = _FENCE.match(line)
    return found[0] if found else ""


def bracketed(output: bytes) -> bytes:
    """``output``, byte for byte, between two lines that nobody could guess: GitHub's runner obeys nothing in between.
    Where it has no newline at its end, one stands behind it."""
    if not output:
        return output
    token = secrets.token_hex(16)
    end = b"" if output.endswith(b"\n") else b"\n"
    return f"::stop-commands::{token}\n".encode() + output + end + f"::{token}::\n".encode()


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _azure_data(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _azure_property(text: str) -> str:
    return _azure_data(text).replace("]", "%5D").replace(";", "%3B")
