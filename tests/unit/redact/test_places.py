"""Wherever a text of a service leaves this program, every form of a secret in it stays inside."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from azure.cli.core.azclierror import AzCLIError

from azext_aksinvokefix import failure, log_records
from azext_aksinvokefix.arm import Answer, ArmError
from azext_aksinvokefix.changes import apply
from azext_aksinvokefix.changes.plan import Change, Plan, RefusedError
from azext_aksinvokefix.changes.records import history
from azext_aksinvokefix.changes.records.journal import Journal
from azext_aksinvokefix.changes.records.record import Write
from azext_aksinvokefix.checks import basis, printing
from azext_aksinvokefix.lifecycle import Datum, Diagnosis, Finding, Fix, Item, StageReport
from azext_aksinvokefix.report import ci, formats
from azext_aksinvokefix.report import text as report
from azext_aksinvokefix.report.console import Console
from azext_aksinvokefix.report.document.model import Report
from azext_aksinvokefix.report.history import render as render_history
from azext_aksinvokefix.report.lines import as_text
from azext_aksinvokefix.report.plan import render as render_plan
from azext_aksinvokefix.report.table import table
from azext_aksinvokefix.surface import errors
from tests.data import report_documents
from tests.data.secret_forms import FORMS

FINDING = Finding("unrecognized", "command", "error", "possible", "Title", "Message")
CHANGE = Change("Change it", "PUT", "/subscriptions/s/x", "1", before={}, after={})
LINE: dict[str, Any] = {
    "changeId": "abc",
    "time": "t",
    "state": "applied",
    "command": "c",
    "clusterId": "/x/y",
    "endpoint": "e",
    "undoes": None,
    "changes": [],
}


def finding_json(found: Finding) -> str:
    return json.dumps(printing.finding(found, names_cluster=True).to_json(), ensure_ascii=False)


def unknown_why(text: str, **_: Any) -> str:
    return printing.unknown(basis.unread("cluster", "what", Item(unread=text))).why


def told(text: str, **_: Any) -> str:
    with pytest.raises(AzCLIError) as caught, errors.told():
        raise RefusedError(text, text)
    return str(caught.value) + str(caught.value.recommendations) + str(caught.value.__cause__)


def told_by_azure(text: str, **_: Any) -> str:
    with pytest.raises(AzCLIError) as caught, errors.told():
        raise ArmError(400, "BadRequest", text)
    return str(caught.value) + str(caught.value.recommendations) + str(caught.value.__cause__)


def journalled(text: str, tmp_path: Path, **_: Any) -> str:
    journal = Journal(tmp_path)
    journal.append({**LINE, "changes": [{"error": text, "before": {"properties": {"note": text}}}]})
    return journal.path.read_text("utf-8")


def logged(text: str, caplog: pytest.LogCaptureFixture, **_: Any) -> str:
    with caplog.at_level(logging.DEBUG), log_records.redacted():
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger("x").debug("sent %s", text, exc_info=True)
    return logging.Formatter().format(caplog.records[-1]) + caplog.records[-1].getMessage()


def listed(text: str, tmp_path: Path, **_: Any) -> str:
    journal = Journal(tmp_path)
    journal.path.parent.mkdir(parents=True, exist_ok=True)
    each = {"what": text, "state": "done", "apiVersion": "1", "method": "PUT", "id": "/a", "before": None}
    journal.path.write_text(json.dumps({**LINE, "command": text, "changes": [each]}) + "\n")
    rows = history.listed(journal, None)
    assert len(rows) == 1
    return render_history(rows) + "".join(map(str, (rows[0]["command"], *rows[0]["changes"])))


def said(text: str, capsys: pytest.CaptureFixture[str], **_: Any) -> str:
    settings = SimpleNamespace(getboolean=lambda *_: True, get=lambda *_, **__: "json")
    console = Console(SimpleNamespace(only_show_errors=False, config=settings, invocation=None, data={}), "g", "c")
    console.say(str(Write(CHANGE, "failed", error=text)))
    console.show(text)
    captured = capsys.readouterr()
    return captured.out + captured.err


def diagnosis(text: str, **_: Any) -> str:
    found = replace(FINDING, message=text, evidence=(Datum("logs", text),), fixes=(Fix("manual", "manual", text),))
    known = printing.finding(found, names_cluster=True)
    unknown = printing.unknown(basis.unread("cluster", text, Item(unread=text)))
    diagnosed = Diagnosis(None, "blocked", None, (StageReport("command", "failed"),), (known,), (unknown,))
    return as_text(report.render(diagnosed, detail=True)) + str(table(diagnosed.to_json()))


def plan_of(text: str) -> Plan:
    change = replace(CHANGE, what=text, before={"a": "b"}, after={"a": text})
    return Plan("c", "/x", changes=(change,), notes=(text,), warnings=(text,), attachments=(("Title", text),))


#: A diagnosis is within a run and within a repair.
KINDS = ("run", "repair", "scan")


@cache
def report_of(kind: str, text: str) -> Report:
    return report_documents.report(kind, text)


def in_file(suffix: str) -> Callable[..., str]:
    """The reports as they are written, and as a reader of the format sees them."""

    def shown(text: str, **_: Any) -> str:
        pages = "".join(formats.render(report_of(kind, text), suffix) for kind in KINDS)
        unescaped = html.unescape(pages)
        return "\0".join((pages, unescaped, re.sub(r"\\(.)", r"\1", unescaped)))

    return shown


def annotated(annotate: ci.Annotate) -> Callable[..., str]:
    def shown(text: str, **_: Any) -> str:
        lines = "".join("".join(ci.annotated(report_of(kind, text), annotate)) for kind in KINDS)
        return lines + unquote(lines.replace("%AZP25", "%25"))

    return shown


#: A place: what it shows of a text.
PLACES: dict[str, Callable[..., str]] = {
    "message of a finding": lambda text, **_: finding_json(replace(FINDING, message=text)),
    "evidence": lambda text, **_: finding_json(replace(FINDING, evidence=(Datum("logs", text),))),
    "fix": lambda text, **_: finding_json(replace(FINDING, fixes=(Fix("manual", "manual", text, f"az x '{text}'"),))),
    "unknowns": unknown_why,
    "failure": lambda text, **_: failure.classify(text, source="run").to_json()["message"],
    "error body": lambda text, **_: failure.classify(Answer(400, {}, text.encode()).error().text, source="run").message,
    "error of a refusal": told,
    "error of Azure": told_by_azure,
    "journal": journalled,
    "history": listed,
    "plan": lambda text, **_: render_plan(plan_of(text)),
    "plan object": lambda text, **_: (
        str(apply._document(plan_of(text), handover=text)["notes"])
        + apply._document(plan_of(text), handover=text)["handover"]
    ),
    "logs": logged,
    "stderr and stdout": said,
    "report": diagnosis,
    **{f"report file {suffix}": in_file(suffix) for suffix in formats.suffixes()},
    "annotation of GitHub": annotated(ci.github_annotation),
    "annotation of Azure": annotated(ci.azure_annotation),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_form_of_a_secret_gets_out_at_this_place(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    leaks = []
    for number, (form, (text, secrets)) in enumerate(FORMS.items()):
        folder = tmp_path / str(number)
        shown = PLACES[place](f"It failed.\n{text}", tmp_path=folder, capsys=capsys, caplog=caplog)
        leaks += [form] if any(secret in shown for secret in secrets) else []
    assert not leaks, f"{len(leaks)} of {len(FORMS)}: {leaks[:20]}"


def test_no_terminal_escape_of_a_hand_made_line_gets_out(tmp_path: Path) -> None:
    shown = listed("a\x1b[31mb\x1b]0;title\x07c\x9bd\u202ee", tmp_path)
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_what_undo_needs_whole_is_kept_apart_for_the_owner_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    secret = FORMS["password env"][1][0]
    before = {"properties": {"parameters": {"adminPassword": {"value": secret}}}}
    journal.append({**LINE, "changes": [{"before": before}]})
    [kept] = (tmp_path / "aks-invoke-fix" / "whole").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    line = json.loads(journal.path.read_text())
    assert secret not in json.dumps(line)
    assert journal.whole(line)["changes"] == [{"before": before}]


def test_a_change_without_secrets_lies_in_the_journal_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append({**LINE, "changes": [{"before": {"a": "b"}}]})
    assert not (tmp_path / "aks-invoke-fix" / "whole").exists()
