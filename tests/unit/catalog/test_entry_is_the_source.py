"""What an entry says of itself is what happens: one property a test, over the whole catalogue."""

from __future__ import annotations

import ast

import pytest

from azext_aksinvokefix import catalog, checks, failure
from azext_aksinvokefix.catalog.entry import SOURCES
from azext_aksinvokefix.lifecycle import STAGES
from tests.contract.sources import files, label, parse
from tests.data.evidence import healthy, outcomes, permissions, with_cluster

TOLD = [entry for entry in catalog.FINDINGS.values() if entry.examples and entry.id != "unrecognized"]
STOPPED = with_cluster(powerState={"code": "Stopped"})


def _id(entry: catalog.Entry) -> str:
    return entry.id


@pytest.mark.parametrize("entry", TOLD, ids=_id)
def test_a_run_has_passed_the_stages_before_the_one_that_its_failure_proves(entry: catalog.Entry) -> None:
    """Nothing is granted by now; that cannot be what stopped a run which came further than the rights."""
    said = failure.classify(entry.examples[0], source="commandId")
    access = outcomes(checks.run(said, healthy(permissions=permissions())))["access"]

    if STAGES.index("access") < STAGES.index(entry.proves):
        assert access == "passed"
    elif entry.stage != "access":
        assert access in ("failed", "skipped")


@pytest.mark.parametrize("entry", TOLD, ids=_id)
def test_a_cause_that_the_evidence_shows_takes_the_place_of_a_text_of_many_causes_alone(entry: catalog.Entry) -> None:
    """The cluster is stopped by now: that explains what many causes could, and nothing that has a cause of its own."""
    said = failure.classify(entry.examples[0], source="commandId")
    found = {each["id"] for each in checks.run(said, STOPPED)["findings"]}

    if entry.umbrella:
        assert found == {"cluster-stopped"}
    elif entry.stage not in ("client", "sign-in", "access", "cluster"):
        assert entry.id in found


def _beside(entry: catalog.Entry) -> list[bool]:
    """For each other finding that leads in a text which tells of both, whether this one is said beside it."""
    both = [
        failure.classify(f"{other.examples[0]}\n{entry.examples[0]}", source="argument")
        for other in TOLD
        if other is not entry and other.stage != "command"
    ]
    return [entry.id in said.facts.get("also", ()) for said in both if said.finding != entry.id]


@pytest.mark.parametrize("entry", [entry for entry in TOLD if entry.only_alone], ids=_id)
def test_what_a_more_precise_finding_of_the_text_explains_is_not_said_beside_it(entry: catalog.Entry) -> None:
    beside = _beside(entry)

    assert beside and not any(beside)


@pytest.mark.parametrize("finding", ["arm-action-missing", "resource-locked", "nodes-full", "image-pull-failed"])
def test_what_nothing_else_explains_is_said_beside_the_others(finding: str) -> None:
    assert any(_beside(catalog.FINDINGS[finding]))


def test_of_every_kind_there_is_one() -> None:
    entries = catalog.FINDINGS.values()

    assert {entry.umbrella for entry in entries} == {entry.only_alone for entry in entries} == {True, False}
    assert any(entry.proves != entry.stage for entry in entries)
    assert {source for entry in entries for source in entry.sources} == set(SOURCES)


def test_whether_a_text_leaves_its_cause_open_is_decided_in_one_place() -> None:
    """Whoever asks the entry itself, or keeps a list, would soon decide otherwise than the others."""
    asking = {
        label(file)
        for file in files()
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Attribute) and node.attr == "umbrella"
    }

    assert asking == {"catalog/__init__.py"}
