"""The commands about changes that were made before: `undo` and `history`, and the journal that they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.surface import connection, errors
from azext_aksinvokefix.surface.writing import carry_out, journal, session, writing_command

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import ApplyOptions
    from azext_aksinvokefix.changes.records.journal import Journal
    from azext_aksinvokefix.surface.session import ConsoleSession


def warn_of_journal(own: Journal) -> None:
    """Say once what the journal holds that is neither listed nor taken back."""
    from azext_aksinvokefix.report.changes import Changes

    Changes.warned(own.kept().warnings())


def exported(own: Journal, path: str, scope: str | None) -> str:
    """Write the changes of the journal to an undo document; what became of that in a line."""
    from azext_aksinvokefix.changes.records import record, undo_file

    changes = [change for change in own.changes().values() if record.is_within(change, scope)]
    if not changes:
        return f"Nothing was written to {path}: there are no changes."
    undo_file.export(path, changes)
    return f"Undo document with {len(changes)} change(s): {path}"


@dataclass(frozen=True)
class UndoArguments:
    """Which change is meant: the one with an id, or the latest one of a cluster; of the journal, or of a file."""

    resource_group: str | None = None
    name: str | None = None
    change_id: str | None = None
    from_file: str | None = None

    def scope(self, cmd: Any) -> str | None:
        """Where the change was made. With an id or a file a group alone says nothing: it may be the configured
        default."""
        is_said = self.name or not (self.change_id or self.from_file)
        return connection.scope_of(cmd, self.resource_group, self.name) if is_said else None


def taken_back(cmd: Any, given: UndoArguments, wishes: ApplyOptions) -> Any:
    """Undo a change of the journal, or of an undo document; what is printed, with the exit code set."""
    from azext_aksinvokefix.changes import undo
    from azext_aksinvokefix.fixes.grant_role.errors import TAKING_BACK
    from azext_aksinvokefix.surface import read_only

    read_only.refuse_if_set(cmd.cli_ctx, wishes.what_if)
    kept, working = journalled(cmd, given.change_id, given.scope(cmd), given.from_file)
    return carry_out(working, lambda: undo.plan(working.arm, kept), wishes, None, TAKING_BACK)


def listed(cmd: Any, scope: str | None, export: str | None) -> Any:
    """The changes within a scope and whether they stand; they are also written to the file of ``export``."""
    from azext_aksinvokefix.changes.records import history
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, "", "")
    with writing_command(console):
        console.stage("Checking whether the changes are still in effect")
        warn_of_journal(journal(cmd))
        if export is not None:
            console.note(exported(journal(cmd), export, scope))
        rows = history.listed(journal(cmd), arm_if_signed_in(cmd), scope)
    return console.changes.listed(rows)


def journalled(
    cmd: Any, change_id: str | None, scope: str | None, file: str | None = None
) -> tuple[Mapping[str, Any], ConsoleSession]:
    """A change of the journal, or of an undo document, and a session for its cluster, in the subscription of that
    cluster."""
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.report.console import Console

    with errors.told():
        warn_of_journal(journal(cmd))
        kept = _kept(cmd, change_id, scope, file)
        _refuse_other_cloud(cmd, kept)
    cluster = Target.of(str(kept.get("clusterId") or ""))
    cmd.cli_ctx.data["subscription_id"] = cluster.subscription
    return kept, session(cmd, Console(cmd.cli_ctx, cluster.group, cluster.name))


def _kept(cmd: Any, change_id: str | None, scope: str | None, file: str | None) -> Mapping[str, Any]:
    from datetime import datetime, timezone

    from azext_aksinvokefix.changes import undo
    from azext_aksinvokefix.changes.records.undo_source import Saved
    from azext_aksinvokefix.fixes import own_writes

    if file is None:
        return undo.chosen(journal(cmd), change_id, scope)
    found = undo.chosen(Saved(file, journal(cmd)), change_id, scope)
    return own_writes.checked(found, datetime.now(timezone.utc))


def _refuse_other_cloud(cmd: Any, kept: Mapping[str, Any]) -> None:
    from azext_aksinvokefix.changes.plan import RefusedError

    here = cmd.cli_ctx.cloud.endpoints.resource_manager
    if kept.get("endpoint") != here:
        raise RefusedError(
            f"This change was made at {kept.get('endpoint')}, but the CLI is set to {here}.",
            "Switch to that cloud with `az cloud set`, sign in there and repeat the command.",
        )


def arm_if_signed_in(cmd: Any) -> Any:
    """Azure Resource Manager; None where nobody is signed in."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import credential_errors

    try:
        return clients.arm(cmd.cli_ctx, clients.container_service(cmd.cli_ctx))
    except credential_errors():
        return None
