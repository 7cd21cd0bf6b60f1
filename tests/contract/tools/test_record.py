"""`make record`: the simulator held against a cluster of the reader's own, which is another simulator here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tools import stand_in as document
from tools.record import __main__ as record
from tools.record import replay, report, shape, stand_in, steps
from tools.record.http import Https
from tools.record.journal import Journal
from tools.record.private import Mask
from tools.record.replay import Compared
from tools.record.requests import CLUSTER_TOKEN, Exchange, Place, Request

EVERY = steps.every()
ENTRA: Mapping[str, Any] = {"properties": {"aadProfile": {"managed": True}}}
GET = Request("GET", "/subscriptions/s", "2024-01-01")
PLACE = ("--subscription", "11111111-2222-4333-8444-555555555555", "--group", "rg-shop", "--cluster", "shop-1")


@pytest.fixture(scope="module")
def reader() -> Iterator[Https]:
    """A cluster with local accounts."""
    with stand_in.served(stand_in.like({})) as azure:
        yield azure


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def compared(azure: Https, scenario: str | dict[str, Any], journal: Journal, *names: str) -> dict[str, Compared]:
    """Some steps, or all, where the simulator is loaded with a scenario."""
    chosen = [step for step in EVERY if not names or step.name in names]
    with stand_in.served(scenario) as played:
        return {each.step: each for each in replay.replayed(chosen, azure, played, journal)}


def test_nothing_differs_from_a_cluster_of_the_same_kind(reader: Https, journal: Journal, tmp_path: Path) -> None:
    folder, mask = tmp_path / "r", Mask(reader.place)
    found = compared(reader, stand_in.like({}), journal)
    different = report.write(folder, found.values(), mask)
    assert [(each.step, each.differences) for each in different] == []
    assert f"{len(EVERY)} steps, 0 of them differ" in (folder / "report.md").read_text(encoding="utf-8")
    assert {file.stem for file in folder.glob("*.json")} == {step.name for step in EVERY}
    # Each command ran to its end, or was refused at once.
    ends = {name: each.azure[-1].status for name, each in found.items() if name.startswith("run-")}
    assert set(ends.values()) == {200, 400} and ends["run-exit-3"] == 200


def test_the_cluster_of_an_entra_tenant_gets_the_callers_token(journal: Journal) -> None:
    with stand_in.served(stand_in.like(ENTRA)) as azure:
        found = compared(azure, stand_in.like(ENTRA), journal, "cluster", "run-true")
        assert azure.entra
    assert [each.status for each in found["run-true"].azure] == [202, 200]
    assert not found["run-true"].differences and not found["cluster"].differences


@pytest.mark.parametrize(
    ("scenario", "name", "says"),
    [
        ("run-command-disabled", "run-true", "status 202 in Azure, 400 in the stand-in"),
        ("cluster-stopped", "run-true", "header location only in Azure"),
        ({"commands": [{"match": "exit 3", "exitCode": 4}]}, "run-exit-3", "`properties.exitCode` is 3 in Azure, 4"),
        ({"cluster": {"entra": True}}, "cluster", "`properties.aadProfile` only in the stand-in"),
        (
            {"faults": [{"operation": "outbound-endpoints", "status": 429}]},
            "outbound",
            "status 200 in Azure, 429 in the stand-in",
        ),
    ],
)
def test_a_difference_is_reported(
    reader: Https, journal: Journal, scenario: str | dict[str, Any], name: str, says: str
) -> None:
    differences = compared(reader, scenario, journal, name)[name].differences
    assert any(says in difference for difference in differences), differences


@pytest.mark.parametrize(
    ("azure", "played", "says"),
    [
        ({"a": [{"b": 1}, {"c": 2}]}, {"a": [{"c": 3, "b": 4}]}, ""),
        ({"a": [{"b": 1}]}, {"a": [{"b": "1"}]}, "`a[].b` is number in Azure, text in the stand-in"),
        ({"a": []}, {"a": [{"b": 1}]}, ""),
        ({"a": None}, {"a": {"b": 1}}, ""),
        ({"a": None}, {}, "`a` only in Azure"),
        ({"a": True}, {"a": 1}, "`a` is boolean in Azure, number in the stand-in"),
        ({"tags": {"x": "1"}}, {"tags": {"y": "1"}}, ""),
        ({"error": {"code": "A"}}, {"error": {"code": "B"}}, "`error.code` is A in Azure, B in the stand-in"),
        ({"message": "one"}, {"message": "two"}, ""),
        ("<html>", {"a": 1}, "`the body` is text in Azure, object in the stand-in"),
        (None, {"a": 1}, "`the body` is null in Azure, object in the stand-in"),
    ],
)
def test_shapes_and_codes_are_compared_and_values_are_not(azure: Any, played: Any, says: str) -> None:
    found = list(shape.differences(Exchange(GET, 200, {}, azure), Exchange(GET, 200, {}, played)))
    assert found == ([says] if says else [])


def test_what_if_shows_every_request_and_sends_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody(*_: Any) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr("tools.record.http.signed_in", nobody)
    monkeypatch.setattr("urllib.request.OpenerDirector.open", nobody)
    arguments = [*PLACE, "--what-if", "--out", str(tmp_path)]
    assert record.main([*arguments, "--allow-writes", "--assignment", "/subscriptions/x/a"]) == 0
    shown = capsys.readouterr().out
    asked = [line for line in shown.splitlines() if re.match(r"(GET|POST|PUT|DELETE) /", line)]
    assert len(asked) == sum(len(step.asked(_place())) for step in EVERY)
    assert all(f"# {step.name}\n" in shown for step in EVERY)
    assert json.dumps({"command": "exit 3", "context": "", "clusterToken": CLUSTER_TOKEN}) in shown
    assert record.main(arguments) == 0
    assert not re.search(r"^(PUT|DELETE|PATCH) ", capsys.readouterr().out, re.MULTILINE)
    assert not list(tmp_path.iterdir())


def test_only_what_was_allowed_writes_and_only_one_exemption() -> None:
    written = [
        request
        for step in EVERY
        for request in step.asked(_place())
        if request.method not in ("GET", "POST") or not _only_reads(request)
    ]
    assert {request.path for request in written} == {
        f"{_place().group_id}/providers/Microsoft.Authorization/policyExemptions/{_place().name}"
    }
    assert all(step.writes for step in EVERY if step.name.startswith("exemption"))


def test_a_write_that_is_not_taken_back_is_remembered_and_cleaned_up(
    reader: Https, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends between the PUT and the DELETE."""
    step = next(step for step in EVERY if step.name == "exemption")
    asked = step.asked(reader.place)
    monkeypatch.setattr(journal, "clean", lambda *_: [])
    only_made = steps.Step("made", lambda place: asked[:1], writes=True)
    list(replay.replayed([only_made], reader, reader, journal))
    monkeypatch.undo()

    again = Journal(journal._file)
    assert [(left.method, left.path) for left in again.open_entries()] == [("DELETE", asked[0].path)]
    assert again.clean(reader.send, "/subscriptions/another") == again.open_entries() != []
    assert again.clean(reader.send, reader.place.subscription_id) == []
    assert reader.send(asked[1]).status == 404


def test_whatever_ends_a_recording_what_it_made_is_taken_away(reader: Https, journal: Journal) -> None:
    step = next(step for step in EVERY if step.name == "exemption")
    made = steps.Step("made", lambda place: step.asked(place)[:1], writes=True)
    going = replay.replayed([made, *EVERY], reader, reader, journal)
    next(going)
    assert journal.open_entries()
    going.close()
    assert not journal.open_entries()
    assert reader.send(step.asked(reader.place)[1]).status == 404


def test_nothing_of_the_owner_is_written(tmp_path: Path) -> None:
    place = _place()
    secret, node = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "aks-pool1-12345678-vmss000000"
    body = {
        "id": f"{place.cluster_id}/x",
        "message": f"ada@contoso.com may not read {place.cluster_id.upper()} at 10.1.2.3 ({secret})",
        "logs": f"node/{node} shop.hcp.westus2.azmk8s.io",
        "tags": {"owner": "ada", "ada@contoso.com": "x"},
        "objectId": "99999999-2222-4333-8444-555555555555",
    }
    found = Exchange(
        Request("GET", place.cluster_id, "2024-02-01"), 200, {"Location": f"https://x{place.cluster_id}"}, body
    )
    shown = [Compared("cluster", [found], [found], [f"the output is `{node}` of {place.cluster}"])]
    report.write(tmp_path, shown, Mask(place))
    written = "".join(file.read_text(encoding="utf-8") for file in tmp_path.iterdir()).lower()
    for private in (*PLACE[1::2], "ada", "contoso.com", "10.1.2.3", secret, node, "azmk8s", "99999999-"):
        assert private.lower() not in written, private
    assert "<subscription>" in written and "may not read" in written


def test_a_location_elsewhere_gets_no_token(reader: Https) -> None:
    before = reader.sent
    assert reader.follow("https://elsewhere.example/x", GET).status == 0
    assert reader.sent == before


def test_every_step_that_a_guess_names_exists() -> None:
    proofs = [marker.proof for marker in document.markers() if "`make record`" in marker.proof]
    one = [name for proof in proofs for name in re.findall(r", step ([a-z0-9-]+)", proof)]
    several = [names for proof in proofs for names in re.findall(r", steps ([^;]+?)(?:, at|;)", proof)]
    named = {*one, *(name for names in several for name in re.split(r", | and ", names))}
    assert len(named) > 20 and len(one) + len(several) == len(proofs)
    assert named <= {step.name for step in EVERY}


def test_writing_needs_an_assignment_to_exempt_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        record.main([*PLACE, "--allow-writes"])
    assert ended.value.code == 2
    assert "--assignment" in capsys.readouterr().err


@pytest.mark.parametrize(
    "place", [(*PLACE[:-1], ""), (*PLACE[:3], "", *PLACE[4:]), ("--subscription", "Shop", *PLACE[2:])]
)
def test_nothing_is_asked_of_a_place_that_is_not_named(
    place: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """What make passes on for a variable that was not given is empty."""
    with pytest.raises(SystemExit) as ended:
        record.main([*place])
    assert ended.value.code == 2
    assert "a cluster of yours" in capsys.readouterr().err


def test_a_throttled_call_comes_again_when_the_service_says_so(journal: Journal) -> None:
    throttled = {"faults": [{"operation": "outbound-endpoints", "status": 429, "retryAfter": 1, "times": 2}]}
    with stand_in.served(throttled) as azure:
        found = compared(azure, stand_in.like({}), journal, "outbound")
        assert (found["outbound"].differences, azure.sent) == ([], 3)


def _place() -> Place:
    from datetime import datetime, timezone

    return Place(*PLACE[1::2], datetime(2026, 1, 1, tzinfo=timezone.utc), "/subscriptions/x/a")


def _only_reads(request: Request) -> bool:
    return request.method == "GET" or request.path.endswith(("/runCommand", "/queryResults", "/resources", "/logs"))
