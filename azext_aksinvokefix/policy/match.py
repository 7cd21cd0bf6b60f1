"""Which of the policies in force stand behind an Azure Policy denial.

Several assignments can bring the same constraint template, and each of them denies on its own: all are candidates, and
all have to be dealt with before the pod gets in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.names import same_template, stem_of_constraint


@dataclass(frozen=True)
class DenialText:
    """What the text names: the template names and words of each denial, and whether it shows every denial."""

    denials: tuple[tuple[tuple[str, ...], str], ...] = ()
    complete: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names, _ in self.denials for name in names))

    @property
    def messages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(message for _, message in self.denials if message))

    def about(self, policy: PolicyInForce) -> DenialText:
        """The part of the text that can be about one policy."""
        mine = tuple((names, message) for names, message in self.denials if matches(policy, names))
        return DenialText(mine, self.complete)

    def beyond(self, policies: Sequence[PolicyInForce]) -> DenialText:
        """The part of the text that can be about none of the policies."""
        rest = [(names, said) for names, said in self.denials if not any(matches(policy, names) for policy in policies)]
        return DenialText(tuple(rest), self.complete)


@dataclass(frozen=True)
class Candidates:
    """Policies by their part in a denial: they deny, they would but are excused, they may, nobody can tell."""

    denying: tuple[PolicyInForce, ...] = ()
    excused: tuple[PolicyInForce, ...] = ()
    open: tuple[PolicyInForce, ...] = ()
    untold: tuple[PolicyInForce, ...] = ()


def named_in(denials: Sequence[Any], constraint_kind: Any) -> DenialText:
    """The names in Azure Policy's denials; a ValidatingAdmissionPolicy and a bare kind hide further denials."""
    found = [(_names(denial), str(denial.message or "")) for denial in denials]
    if isinstance(constraint_kind, str):
        found.append(((constraint_kind,), ""))
    complete = bool(denials) and all(denial.constraint and not denial.policy for denial in denials)
    return DenialText(tuple(found), complete)


def _names(denial: Any) -> tuple[str, ...]:
    names = (_full_name(denial.policy), denial.stem, stem_of_constraint(denial.constraint or ""))
    return tuple(dict.fromkeys(name for name in names if name))


def _full_name(policy: Any) -> str:
    prefix = "gatekeeper-"
    return policy.removeprefix(prefix) if isinstance(policy, str) and policy.startswith(prefix) else ""


def candidates(policies: Sequence[PolicyInForce], names: Sequence[str]) -> Candidates:
    """The policies whose template carries one of the names, sorted by their part in the denial."""
    matching = [policy for policy in policies if matches(policy, names)]
    untold = [policy for policy in policies if not policy.excused() and _is_untold(policy)]
    return Candidates(
        denying=tuple(policy for policy in matching if not policy.excused() and policy.effect == "deny"),
        excused=tuple(policy for policy in matching if _is_excused(policy)),
        open=tuple(policy for policy in matching if not policy.excused() and policy.effect == "unknown"),
        untold=tuple(untold),
    )


def matches(policy: PolicyInForce, names: Sequence[str]) -> bool:
    return any(same_template(name, template) for name in names for template in policy.templates)


def _is_excused(policy: PolicyInForce) -> bool:
    return policy.excused() is not None or policy.effect not in ("deny", "unknown")


def _is_untold(policy: PolicyInForce) -> bool:
    """A definition that was not read, or whose template's name it does not tell."""
    if policy.unread:
        return True
    unnamed = not policy.templates or policy.guessed
    return unnamed and policy.effect in ("deny", "unknown") and policy.concerns_pods
