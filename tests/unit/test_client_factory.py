"""What the clients of several clusters share while they are worked on at the same time."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from azext_aksinvokefix import _client_factory as clients


def test_the_sdk_stays_quiet_until_the_last_of_several_clusters_is_done_and_is_then_as_before() -> None:
    logger = logging.getLogger("azure.mgmt.containerservice")
    before = logger.level
    first, second = ExitStack(), ExitStack()
    for each in (first, second):
        each.enter_context(clients._quiet_deserializer())
    first.close()
    assert logger.level == logging.ERROR
    second.close()
    assert logger.level == before
