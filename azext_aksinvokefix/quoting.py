"""Command lines that work when pasted, and text that is safe to print: what a service says is hostile."""

from __future__ import annotations

import re
from typing import Any

from azext_aksinvokefix import shells
from azext_aksinvokefix.redact import redact
from azext_aksinvokefix.redact.runner_commands import harmless

# CSI and OSC sequences, any other escape, the C0 and C1 controls except tab and newline, and the controls that reorder
# text. An OSC body goes only with its terminator: a stray ESC ] must not swallow the text behind it.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|\x1b\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]{0,4}[0-~]?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


#: A process has one shell, and lines are worked out far from where it starts.
_AT_HAND = {"shell": shells.POSIX}


def plain(text: str) -> str:
    """``text`` without terminal escapes and control characters; line ends become ``\\n``. Idempotent, linear."""
    # Nothing that goes is printable, and most texts have nothing else. What az makes of a default is a kind of str that
    # its printer shows as an object.
    if text.isprintable():
        return str(text)
    return _ESCAPES.sub("", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """``text`` as a single printable line without secrets and without orders for a pipeline runner.

    Secrets go first: where a value ends shows by its line, which the joined text does not have any more.
    """
    return harmless(" ".join(redact(plain(text)).split()))


def block(text: str) -> str:
    """``text`` as printable lines without secrets and without orders for a pipeline runner."""
    return harmless(redact(plain(text)))


def clause(words: str) -> str:
    """Words of somebody else, such as a service, to stand inside a sentence of ours: without the stops at their end."""
    return words.rstrip().rstrip(".").rstrip()


def sentence(words: str) -> str:
    """A sentence that ends in words of somebody else: with one stop, unless something else ends it."""
    said = words.rstrip()
    return said if not said or said.endswith(("?", "!", "…")) else f"{clause(said)}."


def os_reason(error: OSError) -> str:
    """Why the operating system refused something, to stand inside a sentence."""
    return clause(str(error.strerror or error))


def printable(document: Any) -> Any:
    """A JSON document of which every string may be printed: no terminal escapes, no control characters, no secrets."""
    if isinstance(document, str):
        return block(document)
    if isinstance(document, (list, tuple)):
        return [printable(item) for item in document]
    if isinstance(document, dict):
        return {name: printable(item) for name, item in document.items()}
    return document


def print_for(shell: str) -> None:
    """Quote command lines for this shell from now on: one of those in shells."""
    _AT_HAND["shell"] = shell


def line(*words: str) -> str:
    """A command line of any program, quoted for the shell at hand."""
    return shells.line((re.sub(r"[\n\t]", " ", plain(word)) for word in words), _AT_HAND["shell"])


def az(*words: str) -> str:
    """A complete ``az`` command line, quoted for the shell at hand; a POSIX one unless ``print_for`` said otherwise.

    >>> az("aks", "start", "-g", "my group", "-n", "c1")
    "az aks start -g 'my group' -n c1"
    """
    return line("az", *words)
