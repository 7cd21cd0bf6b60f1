"""The arguments of the commands."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import (
    get_enum_type,
    get_resource_group_completion_list,
    get_resource_name_completion_list,
    resource_group_name_type,
)

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators


def load_arguments(self: Any, _: Any) -> None:
    loaders = {
        "": _load_cluster,
        " run": _load_run,
        " diagnose": _load_diagnose,
        " exempt-policy": _load_exempt_policy,
        " grant-role": _load_grant_role,
        " add-capacity": _load_add_capacity,
        " repair": _load_repair,
        " undo": _load_undo,
        " history": _load_history,
        " explain": _load_explain,
        " scan": _load_scan,
    }
    for command, load in loaders.items():
        with self.argument_context(f"aks invoke-fix{command}") as context:
            load(context)


def _load_cluster(context: Any) -> None:
    # Required all the same: the validators say so with the exit code of a usage error, which --ids would take away.
    context.argument("resource_group_name", resource_group_name_type, required=False)
    context.argument(
        "name",
        options_list=["--name", "-n"],
        id_part="name",
        required=False,
        completer=get_resource_name_completion_list("Microsoft.ContainerService/managedClusters"),
        help="Name of the managed cluster.",
    )


def _load_run(context: Any) -> None:
    _load_report(context)
    context.argument(
        "command_string",
        options_list=["--command", "-c"],
        action="append",
        validator=validators.validate_run,
        help="The command to run in the cluster, quoted. kubectl, helm, jq and sh are available. Repeat "
        "it for more: all of them run in order in one pod, each in a shell of its own, until the first one fails.",
    )
    context.argument(
        "keep_going",
        action="store_true",
        help="Run the other commands also when one fails. The exit code is that of the first one that failed.",
    )
    context.argument(
        "script",
        help="A script of this machine to run in the cluster instead of a command, by its '#!' line or else by sh. "
        "Nothing in it needs quoting.",
    )
    context.argument(
        "script_args",
        help="The arguments of the script as one string, split into words as a POSIX shell splits it.",
    )
    context.argument(
        "fetch",
        action="append",
        help="A file or folder to bring back afterwards, also when the command failed, as REMOTE or REMOTE=LOCAL; "
        "repeat it for more. REMOTE is relative to the working folder. Without LOCAL it lands in the current folder "
        "under its own name, with several clusters below a folder with the cluster's name. Nothing is overwritten. "
        "About 390 KiB fit, packed.",
    )
    context.argument(
        "full_output",
        action="store_true",
        help="Bring the whole output although the service keeps 512 KiB: it is packed in the pod, and where that does "
        "not do, the rest is read from the pod's log, which needs the right to read it. What still does not fit is "
        "cut in the middle, which the output says.",
    )
    context.argument(
        "command_files",
        options_list=["--file", "-f"],
        action="append",
        help="A file the command needs; repeat it for more. Each arrives in the working folder under its base "
        "name. Use '.' for the whole current folder, without version control folders and without what .azignore "
        "(or, where there is none, .gitignore) names.",
    )
    context.argument(
        "timeout",
        type=validators.timeout_seconds,
        help="Give up waiting after this many seconds, with exit code 124. The command goes on in the cluster. "
        "Without it there is no limit.",
    )
    context.argument(
        "submit_only",
        options_list=["--no-wait"],
        action="store_true",
        help="Submit the command, print its id, and do not wait for the result.",
    )
    context.argument(
        "on_failure",
        arg_type=get_enum_type(["ask", "explain", "none"]),
        help="What to do when the command could not run or failed: ask whether to look for the cause (only on a "
        "terminal, where it is the default), explain it (the default elsewhere), or report the failure alone.",
    )
    context.argument(
        "command_id",
        options_list=["--command-id", "-i"],
        type=validators.command_id,
        help="Wait for a command that was submitted before, instead of submitting one.",
    )
    _load_detail(context)


def _load_diagnose(context: Any) -> None:
    _load_report(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_diagnose)
    context.argument(
        "error",
        help="The text of a failure, as it was printed. '@file' reads it from a file.",
    )
    context.argument(
        "error_file",
        help="A file that holds the text of a failure, such as the log of a pipeline; '-' for standard input.",
    )
    context.argument(
        "command_id",
        options_list=["--command-id", "-i"],
        type=validators.command_id,
        help="The id of the command that failed.",
    )
    context.argument(
        "offline",
        action="store_true",
        help="Judge by the text alone, without asking Azure anything. Needs --error or --error-file, no cluster.",
    )
    context.argument(
        "principal",
        type=validators.object_id,
        help="Look at the rights of somebody else: the object id of a user, group or service principal.",
    )
    context.argument(
        "policy_templates",
        options_list=["--policy-template"],
        action="append",
        completer=completers.complete_file,
        help="A file with the constraint template of a custom policy that only says at which URL its template is kept; "
        "repeat it for more. Nothing is fetched from such a URL: download the template and name the file here.",
    )
    context.argument(
        "fresh",
        action="store_true",
        help="Do not start from the last run of this cluster that failed on this machine, but look at every stage.",
    )
    context.argument(
        "fail_on",
        arg_type=get_enum_type(["error", "warning", "never"]),
        help="Exit with 4 when a finding of this severity or a higher one stands.",
    )
    _load_detail(context)


def _load_detail(context: Any) -> None:
    context.argument(
        "detail",
        action="store_true",
        help="Add to the report the evidence, every fix, and the stock commands. --verbose does so as well; an output "
        "format has all of it anyway.",
    )


def _load_exempt_policy(context: Any) -> None:
    _load_writing(context)
    _load_failure(context)
    context.argument(
        "policy_assignments",
        options_list=["--policy-assignment"],
        action="append",
        completer=completers.complete_assignment,
        help="The name or id of a policy assignment; repeat it for more. Without it every assignment that denies "
        "the command pod is changed.",
    )
    context.argument(
        "mode",
        arg_type=get_enum_type(["namespace", "exemption"]),
        help="namespace excludes the namespace of run commands from the assignment, and nothing else (the default "
        "where the assignment has a parameter for it). exemption switches the policy off for the whole cluster, "
        "in every namespace.",
    )
    context.argument(
        "category",
        arg_type=get_enum_type(["Waiver", "Mitigated"]),
        help="The category of an exemption.",
    )
    context.argument(
        "expires_in",
        type=validators.duration,
        help="After how long an exemption ends, such as 12h, 30d or 2w; never is for an exemption without an end.",
    )
    context.argument(
        "wide_scope",
        action="store_true",
        help="Allow changing an assignment at management-group scope, which reaches the clusters of many "
        "subscriptions. Needed beside --yes.",
    )


def _load_grant_role(context: Any) -> None:
    _load_writing(context)
    _load_failure(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_grant_role)
    context.argument(
        "assignee",
        help="Who gets the role: a user principal name, an application id or a name that Microsoft Graph knows. "
        "Without an assignee it is the signed-in account.",
    )
    context.argument(
        "assignee_object_id",
        type=validators.object_id,
        help="Who gets the role, by object id, without asking Microsoft Graph.",
    )
    context.argument(
        "assignee_principal_type",
        options_list=["--assignee-principal-type", "--principal-type"],
        arg_type=get_enum_type(["User", "Group", "ServicePrincipal", "ForeignGroup"]),
        help="What the object id belongs to.",
    )
    context.argument(
        "role",
        help="The name or GUID of a role to grant instead of the proposed one; refused when it does not hold what "
        "is missing.",
    )
    context.argument(
        "allow_custom_role",
        action="store_true",
        help="Create a custom role with exactly the three needed actions where no existing role gives as little.",
    )
    context.argument(
        "scope",
        help="Grant at this scope above the cluster, such as the id of its resource group, instead of at the cluster. "
        "The role then holds for every cluster there.",
    )
    context.argument(
        "kubernetes_access",
        arg_type=get_enum_type(["reader", "writer", "admin", "cluster-admin"]),
        help="Grant access to the objects in a cluster with Azure RBAC for Kubernetes. With the text of a refused "
        "request it is not needed: the role is the least that allows that request.",
    )
    context.argument("namespace", help="Grant the access to objects in this namespace alone.")
    context.argument(
        "force", action="store_true", help="Grant a standing role although an eligible one could be activated."
    )


def _load_add_capacity(context: Any) -> None:
    _load_writing(context)
    _load_failure(context)
    context.argument(
        "nodepool_name",
        completer=completers.complete_nodepool,
        help="Use this node pool; with --method add-pool, the name of the new one (default invoke).",
    )
    context.argument(
        "method",
        arg_type=get_enum_type(["start", "autoscale", "scale", "add-pool", "remove-taint"]),
        validator=validators.validate_capacity,
        help="How to make room: start a stopped pool, raise the bounds of the autoscaler, scale by one node, add a "
        "pool, or remove a taint. Without it the cheapest way is proposed, and on a terminal you choose.",
    )
    context.argument(
        "remove_taint",
        action="append",
        completer=completers.complete_taint,
        help="A taint to remove, as key=value:Effect; repeat it for more. Other pods come to those nodes then. "
        "Taints of the system, such as CriticalAddonsOnly, are never removed.",
    )
    context.argument(
        "node_vm_size",
        help="The VM size of a new node pool. By default that of the smallest pool there is.",
    )
    context.argument(
        "submit_only",
        options_list=["--no-wait"],
        action="store_true",
        help="Leave a long operation running once Azure has taken it. The same command without it waits for it.",
    )


def _load_repair(context: Any) -> None:
    _load_report(context)
    _load_consent(context)
    _load_out(context)
    _load_failure(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_repair)
    context.argument(
        "command_string",
        options_list=["--command", "-c"],
        help="The command to run in the cluster once it is repaired.",
    )
    context.argument(
        "command_files",
        options_list=["--file", "-f"],
        action="append",
        help="A file the command needs; repeat it for more, or '.' for the whole current folder.",
    )
    context.argument(
        "mode",
        arg_type=get_enum_type(["exemption"]),
        help="Agree to exempt the cluster from a policy where nothing narrower works. It switches the policy off in "
        "every namespace of the cluster.",
    )
    context.argument(
        "wide_scope",
        action="store_true",
        help="Allow changing a policy assignment at management-group scope. Needed beside --yes.",
    )
    _load_detail(context)
    context.argument(
        "timeout",
        type=validators.timeout_seconds,
        help="How many seconds to wait for each change to show its effect. By default as long as it can take: an "
        "hour for a policy, ten minutes for a role.",
    )


def _load_undo(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "change_id", help="The id of the change to take back, as `history` shows it. The latest by default."
    )
    context.argument(
        "from_file",
        options_list=["--from"],
        completer=completers.complete_file,
        help="Take back a change from the file that --out or `history --export` wrote, also on another machine. The "
        "plan shows what that would write: look at it as you would at a script from elsewhere.",
    )
    _load_consent(context)


def _load_history(context: Any) -> None:
    _load_scope(context)
    context.argument(
        "export",
        completer=completers.complete_file,
        help="Write the changes to this new file as well, for `undo --from` on any machine.",
    )


def _load_scope(context: Any) -> None:
    context.argument(
        "name",
        options_list=["--name", "-n"],
        validator=validators.validate_scope,
        help="Only changes for this managed cluster; with --resource-group alone, for those of the group.",
    )


def _load_explain(context: Any) -> None:
    context.argument(
        "finding",
        type=validators.finding_id,
        completer=completers.complete_finding,
        help="The id of a finding, for example nodes-tainted. Without it all are listed.",
    )


def _load_scan(context: Any) -> None:
    _load_report(context)
    context.argument(
        "subscriptions",
        nargs="+",
        completer=completers.complete_subscription,
        validator=validators.validate_scan,
        help="The subscriptions to scan, by id or name, separated by spaces. The current one by default.",
    )
    context.argument(
        "management_groups",
        nargs="+",
        completer=completers.complete_management_group,
        help="Scan everything below these management groups, by name.",
    )
    context.argument(
        "all_subscriptions",
        action="store_true",
        help="Scan every subscription of the tenant that `az account list` shows.",
    )
    # Not the argument of the other commands: a configured default group would narrow a scan in silence.
    context.argument(
        "group",
        options_list=["--resource-group", "-g"],
        completer=get_resource_group_completion_list,
        help="Scan this resource group of the one subscription alone.",
    )
    context.argument("who", action="store_true", help="Add who could run commands at each cluster.")
    context.argument(
        "verify",
        arg_type=get_enum_type(["none", "broken", "all"]),
        help="Diagnose the clusters that are not ready, or all, one by one as `diagnose` does, at most 8 at a time.",
    )
    context.argument(
        "accepted",
        help="A file in YAML or JSON with findings to live with: a list of finding, cluster (a glob on its id or "
        "name), until (a date) and reason.",
    )
    context.argument(
        "fail_on",
        arg_type=get_enum_type(["error", "warning", "never"]),
        help="Exit with 4 when a finding of this severity or a higher one stands on any cluster.",
    )


def _load_report(context: Any) -> None:
    context.argument(
        "report",
        action="append",
        completer=completers.complete_file,
        help="A file to write a report to; repeat it for more. The suffix decides: .html for people, .md for tickets, "
        ".xml (JUnit) for pipelines, .json for programs. A file that is there is replaced.",
    )
    context.argument(
        "ci",
        arg_type=get_enum_type(["auto", "github", "azure", "none"]),
        help="Tell a pipeline of errors by annotations on standard error and a summary: of GitHub Actions or Azure "
        "Pipelines, none, or by the environment (the default). github also keeps the output of a command from giving "
        "the runner orders.",
    )


def _load_consent(context: Any) -> None:
    context.argument(
        "what_if",
        action="store_true",
        help="Print the exact requests and what takes them back, and send none of them.",
    )
    context.argument("yes", options_list=["--yes", "-y"], action="store_true", help="Do not ask for confirmation.")


def _load_out(context: Any) -> None:
    context.argument(
        "out",
        completer=completers.complete_file,
        help="Save the undo document of what is changed to this new file, for `undo --from` on any machine. It is "
        "readable by you alone and holds no secret.",
    )


def _load_writing(context: Any) -> None:
    _load_consent(context)
    _load_out(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_writing)
    context.argument(
        "wait", action="store_true", help="Wait until the change shows its effect, with an end: see --timeout."
    )
    context.argument(
        "timeout", type=validators.timeout_seconds, help="How many seconds --wait waits before it gives up."
    )


def _load_failure(context: Any) -> None:
    context.argument("error", help="The text of the failure, as it was printed. '@file' reads it from a file.")
    context.argument("error_file", help="A file that holds the text of the failure; '-' for standard input.")
