"""A plan as a person reads it before agreeing to it."""

from __future__ import annotations

from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.report.lines import as_text
from azext_aksinvokefix.report.plan import render, styled
from tests.unit.changes.test_apply import START, grant
from tests.unit.changes.test_undo import SCALE
from tests.worlds.changes import ASSIGNMENT, CLUSTER, assignment, exclusion, plan_for

HOSTILE = "\x1b]0;owned\x07a\nb\x9b31m\u202e"


def test_the_list_that_changes_is_shown_with_what_is_added() -> None:
    text = render(plan_for(exclusion(assignment("a"))))
    assert text.splitlines()[:7] == [
        "Plan: 1 to change, 0 to add · undo: yes",
        "  1. Exclude in a",
        f"     PUT {ASSIGNMENT}a?api-version=2025-11-01",
        "       properties.parameters.excludedNamespaces.value",
        "           kube-system",
        "         + aks-command",
        "     undo: az aks invoke-fix undo (restores the previous document)",
    ]


def test_who_changed_a_document_and_when_is_azures_own_and_no_change() -> None:
    before = {"properties": {"metadata": {"updatedBy": "a", "category": "x"}, "parameters": {"a": 1}}}
    after = {"properties": {"metadata": {"updatedBy": None, "category": "y"}, "parameters": {"a": 2}}}
    text = render(plan_for(Change("x", "PUT", "/p", "v", before=before, after=after)))
    assert "updatedBy" not in text and "properties.metadata.category" in text and "properties.parameters.a" in text


def test_a_removed_word_is_marked() -> None:
    before = {"properties": {"nodeTaints": ["a:NoSchedule", "b:NoSchedule"]}}
    change = Change("Untaint", "PUT", "/p", "v", before=before, after={"properties": {"nodeTaints": ["b:NoSchedule"]}})
    assert "         - a:NoSchedule\n           b:NoSchedule" in render(plan_for(change))


def test_a_number_is_shown_before_and_after() -> None:
    text = render(plan_for(SCALE))
    assert "properties.count\n         - 1\n         + 2\n" in text
    assert "undo: az aks invoke-fix undo (restores the previous settings)" in text


def test_what_is_new_is_shown_place_by_place_and_deleted_again() -> None:
    text = render(plan_for(grant()))
    assert "properties.principalId\n         + p" in text
    assert "undo: az aks invoke-fix undo (deletes it again)" in text


def test_an_action_says_what_it_makes_of_the_resource() -> None:
    text = render(plan_for(START))
    assert f"POST {CLUSTER}/start" in text and "properties.powerState.code becomes Running" in text
    assert f"undo: az aks invoke-fix undo (POST {CLUSTER}/stop)" in text


def test_what_nothing_takes_back_is_said() -> None:
    text = render(plan_for(Change("x", "POST", "/a/b", "v")))
    assert "undo: none\n" in text and text.startswith("Plan: 1 to change, 0 to add · undo: no\n")


def test_what_an_undo_deletes_is_not_said_to_be_undone_by_it_but_made_again_by_a_command() -> None:
    deleted = Change("Take back", "DELETE", "/a/b", "v", before={"id": "/a/b"})
    text = render(plan_for(deleted, undoes="0a1b", again="az aks invoke-fix add-capacity -g rg -n c"))
    assert text.startswith("Plan: 0 to change, 0 to add, 1 to delete · undo: no\n")
    assert "     undo: none; to make the change again, run: az aks invoke-fix add-capacity -g rg -n c\n" in text


def test_an_undo_is_taken_back_by_its_id_since_it_is_never_the_latest_change() -> None:
    text = render(plan_for(exclusion(assignment("a")), undoes="0a1b"))
    assert "undo: az aks invoke-fix undo --change-id ID, with the id that is printed then (restores" in text


def test_the_first_line_says_how_much_is_written_whether_it_can_be_undone_and_what_it_costs() -> None:
    mixed = (exclusion(assignment("a")), grant(), Change("x", "POST", "/a/b", "v"))
    text = render(plan_for(*mixed, cost="+1 Standard_DS2_v2"), unicode=False)
    assert text.splitlines()[0] == "Plan: 2 to change, 1 to add - undo: in part - cost: +1 Standard_DS2_v2"


def test_a_default_that_is_merely_written_out_is_no_addition() -> None:
    place = ("properties", "parameters", "excludedNamespaces", "value")
    after = {"properties": {"parameters": {"excludedNamespaces": {"value": ["kube-system", "aks-command"]}}}}
    change = Change("x", "PUT", "/p", "v", before={}, after=after, defaults=((place, ["kube-system"]),))
    assert (
        "       properties.parameters.excludedNamespaces.value (not set; the default values in force are written "
        "out)\n           kube-system\n         + aks-command\n"
    ) in render(plan_for(change))


def test_above_a_question_a_plan_leaves_out_what_stands_in_its_words() -> None:
    scope = f"{CLUSTER}/providers/Microsoft.Authorization/roleAssignments/1"
    after = {"properties": {"principalId": "p", "roleDefinitionId": f"{ASSIGNMENT}r", "words": ["a"]}}
    change = Change("Assign", "PUT", scope, "v", before=None, after=after)
    text = render(plan_for(change, requires=(("X/write", CLUSTER),)), brief=True)
    assert text.splitlines()[1:] == [
        "  1. Assign",
        "     PUT …/providers/Microsoft.Authorization/roleAssignments/1",
        "       + properties.principalId: p",
        "       + properties.roleDefinitionId: …/policyAssignments/r",
        "       properties.words",
        "         + a",
        "     undo: az aks invoke-fix undo (deletes it again)",
        "  needs X/write at managedClusters/c",
        "  The exact requests: --what-if",
    ]


def test_warnings_needs_notes_and_the_next_step_are_there() -> None:
    plan = plan_for(
        grant(),
        warnings=("It is wide.",),
        notes=("b is left alone: its effect is audit.",),
        requires=(("X/write", "/s"), ("X/write", "/s")),
        next_step="Wait.",
        attachments=(("For terraform:", "a = 1\nb = 2"),),
    )
    text = render(plan)
    assert "  Warning: It is wide.\n" in text
    assert "  - b is left alone: its effect is audit.\n" in text
    assert text.count("needs X/write at /s") == 1
    assert "      a = 1\n      b = 2\n" in text
    assert text.endswith("  Then: Wait.\n")


def test_nothing_of_the_service_reaches_the_terminal_as_a_control() -> None:
    document = {**assignment(HOSTILE, displayName=HOSTILE), "id": "/" + HOSTILE}
    text = render(plan_for(exclusion(document), notes=(HOSTILE,), attachments=((HOSTILE, HOSTILE),)))
    assert not any(character in text for character in "\x1b\x07\x9b\u202e")


def test_a_plan_without_changes_is_its_notes() -> None:
    assert render(Plan("exempt-policy", CLUSTER, notes=("Excluded already.",))) == "Excluded already.\n"


def test_a_long_value_is_cut_with_a_mark() -> None:
    before, after = {"a": "x"}, {"a": "y" * 5000}
    text = render(plan_for(Change("x", "PUT", "/p", "v", before=before, after=after)))
    assert "(4800 more)" in text


def test_a_secret_in_a_document_is_not_shown() -> None:
    before, after = {"a": "x"}, {"a": "Bearer abcdefghijklmnop"}
    assert "abcdefghijklmnop" not in render(plan_for(Change("x", "PUT", "/p", "v", before=before, after=after)))


def test_colour_marks_what_is_added_and_taken_away_and_changes_no_word() -> None:
    before, after = {"properties": {"a": ["old", "kept"]}}, {"properties": {"a": ["kept", "new"]}}
    change = Change("x", "PUT", "/p", "v", before=before, after=after)
    lines = styled(plan_for(change, warnings=("It is wide.",)))
    assert as_text(lines) == render(plan_for(change, warnings=("It is wide.",)))
    assert [(style, text.strip()) for each in lines for style, text in each if style] == [
        ("important", "Plan: 1 to change, 0 to add · undo: yes"),
        ("error", "- old"),
        ("success", "+ new"),
        ("warning", "Warning: It is wide."),
    ]
