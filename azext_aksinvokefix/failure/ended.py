"""How the command in the cluster ended, as its own result tells it in whatever notation it was printed.

Only three things say that: the CLI's line ``command started at …, finished at … with exitcode=N``, a result object, and
a line of this extension. What a runner, a shell or a build tool says about an exit code is about `az`, not about the
command; those lines speak of an "exit code" in prose, while a result has a member of that name beside its other ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_NUMBER = r"(-?\d{1,6})"
#: ``…+00:00 with exitcode=1``; a text that was cut may begin with it.
_CLI = Pattern(r"(?:^|[\dz]|none)withexitcode=" + _NUMBER)
_OURS = Pattern(r"thecommand(?:ranand)?exitedwith" + _NUMBER)
#: The member as ARM orders it, which tells a result from what stands in its logs.
_ARM = Pattern(r"'provisioningstate':'succeeded','exitcode':" + _NUMBER)
#: Of JSON however its lines are broken, and of YAML, a Python object and a PowerShell list as they are written.
_JSON = Pattern(r"'exit_?code':" + _NUMBER)
_MEMBER = Pattern(r"(?i)(?<![A-Za-z_$-])exit_?code['\"]?[ \t]{0,32}[:=][ \t]{0,8}" + _NUMBER + r"\b")
#: ``-o table`` puts the number under its heading, ``-o tsv`` before the finish time and the id.
_TABLE = Pattern(r"(?i)\bexit\s?code\s{1,64}logs\s{1,64}-[-\s]{8,2000}?" + _NUMBER + r"\b")
_ROW = Pattern(
    r"(?<![\w.:+-])" + _NUMBER + r"\s{1,8}\d{4}-\d\d-\d\d[Tt ][\d:.]{8,18}\S{0,6}\s{1,8}[0-9a-fA-F]{32}(?!\S)"
)
#: What a result has and a container's status in its logs has not.
_BESIDES = ("provisioningstate", "provisioning_state", "'logs':", "logs:", "'commandid'")
_ID = Pattern(r"'?id'?:'?[0-9a-f]{32}(?![0-9a-f])")
_STATE = Pattern(r"provisioning_?state'?[:=]'?(?:[a-z]{1,40}\.)?(succeeded|failed|running)")
_FAILED_ROW = Pattern(r"provisioningstatereason-{8,}failed")
_SILENT = Pattern(r"reason'?[:=](?:null|none|''|(?=[,}]|startedat|resourcegroup|\Z))")
_MOST = 50


def exit_code(text: Text) -> int | None:
    """The exit code of the command that ran; of several commands that of the last one which failed."""
    codes = list(_codes(text))
    return next((code for code in reversed(codes) if code), codes[0] if codes else None)


def state(text: Text) -> str:
    """``succeeded``, ``failed`` or ``running`` where a result object says so; empty elsewhere."""
    if not text.any("provisioningstate", "provisioning_state"):
        return ""
    found = _STATE.search(text.low)
    return found.group(1) if found else ""


def succeeded(text: Text) -> bool:
    """True when the command ran to its end and its exit code is 0: there is nothing to repair or to repeat."""
    return exit_code(text) == 0


def is_result(text: Text) -> bool:
    """True for the result object of a command that ran, also one that was cut off before its exit code."""
    if exit_code(text) is not None:
        return True
    return text.any("'logs':", "logs:") and text.has("startedat") and state(text) == "succeeded"


def without_reason(text: Text) -> bool:
    """True for a result object that says that the run failed, and not why."""
    if state(text) == "failed" and text.has("startedat"):
        return _SILENT.search(text.low) is not None
    return (
        text.has("provisioningstatereason")
        and (found := _FAILED_ROW.search(text.low)) is not None
        and (found.end() == len(text.low) or text.low.startswith("none", found.end()))
    )


def _codes(text: Text) -> Iterator[int]:
    if not text.any("exitcode", "exit_code", "exitedwith", "succeeded"):
        return
    said = [*_numbers(text, _CLI), *_numbers(text, _OURS)]
    yield from said
    if said:
        return
    for pattern in (_ARM, _JSON) if _is_object(text) else ():
        found = _numbers(text, pattern)
        if found:
            yield found[-1] if pattern is _ARM else found[0]
            return
    for pattern in (*((_MEMBER,) if _is_object(text) else ()), _TABLE, _ROW):
        match = pattern.search(text.lines)
        if match:
            yield int(match.group(1))
            return


def _is_object(text: Text) -> bool:
    return text.any(*_BESIDES) or _ID.search(text.low) is not None


def _numbers(text: Text, pattern: Pattern) -> list[int]:
    # In the dense form the first number of the next line would follow without a gap.
    spans = [found.span(1) for found in islice(pattern.finditer(text.low), _MOST)]
    return [int(text.written(*span).split()[0]) for span in spans]
