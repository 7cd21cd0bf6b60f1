"""What leaves the checks: names and messages from a service are hostile, and without a cluster none can be named."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix.lifecycle import Datum, Finding, Fix, Unknown
from azext_aksinvokefix.quoting import one_line

#: Commands that need no cluster to be named.
_ANYWHERE = ("az login", "az account ", "az upgrade", "az extension ")


def finding(found: Finding, *, names_cluster: bool) -> Finding:
    """The finding in printable single lines; where no cluster is known, without the commands that would name one."""
    return replace(
        found,
        message=one_line(found.message),
        evidence=tuple(Datum(datum.source, one_line(datum.detail)) for datum in found.evidence),
        fixes=tuple(_fix(fix, names_cluster) for fix in found.fixes),
    )


def _fix(fix: Fix, names_cluster: bool) -> Fix:
    usable = fix.command is None or names_cluster or fix.command.startswith(_ANYWHERE)
    return replace(fix, description=one_line(fix.description), command=fix.command if usable else None)


def unknown(open_question: Unknown) -> Unknown:
    """The open question in printable single lines."""
    return replace(open_question, what=one_line(open_question.what), why=one_line(open_question.why))
