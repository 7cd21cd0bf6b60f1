"""The reader of Resource Graph: pages, refusals, and every sign that an answer is not whole."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.estate.graph import Graph, Query, Rows, Scope
from azext_aksinvokefix.estate.quota import Quota, span
from tests.worlds.http import Reply

ONE = Scope(("s",))
QUERY = Query("clusters", "resources | order by id asc")


class Service:
    """Gives the replies one after the other; an exception among them is raised."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = iter(replies)
        self.bodies: list[dict[str, Any]] = []

    def send_request(self, request: Any, **_: Any) -> Reply:
        self.bodies.append(json.loads(request.content))
        return next(self.replies)


@pytest.fixture(name="slept", autouse=True)
def _slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock, slept = [1000.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        clock[0] += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return slept


def rows(*ids: str, token: str = "", headers: dict[str, str] | None = None, **more: Any) -> Reply:
    body = {"totalRecords": len(ids), "data": [{"id": one} for one in ids], "resultTruncated": "false", **more}
    return Reply(200, {**body, **({"$skipToken": token} if token else {})}, headers)


def refused(status: int, code: str, headers: dict[str, str] | None = None) -> Reply:
    error = {"code": "BadRequest", "message": "outer", "details": [{"code": code, "message": f"said {code}"}]}
    return Reply(status, {"error": error}, headers)


def ask(*replies: Reply, scope: Scope = ONE) -> tuple[Rows, Service, Graph]:
    service = Service(*replies)
    graph = Graph(Arm(service, "https://management.azure.com"), scope)
    return graph.ask(QUERY), service, graph


def ids(found: Rows) -> list[str]:
    return [str(row["id"]) for row in found.rows]


def test_pages_are_followed_by_their_token_with_the_same_query() -> None:
    found, service, graph = ask(rows("a", "b", token="t1", totalRecords=3), rows("c", totalRecords=3))
    assert ids(found) == ["a", "b", "c"]
    assert found.complete
    assert [body["options"].get("$skipToken") for body in service.bodies] == [None, "t1"]
    assert {body["query"] for body in service.bodies} == {QUERY.kql}
    assert graph.answered == 2


def test_a_token_that_leads_back_ends_the_reading_with_a_gap() -> None:
    found, _, _ = ask(rows("a", token="t"), rows("b", token="t"))
    assert ids(found) == ["a", "b"]
    assert found.gaps


def test_fewer_rows_than_announced_are_a_gap() -> None:
    found, _, _ = ask(rows("a", totalRecords=2))
    assert found.gaps == ["clusters: 1 of 2 rows were returned"]


def test_a_refusal_for_too_many_queries_is_waited_out_as_long_as_it_says(slept: list[float]) -> None:
    found, _, graph = ask(refused(429, "RateLimiting", {"Retry-After": "3"}), rows("a"))
    assert ids(found) == ["a"]
    assert sum(slept) == pytest.approx(3.0)
    assert graph.answered == 1, "a refused query does not count"


def test_the_end_of_the_quota_is_waited_for_before_it_is_passed(slept: list[float]) -> None:
    low = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"}
    found, _, _ = ask(rows("a", token="t", headers=low, totalRecords=2), rows("b", totalRecords=2))
    assert ids(found) == ["a", "b"]
    assert sum(slept) == pytest.approx(4.0)


def test_a_page_that_is_too_large_is_asked_for_in_halves() -> None:
    found, service, _ = ask(refused(400, "ResponsePayloadTooLarge"), rows("a"))
    assert ids(found) == ["a"]
    assert [body["options"]["$top"] for body in service.bodies] == [1000, 500]


@pytest.mark.parametrize("code", ["InvalidQuery", "QueryTimeout", "AccessDenied"])
def test_a_refused_query_tells_its_inner_reason(code: str) -> None:
    found, _, _ = ask(refused(400, code))
    assert found.error is not None
    assert (found.error.code, found.error.message) == (code, f"said {code}")


def test_a_failure_on_the_way_keeps_the_rows_that_came() -> None:
    found, _, _ = ask(rows("a", token="t"), refused(400, "InvalidQuery"))
    assert ids(found) == ["a"]
    assert not found.complete


def test_a_server_error_is_tried_again() -> None:
    found, _, _ = ask(Reply(503, b""), rows("a"))
    assert ids(found) == ["a"]
    assert found.complete


def test_an_answer_that_took_all_the_time_there_is_is_not_waited_for_again() -> None:
    class Dripping(Service):
        def send_request(self, request: Any, **more: Any) -> Reply:
            time.sleep(300.5)
            return super().send_request(request, **more)

    service = Dripping(Reply(503, b""), rows("a"))
    found = Graph(Arm(service, "https://management.azure.com"), ONE).ask(QUERY)
    assert found.error is not None and len(service.bodies) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"data": {"rows": []}}', b'{"data": null}'])
def test_an_answer_of_another_shape_is_no_empty_answer(body: bytes) -> None:
    found, _, _ = ask(Reply(200, body))
    assert found.error is not None


def test_rows_of_odd_shapes_do_no_harm() -> None:
    odd: list[Any] = [None, 7, "x", {"id": None}, {"id": ["a"]}, {}, {"id": "a"}]
    found, _, _ = ask(Reply(200, {"data": odd, "totalRecords": 7}))
    assert [row["id"] for row in found.rows if row.get("id") == "a"] == ["a"]


@pytest.mark.parametrize(
    ("scope", "sizes"),
    [
        (Scope(tuple(f"s{number}" for number in range(2500))), [1000, 1000, 500]),
        (Scope((), tuple(f"g{number}" for number in range(21))), [10, 10, 1]),
    ],
)
def test_a_scope_beyond_what_a_request_may_name_is_asked_in_parts(scope: Scope, sizes: list[int]) -> None:
    found, service, _ = ask(*[rows("a", "b")] * 3, scope=scope)
    assert ids(found) == ["a", "b"], "what parts share counts once"
    named = [body.get("subscriptions") or body.get("managementGroups") for body in service.bodies]
    assert [len(one or ()) for one in named] == sizes


def test_what_is_inherited_is_asked_for_where_it_exists() -> None:
    wide = {query.about for query in queries.every() if query.filter == "AtScopeAboveAndBelow"}
    assert wide == {"policy assignments and exemptions", "policy definitions", "role definitions", "role assignments"}


@pytest.mark.parametrize("query", queries.every(), ids=lambda query: query.about)
def test_every_query_orders_by_a_unique_column_and_expands_nothing(query: Query) -> None:
    assert query.kql.endswith("| order by id asc")
    assert "mv-expand" not in query.kql and "join" not in query.kql


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("00:00:05", 5.0), ("00:00:01.5", 1.5), ("99:00:00", 60.0), ("", None), ("5", None), ("a:b:c", None)],
)
def test_a_span_of_time(value: str, seconds: float | None) -> None:
    assert span(value) == seconds


@pytest.mark.parametrize("value", ["nan:0:0", "-1:00:00", "inf:0:0", "0:0:inf"])
def test_a_span_that_is_none_makes_nobody_wait(value: str) -> None:
    assert span(value) is None


def test_answers_that_come_out_of_order_do_not_raise_the_quota() -> None:
    quota = Quota()
    for left in ("1", "5"):
        quota.heed({"x-ms-user-quota-remaining": left, "x-ms-user-quota-resets-after": "00:00:05"})
    quota.take()
    quota.exhausted(2.0)
    began = _now()
    quota.take()
    assert _now() - began == pytest.approx(2.0)


def _now() -> float:
    import time

    return time.monotonic()


def test_a_sign_in_that_ended_is_not_tried_again() -> None:
    replies: Iterator[Reply] = iter([Reply(401, {"error": {"code": "ExpiredAuthenticationToken", "message": "old"}})])
    found, _, _ = ask(*replies)
    assert isinstance(found.error, ArmError)
    assert found.error.status == 401
