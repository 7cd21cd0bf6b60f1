"""Arguments that argparse cannot judge. A usage error exits with 2, as argparse's own do."""

from __future__ import annotations

import argparse
import codecs
import os
import sys
from typing import Any

from azure.cli.core.decorators import Completer


def timeout_seconds(value: str) -> float:
    """A positive number of seconds."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{value}' is not a positive number of seconds")
    return seconds


def validate_run(namespace: Any) -> None:
    """One of a command and a command id, and attachments that do not contradict each other.

    A ValueError, because the CLI turns it into its usage error with exit code 2, and its own classes into 1.
    """
    if not (namespace.resource_group_name and namespace.name):
        raise ValueError("The following arguments are required: --resource-group/-g, --name/-n.")
    _check_names(namespace)
    _check_command(namespace.command_string)
    command, files = namespace.command_string, namespace.command_files or []
    if namespace.command_id:
        if command is not None or files or namespace.submit_only:
            raise ValueError(
                "--command-id waits for a command that was submitted: leave out --command, --file, --no-wait."
            )
    elif command is None or not command.strip():
        raise ValueError('The command is empty. Quote the whole command: --command "kubectl get pods".')
    if "." in files and len(files) > 1:
        raise ValueError("--file . attaches the whole current folder: leave out the other --file.")


def _check_command(command: str | None) -> None:
    """A command that was read from a file was read right: az leaves ``@file`` as it is where there is no such file, and
    turns a file that is no text into base64 or into letters of another script."""
    if command is None:
        return
    given = _as_given(sys.argv)
    path = given[1:] if given and given.startswith("@") else ""
    if command.startswith("@"):
        raise ValueError(f"The file '{command[1:]}' cannot be read; --command @FILE takes the command from a file.")
    if "\0" in command or (path and not _is_text(path)):
        where = f" in '{path}'" if path else ""
        raise ValueError(f"The command{where} is not text in UTF-8. Save it as UTF-8 and repeat the command.")


def _as_given(words: list[str]) -> str | None:
    """The value of --command as it was typed, before az put a file's content in its place."""
    for word, following in zip(words, [*words[1:], ""]):
        if word in ("--command", "-c"):
            return following
        if word.startswith("--command="):
            return word.split("=", 1)[1]
    return None


def _is_text(path: str) -> bool:
    """Whether az reads the file as what it is. What cannot be looked at again, such as a pipe, is taken as it came."""
    try:
        if path == "-" or not os.path.isfile(os.path.expanduser(path)):
            return True
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read()
    except OSError:
        return True
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


#: The ids of the service have 32 characters.
_LONGEST_COMMAND_ID = 128


def command_id(value: str) -> str:
    """The id of a command, alone or as the last segment of its commandResults URL."""
    found = value.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    usable = found.isascii() and all(character.isalnum() or character in "-_" for character in found)
    if not (usable and 0 < len(found) <= _LONGEST_COMMAND_ID):
        raise argparse.ArgumentTypeError(f"'{value[:_LONGEST_COMMAND_ID]}' is not a command id")
    return found


def object_id(value: str) -> str:
    """The object id of a principal."""
    import uuid

    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{value}' is not an object id, such as `az ad user show --query id` prints"
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


#: A terminal shows no more names anyway.
_MOST_FILES = 1000


@Completer  # type: ignore[untyped-decorator]
def complete_file(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    """Files and folders; the CLI completes none by itself."""
    from glob import escape, iglob
    from itertools import islice

    return [name + ("/" if os.path.isdir(name) else "") for name in islice(iglob(f"{escape(prefix)}*"), _MOST_FILES)]


@Completer  # type: ignore[untyped-decorator]
def complete_finding(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    from azext_aksinvokefix.catalog import FINDINGS

    return list(FINDINGS)


def validate_diagnose(namespace: Any) -> None:
    """At most one source of the failure; a cluster, unless only a text is judged. See validate_run on ValueError."""
    sources = [namespace.error, namespace.error_file, namespace.command_id]
    if sum(source is not None for source in sources) > 1:
        raise ValueError("Give one of --error, --error-file and --command-id.")
    if namespace.offline:
        if namespace.command_id or namespace.principal or namespace.policy_templates:
            raise ValueError("--offline asks Azure nothing: leave out --command-id, --principal and --policy-template.")
        if namespace.error is None and namespace.error_file is None:
            raise ValueError("--offline judges by a text: add --error or --error-file.")
    elif not (namespace.resource_group_name and namespace.name):
        raise ValueError("Name the cluster with --resource-group and --name, or judge a text alone with --offline.")
    _check_names(namespace)


def validate_writing(namespace: Any) -> None:
    """A cluster, and at most one source of the failure. See validate_run on ValueError."""
    if not (namespace.resource_group_name and namespace.name):
        raise ValueError("The following arguments are required: --resource-group/-g, --name/-n.")
    _check_names(namespace)
    if namespace.error is not None and namespace.error_file is not None:
        raise ValueError("Give one of --error and --error-file.")
    if namespace.timeout is not None and not namespace.wait:
        raise ValueError("--timeout is the end of --wait: add --wait.")


def validate_scope(namespace: Any) -> None:
    """A group with every name: without it the wrong cluster's change could be taken back."""
    if namespace.name and not namespace.resource_group_name:
        raise ValueError("--name needs the resource group of the cluster: add --resource-group.")
    _check_names(namespace)


def validate_grant_role(namespace: Any) -> None:
    """One principal, one role, and a namespace only with access inside the cluster. See validate_run on ValueError."""
    validate_writing(namespace)
    for option in ("assignee", "role", "scope", "namespace"):
        # An unset variable of a pipeline must not turn into the caller, or into the whole cluster.
        if getattr(namespace, option) is not None and not getattr(namespace, option).strip():
            raise ValueError(f"--{option} is empty: give it a value or leave it out.")
    if namespace.assignee and namespace.assignee_object_id:
        raise ValueError("Give one of --assignee and --assignee-object-id.")
    if namespace.assignee_principal_type and not (namespace.assignee or namespace.assignee_object_id):
        raise ValueError("--assignee-principal-type says what --assignee-object-id belongs to: add that.")
    if namespace.role and namespace.allow_custom_role:
        raise ValueError("Give one of --role and --allow-custom-role.")
    inside = namespace.kubernetes_access or namespace.error is not None or namespace.error_file is not None
    if namespace.namespace and not inside:
        raise ValueError("--namespace limits access inside the cluster: add --kubernetes-access or --error.")
    if namespace.namespace and namespace.scope:
        raise ValueError("Give one of --scope and --namespace.")


def validate_repair(namespace: Any) -> None:
    """A cluster, and files only beside a command. See validate_run on ValueError."""
    if not (namespace.resource_group_name and namespace.name):
        raise ValueError("The following arguments are required: --resource-group/-g, --name/-n.")
    _check_names(namespace)
    if namespace.error is not None and namespace.error_file is not None:
        raise ValueError("Give one of --error and --error-file.")
    _check_command(namespace.command_string)
    if namespace.command_files and namespace.command_string is None:
        raise ValueError("--file belongs to --command: add the command that needs it.")


def validate_capacity(namespace: Any) -> None:
    """Ways to make room that do not contradict each other. See validate_run on ValueError."""
    if namespace.wait and namespace.submit_only:
        raise ValueError("Give one of --wait and --no-wait.")
    if namespace.remove_taint and namespace.method not in (None, "remove-taint"):
        raise ValueError(f"--remove-taint is a way of its own: leave out --method {namespace.method}.")
    if namespace.node_vm_size and namespace.method not in (None, "add-pool"):
        raise ValueError("--node-vm-size is for a new node pool: leave it out, or choose --method add-pool.")
    _check_new_pool(namespace)


def _check_new_pool(namespace: Any) -> None:
    """What AKS refuses of a Linux pool, and a size on which the command's image may not run."""
    from azext_aksinvokefix.nodes.pools import is_arm_size

    name = namespace.nodepool_name or ""
    plain = name.isascii() and name.isalnum() and name == name.lower() and name[:1].isalpha() and len(name) <= 12
    if name and namespace.method == "add-pool" and not plain:
        raise ValueError(
            f"'{name}' is no name for a Linux pool: a letter, then letters and digits, all small, at most 12."
        )
    if namespace.node_vm_size and is_arm_size(namespace.node_vm_size):
        raise ValueError(f"{namespace.node_vm_size} is an Arm64 size, on which the command's image may not run.")


@Completer  # type: ignore[untyped-decorator]
def complete_nodepool(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    return [pool.name for pool in _pools(cmd, namespace)]


@Completer  # type: ignore[untyped-decorator]
def complete_taint(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    from azext_aksinvokefix.nodes.pool_changes import untaintable

    return sorted({taint for pool in untaintable(_pools(cmd, namespace)) for taint in pool.taints})


def _pools(cmd: Any, namespace: Any) -> list[Any]:
    """The node pools of the cluster that was named before; none without one."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.cluster import cluster_path
    from azext_aksinvokefix.evidence.cluster import read_cluster
    from azext_aksinvokefix.nodes import pools
    from azext_aksinvokefix.shapes import dig, mapping

    group, name = getattr(namespace, "resource_group_name", None), getattr(namespace, "name", None)
    if not (group and name):
        return []
    client = clients.container_service(cmd.cli_ctx)
    cluster = read_cluster(clients.arm(cmd.cli_ctx, client), cluster_path(clients.subscription_of(client), group, name))
    return pools.of(mapping(dig(cluster.value, "properties")))


@Completer  # type: ignore[untyped-decorator]
def complete_assignment(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    """The policy assignments in force at the cluster that was named before; none without one."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.cluster import cluster_path
    from azext_aksinvokefix.evidence.policy import assignments_at

    group, name = getattr(namespace, "resource_group_name", None), getattr(namespace, "name", None)
    if not (group and name):
        return []
    client = clients.container_service(cmd.cli_ctx)
    found = assignments_at(clients.arm(cmd.cli_ctx, client), cluster_path(clients.subscription_of(client), group, name))
    return sorted(str(each["name"]) for each in found if each.get("name"))


def duration(value: str) -> Any:
    """A time span such as 30d, 12h or 2w, as a timedelta; None for the word never."""
    from datetime import timedelta

    units = {"h": "hours", "d": "days", "w": "weeks"}
    number, unit = value[:-1], value[-1:].lower()
    if value.lower() == "never":
        return None
    if unit not in units or not number.isdecimal() or not 0 < int(number) <= 10_000:
        raise argparse.ArgumentTypeError(f"'{value}' is not a time span such as 30d, 12h or 2w, nor never")
    return timedelta(**{units[unit]: int(number)})


def _check_names(namespace: Any) -> None:
    """A slash in a name would make the cluster's id that of something else."""
    for name in (namespace.resource_group_name, namespace.name):
        if name and "/" in name:
            raise ValueError(f"'{name}' is not a name: it holds a slash. Give a whole resource id with --ids.")
