"""What a report can be written as. A format is one module here: its name is the suffix, `render` its text."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azext_aksinvokefix.report.document.model import Report


@cache
def suffixes() -> tuple[str, ...]:
    """The suffixes of files that a report can be written to; no format is loaded for it."""
    return tuple(sorted(f".{module.name}" for module in pkgutil.iter_modules(__path__)))


def suffix_of(path: str) -> str | None:
    """The suffix by which a report is written, in any case of letters; None where there is no such format."""
    return next((suffix for suffix in suffixes() if path.lower().endswith(suffix)), None)


def render(report: Report, suffix: str) -> str:
    """The whole file."""
    text: str = import_module(f"{__name__}.{suffix[1:]}").render(report)
    return text
