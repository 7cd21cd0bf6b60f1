"""Quantities as the constraint template on limits reads them: what it cannot read, it does not hold against a pod.

Not as Kubernetes reads them: there is no unit below ``m``, no exponent, and ``1 Gi`` or ``1gi`` is nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_PLAIN = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_MEMORY = {
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("m", "", *"kMGTPE"), start=-1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}


def cpu(value: Any) -> Decimal | None:
    """Cores.

    >>> cpu("200m"), cpu(1), cpu("1000000u")
    (Decimal('0.2'), Decimal('1'), None)
    """
    if not isinstance(value, str):
        return _as_number(value)
    if value.endswith("m"):
        without = value.replace("m", "")
        return Decimal(without) / 1000 if _NUMBER.fullmatch(without) else None
    return Decimal(value) if _PLAIN.fullmatch(value) else None


def memory(value: Any) -> Decimal | None:
    """Bytes.

    >>> memory("1Gi") == memory(2**30), memory("1 Gi")
    (True, None)
    """
    if not isinstance(value, str):
        return _as_number(value)
    unit = next((end for end in (value[-1:], value[-2:]) if end and end in _MEMORY), "")
    amount = value.replace(unit, "") if unit else value
    return Decimal(amount) * _MEMORY[unit] if _PLAIN.fullmatch(amount) else None


def _as_number(value: Any) -> Decimal | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    amount = Decimal(str(value)) if is_number else None
    return amount if amount is not None and amount.is_finite() else None
