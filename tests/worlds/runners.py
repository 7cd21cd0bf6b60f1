"""What the runners of GitHub Actions and Azure Pipelines take for an order in the lines of a step.

Written after their sources: actions/runner `ActionCommand.cs` and `ActionCommandManager.cs`, azure-pipelines-agent
`Command.cs`. Both compare by culture, which passes over characters without a weight: modelled by taking them away.
"""

from __future__ import annotations

import re
import unicodedata

GITHUB = frozenset(
    "add-mask add-matcher add-path debug echo endgroup error group internal-set-repo-path notice remove-matcher "
    "save-state set-env set-output stop-commands warning".split()
)
#: The names of Azure's formats, which are only colours, and the word behind which its agent warns.
_AZURE = re.compile(r"##vso|##\[(?:section|command|error|warning|debug|group|endgroup)\]", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def obeyed(text: str, tokens: frozenset[str] = frozenset({"9f3c-token"})) -> list[str]:
    """The orders in a text that a step prints; ``tokens`` are those that resume stopped commands."""
    names = GITHUB | tokens
    return [
        order for line in _LINE_ENDS.split(text) for order in (*_github(_weighty(line), names), *_azure(_weighty(line)))
    ]


def _weighty(line: str) -> str:
    return "".join(
        each for each in line if unicodedata.category(each) not in ("Cf", "Mn") and (each >= " " or each == "\t")
    )


def _github(line: str, names: frozenset[str]) -> list[str]:
    line = line.lstrip()
    if line.startswith("::") and "::" in line[2:]:
        name = line[2:].partition("::")[0].split(" ")[0]
        if name.lower() in names:
            return [name]
    _, found, rest = line.partition("##[")
    name = rest.partition("]")[0].split(" ")[0] if "]" in rest else ""
    return [name] if found and name.lower() in names else []


def _azure(line: str) -> list[str]:
    return _AZURE.findall(line)
