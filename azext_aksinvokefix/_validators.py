"""Arguments that argparse cannot judge. A usage error exits with 2, as argparse's own do."""

import argparse


def timeout_seconds(value):
    """A positive number of seconds."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{value}' is not a positive number of seconds")
    return seconds


def validate_run(namespace):
    """One of a command and a command id, and attachments that do not contradict each other.

    A ValueError, because the CLI turns it into its usage error with exit code 2, and its own classes into 1.
    """
    command, files = namespace.command_string, namespace.command_files or []
    if namespace.command_id:
        if command is not None or files or namespace.submit_only:
            raise ValueError("--command-id waits for a command that was submitted: leave out --command, --file, --no-wait.")
    elif command is None or not command.strip():
        raise ValueError('The command is empty. Quote the whole command: --command "kubectl get pods".')
    if "." in files and len(files) > 1:
        raise ValueError("--file . attaches the whole current folder: leave out the other --file.")


def command_id(value):
    """The id of a command, alone or as the last segment of its commandResults URL."""
    found = value.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    if not found or not all(character.isalnum() or character in "-_" for character in found):
        raise argparse.ArgumentTypeError(f"'{value}' is not a command id")
    return found
