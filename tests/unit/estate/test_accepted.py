"""Accepted findings: what is taken, until when, and what a malformed file is told."""

from __future__ import annotations

import time
from datetime import date

import pytest

from azext_aksinvokefix.estate.accepted import AcceptedError, glob, read

TODAY = date(2026, 6, 1)
ENTRY = "- {finding: nodes-full, cluster: 'lab-*', until: 2026-06-01, reason: it is a lab}\n"
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/"


def test_an_entry_takes_its_finding_on_a_cluster_by_name_or_id() -> None:
    found = read(ENTRY + ENTRY.replace("lab-*", "*/RESOURCEGROUPS/rg/*"), TODAY)
    assert found.takes("nodes-full", "/x/y", "LAB-1")
    assert found.takes("nodes-full", ID + "c1", "c1")
    assert not found.takes("nodes-tainted", ID + "lab-1", "lab-1")
    assert not found.takes("nodes-full", "/x/y", "prod")


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    assert read(ENTRY, TODAY).takes("nodes-full", "/x", "lab-1")
    late = read(ENTRY, date(2026, 6, 2))
    assert not late.takes("nodes-full", "/x", "lab-1")
    assert list(late.warnings()) == ["line 1: nodes-full on 'lab-*' was accepted until 2026-06-01 and counts again."]


def test_an_entry_that_matches_nothing_is_warned_of() -> None:
    assert list(read(ENTRY, TODAY).warnings()) == ["line 1: nodes-full on 'lab-*' matches no finding."]


def test_json_is_taken_as_well() -> None:
    text = '[{"finding": "nodes-full", "cluster": "c1", "until": "2026-06-01", "reason": "why"}]'
    assert read(text, TODAY).takes("nodes-full", "/x", "c1")


def test_an_empty_file_accepts_nothing() -> None:
    assert not read("", TODAY).entries


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("finding: nodes-full\n", 1, "expected a list of entries"),
        ("- nodes-full\n", 1, "expected an entry with finding, cluster, until, reason"),
        (ENTRY + "- {finding: nodes-full, cluster: c, until: 2026-06-01}\n", 2, "'reason' is missing"),
        ("\n\n" + ENTRY.replace("nodes-full", "nodes-ful"), 3, "there is no finding 'nodes-ful'"),
        (ENTRY.replace("2026-06-01", "soon"), 1, "'soon' is not a date such as 2026-12-31"),
        (ENTRY.replace("reason", "why"), 1, "unknown member 'why'"),
        (ENTRY.replace("reason: it is a lab", "finding: nodes-full"), 1, "'finding' appears twice"),
        (ENTRY.replace("it is a lab", "[a]"), 1, "'reason' must be a string"),
        (ENTRY.replace("it is a lab", "''"), 1, "'reason' must be a string"),
        ("- {a: [\n", 2, ""),
        ("- !!python/object/apply:os.system [ls]\n", 1, "an entry with"),
        ("[" * 100_000, 1, "it is neither YAML nor JSON"),
        ("\x00", 1, "it is neither YAML nor JSON"),
        ("a: *nowhere\n", 1, "undefined alias"),
    ],
)
def test_a_malformed_file_is_told_the_line_and_the_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(AcceptedError) as error:
        read(text, TODAY)
    assert error.value.line == line
    assert reason in str(error.value)


def test_aliases_that_grow_without_end_cost_nothing() -> None:
    lines = ["- &a0 [x, x]"] + [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]
    with pytest.raises(AcceptedError):
        read("\n".join(lines), TODAY)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("a*c", "abc", True),
        ("a*c", "abcd", False),
        ("?b", "ab", True),
        ("?b", "b", False),
        ("*a*b*", "xxaxxbxx", True),
        ("", "a", False),
        ("[ab]", "a", False),
        ("**", "anything", True),
    ],
)
def test_a_glob(pattern: str, text: str, matches: bool) -> None:
    assert glob(pattern, text) is matches


def test_a_hostile_glob_ends_in_time() -> None:
    began = time.process_time()
    assert not glob("*a" * 200 + "b", "a" * 5000)
    assert time.process_time() - began < 5
