"""Command lines quoted for the shell that they are pasted into.

On Windows ``az`` is a batch file. Whatever shell it is typed into, its words are read by cmd twice, at the prompt and
in the batch file, and then by the C runtime of Python. In double quotes all of cmd's operators are ordinary, and a
double quote that is written twice is one for the C runtime and changes nothing for cmd. PowerShell hands a word on as
it stands, with quotes around it where a space lies outside of its own.

Sources: `cmd /?`; "Parsing C command-line arguments" of the Microsoft C runtime; azure-cli
doc/quoting-issues-with-powershell.md; NativeCommandParameterBinder.NeedQuotes of PowerShell.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping

POSIX, CMD, POWERSHELL = "posix", "cmd", "powershell"

_BARE_IN_CMD = re.compile(r"[A-Za-z0-9_./:@\\-]+")
#: Words that PowerShell takes for text as they are: no number, no variable, and no option with a dot, which it splits.
_BARE_IN_POWERSHELL = re.compile(r"--?[A-Za-z][A-Za-z0-9-]*|[A-Za-z/][A-Za-z0-9_./-]*|[0-9]{1,9}")
#: Of these, cmd minds none outside of quotes, and PowerShell adds quotes for the spaces.
_ORDINARY = re.compile(r"[A-Za-z0-9_./: -]*[A-Za-z0-9_./:-]")
#: What ends a text in single quotes in PowerShell.
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")


def line(words: Iterable[str], shell: str) -> str:
    """The words as one line for a shell; the first is the program."""
    quote = _QUOTES[shell]
    return " ".join(quote(word) for word in words)


def at_hand() -> str:
    """The shell that this process was started from, as far as that can be told."""
    if os.name != "nt":
        return POSIX
    from azure.cli.core.util import get_parent_proc_name

    name = (get_parent_proc_name() or "").lower()
    if name in ("powershell.exe", "pwsh.exe"):
        return POWERSHELL
    # Git Bash and the like; they set it, and cmd and PowerShell do not.
    return POSIX if os.environ.get("MSYSTEM") else CMD


def _for_cmd(word: str) -> str:
    return word if _BARE_IN_CMD.fullmatch(word) else _in_double_quotes(word)


def _for_powershell(word: str) -> str:
    if _BARE_IN_POWERSHELL.fullmatch(word):
        return word
    if _ORDINARY.fullmatch(word):
        return f"'{word}'"
    return "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", _in_double_quotes(_without_escaped_quotes(word))) + "'"


def _in_double_quotes(word: str) -> str:
    """For cmd and the C runtime. A percent sign is taken out of the quotes, where a caret keeps it from naming a
    variable; the C runtime halves the backslashes in front of a quote."""
    quoted, backslashes = '"', 0
    for character in word:
        if character in '"%':
            quoted += "\\" * backslashes + ('""' if character == '"' else '"^%"')
        else:
            quoted += character
        backslashes = backslashes + 1 if character == "\\" else 0
    return quoted + "\\" * backslashes + '"'


def _without_escaped_quotes(word: str) -> str:
    """The same JSON without a backslash in front of a quote, after which PowerShell would lose count of the quotes."""
    if '\\"' not in word:
        return word
    try:
        json.loads(word)
    except (ValueError, RecursionError):
        return word
    return re.sub(r'\\(["\\])', lambda found: f"\\u{ord(found[1]):04x}", word)


_QUOTES: Mapping[str, Callable[[str], str]] = {POSIX: shlex.quote, CMD: _for_cmd, POWERSHELL: _for_powershell}
