"""The extension sits under `az aks`, so every `az aks …` of every user pays for what it loads: counted, never timed."""

from __future__ import annotations

from pathlib import Path

from tests.contract.sandbox import az, install

#: All that the extension may add to a command that is not its own.
ALLOWED = {"azext_aksinvokefix", "azext_aksinvokefix._help", "azext_aksinvokefix.commands"}

SMALLEST_EXTENSION = """
from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import CliCommandType

class COMMAND_LOADER_CLS(AzCommandsLoader):
    def __init__(self, cli_ctx=None):
        super().__init__(cli_ctx=cli_ctx, custom_command_type=CliCommandType(operations_tmpl="azext_smallest#{}"))

    def load_command_table(self, args):
        with self.command_group("aks smallest") as group:
            group.custom_command("run", "run")
        return self.command_table

def run():
    pass
"""


#: `-X importtime` does not see what importlib.import_module loads, which is how the CLI loads extensions.
REPORT_MODULES = """
import atexit, os, pathlib, sys
atexit.register(lambda: pathlib.Path(os.environ["MODULES_REPORT"]).write_text("\\n".join(sys.modules)))
"""


def install_smallest(folder: Path) -> None:
    """What any extension costs: the CLI itself imports more as soon as there is one."""
    root = folder / "extensions" / "smallest"
    for path, text in {
        "azext_smallest/__init__.py": SMALLEST_EXTENSION,
        "azext_smallest/azext_metadata.json": '{"azext.minCliCoreVersion": "2.67.0"}',
        "smallest-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: smallest\nVersion: 1.0.0\n",
        "smallest-1.0.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def modules_loaded(folder: Path) -> set[str]:
    """Every module that `az aks show --help` imports once the CLI's command index is warm."""
    (folder / "sitecustomize.py").write_text(REPORT_MODULES, encoding="utf-8")
    report = folder / "modules"
    az(folder, "aks", "show", "--help")
    az(folder, "aks", "show", "--help", PYTHONPATH=str(folder), MODULES_REPORT=str(report))
    return set(report.read_text(encoding="utf-8").split())


def test_another_aks_command_loads_three_small_modules_of_ours_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    smallest, ours = tmp_path / "smallest", tmp_path / "ours"
    install_smallest(smallest)
    az(smallest, "aks", "smallest", "run", "--help")
    install(ours, wheel)

    with_smallest, with_ours = modules_loaded(smallest), modules_loaded(ours)

    assert "azext_smallest" in with_smallest, "the comparison loaded its extension"
    assert "azext_aksinvokefix" in with_ours
    assert with_ours - with_smallest <= ALLOWED
