"""A scan from its az arguments to the object or the page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.estate.accepted import Accepted
    from azext_aksinvokefix.estate.scan import Follow, Scope
    from azext_aksinvokefix.lifecycle import Diagnosis
    from azext_aksinvokefix.report.console import Console


@dataclass(frozen=True)
class ScanArguments:
    """The arguments of `scan`."""

    subscriptions: list[str]
    management_groups: list[str]
    all_subscriptions: bool
    group: str | None
    who: bool
    verify: str
    accepted: str | None


def judged(cmd: Any, asked: ScanArguments, fail_on: str) -> Any:
    """Judge an estate; what is printed, with the exit code set."""
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import exits, reporting

    console = Console(cmd.cli_ctx, "", "")
    with reporting.place_of(cmd) as told:
        found = scanned(cmd, console, asked)
        told.hold("scan", found)
    standing = [finding for one in found["clusters"] for finding in one["findings"] if not finding["accepted"]]
    exits.leave_where_findings_stand(cmd.cli_ctx, (finding["severity"] for finding in standing), fail_on)
    return shown(console, found)


def scanned(cmd: Any, console: Console, asked: ScanArguments) -> dict[str, Any]:
    """The contracted Scan; everything that goes wrong as the CLI's own errors."""
    from datetime import datetime, timezone

    from azext_aksinvokefix import log_records
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.estate.scan import ScanOptions, scan
    from azext_aksinvokefix.surface import errors, signals
    from azext_aksinvokefix.surface.connection import connect_or_raise

    now = datetime.now(timezone.utc)
    accepted = _accepted(asked.accepted, now.date())
    try:
        with log_records.redacted(), console.progress(), signals.terminable():
            console.stage("Asking Azure Resource Graph")
            scope = _scope(cmd, asked)
            edge, _ = connect_or_raise(cmd, console)
            wishes = ScanOptions(asked.who, accepted, _follow(cmd, console, asked.verify, accepted))
            found = scan(edge.arm, scope, wishes, edge.sign_in, now, _telling(console))
    except ArmError as error:
        raise _of_scope(error, asked) or errors.by_azure(error) from error
    except KeyboardInterrupt as interrupt:
        console.error("Interrupted. Nothing was changed: a scan only reads.")
        sys.exit(signals.exit_code(interrupt))
    for warning in accepted.warnings():
        console.warn(f"{asked.accepted}: {warning}")
    return found


def shown(console: Console, found: dict[str, Any]) -> Any:
    """The report for a person, else the object."""
    from azext_aksinvokefix.report import scan, terminal

    if not console.is_for_a_person:
        return found
    unicode = terminal.shows_unicode(sys.stdout)
    return console.show(scan.render(found, width=terminal.columns(), unicode=unicode))


def management_groups(cmd: Any) -> list[str]:
    """The names of the management groups above the subscriptions of the signed-in user; none where they are refused."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.estate.graph import Graph
    from azext_aksinvokefix.estate.graph import Scope as GraphScope
    from azext_aksinvokefix.estate.inventory import chain
    from azext_aksinvokefix.estate.queries import subscriptions

    arm = clients.arm(cmd.cli_ctx, clients.container_service(cmd.cli_ctx))
    scope = GraphScope(tuple(str(one["id"]) for one in _cached(cmd)))
    return sorted({name for row in Graph(arm, scope).ask(subscriptions()).rows for name in chain(row) or ()})


def _telling(console: Console) -> Any:
    return lambda about, pages: console.stage(f"Asking Azure Resource Graph: {about}, page {pages}")


def _accepted(path: str | None, today: Any) -> Accepted:
    from azure.cli.core.azclierror import FileOperationError, ValidationError

    from azext_aksinvokefix.estate import accepted
    from azext_aksinvokefix.quoting import clause, one_line

    if path is None:
        return accepted.Accepted([], today)
    try:
        with open(path, encoding="utf-8-sig") as file:
            return accepted.read(file.read(), today)
    except accepted.AcceptedError as error:
        raise ValidationError(
            one_line(f"The file '{path}' cannot be used: {clause(str(error))}."),
            recommendation="Write a list of entries with finding, cluster, until and reason, in YAML or JSON.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise FileOperationError(
            f"The file '{path}' cannot be read: {clause(str(why))}.",
            recommendation="Name a file with accepted findings.",
        ) from error


def _scope(cmd: Any, asked: ScanArguments) -> Scope:
    """The subscriptions by their ids. The client signs in to the tenant of the first."""
    from azure.cli.core.commands.client_factory import get_subscription_id

    from azext_aksinvokefix.estate.scan import Scope

    if asked.management_groups:
        return Scope(management_groups=tuple(dict.fromkeys(asked.management_groups)))
    current = get_subscription_id(cmd.cli_ctx)
    if asked.all_subscriptions:
        return Scope(tuple(str(one["id"]) for one in _cached(cmd)))
    chosen = tuple(dict.fromkeys(_chosen(cmd, asked.subscriptions))) or (current,)
    cmd.cli_ctx.data["subscription_id"] = chosen[0]
    return Scope(chosen, resource_group=asked.group)


def _cached(cmd: Any) -> list[dict[str, Any]]:
    """The subscriptions that are signed in, in the tenant of the current one: a token is for one tenant."""
    from azure.cli.core._profile import Profile
    from azure.cli.core.commands.client_factory import get_subscription_id

    known = [one for one in Profile(cli_ctx=cmd.cli_ctx).load_cached_subscriptions() if one.get("state") == "Enabled"]
    current = get_subscription_id(cmd.cli_ctx)
    tenant = next((one["tenantId"] for one in known if one["id"] == current), None)
    return [one for one in known if tenant is None or one["tenantId"] == tenant]


def _chosen(cmd: Any, wanted: Sequence[str]) -> list[str]:
    from azure.cli.core._profile import Profile
    from azure.cli.core.azclierror import ResourceNotFoundError
    from knack.util import CLIError

    profile, found = Profile(cli_ctx=cmd.cli_ctx), []
    for name in wanted:
        try:
            found.append(profile.get_subscription(name))
        except CLIError as error:
            raise ResourceNotFoundError(
                str(error), recommendation="`az account list` shows the ones you can use."
            ) from error
    return [str(one["id"]) for one in _of_one_tenant(found)]


def _of_one_tenant(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from azure.cli.core.azclierror import InvalidArgumentValueError

    other = next((one for one in found if one["tenantId"] != found[0]["tenantId"]), None)
    if other is not None:
        raise InvalidArgumentValueError(
            f"The subscriptions '{found[0]['name']}' and '{other['name']}' are in different tenants.",
            recommendation="Scan the subscriptions of one tenant at a time.",
        )
    return found


def _of_scope(error: Any, asked: ScanArguments) -> Exception | None:
    """Resource Graph's refusal of a management group, by its name."""
    from azure.cli.core.azclierror import ResourceNotFoundError

    from azext_aksinvokefix.quoting import one_line

    if not asked.management_groups or not _is_about_groups(error):
        return None
    named = [name for name in asked.management_groups if name.lower() in error.message.lower()]
    names = ", ".join(named or asked.management_groups)
    found: Exception = ResourceNotFoundError(
        one_line(f"There is no management group {names}, or you are not allowed to read it. {error.message}"),
        recommendation="`az account management-group list` shows the ones you can use.",
    )
    return found


def _is_about_groups(error: Any) -> bool:
    said = f"{error.code} {error.message}".lower().replace(" ", "")
    return error.status in (400, 403, 404) and "managementgroup" in said


def _follow(cmd: Any, console: Console, wanted: str, accepted: Accepted) -> Follow | None:
    if wanted == "none":
        return None

    def look(clusters: Sequence[dict[str, Any]]) -> None:
        from azext_aksinvokefix.estate.verify import verify

        chosen = [one for one in clusters if wanted == "all" or one["verdict"] != "ready"]
        verify(chosen, accepted, lambda one: _diagnosed(cmd, one), _counting(console))

    return look


def _counting(console: Console) -> Any:
    return lambda done, of: console.stage(f"Diagnosing {of} clusters, {done} done")


def _diagnosed(cmd: Any, cluster_id: str) -> Diagnosis:
    """Each with an edge of its own, over the connections of the scan."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix import diagnosis

    edge = clients.CliEdge(cmd, clients.container_service(cmd.cli_ctx), None)
    return diagnosis.diagnose(edge, cluster_id)
