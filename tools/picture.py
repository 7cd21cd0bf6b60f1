"""Make the pictures of the README from scenarios of the simulator: ``python -m tools.picture`` needs Chromium.

Everything is real but the cloud: the diagnosis and the scan run in this process, and the browser draws their reports.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.estate.scan import Scope
from azext_aksinvokefix.report import formats
from azext_aksinvokefix.report.document import building
from azext_aksinvokefix.report.document.model import Report
from tests.worlds.estate import EstateWorld

DOCS = Path(__file__).parents[1] / "docs"
LARGEST = 200_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def diagnosed(scenario: str) -> Report:
    """The report of a diagnosis of the first cluster of a scenario."""
    world = EstateWorld(scenario)
    cluster = next(iter(world.world.clusters.values()))
    document = building.clean(diagnosis.diagnose(world.edge, cluster.id).to_json())
    made_at = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Report("diagnose", f"Diagnosis of {cluster.name}", (building.of_diagnosis(document),), document, made_at)


def scanned(scenario: str) -> Report:
    """The report of a scan of all subscriptions of a scenario."""
    world = EstateWorld(scenario)
    return building.of_scan(building.clean(world.scan(Scope(tuple(world.world.subscriptions)))))


def draw(report: Report, picture: Path, width: int, height: int) -> None:
    """The top of the report as a picture."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        page.write_text(formats.render(report, ".html"), encoding="utf-8")
        options = (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={width},{height}",
        )
        command = [browser, *options, f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    size = picture.stat().st_size
    if size >= LARGEST:
        sys.exit(f"{picture} has {size} bytes: too many for the README")
    print(f"{picture.name}: {size} bytes")


def main() -> None:
    draw(diagnosed("three-faults"), DOCS / "diagnosis.png", 900, 760)
    draw(scanned("estate"), DOCS / "scan.png", 900, 860)


if __name__ == "__main__":
    main()
