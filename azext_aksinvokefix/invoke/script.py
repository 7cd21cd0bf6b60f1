"""A script that runs in the pod: read from this machine, with its interpreter and its arguments as words."""

from __future__ import annotations

import os
import shlex

from azext_aksinvokefix.invoke.attachments import AttachmentError
from azext_aksinvokefix.invoke.plan import Script
from azext_aksinvokefix.quoting import os_reason

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
_LONGEST_LINE = 4096


def read(path: str, arguments: str | None) -> Script:
    """The script at ``path``; raises AttachmentError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise AttachmentError(
            "attachment-invalid",
            f"The script '{path}' cannot be read: {os_reason(error)}.",
            "Name a local file with --script.",
        ) from error
    name = os.path.basename(path)
    interpreter = _interpreter(content)
    converted = b"\r\n" in content and _is_shell(interpreter)
    extra = tuple(shlex.split(arguments or ""))
    return Script(
        name=name,
        content=content.replace(b"\r\n", b"\n") if converted else content,
        words=(*interpreter, f"./{name}", *extra),
        label=shlex.join([name, *extra]),
        original=content,
    )


def _interpreter(content: bytes) -> tuple[str, ...]:
    """The words of the ``#!`` line as Linux reads them: a program and at most one argument; ``sh`` without one."""
    if not content.startswith(b"#!"):
        return ("sh",)
    line = content[2:_LONGEST_LINE].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip(" \t\r")
    program, _, argument = line.replace("\t", " ").partition(" ")
    return tuple(word for word in (program, argument.strip()) if word) or ("sh",)


def _is_shell(interpreter: tuple[str, ...]) -> bool:
    words = [word.rsplit("/", 1)[-1] for part in interpreter for word in part.split()]
    named = words[1:] if words[0] == "env" else words
    return next((word for word in named if not word.startswith("-")), "") in _SHELLS
