"""What the matrix would see if the package were broken: each break is made in a fork, and only there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import clock

if clock.is_late():
    pytest.skip("the package is imported already: `make faults-quick` runs this alone", allow_module_level=True)
clock.install()

from tests.faults import kills  # noqa: E402
from tests.faults.cloud import Strike  # noqa: E402
from tests.faults.expectations import violations  # noqa: E402
from tests.faults.faults import FAULTS  # noqa: E402
from tests.faults.scenes import SCENES, Scene  # noqa: E402
from tests.faults.trial import Aim, Stage, imported, struck  # noqa: E402


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        yield Stage(Path(folder), imported(Path(folder) / "first", (RUN, DIAGNOSE, EXCLUDE)))
    os.environ.clear()
    os.environ.update(before)


def scene(command: str, name: str) -> Scene:
    return next(one for one in SCENES if (one.command, one.name) == (command, name))


RUN = scene("run", "a command runs")
DIAGNOSE = scene("diagnose", "three faults")
EXCLUDE = scene("exempt-policy", "a namespace is excluded")


def fault(name: str, operation: str, occurrence: int | None = 0) -> Strike:
    return struck(next(one for one in FAULTS if one.name == name), Aim(operation, occurrence))


def tried(stage: Stage, one: Scene, strike: Strike, broken: Callable[[], Any]) -> str:
    """What is wrong with a trial, of the package as it is and with ``broken`` in force: nothing, and then this."""
    clean = stage.trial(one)
    assert violations(clean, clean) == []
    assert violations(stage.trial(one, strike), clean) == []
    with stage.client.broken(broken):
        return "; ".join(violations(stage.trial(one, strike), clean))


def arm() -> Any:
    from azext_aksinvokefix.arm import Arm

    return Arm


def trusting() -> None:
    """Every place is taken for Azure Resource Manager."""
    arm().owns = lambda *_: True


def submitting_anything_again() -> None:
    from azext_aksinvokefix import retry

    for name in ("never_sent", "never_connected"):
        setattr(retry, name, lambda _: True)


def writing_first() -> None:
    """The journal is written when all is over."""
    from azext_aksinvokefix.changes.writes import Writer

    Writer._journal = lambda self: None  # type: ignore[method-assign]


def guessing() -> None:
    """A write without an answer is said to have failed."""
    from azext_aksinvokefix.changes import send

    really = send.send

    def guess(*given: Any, **more: Any) -> Any:
        really(*given, **more)
        return send.Sent("failed")

    send.send = guess


def crashing() -> None:
    from azext_aksinvokefix.invoke.poll import Poller

    def crash(*_: Any) -> Any:
        raise AttributeError("'NoneType' object has no attribute 'get'")

    setattr(Poller, "wait", crash)  # noqa: B010


def retrying_for_ever() -> None:
    from azext_aksinvokefix import retry

    retry.READ_PAUSES = (1.0,) * 10_000  # type: ignore[assignment]


def writing_while_it_looks() -> None:
    from azext_aksinvokefix import diagnosis

    diagnose = diagnosis.diagnose

    def meddle(edge: Any, cluster_id: str, *more: Any, **options: Any) -> Any:
        edge.arm.send("PUT", edge.arm.url(f"{cluster_id}/agentPools/x", "2024-09-01"), {"properties": {}})
        return diagnose(edge, cluster_id, *more, **options)

    diagnosis.diagnose = meddle


def praising() -> None:
    from azext_aksinvokefix import checks

    checks.verdict_of = lambda *_: "ready"


@pytest.mark.parametrize(
    ("one", "strike", "broken", "seen"),
    [
        (DIAGNOSE, fault("paging abroad", "policy-assignments-list"), trusting, "attacker.example.net with a token"),
        (RUN, fault("307 abroad", "cluster-get"), trusting, "attacker.example.net with a token"),
        (RUN, fault("Location abroad", "run-command"), trusting, "attacker.example.net with a token"),
        (RUN, fault("reset though done", "run-command"), submitting_anything_again, "the command ran 2 times"),
        (EXCLUDE, fault("500", "cluster-get"), writing_first, "without an intent in the journal"),
        (EXCLUDE, fault("500 though done", "policy-assignment-put"), guessing, "journal says"),
        (RUN, fault("500", "cluster-get"), crashing, "unexpected error"),
        (RUN, fault("503", "cluster-get", None), retrying_for_ever, "requests instead of 1 for the same"),
        (DIAGNOSE, fault("500", "cluster-get"), writing_while_it_looks, "diagnose sent PUT pool-put"),
        (DIAGNOSE, fault("500", "cluster-get"), praising, "the cluster is called ready"),
    ],
    ids=lambda value: value.__name__ if callable(value) and hasattr(value, "__name__") else "",
)
def test_what_is_broken_is_seen(stage: Stage, one: Scene, strike: Strike, broken: Callable[[], Any], seen: str) -> None:
    assert seen in tried(stage, one, strike, broken)


def forgetting() -> None:
    """The history shows nothing."""
    from azext_aksinvokefix.changes.records import history

    history.listed = lambda *_: []


def settling_for_less() -> None:
    """Undo takes every change for one that was never made."""
    from azext_aksinvokefix.changes import undo

    undo._inverse = lambda *_: None


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (writing_first, "was changed and the journal says []"),
        (forgetting, "lists 0 of 1 changes"),
        (settling_for_less, "is not as it was after undo"),
    ],
)
def test_what_a_kill_leaves_behind_is_seen(stage: Stage, broken: Callable[[], Any], seen: str) -> None:
    clean = stage.trial(EXCLUDE)
    shot = kills.Shot(0, Aim("policy-assignment-put", 0), "unanswered")
    assert kills.killed(stage, EXCLUDE, clean, shot).wrong == ()
    with stage.client.broken(broken):
        assert seen in "; ".join(kills.killed(stage, EXCLUDE, clean, shot).wrong)
