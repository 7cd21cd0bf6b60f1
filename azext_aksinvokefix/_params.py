"""The arguments of the commands."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import (
    get_enum_type,
    get_resource_name_completion_list,
    resource_group_name_type,
)

from azext_aksinvokefix import _validators as validators


def load_arguments(self: Any, _: Any) -> None:
    with self.argument_context("aks invoke-fix") as context:
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

    with self.argument_context("aks invoke-fix run") as context:
        context.argument(
            "command_string",
            options_list=["--command", "-c"],
            validator=validators.validate_run,
            help="The command to run in the cluster, quoted as one word. kubectl, helm, jq and a shell are there.",
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

    with self.argument_context("aks invoke-fix diagnose") as context:
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
            "fail_on",
            arg_type=get_enum_type(["error", "warning", "never"]),
            help="Exit with 4 when a finding of this severity or a higher one stands.",
        )

    with self.argument_context("aks invoke-fix explain") as context:
        context.argument(
            "finding",
            type=validators.finding_id,
            completer=validators.complete_finding,
            help="The id of a finding, for example nodes-tainted. Without it all are listed.",
        )
