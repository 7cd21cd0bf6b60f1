"""The sign-in of a command, begun before anything else: by the time that the rest is imported, the token is there."""

from __future__ import annotations

import contextlib
import threading
from typing import Any


def sign_in(cmd: Any) -> None:
    """Make the client that :func:`connection.connect` gives out, and ask for its token in a thread of its own.

    What goes wrong is nobody's error yet: whoever connects or sends a request meets it, and says what it means.
    """
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix import log_records

    with contextlib.ExitStack() as stack:
        stack.enter_context(log_records.redacted())
        with contextlib.suppress(Exception):
            client = clients.container_service(cmd.cli_ctx)
            asking = stack.pop_all()
            threading.Thread(target=_ask, args=(client, asking), name="sign-in", daemon=True).start()


def sign_in_to_change(cmd: Any, what_if: bool) -> None:
    """The same of a command that writes; where that is forbidden nothing is sent."""
    from azext_aksinvokefix.surface import read_only

    if what_if or not read_only.is_set(cmd.cli_ctx):
        sign_in(cmd)


def _ask(client: Any, asking: contextlib.ExitStack) -> None:
    from azext_aksinvokefix import _client_factory as clients

    with asking, contextlib.suppress(Exception):
        clients.token_of(client)
