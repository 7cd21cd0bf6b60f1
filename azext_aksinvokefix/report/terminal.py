"""The standard streams of a command, whatever they are connected to, and questions at a terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any, TextIO


def wants_object(cli_ctx: Any) -> bool:
    """Whether the user asked for an output format or a query, on the command line or in the configuration."""
    if cli_ctx.config.get("core", "output", fallback=None) or cli_ctx.invocation.data.get("query_active"):
        return True
    return any(
        name == "-o" or (len(name) > 3 and "--output".startswith(name))
        for name in cli_ctx.data.get("safe_params") or ()
    )


def columns() -> int:
    """How wide a line may be."""
    return min(shutil.get_terminal_size((100, 40)).columns, 120)


def shows_unicode(stream: TextIO) -> bool:
    return "utf" in (stream.encoding or "").lower()


def answers_yes(question: str, default: bool) -> bool:
    """The answer on the terminal; an empty one is the default, an ended input a no."""
    answer = answer_to(question)
    return answer in (("", "y", "yes") if default else ("y", "yes"))


def answer_to(question: str) -> str:
    """One line from the terminal, in lower case. Asked on stderr: stdout holds output."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip().lower() if line else "no"


def replace_closed_streams() -> None:
    """A standard stream that was closed before the start is None: what would go there goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # It stands in for the stream until the program ends.
            nowhere = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115  # pylint: disable=consider-using-with
            setattr(sys, name, nowhere)


def write_stderr(text: str) -> None:
    """Print ``text``, which holds no secret and no escape sequence; nobody listening is no reason to stop a change."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def ended_line(text: str) -> str:
    """``text``; at a terminal with the newline without which the prompt would stand behind it."""
    return text + "\n" if text and not text.endswith("\n") and sys.stdout.isatty() else text


def write_bytes(output: bytes) -> None:
    """Print bytes as they are, which no encoding of the terminal may change."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        write_stdout(ended_line(output.decode("utf-8", "replace")))
        return

    def write() -> None:
        sys.stdout.flush()
        binary.write(output)
        if output and not output.endswith(b"\n") and sys.stdout.isatty():
            binary.write(b"\n")
        binary.flush()

    _surviving(write)


def write_stdout(text: str) -> None:
    """Print ``text`` untouched; what the terminal's encoding cannot show is escaped, a closed pipe is no error."""

    def write() -> None:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()

    _surviving(write)


def _surviving(write: Callable[[], None]) -> None:
    """Nobody reading on is no error; no room for the output is one with a way out."""
    try:
        write()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        from azure.cli.core.azclierror import FileOperationError

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise FileOperationError(
            f"The output cannot be written: {error.strerror or error}.",
            recommendation="Make room, then ask for it again by the command id.",
        ) from error
