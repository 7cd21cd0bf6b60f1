"""The catalogue is complete, consistent and readable: what is said of one finding is said of all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from azext_aksinvokefix import catalog
from azext_aksinvokefix.catalog.entry import FIX_KINDS
from azext_aksinvokefix.failure import classify
from azext_aksinvokefix.finding_ids import BY_STAGE, UNRECOGNIZED
from azext_aksinvokefix.fixes import remedies
from azext_aksinvokefix.lifecycle import SEVERITIES, STAGES
from tools.generate_docs import TARGET, document

ENTRIES = list(catalog.FINDINGS.values())
#: The findings of the contract, one line a stage.
CONTRACT = {
    "client": "attachment-invalid attachment-too-large cli-outdated extension-conflict network-unreachable",
    "sign-in": "cloud-shell-token sign-in-expired wrong-tenant cluster-token-missing",
    "access": "cluster-not-found arm-action-missing result-read-missing role-not-activated arm-denied resource-locked",
    "cluster": "cluster-stopped cluster-not-ready run-command-disabled run-command-disabled-by-policy "
    "fleet-hub-cluster operation-in-progress api-server-unreachable api-server-guarded throttled service-error",
    "admission": "azure-policy-denied safeguards-denied gatekeeper-denied managed-policy-denied defender-denied "
    "kyverno-denied pod-security-denied webhook-denied webhook-unreachable quota-exceeded",
    "scheduling": "nodes-tainted nodes-full no-linux-nodes no-running-nodes nodes-not-ready autoscaler-lagging",
    "startup": "image-pull-failed init-failed tunnel-broken start-timeout",
    "command": "kubernetes-forbidden-azure-rbac kubernetes-forbidden kubernetes-unauthorized command-denied-by-policy "
    "command-not-found file-not-attached command-interactive command-failed",
    "result": "result-hidden result-lost still-running output-truncated",
}
#: Findings that no text tells on its own: only what is looked up shows them.
EVIDENCE_ONLY = {
    "role-not-activated",
    "safeguards-denied",
    "run-command-disabled-by-policy",
    "fleet-hub-cluster",
    "output-truncated",
    UNRECOGNIZED,
}
IMPERATIVES = re.compile(
    r"(?:^|[.;:] )(?:add|allow|ask|assign|attach|change|check|create|delete|enable|exempt|exclude|grant|install|look|"
    r"open|raise|read|remove|replace|restart|retry|run|scale|set|sign|start|switch|update|upgrade|use|wait)\b",
    re.IGNORECASE,
)
SECTIONS = ("What it is", "Why it happens", "How it is confirmed", "Fix", "Fix safety", "Limits", "References")


def test_ids_are_the_contracts() -> None:
    assert {stage: " ".join(ids) for stage, ids in BY_STAGE.items()} == CONTRACT
    assert tuple(BY_STAGE) == STAGES
    assert list(catalog.FINDINGS) == [*" ".join(CONTRACT.values()).split(), UNRECOGNIZED]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_entry_is_complete(entry: catalog.Entry) -> None:
    assert entry.severity in SEVERITIES
    assert entry.fixes and set(entry.fixes) <= set(FIX_KINDS)
    assert entry.references
    assert entry.documentation.endswith("#" + entry.id)
    for text in (entry.what, entry.why, entry.confirm, entry.fix, entry.safety, entry.limits, entry.message):
        assert text.strip() == text and len(text) >= 20


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_title_and_message_say_what_is_and_never_what_to_do(entry: catalog.Entry) -> None:
    assert not entry.title.endswith(".")
    assert entry.message.endswith(".") and "\n" not in entry.message
    assert not IMPERATIVES.search(entry.message)
    assert "az " not in entry.message.replace("'az aks'", "")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_page_answers_every_question_in_order(entry: catalog.Entry) -> None:
    page = catalog.page(entry.id)
    positions = [page.index(f"## {section}\n") for section in SECTIONS]
    assert positions == sorted(positions)
    assert page.startswith(f"# {entry.id}\n")
    assert all(example in page for example in entry.examples)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_finding_that_a_text_can_tell_has_one_and_no_other_text_gives_it(entry: catalog.Entry) -> None:
    assert bool(entry.examples) == (entry.id not in EVIDENCE_ONLY)
    for example in entry.examples:
        assert classify(example, source="argument").finding == entry.id
    others = [text for other in ENTRIES if other is not entry for text in other.examples]
    assert not [text for text in others if classify(text, source="argument").finding == entry.id]


def test_finding_takes_the_catalogues_words_and_what_was_seen() -> None:
    found = catalog.finding("cluster-stopped", confidence="confirmed", message="c1 is stopped.", severity="warning")
    entry = catalog.FINDINGS["cluster-stopped"]
    assert (found.title, found.stage, found.documentation) == (entry.title, "cluster", entry.documentation)
    assert (found.message, found.severity, found.confidence) == ("c1 is stopped.", "warning", "confirmed")


def test_unknown_id_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        catalog.page("no-such-finding")


def test_summary_and_detail_hold_the_entry() -> None:
    assert catalog.summary("throttled") == {
        "id": "throttled",
        "stage": "cluster",
        "severity": "error",
        "title": catalog.FINDINGS["throttled"].title,
    }
    assert catalog.detail("throttled")["fixKinds"] == ["manual"]


def test_committed_documentation_is_up_to_date() -> None:
    assert Path(TARGET).read_text(encoding="utf-8") == document()


def test_anchors_of_the_documentation_exist() -> None:
    headings = set(re.findall(r"(?m)^## ([a-z-]+)$", document()))
    assert headings == set(catalog.FINDINGS)


#: The command of this extension that makes the change which a finding needs.
REPAIRED_BY = {
    "azure-policy-denied": "exempt-policy",
    "safeguards-denied": "exempt-policy",
    "arm-action-missing": "grant-role",
    "result-read-missing": "grant-role",
    "role-not-activated": "grant-role",
    "kubernetes-forbidden-azure-rbac": "grant-role",
    "nodes-tainted": "add-capacity",
    "nodes-full": "add-capacity",
    "no-linux-nodes": "add-capacity",
    "no-running-nodes": "add-capacity",
    "nodes-not-ready": "add-capacity",
    "autoscaler-lagging": "add-capacity",
    "cluster-stopped": "repair",
    "run-command-disabled": "repair",
    "run-command-disabled-by-policy": "repair",
}


@pytest.mark.parametrize(("finding", "command"), REPAIRED_BY.items())
def test_a_page_names_the_command_that_repairs_it_and_how_that_is_taken_back(finding: str, command: str) -> None:
    fix = catalog.FINDINGS[finding].fix
    assert f"'az aks invoke-fix {command}'" in fix and "'az aks invoke-fix undo'" in fix


def test_everything_that_repair_changes_is_named_as_repaired() -> None:
    changed = {each for each in catalog.FINDINGS if (remedy := remedies.for_finding(each)) and not remedy.waits}
    assert changed <= set(REPAIRED_BY)
