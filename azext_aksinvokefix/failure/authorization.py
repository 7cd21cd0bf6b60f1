"""What ARM and Kubernetes write when they refuse: the action and scope, or the verb and resource, and for whom."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.failure.pattern import Pattern
from azext_aksinvokefix.failure.text import Text
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, READ_RESULT

_CLIENT = Pattern(r"(?i)theclient'([^']{1,256})'withobjectid'([^']{1,64})'")
_REFUSED = Pattern(
    r"(?i)doesnothave(?:permission|authorization(?:oranabacconditionnotfulfilled)?)"
    r"toperformaction(?:\(s\))?'([^']{1,256})'"
    r"(?:over|onthelinked)?scope(?:\(s\))?'?([^']{0,1024})"
)
_DENY = Pattern(
    r"(?i)becauseofthedenyassignmentwithname'([^']{1,512})'(?:andid'([^']{1,64})')?(?:atscope'([^']{1,1024}))?"
)
_PERFORM = Pattern(r"(?i)toperformaction'([^']{1,256})'onscope'([^']{1,1024})'")
_LOCKED = Pattern(r"(?i)scope\(s\)arelocked:'([^']{1,1024})")
_SCOPE = Pattern(r"(?i)thescope'([^']{1,1024})'cannotperform(\w{1,20}?)operation")
_FORBIDDEN = Pattern(
    r"(?i)user'([^']{0,256})'cannot([a-z]{2,40}?)resource'([^']{1,128})'inapigroup'([^']{0,128})'"
    r"(?:inthenamespace'([^']{1,63})'|attheclusterscope)?"
)
#: A log hides secrets, so the user may have lost its quotes: ``User *** cannot list resource "pods"``.
_HIDDEN_USER = Pattern(
    r"(?i)forbidden:user([^']{1,256}?)cannot(get|list|watch|create|update|patch|delete[a-z]{0,10}|[a-z]{2,40}?)"
    r"resource'([^']{1,128})'(?:inapigroup'([^']{0,128})'(?:inthenamespace'([^']{1,63})')?)?"
)
_MASK = Pattern(r"(?i)[*<>\[\]]|\u2026|^x{3,}|^redacted|^hidden|^removed|^\.{3}")
_OLD_FORBIDDEN = Pattern(
    r"(?i)user'([^']{1,256})'cannot(get|list|watch|create|update|patch|delete)([a-z]{2,60}?)(?:at|in)the"
)


def arm(text: Text) -> dict[str, Any]:
    """``action``, ``scope``, ``clientId``, ``objectId`` of an AuthorizationFailed and its relatives, where they stand.

    Of several refused actions the result's is reported last: that command ran, but the others keep the next from it.
    """
    facts = _caller(text)
    refused = {found.group(1).lower(): found for found in _REFUSED.finditer(text.dense)}
    if refused:
        first = min(refused, key=_action_rank)
        facts["action"] = refused[first].group(1)
        if refused[first].group(2):
            facts["scope"] = refused[first].group(2)
        facts["actions"] = tuple(found.group(1) for found in refused.values())
    return facts


def deny_assignment(text: Text) -> dict[str, Any]:
    """Who was denied which action, and the name, id and scope of the deny assignment."""
    facts = _caller(text)
    performed = _PERFORM.search(text.dense)
    if performed:
        facts["action"], facts["scope"] = performed.groups()
    found = _DENY.search(text.dense)
    if found:
        facts["denyAssignment"] = " ".join(text.spaced(*found.span(1)).split())
        facts["denyAssignmentId"] = found.group(2)
        facts["denyAssignmentScope"] = found.group(3)
    return {name: value for name, value in facts.items() if value}


def lock(text: Text) -> dict[str, Any]:
    """The locked scope, and the scope that was to be written."""
    locked = _LOCKED.search(text.dense)
    scope = _SCOPE.search(text.dense)
    facts = {"lock": locked and locked.group(1), "scope": scope and scope.group(1)}
    return {name: value for name, value in facts.items() if value}


def kubernetes(text: Text) -> dict[str, Any]:
    """``user``, ``verb``, ``resource``, ``group``, ``namespace`` and ``azureRbac`` of a Kubernetes Forbidden.

    ``azureRbac`` says that the answer came through Azure RBAC for Kubernetes, whichever finding that makes.
    """
    facts: dict[str, Any] = {"azureRbac": text.any(*_AZURE_RBAC)}
    found = _FORBIDDEN.search(text.dense) or _HIDDEN_USER.search(text.dense)
    if found:
        names = ("user", "verb", "resource", "group", "namespace")
        facts.update({name: value for name, value in zip(names, found.groups()) if value is not None})
        return _without_mask(facts)
    old = _OLD_FORBIDDEN.search(text.dense)
    if old:
        facts.update(zip(("user", "verb", "resource"), old.groups()))
    return _without_mask(facts)


def _without_mask(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts without a user that a log or this extension hid: ``***`` is nobody, and no command may name it."""
    if _MASK.search(facts.get("user", "")):
        return {**{name: value for name, value in facts.items() if name != "user"}, "userHidden": True}
    return facts


_AZURE_RBAC = (
    "updateroleassignmenttoallowaccess",
    "azuredoesnothaveopinionforthis",
    "accessdeniedbyazurerbac",
    "accessdeniedduetoazurerbaccheckfailure",
    "haveaccesstotheresourceinazure",
)


def _caller(text: Text) -> dict[str, Any]:
    found = _CLIENT.search(text.dense)
    return dict(zip(("clientId", "objectId"), found.groups())) if found else {}


def _action_rank(action: str) -> int:
    needed = [each.lower() for each in NEEDED_ACTIONS]
    if action == READ_RESULT.lower():
        return len(needed)
    return needed.index(action) if action in needed else len(needed) - 1
