"""What az makes of ``@file``: its text, or something else that nobody meant.

az puts the content of the file in the place of the argument before any extension is loaded. It leaves ``@file`` as it
is where it cannot read the file. It tries UTF-8 and then UTF-16, which any even number of bytes may seem to be, and
makes base64 of the rest (azure.cli.core.commands._expand_file_prefixed_files, azure.cli.core.util.read_file_content).
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Iterable, Iterator

_LONGEST_NAME = 200


def check_command(command: str | None) -> None:
    """Raise ValueError unless ``command`` is what was typed, or the text of the file that was named."""
    if command is None:
        return
    if command.startswith("@"):
        raise ValueError(
            f"The file '{_first_line(command[1:])}' cannot be read. --command @FILE, with a space before the '@', "
            "reads the command from a file."
        )
    _check_text("The command", command, "Save the file as UTF-8 and try again.")


def check_error(error: str | None) -> None:
    """The same for the text of a failure, which may well start with an ``@`` of its own."""
    if error is None:
        return
    if error.startswith("@") and len(error) > 1 and not any(character.isspace() for character in error):
        raise ValueError(
            f"The file '{error[1:_LONGEST_NAME]}' cannot be read. --error @FILE reads the text from a file."
        )
    _check_text("The text of --error", error, "--error-file reads a file of any encoding.")


def _check_text(what: str, value: str, advice: str) -> None:
    path = next((path for path in _sources(value, sys.argv) if not _is_text(path)), None)
    if path is not None:
        raise ValueError(f"{what} in '{path}' is not UTF-8 text. {advice}")
    if "\0" in value:
        raise ValueError(f"{what} is not UTF-8 text: it contains a NUL character. {advice}")


def _sources(value: str, words: Iterable[str]) -> Iterator[str]:
    """The files of the command line whose content, as az reads it, is ``value``, whatever option they belong to."""
    for word in words:
        left, equals, right = word.partition("=")
        path = (right if equals else left)[1:] if (right if equals else left).startswith("@") else ""
        content = _as_az_reads(path) if path not in ("", "-") else None
        if content is not None and value in (content, f"{left}={content}"):
            yield path


def _as_az_reads(path: str) -> str | None:
    """None for what cannot be looked at again, such as a pipe: it is taken as it came."""
    from azure.cli.core.util import read_file_content
    from knack.util import CLIError

    try:
        if not stat.S_ISREG(os.stat(os.path.expanduser(path)).st_mode):
            return None
        return str(read_file_content(os.path.expanduser(path), allow_binary=True)).rstrip(os.linesep)
    except (OSError, ValueError, CLIError):
        return None


def _is_text(path: str) -> bool:
    """Whether the bytes are UTF-8, or UTF-16 that says so with a mark."""
    with open(os.path.expanduser(path), "rb") as file:
        content = file.read()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return "\0" not in content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        return False


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0][:_LONGEST_NAME]
