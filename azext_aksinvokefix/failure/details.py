"""Single facts that may stand in any failure text: codes, ids, images, names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

# One pattern a form: each begins with a fixed word, which is what makes a search fast.
_COMMAND_IDS = tuple(
    Pattern(form + "([0-9a-f]{32})")
    for form in ("command-", "commandresults/", "commandid:", r"command\(id:", "'id':'")
)
_EXIT = Pattern(r"(?:withexitcode|exitedwithcode|'exitcode')[:=]?(-?\d{1,6})")
# In the lines: without white space the shell's name would stick to the word before it.
_PROGRAM = Pattern(
    r"\b(?:ba|da|a|k|z)?sh:\s{0,4}(?:line\s{1,4})?(?:\d{1,6}:\s{0,4})?"
    r"([\w./+-]{1,64}):\s{0,4}(?:command\s{1,4})?not\s{1,4}found"
)
_EXEC = Pattern(r"exec:'?([\w./+-]{1,64})'?:executablefilenotfound")
_IMAGE = Pattern(r"(?:pullimage|pullingimage|unpackimage)'([^']{3,512})'")
_WEBHOOK = Pattern(r"failed(?:calling|tocall)(?:admission)?webhook'([^']{1,253})'")

_PAREN_CODE = Pattern(r"\(([A-Z][a-z0-9]{1,60}[A-Z][A-Za-z0-9]{0,80})\)(?=\S)")
_QUOTED_CODE = Pattern(r"(?i)code'?[:=]'([A-Za-z][A-Za-z0-9_]{2,100})'")
_CODE_LINE = Pattern(r"(?i)\b(?:Error ?)?Code: {0,4}([A-Z][A-Za-z0-9]{2,100})\b")
_MOST = 20
# Codes of the wrappers around the one that matters.
_WRAPPERS = frozenset(("DeploymentFailed", "ResourceDeploymentFailure", "ResourceOperationFailure", "Unspecified"))


def anywhere(text: Text) -> dict[str, Any]:
    """``commandId`` where the text holds one."""
    for pattern in _COMMAND_IDS:
        found = pattern.search(text.low)
        if found:
            return {"commandId": found.group(1)}
    return {}


def error_code(text: Text) -> str | None:
    """The service's error code: the first that is not a wrapper's, else the wrapper's."""
    codes = list(_codes(text))
    return next((code for code in codes if code not in _WRAPPERS), codes[0] if codes else None)


def _codes(text: Text) -> Iterator[str]:
    """``(Code) …`` as the CLI writes it, else JSON's ``"code": "…"``, else a line ``Code: …``."""
    for found in islice(_PAREN_CODE.finditer(text.dense), _MOST):
        # kubectl's "Error from server (NotFound)" names a reason, not a code of the service.
        if not text.dense.endswith("server", 0, found.start()):
            yield found.group(1)
    if text.any("code'", "code="):
        yield from (found.group(1) for found in islice(_QUOTED_CODE.finditer(text.dense), _MOST))
    if text.any("code:"):
        yield from (found.group(1) for found in islice(_CODE_LINE.finditer(text.lines), _MOST))


def exit_code(text: Text) -> int | None:
    """The exit code that a result or the CLI's line about it names."""
    found = _EXIT.search(text.low) if text.any("exitcode", "exitedwithcode") else None
    # In the dense form the first number of the next line would follow without a gap.
    return int(text.written(*found.span(1)).split()[0]) if found else None


def program(text: Text) -> str | None:
    """The program that the shell of the command's pod did not find."""
    found = (_PROGRAM.search(text.lines) or _EXEC.search(text.low)) if text.any("notfound") else None
    return found.group(1) if found else None


def image(text: Text) -> dict[str, Any]:
    """The ``image`` that could not be pulled."""
    found = _IMAGE.search(text.low)
    return {"image": found.group(1)} if found else {}


def webhook(text: Text) -> dict[str, Any]:
    """The ``webhook`` that did not answer."""
    found = _WEBHOOK.search(text.low)
    return {"webhook": found.group(1)} if found else {}
