"""How a failure text looks by the time somebody pastes it: what terminals, pipelines and other clients make of it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable

_TIME = "2026-01-01T10:11:12.1234567Z "


def _lines(text: str, prefix: str) -> str:
    return "\n".join(prefix + line for line in text.split("\n"))


def _hard(width: int) -> Callable[[str], str]:
    """A terminal's wrap: every line broken at the width, in the middle of words and ids."""

    def wrap(text: str) -> str:
        parts = (line[start : start + width] for line in text.split("\n") for start in range(0, len(line) or 1, width))
        return "\n".join(parts)

    return wrap


def _soft(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, 72, break_long_words=False, break_on_hyphens=True) for line in text.split("\n")
    )


def _quoted(text: str) -> str:
    return json.dumps({"error": {"code": "Wrapped", "message": text}})


def _go_quoted(text: str) -> str:
    """Go's encoder, which also escapes what HTML would read."""
    escaped = json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'{{"message":{escaped}}}'


def _terraform(text: str) -> str:
    body = textwrap.fill(text.replace("\n", " \n"), 76, replace_whitespace=False, break_long_words=False)
    return (
        "╷\n│ Error: creating/updating Resource\n│ \n"
        + _lines(body, "│ ")
        + "\n│ \n│   with azapi_resource_action.run,\n╵"
    )


def flattened(text: str) -> str:
    """Everything on one line. A message that ends with its paragraph cannot be told from what follows it then."""
    return " ".join(text.split())


MANGLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "az error prefix": lambda text: "ERROR: " + text,
    "az warning prefix": lambda text: "WARNING: " + text,
    "pipeline times": lambda text: _lines(text, _TIME),
    "pipeline error mark": lambda text: _lines(text, _TIME + "##[error]"),
    "github error mark": lambda text: "::error file=deploy.sh,line=3::" + text,
    "stderr mark": lambda text: _lines(text, "[stderr] "),
    "date and time": lambda text: _lines(text, "[2026-01-01 10:11:12,345] "),
    "GitLab times": lambda text: _lines(text, "2026-01-01T10:11:12.123456Z 01E "),
    "Jenkins times": lambda text: _lines(text, "[2026-01-01T10:11:12.123Z] "),
    "Jenkins clock": lambda text: _lines(text, "10:11:12  "),
    "TeamCity": lambda text: _lines(text, "[10:11:12]W:\t "),
    "indented": lambda text: _lines(text, "        "),
    "HTML with numbers": lambda text: text.replace("'", "&#39;").replace('"', "&#34;"),
    "command echo": lambda text: "+ az aks command invoke -g rg1 -n c1 --command 'kubectl get pods'\n" + text,
    "runner around it": lambda text: (
        "##[section]Starting: Deploy\n##[group]Run az\n" + text + "\n##[error]Script failed with exit code: 1\n"
    ),
    "colours": lambda text: "\x1b[91m\x1b[1m" + text.replace(" ", "\x1b[0m \x1b[91m") + "\x1b[0m",
    "title and link escapes": lambda text: "\x1b]0;az\x07\x1b]8;;https://aka.ms\x1b\\" + text + "\x1b]8;;\x1b\\",
    "windows line ends": lambda text: text.replace("\n", "\r\n") + "\r\n",
    "wrapped at 80": _hard(80),
    "wrapped at 61": _hard(61),
    "wrapped at words": _soft,
    "prefix and wrapped": lambda text: _hard(100)("ERROR: " + text),
    "JSON": _quoted,
    "JSON in JSON": lambda text: _quoted(_quoted(text)),
    "JSON three deep": lambda text: _quoted(_quoted(_quoted(text))),
    "JSON indented": lambda text: json.dumps({"error": {"message": text}}, indent=2),
    "JSON wrapped": lambda text: _hard(80)(_quoted(text)),
    "JSON from Go": _go_quoted,
    "flat provider body": lambda text: json.dumps({"code": "Wrapped", "details": None, "message": text, "subcode": ""}),
    "python bytes": lambda text: repr(text.encode()),
    "PowerShell": lambda text: (
        f"Invoke-AzAksRunCommand : {text}\nAt line:1 char:1\n+ Invoke-AzAksRunCommand -Name c1\n"
    ),
    "Terraform": _terraform,
    "azapi": lambda text: (
        "│ Error: Failed to perform action\n│ \n│ RESPONSE 400: 400 Bad Request\n│ " + _lines(text, "│ ")
    ),
    "HTML": lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
    "typographic quotes": lambda text: text.replace('"', "\u201d").replace("'", "\u2019"),
    "quoted reply": lambda text: _lines(text, "> "),
    "byte order mark": lambda text: "\ufeff" + text,
    "UTF-16 read as bytes": lambda text: "".join(each + "\0" for each in text),
    "no-break spaces": lambda text: text.replace(" ", "\xa0"),
    "quoted for a shell": lambda text: text.replace("'", "'\\''"),
    "printed twice": lambda text: text + "\n" + text,
    "after a log": lambda text: "Running az aks command invoke\n" * 50 + text,
    "spinner": lambda text: "\\ Running ..\r| Running ..\r\x1b[K" + text,
}
