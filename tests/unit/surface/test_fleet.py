"""Several clusters of one call: each is heard in the order of the ids, whichever is done first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest

from azext_aksinvokefix.surface import exits
from azext_aksinvokefix.surface.fleet import Fleet

IDS = ["/groups/rg1/c1", "/groups/rg2/c2", "/groups/rg3/c1"]


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes that the call ended with."""
    found: list[int] = []
    monkeypatch.setattr(exits, "exit_with", lambda _, code: found.append(code))
    return found


@pytest.mark.parametrize("finished", list(itertools.permutations(range(3))))
def test_what_is_done_is_let_out_when_all_before_it_are(codes: list[int], finished: tuple[int, ...]) -> None:
    fleet = Fleet()
    said: list[int] = []
    places = [fleet.add(each) for each in IDS]
    for number, place in enumerate(places):
        place.turn.hold(partial(said.append, number))
    done: set[int] = set()
    for number in finished:
        fleet.finish(places[number], None)
        done.add(number)
        assert said == list(itertools.takewhile(done.__contains__, range(3)))
        assert codes == ([exits.SUCCESS] if len(done) == 3 else [])


def test_the_call_ends_with_the_first_failure_by_id(codes: list[int]) -> None:
    fleet = Fleet()
    places = [fleet.add(each) for each in IDS]
    for place, code in reversed(list(zip(places, (0, 4, 125)))):
        place.exit_with(code)
        fleet.finish(place, None)
    assert codes == [4]


def test_an_id_that_is_given_twice_has_two_places_and_clusters_of_one_name_two_folders() -> None:
    fleet = Fleet()
    places = [fleet.add(each) for each in (*IDS, IDS[0])]
    assert len({place.below for place in places}) == 4
    assert [fleet.take(IDS[0]), fleet.take(IDS[0]), fleet.take(IDS[0])] == [places[0], places[3], None]
    assert fleet.take("/groups/rg9/c9") is None


def test_results_are_printed_in_the_order_of_the_ids() -> None:
    fleet = Fleet()
    heard: list[Callable[..., None]] = []
    for each in IDS:
        fleet.add(each)
    cli = SimpleNamespace(register_event=lambda event, handler: heard.append(handler))
    fleet.listen(cli)
    fleet.listen(cli)
    (order,) = heard
    data = {"result": [{"clusterId": each} for each in ("/unknown", IDS[2], IDS[0], IDS[1])]}
    order(None, event_data=data)
    assert [each["clusterId"] for each in data["result"]] == [*IDS, "/unknown"]
