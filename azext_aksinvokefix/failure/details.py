"""Single facts that may stand in any failure text: codes, ids, images, names."""

from __future__ import annotations

import re
from typing import Any

from .text import Text

_COMMAND_ID = re.compile(r"(?:command-|commandresults/|commandid:|command\(id:|'id':')([0-9a-f]{32})")
_EXIT = re.compile(r"(?:withexitcode|exitedwithcode|'exitcode')[:=]?(-?\d{1,6})")
_PROGRAM = re.compile(r"(?<![a-z])(?:ba|da|a|k|z)?sh:(?:line)?\d{0,6}:?([\w./+-]{1,64}):(?:command)?notfound")
_EXEC = re.compile(r"exec:'?([\w./+-]{1,64})'?:executablefilenotfound")
_IMAGE = re.compile(r"(?:pullimage|pullingimage|unpackimage)'([^']{3,512})'")
_WEBHOOK = re.compile(r"failed(?:calling|tocall)(?:admission)?webhook'([^']{1,253})'")

_CODES = (
    re.compile(r"(?<!fromserver)\(([A-Z][a-z0-9]{1,60}[A-Z][A-Za-z0-9]{0,80})\)(?=\S)"),
    re.compile(r"(?<!sub)code'?[:=]'([A-Za-z][A-Za-z0-9_]{2,100})'", re.IGNORECASE),
)
_CODE_LINE = re.compile(r"\b(?:Error ?)?Code: {0,4}([A-Z][A-Za-z0-9]{2,100})\b", re.IGNORECASE)
# Codes of the wrappers around the one that matters.
_WRAPPERS = frozenset(("DeploymentFailed", "ResourceDeploymentFailure", "ResourceOperationFailure", "Unspecified"))


def anywhere(text: Text) -> dict[str, Any]:
    """``commandId`` where the text holds one."""
    found = _COMMAND_ID.search(text.low) if text.any("command", "'id':'") else None
    return {"commandId": found.group(1)} if found else {}


def error_code(text: Text) -> str | None:
    """The service's error code: the first that is not a wrapper's, else the wrapper's."""
    codes = [found.group(1) for pattern in _CODES for found in _limited(pattern, text.dense)]
    if not codes:
        codes = [found.group(1) for found in _limited(_CODE_LINE, text.lines)]
    return next((code for code in codes if code not in _WRAPPERS), codes[0] if codes else None)


def _limited(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    found = []
    for each in pattern.finditer(text):
        found.append(each)
        if len(found) == 20:
            break
    return found


def exit_code(text: Text) -> int | None:
    """The exit code that a result or the CLI's line about it names."""
    found = _EXIT.search(text.low) if text.any("exitcode", "exitedwithcode") else None
    # In the dense form the first number of the next line would follow without a gap.
    return int(text.spaced(*found.span(1)).split()[0]) if found else None


def program(text: Text) -> str | None:
    """The program that the shell of the command's pod did not find."""
    found = (_PROGRAM.search(text.low) or _EXEC.search(text.low)) if text.any("notfound") else None
    return found.group(1) if found else None


def image(text: Text) -> dict[str, Any]:
    """The ``image`` that could not be pulled."""
    found = _IMAGE.search(text.low)
    return {"image": found.group(1)} if found else {}


def webhook(text: Text) -> dict[str, Any]:
    """The ``webhook`` that did not answer."""
    found = _WEBHOOK.search(text.low)
    return {"webhook": found.group(1)} if found else {}
