"""A printed line means the same words in the shell that it is pasted into."""

from __future__ import annotations

import json
import os
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import quoting, shells
from azext_aksinvokefix.cluster import Target
from tests.unit.test_quoting import METACHARACTERS
from tests.unit.windows import of_the_runtime, typed_into_cmd, typed_into_powershell

JSON_LIST = '["kube-system", "aks-command"]'
PARSERS = {
    shells.POSIX: lambda line: shlex.split(line)[1:],
    shells.CMD: typed_into_cmd,
    shells.POWERSHELL: typed_into_powershell,
}
WORDS = [
    *METACHARACTERS,
    JSON_LIST,
    f"parameters.excludedNamespaces.value={JSON_LIST}",
    "kubectl get pods -A",
    "kubectl get pods -o jsonpath='{.items[0].metadata.name}'",
    "/subscriptions/5ca1ab1e-0000-4000-8000-00000000c0de/resourceGroups/rg 1",
    "5ca1ab1e-0000-4000-8000-00000000c0de",
    "/a?b=c&d=e",
    "100%",
    "%PATH%",
    "%A B%",
    '"%PATH%"',
    "a^b",
    "C:\\Users\\ada lovelace\\",
    "back\\slash",
    "--query=a.b",
    "-a.b",
    "@file",
    "$HOME",
    "1e5",
    "0x10",
    "it’s",
    "a,b;c=d",
    "é",
]
#: PowerShell loses count of quotes behind a backslash; in JSON such a quote is written in another way.
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], include_characters=" "))


@pytest.mark.parametrize("shell", PARSERS)
@pytest.mark.parametrize("word", WORDS)
def test_every_word_arrives_as_it_was(shell: str, word: str) -> None:
    words = ["aks", "start", "--name", word, "--after"]
    assert PARSERS[shell](shells.line(["az", *words], shell)) == words


@pytest.mark.parametrize("shell", PARSERS)
@given(words=st.lists(PLAIN.filter(lambda word: '\\"' not in word), min_size=1, max_size=4))
def test_any_words_arrive_as_they_were(shell: str, words: list[str]) -> None:
    assert PARSERS[shell](shells.line(["az", *words], shell)) == words


@given(words=st.lists(PLAIN, min_size=1, max_size=4))
def test_in_cmd_so_do_words_with_a_backslash_before_a_quote(words: list[str]) -> None:
    assert typed_into_cmd(shells.line(["az", *words], shells.CMD)) == words


@pytest.mark.parametrize("value", [{"a": 'say "hi" now'}, {"a\\": "b\\"}, ['\\"', "c d"], {"e": "x\\ y & z"}])
def test_in_powershell_json_with_such_a_quote_means_the_same(value: dict[str, str] | list[str]) -> None:
    [word] = typed_into_powershell(shells.line(["az", json.dumps(value)], shells.POWERSHELL))
    assert json.loads(word) == value


@pytest.mark.parametrize("shell", PARSERS)
def test_what_needs_no_quotes_gets_none(shell: str) -> None:
    line = "az aks nodepool scale -g rg1 --cluster-name c1 --node-count 2"
    assert shells.line(line.split(), shell) == line


def test_a_line_is_readable_in_each_shell() -> None:
    words = ["az", "x", "-c", "kubectl get pods", "--set", f"a={JSON_LIST}"]
    assert shells.line(words, shells.CMD) == 'az x -c "kubectl get pods" --set "a=[""kube-system"", ""aks-command""]"'
    assert shells.line(words, shells.POWERSHELL) == (
        'az x -c \'kubectl get pods\' --set \'"a=[""kube-system"", ""aks-command""]"\''
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('a "b c" d', ["a", "b c", "d"]),
        (r"a\\\"b", ['a\\"b']),
        ('"a""b"', ['a"b']),
        (r'"a\\" b', ["a\\", "b"]),
        ('""', [""]),
    ],
)
def test_the_rules_of_the_runtime_are_read_as_they_are_documented(line: str, words: list[str]) -> None:
    assert of_the_runtime(line) == words


@pytest.mark.parametrize(
    ("system", "parent", "environment", "shell"),
    [
        ("posix", "pwsh", {}, shells.POSIX),
        ("nt", "powershell.exe", {}, shells.POWERSHELL),
        ("nt", "pwsh.exe", {"MSYSTEM": "MINGW64"}, shells.POWERSHELL),
        ("nt", "cmd.exe", {}, shells.CMD),
        ("nt", None, {}, shells.CMD),
        ("nt", "bash.exe", {"MSYSTEM": "MINGW64"}, shells.POSIX),
    ],
)
def test_the_shell_at_hand_is_told_by_the_process_that_started_az(
    monkeypatch: pytest.MonkeyPatch, system: str, parent: str | None, environment: dict[str, str], shell: str
) -> None:
    monkeypatch.setattr("azure.cli.core.util.get_parent_proc_name", lambda: parent)
    monkeypatch.delenv("MSYSTEM", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "name", system)
    found = shells.at_hand()
    monkeypatch.undo()
    assert found == shell


def test_every_printed_line_follows_the_shell_that_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quoting._AT_HAND, "shell", shells.POSIX)
    where = Target.named("5ca1ab1e", "my group", "c1")
    assert "'my group'" in where.invoke_fix("repair")
    quoting.print_for(shells.CMD)
    assert '"my group"' in where.invoke_fix("repair") and quoting.line("kubectl", "a b") == 'kubectl "a b"'
