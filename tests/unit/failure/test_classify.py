"""A failure text is classified alike whoever printed it and however it arrives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_aksinvokefix import catalog
from azext_aksinvokefix.failure import Denial, classify
from azext_aksinvokefix.lifecycle import STAGES, Stage
from tests.data.failure_texts import CASES, ENVELOPE, UNRECOGNIZED
from tests.data.mangling import MANGLED
from tests.shared import SHARED

EXAMPLES = [(text, entry.id) for entry in catalog.FINDINGS.values() for text in entry.examples]
TEXTS = [*EXAMPLES, *((text, finding) for text, finding, _ in CASES)]
COLLECTED = SHARED / "data" / "failures.json"


def squeezed(value: Any) -> Any:
    """Facts compared without white space in messages: a line broken inside a word cannot be told from two words."""
    if isinstance(value, Denial):
        return {**value.__dict__, "message": "".join(value.message.split())}
    if isinstance(value, tuple):
        return tuple(squeezed(each) for each in value)
    return value


@pytest.mark.parametrize(("text", "finding", "facts"), CASES, ids=[text[:60] for text, *_ in CASES])
def test_text_gives_its_finding_and_facts(text: str, finding: str, facts: dict[str, Any]) -> None:
    failure = classify(text, source="argument")
    assert (failure.finding, failure.stage) == (finding, catalog.FINDINGS[finding].stage)
    assert {name: failure.facts.get(name) for name in facts} == facts


@pytest.mark.parametrize("text", UNRECOGNIZED, ids=[text[:40] or "empty" for text in UNRECOGNIZED])
def test_text_without_a_known_failure_is_kept_and_not_guessed(text: str) -> None:
    failure = classify(text, source="argument")
    assert failure.finding == "unrecognized"
    assert failure.message == text.strip()
    assert failure.stage in STAGES


@pytest.mark.parametrize("mangling", MANGLED)
def test_mangling_changes_neither_finding_nor_facts(mangling: str) -> None:
    for text, finding in TEXTS:
        plain = classify(text, source="argument")
        mangled = classify(MANGLED[mangling](text), source="argument")
        assert mangled.finding == finding, text
        assert {name: squeezed(value) for name, value in mangled.facts.items()} == {
            name: squeezed(value) for name, value in plain.facts.items()
        }, text


def _collected() -> list[tuple[str, str, list[str]]]:
    if not COLLECTED.exists():
        return []
    entries = json.loads(COLLECTED.read_text(encoding="utf-8"))
    pairs = ((entry["id"], *pair) for entry in entries for pair in zip(entry["messages"], entry["findings"]))
    return [(id_, text, findings) for id_, text, findings in pairs if findings]


@pytest.mark.skipif(not COLLECTED.exists(), reason="the collection of public failure texts is not beside this checkout")
@pytest.mark.parametrize(("id_", "text", "findings"), _collected())
def test_public_text_gives_one_of_its_findings(id_: str, text: str, findings: list[str]) -> None:
    for mangling in MANGLED.values():
        failure = classify(mangling(text), source="argument")
        assert failure.finding in findings or f"stage:{failure.stage}" in findings


def test_denial_in_the_output_of_a_command_is_not_a_denial_of_the_command_pod() -> None:
    text = 'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x-0123456789abcdef0123] no'
    assert classify(text, source="run").finding == "azure-policy-denied"
    failure = classify(text, source="run", stage_hint="command")
    assert (failure.finding, failure.stage) == ("command-denied-by-policy", "command")
    assert failure.facts["denials"][0].stem == "x"
    assert "also" not in failure.facts


@pytest.mark.parametrize(
    "text",
    [
        "ImagePullBackOff",
        "0/3 nodes are available: 3 Insufficient cpu.",
        "(AuthorizationFailed) The client",
        "anything",
    ],
)
def test_output_of_a_command_says_nothing_about_the_invoke(text: str) -> None:
    assert classify(text, source="run", stage_hint="command").finding == "command-failed"


def test_precise_cause_beats_the_umbrella_around_it() -> None:
    reason = "command failed with reason: 0/1 nodes are available: 1 Too many pods."
    text = f"Operation returned an invalid status 'OK'\n{reason}"
    assert classify(text, source="argument").finding == "nodes-full"


def test_every_refused_action_is_named_and_the_result_comes_last() -> None:
    prefix = "Microsoft.ContainerService/managedClusters/"
    text = "\n".join(
        f"(AuthorizationFailed) The client 'a' with object id 'b' does not have authorization to perform action "
        f"'{prefix}{action}' over scope '/s' or the scope is invalid."
        for action in ("commandResults/read", "runCommand/action")
    )
    failure = classify(text, source="argument")
    assert failure.finding == "arm-action-missing"
    assert failure.facts["action"] == prefix + "runCommand/action"
    assert failure.facts["also"] == ("result-read-missing",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(AuthorizationFailed) x", "AuthorizationFailed"),
        ("x\nCode: KubernetesOperationError\nMessage: y", "KubernetesOperationError"),
        ('{"error":{"code":"DeploymentFailed","details":[{"code":"BadThing","message":"x"}]}}', "BadThing"),
        ("Error from server (NotFound): x", None),
        ("ErrorCode: TooManyRequests\nErrorMessage: x", "TooManyRequests"),
        ("no code here", None),
    ],
)
def test_code_is_the_services_own(text: str, code: str | None) -> None:
    assert classify(text, source="argument").code == code


@pytest.mark.parametrize(("hint", "stage"), [(None, "result"), ("cluster", "cluster")])
def test_unknown_text_stands_at_the_hinted_stage_or_the_end(hint: Stage | None, stage: str) -> None:
    assert classify("something new", source="run", stage_hint=hint).stage == stage


def test_envelope_of_an_unknown_cause_tells_the_stage() -> None:
    failure = classify(ENVELOPE + "something new", source="run")
    assert (failure.finding, failure.stage) == ("unrecognized", "cluster")
