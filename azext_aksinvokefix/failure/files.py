"""Files that kubectl, kustomize or helm looked for in the pod and did not find, and which ``--file`` brings them."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from itertools import islice

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_SIGNS = ("nosuchfileordirectory", "doesnotexist", "notfound", "unabletofindoneof", "doesn'texistinlocal")
# In kubectl's own words, in those of the kustomize inside it, and in helm's.
_PATTERNS = tuple(
    Pattern("(?i)" + words)
    for words in (
        r"thepath'([^']{1,300})'doesnotexist",
        r"evalsymlinkfailureon'([^']{1,300})'",
        r"unabletofindoneof'kustomization\.yaml'[^\n]{0,60}indirectory'([^']{1,300})'",
        r"error:(?:[a-z]{1,20}failed:)?path'([^']{1,300})'notfound",
        r"(?:^|[:,'(])(?:errorreading|open|l?stat)([^:',]{1,300}):nosuchfileordirectory",
        r"error:([^:',]{1,300})doesn'texistinlocalfilesystem",
    )
)
#: The working folder of a command pod, where attachments arrive.
_FOLDER = "/command-files"
_MOST = 20


def missing(text: Text) -> str | None:
    """The first such file as an attachment would be named, ``.`` for the whole folder.

    None where none was looked for among the attachments: what lies elsewhere in the pod no attachment brings.
    """
    if not text.any(*_SIGNS):
        return None
    found = (
        # No name has a line end: where one stands, a terminal broke the line.
        text.written(*match.span(1)).replace("\n", "")
        for pattern in _PATTERNS
        for match in islice(pattern.finditer(text.dense), _MOST)
    )
    return next((name for name in map(_attachable, found) if name), None)


def _attachable(path: str) -> str | None:
    path = path.strip()
    if _FOLDER in path.lower():
        path = path[path.lower().rindex(_FOLDER) + len(_FOLDER) :].lstrip("/") or "."
    while path.startswith("./"):
        path = path[2:]
    elsewhere = path.startswith(("/", "~", "..", "-")) or ":/" in path
    return None if elsewhere else path or "."


def advice(file: str, attached: Collection[str] | None = None, *, is_here: bool | None = None) -> str:
    """What to do about ``file``, named as the command names it.

    ``attached`` are the names under which files arrived, ``is_here`` whether the file lies below the current folder;
    None where nobody knows.
    """
    name = posixpath.basename(file.rstrip("/"))
    if file in ("", "."):
        return "Attach the current folder with --file . so that the command finds its files."
    if attached and name != file and name in attached:
        return (
            f"It arrived as {name}: use that name in the command, or attach the current folder with --file . instead."
        )
    if is_here is False:
        return f"There is no {file} under the current folder either: attach it from the folder that contains it."
    if attached and is_here:
        return _attach(file, name) + " The folder's ignore file might have excluded it."
    return _attach(file, name)


def _attach(file: str, name: str) -> str:
    if name == file:
        return f"Attach it with --file {file}."
    return f"Attach the current folder with --file . which keeps subfolders: --file {file} alone arrives as {name}."
