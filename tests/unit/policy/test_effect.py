"""What an assignment comes to at one cluster: the truth table of everything that can change an effect."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy.effect import policies_in_force
from azext_aksinvokefix.policy.model import Namespaces, PolicyRecords, covers, record_key
from tests.data.policies import (
    BENCHMARK,
    BENCHMARK_2,
    CLUSTER,
    DEFAULT_EXCLUDED,
    DISABLE_RUN_COMMAND,
    ESCALATION,
    GROUP,
    IMAGES,
    NOW,
    PRIVILEGED,
    READ_ONLY,
    RESTRICTED,
    ROOT,
    SUBSCRIPTION,
    assignment,
    definition,
    exemption,
    policies,
    policy,
)

DENY = {"effect": "Deny"}


def test_the_assignments_value_beats_the_definitions_default() -> None:
    found = policy(assignment(READ_ONLY, values=DENY))
    assert (found.effect, found.effect_from) == ("deny", "the assignment's parameter effect")


def test_the_definitions_default_counts_where_nothing_is_assigned() -> None:
    assert policy(assignment(READ_ONLY)).effect == "audit"
    assert policy(assignment(IMAGES)).effect_from == "the default of parameter effect"
    assert policy(assignment(PRIVILEGED)).effect == "deny"


def test_names_and_values_are_compared_without_case() -> None:
    assert policy(assignment(READ_ONLY.upper(), values={"EFFECT": "DENY"})).effect == "deny"


@pytest.mark.parametrize(
    ("values", "effect"), [({}, "audit"), ({"effect": "deny"}, "deny"), ({"effect": "Disabled"}, "disabled")]
)
def test_an_initiatives_parameter_reaches_its_members(values: dict[str, str], effect: str) -> None:
    found = policies(assignment(RESTRICTED, values=values))
    assert len(found) == 8
    assert {one.effect for one in found} == {effect}


def test_every_member_of_the_benchmark_has_an_effect_of_its_own() -> None:
    values = {"ReadOnlyRootFileSystemInKubernetesClusterEffect": "deny"}
    found = {one.reference_id: one.effect for one in policies(assignment(BENCHMARK, values=values))}
    assert found["ReadOnlyRootFileSystemInKubernetesCluster"] == "deny"
    assert found["NoPrivilegeEscalationInKubernetesCluster"] == "audit"


@pytest.mark.parametrize(
    ("selectors", "effect"),
    [
        (None, "disabled"),
        ([], "disabled"),
        ([{"kind": "policyDefinitionReferenceId", "in": ["noprivilegeescalation"]}], "disabled"),
        ([{"kind": "policyDefinitionReferenceId", "notIn": ["NoPrivilegeEscalation"]}], "deny"),
        ([{"kind": "policyDefinitionReferenceId", "in": ["AllowedVolumeTypes"]}], "deny"),
        ([{"kind": "resourceLocation", "in": ["West US 2"]}], "disabled"),
        ([{"kind": "resourceLocation", "in": ["eastus"]}], "deny"),
        ([{"kind": "nobody knows", "in": ["x"]}], "deny"),
    ],
)
def test_an_override_changes_what_its_selectors_take(selectors: list[dict[str, Any]] | None, effect: str) -> None:
    override: dict[str, Any] = {"kind": "policyEffect", "value": "Disabled"}
    if selectors is not None:
        override["selectors"] = selectors
    given = assignment(RESTRICTED, values=DENY, overrides=[override])
    assert policy(given, reference="NoPrivilegeEscalation", location="westus2").effect == effect


def test_an_override_can_make_a_policy_deny() -> None:
    override = {
        "kind": "policyEffect",
        "value": "deny",
        "selectors": [{"kind": "policyDefinitionReferenceId", "in": ["NoPrivilegeEscalation"]}],
    }
    found = policies(assignment(RESTRICTED, overrides=[override]))
    assert [one.reference_id for one in found if one.effect == "deny"] == ["NoPrivilegeEscalation"]


@pytest.mark.parametrize("expression", ["[if(equals(parameters('x'), 1), 'deny', 'audit')]", "[concat('de', 'ny')]"])
def test_an_effect_that_is_computed_is_unknown(expression: str) -> None:
    custom = definition(effect=expression)
    assert policy(assignment(custom["id"]), definitions=[custom]).effect == "unknown"


def test_what_the_service_resolved_settles_an_unknown_effect() -> None:
    custom = definition(effect="[concat('de', 'ny')]")
    given = assignment(custom["id"])
    row = {
        "policyAssignmentId": given["id"].lower(),
        "policyDefinitionReferenceId": "",
        "policyDefinitionAction": "deny",
    }
    found = policy(given, definitions=[custom], states=[row])
    assert (found.effect, found.effect_from) == ("deny", "policyStates")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enforcementMode": "DoNotEnforce"}, "the assignment's enforcementMode is DoNotEnforce"),
        ({"notScopes": [GROUP.upper()]}, f"the assignment excludes the scope {GROUP.upper()}"),
        ({"notScopes": [CLUSTER]}, f"the assignment excludes the scope {CLUSTER}"),
        (
            {"resourceSelectors": [{"selectors": [{"kind": "resourceLocation", "in": ["eastus"]}]}]},
            "the assignment's resourceSelectors exclude this cluster",
        ),
        (
            {
                "resourceSelectors": [
                    {"selectors": [{"kind": "resourceType", "notIn": ["Microsoft.ContainerService/ManagedClusters"]}]}
                ]
            },
            "the assignment's resourceSelectors exclude this cluster",
        ),
    ],
)
def test_an_assignment_that_does_not_enforce_here_is_excused(changes: dict[str, Any], reason: str) -> None:
    found = policy(assignment(READ_ONLY, values=DENY, **changes), location="westus2")
    assert found.excused() == reason


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"enforcementMode": "default"},
        {"enforcementMode": None},
        {"notScopes": [f"{GROUP}2", f"{SUBSCRIPTION}/resourceGroups/rg"]},
        {"resourceSelectors": [{"selectors": [{"kind": "resourceLocation", "in": ["westus2"]}]}]},
        {"resourceSelectors": []},
        {
            "resourceSelectors": [
                {"selectors": [{"kind": "resourceLocation", "in": ["eastus"]}]},
                {"selectors": [{"kind": "resourceType", "in": ["microsoft.containerservice/managedclusters"]}]},
            ]
        },
    ],
)
def test_an_assignment_that_reaches_the_cluster_is_not_excused(changes: dict[str, Any]) -> None:
    assert policy(assignment(READ_ONLY, values=DENY, **changes), location="westus2").excused() is None


@pytest.mark.parametrize(
    ("changes", "location"),
    [
        ({"notScopes": ["/providers/Microsoft.Management/managementGroups/prod"]}, "westus2"),
        ({"resourceSelectors": [{"selectors": [{"kind": "resourceLocation", "in": ["eastus"]}]}]}, None),
        ({"resourceSelectors": [{"selectors": [{"kind": "userPrincipalId", "in": ["x"]}]}]}, "westus2"),
    ],
)
def test_what_cannot_be_told_makes_it_uncertain(changes: dict[str, Any], location: str | None) -> None:
    found = policy(assignment(READ_ONLY, values=DENY, **changes), location=location)
    assert found.excused() is None and found.uncertain


def test_of_a_policy_that_denies_and_warns_nobody_has_said_whether_it_denies() -> None:
    found = policy(assignment(READ_ONLY, values={**DENY, "warn": True}))
    assert found.excused() is None and "warn" in found.uncertain
    assert not policy(assignment(READ_ONLY, values={"effect": "audit", "warn": True})).uncertain


def test_an_exemption_of_the_assignment_excuses() -> None:
    given = assignment(READ_ONLY, values=DENY)
    assert policy(given, exemptions=[exemption(given)]).excused() == "exempt"


@pytest.mark.parametrize(
    ("changes", "exempt"),
    [
        ({"expiresOn": "2026-06-01T11:59:59Z"}, False),
        ({"expiresOn": "2026-06-01T12:00:01.1234567Z"}, True),
        ({"expiresOn": "2026-06-01T13:30:00+02:00"}, False),
        ({"expiresOn": "soon"}, True),
        ({"expiresOn": None}, True),
        ({"exemptionCategory": "Mitigated"}, True),
        ({"policyDefinitionReferenceIds": ["NOPRIVILEGEESCALATION"]}, True),
        ({"policyDefinitionReferenceIds": ["AllowedVolumeTypes"]}, False),
        ({"policyDefinitionReferenceIds": []}, True),
        ({"scope": GROUP}, True),
        ({"scope": f"{GROUP}2"}, False),
        ({"scope": "/providers/Microsoft.Management/managementGroups/root"}, True),
        ({"assignmentScopeValidation": "DoNotValidate"}, True),
        ({"resourceSelectors": [{"selectors": [{"kind": "resourceLocation", "in": ["eastus"]}]}]}, False),
    ],
)
def test_an_exemption_counts_by_expiry_reference_scope_and_selectors(changes: dict[str, Any], exempt: bool) -> None:
    given = assignment(RESTRICTED, values=DENY)
    found = policy(
        given, reference="NoPrivilegeEscalation", exemptions=[exemption(given, **changes)], location="westus2"
    )
    assert (found.exemption is not None) is exempt


def test_an_exemption_of_another_assignment_does_not_excuse() -> None:
    given, other = assignment(READ_ONLY, values=DENY), assignment(READ_ONLY, name="a2")
    assert policy(given, exemptions=[exemption(other)]).excused() is None


@pytest.mark.parametrize("entry", ["aks-command", "aks-*", "*", "*-command", "*command*"])
def test_globs_can_cover_the_namespace(entry: str) -> None:
    found = policy(assignment(READ_ONLY, values={**DENY, "excludedNamespaces": ["x", entry]}))
    assert found.excused() == f"namespace aks-command is excluded ({entry})"


@pytest.mark.parametrize(
    "entry", ["aks", "aks-command-2", "AKS-COMMAND", "kube-*", "", "aks-?ommand", "[a]ks-command", "a*d"]
)
def test_what_gatekeeper_does_not_take_for_a_glob_does_not_cover(entry: str) -> None:
    assert not covers(entry, "aks-command")


def test_a_policy_for_other_namespaces_only_is_excused() -> None:
    assert policy(assignment(READ_ONLY, values={**DENY, "namespaces": ["default"]})).excused()
    assert policy(assignment(READ_ONLY, values={**DENY, "namespaces": ["aks-*"]})).excused() is None


@pytest.mark.parametrize(
    ("given", "reference", "expected"),
    [
        (assignment(READ_ONLY), None, Namespaces("parameter", "excludedNamespaces", tuple(DEFAULT_EXCLUDED))),
        (
            assignment(RESTRICTED),
            "NoPrivilegeEscalation",
            Namespaces("parameter", "excludedNamespaces", tuple(DEFAULT_EXCLUDED)),
        ),
        (
            assignment(BENCHMARK),
            "ReadOnlyRootFileSystemInKubernetesCluster",
            Namespaces(
                "parameter",
                "ReadOnlyRootFileSystemInKubernetesClusterNamespaceExclusion",
                (
                    "kube-system",
                    "gatekeeper-system",
                    "azure-arc",
                    "azuredefender",
                    "mdc",
                    "azure-extensions-usage-system",
                ),
            ),
        ),
        (assignment(BENCHMARK_2), "MustRunAsNonRoot", Namespaces("absent", "", tuple(DEFAULT_EXCLUDED))),
    ],
)
def test_the_parameter_that_excludes_namespaces_is_followed_to_the_assignment(
    given: dict[str, Any], reference: str | None, expected: Namespaces
) -> None:
    assert policy(given, reference=reference).namespaces == expected


@pytest.mark.parametrize(
    ("detail", "source", "excluded"),
    [
        (None, "absent", ()),
        (["kube-system"], "literal", ("kube-system",)),
        ("[parameters('keepOut')]", "parameter", ("a",)),
        ("[ PARAMETERS( 'KeepOut' ) ]", "parameter", ("a",)),
        ("[union(parameters('keepOut'), createArray('b'))]", "literal", None),
        ("[parameters('undeclared')]", "parameter", None),
    ],
)
def test_a_custom_definition_can_name_take_or_fix_the_exclusion(
    detail: str | list[str] | None, source: str, excluded: tuple[str, ...] | None
) -> None:
    parameters = {"effect": {"defaultValue": "deny"}, "keepOut": {"defaultValue": ["a"]}}
    custom = definition(details={"excludedNamespaces": detail} if detail else {}, parameters=parameters)
    found = policy(assignment(custom["id"]), definitions=[custom]).namespaces
    assert (found.source, found.excluded) == (source, excluded)


def test_an_initiative_that_passes_an_expression_does_not_let_the_assignment_exclude() -> None:
    custom = definition(parameters={"effect": {"defaultValue": "deny"}, "excludedNamespaces": {"defaultValue": []}})
    custom["properties"]["policyRule"]["then"]["details"]["excludedNamespaces"] = "[parameters('excludedNamespaces')]"
    passed = {"excludedNamespaces": {"value": "[concat(parameters('x'), createArray('a'))]"}}
    reference = {"policyDefinitionId": custom["id"], "policyDefinitionReferenceId": "r", "parameters": passed}
    initiative: dict[str, Any] = {
        "id": f"{SUBSCRIPTION}{ROOT}/policySetDefinitions/s",
        "properties": {"displayName": "S", "policyDefinitions": [reference], "parameters": {}},
    }
    found = policy(assignment(initiative["id"]), definitions=[custom, initiative])
    assert (found.namespaces.source, found.namespaces.excluded) == ("literal", None)


def test_an_older_major_that_is_pinned_is_told() -> None:
    found = {one.reference_id: one for one in policies(assignment(RESTRICTED))}
    assert found["NoPrivilegeEscalation"].outdated
    assert not found["AllowedSeccompProfiles"].outdated
    assert policy(assignment(ESCALATION, definitionVersion="7.*.*")).outdated
    override = {"kind": "definitionVersion", "value": "8.*.*"}
    assert not policy(assignment(ESCALATION, definitionVersion="7.*.*", overrides=[override])).outdated


def test_a_rule_with_conditions_of_its_own_is_uncertain() -> None:
    custom = definition()
    custom["properties"]["policyRule"]["if"] = {"allOf": [{"field": "tags.env", "equals": "prod"}]}
    assert policy(assignment(custom["id"]), definitions=[custom]).uncertain


def test_policies_that_cannot_reach_into_a_cluster_are_left_out() -> None:
    locations = f"{ROOT}/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"
    mutation = f"{ROOT}/policyDefinitions/8e875f96-2c56-40ca-86db-b9f6a0be7347"
    arm_policy = definition(mode="Indexed")
    given = [assignment(locations), assignment(mutation, name="a2"), assignment(arm_policy["id"], name="a3")]
    assert policies(*given, definitions=[arm_policy]) == ()


def test_the_policy_that_disables_run_command_is_kept() -> None:
    assert policy(assignment(DISABLE_RUN_COMMAND)).effect == "deployifnotexists"


def test_an_unread_definition_is_a_policy_that_says_so() -> None:
    custom = definition()
    refusal = Item(unread="(AuthorizationFailed) no", needs=("Microsoft.Authorization/policyDefinitions/read",))
    read = PolicyRecords(
        CLUSTER,
        assignments=Item(value=[assignment(custom["id"])]),
        definitions={record_key(custom["id"]): refusal},
        exemptions=Item(value=[]),
    )
    (found,) = policies_in_force(read, NOW)
    assert (found.unread, found.needs) == (refusal.unread, refusal.needs)


def test_the_scope_comes_from_the_id_where_the_assignment_does_not_say() -> None:
    given = assignment(READ_ONLY, scope=GROUP)
    del given["properties"]["scope"]
    assert policy(given).scope.lower() == GROUP.lower()
