"""The placeholders given so far, and the secrets known by value."""

from __future__ import annotations

import re
import threading

PLACEHOLDER = re.compile(r"\[(?:secret|token|key)-\d+\]")


class Vault:
    """One for the process; any thread may use it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        #: The longest first: one may hold another.
        self._known: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def name(self, kind: str, secret: str) -> str:
        """The placeholder of ``secret``, always the same one."""
        if PLACEHOLDER.fullmatch(secret):
            return secret
        with self._lock:
            return self._names.setdefault(secret, f"[{kind}-{len(self._names) + 1}]")

    def register(self, secret: str) -> None:
        if len(secret) >= 8:
            with self._lock:
                self._known = tuple(sorted({*self._known, secret}, key=len, reverse=True))

    def known(self) -> tuple[str, ...]:
        return self._known


VAULT = Vault()
