"""Which definition a denial speaks of, told by the name of its constraint template.

A Gatekeeper denial shows the first 30 characters of the name, a ValidatingAdmissionPolicy the whole of it, and
``RunCommandBlockedByAzurePolicy`` a kind whose prefix may be wrong. Initiatives pin older majors of a definition, whose
templates differ from the newest only in the digits after ``k8sazure``. The hash behind the name cannot be computed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

#: The add-on cuts names of constraints to this many characters before it appends the hash.
CUT = 30
_PREFIX = re.compile(r"^(?:gatekeeper-)?(?:k8sazure(?:v\d{1,3}|custom)*)?")
_CONSTRAINT = re.compile(r"azurepolicy-([a-z0-9.-]{1,253}?)-[0-9a-f]{16,64}$")
_FOLDER = re.compile(r"/([A-Za-z0-9_-]{1,100})/v\d{1,3}/[a-z]{1,20}\.ya?ml$")
_LONGEST_TEMPLATE = 1 << 20
_PLURAL = 2
_DISTINCTIVE = 12


def bare(name: str) -> str:
    """A template's name without the parts that differ between versions and wordings.

    >>> bare("k8sazurev3noprivilegeescalatio"), bare("container-limits")
    ('noprivilegeescalatio', 'containerlimits')
    """
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", name.lower()))


def same_template(seen: str, known: str) -> bool:
    """Whether a name in a denial and the name of a template can mean the same template."""
    left, right = bare(seen), bare(known)
    if not left or not right:
        return False
    if left == right or (len(seen) >= CUT and right.startswith(left)):
        return True
    # A kind is a guess of the service, and a folder's name one of ours: a plural more or less is no difference.
    short, long = sorted((left, right), key=len)
    return len(short) >= _DISTINCTIVE and long.startswith(short) and len(long) - len(short) <= _PLURAL


def stem_of_constraint(constraint: str) -> str:
    """The template part of ``azurepolicy-<template>-<hash>``, also at the end of a binding's name; else ''."""
    match = _CONSTRAINT.search(constraint.lower())
    return match.group(1) if match else ""


def template_names(details: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the template that a definition brings, as far as its own text tells them."""
    names = [name for key in ("templateInfo", "constraintInfo") for name in _names_in(details.get(key))]
    for key in ("constraintTemplate", "constraint"):
        names.extend(_names_in({"url": details.get(key)}))
    return tuple(dict.fromkeys(name for name in names if name))


def is_spelled_out(details: Mapping[str, Any]) -> bool:
    """Whether the definition holds its template or constraint itself; a URL only hints at the name of what is there."""
    infos = (details.get(key) for key in ("templateInfo", "constraintInfo"))
    return any(isinstance(info, Mapping) and isinstance(info.get("content"), str) for info in infos)


def _names_in(info: Any) -> Iterator[str]:
    if not isinstance(info, Mapping):
        return
    content, url = info.get("content"), info.get("url")
    if isinstance(content, str):
        yield from _names_in_manifest(_decoded(content))
    if isinstance(url, str):
        folder = _FOLDER.search(url[-300:])
        yield folder.group(1) if folder else ""


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content[:_LONGEST_TEMPLATE]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _names_in_manifest(manifest: str) -> Iterator[str]:
    """``metadata.name`` and, of a constraint, its kind; no YAML parser is at hand, and none is needed for two lines."""
    if manifest.lstrip().startswith("{"):
        yield from _names_in_json(manifest)
        return
    section, margin = "", 0
    for line in manifest.splitlines():
        inside = line.lstrip()
        if not inside or inside.startswith("#"):
            continue
        indent = len(line) - len(inside)
        key, _, value = inside.partition(":")
        text = value.strip().strip("'\"")
        if not indent:
            section, margin = key, 0
            if key == "kind" and text != "ConstraintTemplate":
                yield text.lower()
        elif section == "metadata":
            # A label or an annotation may be called `name` as well, and stands further in.
            margin = margin or indent
            if key == "name" and indent == margin and text:
                yield text


def _names_in_json(manifest: str) -> Iterator[str]:
    try:
        document = json.loads(manifest)
    except (ValueError, RecursionError):
        return
    metadata = document.get("metadata") if isinstance(document, dict) else None
    if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
        yield metadata["name"]
