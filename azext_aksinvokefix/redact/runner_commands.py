"""Pipeline runners read orders from the lines that a step prints; a text from a cluster must not give any.

Read from their sources (actions/runner `ActionCommand.cs`, azure-pipelines-agent `Command.cs`):

- GitHub's runner obeys ``::name …::data`` at the start of a line behind any white space, and the older ``##[name]data``
  anywhere in a line.
- Azure's agent obeys ``##vso[area.event …]data`` anywhere in a line, and colours lines by ``##[name]``.
- Both search by the rules of a culture, which pass over characters that have no weight: a zero-width space between the
  two signs does not keep an order from being one. A visible space does.
"""

from __future__ import annotations

import re

# Characters without a weight of their own in Unicode's default collation.
_IGNORED = (
    "\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
_GAP = f"[{_IGNORED}]*"
# The name that follows makes it an order: `::1` and `::ffff:10.0.0.1` are addresses. Text is wrapped before it is
# printed, so that every start of a word may come to stand at the start of a line.
_AT_START = re.compile(f"(?<![^\\s{_IGNORED}]):{_GAP}:(?={_GAP}(?:[A-Za-z][\\w-]*(?:\\s|$)|[^\\s:]+::))")
_ANYWHERE = re.compile(f"#{_GAP}#(?={_GAP}(?:\\[|v{_GAP}s{_GAP}o))", re.IGNORECASE)


def harmless(text: str) -> str:
    """``text`` with a space inside of what would be an order, otherwise untouched. Idempotent, linear.

    >>> harmless("##vso[task.complete]")
    '# #vso[task.complete]'
    """
    if "#" in text:
        text = _ANYWHERE.sub("# #", text)
    return _AT_START.sub(": :", text) if ":" in text else text
