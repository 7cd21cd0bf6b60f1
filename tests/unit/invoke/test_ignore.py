"""Ignore files mean what they mean to git, and no line of one is slow."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from azext_aksinvokefix.invoke.ignore import Rules, SlowError

_PIECES = [
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-b]",
    "\\*",
    "\\a",
    ".",
    "[[:alpha:]]",
    "[]a]",
    "[a-]",
    "c ",
]
_NAMES = ["a", "b", "ab", "ba", "a.b", "*", "c", "c ", "A", "1", "]", "-", "abc"]


def _lines(dice: random.Random) -> Iterator[str]:
    for _ in range(dice.randint(1, 4)):
        segments = ["".join(dice.choice(_PIECES) for _ in range(dice.randint(1, 3))) for _ in range(dice.randint(1, 3))]
        head = dice.choice(["", "", "", "/", "**/", "!", "\\!", "#", "\\#"])
        yield head + "/".join(segments) + dice.choice(["", "", "/", "/**", "/*", " ", "\\ ", "\\"])


def _paths(dice: random.Random) -> list[str]:
    return sorted({"/".join(dice.choice(_NAMES) for _ in range(dice.randint(1, 4))) for _ in range(12)})


def _left_out(rules: Rules, path: str) -> bool:
    """A file is left out by itself or with a folder on the way to it."""
    parts = path.split("/")
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return any(rules.leaves_out(each, is_folder=True) for each in folders) or rules.leaves_out(path, is_folder=False)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to compare with")
def test_a_file_is_left_out_exactly_where_git_ignores_it(tmp_path: Path) -> None:
    dice = random.Random(11)
    git = ["git", "-c", "core.ignoreCase=false", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    wrong = []
    for _ in range(300):
        lines, paths = list(_lines(dice)), _paths(dice)
        (tmp_path / ".gitignore").write_text("\n".join(lines) + "\n")
        asked = subprocess.run(
            [*git, "check-ignore", "--no-index", "-z", "--stdin"],
            input="\0".join(paths),
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode in (0, 1), asked.stderr
        ignored = set(asked.stdout.split("\0")) - {""}
        rules = Rules(lines)
        wrong += [(lines, path, path in ignored) for path in paths if _left_out(rules, path) != (path in ignored)]
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"


@pytest.mark.parametrize("star", ["*a", "?*", "**/", "[ab]*", "a*/", "*"])
def test_no_pattern_takes_long(star: str) -> None:
    rules = Rules([star * 60 + "z"])
    path = "/".join(["a" * 250] * 12)
    began = time.process_time()
    rules.leaves_out(path, is_folder=False)
    assert time.process_time() - began < 1


def test_many_slow_patterns_end_by_themselves() -> None:
    rules = Rules([f"{'?*' * 400}{number}" for number in range(900)], patience=0.2)
    began = time.process_time()
    with pytest.raises(SlowError):
        for _ in range(1_000):
            rules.leaves_out("a" * 250, is_folder=False)
    assert time.process_time() - began < 3
