"""The rest of an output that the service cut: read from the log of the command pod, which stays for minutes.

Each page is a run command of its own that only reads. It needs get on pods/log in aks-command, and `tail` in the image,
which is assumed. A page ends where the service cuts it, and the next one begins there.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

from azext_aksinvokefix.cluster import LOG_LIMIT

MOST_PAGES = 16
_REPLACED = "\ufffd".encode()


def command(command_id: str, offset: int) -> str:
    """Prints the log of a command pod from byte ``offset`` on; nothing where it may not be read."""
    pod = shlex.quote(f"command-{command_id}")
    return f"kubectl logs --namespace aks-command {pod} 2>/dev/null | tail -c +{offset + 1}"


def whole(begun: bytes, read: Callable[[int], bytes | None], is_whole: Callable[[bytes], bool]) -> bytes:
    """``begun`` with what follows it, until it is whole, a page cannot be had, or there were too many.

    ``read(offset)`` gives the page at a byte of the log, None where it cannot.
    """
    output = begun
    for page in range(1, MOST_PAGES + 1):
        if is_whole(output):
            return output
        # A byte that was replaced makes three of one: then only the service's own limit tells how far it came.
        offset = page * LOG_LIMIT if _REPLACED in output else len(output)
        following = read(offset)
        if not following:
            return output
        output += following
    return output
