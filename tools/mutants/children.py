"""Work in a forked process, which starts with all that was imported and leaves nothing behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

#: A fault may also be one that takes all the memory there is. What the tests load reserves 6 GiB and uses little of it.
_MEMORY = 12 << 30


@dataclass(frozen=True)
class Ended:
    """``value`` is what the work returned, made JSON; None of a process that did not live to its end."""

    value: Any
    timed_out: bool


def in_child(work: Callable[[], Any], *, apart: bool = True) -> Ended:
    """What ``work`` came to. All that it started ends with it if it is ``apart``; if not, Ctrl-C ends it as well."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer:
        child = os.fork()
        if child == 0:
            _work(work, answer, apart)
        try:
            _, status = os.waitpid(child, 0)
        finally:
            # Also what the tests started and left.
            if apart:
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
        answer.seek(0)
        text = answer.read()
    timed_out = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
    return Ended(json.loads(text) if text else None, timed_out)


def limit(seconds: float) -> None:
    """End this process if it does not set another limit within ``seconds``."""
    # The signal's own action, not a handler: a handler would wait for a regular expression to come to its end.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _work(work: Callable[[], Any], answer: Any, apart: bool) -> None:
    try:
        if apart:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        text = json.dumps(work())
        signal.setitimer(signal.ITIMER_REAL, 0)
        answer.write(text)
        answer.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
