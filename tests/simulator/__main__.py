"""Serve a scenario until Ctrl-C: ``python -m tests.simulator nodes-tainted``."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import threading

from tests.simulator.core import scenario
from tests.simulator.core.scenario import ScenarioError
from tests.simulator.http.server import Simulator
from tests.simulator.policy import rego

_EXAMPLE = ["aks", "command", "invoke", "-g", "rg1", "-n", "c1", "-c", "kubectl get pods"]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.list:
        print(_listing())
        return 0
    simulator = Simulator()
    try:
        simulator.load(options.scenario)
    except ScenarioError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    with simulator, tempfile.TemporaryDirectory(prefix="simulated-azure-client-") as config_dir:
        print(_instructions(simulator, options.scenario, config_dir), flush=True)
        wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("scenario", nargs="?", default="healthy", help="name of a file in tests/scenarios")
    parser.add_argument("--list", action="store_true", help="list the scenarios and what their user sees")
    return parser


def _listing() -> str:
    width = max(map(len, scenario.names()))
    return "\n".join(f"{name:{width}}  {scenario.seen(name)}" for name in scenario.names())


def _instructions(simulator: Simulator, name: str, config_dir: str) -> str:
    """Lines to paste into another shell."""
    exports = [f"export {key}={shlex.quote(value)}" for key, value in simulator.environment(config_dir).items()]
    commands = [shlex.join(["az", *words]) for words in [*simulator.registration(), _EXAMPLE]]
    judge = f"# Azure Policy in its clusters is judged by {rego.judge().name}."
    return "\n".join([f"# {name}: {scenario.seen(name)}", judge, *exports, *commands, "# Ctrl-C ends it."])


def wait() -> None:
    """Until Ctrl-C or a polite kill, in a background job as well."""
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    sys.exit(main())
