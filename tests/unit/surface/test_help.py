"""The help is YAML inside strings, which az reads only when somebody asks for it."""

from __future__ import annotations

import pytest
import yaml
from knack.help_files import helps

from azext_aksinvokefix import _help  # noqa: F401  it fills the table of knack
from azext_aksinvokefix.cluster import POLICY_USUALLY_TAKES


@pytest.mark.parametrize("command", sorted(name for name in helps if name.startswith("aks invoke-fix")))
def test_every_page_of_the_help_can_be_read(command: str) -> None:
    page = yaml.safe_load(helps[command])
    assert page["type"] in ("group", "command") and isinstance(page["short-summary"], str)


def test_the_help_says_of_the_time_of_a_policy_what_the_reports_say() -> None:
    """The help is loaded with every `az aks` command, so that it imports nothing to say it."""
    assert POLICY_USUALLY_TAKES in " ".join(helps["aks invoke-fix exempt-policy"].split())


@pytest.mark.parametrize("command", sorted(name for name in helps if name.startswith("aks invoke-fix ")))
def test_the_help_says_what_a_terminal_shows_where_az_lists_another_default(command: str) -> None:
    """az adds "Default: json" to every page; on a terminal each command prints text all the same."""
    said = " ".join(yaml.safe_load(helps[command])["long-summary"].split())
    assert "regardless of the --output default below" in said
