"""The terminal or pipe that a command was started from: what goes to stdout, what to stderr, what is asked."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from azext_aksinvokefix.invoke.progress import Progress
from azext_aksinvokefix.quoting import az, one_line

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.lifecycle import Failure

_LINE_LIMIT = 1000


class Console:  # pylint: disable=too-many-instance-attributes
    """Listens to a run and tells its user about it. Quiet under ``--only-show-errors``."""

    def __init__(self, cli_ctx: Any, resource_group: str, cluster: str) -> None:
        _replace_closed_streams()
        self.resource_group = resource_group
        self.cluster = cluster
        self._cli_ctx = cli_ctx
        self.wants_object = _wants_object(cli_ctx)
        self._quiet = bool(cli_ctx.only_show_errors)
        bar_off = cli_ctx.config.getboolean("core", "disable_progress_bar", False)
        self._progress = Progress(sys.stderr, enabled=sys.stderr.isatty() and not self._quiet and not bar_off)
        self._command_id: str | None = None
        self._submitted = False

    @contextlib.contextmanager
    def progress(self) -> Iterator[None]:
        with self._progress.shown():
            yield

    def stage(self, text: str) -> None:
        self._progress.stage = text

    def note(self, line: str) -> None:
        if not self._quiet:
            self._progress.say(one_line(line))

    def submitting(self) -> None:
        self._submitted = True
        self.stage("Waiting for the command pod to start")

    def command_id(self, command_id: str) -> None:
        self._command_id = command_id
        self.note(f"Command id: {command_id}")

    def interrupted(self) -> None:
        """After Ctrl-C: what goes on in the cluster, and how to get back to it."""
        if self._command_id:
            self._error(f"Interrupted. The command {self._command_id} goes on in the cluster.")
            self._say(f"Resume with: {self._resume()}")
        elif self._submitted:
            self._error("Interrupted before the service named a command id: the command may have been submitted.")
        else:
            self._error("Interrupted. The command was not submitted.")

    def run_ended(self, result: RunResult, timeout: float | None) -> None:
        """Everything about a result that is not the command's own output."""
        if result.outcome == "running":
            self._note_resume("Wait for it with")
        elif result.outcome == "timedOut":
            may_run = self._command_id or self._submitted
            what = "The command may still be running in the cluster." if may_run else "The command was not submitted."
            self._error(f"No result within {timeout:g} seconds. {what}")
            self._note_resume("Resume with")
        elif result.failure:
            self._error(f"{_headline(result)} {_reason(result.failure)}")
            if result.outcome == "unknown":
                self._say("It may have run: look at the cluster before you run it again.")
                self._note_resume("Ask for its result again with")
        if result.truncated:
            self._warn("The output ends at 512 KiB, where the service cuts it: filter it in the command.")

    @staticmethod
    def should_explain(on_failure: str | None) -> bool:
        """Whether to look for the cause: as told, else by asking on a terminal, else always."""
        on_terminal = sys.stdin.isatty() and sys.stderr.isatty()
        if on_failure == "none":
            return False
        if on_failure == "explain" or not on_terminal:
            return True
        return _answers_yes("Look for the cause? (Y/n): ")

    def diagnosed(self, diagnosis: Mapping[str, Any]) -> None:
        """The report below a run that failed; beside an object that holds it, the next step alone."""
        if [found["id"] for found in diagnosis["findings"]] == ["command-failed"]:
            return
        if not self.wants_object:
            print("\n" + self._report(diagnosis, sys.stderr), file=sys.stderr, end="")
            return
        fixes = [fix for finding in diagnosis["findings"] for fix in finding["fixes"]]
        if fixes:
            self._say(f"Next: {fixes[0]['command'] or fixes[0]['description']}")

    def not_diagnosed(self, failure: Failure) -> None:
        """The next step, where no report names it."""
        from azext_aksinvokefix import catalog

        if failure.finding != "command-failed":
            self._say(catalog.FINDINGS[failure.finding].fix)

    @property
    def is_for_a_person(self) -> bool:
        """Whether standard output is read at a terminal and nobody asked for a format."""
        return not self.wants_object and sys.stdout.isatty()

    def page(self, diagnosis: dict[str, Any]) -> dict[str, Any] | None:
        """A diagnosis for whoever reads it: a report for a person, else the object."""
        return self.show(self._report(diagnosis, sys.stdout)) if self.is_for_a_person else diagnosis

    @staticmethod
    def show(text: str) -> None:
        """Print a page to standard output."""
        _write_stdout(text if text.endswith("\n") else text + "\n")

    @staticmethod
    def _report(diagnosis: Mapping[str, Any], stream: TextIO) -> str:
        from azext_aksinvokefix.report.text import render

        columns = min(shutil.get_terminal_size((100, 40)).columns, 120)
        return render(diagnosis, width=columns, unicode="utf" in (stream.encoding or "").lower())

    def raw(self, result: RunResult) -> None:
        """The command's own output as it came, or the id of a command that was only submitted."""
        from knack.events import EVENT_INVOKER_FILTER_RESULT

        text = result.logs or ""
        if result.outcome == "running":
            text = (result.command_id or "") + "\n"
        elif text and not text.endswith("\n") and sys.stdout.isatty():
            text += "\n"
        _write_stdout(text)
        self._cli_ctx.register_event(EVENT_INVOKER_FILTER_RESULT, _nothing_left)

    def _note_resume(self, words: str) -> None:
        if self._command_id:
            self.note(f"{words}: {self._resume()}")

    def _resume(self) -> str:
        words = ("aks", "invoke-fix", "run", "-g", self.resource_group, "-n", self.cluster)
        return az(*words, "--command-id", self._command_id or "")

    def _error(self, text: str) -> None:
        from knack.log import get_logger

        get_logger(__name__).error(_cut(text))

    def _warn(self, text: str) -> None:
        from knack.log import get_logger

        get_logger(__name__).warning(text)

    @staticmethod
    def _say(line: str) -> None:
        """A line that belongs to an error and is shown with it."""
        print(one_line(line), file=sys.stderr)


def _headline(result: RunResult) -> str:
    if result.outcome == "failed":
        return f"The command ran and exited with {result.exit_code}."
    if result.outcome == "unknown":
        return "Whether the command ran is not known."
    return "The command did not run."


def _reason(failure: Failure) -> str:
    from azext_aksinvokefix import catalog

    if failure.finding == "command-failed":
        return ""
    title = catalog.FINDINGS[failure.finding].title
    return title + "." if failure.stage == "command" else f"{title}: {one_line(failure.message)}"


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LINE_LIMIT else text[:_LINE_LIMIT] + f" … ({len(text) - _LINE_LIMIT} more characters)"


def _wants_object(cli_ctx: Any) -> bool:
    """Whether the user asked for an output format or a query, on the command line or in the configuration."""
    if cli_ctx.config.get("core", "output", fallback=None) or cli_ctx.invocation.data.get("query_active"):
        return True
    return any(
        name == "-o" or (len(name) > 3 and "--output".startswith(name))
        for name in cli_ctx.data.get("safe_params") or ()
    )


def _answers_yes(question: str) -> bool:
    """The answer on the terminal; an empty one is a yes, an ended input a no. Asked on stderr: stdout holds output."""
    print(question, end="", file=sys.stderr, flush=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        return False
    return answer.strip().lower() in ("", "y", "yes") and answer != ""


def _replace_closed_streams() -> None:
    """A standard stream that was closed before the start is None: what would go there goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # It stands in for the stream until the program ends.
            nowhere = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115  # pylint: disable=consider-using-with
            setattr(sys, name, nowhere)


def _nothing_left(_: Any, event_data: dict[str, Any]) -> None:
    """Of several clusters, whose output was printed as it came, az would print the list of their empty results."""
    if isinstance(event_data["result"], list) and not any(event_data["result"]):
        event_data["result"] = None


def _write_stdout(text: str) -> None:
    """Print ``text`` untouched; what the terminal's encoding cannot show is escaped, a closed pipe is no error."""
    try:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        from azure.cli.core.azclierror import FileOperationError

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise FileOperationError(
            f"The output cannot be written: {error.strerror or error}.",
            recommendation="Make room, then ask for it again by the command id.",
        ) from error
