"""Files that kubectl, kustomize or helm looked for in the pod and did not find."""

from __future__ import annotations

from itertools import islice

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text

_SIGNS = ("nosuchfileordirectory", "doesnotexist", "notfound", "unabletofindoneof", "doesn'texistinlocal")
# In kubectl's own words, in those of the kustomize inside it, and in helm's. In the lines where a bare name follows a
# word, which would stick to it without white space.
_DENSE = (
    Pattern(r"(?i)thepath'([^']{1,300})'doesnotexist"),
    Pattern(r"(?i)evalsymlinkfailureon'([^']{1,300})'"),
    Pattern(r"(?i)unabletofindoneof'kustomization\.yaml'[^\n]{0,60}indirectory'([^']{1,300})'"),
    # A line that a terminal broke in the middle of a word is whole here.
    Pattern(r"(?i)[,:'(]open([^:,'\"]{1,300}):nosuchfileordirectory"),
    Pattern(r"(?i)error:(?:[a-z]{1,20}failed:)?path'([^']{1,300})'notfound"),
)
_LINES = (
    # A terminal may break the line behind the name.
    Pattern(r"(?i)\b(?:error reading|open|l?stat) ([^\s:'\"]{1,300}):\s{1,2}no\s{1,2}such"),
    Pattern(r"(?im)^error: ([^\s:'\"]{1,300}) doesn't exist in local filesystem"),
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
    found = [
        # No name has a line end: where one stands, a terminal broke the line.
        text.written(*match.span(1)).replace("\n", "")
        for pattern in _DENSE
        for match in islice(pattern.finditer(text.dense), _MOST)
    ]
    found += [match.group(1) for pattern in _LINES for match in islice(pattern.finditer(text.lines), _MOST)]
    return next((name for name in map(_attachable, found) if name), None)


def _attachable(path: str) -> str | None:
    path = path.strip()
    if _FOLDER in path:
        path = path.rpartition(_FOLDER)[2].lstrip("/") or "."
    while path.startswith("./"):
        path = path[2:]
    # Where it has no git, kustomize takes the URL of a remote base for a path, and one slash gets lost on the way.
    elsewhere = path.startswith(("/", "~", "..", "-", "http:", "https:", "ssh:", "git@", "git:")) or "://" in path
    return None if elsewhere else path or "."
