"""A line for every request with --verbose: what was asked, what came of it, and how long that took."""

from __future__ import annotations

import logging
import time
from urllib.parse import parse_qs, urlsplit

#: A child of the CLI's own logger, which --verbose shows at this level.
_LOGGER = logging.getLogger("cli").getChild(__name__)


def tell(method: str, url: str, outcome: int | str, begun: float) -> None:
    """``outcome`` is the status, or why there is none; ``begun`` a value of ``time.monotonic``. Of the query only the
    version is shown: the rest may hold anything."""
    if not _LOGGER.isEnabledFor(logging.INFO):
        return
    from azext_aksinvokefix.quoting import one_line

    target = urlsplit(url)
    version = parse_qs(target.query).get("api-version", [""])[0]
    path = target.path + (f"?api-version={version}" if version else "")
    taken = round((time.monotonic() - begun) * 1000)
    _LOGGER.info("%s", one_line(f"{method} {target.hostname or ''}{path} -> {outcome} in {taken} ms"))
