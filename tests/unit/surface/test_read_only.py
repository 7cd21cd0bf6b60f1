"""The setting that forbids changes: where it may stand, and that a doubtful value forbids."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from azure.cli.core.azclierror import ValidationError
from knack.config import CLIConfig

from azext_aksinvokefix.surface import read_only


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(read_only.VARIABLE, raising=False)
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    printing = SimpleNamespace(data={}, register_event=lambda *_: None, exception_handler=None)
    config = CLIConfig(str(tmp_path / "azure"), "AZURE", "config")
    return SimpleNamespace(config=config, invocation=SimpleNamespace(cli_ctx=printing))


WORDS = [("true", True), ("1", True), ("on", True), ("Yes", True), ("maybe", True), ("false", False), ("0", False),
         ("off", False), ("No", False), ("", False)]  # fmt: skip


@pytest.mark.parametrize(("value", "forbids"), WORDS)
def test_the_configuration_forbids_unless_it_clearly_does_not(cli: SimpleNamespace, value: str, forbids: bool) -> None:
    cli.config.set_value("aks-invoke-fix", "read_only", value)
    assert read_only.is_set(cli) is forbids


@pytest.mark.parametrize(("value", "forbids"), WORDS)
@pytest.mark.parametrize("name", [read_only.VARIABLE, "AZURE_AKS-INVOKE-FIX_READ_ONLY"])
def test_so_does_a_variable_of_the_environment(
    cli: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, name: str, value: str, forbids: bool
) -> None:
    monkeypatch.setenv(name, value)
    assert read_only.is_set(cli) is forbids


def test_the_name_that_no_shell_can_set_is_the_one_that_the_cli_derives(cli: SimpleNamespace) -> None:
    assert cli.config.env_var_name(read_only.SECTION, read_only.OPTION) == "AZURE_AKS-INVOKE-FIX_READ_ONLY"


def test_a_variable_that_says_no_does_not_lift_the_configuration(
    cli: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.config.set_value("aks-invoke-fix", "read_only", "true")
    monkeypatch.setenv(read_only.VARIABLE, "false")
    assert read_only.is_set(cli)


def test_without_either_nothing_is_forbidden_and_a_plan_never_is(
    cli: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only.refuse_if_set(cli, what_if=False)
    monkeypatch.setenv(read_only.VARIABLE, "true")
    read_only.refuse_if_set(cli, what_if=True)
    with pytest.raises(ValidationError, match="read_only is set"):
        read_only.refuse_if_set(cli, what_if=False)
