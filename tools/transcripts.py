"""Write the transcripts of README.md anew: what the real az prints against the simulated Azure.

What differs from run to run (times, the ids of commands and changes) is made the same, and what a transcript cuts or
shortens is named by it here; nothing else is touched. A transcript stands between two comments:

    <!-- transcript: NAME -->
    <!-- end of transcript -->
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.azure import Azure, Result, signed_in
from tools.build_wheel import ROOT, build

README = ROOT / "README.md"
CLUSTER = ("-g", "rg1", "-n", "c1")
CUT = "…"
_PLACE = re.compile(r"<!-- transcript: (\S+) -->\n(.*?)<!-- end of transcript -->\n", re.DOTALL)
_ENVIRONMENT = {"AZURE_CORE_DISABLE_PROGRESS_BAR": "true", "COLUMNS": "100"}
_PROMPT = re.compile(r"\((?:Y/n|y/N|a = apply[^)]*)\): ")
_SAME: Mapping[str, str] = {
    r"(?<=Command id: )[0-9a-f]{32}": "4ed41dd52f6943e1b11021222299638e",
    r"(?<=Change id: )[0-9a-f]{12}": "5b6ac29de925",
    r"(?<=As of )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "2026-11-28T09:56:05Z",
}
_GUID = r"([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True)
class Call:
    """The arguments of one `az`. ``typed`` are the answers to its prompts, a line each; without any it is piped.

    ``lines`` is how many of what it prints are shown. ``ends`` shows the exit code too. ``bare`` shows neither the
    command, which stands above already, nor its standard output.
    """

    words: tuple[str, ...]
    typed: tuple[str, ...] = ()
    lines: int | None = None
    ends: bool = False
    bare: bool = False


@dataclass(frozen=True)
class Transcript:
    """Calls one after the other, each in a fresh world of the scenario. ``short`` is what is cut within lines.

    ``signs_in``: the subscriptions of the scenario are those of the sign-in.
    """

    scenario: str
    calls: tuple[Call, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    signs_in: bool = False


_STEPS = ("kubectl apply -f app.yaml", "kubectl rollout status deploy/web --timeout 5m")
_LAST_STEP = "kubectl get pods -l app=web -o yaml"
TRANSCRIPTS: Mapping[str, Transcript] = {
    "first": Transcript(
        "nodes-full",
        (
            Call(("aks", "command", "invoke", *CLUSTER, "-c", "kubectl get pods -A")),
            Call(("aks", "invoke-fix", "run", *CLUSTER, "-c", "kubectl get pods -A"), ("y", "n"), ends=True),
        ),
    ),
    "steps": Transcript(
        "healthy",
        (
            Call(
                ("aks", "invoke-fix", "run", *CLUSTER, "-f", "app.yaml", "-c", _STEPS[0], "-c", _STEPS[1])
                + ("-c", _LAST_STEP),
                lines=5,
                bare=True,
            ),
        ),
        # There is no deployment: the second step fails at once.
        files={"app.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"},
    ),
    "scan": Transcript(
        "estate", (Call(("aks", "invoke-fix", "scan", "--all-subscriptions"), ("",), lines=15),), signs_in=True
    ),
    "repair": Transcript(
        "three-faults",
        (Call(("aks", "invoke-fix", "repair", *CLUSTER, "-c", "kubectl get pods"), ("y", "a", "a", "a")),),
        short={
            rf"/subscriptions/{_GUID}(?:/resourceGroups/rg1)?(?=/providers)": CUT,
            rf"/subscriptions/{_GUID}(?=/resourceGroups)": CUT,
            _GUID: rf"\1{CUT}",
        },
    ),
}


def printed(azure: Azure, transcript: Transcript) -> str:
    """The transcript as the README has it."""
    texts = []
    with tempfile.TemporaryDirectory(prefix="transcript-") as folder:
        for name, content in transcript.files.items():
            Path(folder, name).write_text(content, encoding="utf-8")
        if transcript.signs_in:
            azure.load(transcript.scenario)
            azure = azure.apart(Path(folder, "client"))
        for call in transcript.calls:
            azure.load(transcript.scenario)
            # What an earlier run ended with is no news of this one's cluster, which has the same name.
            shutil.rmtree(azure.config_dir / "aks-invoke-fix" / "failed", ignore_errors=True)
            result = azure.az(
                *call.words,
                env=_ENVIRONMENT,
                cwd=folder,
                tty=bool(call.typed),
                input="".join(f"{line}\n" for line in call.typed) or None,
                timeout=300,
            )
            texts.append(_of(call, result))
    text = "\n".join(texts)
    for pattern, same in {**_SAME, **transcript.short}.items():
        text = re.sub(pattern, same, text)
    return f"```console\n{text}```\n"


def _of(call: Call, result: Result) -> str:
    command = [] if call.bare else [f"$ az {shlex.join(call.words)}"]
    lines = _lines(call, result)
    if call.lines is not None and len(lines) > call.lines:
        lines = [*lines[: call.lines], CUT]
    ending = ["$ echo $?", str(result.rc)] if call.ends else []
    return "".join(f"{line}\n" for line in (*command, *lines, *ending))


def _lines(call: Call, result: Result) -> list[str]:
    """Both streams as a terminal shows them: the answers where they were asked for, the command's output behind."""
    echoed = "".join(f"{line}\n" for line in call.typed)
    answers = iter(call.typed)
    err = _PROMPT.sub(lambda prompt: f"{prompt.group()}{next(answers, '')}\n", result.err)
    out = result.out.removeprefix(echoed) if call.typed else result.out
    both = (err, out) if call.typed else ("" if call.bare else out, err)
    lines = [line.rstrip() for text in both for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def names(readme: str) -> list[str]:
    """The transcripts that the README has a place for."""
    return [found.group(1) for found in _PLACE.finditer(readme)]


def shown(readme: str, name: str) -> str:
    """A transcript as it stands in the README."""
    return next(found.group(2) for found in _PLACE.finditer(readme) if found.group(1) == name)


def with_transcripts(readme: str, texts: Mapping[str, str]) -> str:
    """The README with the texts in their places."""
    return _PLACE.sub(
        lambda found: f"<!-- transcript: {found.group(1)} -->\n{texts[found.group(1)]}<!-- end of transcript -->\n",
        readme,
    )


def main() -> None:
    readme = README.read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder,
        signed_in(Path(folder), build(Path(folder, "wheel"))) as azure,
    ):
        texts = {name: printed(azure, TRANSCRIPTS[name]) for name in names(readme)}
    written = with_transcripts(readme, texts)
    README.write_text(written, encoding="utf-8")
    print("README.md is as it was." if written == readme else "README.md has changed: see git diff.", file=sys.stderr)


if __name__ == "__main__":
    main()
