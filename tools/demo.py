"""Walk through run, diagnose, repair and undo on two broken clusters of a simulated Azure, beside what stock az says.

Everything is real but the cloud: the Azure CLI, the installed extension, the sign-in and the HTTPS traffic. On a
terminal each step waits for Enter.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.azure import Azure, Result, signed_in
from tools.build_wheel import ROOT, build

CLUSTER = ("-g", "rg1", "-n", "c1")
PODS = ("-c", "kubectl get pods -A")
NOTHING = ("-c", "kubectl get non-existing-resource")
#: Without the stops, on two cores.
_SECONDS = 45


@dataclass(frozen=True)
class Step:
    """What is about to be seen, in a line; the arguments behind `az aks`; and the exit code it must end with.

    ``piped``: not under a terminal, where stock az turns a spinner and `run` asks what next; they print the same.
    """

    caption: str
    command: tuple[str, ...]
    rc: int = 0
    piped: bool = False


@dataclass(frozen=True)
class Scene:
    """A broken cluster of `tests/scenarios`, and what its user does about it."""

    scenario: str
    title: str
    steps: tuple[Step, ...]


def _walk(failing: str, repairing: str) -> tuple[Step, ...]:
    return (
        Step("Stock az, first:", ("command", "invoke", *CLUSTER, *PODS), 1, piped=True),
        Step(failing, ("invoke-fix", "run", *CLUSTER, *PODS), 125, piped=True),
        Step("The same without running anything: diagnose only reads.", ("invoke-fix", "diagnose", *CLUSTER)),
        Step(repairing, ("invoke-fix", "repair", *CLUSTER, *PODS, "--yes")),
        Step("The change is in a journal on this machine ...", ("invoke-fix", "history", *CLUSTER)),
        Step("... and can be undone.", ("invoke-fix", "undo", "--yes")),
    )


SCENES = (
    Scene(
        "policy-gatekeeper",
        "A policy denies the command pod",
        _walk(
            "run says which policy it was, and why it denies.",
            "repair shows its plan, changes the policy assignment, and tests run command. --yes confirms it here.",
        ),
    ),
    Scene(
        "nodes-full",
        "No node has room for the command pod",
        _walk(
            "run says that no node had room for the pod, and exits with 125: the command did not run.",
            "repair adds a node. A plan always says what it costs and how to undo it.",
        ),
    ),
    Scene(
        "command-exits-1",
        "The command runs and fails: would a script notice?",
        (
            Step("Stock az ends with 0:", ("command", "invoke", *CLUSTER, *NOTHING), piped=True),
            Step("run exits as the command did:", ("invoke-fix", "run", *CLUSTER, *NOTHING), 1, piped=True),
        ),
    ),
)

REAL_CLUSTER = """\
On your own cluster (sign in with `az login` first):

    az extension add --source {wheel} --yes
    az aks invoke-fix run -g <resource group> -n <cluster> -c "kubectl get pods -A"

Or check first whether a command would work:

    az aks invoke-fix diagnose -g <resource group> -n <cluster>
"""


class UnexpectedEndError(Exception):
    """A step did not end as it should."""


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def show(result: Result) -> None:
    for stream in (result.out, result.err):
        if stream.strip():
            print(textwrap.indent(stream.rstrip(), "  "))
    print(f"[exit code {result.rc}]", flush=True)


def play(azure: Azure, scene: Scene, pause: Callable[[], None]) -> None:
    azure.load(scene.scenario)
    for step in scene.steps:
        print(f"\n{step.caption}\n$ az aks {shlex.join(step.command)}", flush=True)
        pause()
        result = azure.az("aks", *step.command, env=_environment(), tty=not step.piped, timeout=300)
        show(result)
        if result.rc != step.rc:
            raise UnexpectedEndError(f"it ended with {result.rc}, and should have ended with {step.rc}")


def _environment() -> dict[str, str | None]:
    """What is shown comes at once, without what turns meanwhile; where somebody sees it, in colours and as wide."""
    still = {"AZURE_CORE_DISABLE_PROGRESS_BAR": "true"}
    width = shutil.get_terminal_size().columns - 2
    return {**still, "AZURE_CORE_NO_COLOR": None, "COLUMNS": str(width)} if sys.stdout.isatty() else {**still}


def _pause() -> None:
    if sys.stdin.isatty() and sys.stdout.isatty():
        input("  [Enter] ")


def main() -> int:
    steps = sum(len(scene.steps) for scene in SCENES)
    print(f"{len(SCENES)} scenes, {steps} steps: about {_SECONDS} seconds and the time you read. Ctrl-C ends it.")
    print("Building the extension, starting a simulated Azure, signing in and installing ...", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder:
            wheel = build(ROOT / "dist")
            with signed_in(Path(folder), wheel) as azure:
                for number, scene in enumerate(SCENES, 1):
                    heading(f"{number}. {scene.title}")
                    play(azure, scene, _pause)
    except UnexpectedEndError as error:
        print(f"error: {error}.", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nEnded. Nothing is left of the simulated Azure.", file=sys.stderr)
        return 130
    heading("Next")
    print(REAL_CLUSTER.format(wheel=wheel.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
