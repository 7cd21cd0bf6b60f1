"""Called by `make release` and `make dist`; `python -m tools.release --help` says how."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import sys
from pathlib import Path

from tools.build_wheel import ROOT, build
from tools.release import index, materials, trial, version
from tools.release.version import ReleaseError

NEXT = """
Version {version} is ready in dist/. Nothing was committed, tagged or pushed. Look at `git diff`; then, to publish it:

    git commit -am "Release {version}" && git tag v{version} && git push origin HEAD v{version}

The workflow `release` then drafts the release. Once it is published, propose the entry in dist/index-entry.json for
src/index.json of Azure/azure-cli-extensions, so that `az extension add --name aks-invoke-fix` finds it."""


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        if given.step == "release":
            version.bump(ROOT, given.version, f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}")
        distribute(ROOT / "dist", given.version, given.az, given.cyclonedx)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if given.step == "release":
        print(NEXT.format(version=given.version))
    return 0


def _parser() -> argparse.ArgumentParser:
    tools = argparse.ArgumentParser(add_help=False)
    tools.add_argument("--az", action="append", required=True, help="a CLI to try the wheel with; can be repeated")
    tools.add_argument("--cyclonedx", type=Path, required=True, help="the program cyclonedx-py")
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    release = steps.add_parser(
        "release", parents=[tools], help="write a version into the sources, then do as dist does"
    )
    release.add_argument("version")
    dist = steps.add_parser("dist", parents=[tools], help="build, try and describe the wheel in dist/")
    dist.add_argument("--version", default="", help="fail when the sources say another one")
    return parser


def distribute(folder: Path, wanted: str, clis: list[str], cyclonedx: Path) -> None:
    """Fill ``folder`` with the wheel and what is published beside it, and with nothing else."""
    said = version.current(ROOT)
    if wanted and wanted != said:
        raise ReleaseError(
            f"The sources are of version {said}, not {wanted}. `make release VERSION={wanted}` changes them."
        )
    for file in folder.glob("*"):
        file.unlink()
    wheel = build(folder)
    for az in clis:
        _tried(az, wheel, said)
    url = index.download_url(wheel, said)
    (folder / "sbom.cdx.json").write_text(materials.document(wheel, url, cyclonedx), encoding="utf-8")
    (folder / "index-entry.json").write_text(index.document(wheel, url), encoding="utf-8")
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")
    print("\n".join(f"dist/{file.name}" for file in sorted(folder.iterdir())))


def _tried(az: str, wheel: Path, said: str) -> None:
    for way in (trial.by_file, trial.by_name):
        installed = way(az, wheel)
        if installed != said:
            raise ReleaseError(f"{az} installed version {installed} instead of {said}.")
    print(f"{az} installs the wheel from the file and by name, and it answers.")


def sums(folder: Path) -> str:
    """What `sha256sum --check` reads: a line for each file."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())]
    return "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
