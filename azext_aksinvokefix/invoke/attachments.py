"""The files that travel with a command: a deflated zip, in base64, inside the request body.

The stock CLI stores without compressing, takes ``.git`` along, stops at a dangling link and at a time stamp before
1980, and at nothing when two files share a name.
"""

from __future__ import annotations

import base64
import errno
import io
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from azext_aksinvokefix.invoke.ignore import Rules, SlowError
from azext_aksinvokefix.quoting import os_reason

#: ARM takes no request body above 4 MiB. What the AKS resource provider takes below that is not published.
BODY_LIMIT = 4 * 1024 * 1024
#: Room for the command, the cluster token and the JSON around them.
_ENVELOPE = 16 * 1024
_VCS_FOLDERS = frozenset({".git", ".hg", ".svn", ".bzr", "_darcs", ".jj", "CVS"})
#: The first that stands in the folder decides what ``.`` leaves out.
IGNORE_FILES = (".azignore", ".gitignore")
#: What is looked at before it is clear that the folder as a whole is not meant.
_MOST_FILES = 20_000
_RAW_LIMIT = 256 * 1024 * 1024
_LONGEST_IGNORE_FILE, _MOST_LINES, _LONGEST_LINE, _MOST_WILDCARDS = 1024 * 1024, 20_000, 1024, 1000
_NO_FILE = (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENODEV)
_CHUNK = 1024 * 1024
_OLDEST = (1980, 1, 1, 0, 0, 0)


class AttachmentError(Exception):
    """The files cannot be sent as they are. ``finding`` is the id of what is wrong; ``remedy`` what to do."""

    def __init__(self, finding: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = finding
        self.remedy = remedy


@dataclass(frozen=True)
class Attachments:
    """What goes into the request's ``context`` and the figures to report before it is sent."""

    context: str
    files: int
    raw_bytes: int
    skipped: tuple[str, ...] = ()
    ignore_file: str | None = None

    def summary(self) -> str:
        """One line: how many files, their size, what is sent, what was left out."""
        text = f"Attaching {self.files} file{'s' if self.files != 1 else ''} "
        text += f"({_size(self.raw_bytes)}), {_size(len(self.context))} to send"
        if self.skipped:
            text += f"; left out {len(self.skipped)}: {', '.join(self.skipped[:3])}"
            text += ", …" if len(self.skipped) > 3 else ""
            text += f" (by {self.ignore_file})" if self.ignore_file else ""
        return text + "."


def pack(paths: Sequence[str]) -> Attachments | None:
    """The attachments named by ``--file``: single files under their base name, or ``.`` for the current folder."""
    if not paths:
        return None
    if "." in paths:
        ignore = _ignore_rules()
        skipped: list[str] = []
        try:
            members = sorted(_walk(ignore, skipped))
        except SlowError as error:
            what = "takes too long to match against the files of this folder"
            raise _unfit_ignore_file(ignore[0] if ignore else "", what) from error
        return _pack(members, tuple(sorted(skipped)), ignore[0] if ignore else None)
    return _pack(list(_single_files(paths)), (), None)


def _single_files(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    sources: dict[str, str] = {}
    for path in paths:
        if not os.path.isfile(path):
            what = "is a folder" if os.path.isdir(path) else "does not exist or is not a file"
            raise AttachmentError(
                "attachment-invalid",
                f"The attachment '{path}' {what}.",
                "Give single files, each with its own --file, or attach the current folder with --file .",
            )
        name = _member_name(os.path.basename(path))
        if name is None:
            raise AttachmentError(
                "attachment-invalid",
                f"The name of the attachment '{path}' is not UTF-8.",
                "Rename it.",
            )
        if name in sources:
            raise AttachmentError(
                "attachment-invalid",
                f"The attachments '{sources[name]}' and '{path}' would both arrive as '{name}'.",
                "Rename one of them, or attach their parent folder with --file . which keeps subfolders.",
            )
        sources[name] = path
        yield name, path


def _walk(ignore: tuple[str, Rules] | None, skipped: list[str]) -> Iterator[tuple[str, str]]:
    rules = ignore[1] if ignore else None
    home = _home()
    seen = 0
    for folder, subfolders, names in os.walk(".", onerror=_unreadable):
        prefix = folder[2:].replace(os.sep, "/") + "/" if folder != "." else ""
        seen += len(subfolders) + len(names)
        _check_count(seen)
        for name in sorted(subfolders):
            if name in _VCS_FOLDERS or (rules and rules.leaves_out(prefix + name, is_folder=True)):
                subfolders.remove(name)
                skipped.append(prefix + name + "/")
            elif os.path.islink(prefix + name):
                skipped.append(prefix + name + "/ (link to a folder)")
        subfolders.sort()
        for name in names:
            path = prefix + name
            if rules and rules.leaves_out(path, is_folder=False):
                skipped.append(path)
            elif why := _unfit(path, home):
                skipped.append(f"{path} ({why})")
            else:
                yield _member_name(path) or path, path


def _home() -> str:
    """The current folder; nothing where it was removed meanwhile, and so holds nothing."""
    try:
        return os.path.realpath(".")
    except OSError:
        return ""


def _check_count(seen: int) -> None:
    if seen > _MOST_FILES:
        raise AttachmentError(
            "attachment-too-large",
            f"The current folder contains more than {_MOST_FILES:,} files and folders.",
            "Give single files with --file, run the command in a smaller folder, or list whole folders in .azignore.",
        )


def _unfit(path: str, home: str) -> str | None:
    """Why a directory entry cannot travel."""
    if not os.path.exists(path):
        return "dangling link"
    if not os.path.isfile(path):
        return "not a file"
    if os.path.islink(path) and os.path.commonpath((home, os.path.realpath(path))) != home:
        # What lies outside was not asked for: a link in a folder that somebody else made could lead to any file.
        return "link to a file outside the folder"
    return None if _member_name(path) else "name is not UTF-8"


def _member_name(path: str) -> str | None:
    """The name as zip holds it; None when its bytes are no UTF-8."""
    try:
        return os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _unreadable(error: OSError) -> NoReturn:
    """What os.walk would pass over in silence."""
    raise AttachmentError(
        "attachment-invalid",
        f"The attachment '{error.filename}' cannot be read: {os_reason(error)}.",
        "Make it readable, or exclude it.",
    ) from error


def _ignore_rules() -> tuple[str, Rules] | None:
    for name in IGNORE_FILES:
        if not os.path.lexists(name):
            continue
        rules = Rules(_ignore_lines(name))
        if rules.wildcards > _MOST_WILDCARDS:
            raise _unfit_ignore_file(name, f"has more than {_MOST_WILDCARDS:,} lines with folders or wildcards in them")
        return name, rules
    return None


def _ignore_lines(name: str) -> list[str]:
    """The lines of an ignore file. A pipe would be waited for and a device read forever, so a file it must be."""
    try:
        file = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise _unfit_ignore_file(name, "is not a regular file")
            data = stream.read(_LONGEST_IGNORE_FILE + 1)
    except OSError as error:
        what = "is not a regular file" if error.errno in _NO_FILE else f"cannot be read: {error.strerror or error}"
        raise _unfit_ignore_file(name, what) from error
    if len(data) > _LONGEST_IGNORE_FILE:
        raise _unfit_ignore_file(name, f"is longer than {_size(_LONGEST_IGNORE_FILE)}")
    lines = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
    if len(lines) > _MOST_LINES:
        raise _unfit_ignore_file(name, f"has more than {_MOST_LINES:,} lines")
    if max(map(len, lines)) > _LONGEST_LINE:
        raise _unfit_ignore_file(name, f"has a line of more than {_LONGEST_LINE:,} characters")
    return lines


def _unfit_ignore_file(name: str, what: str) -> AttachmentError:
    return AttachmentError(
        "attachment-invalid",
        f"The ignore file '{name}' {what}.",
        "Fix or remove it, or give single files with --file.",
    )


def _pack(members: list[tuple[str, str]], skipped: tuple[str, ...], ignore_file: str | None) -> Attachments:
    buffer = io.BytesIO()
    raw_bytes = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in members:
            for count in _add(archive, name, path):
                raw_bytes += count
                _check_size(buffer.tell(), raw_bytes)
    _check_size(buffer.tell(), raw_bytes)
    context = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Attachments(context, len(members), raw_bytes, skipped, ignore_file)


def _add(archive: zipfile.ZipFile, name: str, path: str) -> Iterator[int]:
    """Copy a file into the archive; yields the size of each chunk, so that a huge one is noticed soon."""
    try:
        with open(path, "rb") as file, archive.open(_entry(name, os.fstat(file.fileno())), "w") as member:
            while chunk := file.read(_CHUNK):
                member.write(chunk)
                yield len(chunk)
    except OSError as error:
        _unreadable(error)


def _entry(name: str, status: os.stat_result) -> zipfile.ZipInfo:
    """A zip member with its unix mode; a time that zip cannot hold becomes the nearest one that it can."""
    import time

    stamp = time.localtime(status.st_mtime)[:6]
    entry = zipfile.ZipInfo(name, min(max(stamp, _OLDEST), (2107, 12, 31, 23, 59, 58)))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.file_size = status.st_size
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | stat.S_IMODE(status.st_mode)) << 16
    return entry


def _check_size(zipped: int, raw_bytes: int) -> None:
    # A sparse file of gigabytes packs to nearly nothing, after minutes.
    if raw_bytes > _RAW_LIMIT:
        raise AttachmentError(
            "attachment-too-large",
            f"The attachments are larger than {_size(_RAW_LIMIT)}.",
            "Attach only what the command needs, list the rest in .azignore, or have the command download it.",
        )
    body = (zipped + 2) // 3 * 4 + _ENVELOPE
    if body > BODY_LIMIT:
        raise AttachmentError(
            "attachment-too-large",
            f"The attachments make the request larger than {_size(BODY_LIMIT)}, which Azure rejects "
            f"({_size(raw_bytes)} read so far, {_size(body)} to send).",
            "Attach only what the command needs, list the rest in .azignore, or have the command download it.",
        )


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.0f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
