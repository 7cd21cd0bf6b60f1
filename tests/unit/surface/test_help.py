"""The help is YAML inside strings, which az reads only when somebody asks for it."""

import pytest
import yaml
from knack.help_files import helps

from azext_aksinvokefix import _help  # noqa: F401  it fills the table of knack


@pytest.mark.parametrize("command", sorted(name for name in helps if name.startswith("aks invoke-fix")))
def test_every_page_of_the_help_can_be_read(command):
    page = yaml.safe_load(helps[command])
    assert page["type"] in ("group", "command") and isinstance(page["short-summary"], str)
