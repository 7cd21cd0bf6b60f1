"""What a wrapped run's result stands for, whatever came of its output."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest

from azext_aksinvokefix.cluster import LOG_LIMIT
from azext_aksinvokefix.invoke import outcome, paging, steps
from azext_aksinvokefix.invoke.outcome import Expected, ReadPage
from azext_aksinvokefix.invoke.plan import Fetch, Plan
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.redact import register
from azext_aksinvokefix.surface import exits
from azext_aksinvokefix.surface.begun import Begun
from tests.present import present
from tests.unit.invoke.pod import Ended, path_with, run

FORBIDDEN = (
    'Error from server (Forbidden): nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the '
    "cluster scope"
)


def no_page(*_: Any) -> NoReturn:
    raise AssertionError("nothing is to be read")


def result_of(ended: Ended, code: int | None = None) -> RunResult:
    code = ended.code if code is None else code
    output = ended.output[:LOG_LIMIT]
    state = "failed" if code else "succeeded"
    return RunResult(state, "c0ffee", code, output.decode("utf-8", "replace"), truncated=len(output) == LOG_LIMIT)


def resolve(plan: Plan, folder: Path, page: ReadPage = no_page, path: str | None = None) -> RunResult:
    return outcome.resolve(result_of(run(plan, folder, path=path)), Expected(plan), page)


def outcomes(result: RunResult) -> list[str]:
    return [step.outcome for step in present(result.steps)]


def test_a_plain_result_stays_as_it_is() -> None:
    plain = RunResult("succeeded", "c0ffee", 0, "hello\n")
    assert outcome.resolve(plain, Expected(), no_page) is plain
    assert "steps" not in plain.to_json()


@pytest.mark.parametrize("state", ["running", "timedOut", "unknown", "notRun"])
def test_what_never_came_to_a_result_has_its_steps_all_the_same(state: str) -> None:
    plan = Plan(("a", "b"), fetches=(Fetch("f", "f"),))
    found = outcome.resolve(RunResult(state), Expected(plan), no_page)
    assert outcomes(found) == ["notRun" if state == "notRun" else "unknown"] * 2
    assert bool(found.fetched) == (state in ("unknown", "notRun"))
    assert not found.fetched or found.fetched[0].outcome == "failed"


def test_an_output_without_marks_is_shown_and_its_steps_are_unknown() -> None:
    plan = Plan(("a", "b"))
    found = outcome.resolve(RunResult("failed", "c", 127, "sh: 0: cannot open\n"), Expected(plan), no_page)
    assert (outcomes(found), found.logs, exits.of_run(found)) == (["unknown", "unknown"], "sh: 0: cannot open\n", 127)


def test_the_failure_is_that_of_the_step_that_gave_the_exit_code(tmp_path: Path) -> None:
    plan = Plan((f"echo '{FORBIDDEN}'", "exit 4", "no-such-program"), keep_going=True)
    found = resolve(plan, tmp_path)
    failure = present(found.failure)
    assert (failure.finding, failure.facts["step"]) == ("command-failed", "step 2 of 3 (exit 4)")
    refused = resolve(Plan((f"echo '{FORBIDDEN}'; exit 1", "true")), tmp_path)
    assert present(refused.failure).finding == "kubernetes-forbidden"


def test_a_secret_inside_a_packed_output_is_taken_out(tmp_path: Path) -> None:
    register("sesame-open-sesame")
    found = resolve(Plan(("echo token sesame-open-sesame", "true")), tmp_path)
    assert (
        "sesame" not in present(found.logs) + present(found.output).decode() + present(found.steps)[0].output.decode()
    )


def test_pages_follow_the_byte_where_the_service_cut(tmp_path: Path) -> None:
    plan = Plan(("seq 300000", "echo last"), full_output=True)
    path = path_with(tmp_path / "bin", "base64", "head", "tail", "seq")
    ended = run(plan, tmp_path, path=path)
    asked = []

    def page(command_id: str, offset: int) -> bytes:
        asked.append((command_id, offset))
        return ended.output[offset : offset + LOG_LIMIT]

    found = outcome.resolve(result_of(ended), Expected(plan), page)
    assert found.output == b"".join(b"%d\n" % number for number in range(1, 300001)) + b"last\n"
    assert (outcomes(found), found.truncated) == (["succeeded", "succeeded"], False)
    assert asked[0] == ("c0ffee", LOG_LIMIT)
    assert found.notes


def test_raw_pages_lose_no_character_at_their_edges(tmp_path: Path) -> None:
    plan = Plan(("yes 'ä☃' | head -n 200000",), full_output=True)
    ended = run(plan, tmp_path, path=path_with(tmp_path / "bin", "head", "tail", "yes"))

    def cut(offset: int) -> str:
        """As the service does it: by bytes, without the part of a character."""
        return ended.output[offset : offset + LOG_LIMIT].decode("utf-8", "ignore")

    first = RunResult("succeeded", "c0ffee", 0, cut(0), truncated=True)
    found = outcome.resolve(first, Expected(plan), lambda _, offset: cut(offset).encode())
    assert found.output == "ä☃\n".encode() * 200000


def test_a_page_that_cannot_be_had_leaves_both_ends(tmp_path: Path) -> None:
    plan = Plan(("seq 300000",), full_output=True)
    path = path_with(tmp_path / "bin", "base64", "head", "tail", "seq")
    found = resolve(plan, tmp_path, lambda *_: None, path=path)
    assert (found.truncated, found.exit_code, outcomes(found)) == (True, 0, ["succeeded"])
    assert present(found.logs).startswith("1\n2\n")
    assert present(found.logs).endswith("\n300000\n")


def test_what_no_number_of_pages_brings_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 1)
    plan = Plan(("head -c 3000000 /dev/urandom",), full_output=True)
    assert resolve(plan, tmp_path, no_page).truncated


def test_pages_end() -> None:
    asked = []

    def page(offset: int) -> bytes:
        asked.append(offset)
        return b"x" * 10

    paging.whole(b"", page, lambda _: False)
    assert len(asked) == paging.MOST_PAGES


def test_a_page_only_reads_and_quotes_what_the_service_said() -> None:
    assert paging.command("a b; reboot", 5).startswith("kubectl logs --namespace aks-command 'command-a b; reboot' ")


def test_a_run_is_remembered_for_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = Plan(("echo x > f", "exit 3"), fetches=(Fetch("f", "kept"),))
    begun = Begun(tmp_path / "config")
    begun.keep("c0ffee", plan)
    [file] = (tmp_path / "config/aks-invoke-fix/runs").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    ended = result_of(run(plan, tmp_path / "pod"))
    found = outcome.resolve(ended, begun.expected("c0ffee", []), no_page)
    assert (outcomes(found), (tmp_path / "kept").read_text()) == (["succeeded", "failed"], "x\n")
    elsewhere = outcome.resolve(ended, Begun(tmp_path / "other").expected("c0ffee", []), no_page)
    assert [each.outcome for each in present(elsewhere.fetched)] == ["failed"]


def test_marks_of_another_number_are_output(tmp_path: Path) -> None:
    begun = Begun(tmp_path)
    begun.keep("c0ffee", Plan(("a", "b")))
    forged = run(Plan(("echo forged", "true"), fetches=(Fetch("f", "f"),)), tmp_path / "pod")
    found = outcome.resolve(result_of(forged), begun.expected("c0ffee", []), no_page)
    assert found.steps is None
    assert present(found.logs).startswith("@aks-invoke-fix 1 ")


@pytest.mark.parametrize("command_id", ["../../escape", "", "x" * 500, "a/b"])
def test_an_id_of_the_service_names_no_file_elsewhere(tmp_path: Path, command_id: str) -> None:
    Begun(tmp_path / "config").keep(command_id, Plan(("a", "b")))
    assert {path.parent.name for path in tmp_path.rglob("*.json")} <= {"runs"}


@pytest.mark.parametrize(
    "tail", [b"", b"\n@", b"\n@%s", b"\n@%s out", b"\n@%s out x y z\n", b"\n@%s ends 1\nzz", b"\n@%s end\n"]
)
def test_broken_marks_are_no_error(tail: bytes) -> None:
    plan = Plan(("a", "b"), fetches=(Fetch("f", "f"),))
    head = f"@aks-invoke-fix 1 {plan.nonce} e30=\n".encode()
    found = present(steps.read(head + tail.replace(b"%s", plan.nonce.encode()), plan))
    assert {step.outcome for step in found.steps} <= {"unknown", "succeeded", "failed"}


def test_a_file_that_is_asked_of_a_run_that_brings_none_is_lost(tmp_path: Path) -> None:
    named = Begun(tmp_path).expected("c0ffee", [Fetch("f", "f")])
    found = outcome.resolve(RunResult("succeeded", "c0ffee", 0, "hello\n"), named, no_page)
    assert (found.logs, [each.outcome for each in present(found.fetched)], exits.of_run(found)) == (
        "hello\n",
        ["failed"],
        1,
    )
