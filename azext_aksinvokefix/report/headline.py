"""The first and the last line of a report: what is wrong, and the one command to paste next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.finding_ids import UNRECOGNIZED
from azext_aksinvokefix.lifecycle import Diagnosis, Stage
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.report.blocks import OURS, Block, blocks
from azext_aksinvokefix.report.lines import Span

#: What breaks in a stage, in a word.
_NOUNS: Mapping[Stage, str] = {
    "client": "client",
    "sign-in": "sign-in",
    "access": "access",
    "cluster": "cluster",
    "admission": "policy",
    "scheduling": "nodes",
    "startup": "startup",
    "command": "command",
    "result": "result",
}
_NO_POLICY = {
    "quota-exceeded": "quota",
    "webhook-denied": "webhook",
    "webhook-unreachable": "webhook",
    "pod-security-denied": "pod security",
}
#: Where every error belongs to one of these stages, it is not run command that is blocked.
_STANDS: Mapping[Stage, str] = {
    "command": "run command works, the command that ran does not",
    "result": "the command was accepted, its outcome is uncertain",
}
_SAMPLE = "kubectl get pods"


def headline(diagnosis: Diagnosis, found: Sequence[Block]) -> list[Span]:
    """The verdict with its count, in parts that stand side by side."""
    errors = [block for block in found if block.severity == "error"]
    warnings = [block for block in found if block.severity == "warning"]
    if errors:
        return _of_errors(errors, warnings, diagnosis)
    if warnings:
        return [("warning", f"No problem, {_count(warnings, 'warning')}: {_nouns(warnings)}")]
    if diagnosis.verdict == "unknown":
        return [("warning", "Unknown: some checks could not run, see below.")]
    unchecked = sum(each.outcome != "passed" for each in diagnosis.reports)
    if unchecked == len(diagnosis.reports):
        return [("warning", "Nothing was checked.")]
    aside = f" ({unchecked} of {len(diagnosis.reports)} stages not checked)" if unchecked else ""
    return [("success", f"Ready: all checks passed{aside}.")]


def _of_errors(errors: Sequence[Block], warnings: Sequence[Block], known: Diagnosis) -> list[Span]:
    if all(block.first.id == UNRECOGNIZED for block in errors):
        return [("error", "Unknown: nothing that was checked explains the text.")]
    parts: list[Span] = [("error", f"{_count(errors, 'problem')}: {_nouns(errors)}")]
    stages = {block.stage for block in errors}
    if stages <= set(_STANDS):
        parts.append(("", _STANDS["command" if "command" in stages else "result"]))
    parts += [("", each) for each in _fixable(errors, known)]
    if warnings:
        parts.append(("warning", _count(warnings, "warning")))
    return parts


def _fixable(errors: Sequence[Block], known: Diagnosis) -> list[str]:
    ours = [block for block in errors if block.is_repairable]
    barred = [block for block in ours if _is_barred(block, known)]
    free = len(ours) - len(barred)
    words = []
    if free:
        whole = free == len(errors)
        many = "all can" if whole and free > 1 else "can" if whole else f"{free} can"
        words.append(f"{many} be fixed here")
    if barred:
        words.append("you lack a permission to fix " + ("it" if len(errors) == 1 else f"{len(barred)} of them"))
    return words


def _is_barred(block: Block, known: Diagnosis) -> bool:
    rights = block.rights(known)
    return rights is not None and bool(rights.lacking)


def _nouns(found: Sequence[Block]) -> str:
    return ", ".join(dict.fromkeys(_NO_POLICY.get(block.first.id, _NOUNS[block.stage]) for block in found))


def _count(found: Sequence[Block], what: str) -> str:
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"


def can_repair(diagnosis: Diagnosis, found: Sequence[Block]) -> bool:
    """Whether `repair` has a step that the reader may carry out, as far as is known."""
    return any(block.is_repairable and not _is_barred(block, diagnosis) for block in found)


def next_step(diagnosis: Diagnosis, found: Sequence[Block]) -> tuple[str, str] | None:
    """What the one next command is for, and that command."""
    errors = [block for block in found if block.severity == "error"]
    if not diagnosis.cluster_id:
        return _harmless(found) if found else None
    target = Target.of(diagnosis.cluster_id)
    if can_repair(diagnosis, errors):
        return "Next", az("aks", "invoke-fix", "repair", *target.options)
    barred = next((block for block in errors if block.is_repairable and block.command), None)
    if barred and str(barred.command).startswith(OURS):
        return "Plan to hand over", f"{barred.command} --what-if"
    if errors:
        return _harmless(errors)
    return "Next", target.invoke_fix("run", "-c", _SAMPLE)


def _harmless(found: Sequence[Block]) -> tuple[str, str]:
    """What can be pasted without a thought, else what there is to read."""
    pasted = next((block.command for block in found if block.command and block.is_harmless), None)
    return ("Next", pasted) if pasted else ("Read more", _page(found[0]))


def proposed(diagnosis: Diagnosis) -> tuple[str, str, str] | None:
    """Beside an object: the first finding with a fix, what that fix is for its reader, and what to paste or do."""
    block = next((block for block in blocks(diagnosis.findings) if block.first.fixes), None)
    if block is None:
        return None
    fix = block.first.fixes[0]
    if fix.command and fix.command.startswith(OURS) and _is_barred(block, diagnosis):
        return block.first.id, "Plan to hand over", f"{fix.command} --what-if"
    return block.first.id, "Next", fix.command or fix.description


def _page(block: Block) -> str:
    return az("aks", "invoke-fix", "explain", "--finding", block.first.id)
