"""A command that makes one fix, from its arguments to what it prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.plan import Plan
    from azext_aksinvokefix.changes.session import Session
    from azext_aksinvokefix.changes.writes import Explanations
    from azext_aksinvokefix.surface.session import ConsoleSession


class Planner(Protocol):
    """The module of a fix that plans it."""

    #: Seconds after which `--wait` gives up.
    PATIENCE: float

    def plan(self, session: Session, options: Any, /) -> Plan:
        """The plan for the options of this fix."""

    def effect(self, session: Session, planned: Plan, /) -> bool | None:
        """One look at whether a plan that was made shows."""


@dataclass(frozen=True)
class ChangeArguments:  # pylint: disable=too-many-instance-attributes
    """What every fix is given: the cluster, and how the plan is carried out. ``flags`` are the consents that were
    given beside --yes; ``follow`` False leaves a long operation to itself."""

    resource_group: str
    name: str
    out: str | None = None
    what_if: bool = False
    yes: bool = False
    wait: bool = False
    timeout: float | None = None
    flags: tuple[str, ...] = ()
    follow: bool = True


def fixed(
    cmd: Any,
    given: ChangeArguments,
    planner: Planner,
    options: Callable[[ConsoleSession], Any],
    explanations: Explanations,
) -> Any:
    """Plan with the ``options`` of a fix and carry the plan out; what is printed, with the exit code set."""
    from azext_aksinvokefix.changes.apply import ApplyOptions
    from azext_aksinvokefix.surface import writing

    session = writing.allowed(cmd, given.resource_group, given.name, out=given.out, what_if=given.what_if)
    asked = options(session)
    wishes = ApplyOptions(
        what_if=given.what_if,
        yes=given.yes,
        flags=given.flags,
        wait=(given.timeout or planner.PATIENCE) if given.wait else None,
        follow=given.follow,
    )
    return writing.carry_out(session, lambda: planner.plan(session, asked), wishes, planner.effect, explanations)
