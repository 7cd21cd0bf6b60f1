"""The files that come with a command: a base64 zip in the request, unpacked into the pod's working directory."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass


class InvalidContextError(ValueError):
    """The ``context`` of a request is no base64 zip."""


@dataclass(frozen=True)
class AttachedFile:
    """One file as the command finds it. ``mode`` has the permission bits, 0 when the zip does not say."""

    name: str
    mode: int
    content: bytes


def unpack(context: str | None) -> tuple[AttachedFile, ...]:
    """The files of a context, none for an empty one. Line breaks inside base64 are fine: azure-cli sends them."""
    if not context:
        return ()
    try:
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode("".join(context.split()), validate=True)))
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        return tuple(_file(archive, entry) for entry in entries)
    except (binascii.Error, zipfile.BadZipFile) as error:
        raise InvalidContextError(str(error)) from error


def _file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> AttachedFile:
    return AttachedFile(entry.filename, entry.external_attr >> 16 & 0o7777, archive.read(entry))
