"""Which program a shell did not find, and whose shell that was: the command pod's or the caller's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_NAME = r"([\w./+-]{1,64})"
# In the lines: without white space the shell's name would stick to the word before it.
_SHELL = Pattern(
    r"(?i)(?P<before>[^\s'\"]{0,200})\b(?:ba|da|a|k)?sh:\s{0,4}(?:line\s{1,4})?(?:\d{1,6}:\s{0,4})?"
    + _NAME
    + r":\s{0,4}(?:command\s{1,4})?not\s{1,4}found"
)
_BARE = Pattern(r"(?i)(?<![\w./+-])" + _NAME + r":{1,2}\s{0,4}command\s{1,4}not\s{1,4}found")
_EXEC = Pattern(r"exec:'?" + _NAME + r"'?:executablefilenotfound(?:in(.))?")
#: Shells and runners that no command pod has: cmd.exe, PowerShell, zsh, fish, the actions toolkit.
_QUOTED = (
    Pattern(r"'([^']{1,64})'isnotrecognizedasaninternalorexternalcommand"),
    Pattern(r"theterm'([^']{1,64})'isnotrecognized"),
)
_LAST = Pattern(
    r"(?i)(?:zsh:\s{0,4}(?:\d{1,6}:\s{0,4})?command\s{1,4}not\s{1,4}found:|fish:\s{1,4}unknown\s{1,4}command:"
    r"|unable\s{1,4}to\s{1,4}locate\s{1,4}executable\s{1,4}file:)\s{0,4}'?([\w+-]{1,64})"
)
_TELLS = ("notfound", "isnotrecognized", "unknowncommand", "unabletolocateexecutablefile")
#: What a caller runs on their own machine, and what the image of the command pod always has.
_CALLERS = frozenset({"az", "kubelogin", "pwsh", "powershell", "terraform", "gh", "docker"})
_IN_THE_IMAGE = frozenset({"kubectl", "helm", "jq", "xargs", "grep", "awk", "kustomize"})
_PODS_FOLDER = "/command-files/"
_SYSTEM = ("/bin/", "/usr/bin/", "/usr/local/bin/")
_WINDOWS = re.compile(r"^[A-Za-z]:[\\/]")


@dataclass(frozen=True)
class Missing:
    """``here``: it was the caller's own shell; else it is open which, or the command's result says that it ran."""

    name: str | None
    here: bool = False


def find(text: Text, *, ran: bool) -> Missing | None:
    """The program that was not found. ``ran`` says that a result proves the text to be a command's output."""
    if not text.any(*_TELLS):
        return None
    elsewhere = next((found for found in (pattern.search(text.low) for pattern in _QUOTED) if found), None)
    elsewhere = elsewhere or _LAST.search(text.lines)
    if elsewhere:
        return Missing(elsewhere.group(1), here=True)
    shell = _SHELL.search(text.lines) if text.has("sh:") else None
    if shell:
        return Missing(shell.group(2), _is_runners(shell.group("before")) or _is_callers(shell.group(2), ran))
    run = _EXEC.search(text.low)
    if run:
        return Missing(run.group(1), run.group(2) == "%" or _is_callers(run.group(1), ran))
    if not text.has("commandnotfound"):
        return None
    bare = _BARE.search(text.lines)
    return Missing(bare.group(1), _is_callers(bare.group(1), ran)) if bare else Missing(None)


def _is_callers(name: str, ran: bool) -> bool:
    return not ran and name.rpartition("/")[2].lower() in _CALLERS | _IN_THE_IMAGE


def _is_runners(path: str) -> bool:
    """Whether the script that missed it lies on the caller's machine; a login shell writes ``-bash``."""
    if path == "-":
        return True
    if _WINDOWS.match(path):
        return True
    return path.startswith("/") and not path.lower().startswith((_PODS_FOLDER, *_SYSTEM))
