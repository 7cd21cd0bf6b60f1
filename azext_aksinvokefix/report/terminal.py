"""The standard streams of a command, whatever they are connected to, and questions at a terminal."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from azext_aksinvokefix.quoting import block, os_reason
from azext_aksinvokefix.report.lines import Line, Paint, as_text


def wants_object(cli_ctx: Any) -> bool:
    """Whether the user asked for an output format or a query, on the command line or in the configuration."""
    if cli_ctx.config.get("core", "output", fallback=None) or cli_ctx.invocation.data.get("query_active"):
        return True
    own = {"--out"} if _has_out(cli_ctx) else set()
    return any(
        name == "-o" or (len(name) > 3 and "--output".startswith(name) and name not in own)
        for name in cli_ctx.data.get("safe_params") or ()
    )


def _has_out(cli_ctx: Any) -> bool:
    """Whether the command has a --out of its own, which is no abbreviation of --output then."""
    commands = getattr(getattr(cli_ctx.invocation, "commands_loader", None), "command_table", {})
    command = commands.get(cli_ctx.data.get("command"))
    return command is not None and "out" in command.arguments


def columns() -> int:
    """How wide a line may be."""
    return min(shutil.get_terminal_size((100, 40)).columns, 120)


def shows_unicode(stream: TextIO) -> bool:
    return "utf" in (stream.encoding or "").lower()


def is_verbose(cli_ctx: Any) -> bool:
    """Whether --verbose or --debug was given."""
    return bool({"--verbose", "--debug"} & set(cli_ctx.data.get("safe_params") or ()))


def is_dumb() -> bool:
    """Whether the terminal says that it understands no escape sequence, as some editors and screen readers do."""
    return os.environ.get("TERM", "").lower() == "dumb"


def paint(cli_ctx: Any, stream: TextIO) -> Paint | None:
    """What colours a text by the theme of the CLI; None where there is to be no colour.

    The CLI itself looks at its configuration and at both streams; https://no-color.org is older than that setting.
    """
    wanted = getattr(cli_ctx, "enable_color", False) and stream.isatty()
    if not wanted or is_dumb() or os.environ.get("NO_COLOR"):
        return None
    from azure.cli.core.style import Style, format_styled_text

    def painted(style: str, text: str) -> str:
        return str(format_styled_text((Style(style), text)))

    return painted


def shown(lines: Sequence[Line], painter: Paint | None) -> str:
    """The lines as they are printed. What should not be there at all costs the colour, and not itself the redaction."""
    text = as_text(lines)
    safe = block(text)
    return as_text(lines, painter) if painter and safe == text else safe


def answers_yes(question: str, default: bool) -> bool:
    """The answer on the terminal; an empty one is the default, an ended input a no. Anything else is asked again."""
    explained, stop, asked = question.rpartition(". ")
    if stop:
        # What a question is about is read once; only the question itself is asked again.
        print(f"{explained}.", file=sys.stderr)
    prompt = f"{asked} ({'Y/n' if default else 'y/N'}): "
    answer = answer_among({"y": 1, "yes": 1, "n": 0, "no": 0, "": int(default)}, prompt, "Answer y or n.")
    return bool(answer)


def answer_among(meanings: Mapping[str, int], prompt: str, otherwise: str) -> int | None:
    """What an answer means, asked again with ``otherwise`` until it means something; None at the end of the input."""
    while True:
        answer = answer_to(prompt)
        if answer is None:
            return None
        if answer in meanings:
            return meanings[answer]
        print(otherwise, file=sys.stderr)


def answer_to(question: str) -> str | None:
    """One line from the terminal, in lower case; None at its end. Asked on stderr: stdout holds output."""
    print(question, end="", file=sys.stderr, flush=True)
    line = ""
    try:
        line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            # Nobody pressed Enter: what follows would stand behind the question.
            print(file=sys.stderr)
    return line.strip().lower() if line else None


def replace_closed_streams() -> None:
    """A standard stream that was closed before the start is None: what would go there goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # It stands in for the stream until the program ends.
            nowhere = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115  # pylint: disable=consider-using-with
            setattr(sys, name, nowhere)


def keep_exit_code() -> None:
    """Let a standard error that is full or gone at the end of the program cost what was not written, and no more.

    Python flushes it last of all, and exits with 120 in place of the true exit code when that fails.
    """
    atexit.unregister(_let_go_of_stderr)
    atexit.register(_let_go_of_stderr)


def _let_go_of_stderr() -> None:
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    except AttributeError:
        pass  # There is none: it was closed from the start.


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

    with _written():
        sys.stdout.flush()
        binary.write(output)
        if output and not output.endswith(b"\n") and sys.stdout.isatty():
            binary.write(b"\n")
        binary.flush()


def write_stdout(text: str) -> None:
    """Print ``text`` untouched; what the terminal's encoding cannot show is escaped, a closed pipe is no error."""
    with _written():
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


def flush_stdout() -> None:
    """Learn now whether what was printed can be written; at the end of the program nobody could be told."""
    with _written():
        sys.stdout.flush()


@contextlib.contextmanager
def _written() -> Iterator[None]:
    """A reader that went away is no error; a full disk is one, said in a line."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise not_written(error) from error


def not_written(error: OSError) -> Exception:
    """What to raise for output that could not be written. Nothing more is written, not at the end of the program."""
    from azure.cli.core.azclierror import FileOperationError

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    told: Exception = FileOperationError(
        f"The output cannot be written: {os_reason(error)}.",
        recommendation="Free some space, then get it again by its command id.",
    )
    return told
