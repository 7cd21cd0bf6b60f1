"""Reading Azure Resource Graph: pages, throttling, and everything that makes an answer incomplete.

Resource Graph leaves out in silence what the caller may not read, so an answer proves what is there and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from azext_aksinvokefix import api_versions, bounds, retry
from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError
from azext_aksinvokefix.estate.quota import WINDOW, Quota, span
from azext_aksinvokefix.shapes import dig, integer, mapping, mappings, text

PATH = "/providers/Microsoft.ResourceGraph/resources"
NEEDS = ("Microsoft.ResourceGraph/resources/read",)
#: The most that one answer holds.
PAGE = 1000
#: What one request may name; a larger estate is asked about in parts.
MOST_SUBSCRIPTIONS = 1000
MOST_GROUPS = 10

_OK, _TOO_MANY = 200, 429
_TOO_LARGE = "ResponsePayloadTooLarge"
_THROTTLES = 8
_PAUSES = (0.5, 1.0, 2.0, 4.0)

#: ``AtScopeAndBelow`` leaves out what is inherited from management groups.
ScopeFilter = Literal["AtScopeAndBelow", "AtScopeAboveAndBelow"]


@dataclass(frozen=True)
class Scope:
    """What is asked about: subscriptions by id, or management groups by name."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()

    def parts(self) -> list[dict[str, Any]]:
        """The scope as the requests have to name it."""
        if self.management_groups:
            return [{"managementGroups": list(part)} for part in _chunks(self.management_groups, MOST_GROUPS)]
        return [{"subscriptions": list(part)} for part in _chunks(self.subscriptions, MOST_SUBSCRIPTIONS)]


@dataclass(frozen=True)
class Query:
    """One kind of question. ``about`` is what it asks for, in words; the rows are ordered by the unique ``id``."""

    about: str
    kql: str
    filter: ScopeFilter = "AtScopeAndBelow"


@dataclass
class Rows:
    """The rows of a query, each once by its id. ``gaps`` say why there may be more; ``error`` why there is no more."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    error: ArmError | None = None

    @property
    def complete(self) -> bool:
        return self.error is None and not self.gaps


Progress = Callable[[str, int], None]


@dataclass
class Graph:
    """Resource Graph within one scope. Queries may run in several threads at once; ``answered`` counts the answers.

    ``told`` hears what is asked and how many pages of it have come.
    """

    arm: Arm
    scope: Scope
    told: Progress = lambda about, pages: None
    quota: Quota = field(default_factory=Quota)
    answered: int = 0

    def ask(self, query: Query) -> Rows:
        """All rows."""
        found = Rows()
        for page in self.pages(query, found):
            found.rows.extend(page)
        return found

    def pages(self, query: Query, found: Rows) -> Iterator[list[Mapping[str, Any]]]:
        """The rows page by page; what goes wrong is noted in ``found``, whose rows stay empty."""
        seen: set[str] = set()
        count = 0
        for part in self.scope.parts():
            try:
                for page in _Reading(self, query, part, found.gaps).pages():
                    count += 1
                    self.told(query.about, count)
                    yield list(_new(page, seen))
            except ArmError as error:
                found.error = found.error or error


@dataclass
class _Reading:
    """One query over one part of the scope."""

    graph: Graph
    query: Query
    part: Mapping[str, Any]
    gaps: list[str]
    page: int = PAGE

    def pages(self) -> Iterator[list[Any]]:
        while True:
            try:
                yield from self._pages()
                return
            except _TooLargeError as error:
                # From the start again: whether a token may be used with another page size is not documented.
                self.page //= 2
                if not self.page:
                    raise error.reason from None

    def _pages(self) -> Iterator[list[Any]]:
        token, tokens, count = "", set(), 0
        while True:
            answer = self._answer(token)
            body = answer.json()
            data = dig(body, "data")
            if not isinstance(data, list):
                raise ArmError(answer.status, None, "The response contains no rows.")
            count += len(data)
            token = text(dig(body, "$skipToken"))
            self._note_limits(answer, body, count, last=not token)
            yield data
            if not token:
                return
            if token in tokens:
                self.gaps.append(f"{self.query.about}: the response links a page to itself")
                return
            tokens.add(token)

    def _note_limits(self, answer: Answer, body: Any, count: int, *, last: bool) -> None:
        if text(answer.headers.get("x-ms-tenant-subscription-limit-hit")).lower() == "true":
            self._gap("only the first 10,000 subscriptions were scanned")
        if not last:
            return
        total = integer(dig(body, "totalRecords"))
        if str(dig(body, "resultTruncated")).lower() == "true":
            self._gap("the response was truncated")
        elif total is not None and count < total:
            self._gap(f"{count} of {total} rows were returned")

    def _gap(self, why: str) -> None:
        gap = f"{self.query.about}: {why}"
        if gap not in self.gaps:
            self.gaps.append(gap)

    def _answer(self, token: str) -> Answer:
        options: dict[str, Any] = {
            "resultFormat": "objectArray",
            "authorizationScopeFilter": self.query.filter,
            "$top": self.page,
        }
        if token:
            options["$skipToken"] = token
        body = {**self.part, "query": self.query.kql, "options": options}
        pauses, throttles, until = iter(_PAUSES), 0, time.monotonic() + bounds.LONGEST_ANSWER
        while True:
            self.graph.quota.take()
            answer, error = self._try(body)
            if answer is not None and error is None:
                self.graph.answered += 1
                return answer
            assert error is not None
            if error.status == _TOO_MANY and throttles < _THROTTLES:
                throttles += 1
                self._hold(answer)
                continue
            # Of answers that drip each try takes all the time that there is for one.
            pause = next(pauses, None) if _may_pass(error) and time.monotonic() <= until else None
            if pause is None:
                raise _TooLargeError(error) if error.code == _TOO_LARGE else error
            self.graph.arm.pause(max(pause, (answer.retry_after() if answer else None) or 0.0), error)

    def _try(self, body: Mapping[str, Any]) -> tuple[Answer | None, ArmError | None]:
        arm = self.graph.arm
        try:
            answer = arm.send("POST", arm.url(PATH, api_versions.RESOURCE_GRAPH), body)
        except ArmError as error:
            return None, error
        self.graph.quota.heed(answer.headers)
        return answer, None if answer.status == _OK else refusal(answer)

    def _hold(self, answer: Answer | None) -> None:
        asked = answer.retry_after() if answer else None
        resets = span(answer.headers.get("x-ms-user-quota-resets-after", "")) if answer else None
        self.graph.quota.exhausted(max(asked or 0.0, resets or 0.0) or WINDOW)


class _TooLargeError(Exception):
    """A page is larger than an answer may be."""

    def __init__(self, reason: ArmError) -> None:
        super().__init__(reason.message)
        self.reason = reason


def refusal(answer: Answer) -> ArmError:
    """The error of an answer, by the code of its first detail: the outer one is always BadRequest."""
    error = answer.error()
    details = mappings(dig(answer.json(), "error", "details"))
    code = next((text(detail.get("code")) for detail in details if text(detail.get("code"))), None)
    said = next((text(detail.get("message")) for detail in details if text(detail.get("message"))), None)
    if code is None:
        return error
    return ArmError(error.status, code, said or error.message, error.headers)


def _may_pass(error: ArmError) -> bool:
    if isinstance(error, SignInError) or retry.is_local(error):
        return False
    return error.status is None or error.status in retry.RETRYABLE


def _new(page: Sequence[Any], seen: set[str]) -> Iterator[Mapping[str, Any]]:
    """The rows that did not come before: parts of a scope share what lies above them, and a page may come anew."""
    for row in page:
        key = text(mapping(row).get("id")).casefold()
        if key not in seen or not key:
            seen.add(key)
            yield mapping(row)


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
