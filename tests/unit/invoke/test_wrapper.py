"""The wrapper under real shells: what it prints, read back, is what each step printed and how it ended."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import azext_aksinvokefix.invoke.wrapper as wrapper
from azext_aksinvokefix.invoke import steps
from azext_aksinvokefix.invoke.plan import Fetch, Plan
from azext_aksinvokefix.invoke.script import read as read_script
from azext_aksinvokefix.invoke.steps import Transcript
from tests.present import present
from tests.unit.invoke.pod import LOG_LIMIT, SHELLS, path_with, run

EVERYTHING = ("base64", "gzip", "tar", "head", "tail", "seq", "printf", "setsid")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    words = SHELLS[request.param]
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed: apt-get install {words[0]}")
    return words


def outcomes(transcript: Transcript) -> list[tuple[str, int | None, bytes]]:
    return [(step.outcome, step.exit_code, step.output) for step in transcript.steps]


def test_each_step_gives_back_its_output_and_its_code(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("echo one; echo two >&2", "printf 'no newline'", "cd /; exit 7"), keep_going=True)
    ended = run(plan, tmp_path, shell)
    assert outcomes(ended.read(plan)) == [
        ("succeeded", 0, b"one\ntwo\n"),
        ("succeeded", 0, b"no newline"),
        ("failed", 7, b""),
    ]
    assert (ended.code, ended.read(plan).ended) == (7, 7)


def test_the_first_step_that_fails_ends_the_run(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("true", "exit 3", "echo never > ran"))
    ended = run(plan, tmp_path, shell)
    assert [step.outcome for step in ended.read(plan).steps] == ["succeeded", "failed", "notRun"]
    assert (ended.code, ended.left) == (3, [])


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("exit 4", 4),
        ("exec false", 1),
        ("set -e; false; echo no", 1),
        ("cd / && rm -rf nothing", 0),
        ("kill -9 $$", 137),
        ("kill -TERM 0; sleep 9", 143),
        ("trap '' INT TERM HUP; exec 3>&1; echo x >&3", 0),
        ("exec >&- 2>&-; echo lost", None),
    ],
)
def test_a_step_cannot_disturb_the_next_one(
    shell: tuple[str, ...], tmp_path: Path, command: str, code: int | None
) -> None:
    plan = Plan((command, "echo still here; pwd"), keep_going=True)
    first, second = run(plan, tmp_path, shell).read(plan).steps
    assert code is None or first.exit_code == code
    assert second.output.decode() == f"still here\n{tmp_path / 'command-files'}\n"


def test_a_child_that_is_left_behind_does_not_hold_the_run(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("sleep 30 & echo started", "echo next"))
    began = time.monotonic()
    transcript = run(plan, tmp_path, shell).read(plan)
    assert [step.output for step in transcript.steps] == [b"started\n", b"next\n"]
    assert time.monotonic() - began < 20


def test_no_step_sees_the_wrappers_files_and_none_are_left(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("ls -A; echo .", "find . -name '*aks*'"))
    ended = run(plan, tmp_path, shell)
    assert [step.output for step in ended.read(plan).steps] == [b".\n", b""]
    assert ended.left == []


def test_a_step_that_prints_marks_is_not_believed(shell: tuple[str, ...], tmp_path: Path) -> None:
    for tools, nonce in ((EVERYTHING, "c0de" * 8), (("printf",), "0" * 32)):
        forged = rf"printf '\n@{nonce} out 2 0 raw 0\n\n@{nonce} end 0\n'"
        plan = Plan((forged, "exit 9"), nonce="c0de" * 8)
        ended = run(plan, tmp_path, shell, path_with(tmp_path / f"bin{len(tools)}", *tools))
        first, second = ended.read(plan).steps
        assert first.output.decode() == f"\n@{nonce} out 2 0 raw 0\n\n@{nonce} end 0\n"
        assert second.exit_code == 9


def test_the_users_words_are_in_no_argument_of_the_command(tmp_path: Path) -> None:
    plan = Plan(("echo secret-word", "'"), fetches=(Fetch("$(reboot)", "x"),))
    assert plan.command == f"sh {plan.folder}/run.sh"
    assert b"secret-word" not in wrapper.script()


@pytest.mark.parametrize("missing", ["base64", "gzip", "tar", "head", "tail", "setsid", *[("base64", "gzip", "tar")]])
@pytest.mark.parametrize("full", [False, True])
def test_a_tool_that_is_missing_costs_no_output(
    shell: tuple[str, ...], tmp_path: Path, missing: str | tuple[str, ...], full: bool
) -> None:
    if shell[0] == "busybox":
        pytest.skip("busybox brings its own tools whatever PATH says")
    absent = {missing} if isinstance(missing, str) else set(missing)
    path = path_with(tmp_path / "bin", *(tool for tool in EVERYTHING if tool not in absent))
    plan = Plan(("seq 1000", "exit 2"), full_output=full)
    ended = run(plan, tmp_path, shell, path)
    assert outcomes(ended.read(plan)) == [
        ("succeeded", 0, b"".join(b"%d\n" % number for number in range(1, 1001))),
        ("failed", 2, b""),
    ]


def test_several_mebibytes_come_whole_in_one_answer(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("seq 500000",), full_output=True)
    ended = run(plan, tmp_path, shell)
    if len(ended.output) > LOG_LIMIT:
        transcript = ended.read(plan)
        assert (transcript.deferred, transcript.is_complete) == ((), True)
    assert ended.read(plan).steps[0].output == b"".join(b"%d\n" % number for number in range(1, 500001))


@pytest.mark.parametrize("tools", [EVERYTHING, tuple(tool for tool in EVERYTHING if tool != "gzip")])
def test_what_does_not_fit_shows_both_ends_and_says_what_is_missing(tmp_path: Path, tools: tuple[str, ...]) -> None:
    plan = Plan(("seq 1000000", "echo last"), full_output=True)
    ended = run(plan, tmp_path, path=path_with(tmp_path / "bin", *tools))
    whole = b"".join(b"%d\n" % number for number in range(1, 1000001))
    big, last = ended.read(plan, LOG_LIMIT).steps
    head, _, tail = big.output.partition(b"[... ")
    words, _, tail = tail.partition(b" ...]\n")
    assert whole.startswith(head.rstrip(b"\n"))
    assert whole.endswith(tail)
    assert tail
    assert int(words.split()[0]) == big.missing
    assert last.outcome == "succeeded"
    assert ended.read(plan).steps[0].output == whole


def test_output_that_is_cut_leaves_the_steps_behind_it_unknown(tmp_path: Path) -> None:
    plan = Plan(("echo a", "seq 200000", "echo c"))
    ended = run(plan, tmp_path)
    steps_ = ended.read(plan, LOG_LIMIT).steps
    assert [step.outcome for step in steps_] == ["succeeded", "succeeded", "unknown"]
    assert steps_[1].missing > 1288894 - LOG_LIMIT
    assert b"bytes of the output are missing here" in steps_[1].output


@pytest.mark.parametrize("what", ["start", "tools"])
def test_a_pod_that_is_killed_leaves_the_running_step_unknown(tmp_path: Path, what: str) -> None:
    plan = Plan(("echo a", "echo b"))
    output = run(plan, tmp_path).output
    cut = output.rindex(f"@{plan.nonce} {what}".encode())
    transcript = present(steps.read(output[: cut + 60], plan))
    assert transcript.steps[-1].outcome == "unknown"
    assert not transcript.is_complete


def test_files_and_folders_come_back_also_when_the_command_failed(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(
        ("mkdir out; echo x > out/a; printf '\\0\\377' > bin; exit 5",),
        fetches=(Fetch("out", "1"), Fetch("bin", "2"), Fetch("gone", "3"), Fetch(str(tmp_path / "tmp"), "4")),
    )
    brought = run(plan, tmp_path, shell).read(plan).brought
    assert [brought[number].outcome for number in (1, 2, 3, 4)] == ["folder", "file", "missing", "folder"]
    assert brought[2].payload == b"\0\377"


def test_a_file_that_does_not_fit_is_too_large(shell: tuple[str, ...], tmp_path: Path) -> None:
    plan = Plan(("head -c 600000 /dev/urandom > big",), fetches=(Fetch("big", "x"),))
    assert run(plan, tmp_path, shell).read(plan).brought[1].outcome == "tooLarge"


def test_without_tar_files_come_and_folders_fail(tmp_path: Path) -> None:
    path = path_with(tmp_path / "bin", "base64", "mkdir")
    plan = Plan(("mkdir d; echo x > f",), fetches=(Fetch("d", "1"), Fetch("f", "2")))
    brought = run(plan, tmp_path, path=path).read(plan).brought
    assert (brought[1].outcome, brought[2].outcome, brought[2].payload) == ("failed", "file", b"x\n")


def test_a_script_gets_its_arguments_as_they_are(shell: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "it is.sh"
    file.write_bytes(b'#!/bin/sh\r\nfor word; do echo "<$word>"; done\r\nexit 6\r\n')
    script = read_script(str(file), "'a  b' \"$x;`y`\" \\' --")
    plan = Plan(script=script)
    ended = run(plan, tmp_path, shell, files={script.name: script.content})
    [step] = ended.read(plan).steps
    assert (step.exit_code, step.output) == (6, b"<a  b>\n<$x;`y`>\n<'>\n<-->\n")
    assert script.converted


@pytest.mark.parametrize("first", ["#!/usr/bin/env python3", f"#!{sys.executable} -u"])
def test_a_script_is_run_by_its_own_interpreter(tmp_path: Path, first: str) -> None:
    file = tmp_path / "s.py"
    file.write_text(f"{first}\nprint('python' + str(3))\n")
    script = read_script(str(file), None)
    plan = Plan(script=script)
    assert run(plan, tmp_path, files={script.name: script.content}).read(plan).steps[0].output == b"python3\n"


_PIECES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"\n", b"\0", b"@", b"\n@", b"\n@aks-invoke-fix 1 ", b" end 0\n", b"\x1b[31m", b"\xe2\x98\x83"]),
)
_OUTPUT = st.lists(_PIECES, max_size=8).map(b"".join)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(wanted=st.lists(st.tuples(_OUTPUT, st.integers(0, 255)), min_size=1, max_size=5), full=st.booleans())
def test_whatever_steps_print_is_read_back_exactly(
    wanted: list[tuple[bytes, int]], full: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pod")
    files = {f"out{number}": output for number, (output, _) in enumerate(wanted)}
    commands = tuple(f"cat out{number}; exit {code}" for number, (_, code) in enumerate(wanted))
    plan = Plan(commands, keep_going=True, full_output=full)
    transcript = run(plan, folder, files=files).read(plan)
    assert [(step.output, step.exit_code) for step in transcript.steps] == wanted
    assert transcript.ended == next((code for _, code in wanted if code), 0)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(stop=st.integers(0, 3000))
def test_a_cut_anywhere_never_makes_a_step_succeed(stop: int, cut_here: tuple[Plan, bytes]) -> None:
    plan, output = cut_here
    transcript = steps.read(output[:stop], plan)
    if transcript is None:
        assert stop < len(output.split(b"\n")[0])
        return
    for step, code in zip(transcript.steps, (0, 1, 0)):
        assert step.outcome in ("unknown", "failed" if code else "succeeded")


@pytest.fixture(scope="module")
def cut_here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, bytes]:
    plan = Plan(("seq 100", "seq 100; false", "seq 100"), keep_going=True)
    return plan, run(plan, tmp_path_factory.mktemp("cut")).output


def test_the_wrapper_stays_readable() -> None:
    lines = [line for line in wrapper.script().decode().splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 70


def test_shellcheck_has_nothing_to_say() -> None:
    linter = shutil.which("shellcheck") or shutil.which(str(Path(sys.executable).with_name("shellcheck")))
    if linter is None:
        pytest.skip("shellcheck is not installed: make setup")
    script = Path(wrapper.__file__).with_name("run.sh")
    checked = subprocess.run([linter, "--shell=sh", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_label_of_a_script_can_be_pasted(tmp_path: Path) -> None:
    file = tmp_path / "a.sh"
    file.write_text("true\n")
    assert shlex.split(read_script(str(file), "'x y' z").label) == ["a.sh", "x y", "z"]
