"""Somebody at a terminal: questions that are not ended by accident, lines that do not run into each other."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import conclude
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import STAGES, Datum, Diagnosis, Evidence, Failure, Finding, Fix, Item, StageReport
from azext_aksinvokefix.report import terminal
from azext_aksinvokefix.report.console import Console
from azext_aksinvokefix.report.progress import Progress
from azext_aksinvokefix.rights.permissions import Entry, Held

APPLY, SKIP, QUIT = 0, 1, 2
OPTIONS = [("apply", ("a", "apply", "y", "yes")), ("skip", ("s", "skip")), ("quit", ("q", "quit"))]
UNDO = "az aks invoke-fix undo --change-id"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Console]:
    """A console whose user types these lines; then its input ends."""

    def sit(*typed: str) -> Console:
        monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in typed)))
        monkeypatch.setattr("sys.stderr", Terminal())
        config = SimpleNamespace(get=lambda *_, **__: None, getboolean=lambda *_, **__: True)
        invocation = SimpleNamespace(data={})
        return Console(
            SimpleNamespace(config=config, invocation=invocation, data={}, only_show_errors=False), "rg1", "c1"
        )

    return sit


def printed() -> str:
    import sys

    assert isinstance(sys.stderr, Terminal)
    return sys.stderr.getvalue()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1", APPLY),
        ("a", APPLY),
        ("Apply", APPLY),
        ("yes", APPLY),
        ("2", SKIP),
        ("s", SKIP),
        ("3", QUIT),
        (" q ", QUIT),
    ],
)
def test_a_step_is_decided_by_a_number_a_letter_or_a_word(
    at_terminal: Callable[..., Console], typed: str, meant: int
) -> None:
    assert at_terminal(typed).decide("Apply this?", OPTIONS) == meant


@pytest.mark.parametrize("typed", ["", "what", "0", "4", "applyit"])
def test_anything_else_is_asked_again_and_ends_nothing(at_terminal: Callable[..., Console], typed: str) -> None:
    console = at_terminal(typed, typed, "s")
    assert console.decide("Apply this?", OPTIONS) == SKIP
    assert printed().count("Answer a, s or q.") == 2
    assert printed().count("Apply this? (a = apply, s = skip, q = quit): ") == 3


def test_the_end_of_the_input_decides_nothing(at_terminal: Callable[..., Console]) -> None:
    assert at_terminal("what").decide("Apply this?", OPTIONS) is None


@pytest.mark.parametrize(("default", "meant"), [(True, True), (False, False)])
def test_enter_is_the_default_and_garbage_is_asked_again(
    at_terminal: Callable[..., Console], default: bool, meant: bool
) -> None:
    console = at_terminal("", "perhaps", "Y", "j", "NO")
    assert console.ask("Go on?", default) is meant
    assert console.ask("Go on?", default) is True
    assert console.ask("Go on?", default) is False
    assert printed().count("Answer y or n.") == 2
    prompt = f"Go on? ({'Y/n' if default else 'y/N'}): "
    assert printed().count("Go on?") == printed().count(prompt) == 5


@pytest.mark.parametrize("default", [True, False])
def test_the_end_of_the_input_is_a_no(at_terminal: Callable[..., Console], default: bool) -> None:
    assert at_terminal().ask("Go on?", default) is False


def test_a_list_takes_a_number_or_nothing(at_terminal: Callable[..., Console]) -> None:
    console = at_terminal("9", "2", "")
    assert console.choose("Which?", ["one", "two"]) == 1
    assert console.choose("Which?", ["one", "two"]) is None


def test_an_interrupt_says_which_changes_stand_and_how_each_is_undone(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture
) -> None:
    changes = at_terminal().changes
    for change_id in ("1a", "2b"):
        changes.begun(change_id, f"Change {change_id}")
        changes.made(True, "")
    changes.interrupted()
    assert "2 changes were made" in caplog.text
    stands = printed()[printed().index("Made: ") :]
    assert stands == f"Made: Change 2b\nUndo it: {UNDO} 2b\nMade: Change 1a\nUndo it: {UNDO} 1a\n"


def test_an_interrupt_in_the_middle_of_a_change_says_that_it_may_go_on(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture
) -> None:
    changes = at_terminal().changes
    changes.begun("1a", "Add a node pool")
    changes.interrupted()
    assert "Azure might still carry this out: Add a node pool" in caplog.text
    assert f"Undo it: {UNDO} 1a\n" in printed()


def test_an_interrupt_of_the_wait_for_an_effect_says_that_the_change_stands(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture
) -> None:
    changes = at_terminal().changes
    changes.begun("1a", "Change 1a")
    changes.in_force()
    changes.interrupted()
    assert "1 change was made" in caplog.text and "may still" not in caplog.text
    assert printed().endswith(f"Made: Change 1a\nUndo it: {UNDO} 1a\n")


def test_an_interrupt_before_any_change_says_that_nothing_was_changed(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture
) -> None:
    at_terminal().changes.interrupted()
    assert "Nothing was changed" in caplog.text and "Undo" not in printed()


def test_a_line_that_somebody_logs_stands_alone() -> None:
    stream = Terminal()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("cli.somebody")
    logger.addHandler(handler)
    try:
        with Progress(stream, enabled=True).shown() as progress:
            progress.say("begun")
            logger.warning("A warning.")
        logger.warning("Another.")
    finally:
        logger.removeHandler(handler)
    assert "\r\x1b[KA warning.\n" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[KAnother.\n") and "emit" not in vars(handler)


@pytest.mark.parametrize(
    ("is_submitted", "command_id", "may_run"),
    [(False, None, False), (True, None, True), (True, "cmd-1", True), (False, "cmd-1", True)],
)
def test_when_the_time_is_up_it_is_said_whether_the_command_may_run_and_how_to_come_back(
    at_terminal: Callable[..., Console],
    caplog: pytest.LogCaptureFixture,
    is_submitted: bool,
    command_id: str | None,
    may_run: bool,
) -> None:
    console = at_terminal()
    if is_submitted:
        console.submitting()
    if command_id:
        console.command_id(command_id)
    console.run_ended(RunResult("timedOut", command_id=command_id), 90)
    assert "No result within 90 seconds." in caplog.text
    assert ("might still be running" in caplog.text) is may_run
    assert ("was not submitted" in caplog.text) is not may_run
    assert ("Resume with: az aks invoke-fix run -g rg1 -n c1 --command-id cmd-1" in printed()) is bool(command_id)


@pytest.mark.parametrize(
    ("is_terminal", "wants_object", "page"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_diagnosis_is_a_page_for_a_person_and_else_the_object(
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., Console],
    is_terminal: bool,
    wants_object: bool,
    page: bool,
) -> None:
    console = at_terminal()
    found = conclude(None, Evidence("/managedClusters/c1"))
    output = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    console.wants_object = wants_object
    assert console.page(found) == (None if page else found.to_json())
    assert bool(output.getvalue()) is page


@pytest.mark.parametrize(("term", "shows"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_escape_sequence(
    monkeypatch: pytest.MonkeyPatch, at_terminal: Callable[..., Console], term: str, shows: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    console = at_terminal()
    console.cli_ctx.config.getboolean = lambda *_, **__: False
    console = Console(console.cli_ctx, "rg1", "c1")
    with console.progress():
        console.note("Done.")
    assert ("\x1b" in printed()) is shows


FULL = "nodes-full"
#: What the service says of it.
SAID = "0/1 nodes are available: 1 Insufficient cpu."


def not_run(finding: str = FULL) -> RunResult:
    return RunResult("notRun", failure=refusal.failure_of(finding, SAID))


def failed(result: RunResult) -> Failure:
    assert result.failure
    return result.failure


def report_on(result: RunResult) -> Diagnosis:
    failure = failed(result)
    found = Finding(
        failure.finding,
        failure.stage,
        "error",
        "confirmed",
        catalog.title(failure),
        "There is no room.",
        (Datum("run", SAID), Datum("metrics", "99 % of the CPU is taken")),
    )
    stages = tuple(StageReport(each, "passed") for each in STAGES)
    return Diagnosis("/subscriptions/0", "blocked", failure, stages, (found,), ())


def test_the_name_of_a_failure_and_what_azure_said_stand_once_on_a_terminal(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture
) -> None:
    console, result = at_terminal(), not_run()
    console._detail = True
    console.run_ended(result, None)
    console.diagnosed(report_on(result))
    screen = caplog.text + printed()
    assert screen.count(catalog.title(failed(result))) == 1
    assert screen.count(SAID) == 1
    assert "99 % of the CPU is taken" in screen


@pytest.mark.parametrize("on_failure", [None, "ask"])
def test_who_wants_no_report_still_learns_the_name(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture, on_failure: str | None
) -> None:
    console, result = at_terminal(), not_run()
    console.run_ended(result, None, on_failure)
    console.not_diagnosed(failed(result), on_failure)
    assert (caplog.text + printed()).count(catalog.title(failed(result))) == 1


@pytest.mark.parametrize(
    ("finding", "on_failure"), [(FULL, "none"), ("start-timeout", None), ("unrecognized", None)], ids=str
)
def test_the_error_has_the_name_where_no_report_has_it(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture, finding: str, on_failure: str | None
) -> None:
    console, result = at_terminal(), not_run(finding)
    console.run_ended(result, None, on_failure)
    if on_failure:
        console.not_diagnosed(failed(result), on_failure)
    assert (caplog.text + printed()).count(catalog.title(failed(result))) == 1


def test_a_pipeline_reads_the_name_and_the_text_in_one_line(
    at_terminal: Callable[..., Console], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = at_terminal()
    monkeypatch.setattr("sys.stderr", io.StringIO())
    console.run_ended(not_run(), None)
    assert f"{catalog.title(failed(not_run()))}: {SAID}" in caplog.text


def test_what_a_question_is_about_is_said_once(at_terminal: Callable[..., Console]) -> None:
    assert at_terminal("what", "").ask("It is wide. It stays. Go on?", default=False) is False
    assert printed() == "It is wide. It stays.\nGo on? (y/N): Answer y or n.\nGo on? (y/N): "


def test_a_question_that_nobody_answers_ends_its_line(at_terminal: Callable[..., Console]) -> None:
    console = at_terminal()
    assert console.decide("Apply this?", OPTIONS) is None
    assert printed().endswith("(a = apply, s = skip, q = quit): \n")


def test_what_is_said_after_ctrl_c_at_a_question_has_a_line_of_its_own(
    at_terminal: Callable[..., Console], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    console = at_terminal()
    monkeypatch.setattr("sys.stdin.readline", interrupted)
    with pytest.raises(KeyboardInterrupt):
        console.decide("Apply this?", OPTIONS)
    assert printed().endswith(": \n")


@pytest.mark.parametrize(
    ("given", "takes_out", "wanted"),
    [
        ("--out", True, False),
        ("--out", False, True),
        ("--outp", True, True),
        ("--output", True, True),
        ("-o", True, True),
        ("--yes", True, False),
    ],
)
def test_a_file_for_the_undo_is_no_output_format(given: str, takes_out: bool, wanted: bool) -> None:
    command = SimpleNamespace(arguments={"out": None} if takes_out else {})
    loader = SimpleNamespace(command_table={"aks invoke-fix undo": command})
    cli_ctx = SimpleNamespace(
        config=SimpleNamespace(get=lambda *_, **__: None),
        invocation=SimpleNamespace(data={}, commands_loader=loader),
        data={"command": "aks invoke-fix undo", "safe_params": [given]},
    )
    assert terminal.wants_object(cli_ctx) is wanted


@pytest.mark.parametrize(("held", "words"), [(("*",), "Next: "), (("*/read",), "Plan to hand over: ")])
def test_beside_an_object_stands_what_its_reader_has_the_right_to(
    at_terminal: Callable[..., Console], held: tuple[str, ...], words: str
) -> None:
    command = "az aks invoke-fix add-capacity -g rg1 -n c1"
    write = "Microsoft.ContainerService/managedClusters/agentPools/write"
    fix = Fix("add-capacity", "reviewed", "Scale.", command, (write,))
    console, found = at_terminal(), report_on(not_run())
    console.wants_object = True
    mended = replace(found.findings[0], fixes=(fix,))
    console.diagnosed(replace(found, findings=(mended,), held=Item(value=Held((Entry(held),)))))
    assert f"{words}{command}" in printed()
