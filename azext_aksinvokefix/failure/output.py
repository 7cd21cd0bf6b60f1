"""The output of a command that ran: whatever is refused in it was refused to the command, not to the invoke."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix.failure import authorization, denials, files, rules
from azext_aksinvokefix.failure.details import exit_code, program
from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.rule import first
from azext_aksinvokefix.failure.text import Text

_ENVELOPES = ("failedtoruncommandinmanagedcluster", "failedtoruncommandduetocluster", "blockedby", "failedwithreason:")
_KUBECTL = ("errorfromserver(", "errorwhencreating", "errorwhenapplying", "errorwhenpatching", "errorwhendeleting")
_HELM = ("installationfailed:", "upgradefailed:", "unabletobuildkubernetesobjects")
_COMMAND_POD = Pattern(r"command-[0-9a-f]{32}")


def is_output(text: Text, stage_hint: str | None) -> bool:
    """True when ``text`` was printed by a command in the cluster, as its reader says or its form shows."""
    if stage_hint == "command":
        return True
    if text.any(*_ENVELOPES):
        return False
    if text.has("commandstartedat", "withexitcode="):
        return True
    if text.has("'provisioningstate':'succeeded'", "'exitcode':"):
        return True
    about_the_pod = text.has("user-command") or _COMMAND_POD.search(text.low)
    return text.any(*_KUBECTL, *_HELM) and not about_the_pod


def read(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """Findings and facts of the output, the most precise first; none when it ends with exit code 0."""
    code = exit_code(text)
    facts = {} if code is None else {"exitCode": code}
    precise = list(_refusals(text)) + list(_shell(text, code))
    for finding, more in precise:
        yield finding, {**more, **facts}
    if not precise and code != 0:
        yield "command-failed", facts


def forbidden(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kubernetes authorization: whether an Azure role or only a RoleBinding helps shows in the end of the sentence."""
    if not text.any("isforbidden:user'", "'cannot") or not text.any(
        "attheclusterscope", "inthenamespace'", "inapigroup'"
    ):
        return
    facts = authorization.kubernetes(text)
    role_helps = text.any("updateroleassignmenttoallowaccess", "accessdeniedduetoazurerbaccheckfailure")
    yield ("kubernetes-forbidden-azure-rbac" if role_helps else "kubernetes-forbidden"), facts


def _refusals(text: Text) -> Iterator[tuple[str, dict[str, Any]]]:
    found = denials.find(text)
    if found:
        yield "command-denied-by-policy", denials.facts(found)
    yield from forbidden(text)


def _shell(text: Text, code: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    missing = program(text)
    if missing or code == 127:
        yield "command-not-found", {"program": missing} if missing else {}
    file = files.missing(text)
    if file:
        yield "file-not-attached", {"file": file}
    rule = first(rules.COMMAND, text)
    if rule:
        yield rule.finding, {}
