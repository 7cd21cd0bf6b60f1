"""What the clients of several clusters share while they are worked on at the same time."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from knack.log import get_logger

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


def test_cloud_shell_s_own_sentence_about_the_host_is_kept_back_while_a_token_is_asked_for() -> None:
    logger, said = get_logger("azure.cli.core.auth.util"), []
    handler = logging.Handler()
    setattr(handler, "emit", lambda record: said.append(record.getMessage()))  # noqa: B010
    logger.addHandler(handler)
    sentence = "A Cloud Shell credential problem occurred. When you report the issue with the error below, please ..."
    try:
        with clients._no_hostname():
            logger.warning(sentence)
            logger.warning("Run the command below to authenticate interactively: %s", "az login")
        logger.warning(sentence)
    finally:
        logger.removeHandler(handler)
    assert said == ["Run the command below to authenticate interactively: az login", sentence]
