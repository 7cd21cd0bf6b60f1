"""A scan as a person reads it: how many clusters, then what is wrong on which of them and the command that fixes it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.report.text import more

_VERDICTS = ("blocked", "degraded", "unknown", "ready")
_NAMES_SHOWN = 12
_COMMANDS_SHOWN = 3


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a cluster, with its first finding that stands."""
    return [_row(cluster) for cluster in found["clusters"]]


def _row(cluster: Mapping[str, Any]) -> dict[str, Any]:
    first = next((finding for finding in cluster["findings"] if not finding["accepted"]), None)
    stage = first["stage"] if first else next((one["stage"] for one in cluster["unknowns"]), "")
    row = {
        "Name": cluster["name"],
        "ResourceGroup": cluster["resourceGroup"],
        "Verdict": cluster["verdict"],
        "Stage": stage if cluster["verdict"] != "ready" else "",
        "Finding": first["id"] if first else "",
    }
    access = cluster["runCommand"]
    if access is not None:
        row |= {"Principals": str(len(access["principals"])), "AsClusterAdmin": str(access["asClusterAdmin"])}
    return row


def render(found: Mapping[str, Any], *, width: int = 100, unicode: bool = True) -> str:
    """The report. Commands are never wrapped, so that they can be copied."""
    as_of = f"As of {found['scannedAt']}; Resource Graph can be minutes behind."
    lines = [_headline(found), *_wrapped(as_of, width, "")]
    shown: set[str] = set()
    for finding_id in found["summary"]["findings"]:
        lines += ["", *_finding(finding_id, found["clusters"], width, unicode, shown)]
    lines += _open(found["clusters"], width)
    if any(one["runCommand"] for one in found["clusters"]):
        lines += ["", *_who(found["clusters"], width)]
    if found["unknowns"]:
        lines += ["", "Not checked:"]
        for gap in found["unknowns"]:
            lines += _wrapped(f"{gap['what']}: {gap['why']}", width, "  ", "    ")
            if gap["needs"]:
                lines += _wrapped(f"needs {', '.join(gap['needs'])}", width, "    ", "      ")
    return "\n".join(lines) + "\n"


def _headline(found: Mapping[str, Any]) -> str:
    summary = found["summary"]
    if not summary["clusters"]:
        return "No cluster was found. Resource Graph shows only what you are allowed to read."
    counts = ", ".join(f"{summary[verdict]} {verdict}" for verdict in _VERDICTS if summary[verdict])
    return f"{_clusters(summary['clusters'])}: {counts}."


def _clusters(count: int) -> str:
    return f"{count} cluster{'' if count == 1 else 's'}"


def _finding(
    finding_id: str, clusters: Sequence[Mapping[str, Any]], width: int, unicode: bool, shown: set[str]
) -> Iterator[str]:
    """One finding over all clusters that have it. ``shown`` are the fixes that stand further up already."""
    pairs = [(one, finding) for one in clusters for finding in one["findings"] if finding["id"] == finding_id]
    standing = [(one, finding) for one, finding in pairs if not finding["accepted"]]
    first = (standing or pairs)[0][1]
    having = list(dict.fromkeys(one["id"] for one, _ in standing))
    accepted = len({one["id"] for one, finding in pairs if finding["accepted"]} - set(having))
    counted = _clusters(len(having)) if having else ""
    also = f"{accepted} accepted" if accepted else ""
    count = ", ".join(filter(None, (counted, also)))
    yield f"{first['severity']}: {one_line(first['title'])} ({finding_id}): {count}"
    names = list(dict.fromkeys(one["name"] for one, _ in standing))
    yield from _wrapped(_listed(names, unicode), width, "  ") if names else ()
    yield from _fixes(standing, width, shown)
    yield f"  {more(finding_id)}"


def _listed(names: Sequence[str], unicode: bool) -> str:
    rest = len(names) - _NAMES_SHOWN
    etc = "…" if unicode else "..."
    return ", ".join(names[:_NAMES_SHOWN]) + (f", {etc} and {rest} more" if rest > 0 else "")


def _fixes(
    standing: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], width: int, shown: set[str]
) -> Iterator[str]:
    """The first fix of each cluster; one change that many share, such as that of an assignment, is named once, with the
    command for the first of them, and the one that fixes most clusters comes first.

    What changes the same has the same stock command: ours names the cluster at which it starts.
    """
    fixing: dict[str, list[str]] = {}
    described: dict[str, tuple[str, str]] = {}
    for cluster, finding in standing:
        fix = next(iter(finding["fixes"]), None)
        if fix is None:
            continue
        key = fix["stockCommand"] or fix["command"] or fix["description"]
        fixing.setdefault(key, []).append(cluster["name"])
        described.setdefault(key, (fix["command"] or "", fix["description"]))
    ranked = sorted(fixing.items(), key=lambda one: -len(one[1]))
    if fixing and shown.issuperset(fixing):
        yield "  Fix: the same as above."
        return
    shown.update(fixing)
    for key, names in ranked[:_COMMANDS_SHOWN]:
        whom = names[0] if len(names) == 1 else f"all {len(names)}" if len(ranked) == 1 else f"{len(names)} of them"
        command, description = described[key]
        if command:
            yield f"  Fix for {whom}:"
            yield f"      {one_line(command)}"
        else:
            yield from _wrapped(f"Fix for {whom}: {description}", width, "  ", "    ")
    if len(ranked) > _COMMANDS_SHOWN:
        yield f"  {len(ranked) - _COMMANDS_SHOWN} more, one per cluster: `-o json` has every command."


def _open(clusters: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """What is not known of single clusters, by what it is."""
    asked: dict[tuple[str, str, str], list[str]] = {}
    needs: dict[tuple[str, str, str], list[str]] = {}
    for cluster in clusters:
        for gap in cluster["unknowns"]:
            key = (gap["stage"], gap["what"], gap["why"])
            asked.setdefault(key, []).append(cluster["name"])
            needs[key] = gap["needs"]
    if not asked:
        return
    yield ""
    yield "Unknown for individual clusters:"
    for key, names in sorted(asked.items(), key=lambda one: -len(one[1]))[:_NAMES_SHOWN]:
        stage, what, why = key
        whom = names[0] if len(names) == 1 else _clusters(len(names))
        yield from _wrapped(f"{stage}: {what} ({whom}): {why}", width, "  ", "    ")
        if needs[key]:
            yield from _wrapped(f"needs {', '.join(needs[key])}", width, "    ", "      ")
    if len(asked) > _NAMES_SHOWN:
        yield f"  {len(asked) - _NAMES_SHOWN} more: `-o json` has all."


def _who(clusters: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    on = [one for one in clusters if one["runCommand"] and one["runCommand"]["enabled"]]
    admins = [one for one in on if one["runCommand"]["asClusterAdmin"]]
    principals = {each["principalId"] for one in on for each in one["runCommand"]["principals"]}
    text = (
        f"Run command is enabled on {_clusters(len(on))}; {len(principals)} principal(s) could use it on at least one."
    )
    yield from _wrapped(text, width, "")
    if admins:
        names = ", ".join(one["name"] for one in admins[:_NAMES_SHOWN])
        text = f"Without Entra ID, so everyone who can run commands is cluster-admin: {len(admins)}: {names}"
        yield from _wrapped(text, width, "  ", "    ")


def _wrapped(text: str, width: int, indent: str, further: str | None = None) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        width=width,
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )
