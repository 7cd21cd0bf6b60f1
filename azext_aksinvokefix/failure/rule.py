"""What a rule is: a finding and the words that give it away."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.failure.text import Text
from azext_aksinvokefix.lifecycle import Stage


@dataclass(frozen=True)
class Rule:
    """``words``: alternatives, each a tuple of words that must all occur. ``stage`` is for texts without a finding."""

    finding: str
    words: tuple[tuple[str, ...], ...]
    stage: Stage | None = None


def any_of(finding: str, *words: str | tuple[str, ...], stage: Stage | None = None) -> Rule:
    """A rule with an alternative for each word or tuple of words."""
    return Rule(finding, tuple((each,) if isinstance(each, str) else each for each in words), stage)


def first(rules: tuple[Rule, ...], text: Text) -> Rule | None:
    """The first rule of the table that holds for ``text``."""
    return next((rule for rule in rules if any(text.has(*words) for words in rule.words)), None)
