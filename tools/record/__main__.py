"""Replay what is safe to replay against a cluster of your own, and write down where the simulator says otherwise.

    make record SUBSCRIPTION=ID GROUP=NAME CLUSTER=NAME OPTIONS=--what-if

It reads, and it runs commands in the cluster that change nothing there. With --allow-writes it also makes a policy
exemption in the group, which ends by itself within the hour, and deletes it. Nothing else is written; the cluster is
yours and there already. `az login` first: the requests are made as you.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

from tools.record import http, report, stand_in
from tools.record.journal import Journal
from tools.record.private import Mask
from tools.record.replay import replayed
from tools.record.requests import Place, Request
from tools.record.steps import Step, every

ROOT = Path(__file__).resolve().parents[2]
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if not _GUID.fullmatch(options.subscription) or not options.group or not options.cluster:
        parser.error("SUBSCRIPTION (an id), GROUP and CLUSTER have to name a cluster of yours")
    if options.allow_writes and not options.assignment:
        parser.error("--allow-writes needs --assignment: the id of a policy assignment to exempt the group from")
    now = datetime.now(timezone.utc)
    place = Place(options.subscription, options.group, options.cluster, now, options.assignment)
    place = replace(place, name=f"{place.name}-{uuid4().hex[:8]}")
    steps = [step for step in every() if options.allow_writes or not step.writes]
    if options.what_if:
        print("\n".join(_what_if(steps, place)))
        return 0
    journal = Journal(options.out / "journal.jsonl")
    try:
        azure = http.signed_in(options.az, place)
        if options.clean:
            return _clean(journal, azure)
        if journal.open_entries():
            print(
                f"An earlier recording left something behind: {_shown(journal.open_entries())}. Run with --clean first."
            )
            return 2
        return _record(steps, azure, journal, options.out / f"{now:%Y-%m-%d-%H%M%S}")
    except http.NotSignedInError as error:
        print(f"az gave no token: {error}", file=sys.stderr)
        return 2


def _record(steps: list[Step], azure: http.Https, journal: Journal, folder: Path) -> int:
    """0 when nothing differs, 1 when something does."""
    first = azure.send(steps[0].asked(azure.place)[0])
    if first.status != 200 or not isinstance(first.body, dict):
        print(f"The cluster cannot be read: status {first.status}.", file=sys.stderr)
        return 2
    mask = Mask(azure.place)
    with stand_in.served(stand_in.like(first.body)) as played:
        different = report.write(folder, replayed(steps, azure, played, journal), mask)
    print(f"{len(steps)} steps, {len(different)} differ: {folder / 'report.md'}")
    return 1 if different else 0


def _clean(journal: Journal, azure: http.Https) -> int:
    failed = journal.clean(azure.send, azure.place.subscription_id)
    print(f"Not deleted: {_shown(failed)}" if failed else "Nothing is left.")
    return 1 if failed else 0


def _what_if(steps: list[Step], place: Place) -> list[str]:
    lines = [f"{len(steps)} steps; nothing is sent."]
    for step in steps:
        lines += ["", f"# {step.name}"]
        for request in step.asked(place):
            lines += request.lines()
    return lines


def _shown(requests: list[Request]) -> str:
    return ", ".join(request.path for request in requests)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__)
    for name in ("subscription", "group", "cluster"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--what-if", action="store_true", help="print every request, and send none")
    parser.add_argument("--allow-writes", action="store_true", help="make a policy exemption too, and delete it")
    parser.add_argument("--assignment", default="", help="id of the policy assignment to exempt from")
    parser.add_argument("--clean", action="store_true", help="delete what a recording that broke off left behind")
    parser.add_argument("--az", default="az", help="the signed-in Azure CLI")
    parser.add_argument("--out", type=Path, default=ROOT / ".work" / "record")
    return parser


if __name__ == "__main__":
    # Whoever pipes the requests into `head` has read enough: that ends the program, and is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
