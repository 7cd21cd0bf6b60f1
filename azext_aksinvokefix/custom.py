"""One thin function a command: az arguments in, domain call, plain object out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.lifecycle import Failure
    from azext_aksinvokefix.surface.asked import Asked
    from azext_aksinvokefix.surface.reporting import Told
    from azext_aksinvokefix.surface.session import ConsoleSession


def run(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    command_string: list[str] | None = None,
    command_files: list[str] | None = None,
    script: str | None = None,
    script_args: str | None = None,
    keep_going: bool = False,
    fetch: list[str] | None = None,
    full_output: bool = False,
    timeout: float | None = None,
    submit_only: bool = False,
    on_failure: str | None = None,
    command_id: str | None = None,
    report: list[str] | None = None,  # pylint: disable=unused-argument
    ci: str | None = None,
    detail: bool = False,
) -> Any:
    """Run commands or a script in the cluster, or wait for what was submitted before."""
    from azext_aksinvokefix.surface import connection

    connection.begin(cmd)
    from azext_aksinvokefix.invoke.request import Request
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import exits, fleet, reporting, running
    from azext_aksinvokefix.surface.asked import Asked

    where = (cmd, resource_group_name, name)
    with reporting.of(*where) as told, fleet.place_of(*where) as place:
        request = Request(
            tuple(command_string or ()), script, script_args, keep_going, full_output, tuple(fetch or ()), place.below
        )
        console = Console(cmd.cli_ctx, resource_group_name, name, place.turn, detail=detail)
        asked = Asked(request, command_files or [], timeout, submit_only, command_id)
        bracket = reporting.bracket(ci)
        result = running.ended(cmd, console, asked, on_failure, bracket)
        if result.outcome == "notRun" and running.wants_repair(console, result, on_failure):
            session = _session(*where, detail=detail)
            return _repair(cmd, session, result.failure, asked, told, ci=ci, unrepaired=exits.of_run(result))
        place.exit_with(exits.of_run(result))
        document = result.to_json()
        told.hold("run", document, request.command or request.script)
        return place.labelled(told.printed(document)) if console.wants_object else None


def diagnose(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str | None = None,
    name: str | None = None,
    *,
    error: str | None = None,
    error_file: str | None = None,
    command_id: str | None = None,
    offline: bool = False,
    principal: str | None = None,
    policy_templates: list[str] | None = None,
    fresh: bool = False,
    fail_on: str = "never",
    report: list[str] | None = None,  # pylint: disable=unused-argument
    ci: str | None = None,  # pylint: disable=unused-argument
    detail: bool = False,
) -> Any:
    """Say what broke, or what would break, and what fixes it."""
    from azext_aksinvokefix.surface import connection

    # A file that cannot be read is an error before anything is asked.
    if not (offline or error_file or policy_templates):
        connection.begin(cmd)
    from azext_aksinvokefix import diagnosis, log_records
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import diagnosing, exits, reporting, told_failure
    from azext_aksinvokefix.surface import policy_templates as files

    console = Console(cmd.cli_ctx, resource_group_name or "", name or "", detail=detail)
    known, templates = told_failure.read(error, error_file), files.read(policy_templates or ())
    with reporting.of(cmd, resource_group_name, name) as told, log_records.redacted():
        if offline and known:
            found = diagnosis.offline(known)
        else:
            found = diagnosing.live(
                cmd, console, known, command_id=command_id, principal=principal, templates=templates, fresh=fresh
            )
        told.hold("diagnose", found.to_json())
    for line in files.unused(templates):
        console.warn(line)
    if any(_SEVERITY[finding.severity] >= _SEVERITY[fail_on] for finding in found.findings):
        exits.exit_with(cmd.cli_ctx, exits.FINDINGS_STAND)
    return console.page(found)


_SEVERITY = {"info": 0, "warning": 1, "error": 2, "never": 3}


def scan(
    cmd: Any,
    *,
    subscriptions: list[str] | None = None,
    management_groups: list[str] | None = None,
    all_subscriptions: bool = False,
    group: str | None = None,
    who: bool = False,
    verify: str = "none",
    accepted: str | None = None,
    fail_on: str = "never",
    report: list[str] | None = None,  # pylint: disable=unused-argument
    ci: str | None = None,  # pylint: disable=unused-argument
) -> Any:
    """Judge every cluster of an estate from a few queries to Azure Resource Graph."""
    from azext_aksinvokefix.surface import connection

    connection.begin(cmd)
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import exits, reporting, scanning

    console = Console(cmd.cli_ctx, "", "")
    asked = scanning.Asked(
        subscriptions or [], management_groups or [], all_subscriptions, group, who, verify, accepted
    )
    with reporting.of(cmd) as told:
        found = scanning.scanned(cmd, console, asked)
        told.hold("scan", found)
    standing = [finding for one in found["clusters"] for finding in one["findings"] if not finding["accepted"]]
    if any(_SEVERITY[finding["severity"]] >= _SEVERITY[fail_on] for finding in standing):
        exits.exit_with(cmd.cli_ctx, exits.FINDINGS_STAND)
    return scanning.shown(console, found)


def _session(  # pylint: disable=too-many-arguments
    cmd: Any,
    resource_group: str,
    name: str,
    *,
    out: str | None = None,
    what_if: bool = False,
    detail: bool = False,
) -> ConsoleSession:
    """The session of a command that writes, where that is allowed."""
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import read_only, writing

    read_only.refuse_if_set(cmd.cli_ctx, what_if)
    return writing.session(cmd, Console(cmd.cli_ctx, resource_group, name, detail=detail), out)


def _scope(cmd: Any, resource_group: str | None, name: str | None) -> str | None:
    """The ARM id of the cluster that was named, or of the resource group alone; None when neither was."""
    from azure.cli.core.commands.client_factory import get_subscription_id

    from azext_aksinvokefix.cluster import cluster_path

    if not resource_group:
        return None
    subscription = get_subscription_id(cmd.cli_ctx)
    return (
        cluster_path(subscription, resource_group, name)
        if name
        else f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
    )


def exempt_policy(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    error: str | None = None,
    error_file: str | None = None,
    policy_assignments: list[str] | None = None,
    mode: str | None = None,
    category: str = "Waiver",
    expires_in: Any = "30d",
    wide_scope: bool = False,
    wait: bool = False,
    timeout: float | None = None,
    out: str | None = None,
    what_if: bool = False,
    yes: bool = False,
) -> Any:
    """Let the command pod past the policies that deny it."""
    from azext_aksinvokefix.surface import connection

    if not error_file:
        connection.begin_to_change(cmd, what_if)
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.fixes.exempt_policy import planner as fix
    from azext_aksinvokefix.fixes.exempt_policy.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import told_failure, writing

    session = _session(cmd, resource_group_name, name, out=out, what_if=what_if)
    options = fix.Options(
        failure=told_failure.read(error, error_file),
        assignments=tuple(policy_assignments or ()),
        mode=mode,
        category=category,
        expires_in=expires_in,
        what_if=what_if,
        yes=yes,
        ask=session.console.can_ask,
    )
    wishes = Wishes(
        what_if=what_if,
        yes=yes,
        flags=("--wide-scope",) if wide_scope else (),
        wait=(timeout or fix.PATIENCE) if wait else None,
    )
    return writing.carry_out(session, lambda: fix.plan(session, options), wishes, fix.effect, EXPLANATIONS)


def grant_role(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    assignee: str | None = None,
    assignee_object_id: str | None = None,
    assignee_principal_type: str | None = None,
    role: str | None = None,
    allow_custom_role: bool = False,
    scope: str | None = None,
    kubernetes_access: str | None = None,
    namespace: str | None = None,
    error: str | None = None,
    error_file: str | None = None,
    force: bool = False,
    wait: bool = False,
    timeout: float | None = None,
    out: str | None = None,
    what_if: bool = False,
    yes: bool = False,
) -> Any:
    """Give a principal exactly what invoke needs."""
    from azext_aksinvokefix.surface import connection

    if not error_file:
        connection.begin_to_change(cmd, what_if)
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.fixes.grant_role import planner as fix
    from azext_aksinvokefix.fixes.grant_role.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import told_failure, writing

    session = _session(cmd, resource_group_name, name, out=out, what_if=what_if)
    options = fix.Options(
        failure=told_failure.read(error, error_file),
        assignee=assignee,
        object_id=assignee_object_id,
        principal_type=assignee_principal_type,
        role=role,
        allow_custom_role=allow_custom_role,
        scope=scope,
        kubernetes_access=kubernetes_access,
        namespace=namespace,
        force=force,
    )
    return writing.carry_out(
        session,
        lambda: fix.plan(session, options),
        Wishes(what_if=what_if, yes=yes, wait=(timeout or fix.PATIENCE) if wait else None),
        fix.effect,
        EXPLANATIONS,
    )


def add_capacity(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    error: str | None = None,
    error_file: str | None = None,
    nodepool_name: str | None = None,
    method: str | None = None,
    remove_taint: list[str] | None = None,
    node_vm_size: str | None = None,
    submit_only: bool = False,
    wait: bool = False,
    timeout: float | None = None,
    out: str | None = None,
    what_if: bool = False,
    yes: bool = False,
) -> Any:
    """Make a node available that can take the command pod."""
    from azext_aksinvokefix.surface import connection

    if not error_file:
        connection.begin_to_change(cmd, what_if)
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.fixes.add_capacity import planner as fix
    from azext_aksinvokefix.fixes.add_capacity.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import told_failure, writing

    session = _session(cmd, resource_group_name, name, out=out, what_if=what_if)
    options = fix.Options(
        failure=told_failure.read(error, error_file),
        nodepool=nodepool_name,
        method=method,
        remove_taint=tuple(remove_taint or ()),
        node_vm_size=node_vm_size,
        no_wait=submit_only,
        what_if=what_if,
        yes=yes,
        ask=session.console.can_ask,
    )
    wishes = Wishes(what_if=what_if, yes=yes, wait=(timeout or fix.PATIENCE) if wait else None, follow=not submit_only)
    return writing.carry_out(session, lambda: fix.plan(session, options), wishes, fix.effect, EXPLANATIONS)


def repair(  # pylint: disable=too-many-locals
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    error: str | None = None,
    error_file: str | None = None,
    command_string: str | None = None,
    command_files: list[str] | None = None,
    mode: str | None = None,
    wide_scope: bool = False,
    timeout: float | None = None,
    out: str | None = None,
    what_if: bool = False,
    yes: bool = False,
    report: list[str] | None = None,  # pylint: disable=unused-argument
    ci: str | None = None,
    detail: bool = False,
) -> Any:
    """Walk from a broken invoke to a working one, then run the command."""
    from azext_aksinvokefix.surface import connection

    if not error_file:
        connection.begin_to_change(cmd, what_if)
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.invoke.request import Request
    from azext_aksinvokefix.surface import reporting, told_failure
    from azext_aksinvokefix.surface.asked import Asked

    flags = tuple(flag for flag in (wide_scope and "--wide-scope", mode and f"--mode {mode}") if flag)
    wishes = Wishes(what_if=what_if, yes=yes, flags=flags, wait=timeout)
    asked = Asked(Request((command_string,) if command_string else ()), command_files or [])
    with reporting.of(cmd, resource_group_name, name) as told:
        session = _session(cmd, resource_group_name, name, out=out, what_if=what_if, detail=detail)
        return _repair(cmd, session, told_failure.read(error, error_file), asked, told, wishes, ci=ci)


def _repair(  # pylint: disable=too-many-arguments,too-many-positional-arguments
    cmd: Any,
    session: ConsoleSession,
    failure: Failure | None,
    asked: Asked,
    told: Told,
    wishes: Wishes | None = None,
    *,
    ci: str | None = None,
    unrepaired: int | None = None,
) -> Any:
    """``unrepaired`` is the exit code where the command did not run in the end; by default how the walk ended."""
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.surface import exits, reporting, running, writing

    wishes = wishes or Wishes()
    console = session.console
    walk = writing.walk(session, failure, wishes)
    document = walk.to_json()
    told.hold("repair", document)
    if not (walk.works and asked.request.asks_for_a_run):
        exits.exit_with(cmd.cli_ctx, exits.of_repair(walk) if unrepaired is None else unrepaired)
        return console.changes.walked(walk)
    result = running.ended(cmd, console, asked, "explain", reporting.bracket(ci))
    exits.exit_with(cmd.cli_ctx, exits.of_run(result))
    ran = result.to_json()
    told.hold("repair", {**document, "run": ran}, asked.request.command or asked.request.script)
    return {**document, "run": told.printed(ran)} if console.wants_object else None


def undo(
    cmd: Any,
    resource_group_name: str | None = None,
    name: str | None = None,
    *,
    change_id: str | None = None,
    from_file: str | None = None,
    what_if: bool = False,
    yes: bool = False,
) -> Any:
    """Take back the latest change made by this extension, or the one with an id."""
    from azext_aksinvokefix.changes import undo as fix
    from azext_aksinvokefix.changes.apply import Wishes
    from azext_aksinvokefix.fixes.grant_role.errors import TAKING_BACK
    from azext_aksinvokefix.surface import read_only, writing

    read_only.refuse_if_set(cmd.cli_ctx, what_if)
    # With an id or a file a group alone says nothing: it may be the configured default.
    scope = None if (change_id or from_file) and not name else _scope(cmd, resource_group_name, name)
    kept, session = writing.journalled(cmd, change_id, scope, from_file)
    wishes = Wishes(what_if=what_if, yes=yes)
    return writing.carry_out(session, lambda: fix.plan(session.arm, kept), wishes, None, TAKING_BACK)


def history(
    cmd: Any, resource_group_name: str | None = None, name: str | None = None, *, export: str | None = None
) -> Any:
    """The changes made by this extension from this machine."""
    from azext_aksinvokefix.changes.history import listed
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import writing

    scope = _scope(cmd, resource_group_name, name)
    console = Console(cmd.cli_ctx, "", "")
    with writing.told_well(console):
        console.stage("Looking whether the changes stand")
        writing.warn_of_journal(writing.journal(cmd))
        if export is not None:
            console.note(writing.exported(writing.journal(cmd), export, scope))
        rows = listed(writing.journal(cmd), writing.arm_if_signed_in(cmd), scope)
    return console.changes.listed(rows)


def explain(cmd: Any, finding: str | None = None) -> Any:
    """The page of a finding, or the list of all."""
    from azext_aksinvokefix import catalog
    from azext_aksinvokefix.report import pages
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, "", "")
    if finding is None:
        listed = [catalog.summary(each) for each in catalog.FINDINGS]
        return console.show(pages.listing(listed)) if console.is_for_a_person else listed
    return console.show(pages.plain(catalog.page(finding))) if console.is_for_a_person else catalog.detail(finding)
