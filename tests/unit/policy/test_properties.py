"""Whatever JSON the service sends and whatever a text says, there is a report and never a traceback."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.checks.admission import check_admission, policy_disables_run_command
from azext_aksinvokefix.lifecycle import Evidence, Item
from azext_aksinvokefix.policy.effect import policies_in_force
from azext_aksinvokefix.policy.model import PolicyRecords, covers, record_key
from azext_aksinvokefix.policy.names import same_template, template_names
from azext_aksinvokefix.policy.pod.prediction import verdict
from tests.data.policies import (
    BENCHMARK,
    CLUSTER,
    ESCALATION,
    IMAGES,
    LIMITS,
    NOW,
    READ_ONLY,
    READ_ONLY_DENIED,
    RESTRICTED,
    SAFEGUARDS,
    assignment,
    definition,
    evidence,
    failure,
)

CUSTOM = definition()["id"]
NAMES = st.sampled_from(
    """id name properties value parameters effect excludedNamespaces namespaces policyDefinitionId notScopes overrides
    resourceSelectors selectors kind in notIn policyDefinitions policyDefinitionReferenceId definitionVersion policyRule
    then details templateInfo content url mode version metadata defaultValue expiresOn policyAssignmentId level
    policyDefinitionReferenceIds enforcementMode displayName scope allowedContainerImagesRegex cpuLimit""".split()
)
IDS = [READ_ONLY, IMAGES, LIMITS, ESCALATION, RESTRICTED, BENCHMARK, SAFEGUARDS, CUSTOM, CLUSTER]
WORDS = ["Deny", "policyEffect", "resourceLocation", "Microsoft.Kubernetes.Data", "7.*.*", "aks-*"]
EXPRESSIONS = ["[parameters('effect')]", "[[x", "[if(x)]"]
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(IDS), st.sampled_from([*WORDS, *EXPRESSIONS]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, TEXTS), inner, max_size=5)),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=8)
CHANGES = ("parameters", "notScopes", "overrides", "resourceSelectors", "enforcementMode", "definitionVersion")
ASSIGNMENTS = st.one_of(
    JSON,
    st.builds(
        lambda policy_id, changes: assignment(policy_id, **changes),
        TEXTS,
        st.fixed_dictionaries({}, optional=dict.fromkeys(CHANGES, JSON)),
    ),
)
DOCUMENTS = st.one_of(JSON, st.builds(lambda properties: {"properties": properties}, OBJECTS))


@settings(deadline=None, max_examples=300)
@given(st.lists(ASSIGNMENTS, max_size=3), JSON, JSON, DOCUMENTS, DOCUMENTS)
def test_any_json_is_survived_from_the_answer_to_the_report(
    assignments: list[Any], exemptions: Any, states: Any, safeguards: Any, document: Any
) -> None:
    records = PolicyRecords(
        CLUSTER,
        assignments=Item(value=assignments),
        definitions={record_key(CUSTOM): Item(value=document), record_key(READ_ONLY): Item(value=document)},
        exemptions=Item(value=exemptions),
        states=Item(value=states),
    )
    found = Evidence(
        CLUSTER,
        now=NOW,
        assignments=Item(value=list(policies_in_force(records, NOW, "westus2"))),
        safeguards=Item(value=safeguards),
        cluster=Item(value=document),
    )
    for one in (None, failure(READ_ONLY_DENIED)):
        report = check_admission(one, found)
        assert report.outcome in ("passed", "failed", "unknown")
        assert all(finding.stage == "admission" and finding.to_json() for finding in report.findings)
    policy_disables_run_command(found)


@settings(deadline=None)
@given(st.sampled_from([READ_ONLY, IMAGES, LIMITS, ESCALATION, RESTRICTED]), st.dictionaries(NAMES, JSON, max_size=6))
def test_any_parameters_get_a_verdict(policy_id: str, values: dict[str, Any]) -> None:
    for policy in evidence(assignment(policy_id, values=values)).assignments.value:
        assert verdict(policy).outcome in ("deny", "pass", "unknown")


@given(st.text(max_size=80), st.text(max_size=80))
def test_matching_names_is_the_same_every_time_and_never_fails(seen: str, known: str) -> None:
    assert same_template(seen, known) == same_template(seen, known)
    covers(seen, known)


@given(OBJECTS)
def test_any_details_give_names_or_none(details: dict[str, Any]) -> None:
    assert all(isinstance(name, str) and name for name in template_names(details))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300))
def test_any_words_of_a_denial_give_a_report(words: str) -> None:
    report = check_admission(
        failure(READ_ONLY_DENIED + words), evidence(assignment(READ_ONLY, values={"effect": "deny"}))
    )
    assert report.outcome == "failed"
