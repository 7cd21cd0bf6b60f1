"""Every test gets a signed-in `az` with the built wheel, and a simulated Azure with a healthy cluster `c1` in `rg1`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.azure import Azure, signed_in

TRAFFIC = Path(__file__).parents[2] / ".work" / "traffic"


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Azure]:
    """One simulator and one sign-in for each worker of the test run."""
    with signed_in(tmp_path_factory.mktemp("client"), wheel, warm="COLD_AZ" not in os.environ) as azure:
        yield azure


@pytest.fixture
def azure(client: Azure, request: pytest.FixtureRequest) -> Iterator[Azure]:
    """See :class:`tests.e2e.azure.Azure`. All traffic is kept for `make openapi`."""
    client.load({})
    # What one test's runs ended with is no news of the next test's cluster, which has the same name.
    shutil.rmtree(client.config_dir / "aks-invoke-fix" / "failed", ignore_errors=True)
    yield client
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    client.save_traffic(TRAFFIC / f"{worker}.jsonl", request.node.nodeid)
