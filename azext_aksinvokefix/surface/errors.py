"""What the domain raises, as the errors of the CLI, with the next step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.plan import RefusedError
    from azext_aksinvokefix.lifecycle import Failure


#: Where the text of a failure says what to do about it; elsewhere that takes a look at the cluster.
_TOLD_BY_THE_TEXT = ("client", "sign-in")
_SIGN_IN = "Sign in with `az login`, then run the command again."


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What the domain raises, as the CLI's own errors, with the next step."""
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.changes.plan import RefusedError

    try:
        yield
    # With --debug the CLI logs the whole chain of an error, where no redaction is at work any more.
    except RefusedError as refused:
        raise _refused(refused) from None
    except ArmError as error:
        raise by_azure(error) from None


def _refused(refused: RefusedError) -> Exception:
    from azure.cli.core.azclierror import ResourceNotFoundError, ValidationError

    from azext_aksinvokefix.quoting import one_line

    kind = ResourceNotFoundError if refused.is_missing else ValidationError
    error: Exception = kind(one_line(refused.message), recommendation=one_line(refused.advice or "") or None)
    return error


def _advice(failure: Failure) -> str:
    """What a report of this failure would put first; where it has nothing, the words of the finding's page."""
    from azext_aksinvokefix import catalog, diagnosis

    fixes = [fix for finding in diagnosis.offline(failure).findings for fix in finding.fixes]
    if not fixes or failure.stage not in _TOLD_BY_THE_TEXT:
        return catalog.FINDINGS[failure.finding].fix
    first = fixes[0]
    return f"{first.description.rstrip('.')}: {first.command}" if first.command else first.description


def by_azure(error: Any) -> Exception:
    """The error of Azure, or of the way there, as the CLI's own."""
    from azure.cli.core import azclierror

    from azext_aksinvokefix import catalog
    from azext_aksinvokefix.invoke import refusal
    from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS
    from azext_aksinvokefix.quoting import one_line
    from azext_aksinvokefix.report.text import more

    failure = refusal.from_error(error)
    text = one_line(failure.message)
    advice = [_advice(failure), more(failure.finding)]
    if failure.facts.get("notSignedIn"):
        # The finding's page is about tokens that were refused.
        text = f"{catalog.title(failure)}: {text}"
        advice = [_SIGN_IN, more(failure.finding)]
    action = str(failure.facts.get("action") or "")
    if action and action not in NEEDED_ACTIONS:
        # The finding's page is about the rights for an invoke itself.
        advice = [one_line(f"Ask someone with {action} at {failure.facts.get('scope')} to run this command.")]
    kinds = {401: azclierror.AuthenticationError, 403: azclierror.ForbiddenError, 404: azclierror.ResourceNotFoundError}
    kind = kinds.get(error.status or 0)
    if kind is None:
        kind = azclierror.AuthenticationError if failure.stage == "sign-in" else azclierror.AzureResponseError
    shown: Exception = kind(text, recommendation=advice)
    return shown
