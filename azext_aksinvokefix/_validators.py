"""Arguments that argparse cannot judge. A usage error exits with 2, as argparse's own do."""

from __future__ import annotations

import argparse
import os
from typing import Any

from azext_aksinvokefix.surface.arguments import at_file


def timeout_seconds(value: str) -> float:
    """A positive number of seconds."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{value}' is not a positive number of seconds")
    return seconds


def _missing_names(namespace: Any) -> ValueError:
    """What is required and was not given, in the CLI's own words."""
    wanted = {"--resource-group/-g": namespace.resource_group_name, "--name/-n": namespace.name}
    missing = [option for option, value in wanted.items() if not value]
    return ValueError(f"The following arguments are required: {', '.join(missing)}.")


def validate_run(namespace: Any) -> None:
    """One of commands, a script and a command id, and what belongs to it.

    A ValueError, because the CLI turns it into its usage error with exit code 2, and its own classes into 1.
    """
    from azext_aksinvokefix.surface import fleet, reporting

    if not (namespace.resource_group_name and namespace.name):
        raise _missing_names(namespace)
    _check_names(namespace)
    place = fleet.register(namespace)
    for command in namespace.command_string or []:
        at_file.check_command(command)
    if namespace.command_id:
        _check_resumed(namespace)
    elif namespace.script is None:
        commands = namespace.command_string or []
        if not commands or not all(command.strip() for command in commands):
            raise ValueError('The command is empty. Quote the whole command: --command "kubectl get pods".')
    _check_script(namespace)
    files = namespace.command_files or []
    if "." in files and len(files) > 1:
        raise ValueError("--file . attaches the whole current folder: omit the other --file.")
    _check_fetches(namespace, place.below)
    reporting.register(namespace)


def _check_resumed(namespace: Any) -> None:
    asks_for_a_run = namespace.command_string is not None or namespace.script is not None or namespace.keep_going
    if asks_for_a_run or namespace.command_files or namespace.submit_only:
        raise ValueError(
            "--command-id waits for a command that was submitted earlier: omit --command, --script, --keep-going, "
            "--file, --no-wait."
        )


def _check_script(namespace: Any) -> None:
    import shlex

    from azext_aksinvokefix.quoting import clause

    if namespace.script is None:
        if namespace.script_args is not None:
            raise ValueError("--script-args needs --script.")
        return
    if not namespace.script.strip():
        raise ValueError("--script is empty: name a local file.")
    if namespace.command_string is not None:
        raise ValueError("Give one of --script and --command.")
    try:
        shlex.split(namespace.script_args or "")
    except ValueError as error:
        raise ValueError(f"--script-args cannot be split into words: {clause(str(error).lower())}.") from error


def _check_fetches(namespace: Any, below: str) -> None:
    """Targets that are free, and no two the same: before anything is sent."""
    from azext_aksinvokefix.invoke import fetch

    taken: set[str] = set()
    for argument in namespace.fetch or []:
        local = fetch.parse(argument, below).local
        if os.path.lexists(local) and not namespace.command_id:
            raise ValueError(
                f"'{local}' already exists: move it away, or name another target with --fetch REMOTE=LOCAL."
            )
        if os.path.abspath(local) in taken:
            raise ValueError(f"Two --fetch would write to '{local}': name targets with --fetch REMOTE=LOCAL.")
        taken.add(os.path.abspath(local))


def command_id(value: str) -> str:
    """The id of a command, alone or as the last segment of its commandResults URL."""
    from azext_aksinvokefix.invoke.result import is_command_id

    found = value.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    if not is_command_id(found):
        shown = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
        raise argparse.ArgumentTypeError(f"'{shown}' is not a command id")
    return found


_LONGEST_SHOWN = 80


def object_id(value: str) -> str:
    """The object id of a principal."""
    import uuid

    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{value}' is not an object id, such as the one that `az ad user show --query id` prints"
        ) from None


def finding_id(value: str) -> str:
    """The id of a finding that the catalogue has."""
    from difflib import get_close_matches

    from azext_aksinvokefix.catalog import FINDINGS

    if value in FINDINGS:
        return value
    near = get_close_matches(value, FINDINGS, 3)
    hint = f"did you mean {', '.join(near)}?" if near else "`az aks invoke-fix explain` lists them."
    raise argparse.ArgumentTypeError(f"there is no finding '{value}'; {hint}")


def validate_diagnose(namespace: Any) -> None:
    """At most one source of the failure; a cluster, unless only a text is judged. See validate_run on ValueError."""
    from azext_aksinvokefix.surface import reporting

    at_file.check_error(namespace.error)
    sources = [namespace.error, namespace.error_file, namespace.command_id]
    if sum(source is not None for source in sources) > 1:
        raise ValueError("Give one of --error, --error-file and --command-id.")
    if namespace.offline:
        if namespace.command_id or namespace.principal or namespace.policy_templates:
            raise ValueError("--offline does not contact Azure: omit --command-id, --principal and --policy-template.")
        if namespace.error is None and namespace.error_file is None:
            raise ValueError("--offline needs an error text: add --error or --error-file.")
    elif not (namespace.resource_group_name and namespace.name):
        raise ValueError(
            "Name the cluster with --resource-group and --name, or diagnose an error text alone with --offline."
        )
    _check_names(namespace)
    reporting.register(namespace)


def validate_writing(namespace: Any) -> None:
    """A cluster, and at most one source of the failure. See validate_run on ValueError."""
    if not (namespace.resource_group_name and namespace.name):
        raise _missing_names(namespace)
    _check_names(namespace)
    _check_out(namespace)
    at_file.check_error(namespace.error)
    if namespace.error is not None and namespace.error_file is not None:
        raise ValueError("Give one of --error and --error-file.")
    if namespace.timeout is not None and not namespace.wait:
        raise ValueError("--timeout limits --wait: add --wait.")


def _check_out(namespace: Any) -> None:
    """A file for what is changed, of one cluster."""
    if namespace.out is None:
        return
    if not namespace.out.strip():
        raise ValueError("--out is empty: name a new file.")
    if namespace.what_if:
        raise ValueError("--what-if changes nothing, so there is nothing for --out to save: omit one of them.")
    if len(getattr(namespace, "_ids", None) or ()) > 1:
        raise ValueError("--out is for one cluster: give one of --ids at a time.")


def validate_scope(namespace: Any) -> None:
    """A group with every name: without it the wrong cluster's change could be undone."""
    if namespace.name and not namespace.resource_group_name:
        raise ValueError("--name needs the resource group of the cluster: add --resource-group.")
    _check_names(namespace)


def validate_grant_role(namespace: Any) -> None:
    """One principal, one role, and a namespace only with access inside the cluster. See validate_run on ValueError."""
    validate_writing(namespace)
    for option in ("assignee", "role", "scope", "namespace"):
        # An unset variable of a pipeline must not turn into the caller, or into the whole cluster.
        if getattr(namespace, option) is not None and not getattr(namespace, option).strip():
            raise ValueError(f"--{option} is empty: give it a value or omit it.")
    if namespace.assignee and namespace.assignee_object_id:
        raise ValueError("Give one of --assignee and --assignee-object-id.")
    if namespace.assignee_principal_type and not (namespace.assignee or namespace.assignee_object_id):
        raise ValueError("--assignee-principal-type needs --assignee-object-id: add it.")
    if namespace.role and namespace.allow_custom_role:
        raise ValueError("Give one of --role and --allow-custom-role.")
    inside = namespace.kubernetes_access or namespace.error is not None or namespace.error_file is not None
    if namespace.namespace and not inside:
        raise ValueError("--namespace applies to access inside the cluster: add --kubernetes-access or --error.")
    if namespace.namespace and namespace.scope:
        raise ValueError("Give one of --scope and --namespace.")


def validate_repair(namespace: Any) -> None:
    """A cluster, and files only beside a command. See validate_run on ValueError."""
    from azext_aksinvokefix.surface import reporting

    if not (namespace.resource_group_name and namespace.name):
        raise _missing_names(namespace)
    _check_names(namespace)
    _check_out(namespace)
    at_file.check_error(namespace.error)
    if namespace.error is not None and namespace.error_file is not None:
        raise ValueError("Give one of --error and --error-file.")
    at_file.check_command(namespace.command_string)
    if namespace.command_files and namespace.command_string is None:
        raise ValueError("--file belongs to --command: add the command that needs it.")
    reporting.register(namespace)


def validate_capacity(namespace: Any) -> None:
    """Ways to make room that do not contradict each other. See validate_run on ValueError."""
    if namespace.wait and namespace.submit_only:
        raise ValueError("Give one of --wait and --no-wait.")
    if namespace.remove_taint and namespace.method not in (None, "remove-taint"):
        raise ValueError(f"--remove-taint is a method itself: omit --method {namespace.method}.")
    if namespace.node_vm_size and namespace.method not in (None, "add-pool"):
        raise ValueError("--node-vm-size is for a new node pool: omit it, or choose --method add-pool.")
    _check_new_pool(namespace)


def _check_new_pool(namespace: Any) -> None:
    """What AKS refuses of a Linux pool, and a size on which the command's image may not run."""
    from azext_aksinvokefix.nodes.pools import is_arm_size

    name = namespace.nodepool_name or ""
    plain = name.isascii() and name.isalnum() and name == name.lower() and name[:1].isalpha() and len(name) <= 12
    if name and namespace.method == "add-pool" and not plain:
        raise ValueError(
            f"'{name}' is not a valid name for a Linux pool: use lowercase letters and digits, start with a "
            "letter, at most 12 characters."
        )
    if namespace.node_vm_size and is_arm_size(namespace.node_vm_size):
        raise ValueError(f"{namespace.node_vm_size} is an Arm64 size; the command's image might not run on it.")


def validate_scan(namespace: Any) -> None:
    """One way to say what to scan. See validate_run on ValueError."""
    from azext_aksinvokefix.surface import reporting

    scopes = [namespace.subscriptions, namespace.management_groups, namespace.all_subscriptions]
    if sum(bool(scope) for scope in scopes) > 1:
        raise ValueError("Give one of --subscriptions, --management-groups and --all-subscriptions.")
    wide = len(namespace.subscriptions or ()) > 1 or namespace.management_groups or namespace.all_subscriptions
    if namespace.group is not None and (wide or not namespace.group.strip()):
        raise ValueError("--resource-group belongs to one subscription: name one, or omit the group.")
    for name in (namespace.group, *(namespace.subscriptions or ()), *(namespace.management_groups or ())):
        if name is not None and (not name.strip() or "/" in name):
            raise ValueError(f"'{name}' is not a name: it is empty or contains a slash.")
    reporting.register(namespace)


def duration(value: str) -> Any:
    """A time span such as 30d, 12h or 2w, as a timedelta; None for the word never."""
    from datetime import timedelta

    units = {"h": "hours", "d": "days", "w": "weeks"}
    number, unit = value[:-1], value[-1:].lower()
    if value.lower() == "never":
        return None
    if unit not in units or not number.isdecimal() or not 0 < int(number) <= 10_000:
        raise argparse.ArgumentTypeError(f"'{value}' is neither a time span such as 30d, 12h or 2w, nor never")
    return timedelta(**{units[unit]: int(number)})


def _check_names(namespace: Any) -> None:
    """A slash in a name, and dots alone, would make the cluster's id that of something else."""
    for name in (namespace.resource_group_name, namespace.name):
        if name and "/" in name:
            raise ValueError(f"'{name}' is not a name: it contains a slash. Use --ids for a full resource id.")
        if name in (".", ".."):
            raise ValueError(f"'{name}' is not a name. Give the name of the cluster and of its resource group.")
