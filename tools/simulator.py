"""Serve a scenario as an Azure of its own until Ctrl-C: ``python -m tools.simulator nodes-tainted``.

The client is ready: signed in, with the extension of this checkout, and apart from every other sign-in on the machine.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from azext_aksinvokefix.cluster import Target
from tests.az import executable
from tests.e2e.azure import Azure, signed_in
from tests.simulator.__main__ import wait
from tests.simulator.core import scenario
from tests.simulator.core.scenario import ScenarioError
from tests.simulator.core.world import World
from tools.build_wheel import build

_COMMAND = ("-c", "kubectl get pods -A")
#: What a test needs and a person does not.
_NOT_FOR_PEOPLE = "AZURE_CORE_NO_COLOR"


def main(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else "nodes-full"
    try:
        scenario.path_of(name)
    except ScenarioError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        print("Building the extension, starting a simulated Azure, signing in and installing ...", file=sys.stderr)
        with (
            tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder,
            signed_in(Path(folder), build(Path(folder, "wheel"))) as azure,
        ):
            serve(azure, name)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    print("The simulated Azure has ended, and its sign-in and extension are removed.", file=sys.stderr)
    return 0


def serve(azure: Azure, name: str) -> None:
    """Print what to paste, and wait."""
    world = azure.load(name)
    if world.scenario.cloud_shell or len(world.subscriptions) > 1:
        # A sign-in finds what there is to sign in to.
        azure.az("login", "--identity")
    print("\n".join(["", f"# {name}: {scenario.seen(name)}", "", *exports(azure), "", *_tries(world)]))
    print("\nPaste the exports and any command into another shell. Ctrl-C ends the simulated Azure.", flush=True)
    wait()


def exports(azure: Azure) -> list[str]:
    """What points an `az` in another shell at the simulated Azure."""
    variables = azure.simulator.environment(azure.config_dir)
    found = [f"export {key}={shlex.quote(value)}" for key, value in variables.items() if key != _NOT_FOR_PEOPLE]
    return [f"export PATH={shlex.quote(str(Path(executable()).parent))}:$PATH", *found]


def _tries(world: World) -> list[str]:
    """Commands that work as they are: stock az beside the extension's."""
    cluster = Target.of(next(iter(world.clusters.values())).id)
    at = ("-g", cluster.group, "-n", cluster.name)
    lines = [
        ("aks", "command", "invoke", *at, *_COMMAND),
        ("aks", "invoke-fix", "run", *at, *_COMMAND),
        ("aks", "invoke-fix", "diagnose", *at),
        ("aks", "invoke-fix", "repair", *at, *_COMMAND),
    ]
    if len(world.clusters) > 1:
        lines.append(("aks", "invoke-fix", "scan", "--all-subscriptions"))
    return [shlex.join(["az", *line]) for line in lines]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
