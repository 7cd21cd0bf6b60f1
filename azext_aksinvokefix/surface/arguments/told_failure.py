"""The failure whose text a user gives: as an argument, in a file, or on standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from azext_aksinvokefix.quoting import os_reason

if TYPE_CHECKING:
    from azext_aksinvokefix.lifecycle import Failure

_TEXT_LIMIT = 16 * 1024 * 1024


def read(error: str | None, error_file: str | None) -> Failure | None:
    """The failure whose text was given, if one was."""
    text = _content(error_file) if error_file is not None else error
    if text is None:
        return None
    from azext_aksinvokefix import failure

    return failure.classify(text, source="argument")


def _content(path: str) -> str:
    """A text of any encoding; its start when it is too long to be a failure's."""
    from azure.cli.core.azclierror import FileOperationError

    from azext_aksinvokefix.failure.decoding import decoded

    try:
        if path == "-":
            return decoded(sys.stdin.buffer.read(_TEXT_LIMIT))
        with open(path, "rb") as file:
            return decoded(file.read(_TEXT_LIMIT))
    except OSError as error:
        raise FileOperationError(
            f"The file '{path}' cannot be read: {os_reason(error)}.",
            recommendation="Name a file with the error text, or '-' for standard input.",
        ) from error
