"""The body that is sent back is the document that was read, with one list longer and without what only ARM writes."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.fixes.exempt_policy import exclusion
from azext_aksinvokefix.policy.model import Namespaces, PolicyInForce
from tests.data.policies import CLUSTER, READ_ONLY, SUBSCRIPTION, assignment
from tests.present import present

COMMAND = "aks-command"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON, max_size=4)
PARAMETERS = st.sampled_from(
    [
        "excludedNamespaces",
        "excludedNamespaces-1",
        "df49d893-a74c-421d-bc95-c663042e5b80_excludedNamespaces",
        "a'b\"c\\d\n",
    ]
)
NAMESPACES = st.lists(st.sampled_from(["kube-system", "x", "", "aks", "a*", "[x]", "é\n"]), max_size=4)
#: What the service alone writes, and refuses or ignores when it is sent.
READ_ONLY_MEMBERS = {"id", "name", "type", "systemData", "etag", "eTag"}
READ_ONLY_PROPERTIES = {
    "scope",
    "instanceId",
    "latestDefinitionVersion",
    "effectiveDefinitionVersion",
    "provisioningState",
}


class Answers(Arm):
    """Answers a GET by a document, or by an error for the versions it does not know."""

    def __init__(self, document: Any, unknown: Sequence[str] = (), code: str = "InvalidApiVersionParameter") -> None:
        super().__init__(None, "https://management.azure.com")
        self.document, self.unknown, self.code = document, unknown, code
        self.asked: list[str | None] = []

    def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
        self.asked.append(api_version)
        if api_version in self.unknown:
            raise ArmError(400, self.code, "No.")
        return copy.deepcopy(self.document)


def in_force(document: dict[str, Any], parameter: str, default: Sequence[str] = ("kube-system",)) -> PolicyInForce:
    return PolicyInForce(
        assignment_id=document["id"],
        assignment_name=document["name"],
        display_name="A",
        scope=SUBSCRIPTION,
        namespaces=Namespaces("parameter", parameter, tuple(default)),
        assignment=document,
    )


def sent(document: dict[str, Any], *policies: PolicyInForce, arm: Arm | None = None) -> Mapping[str, Any] | None:
    change = exclusion.change(arm or Answers(document), policies, CLUSTER)
    return change.after if change else None


def without_read_only(document: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in copy.deepcopy(document).items() if name not in READ_ONLY_MEMBERS}
    kept["properties"] = {n: v for n, v in kept["properties"].items() if n not in READ_ONLY_PROPERTIES}
    if isinstance(kept.get("identity"), dict):
        kept["identity"] = {n: v for n, v in kept["identity"].items() if n not in ("principalId", "tenantId")}
    return kept


@given(OBJECTS, OBJECTS, OBJECTS, PARAMETERS, NAMESPACES)
def test_a_list_that_is_set_grows_by_one_word_and_nothing_else_changes(
    top: dict[str, Any], properties: dict[str, Any], parameters: dict[str, Any], name: str, given_list: list[str]
) -> None:
    document = {**top, **assignment(READ_ONLY, **properties)}
    document["properties"]["parameters"] = {**parameters, name: {"value": given_list, "x": None}}
    body = sent(document, in_force(document, name))
    if "a*" in given_list:
        assert body is None
        return
    expected = without_read_only(document)
    expected["properties"]["parameters"][name]["value"] = [*given_list, COMMAND]
    assert json.dumps(body, sort_keys=True) == json.dumps(expected, sort_keys=True)


@given(OBJECTS, OBJECTS, PARAMETERS, NAMESPACES.filter(lambda given_list: "a*" not in given_list))
def test_a_list_that_is_not_set_is_the_default_and_one_word(
    top: dict[str, Any], properties: dict[str, Any], name: str, default: list[str]
) -> None:
    document = {**top, **assignment(READ_ONLY, values={"effect": "Deny"}, **properties)}
    expected = without_read_only(document)
    expected["properties"]["parameters"][name] = {"value": [*default, COMMAND]}
    assert sent(document, in_force(document, name, default)) == expected
    made = present(exclusion.change(Answers(document), [in_force(document, name, default)], CLUSTER))
    assert made.defaults == ((("properties", "parameters", name, "value"), list(default)),)


@given(OBJECTS, PARAMETERS, NAMESPACES)
def test_what_was_read_stays_as_it_was_read(properties: dict[str, Any], name: str, given_list: list[str]) -> None:
    document = assignment(READ_ONLY, values={name: given_list}, **properties)
    change = exclusion.change(Answers(document), [in_force(document, name)], CLUSTER)
    assert change is None or change.before == document


@pytest.mark.parametrize("parameters", [None, {}, "absent"])
def test_an_assignment_without_parameters_gets_some(parameters: str | dict[str, Any] | None) -> None:
    document = assignment(READ_ONLY, parameters=parameters)
    if parameters == "absent":
        del document["properties"]["parameters"]
    assert present(sent(document, in_force(document, "p")))["properties"]["parameters"] == {
        "p": {"value": ["kube-system", COMMAND]}
    }


def test_the_names_order_and_nulls_of_a_document_survive() -> None:
    document = assignment(READ_ONLY, values={"p": ["x"]}, z=None, a={"b": None}, nonComplianceMessages=[])
    kept = without_read_only(document)["properties"]
    assert list(present(sent(document, in_force(document, "p")))["properties"]) == list(kept)


def test_items_that_are_no_words_stay_where_they_are() -> None:
    document = assignment(READ_ONLY, values={"p": [None, 1, "x"]})
    assert present(sent(document, in_force(document, "p")))["properties"]["parameters"]["p"]["value"] == [
        None,
        1,
        "x",
        COMMAND,
    ]


def test_two_parameters_of_one_assignment_are_one_write() -> None:
    document = assignment(READ_ONLY, values={"p": ["x"]})
    body = present(sent(document, in_force(document, "p"), in_force(document, "q"), in_force(document, "P")))
    assert body["properties"]["parameters"] == {
        "p": {"value": ["x", COMMAND]},
        "q": {"value": ["kube-system", COMMAND]},
    }


def test_what_somebody_wrote_since_the_list_was_read_is_what_is_extended() -> None:
    listed, now = assignment(READ_ONLY), assignment(READ_ONLY, values={"p": ["theirs"]})
    body = present(sent(now, in_force(listed, "p")))
    assert body["properties"]["parameters"]["p"]["value"] == ["theirs", COMMAND]


def test_a_list_that_somebody_took_away_meanwhile_is_not_put_back() -> None:
    listed, now = assignment(READ_ONLY, values={"p": ["theirs"]}), assignment(READ_ONLY)
    with pytest.raises(RefusedError, match="changed a moment ago"):
        sent(now, in_force(listed, "p", ["theirs"]))


@pytest.mark.parametrize("value", [None, "kube-system", 1, {}])
def test_a_value_that_is_no_list_is_left_to_a_person(value: Any) -> None:
    document = assignment(READ_ONLY, values={"p": value})
    with pytest.raises(RefusedError, match="not a list"):
        sent(document, in_force(document, "p"))


@pytest.mark.parametrize("code", ["InvalidApiVersionParameter", "NoRegisteredProviderFound"])
def test_an_unknown_version_is_replaced_by_an_older_one_for_reading_and_writing(code: str) -> None:
    document = assignment(READ_ONLY)
    arm = Answers(document, unknown=["2025-11-01"], code=code)
    change = exclusion.change(arm, [in_force(document, "p")], CLUSTER)
    assert (arm.asked, present(change).api_version) == (["2025-11-01", "2024-05-01"], "2024-05-01")


def test_another_refusal_is_not_taken_for_an_unknown_version() -> None:
    document = assignment(READ_ONLY)
    arm = Answers(document, unknown=["2025-11-01"], code="AuthorizationFailed")
    with pytest.raises(ArmError):
        sent(document, in_force(document, "p"), arm=arm)
    assert arm.asked == ["2025-11-01"]


@pytest.mark.parametrize("answer", [None, [], "x", {"error": {}}])
def test_an_answer_that_is_no_assignment_is_nothing_to_write_back(answer: Any) -> None:
    document = assignment(READ_ONLY)
    with pytest.raises(RefusedError, match="is not a policy assignment"):
        sent(document, in_force(document, "p"), arm=Answers(answer))
