"""One thin function a command: from az arguments to the request that the surface carries out."""

from __future__ import annotations

from typing import Any


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
    from azext_aksinvokefix.surface import commanding
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments

    request = Request(
        tuple(command_string or ()), script, script_args, keep_going, full_output, fetches=tuple(fetch or ())
    )
    asked = RunArguments(request, command_files or [], timeout, submit_only, command_id)
    return commanding.run(cmd, resource_group_name, name, asked, commanding.ShownAs(on_failure, ci, detail))


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

    connection.begin(cmd, offline, error_file, policy_templates)
    from azext_aksinvokefix.surface import diagnosing

    given = diagnosing.DiagnoseArguments(
        error, error_file, command_id, offline, principal, policy_templates or (), fresh, fail_on, detail
    )
    return diagnosing.diagnosed(cmd, resource_group_name, name, given)


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

    connection.begin(cmd, accepted)
    from azext_aksinvokefix.surface import scanning

    asked = scanning.ScanArguments(
        subscriptions or [], management_groups or [], all_subscriptions, group, who, verify, accepted
    )
    return scanning.judged(cmd, asked, fail_on)


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

    connection.begin_to_change(cmd, what_if, error_file)
    from azext_aksinvokefix.fixes.exempt_policy import planner as fix
    from azext_aksinvokefix.fixes.exempt_policy.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import fixing
    from azext_aksinvokefix.surface.arguments import told_failure

    flags = ("--wide-scope",) if wide_scope else ()
    given = fixing.ChangeArguments(resource_group_name, name, out, what_if, yes, wait, timeout, flags)
    return fixing.fixed(
        cmd,
        given,
        fix,
        lambda session: fix.Options(
            failure=told_failure.read(error, error_file),
            assignments=tuple(policy_assignments or ()),
            mode=mode,
            category=category,
            expires_in=expires_in,
            what_if=what_if,
            yes=yes,
            ask=session.console.can_ask,
        ),
        EXPLANATIONS,
    )


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

    connection.begin_to_change(cmd, what_if, error_file)
    from azext_aksinvokefix.fixes.grant_role import planner as fix
    from azext_aksinvokefix.fixes.grant_role.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import fixing
    from azext_aksinvokefix.surface.arguments import told_failure

    given = fixing.ChangeArguments(resource_group_name, name, out, what_if, yes, wait, timeout)
    return fixing.fixed(
        cmd,
        given,
        fix,
        lambda _: fix.Options(
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
        ),
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

    connection.begin_to_change(cmd, what_if, error_file)
    from azext_aksinvokefix.fixes.add_capacity import planner as fix
    from azext_aksinvokefix.fixes.add_capacity.errors import EXPLANATIONS
    from azext_aksinvokefix.surface import fixing
    from azext_aksinvokefix.surface.arguments import told_failure

    given = fixing.ChangeArguments(resource_group_name, name, out, what_if, yes, wait, timeout, follow=not submit_only)
    return fixing.fixed(
        cmd,
        given,
        fix,
        lambda session: fix.Options(
            failure=told_failure.read(error, error_file),
            nodepool=nodepool_name,
            method=method,
            remove_taint=tuple(remove_taint or ()),
            node_vm_size=node_vm_size,
            no_wait=submit_only,
            what_if=what_if,
            yes=yes,
            ask=session.console.can_ask,
        ),
        EXPLANATIONS,
    )


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

    connection.begin_to_change(cmd, what_if, error_file)
    from azext_aksinvokefix.changes.apply import ApplyOptions
    from azext_aksinvokefix.invoke.request import Request
    from azext_aksinvokefix.surface import repairing, reporting, writing
    from azext_aksinvokefix.surface.arguments import told_failure
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments

    flags = tuple(flag for flag in (wide_scope and "--wide-scope", mode and f"--mode {mode}") if flag)
    wishes = ApplyOptions(what_if=what_if, yes=yes, flags=flags, wait=timeout)
    asked = RunArguments(Request((command_string,) if command_string else ()), command_files or [])
    with reporting.place_of(cmd, resource_group_name, name) as told:
        session = writing.allowed(cmd, resource_group_name, name, out=out, what_if=what_if, detail=detail)
        given = repairing.RepairArguments(asked, wishes, ci)
        return repairing.repaired(cmd, session, told_failure.read(error, error_file), given, told)


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
    """Undo the latest change made by this extension, or the one with an id."""
    from azext_aksinvokefix.changes.apply import ApplyOptions
    from azext_aksinvokefix.surface import journalled

    given = journalled.UndoArguments(resource_group_name, name, change_id, from_file)
    return journalled.taken_back(cmd, given, ApplyOptions(what_if=what_if, yes=yes))


def history(
    cmd: Any, resource_group_name: str | None = None, name: str | None = None, *, export: str | None = None
) -> Any:
    """The changes made by this extension from this machine."""
    from azext_aksinvokefix.surface import connection, journalled

    return journalled.listed(cmd, connection.scope_of(cmd, resource_group_name, name), export)


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
