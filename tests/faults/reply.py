"""What comes back for a request: an answer, or what keeps it from coming whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reply:
    """``breaks`` is where the way fails, empty when it does not:

    - ``refused``: nobody listens, so that nothing was sent; ``tls``: the certificate is nobody's that is trusted;
    - ``reset``: the connection is cut before an answer; ``cut``: it ends orderly after half of the body, ``torn``: it
      is reset there;
    - ``trickle``: the body drips without an end;
    - ``kill``: whoever reads the body to its end is killed then.

    ``padding`` are spaces behind the body, which JSON does not mind. ``delay`` is what the service takes over it.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks: str = ""
    padding: int = 0
    delay: float = 0.0
