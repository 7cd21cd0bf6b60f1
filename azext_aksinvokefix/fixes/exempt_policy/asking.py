"""All that `exempt-policy` asks: whether `true` may be run to see a denial, and whether an exemption is meant."""

from __future__ import annotations

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.invoke.result import RunResult

_SEE = "No denial of the command pod is known. Run the no-op command `true` in the cluster to check?"


def tried(session: Session, *, yes: bool, ask: bool) -> RunResult:
    """How `true` ends in the cluster now. It is run only when that is agreed to; RefusedError where it is not."""
    from azext_aksinvokefix.changes.probe import probe

    if not yes and not (ask and session.console.ask(_SEE, default=False)):
        raise RefusedError(
            "Nothing was changed: it is not known which policy denies the command pod.",
            "Give the error text with --error, run `true` in the cluster with --yes, or see a prediction with "
            "--what-if.",
        )
    session.console.stage("Running `true`")
    return probe(session)


def agrees(session: Session, question: str, *, ask: bool) -> bool:
    """Whether somebody at the terminal says yes to what is never done unasked; no without a question."""
    return bool(question) and ask and session.console.ask(question, default=False)
