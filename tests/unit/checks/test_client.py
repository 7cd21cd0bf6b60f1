"""What is known of the Azure CLI in use."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.checks.client import cli_version
from azext_aksinvokefix.lifecycle import Evidence, Item
from azext_aksinvokefix.rights.sign_in import SignIn


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("2.91.0", (2, 91, 0)),
        ("2.91", (2, 91)),
        ("2.91.0.dev1", (2, 91, 0)),
        ("2", None),
        ("", None),
        ("2.x.0", None),
        ("2.9\u0661.0", None),
        ("2." + "9" * 10, None),
        ("2." + "9" * 9, (2, 999_999_999)),
    ],
)
def test_a_version_is_known_where_each_of_its_numbers_is(version: str, known: tuple[int, ...] | None) -> None:
    evidence = Evidence("/managedClusters/c1", sign_in=Item(value=SignIn(cli_version=version), source="profile"))

    assert cli_version(evidence) == known
