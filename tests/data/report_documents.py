"""Objects of the four commands with one text wherever a cluster, a service or a user could have put it, and texts
that some format, runner or terminal would take for more than text."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import STAGES
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report

CLUSTER_ID = "/subscriptions/s/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
TARGET = Target.of(CLUSTER_ID)

HOSTILE = {
    "script": "</pre></code><script>alert(1)</script>",
    "end of a style": "</style><b>x",
    "attribute": '" onmouseover="alert(1)" x=\'y',
    "image": "<img src=x onerror=alert(1)>",
    "comment": "<!-- x --> <!-- y",
    "cdata": "<![CDATA[ x ]]> ]]>",
    "end of xml": "</system-out></testsuite><testcase name='x'/>",
    "entity": "&lt;script&gt; &#x3C;b&#x3E; &amp;amp; &nbsp;",
    "doctype": "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "template": "${title} $main $$ ${{ secrets.TOKEN }} {0} %s",
    "fence": "```\n# heading\n```",
    "longer fence": "`````````` ~~~~\n~~~~",
    "code span": "`a` ``b`` `",
    "bars": "a | b \\| c \\\\| d",
    "backslashes": "\\ \\\\ \\` \\* \\<b>",
    "link": "[x](javascript:alert(1)) [y]: http://evil.example/ <http://evil.example>",
    "picture": "![x](http://evil.example/x.png)",
    "bare link": "see https://evil.example/?a=b&c=d or www.evil.example or mail x@evil.example",
    "mention": "@octocat @org/team #123 GH-123",
    "heading": "# x\n## y\nz\n===\n---",
    "list": "- x\n1. y\n+ z\n> quote\n    code",
    "emphasis": "**x** __y__ ~~z~~ $a_b$ $$c$$",
    "first": "- x",
    "number": "1. x",
    "html block": "x\n\n<div>\n\n<details open>",
    "github": "::error title=x::y\n::add-mask::a\n ::stop-commands::z",
    "azure": "##vso[task.setvariable variable=PATH]x ##vso[task.complete result=Succeeded]",
    "colour": "##[error]x ##[group]y",
    "hidden order": "#\u200b#vso[task.complete] :\u200b:error::x",
    "escapes of a runner": "%0A::error::x %25 %0D%0A##vso[task.complete] %AZP25",
    "property": "a:b,c;d]e=f\ng",
    "terminal": "\x1b[31mred\x1b]0;title\x07 \x9b1m \x08\x00",
    "direction": "\u202eabc\u2066d",
    "half a pair": "a\ud800b\udfffc",
    "no character": "\ufffe\uffff\ufdd0",
    "line ends": "a\rb\r\nc\u2028d\u2029e\x0bf\x0cg\x85h",
    "spaces": "   \t  ",
    "empty": "",
    "long word": "x" * 5000,
    "many": "&<>\"'`|*_[]#\\" * 200,
    "emoji": "👩‍💻 é ﷽ \u0301\u0301",
}


def _fix(text: str) -> dict[str, Any]:
    return {
        "kind": "command",
        "safety": "reviewed",
        "description": text,
        "command": f"az x '{text}'",
        "stockCommand": f"az y '{text}'",
        "requires": [text],
    }


def finding(text: str, stage: str = "admission", **more: Any) -> dict[str, Any]:
    return {
        "id": "azure-policy-denied",
        "stage": stage,
        "severity": "error",
        "confidence": "confirmed",
        "title": f"Title {text}",
        "message": text,
        "evidence": [{"source": text, "detail": text}],
        "fixes": [_fix(text)],
        "documentation": "https://github.com/Azure/aks-invoke-fix/blob/main/docs/findings.md#azure-policy-denied",
        **more,
    }


def _stages(broken: str = "admission") -> list[dict[str, str]]:
    """Before the broken stage one is unknown."""
    found = []
    for name in STAGES:
        before = STAGES.index(name) < STAGES.index(broken)
        outcome = "failed" if name == broken else "passed" if before else "skipped"
        found.append({"stage": name, "outcome": "unknown" if name == "sign-in" else outcome})
    return found


def diagnosis(text: str) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "clusterId": CLUSTER_ID,
        "correlationId": text,
        "verdict": "blocked",
        "failure": failure(text),
        "stages": _stages(),
        "findings": [finding(text), finding(text, severity="warning", id="autoscaler-lagging", stage="scheduling")],
        "unknowns": [{"stage": "sign-in", "what": text, "why": text, "needs": [text]}],
    }


def failure(text: str) -> dict[str, Any]:
    return {"stage": "admission", "finding": "azure-policy-denied", "code": text, "message": text, "source": "run"}


def run(text: str, **more: Any) -> dict[str, Any]:
    return {
        "commandId": "abc",
        "outcome": "failed",
        "exitCode": 1,
        "logs": text,
        "truncated": False,
        "startedAt": text,
        "finishedAt": text,
        "failure": failure(text),
        "diagnosis": diagnosis(text),
        "steps": [
            {"command": text, "outcome": "succeeded", "exitCode": 0, "logs": text},
            {"command": text, "outcome": "failed", "exitCode": 1, "logs": text},
        ],
        "fetched": [
            {"remote": text, "local": text, "files": 1, "bytes": 2, "outcome": "fetched", "detail": None},
            {"remote": text, "local": text, "files": 0, "bytes": 0, "outcome": "failed", "detail": text},
        ],
        **more,
    }


def succeeded(text: str) -> dict[str, Any]:
    """A run that went well."""
    ran = {"commandId": "abc", "outcome": "succeeded", "exitCode": 0, "logs": text, "truncated": False}
    return {**ran, "startedAt": "t", "finishedAt": "t", "failure": None, "diagnosis": None}


def repair(text: str, **more: Any) -> dict[str, Any]:
    change = {"method": "PUT", "id": f"/x/{text}", "apiVersion": "1", "before": {}, "after": {}, "state": "done"}
    plan = {"whatIf": False, "changeId": "1f0c2b3a4d5e", "changes": [change], "warnings": [text], "verified": True}
    step = {"finding": "azure-policy-denied", "stage": "admission", "action": "applied", "reason": text, "plan": plan}
    refused = {**step, "action": "refused", "plan": None}
    return {
        "outcome": "broken",
        "reason": text,
        "steps": [step, refused],
        "diagnosis": diagnosis(text),
        "run": None,
        **more,
    }


def cluster(text: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{CLUSTER_ID}-{number}",
        "name": f"c{number} {text}",
        "resourceGroup": f"rg {text}",
        "subscriptionId": text,
        "location": text,
        "kubernetesVersion": text,
        "verdict": "blocked",
        "stages": _stages(),
        "findings": [finding(text, accepted=False)],
        "unknowns": [{"stage": "sign-in", "what": text, "why": text, "needs": [text]}],
        "runCommand": {"enabled": True, "asClusterAdmin": True, "principals": [{"principalId": text}]},
        **more,
    }


def ready(number: int) -> dict[str, Any]:
    """A cluster of a scan about which there is nothing to say."""
    stages = [{"stage": name, "outcome": "passed"} for name in STAGES]
    return cluster("", number, verdict="ready", stages=stages, findings=[], unknowns=[], runCommand=None)


def scan(text: str, clusters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    accepted = cluster(text, 2, verdict="ready", findings=[finding(text, accepted=True)])
    found = clusters if clusters is not None else [cluster(text), accepted, ready(3)]
    return {
        "schemaVersion": 1,
        "scannedAt": "2026-11-28T10:00:00Z",
        "scope": {"subscriptions": [text], "managementGroups": None, "resourceGroup": None},
        "summary": {"clusters": len(found), "ready": 0, "blocked": 0, "degraded": 0, "unknown": 0, "findings": {}},
        "clusters": found,
        "unknowns": [{"what": text, "why": text, "needs": [text]}],
        "queries": 1,
    }


def report(kind: str, text: str) -> Report:
    """The report of a command with the text in it."""
    document = building.clean({"diagnose": diagnosis, "run": run, "repair": repair, "scan": scan}[kind](text))
    if kind == "scan":
        return building.of_scan(document)
    if kind == "diagnose":
        clusters = (building.of_diagnosis(document),)
    elif kind == "run":
        clusters = (building.of_run(document, TARGET, building.clean(text)),)
    else:
        clusters = (building.of_repair(document, TARGET),)
    return Report(kind, "Title", clusters, document, "2026-11-28T10:00:00Z")


KINDS = ("run", "diagnose", "repair", "scan")
