"""How the long-running operations of a scenario end.

.. code-block:: yaml

    operations:
      - of: pool-put             # pool-put, pool-delete, cluster-put, cluster-start, cluster-stop (a glob)
        on: nodepool1            # only when the path ends so
        seconds: 2               # instead of the scenario's operationSeconds
        status: Failed           # Canceled; Succeeded (the default)
        code: QuotaExceeded      # of the error; with Succeeded a leftover that means nothing (recorded)
        message: …
        after: 0                 # leave so many operations alone
        times: 1                 # then so many end like this; without it all of them

An operation that fails or is canceled leaves the nodes as they were; what was asked for stays in the resource with the
provisioning state that says so (the states are recorded).
"""

# modelled: what was asked for stays in the resource after an operation that failed or was canceled
# proof: a pool recorded before and after an update that ends in Failed, for instance in a subnet without room

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: What the recorded operations say: one that was canceled, and a leftover of one that succeeded.
_CANCELED = {"code": "Canceled", "message": "Operation is being canceled by user"}

#: Azure Compute's sentence as AKS passes it on, seen in public reports; the numbers are the scenario's.
_QUOTA = (
    "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional "
    "details - Deployment Model: Resource Manager, Location: westus2, Current Limit: 10, Current Usage: 10, "
    "Additional Required: 2, (Minimum) New Limit Required: 12."
)


@dataclass(frozen=True)
class Ending:
    """One way in which operations end; see the module."""

    of: str = "*"
    on: str = ""
    seconds: float | None = None
    status: str = "Succeeded"
    code: str | None = None
    message: str = ""
    after: int = 0
    times: int | None = None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """What the status of the operation shows once it is over."""
        if self.status == "Canceled":
            return _CANCELED
        if self.status == "Failed":
            return {"code": self.code or "QuotaExceeded", "message": self.message or _QUOTA}
        return {"code": self.code, "message": self.message} if self.code else None


class Endings:
    """The endings of a world and how many operations each of them has seen."""

    def __init__(self, endings: Iterable[Ending] = ()) -> None:
        self._endings = list(endings)
        self._seen: dict[int, int] = {}

    def add(self, of: str, **how: Any) -> None:
        self._endings.append(Ending(of, **how))

    def of(self, operation: str, path: str) -> Ending:
        """How this operation ends. Every operation counts for every ending."""
        due = [ending for number, ending in enumerate(self._endings) if self._is_due(number, ending, operation, path)]
        return due[0] if due else Ending()

    def _is_due(self, number: int, ending: Ending, operation: str, path: str) -> bool:
        if not fnmatch.fnmatchcase(operation, ending.of) or not path.lower().endswith(ending.on.lower()):
            return False
        seen = self._seen.get(number, 0)
        self._seen[number] = seen + 1
        return seen >= ending.after and (ending.times is None or seen < ending.after + ending.times)
