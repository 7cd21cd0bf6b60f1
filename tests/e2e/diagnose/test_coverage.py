"""No finding without a case: each is caused by a service that answers, or says why no service can cause it."""

from __future__ import annotations

from azext_aksinvokefix.finding_ids import STAGE_OF, UNRECOGNIZED
from tests.e2e.diagnose import test_after_run as test_diagnose_after_run
from tests.e2e.diagnose import test_inside as test_diagnose_inside
from tests.e2e.diagnose import test_offline as test_diagnose_offline
from tests.e2e.diagnose import test_preflight as test_diagnose_preflight
from tests.e2e.diagnose import test_sources as test_diagnose_sources
from tests.simulator.core import scenario as scenarios

#: The service cannot cause these; where nothing else is said, test_diagnose_offline has a text of each.
CLIENT_ALONE = {
    "attachment-invalid": "the client finds it before it sends anything",
    "cli-outdated": "the client's own version, or the words of its argument parser",
    "extension-conflict": "another extension breaks the client; its traceback is all there is",
}

#: Cases with a test of their own: they need another sign-in, network, file or command.
BY_NAME = {
    "attachment-too-large": "test_after_run.test_attachments_that_the_service_refuses_are_to_blame",
    "network-unreachable": "test_after_run.test_a_network_without_a_way_out_is_to_blame",
    "cloud-shell-token": "test_after_run.test_cloud_shells_own_sign_in_is_to_blame",
    "cluster-token-missing": "test_sources.test_a_client_without_a_cluster_token_is_found_in_the_activity_log",
    "fleet-hub-cluster": "test_inside.test_the_hub_of_a_fleet_is_told_by_its_deny_assignment",
    "cluster-not-found": "test_after_run.test_a_cluster_that_does_not_exist_is_the_only_finding",
    "still-running": "test_sources.test_a_command_id_of_a_running_command_is_still_running",
    "output-truncated": "test_sources.test_a_command_id_of_a_success_may_have_lost_output",
}

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        test_diagnose_after_run,
        test_diagnose_inside,
        test_diagnose_offline,
        test_diagnose_preflight,
        test_diagnose_sources,
    )
}


def _ids(*blamed: str) -> set[str]:
    """The findings in the words of a table: ``nodes-tainted confirmed, no-linux-nodes confirmed``."""
    return {pair.split()[0] for words in blamed for pair in words.split(", ") if pair}


def test_every_finding_that_a_service_can_cause_is_caused() -> None:
    ran, logged = test_diagnose_after_run, test_diagnose_sources.LOGGED
    caused = _ids(*(case[2] for case in ran.CASES), *(case[0] for case in ran.OUTPUTS + ran.VARIANTS))
    caused |= _ids(*(case[2] for case in logged), *(case[1] for case in test_diagnose_preflight.BROKEN.values()))
    caused |= set(BY_NAME)
    assert {*STAGE_OF, UNRECOGNIZED} - caused == set(CLIENT_ALONE)


def test_every_finding_that_only_a_client_can_cause_has_a_text() -> None:
    assert set(CLIENT_ALONE) <= _ids(*(who for _, who in test_diagnose_offline.TEXTS))


def test_every_case_that_is_named_exists() -> None:
    for case in BY_NAME.values():
        module, name = case.split(".")
        assert callable(getattr(_MODULES[module], name, None)), case


def test_every_scenario_is_diagnosed_before_a_run() -> None:
    known = {*test_diagnose_preflight.BROKEN, *test_diagnose_preflight.HEALTHY, *test_diagnose_preflight.ELSEWHERE}
    assert known == set(scenarios.names())


def test_every_stage_has_a_case_in_which_it_breaks() -> None:
    lines = [case[1] for case in test_diagnose_after_run.CASES] + ["fssssssss"]
    assert all(any(line[stage] == "f" for line in lines) for stage in range(9))
