"""The constraint templates that a user downloaded for `diagnose --policy-template`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azext_aksinvokefix.quoting import clause

_ADVICE = "Name a file with the ConstraintTemplate of a policy, as YAML or JSON."


def read(files: Sequence[str]) -> list[Any]:
    """The templates of the files; an error of the CLI where one cannot be read or holds none."""
    return [template for file in dict.fromkeys(files) for template in _of(file)]


def _of(file: str) -> list[Any]:
    from azure.cli.core.azclierror import FileOperationError, InvalidArgumentValueError

    from azext_aksinvokefix.evidence.constraint_templates import LONGEST, UnreadableError, given_template

    try:
        with open(file, "rb") as stream:
            data = stream.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        why = clause(getattr(error, "strerror", None) or str(error))
        raise FileOperationError(f"The file '{file}' cannot be read: {why}.", recommendation=_ADVICE) from None
    try:
        return given_template(file, data)
    except UnreadableError as error:
        raise InvalidArgumentValueError(
            f"The file '{file}' is not a constraint template: {clause(str(error))}.", recommendation=_ADVICE
        ) from None


def unused(templates: Sequence[Any]) -> Iterator[str]:
    """What is to be said of files that were given for nothing."""
    for template in templates:
        if not template.used:
            kind = template.template.kind or "without a kind"
            yield (
                f"The template {kind} in '{template.file}' was not used: no checked policy that might deny the "
                "command pod stores a template of this name at a URL."
            )
