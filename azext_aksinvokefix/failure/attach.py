"""Which ``--file`` would bring a file that a command did not find."""

from __future__ import annotations

import posixpath
from collections.abc import Collection


def advice(file: str, attached: Collection[str] | None = None, *, is_here: bool | None = None) -> str:
    """What to do about ``file``, named as the command names it.

    ``attached`` are the names under which files arrived, ``is_here`` whether the file lies below the current folder;
    None where nobody knows.
    """
    name = posixpath.basename(file.rstrip("/"))
    if file in ("", "."):
        return "Attach the current folder with --file . so that the command finds its files."
    if attached and name != file and name in attached:
        return f"It arrived as {name}: name it so in the command, or attach the current folder with --file . instead."
    if is_here is False:
        return f"There is no {file} below the current folder either: attach it from the folder that holds it."
    if attached and is_here:
        return _attach(file, name) + " The ignore file of the folder may have left it out."
    return _attach(file, name)


def _attach(file: str, name: str) -> str:
    if name == file:
        return f"Attach it with --file {file}."
    return f"Attach the current folder with --file . which keeps folders: --file {file} alone arrives as {name}."
