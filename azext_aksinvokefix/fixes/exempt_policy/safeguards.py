"""Excluding the namespace of run commands from Deployment Safeguards, through the resource that steers them.

The policy assignment behind them belongs to AKS and is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes.documents import value_at, with_value, writable
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.changes.reading import is_document
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import commands
from azext_aksinvokefix.shapes import items

_LIST = ("properties", "excludedNamespaces")


def change(session: Session, safeguards: Item) -> Change:
    """The write; RefusedError where the resource that steers the safeguards is not known."""
    document = resource(session, safeguards)
    excluded = [*items(value_at(document, _LIST)), COMMAND_NAMESPACE]
    return Change(
        what=f"Exclude namespace {COMMAND_NAMESPACE} from Deployment Safeguards of this cluster",
        method="PUT",
        id=path(session),
        api_version=api_versions.SAFEGUARDS,
        before=document,
        after=with_value(writable(document), _LIST, excluded),
    )


def path(session: Session) -> str:
    return f"{session.cluster_id}/providers/Microsoft.ContainerService/deploymentSafeguards/default"


def resource(session: Session, safeguards: Item) -> Mapping[str, Any]:
    """The resource as it was read."""
    if safeguards.known and is_document(safeguards.value):
        found: Mapping[str, Any] = safeguards.value
        return found
    why = safeguards.unread or "there is no such resource"
    raise RefusedError(
        f"Nothing was changed: Deployment Safeguards deny the command pod, and {path(session)} cannot be read: {why}",
        "Ask someone with Microsoft.ContainerService/deploymentSafeguards/read and /write to run this command. Do "
        "not change the policy assignment of Deployment Safeguards.",
    )


def stock(session: Session, safeguards: Item) -> str:
    """The same as a stock az command."""
    found = resource(session, safeguards)
    return commands.exclude_from_safeguards(found, session.cluster_id, COMMAND_NAMESPACE, "")
