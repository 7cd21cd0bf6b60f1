"""The CLI's credential, asked once for everybody: requests that begin side by side take the same token.

The policy of azure-core that signs requests keeps its token for one pipeline and takes no lock: of fourteen requests at
once each asks for a token of its own, and a managed identity or Cloud Shell answers each of them over the network.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, wait
from typing import Any

#: Seconds before its end at which a token is renewed, as azure-core does where the token does not say itself.
RENEWED_BEFORE = 300.0
#: Seconds for which one waits for what somebody else asked for: that may hang, and another try need not.
PATIENCE = 10.0

_Key = Hashable


class SharedCredential:
    """A credential of azure-core around another one. Any number of threads may use it.

    A token is kept for its scopes, tenant and whatever else it was asked for with. It is asked for anew when it is
    about to expire, when a request was refused with it (:meth:`forget`), and for every challenge for claims, whose
    token then takes the place of the one without. An error goes to whoever waited for it and is not kept.
    """

    def __init__(self, credential: Any) -> None:
        self._credential = credential
        self._lock = threading.Lock()
        self._kept: dict[_Key, Any] = {}
        self._asked: dict[_Key, Future[Any]] = {}

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """An AccessToken, by azure-core's older protocol."""
        return self._token(("get_token", scopes), options, lambda: self._credential.get_token(*scopes, **options))

    def __getattr__(self, name: str) -> Any:
        """What the credential has beside that; the newer protocol only where it has it, for who sees it uses it."""
        found = getattr(self._credential, name)
        return self._get_token_info if name == "get_token_info" else found

    def _get_token_info(self, *scopes: str, options: Mapping[str, Any] | None = None) -> Any:
        """An AccessTokenInfo, by the newer protocol."""
        ask = self._credential.get_token_info
        return self._token(("get_token_info", scopes), options or {}, lambda: ask(*scopes, options=options))

    def raw(self, *scopes: str) -> str:
        """The token itself, as it is asked for when a request is signed."""
        info = getattr(self, "get_token_info", None)
        return str((info(*scopes, options={}) if info else self.get_token(*scopes)).token)

    def forget(self, token: str) -> None:
        """A request with this token was refused as not signed in."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.token != token}

    def _token(self, what: _Key, options: Mapping[str, Any], ask: Callable[[], Any]) -> Any:
        claims = options.get("claims")
        kept_as = (what, repr(sorted((name, value) for name, value in options.items() if name != "claims")))
        asked_as = (kept_as, claims)
        mine: Future[Any] = Future()
        while True:
            with self._lock:
                # A challenge refuses the token that is there.
                kept = self._kept.pop(kept_as, None) if claims else self._kept.get(kept_as)
                if kept is not None and not claims and not is_due(kept, time.time()):
                    return kept
                first = self._asked.setdefault(asked_as, mine)
            if first is mine:
                return self._asked_for(mine, kept_as, asked_as, ask)
            if wait([first], PATIENCE).done:
                return first.result()
            self._end(first, asked_as)

    def _asked_for(self, mine: Future[Any], kept_as: _Key, asked_as: _Key, ask: Callable[[], Any]) -> Any:
        """Ask, and let everybody know who waits for it."""
        try:
            token = ask()
        except BaseException as error:
            self._end(mine, asked_as)
            mine.set_exception(error)
            raise
        with self._lock:
            self._kept[kept_as] = token
        self._end(mine, asked_as)
        mine.set_result(token)
        return token

    def _end(self, asking: Future[Any], asked_as: _Key) -> None:
        """Whoever comes from now on asks anew."""
        with self._lock:
            if self._asked.get(asked_as) is asking:
                del self._asked[asked_as]


def is_due(token: Any, now: float) -> bool:
    """Whether a token is to be renewed, by the rules of azure-core without its random delay: what it takes to be due
    is due here as well."""
    if token.expires_on <= now:
        return True
    renewed_from = getattr(token, "refresh_on", None)
    if renewed_from:
        return bool(renewed_from <= now)
    return bool(token.expires_on - now < RENEWED_BEFORE)
