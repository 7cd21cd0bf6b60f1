"""The single source of every finding: messages, pages of ``explain``, the documentation and the rules of reports."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from azext_aksinvokefix.catalog import (
    access,
    admission,
    admission_others,
    client,
    cluster,
    command,
    other,
    result,
    scheduling,
    sign_in,
    startup,
)
from azext_aksinvokefix.catalog.entry import Entry
from azext_aksinvokefix.catalog.page import page as _page
from azext_aksinvokefix.finding_ids import BY_STAGE, UNRECOGNIZED
from azext_aksinvokefix.lifecycle import Confidence, Datum, Failure, Finding, Fix, Severity

__all__ = ["FINDINGS", "Entry", "detail", "finding", "is_repairable", "leaves_cause_open", "page", "summary", "title"]

_MODULES = (client, sign_in, access, cluster, admission, admission_others, scheduling, startup, command, result, other)


def _collected() -> Mapping[str, Entry]:
    """All entries in the order of the contract; a missing, unknown or doubled one is a mistake found at import."""
    written = [entry for module in _MODULES for entry in module.ENTRIES]
    entries = {entry.id: entry for entry in written}
    order = [*(each for ids in BY_STAGE.values() for each in ids), UNRECOGNIZED]
    if len(entries) != len(written) or set(entries) != set(order):
        raise ValueError(f"The catalogue does not match the ids: {sorted(set(entries) ^ set(order)) or 'doubled'}")
    return MappingProxyType({each: entries[each] for each in order})


#: Every finding by its id, in the order of the stages.
FINDINGS: Mapping[str, Entry] = _collected()


def finding(
    id: str,  # noqa: A002  # pylint: disable=redefined-builtin
    *,
    confidence: Confidence,
    message: str | None = None,
    evidence: tuple[Datum, ...] = (),
    fixes: tuple[Fix, ...] = (),
    severity: Severity | None = None,
    brief: str = "",
) -> Finding:
    """A finding of this cluster: the catalogue's words, completed with what was seen. KeyError for an unknown id."""
    entry = FINDINGS[id]
    return Finding(
        id=entry.id,
        stage=entry.stage,
        severity=severity or entry.severity,
        confidence=confidence,
        title=entry.title,
        message=message or entry.message,
        evidence=tuple(evidence),
        fixes=tuple(fixes),
        documentation=entry.documentation,
        brief=brief,
    )


def title(failure: Failure) -> str:
    """What a failure is called: as its finding, save a sign-in that cannot have expired since there is none."""
    return sign_in.NOT_SIGNED_IN if failure.facts.get("notSignedIn") else FINDINGS[failure.finding].title


def leaves_cause_open(failure: Failure) -> bool:
    """Whether many causes share the text of a failure: then what the evidence shows, and hints from elsewhere, say more
    than it does. A text that names its cause stands whatever else is seen."""
    return FINDINGS[failure.finding].umbrella


def is_repairable(id: str, severity: str) -> bool:  # noqa: A002  # pylint: disable=redefined-builtin
    """Whether `repair` has a step for a finding of a diagnosis: it fixes what is broken, not what is merely odd."""
    entry = FINDINGS.get(id)
    return severity == "error" and entry is not None and entry.repaired_by is not None


def page(id: str) -> str:  # noqa: A002  # pylint: disable=redefined-builtin
    """The page of a finding as Markdown. KeyError for an unknown id."""
    return _page(FINDINGS[id])


def summary(id: str) -> dict[str, Any]:  # noqa: A002  # pylint: disable=redefined-builtin
    """The finding in a line of a list: id, stage, severity, title."""
    entry = FINDINGS[id]
    return {"id": entry.id, "stage": entry.stage, "severity": entry.severity, "title": entry.title}


def detail(id: str) -> dict[str, Any]:  # noqa: A002  # pylint: disable=redefined-builtin
    """The page of a finding as an object, a member a section."""
    entry = FINDINGS[id]
    sections = {
        "message": entry.message,
        "what": entry.what,
        "why": entry.why,
        "confirmation": entry.confirm,
        "fix": entry.fix,
        "fixSafety": entry.safety,
        "limits": entry.limits,
        "fixKinds": list(entry.fixes),
        "repairedBy": list(entry.commands),
        "examples": list(entry.examples),
        "references": list(entry.references),
        "documentation": entry.documentation,
    }
    return {**summary(id), **sections}
