"""A sentence ends in one stop, however the words of a service end that it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.checks.admission import azure
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.exempt_policy import source, targets, wording
from azext_aksinvokefix.lifecycle import Failure, Item
from azext_aksinvokefix.policy.denial import denied
from azext_aksinvokefix.quoting import clause, os_reason, sentence
from tests.data import policies as data

WORDS = st.lists(st.sampled_from(["The", "limit", "is", "300", "seconds", "a.b", "(see", "below)", "'x'"]), min_size=1)
ENDS = st.sampled_from(["", ".", "..", "...", ". ", ".\n", "?", "!", "…"])
SAID = st.builds(lambda words, end: " ".join(words) + end, WORDS, ENDS)

POLICY = data.policy(data.assignment(data.READ_ONLY, values={"effect": "Deny"}))
SESSION: Any = SimpleNamespace(cluster_id=data.CLUSTER, target=Target.of(data.CLUSTER), now=data.NOW)


def refusal(build: Callable[[], Any]) -> str:
    with pytest.raises(RefusedError) as refused:
        build()
    return f"{refused.value.message}\n{refused.value.advice}"


def failure(finding: str, stage: Any, said: str) -> Failure:
    return Failure(stage, finding, None, said, "run")


def of_wording(said: str) -> Iterator[str]:
    unread = replace(POLICY, unread=said)
    says = (wording.left_alone, wording.may_be_it, wording.may_deny_too, wording.would_deny, wording.would_deny_too)
    yield from (line for say in says for line in wording.lines([unread], say))
    yield from wording.lines([replace(POLICY, effect=said)], wording.left_alone)
    for since in (timedelta(0), timedelta(days=1)):
        yield from wording.lines([replace(POLICY, effect=said)], wording.dealt_with(data.NOW + since))


def of_source(said: str) -> Iterator[str]:
    for finding, stage in (("command-denied-by-policy", "command"), ("nodes-full", "scheduling")):
        about = failure(finding, stage, said)
        yield refusal(partial(source.judged, about, SESSION.target))
    yield source.reason(failure("nodes-full", "scheduling", said))


def of_targets(said: str) -> Iterator[str]:
    unread = Item(unread=said, needs=())
    evidence = replace(data.evidence(), assignments=unread)
    yield refusal(lambda: targets.choose(SESSION, evidence, source.DenialSource(), ()))
    unreadable = replace(data.evidence(), assignments=Item(value=[replace(POLICY, unread=said)]))
    denial = source.judged(data.failure(data.READ_ONLY_DENIED), SESSION.target)
    yield refusal(lambda: targets.choose(SESSION, unreadable, denial, ("a1",)))


def of_checks(said: str) -> Iterator[str]:
    named = denied(data.failure(data.READ_ONLY_DENIED)).azure
    assert named is not None
    yield azure.predicted(POLICY, True, said, [], data.evidence()).message
    yield azure.travelling([replace(POLICY, effect=said)], named).message


def of_errors(said: str) -> Iterator[str]:
    yield f"It cannot be read: {os_reason(OSError(13, said))}."
    yield f"It cannot be read: {os_reason(OSError(said))}."


@given(SAID)
@pytest.mark.parametrize("messages", [of_wording, of_source, of_targets, of_checks, of_errors])
def test_no_message_ends_in_two_stops(messages: Callable[[str], Iterator[str]], said: str) -> None:
    for message in messages(said):
        assert ".." not in message, message


@given(SAID)
def test_a_sentence_stays_as_it_is(said: str) -> None:
    whole = sentence(said)
    assert sentence(whole) == whole and whole[-1] in ".?!…" and not whole.endswith("..")


@given(SAID)
def test_a_clause_is_the_words_without_their_stop(said: str) -> None:
    assert not clause(said).endswith(".") and said.startswith(clause(said))


def test_nothing_is_no_sentence() -> None:
    assert sentence("") == sentence(" \n") == ""
