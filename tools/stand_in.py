"""docs/stand-in.md: every behaviour of the simulator that Azure was never recorded showing, with what would prove it.

It is made from comments beside the code, in its Python, its YAML and its Rego::

    # modelled: a pattern is no name of a version of a definition
    # proof: `make record`, step policy-definition-version-pattern

Both go on over the comment lines that follow. A marker without a proof, and the word anywhere else, is a mistake.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SIMULATOR = ROOT / "tests" / "simulator"
TARGET = ROOT / "docs" / "stand-in.md"

_START = re.compile(r"(modelled|proof): *(.*)")
#: Words of a guess, which have no place outside a marker.
_GUESS = re.compile(r"\b(modelled|inferred|assumed|never (?:been )?(?:recorded|observed))\b", re.IGNORECASE)


class MarkerError(ValueError):
    """A guess that nothing says how to prove."""


@dataclass(frozen=True)
class Marker:
    """One modelled behaviour, and where it is."""

    file: Path
    line: int
    what: str
    proof: str

    @property
    def folder(self) -> str:
        return self.file.parent.relative_to(SIMULATOR).parts[0]


class _Comment(NamedTuple):
    line: int
    text: str


class _Field(NamedTuple):
    line: int
    name: str
    text: str


#: What is no guess: the real part, how far it goes, and the test or file that holds the simulator to it.
HELD = (
    ("Azure CLI", "the real `az`, signed in over TLS; both supported ends of its versions", "tests/e2e/azure.py"),
    ("run command", "the recorded exchange of the Azure CLI's own test", "tests/contract/test_recording.py"),
    ("ARM requests and responses", "Azure's OpenAPI files (`make openapi`)", "tests/contract/openapi/validate.js"),
    (
        "Azure Policy in the admission control of a cluster",
        "OPA (`make opa`), which runs constraint templates",
        "tests/rego/opa.py",
    ),
    ("its verdicts on the command pod", "those of Azure's public templates", "tests/rego/test_admission.py"),
    ("commands in the pod", "a real shell and the real kubectl", "tests/simulator/cluster/execution.py"),
    ("Resource Graph queries", "parsed by Microsoft's language service (`make kql`)", "tests/contract/kql/check.js"),
)


def markers() -> list[Marker]:
    """All of them, by folder and file, in the order of the text."""
    return [marker for file in files() for marker in markers_of(file)]


def markers_of(file: Path) -> list[Marker]:
    text = file.read_text(encoding="utf-8")
    fields = list(_fields(_comments(file.suffix, text)))
    found = [
        Marker(file, what.line, what.text, proof.text)
        for what, proof in zip(fields[::2], fields[1::2])
        if (what.name, proof.name) == ("modelled", "proof") and what.text and proof.text
    ]
    if len(found) * 2 != len(fields):
        raise MarkerError(f"{file}: every `modelled:` has a `proof:` right behind it")
    return found


def unmarked(file: Path) -> list[tuple[int, str]]:
    """Lines with a word of a guess that are in no marker."""
    text = file.read_text(encoding="utf-8")
    marked = {line for line, _ in _marked(_comments(file.suffix, text))}
    return [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if number not in marked and _GUESS.search(line)
    ]


def document() -> str:
    found = markers()
    lines = [
        "# The simulator: what is proven, and what would prove the rest",
        "",
        "The tests run against a simulator of Azure (`tests/simulator`), so they are only as good as the simulator.",
        "`make docs` generates this file from comments in its code.",
        "",
        "## Real, recorded, or checked against Azure's own files",
        "",
        "| part | checked against | where |",
        "|---|---|---|",
        *(f"| {part} | {how} | {_link(ROOT / file)} |" for part, how, file in HELD),
        "",
        f"## Modelled: {len(found)} behaviours",
        "",
        "These were never recorded from Azure; they follow from documentation or from recordings. `make record` runs",
        "its steps against your own cluster and records the differences; CONTRIBUTING.md says how.",
    ]
    for folder, group in groupby(found, key=lambda marker: marker.folder):
        lines += ["", f"### {folder}", "", "| behaviour | what would prove it | file |", "|---|---|---|"]
        lines += [f"| {_cell(each.what)} | {_cell(each.proof)} | {_link(each.file)} |" for each in group]
    return "\n".join(lines) + "\n"


def files() -> list[Path]:
    return sorted(file for file in SIMULATOR.rglob("*") if file.suffix in {".py", ".yaml", ".rego"})


def _comments(suffix: str, text: str) -> Iterator[_Comment]:
    """The comments that have a line of their own."""
    if suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        alone = (
            (t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT and not t.line[: t.start[1]].strip()
        )
    else:
        alone = ((n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("#"))
    for number, comment in alone:
        yield _Comment(number, comment.lstrip("#: ").rstrip())


def _marked(comments: Iterator[_Comment]) -> Iterator[tuple[int, _Field]]:
    """Each line that belongs to a marker, with what it adds."""
    name, last = "", 0
    for number, text in comments:
        start = _START.match(text)
        if start:
            name = start[1]
        elif number != last + 1 or not text:
            name = ""
        last = number
        if name:
            yield number, _Field(number, name if start else "", start[2] if start else text)


def _fields(comments: Iterator[_Comment]) -> Iterator[_Field]:
    """Each `modelled:` and `proof:` with all of its lines."""
    whole: _Field | None = None
    for _, part in _marked(comments):
        if part.name:
            if whole:
                yield whole
            whole = part
        elif whole:
            whole = whole._replace(text=f"{whole.text} {part.text}")
    if whole:
        yield whole


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(file: Path) -> str:
    path = file.relative_to(ROOT).as_posix()
    return f"[{path.removeprefix('tests/simulator/')}](../{path})"
