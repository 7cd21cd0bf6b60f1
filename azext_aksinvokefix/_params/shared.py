"""Arguments that several commands have."""

from __future__ import annotations

from typing import Any

from azure.cli.core.commands.parameters import (
    get_enum_type,
    get_resource_name_completion_list,
    resource_group_name_type,
)

from azext_aksinvokefix import _completers as completers
from azext_aksinvokefix import _validators as validators


def load_cluster(context: Any) -> None:
    """The cluster that a command is about."""
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


def load_failure(context: Any) -> None:
    """The failure that a command starts from."""
    context.argument("error", help="The error text, as printed. '@file' reads it from a file.")
    context.argument(
        "error_file",
        completer=completers.complete_file,
        help="A file with the error text; '-' for standard input.",
    )


def load_report(context: Any) -> None:
    """What is written beside the result."""
    context.argument(
        "report",
        action="append",
        completer=completers.complete_file,
        help="A file to write a report to; repeat it for more. The suffix sets the format: .html for people, .md "
        "for tickets, .xml (JUnit) for pipelines, .json for programs. An existing file is replaced.",
    )
    context.argument(
        "ci",
        arg_type=get_enum_type(["auto", "github", "azure", "none"]),
        help="Report errors to the pipeline with annotations on standard error and a summary: for GitHub Actions, "
        "for Azure Pipelines, none, or detected from the environment (the default). github also stops the "
        "output of a command from issuing workflow commands.",
    )


def load_detail(context: Any) -> None:
    """How much a report says."""
    context.argument(
        "detail",
        action="store_true",
        help="Add the evidence, every fix, and the stock commands to the report. --verbose does the same; an "
        "output format always includes them.",
    )


def load_writing(context: Any) -> None:
    """What the commands that change something share."""
    load_consent(context)
    load_out(context)
    context.argument("name", options_list=["--name", "-n"], id_part="name", validator=validators.validate_writing)
    context.argument(
        "wait", action="store_true", help="Wait until the change takes effect, at most as long as --timeout."
    )
    context.argument(
        "timeout", type=validators.timeout_seconds, help="How many seconds --wait waits before it gives up."
    )


def load_consent(context: Any) -> None:
    """What is agreed to."""
    context.argument(
        "what_if",
        action="store_true",
        help="Print the exact requests and how to undo them, and send none of them.",
    )
    context.argument("yes", options_list=["--yes", "-y"], action="store_true", help="Do not ask for confirmation.")


def load_out(context: Any) -> None:
    """Where the undo document goes."""
    context.argument(
        "out",
        completer=completers.complete_file,
        help="Save the undo document of the changes to this new file, for `undo --from` on any machine. Only you "
        "can read the file, and it contains no secrets.",
    )
