"""The terminal or pipe that a command was started from: what goes to stdout, what to stderr, what is asked."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from azext_aksinvokefix import shells
from azext_aksinvokefix.finding_ids import UNRECOGNIZED
from azext_aksinvokefix.quoting import az, block, one_line, print_for
from azext_aksinvokefix.report import steps, terminal
from azext_aksinvokefix.report.changes import Changes
from azext_aksinvokefix.report.progress import Progress

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.lifecycle import Diagnosis, Failure
    from azext_aksinvokefix.report.lines import Line
    from azext_aksinvokefix.report.turn import Turn

_LINE_LIMIT = 1000


class Console:  # pylint: disable=too-many-instance-attributes,too-many-public-methods
    """Listens to a run and tells its user about it. Quiet under ``--only-show-errors``."""

    def __init__(
        self, cli_ctx: Any, resource_group: str, cluster: str, turn: Turn | None = None, *, detail: bool = False
    ) -> None:
        terminal.replace_closed_streams()
        terminal.keep_exit_code()
        print_for(shells.at_hand())
        self.resource_group = resource_group
        self.cluster = cluster
        #: Known once somebody is signed in; a line to paste names it, whatever the default is by then.
        self.subscription: str | None = None
        self.cli_ctx = cli_ctx
        self.wants_object = terminal.wants_object(cli_ctx)
        self.quiet = bool(cli_ctx.only_show_errors)
        self._detail = detail or terminal.is_verbose(cli_ctx)
        bar_off = cli_ctx.config.getboolean("core", "disable_progress_bar", False)
        # Of several clusters nobody could read one line, and each one's output is held until its turn.
        self._turn = turn
        shows = sys.stderr.isatty() and not (self.quiet or bar_off or terminal.is_dumb()) and self._turn is None
        self._progress = Progress(sys.stderr, enabled=shows)
        self._command_id: str | None = None
        #: Not where the id is all that is printed anyway.
        self.announces_id = True
        self._submitted = False
        #: What Azure said, once it stands on this terminal.
        self._said = ""
        self.changes = Changes(self)

    @contextlib.contextmanager
    def progress(self) -> Iterator[None]:
        with self._progress.shown():
            yield

    def stage(self, text: str) -> None:
        self._progress.stage = text

    def note(self, line: str) -> None:
        if not self.quiet:
            self._progress.say(one_line(self._named(line)))

    def _named(self, line: str) -> str:
        return f"{self.cluster}: {line}" if self._turn else line

    def _in_turn(self, say: Callable[[], None], *, first: bool = False) -> None:
        """Say it now, or of several clusters when it is this one's turn."""
        if self._turn is None:
            say()
        else:
            self._turn.hold(say, first=first)

    def submitting(self) -> None:
        self._submitted = True
        self.stage("Waiting for the command pod to start")

    def command_id(self, command_id: str) -> None:
        self._command_id = command_id
        if self.announces_id:
            self.note(f"Command id: {command_id}")

    def interrupted(self) -> None:
        """After Ctrl-C: what goes on in the cluster, and how to get back to it."""
        if self._command_id:
            self.error(f"Interrupted. The command {self._command_id} keeps running in the cluster.")
            self.say(f"Resume with: {self._resume()}")
        elif self._submitted:
            self.error("Interrupted before the service returned a command id: the command might have been submitted.")
        else:
            self.error("Interrupted. The command was not submitted.")

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits at a terminal, and is asked about one cluster."""
        return self._turn is None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def is_brief(self) -> bool:
        """Whether a plan is to leave room on the screen for what it is about: somebody has to agree to it there."""
        return self.can_ask and not self._detail

    def ask(self, question: str, default: bool = True) -> bool:
        """The answer at the terminal; without one, or at the end of the input, it is no."""
        if not self.can_ask:
            return False
        with self._progress.held():
            return terminal.answers_yes(one_line(question), default)

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        """The place of the option that was chosen at the terminal; None when none was."""
        if not self.can_ask:
            return None
        numbers = {str(number): number for number in range(1, len(options) + 1)}
        with self._progress.held():
            print(one_line(question), file=sys.stderr)
            for number, option in enumerate(options, 1):
                print(f"  {number}. {one_line(option)}", file=sys.stderr)
            prompt = f"Which one? (1-{len(options)}, empty for none): "
            chosen = terminal.answer_among(
                {**numbers, "": 0}, prompt, f"Answer with a number from 1 to {len(options)}."
            )
        return chosen - 1 if chosen else None

    def decide(self, question: str, options: Sequence[tuple[str, Sequence[str]]]) -> int | None:
        """The same in one line, of options with the words that choose them, the shortest first; None at the end of the
        input alone."""
        if not self.can_ask:
            return None
        meanings = {word: place for place, (_, words) in enumerate(options) for word in words}
        meanings |= {str(place): place - 1 for place in range(1, len(options) + 1)}
        shown = ", ".join(f"{words[0]} = {option}" for option, words in options)
        letters = ", ".join(words[0] for _, words in options[:-1])
        with self._progress.held():
            prompt = f"{one_line(question)} ({shown}): "
            return terminal.answer_among(meanings, prompt, f"Answer {letters} or {options[-1][1][0]}.")

    def text(self, text: str) -> None:
        """Several lines that belong to an error or a question."""

        def say() -> None:
            with self._progress.held():
                terminal.write_stderr(block(text))

        self._in_turn(say)

    def run_ended(self, result: RunResult, timeout: float | None, on_failure: str | None = None) -> None:
        """Everything about a result that is not the command's own output, which stands above it.

        On a terminal the name of a failure is left to what stands below by ``on_failure``, so that it is said once.
        """
        self._tell_steps(result)
        if result.outcome == "running":
            self._note_resume("Wait for it with")
        elif result.outcome == "timedOut":
            may_run = self._command_id or self._submitted
            what = "The command might still be running in the cluster." if may_run else "The command was not submitted."
            self.error(f"No result within {timeout:g} seconds. {what}")
            self._note_resume("Resume with")
        elif result.failure:
            named_below = self._is_named_below(result.failure, on_failure)
            self.error(f"{_headline(result)} {_reason(result.failure, named_below)}".rstrip())
            if sys.stderr.isatty() and result.failure.stage != "command":
                self._said = one_line(result.failure.message)
            if result.outcome == "unknown":
                self.say("It might have run: check the cluster before you run it again.")
                self._note_resume("Get its result again with")
        if result.truncated:
            self.warn(
                "The output is cut off (output-truncated): the service keeps 512 KiB. Use --full-output to get "
                "more, or filter it in the command."
            )
        for each in result.lost_files:
            self.error(steps.lost(each))

    def label(self, code: int) -> None:
        """Of several clusters the line above what one printed; ``code`` is what az exits with."""
        if self._turn and not self.quiet and not self.wants_object:
            label = f"==> {self.cluster} ({self.resource_group}) exit {code}"
            self._in_turn(lambda: terminal.write_stderr(one_line(label)), first=True)

    def _tell_steps(self, result: RunResult) -> None:
        """What became of each step and each file."""
        began = result.outcome in ("succeeded", "failed", "unknown")
        told = list(steps.lines(result.steps or (), unicode=terminal.shows_unicode(sys.stderr))) if began else []
        told += result.notes
        told += [steps.brought(each) for each in result.fetched or () if each.outcome == "fetched"]
        for line in told:
            self._tell(line)

    def _tell(self, line: str) -> None:
        """A note that belongs to the result."""
        if not self.quiet:
            shown = self._named(line) if self.wants_object else line
            self._in_turn(lambda: self._progress.say(one_line(shown)))

    def _is_named_below(self, failure: Failure, on_failure: str | None) -> bool:
        """Whether a report stands below, or is offered, whose first finding has the name of this failure."""
        from azext_aksinvokefix.catalog import leaves_cause_open

        if self.wants_object or not sys.stderr.isatty() or on_failure == "none":
            return False
        return failure.finding != UNRECOGNIZED and not leaves_cause_open(failure)

    def should_explain(self, failure: Failure, on_failure: str | None) -> bool:
        """Whether to look for the cause: as told, else by asking on a terminal, else always."""
        if on_failure == "none":
            return False
        if on_failure == "explain" or not self.can_ask:
            return True
        from azext_aksinvokefix import catalog

        try:
            # Of most failures the line above names the cause already.
            return self.ask("Look for the cause?" if catalog.leaves_cause_open(failure) else "Show how to fix it?")
        except KeyboardInterrupt:
            return False

    def diagnosed(self, diagnosis: Diagnosis) -> None:
        """The report below a run that failed; beside an object that holds it, the next step alone."""
        if [found.id for found in diagnosis.findings] == ["command-failed"]:
            return
        if not self.wants_object:
            self.lines([(), *self._report(diagnosis, sys.stderr)])
            return
        from azext_aksinvokefix.report.headline import proposed

        found = proposed(diagnosis)
        if found:
            finding_id, words, what = found
            self.say(f"{words}: {what}")
            self._say_more(finding_id)

    def not_diagnosed(self, failure: Failure, on_failure: str | None = None) -> None:
        """Where to read on; somebody who wants no report wants no page of advice either."""
        from azext_aksinvokefix import catalog

        if self._is_named_below(failure, on_failure) and failure.finding != "command-failed":
            self.say(f"{catalog.title(failure)}.")
        remedy = str(failure.facts.get("remedy") or "")
        if remedy:
            self.say(one_line(remedy))
        if failure.finding != "command-failed":
            self._say_more(failure.finding)

    def _say_more(self, finding_id: str) -> None:
        from azext_aksinvokefix.report.text import more

        self.say(more(finding_id))

    @property
    def is_for_a_person(self) -> bool:
        """Whether standard output is read at a terminal and nobody asked for a format."""
        return not self.wants_object and sys.stdout.isatty()

    def page(self, diagnosis: Diagnosis) -> dict[str, Any] | None:
        """A diagnosis for whoever reads it: a report for a person, else the object."""
        if not self.is_for_a_person:
            return diagnosis.to_json()
        self.show_lines(self._report(diagnosis, sys.stdout))
        return None

    @staticmethod
    def show(text: str) -> None:
        """Print a page to standard output."""
        text = block(text)
        terminal.write_stdout(text if text.endswith("\n") else text + "\n")

    def show_lines(self, lines: Sequence[Line]) -> None:
        """The same of lines that may have colour."""
        terminal.write_stdout(terminal.shown(lines, terminal.paint(self.cli_ctx, sys.stdout)))

    def lines(self, lines: Sequence[Line]) -> None:
        """Lines that may have colour and belong to an error or a question."""
        text = terminal.shown(lines, terminal.paint(self.cli_ctx, sys.stderr)).rstrip("\n")

        def say() -> None:
            with self._progress.held():
                terminal.write_stderr(text)

        self._in_turn(say)

    def _report(self, diagnosis: Diagnosis, stream: TextIO) -> list[Line]:
        from azext_aksinvokefix.report.text import render

        unicode = terminal.shows_unicode(stream)
        return render(diagnosis, width=terminal.columns(), unicode=unicode, detail=self._detail, said=self._said)

    def raw(self, result: RunResult, bracket: Callable[[bytes], bytes] | None = None) -> None:
        """The command's own output as it came, or the id of a command that was only submitted."""
        from knack.events import EVENT_INVOKER_FILTER_RESULT

        if result.outcome == "running":
            self._in_turn(lambda: terminal.write_stdout((result.command_id or "") + "\n"), first=True)
        elif bracket is not None:
            output = result.output if result.output is not None else (result.logs or "").encode("utf-8", "replace")
            self._in_turn(lambda: terminal.write_bytes(bracket(output)), first=True)
        elif result.output is not None:
            self._in_turn(lambda: terminal.write_bytes(result.output or b""), first=True)
        else:
            self._in_turn(lambda: terminal.write_stdout(terminal.ended_line(result.logs or "")), first=True)
        self.cli_ctx.register_event(EVENT_INVOKER_FILTER_RESULT, _nothing_left)

    def _note_resume(self, words: str) -> None:
        if self._command_id:
            self._tell(f"{words}: {self._resume()}")

    def _resume(self) -> str:
        words = ("aks", "invoke-fix", "run", "-g", self.resource_group, "-n", self.cluster)
        subscription = ("--subscription", self.subscription) if self.subscription else ()
        return az(*words, *subscription, "--command-id", self._command_id or "")

    def error(self, text: str) -> None:
        from knack.log import get_logger

        shown = _cut(self._named(text) if self.wants_object else text)
        self._in_turn(lambda: get_logger(__name__).error(shown))

    def warn(self, text: str) -> None:
        """A warning, which --only-show-errors leaves out."""
        from knack.log import get_logger

        self._in_turn(lambda: get_logger(__name__).warning(one_line(text)))

    def say(self, line: str) -> None:
        """A line that belongs to an error and is shown with it."""
        self._in_turn(lambda: terminal.write_stderr(one_line(line)))


def _headline(result: RunResult) -> str:
    step = str(result.failure.facts.get("step") or "") if result.failure else ""
    if result.outcome == "failed" and step:
        return f"S{step[1:]} failed and exited with {result.exit_code}."
    if result.outcome == "failed":
        return f"The command ran and exited with {result.exit_code}."
    if result.failure and result.failure.finding == "result-read-missing":
        return "The command was accepted."
    if result.outcome == "unknown":
        return "It is not known whether the command ran."
    return "The command did not run."


def _reason(failure: Failure, named_below: bool) -> str:
    """What it is called and what Azure said. The command's own words stand above it."""
    from azext_aksinvokefix import catalog

    if failure.finding == "command-failed":
        return ""
    title, said = catalog.title(failure), one_line(failure.message)
    if failure.stage == "command":
        return "" if named_below else title + "."
    return said if named_below and said else f"{title}: {said}"


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LINE_LIMIT else text[:_LINE_LIMIT] + f" … ({len(text) - _LINE_LIMIT} more characters)"


def _nothing_left(_: Any, event_data: dict[str, Any]) -> None:
    """Of several clusters, whose output was printed as it came, az would print the list of their empty results."""
    if isinstance(event_data["result"], list) and not any(event_data["result"]):
        event_data["result"] = None
