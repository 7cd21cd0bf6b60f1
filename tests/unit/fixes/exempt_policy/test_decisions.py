"""What exempt-policy concludes from what was looked up, without a cluster to ask."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.exempt_policy import handling, source
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.policy.model import Namespaces, PolicyInForce
from azext_aksinvokefix.policy.safeguards import ASSIGNMENT
from tests.data.evidence import CLUSTER_ID, START_TIMEOUT, failure, forbidden
from tests.data.policies import READ_ONLY_DENIED

TARGET = Target.of(CLUSTER_ID)


def in_force(name: str, namespaces: Namespaces) -> PolicyInForce:
    return PolicyInForce(f"/a/{name}", name, name, "/subscriptions/s", namespaces=namespaces)


FREE = in_force("free", Namespaces("parameter", "excludedNamespaces", ("kube-system",)))
FIXED = in_force("fixed", Namespaces())
MANAGED = in_force(ASSIGNMENT, Namespaces())
ALL = (FREE, FIXED, MANAGED)


@pytest.mark.parametrize("mode", [None, "namespace"])
def test_what_takes_the_exclusion_is_excluded_and_the_rest_waits_for_an_answer(mode: str | None) -> None:
    assert handling.sorted_by(mode, ALL) == handling.PolicyHandling(
        excluded=(FREE,), safeguarded=(MANAGED,), stuck=(FIXED,)
    )


def test_an_exemption_that_is_asked_for_is_for_all_but_the_safeguards() -> None:
    found = handling.sorted_by("exemption", ALL)
    assert (found.excluded, found.exempted, found.safeguarded, found.stuck) == ((), (FREE, FIXED), (MANAGED,), ())
    assert "Safeguards" in found.notes[0]


def test_without_safeguards_nothing_is_said_of_them() -> None:
    assert handling.sorted_by("exemption", (FREE,)).notes == ()


def test_a_denial_names_where_it_comes_from() -> None:
    told = source.judged(failure(READ_ONLY_DENIED), TARGET)
    assert told.denied and told.denied.azure and told.source == "the given error text"


def test_what_is_no_denial_is_sent_to_the_command_that_repairs_it() -> None:
    with pytest.raises(RefusedError, match="not about a policy") as refused:
        source.judged(failure("(AuthorizationFailed) no"), TARGET)
    assert "az aks invoke-fix repair -g rg1 -n c1" in refused.value.advice


@pytest.mark.parametrize(
    "result",
    [
        RunResult("succeeded", exit_code=0),
        RunResult("failed", exit_code=1),
        RunResult("notRun", failure=failure(START_TIMEOUT)),
        RunResult("failed", failure=failure(forbidden("list", "pods"))),
    ],
)
def test_a_pod_that_was_let_in_meets_no_denial(result: RunResult) -> None:
    told = source.after_trying(result, TARGET)
    assert told.admitted and told.denied is None


def test_a_try_that_tells_nothing_changes_nothing() -> None:
    with pytest.raises(RefusedError, match="could not be determined"):
        source.after_trying(RunResult("unknown"), TARGET)


def test_a_try_that_is_denied_is_what_is_repaired() -> None:
    told = source.after_trying(RunResult("notRun", failure=failure(READ_ONLY_DENIED, "run")), TARGET)
    assert told.denied and told.source == "the failure of the test command `true` just now"


UNTIL = "until 2026-01-01"


@pytest.mark.parametrize(
    ("mode", "policies", "asks"),
    [(None, ALL, True), (None, (FREE, MANAGED), False), ("namespace", ALL, False), ("exemption", ALL, False)],
)
def test_only_an_exemption_that_nobody_asked_for_is_asked_about(
    mode: str | None, policies: tuple[PolicyInForce, ...], asks: bool
) -> None:
    question = handling.question(handling.sorted_by(mode, policies), mode, UNTIL)
    assert bool(question) is asks and (not asks or (UNTIL in question and question.endswith("Make an exemption?")))


def test_what_was_agreed_to_is_exempted_and_the_rest_excluded() -> None:
    found = handling.decided(handling.sorted_by(None, ALL), None, CLUSTER_ID, UNTIL, agreed=True)
    assert (found.excluded, found.exempted, found.stuck) == ((FREE,), (FIXED,), ())


def test_nothing_is_done_by_half_where_nobody_agreed() -> None:
    with pytest.raises(RefusedError, match="cannot be excluded") as refused:
        handling.decided(handling.sorted_by(None, ALL), None, CLUSTER_ID, UNTIL, agreed=False)
    assert UNTIL in refused.value.advice and "--mode namespace" in refused.value.advice
