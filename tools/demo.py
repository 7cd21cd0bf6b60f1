"""Show what `az aks command invoke` and `az aks invoke-fix run` say about the same broken cluster of a simulated Azure.

Everything is real but the cloud: the Azure CLI, the installed extension, the sign-in and the HTTPS traffic.
"""

from __future__ import annotations

import shlex
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.azure import Azure, Result, signed_in
from tools.build_wheel import ROOT, build

CLUSTER = ("-g", "rg1", "-n", "c1")


@dataclass(frozen=True)
class Scene:
    """A broken cluster of `tests/scenarios` and a command that its user tries."""

    scenario: str
    title: str
    command: str


SCENES = (
    Scene("nodes-full", "The node has no room left for the pod that runs the command", "kubectl get pods -A"),
    Scene("command-exits-1", "The command runs and fails: would a script notice?", "kubectl get non-existing-resource"),
)

REAL_CLUSTER = """\
On a cluster of your own (sign in with `az login` first):

    az extension add --source {wheel} --yes
    az aks invoke-fix run -g <resource group> -n <cluster> -c "kubectl get pods -A"

Or ask first whether a command would get through:

    az aks invoke-fix diagnose -g <resource group> -n <cluster>
"""


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def show(result: Result) -> None:
    print(f"\n$ az {shlex.join(result.command)}")
    for stream in (result.out, result.err):
        if stream.strip():
            print(textwrap.indent(stream.rstrip(), "  "))
    print(f"[exit code {result.rc}]", flush=True)


def play(azure: Azure, scene: Scene) -> None:
    for command in (("command", "invoke"), ("invoke-fix", "run")):
        azure.load(scene.scenario)
        show(azure.az("aks", *command, *CLUSTER, "-c", scene.command))


def main() -> None:
    print("Building the extension, starting a simulated Azure, signing in and installing ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder:
        wheel = build(ROOT / "dist")
        with signed_in(Path(folder), wheel) as azure:
            for number, scene in enumerate(SCENES, 1):
                heading(f"{number}. {scene.title}")
                play(azure, scene)
    heading("Next")
    print(REAL_CLUSTER.format(wheel=wheel.relative_to(ROOT)))


if __name__ == "__main__":
    main()
