"""From the object of a command to the model of its report; every text on the way is made printable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from azext_aksinvokefix import redact
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.finding_ids import UNRECOGNIZED
from azext_aksinvokefix.lifecycle import STAGES
from azext_aksinvokefix.quoting import block
from azext_aksinvokefix.report.document.model import (
    Access,
    Change,
    Cluster,
    Finding,
    Fix,
    RepairStep,
    Report,
    RunStep,
    Stage,
    Unknown,
)

_VERDICTS = {
    "ready": "Ready: all stages that were checked passed.",
    "blocked": "Blocked: a command fails until this is fixed.",
    "degraded": "Degraded: a command runs, with warnings.",
    "unknown": "Unknown: some stages could not be checked.",
}
_OUTCOMES = {
    "succeeded": "The command ran and succeeded.",
    "failed": "The command ran and exited with {exitCode}.",
    "notRun": "The command did not run.",
    "running": "The command was submitted; its result was not awaited.",
    "timedOut": "There was no result within --timeout; the command might still be running.",
    "unknown": "It is not known whether the command ran.",
}
_RUN_VERDICTS = {"succeeded": "ready", "failed": "blocked", "notRun": "blocked"}
_WALKS = {
    "works": "Repaired: a test command ran in the cluster.",
    "broken": "Not repaired.",
    "planned": "Planned: nothing was changed.",
}
#: A stage that was judged by nobody needs a reason, for those who read `skipped` as a test that was forgotten.
_SKIPPED = "not reached: an earlier stage failed"
_NOT_SEEN = "not checked: only running a command shows this"
_NOT_SCANNED = "not checked: Azure Resource Graph does not show this"

Document = Mapping[str, Any]


def clean(document: Any) -> Any:
    """A document of which every string may be printed and holds no secret; the same string is looked at once."""

    @cache
    def printable(text: str) -> str:
        return block(text.encode("utf-8", "replace").decode("utf-8")).translate(_NOT_IN_XML)

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, (list, tuple)):
            return [walk(each) for each in value]
        if isinstance(value, dict):
            return {name: walk(each) for name, each in value.items()}
        return value

    return walk(redact.document(document))


#: What no XML may hold and no other format needs.
_NOT_IN_XML = {code: "\ufffd" for code in (0xFFFE, 0xFFFF)}


def of_diagnosis(document: Document) -> Cluster:
    """Of a clean Diagnosis."""
    findings = tuple(_finding(each) for each in document["findings"])
    unknowns = tuple(_unknown(each) for each in document["unknowns"])
    return Cluster(
        *_named(Target.of(document["clusterId"]) if document["clusterId"] else None),
        verdict=document["verdict"],
        sentence=_sentence(document["verdict"], findings),
        stages=_stages(document["stages"], unknowns, _NOT_SEEN),
        findings=findings,
        unknowns=unknowns,
        facts=_facts(("Correlation id", document.get("correlationId"))),
    )


def of_run(document: Document, target: Target | None, command: str | None = None) -> Cluster:
    """Of the clean object of a run; ``command`` is what was run, where the object has no steps that say so."""
    outcome, failure, diagnosis = document["outcome"], document["failure"], document["diagnosis"]
    looked = of_diagnosis(diagnosis) if diagnosis else None
    lost = [each["remote"] for each in document.get("fetched", ()) if each["outcome"] != "fetched"]
    stages = looked.stages if looked else _stages_of(outcome, failure)
    sentence = _OUTCOMES[outcome].format_map(document)
    if lost and outcome == "succeeded":
        stages = (*stages[:-1], Stage(stages[-1].name, "failed"))
        sentence = f"{sentence} Not fetched: {', '.join(lost)}."
    return Cluster(
        *_named(target),
        verdict="degraded" if lost and outcome == "succeeded" else _RUN_VERDICTS.get(outcome, "unknown"),
        sentence=sentence,
        stages=stages,
        findings=looked.findings if looked else _findings_of(failure),
        unknowns=looked.unknowns if looked else (),
        facts=_facts(
            ("Command", None if document.get("steps") else command),
            ("Exit code", document["exitCode"]),
            ("Command id", document["commandId"]),
            ("Started", document["startedAt"]),
            ("Finished", document["finishedAt"]),
            ("Output", "cut off by the service" if document["truncated"] else None),
            *((f"Fetched {each['remote']}", _fetched(each)) for each in document.get("fetched", ())),
            *(looked.facts if looked else ()),
        ),
        run_steps=tuple(RunStep(one["command"], one["outcome"], one["exitCode"]) for one in document.get("steps", ())),
        output=document["logs"],
        worked=outcome == "succeeded" and not lost,
    )


def of_repair(document: Document, target: Target | None, command: str | None = None) -> Cluster:
    """Of the clean object of a repair, with the run behind it if there was one."""
    run = of_run(document["run"], target, command) if document["run"] else None
    looked = of_diagnosis(document["diagnosis"]) if document["diagnosis"] else None
    works = document["outcome"] == "works"
    passed = tuple(Stage(name, "passed") for name in STAGES)
    sentence = " ".join(filter(None, (_WALKS[document["outcome"]], document["reason"], run.sentence if run else "")))
    last = run or (None if works else looked)
    return Cluster(
        *_named(target),
        verdict=run.verdict if run else "ready" if works else looked.verdict if looked else "unknown",
        sentence=sentence,
        stages=last.stages if last else passed if works else _stages_of("unknown", None),
        findings=last.findings if last else (),
        unknowns=last.unknowns if last else (),
        facts=run.facts if run else looked.facts if looked else (),
        repair_steps=tuple(_repair_step(each) for each in document["steps"]),
        run_steps=run.run_steps if run else (),
        output=run.output if run else None,
        worked=run.worked if run else works,
    )


def of_scan(document: Document) -> Report:
    """Of the clean object of a scan."""
    clusters = tuple(_scanned(each) for each in document["clusters"])
    unknowns = tuple(Unknown("", each["what"], each["why"], tuple(each["needs"])) for each in document["unknowns"])
    count = document["summary"]["clusters"]
    title = f"Scan of {count} cluster{'' if count == 1 else 's'}"
    note = "Azure Resource Graph can be minutes behind."
    return Report("scan", title, clusters, document, document["scannedAt"], note, unknowns)


def failed(target: Target | None, why: str) -> Cluster:
    """A cluster of several for which the command ended with an error instead of an object."""
    return Cluster(
        *_named(target), sentence=f"There is no result: {why}", stages=_stages_of("unknown", None), worked=False
    )


def _scanned(document: Document) -> Cluster:
    findings = tuple(_finding(each) for each in document["findings"])
    unknowns = tuple(_unknown(each) for each in document["unknowns"])
    who = document["runCommand"]
    return Cluster(
        name=document["name"],
        id=document["id"],
        group=document["resourceGroup"],
        verdict=document["verdict"],
        sentence=_sentence(document["verdict"], findings),
        stages=_stages(document["stages"], unknowns, _NOT_SCANNED),
        findings=findings,
        unknowns=unknowns,
        facts=_facts(
            ("Subscription", document["subscriptionId"]),
            ("Location", document["location"]),
            ("Kubernetes", document["kubernetesVersion"]),
        ),
        access=Access(who["enabled"], who["asClusterAdmin"], len(who["principals"])) if who else None,
    )


def _named(target: Target | None) -> tuple[str, str, str]:
    """The name, the id and the group of a cluster; its id is empty where nobody is signed in."""
    return (target.name or target.id, target.id, target.group) if target else ("an error text alone", "", "")


def _sentence(verdict: str, findings: Sequence[Finding]) -> str:
    if verdict == "blocked" and all(each.id == UNRECOGNIZED for each in findings if each.is_error):
        return "Unknown: nothing that was checked explains the text."
    return _VERDICTS[verdict]


def _stages(stages: Iterable[Document], unknowns: Sequence[Unknown], not_judged: str) -> tuple[Stage, ...]:
    made, is_behind_failure = [], False
    for each in stages:
        name, outcome = each["stage"], each["outcome"]
        gaps = [gap for gap in unknowns if gap.stage == name]
        why = ""
        if outcome == "unknown":
            why = "; ".join(f"{gap.what}: {gap.why}" for gap in gaps) or "it could not be checked"
        elif outcome == "skipped":
            why = _SKIPPED if is_behind_failure else not_judged
        is_behind_failure = is_behind_failure or outcome == "failed"
        made.append(Stage(name, outcome, why))
    return tuple(made)


def _stages_of(outcome: str, failure: Document | None) -> tuple[Stage, ...]:
    """The stages of a run that nobody looked into: those that its outcome or its failure alone tells of."""
    if outcome == "succeeded":
        return tuple(Stage(name, "passed") for name in STAGES)
    if failure is None or failure["finding"] == UNRECOGNIZED:
        return tuple(Stage(name, "unknown", "the cause was not looked for") for name in STAGES)
    broken = STAGES.index(failure["stage"])
    return tuple(
        Stage(name, "passed")
        if index < broken
        else Stage(name, "failed")
        if index == broken
        else Stage(name, "skipped", _SKIPPED)
        for index, name in enumerate(STAGES)
    )


def _findings_of(failure: Document | None) -> tuple[Finding, ...]:
    """The finding that the text of a failure stands for, where no diagnosis says more."""
    from azext_aksinvokefix import catalog

    if failure is None:
        return ()
    entry = catalog.FINDINGS[failure["finding"]]
    fix = Fix(block(entry.fix), "manual")
    return (
        Finding(
            entry.id,
            failure["stage"],
            entry.severity,
            "possible",
            entry.title,
            failure["message"],
            (("this run", failure["message"]),),
            (fix,),
        ),
    )


def _finding(document: Document) -> Finding:
    return Finding(
        document["id"],
        document["stage"],
        document["severity"],
        document["confidence"],
        document["title"],
        document["message"],
        tuple((each["source"], each["detail"]) for each in document["evidence"]),
        tuple(
            Fix(each["description"], each["safety"], each["command"], each["stockCommand"], tuple(each["requires"]))
            for each in document["fixes"]
        ),
        document.get("accepted", False),
    )


def _unknown(document: Document) -> Unknown:
    return Unknown(document["stage"], document["what"], document["why"], tuple(document["needs"]))


def _repair_step(document: Document) -> RepairStep:
    plan = document["plan"] or {"changes": (), "warnings": (), "changeId": None}
    return RepairStep(
        document["finding"],
        document["action"],
        document["reason"],
        tuple(Change(f"{each['method']} {each['id']}", each.get("state") or "") for each in plan["changes"]),
        plan["changeId"] or "",
        tuple(plan["warnings"]),
    )


def _fetched(document: Document) -> str:
    if document["outcome"] != "fetched":
        return f"{document['outcome']}. {document['detail'] or ''}".strip()
    return f"{document['local']} ({document['files']} files, {document['bytes']} B)"


def _facts(*pairs: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(value)) for label, value in pairs if value not in (None, ""))
