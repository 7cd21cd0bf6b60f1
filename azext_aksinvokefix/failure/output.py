"""The output of a command that ran: whatever is refused in it was refused to the command, not to the invoke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix.failure import authorization, denials, ended, files, program, rules
from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.rule import first
from azext_aksinvokefix.failure.text import Text

_ENVELOPES = ("failedtoruncommandinmanagedcluster", "failedtoruncommandduetocluster", "blockedby", "failedwithreason:")
#: What az says of a request that failed: also after another command in the same log that went well.
_REQUESTS = ("operationreturnedaninvalidstatus", "(authorizationfailed)theclient")
_KUBECTL = ("errorfromserver(", "errorwhencreating", "errorwhenapplying", "errorwhenpatching", "errorwhendeleting")
_FILES = ("error:thepath'", "accumulatingresources", "unabletofindoneof'kustomization", "error:cannotreadfile")
_HELM = ("installationfailed:", "upgradefailed:", "unabletobuildkubernetesobjects")
_COMMAND_POD = Pattern(r"command-[0-9a-f]{32}")


def is_output(text: Text, stage_hint: str | None) -> bool:
    """True when ``text`` was printed by a command in the cluster, as its reader says or its form shows."""
    if stage_hint == "command":
        return True
    if text.any(*_ENVELOPES, *_REQUESTS):
        return False
    if ended.is_result(text):
        return True
    if text.any(*rules.API_SERVER_THROTTLES):
        return False
    about_the_pod = text.has("user-command") or _COMMAND_POD.search(text.low)
    return text.any(*_KUBECTL, *_HELM, *_FILES) and not about_the_pod


def read(text: Text, *, is_known: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Findings and facts of the output, the most precise first; of a command with exit code 0 only what it was refused.

    ``is_known``: its reader says that it is the output of a command which failed.
    """
    code = ended.exit_code(text)
    facts = {} if code is None else {"exitCode": code}
    precise = list(_refusals(text))
    if code != 0:
        precise += [*_throttled(text), *_shell(text, code, ran=is_known or code is not None)]
    for finding, more in precise:
        yield finding, {**more, **facts}
    if precise or code == 0:
        return
    if is_known or code or not ended.is_result(text) or text.any(*_TROUBLE):
        yield "command-failed", {**facts, **_file(text)}


def _throttled(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the API server did not take from the command, of which it has nothing but this to say."""
    if text.any(*rules.API_SERVER_THROTTLES):
        yield "api-server-guarded", {}


#: What tells of trouble in an output whose exit code was cut off.
_TROUBLE = ("error", "fail", "denied", "notfound", "cannot", "unable", "invalid")


def _file(text: Text) -> dict[str, Any]:
    """``fileMissing`` where the output says that a path is not there."""
    return {"fileMissing": True} if first(rules.FILES, text) else {}


def forbidden(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kubernetes authorization: whether an Azure role or only a RoleBinding helps shows in the end of the sentence."""
    by_user = text.any("forbidden:user") and text.any("cannot")
    if not by_user and not (
        text.any("'cannot") and text.any("attheclusterscope", "inthenamespace'", "inapigroup'", *_AZURE)
    ):
        return
    facts = authorization.kubernetes(text)
    role_helps = text.any(*_AZURE)
    yield ("kubernetes-forbidden-azure-rbac" if role_helps else "kubernetes-forbidden"), facts


_AZURE = (
    "updateroleassignmenttoallowaccess",
    "accessdeniedduetoazurerbaccheckfailure",
    "nothaveaccesstotheresourceinazure",
)


def _refusals(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    found = denials.find(text)
    if found:
        yield "command-denied-by-policy", denials.facts(found)
    yield from forbidden(text)


def _shell(text: Text, code: int | None, *, ran: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    missing = program.find(text, ran=ran)
    if code == 127 or (missing and not missing.here):
        yield "command-not-found", {"program": missing.name} if missing and missing.name else {}
    file = files.missing(text)
    if file:
        yield "file-not-attached", {"file": file}
    rule = first(rules.COMMAND, text)
    if rule:
        yield rule.finding, {}
