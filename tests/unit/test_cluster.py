"""The cluster and the scopes above and in it, as a sentence names them."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.cluster import Target, place

CLUSTER = Target.named("sub", "rg1", "c1").id


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("/providers/Microsoft.Management/managementGroups/mg1", "management group mg1"),
        ("/subscriptions/sub", "subscription sub"),
        ("/subscriptions/sub/", "subscription sub"),
        ("/subscriptions/sub/resourceGroups/rg1", "resource group rg1"),
        ("/SUBSCRIPTIONS/sub/RESOURCEGROUPS/rg1", "resource group rg1"),
        (CLUSTER, "the cluster 'c1'"),
        (f"{CLUSTER}/", "the cluster 'c1'"),
        (f"{CLUSTER}/namespaces/dev", "the namespace 'dev' of the cluster 'c1'"),
        ("/subscriptions/sub/resourceGroups/rg1/providers/Microsoft.Network/subnets/s1", "subnets s1"),
        ("odd", "odd"),
        ("", ""),
    ],
)
def test_a_scope_is_named_by_what_it_is(scope: str, words: str) -> None:
    assert place(scope) == words


def test_a_scope_stays_on_one_line_whatever_it_is_called() -> None:
    assert "\n" not in place("/subscriptions/a\nb") and "\x1b" not in place("x\x1b[31m")
