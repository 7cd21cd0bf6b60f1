"""What `run` and `repair --command` were asked to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.request import Request


@dataclass(frozen=True)
class RunArguments:
    """The arguments of `run` that make the command."""

    request: Request
    files: list[str]
    timeout: float | None = None
    submit_only: bool = False
    command_id: str | None = None
