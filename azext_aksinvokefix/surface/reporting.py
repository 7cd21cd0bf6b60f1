"""`--report` and `--ci`: one report of all clusters of a call, written once when the last of them is done.

The arguments of every cluster are validated before any is worked on: there each gets its place, in the order of the
ids, and there a file that could not be written is refused, before anything is sent.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.report.document.model import Cluster, Report

Key = tuple[Any, Any, Any]

_KEY = "aks_invoke_fix_reports"
_TITLES = {"run": "Run in", "diagnose": "Diagnosis of", "repair": "Repair of"}


class ReportPlace:
    """What a command says of one cluster; this one is of a call that wants no report."""

    def hold(self, kind: str, document: Any, command: str | None = None) -> None:
        """The object of the command, as soon as it is known; ``command`` is what was run in the cluster."""

    def printed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The object of a run as it is printed."""
        return document


class Place(ReportPlace):  # pylint: disable=too-many-instance-attributes
    """One cluster of a call. ``why`` is the error that stands in the place of an object."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.target: Target | None = None
        self.kind = ""
        self.document: Any = None
        self.command: str | None = None
        self.why = ""
        self.is_taken = False
        self.is_in_pipeline = False

    def hold(self, kind: str, document: Any, command: str | None = None) -> None:
        self.kind, self.document, self.command = kind, document, command

    def printed(self, document: dict[str, Any]) -> dict[str, Any]:
        """In a pipeline what the cluster printed gives no orders, not as a member of an object either: Azure's agent
        looks for them anywhere in a line."""
        from azext_aksinvokefix.redact.runner_commands import harmless

        if not self.is_in_pipeline:
            return document
        logs = document["logs"] and harmless(document["logs"])
        steps = [{**step, "logs": harmless(step["logs"])} for step in document.get("steps", ())]
        return {**document, "logs": logs, **({"steps": steps} if steps else {})}

    def cluster(self) -> Cluster:
        from azext_aksinvokefix.report.document import building

        if self.document is None:
            return building.failed(self.target, building.clean(self.why))
        document, command = building.clean(self.document), building.clean(self.command)
        if self.kind == "diagnose":
            return building.of_diagnosis(document)
        if self.kind == "repair":
            return building.of_repair(document, self.target, command)
        return building.of_run(document, self.target, command)

    def object(self) -> Any:
        """The object with the id of its cluster, for a list of them."""
        cluster_id = self.target.id if self.target else None
        return {"clusterId": cluster_id, **({"error": self.why} if self.document is None else self.document)}


class Reports:
    """The reports of one call. ``ci`` is the runner that is told of errors, or ``none``."""

    def __init__(self, paths: tuple[str, ...], ci: str) -> None:
        self._paths = paths
        self._ci = ci
        self._places: list[Place] = []
        self._left = 0
        self._interrupted = threading.Event()
        self._lock = threading.Lock()

    def expect(self, key: Key) -> None:
        """One more cluster to come."""
        from azext_aksinvokefix.surface import signals

        place = Place(key)
        place.is_in_pipeline = self._ci != "none"
        self._places.append(place)
        self._left += 1
        if len(self._places) == 2:
            # az lets the clusters end that it works on; what they say then is no report that anybody waits for.
            signals.notice_interrupt(self._interrupted)

    def take(self, key: Key) -> Place:
        with self._lock:
            same = (each for each in self._places if each.key == key and not each.is_taken)
            place = next(same, None) or Place(key)
            place.is_taken = True
            return place

    def interrupt(self) -> None:
        self._interrupted.set()

    def finish(self) -> None:
        """One cluster is done; after the last one everything is written."""
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        known = any(place.document is not None for place in self._places)
        if is_last and known and not self._interrupted.is_set():
            self._write()

    def _write(self) -> None:
        from azext_aksinvokefix.surface import report_files

        try:
            report = self._report()
            report_files.write(report, self._paths)
            if not (report.kind == "run" and report.worked):
                report_files.tell_pipeline(report, self._ci)
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            # The command ran: a fault of ours in telling of it must not read as one of the command.
            report_files.say_not_written("The report", f"{type(error).__name__}: {error}")

    def _report(self) -> Report:
        from azext_aksinvokefix.report.document import building
        from azext_aksinvokefix.report.document.model import Report

        first, count = self._places[0], len(self._places)
        kind = next(place.kind for place in self._places if place.document is not None)
        if kind == "scan":
            return building.of_scan(building.clean(first.document))
        clusters = tuple(place.cluster() for place in self._places)
        document = first.document if count == 1 else [place.object() for place in self._places]
        whom = clusters[0].name if count == 1 else f"{count} clusters"
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Report(kind, f"{_TITLES[kind]} {whom}", clusters, building.clean(document), now)


def register(namespace: Any) -> None:
    """Check the files of a command whose arguments are being validated, and give its cluster a place.

    A ValueError, which is a usage error, for a file that has no format; FileOperationError for one that cannot be
    written.
    """
    paths = tuple(dict.fromkeys(getattr(namespace, "report", None) or ()))
    for path in paths:
        _check(path)
    ci = _runner(getattr(namespace, "ci", None))
    if not paths and ci == "none":
        return
    cli_ctx = namespace._cmd.cli_ctx  # pylint: disable=protected-access
    reports = cli_ctx.invocation.data.setdefault(_KEY, Reports(paths, ci))
    group, name = getattr(namespace, "resource_group_name", None), getattr(namespace, "name", None)
    reports.expect(_key(cli_ctx, group, name))


@contextlib.contextmanager
def place_of(cmd: Any, resource_group: str | None = None, name: str | None = None) -> Iterator[ReportPlace]:
    """The place of a cluster that is being worked on. However that ends, a report that everybody waits for comes."""
    reports = cmd.cli_ctx.invocation.data.get(_KEY)
    if reports is None:
        yield ReportPlace()
        return
    place = reports.take(_key(cmd.cli_ctx, resource_group, name))
    place.target = _target(cmd.cli_ctx, resource_group, name)
    try:
        yield place
    except (KeyboardInterrupt, SystemExit):
        reports.interrupt()
        raise
    except Exception as error:
        place.why = str(error)
        raise
    finally:
        reports.finish()


def bracket(ci: str | None) -> Callable[[bytes], bytes] | None:
    """Of an output, so that it gives GitHub's runner no orders; only where the user said so, since it adds lines."""
    from azext_aksinvokefix.report.ci import bracketed

    return bracketed if ci == "github" else None


def _runner(ci: str | None) -> str:
    if ci not in (None, "auto"):
        return str(ci)
    if os.environ.get("GITHUB_ACTIONS", "").lower() == "true":
        return "github"
    return "azure" if os.environ.get("TF_BUILD", "").lower() == "true" else "none"


def _check(path: str) -> None:
    from azure.cli.core.azclierror import FileOperationError

    from azext_aksinvokefix.report.formats import suffix_of, suffixes

    if suffix_of(path) is None:
        raise ValueError(f"--report cannot write '{path}': name a file that ends in {', '.join(suffixes())}.")
    folder = os.path.dirname(path) or "."
    why = None
    if not os.path.isdir(folder):
        why = f"there is no folder '{folder}'"
    elif os.path.isdir(path):
        why = "it is a folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        why = f"the folder '{folder}' cannot be written to"
    if why:
        raise FileOperationError(
            f"--report cannot write '{path}': {why}.", recommendation="Make the folder first, or name another file."
        )


def _key(cli_ctx: Any, group: str | None, name: str | None) -> Key:
    """What tells the clusters of a call apart; nobody needs to be signed in for it."""
    return cli_ctx.data.get("subscription_id"), group, name


def _target(cli_ctx: Any, group: str | None, name: str | None) -> Target | None:
    """The cluster, without an id where nobody is signed in: the command itself says what that means."""
    from azure.cli.core.commands.client_factory import get_subscription_id
    from knack.util import CLIError

    from azext_aksinvokefix.cluster import Target

    if not (group and name):
        return None
    try:
        return Target.named(str(get_subscription_id(cli_ctx)), group, name)
    except CLIError:
        return Target("", "", group, name)
