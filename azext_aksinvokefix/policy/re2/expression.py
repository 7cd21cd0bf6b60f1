"""Regular expressions as Gatekeeper matches them: RE2's syntax, leftmost first, in time linear in the text.

Python's ``re`` knows no ``[[:alnum:]]``, knows look-around that does not compile there, and can take forever. This is
a simulation of the automaton (Thompson, Pike), so neither an expression nor a text found in a policy can do harm.

``compile`` raises ``InvalidError`` for what does not compile there either and ``UnsupportedError`` for what is not
known here; a text of which a part is unknown is matched by ``outcomes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Union

from azext_aksinvokefix.policy.re2.syntax import (
    Assertion,
    CharSet,
    Choice,
    Group,
    InvalidError,
    Node,
    Repeat,
    Sequence,
    UnsupportedError,
    is_word,
    parse,
)

__all__ = ["Expression", "InvalidError", "UnsupportedError", "Wild", "compile", "literal", "whole"]

_MOST_STEPS, _MOST_TRIED = 4000, 12000
_TAKE, _SPLIT, _SAVE, _CHECK, _MATCH = "take split save check match".split()
Span = Union[tuple[int, int], None]


@dataclass(frozen=True)
class Wild:
    """An unknown part of a text: ``least`` to ``most`` characters (None: any number) of an alphabet ("": any)."""

    alphabet: str
    least: int = 0
    most: int | None = None


@dataclass
class _Step:
    op: str
    characters: CharSet | None = None
    what: str = ""
    slot: int = 0
    first: int = 0
    second: int = 0


@lru_cache(maxsize=64)
def compile(pattern: str) -> Expression:  # noqa: A001  # pylint: disable=redefined-builtin
    tree, groups = parse(pattern)
    return Expression(_Program().of(tree), groups)


@lru_cache(maxsize=64)
def literal(text: str) -> Expression:
    """An expression that matches where a text holds this one."""
    return Expression(_Program().of(Sequence(tuple(CharSet(((sign, sign),)) for sign in text))), 0)


def whole(tree: Node) -> Expression:
    """An expression made of a tree, to be matched against the whole text."""
    return Expression(_Program().of(Sequence((Assertion("begin"), tree, Assertion("end")))), 0)


class _Program:  # pylint: disable=too-few-public-methods
    """The steps of the automaton. A step goes on to the one behind it, a split to two."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []

    def of(self, tree: Node) -> list[_Step]:
        self._add(tree)
        self._step(_Step(_MATCH))
        return self.steps

    def _step(self, step: _Step) -> _Step:
        if len(self.steps) >= _MOST_STEPS:
            raise UnsupportedError("the regular expression is too large")
        self.steps.append(step)
        return step

    def _add(self, node: Node) -> None:
        if isinstance(node, CharSet):
            self._step(_Step(_TAKE, characters=node))
        elif isinstance(node, Assertion):
            self._step(_Step(_CHECK, what=node.what))
        elif isinstance(node, Sequence):
            for item in node.items:
                self._add(item)
        elif isinstance(node, Group):
            self._step(_Step(_SAVE, slot=2 * node.index))
            self._add(node.item)
            self._step(_Step(_SAVE, slot=2 * node.index + 1))
        elif isinstance(node, Choice):
            self._choice(node)
        else:
            self._repeat(node)

    def _split(self, greedy: bool) -> Callable[[], None]:
        """A split that goes on or, only then if it is greedy, to where the returned function is called."""
        at, split = len(self.steps), self._step(_Step(_SPLIT))

        def here() -> None:
            targets = (at + 1, len(self.steps))
            split.first, split.second = targets if greedy else targets[::-1]

        return here

    def _jump(self) -> Callable[[], None]:
        jump = self._step(_Step(_SPLIT))

        def here() -> None:
            jump.first = jump.second = len(self.steps)

        return here

    def _choice(self, node: Choice) -> None:
        ends = []
        for item in node.items[:-1]:
            otherwise = self._split(greedy=True)
            self._add(item)
            ends.append(self._jump())
            otherwise()
        self._add(node.items[-1])
        for end in ends:
            end()

    def _repeat(self, node: Repeat) -> None:
        skips = []
        for _ in range(node.least - 1 if node.most is None else node.least):
            self._add(node.item)
        if node.most is None:
            # As Go does: x* is (x+)?, which differs for an x that can be empty.
            if node.least == 0:
                skips.append(self._split(node.greedy))
            self._again(node)
        else:
            for _ in range(node.most - node.least):
                skips.append(self._split(node.greedy))
                self._add(node.item)
        for skip in skips:
            skip()

    def _again(self, node: Repeat) -> None:
        """x+"""
        start = len(self.steps)
        self._add(node.item)
        targets = (start, len(self.steps) + 1)
        first, second = targets if node.greedy else targets[::-1]
        self._step(_Step(_SPLIT, first=first, second=second))


def _kind(character: str) -> str:
    """What matters of a neighbour: nothing there, the end of a line, a letter of a word, anything else."""
    if character in ("", "\n"):
        return character
    return "w" if is_word(character) else "."


_ASSERTIONS: dict[str, Callable[[str, str], bool]] = {
    "begin": lambda before, after: before == "",
    "end": lambda before, after: after == "",
    "line-begin": lambda before, after: before in ("", "\n"),
    "line-end": lambda before, after: after in ("", "\n"),
    "word": lambda before, after: (before == "w") is not (after == "w"),
    "not-word": lambda before, after: (before == "w") is (after == "w"),
}
#: The steps at which the automaton stands, and the character before.
_State = tuple[frozenset[int], str]
#: One way to match: where it stands, and where its groups begin and end.
_Thread = tuple[int, tuple[int, ...]]


class Expression:
    def __init__(self, steps: list[_Step], groups: int) -> None:
        self._steps, self.groups = steps, groups
        self._closures: dict[tuple[frozenset[int], str, str], tuple[frozenset[int], bool]] = {}
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in the text."""
        return self.outcomes([text]) == {True}

    def outcomes(self, parts: Iterable[str | Wild]) -> set[bool]:
        """Which answers a text of known and unknown parts can have: {True}, {False}, or both (also if left open)."""
        states: set[tuple[frozenset[int], str]] = {(frozenset({0}), "")}
        found: set[bool] = set()
        for part in parts:
            if isinstance(part, str):
                for character in part:
                    states = self._advance(states, character, found)
            else:
                reached = self._wild(states, part, found)
                if reached is None:
                    return {True, False}
                states = reached
        for threads, before in states:
            found.add(self._closure(threads, before, "")[1])
        return found

    def _advance(self, states: Iterable[_State], characters: str, found: set[bool]) -> set[_State]:
        reached = set()
        for threads, before in states:
            for character in characters:
                closure, matched = self._closure(threads, before, _kind(character))
                if matched:
                    found.add(True)
                else:
                    reached.add((self._move(closure, character), _kind(character)))
        return reached

    def _wild(self, states: set[_State], wild: Wild, found: set[bool]) -> set[_State] | None:
        """The states behind an unknown part, or None where there are too many to follow."""
        reached = set(states) if wild.least == 0 else set()
        edge, length, tried = set(states), 0, 0
        while edge and (wild.most is None or length < wild.most):
            tried += len(edge) * len(wild.alphabet)
            if not wild.alphabet or tried > _MOST_TRIED:
                return None
            edge = self._advance(edge, wild.alphabet, found)
            length += 1
            if length >= wild.least:
                edge = edge - reached
                reached |= edge
        return reached

    def _closure(self, threads: frozenset[int], before: str, after: str) -> tuple[frozenset[int], bool]:
        """The steps that take a character next, and whether the expression has matched."""
        key = (threads, before, after)
        if key not in self._closures:
            takes, matched = set(), False
            seen: set[int] = set()
            stack = list(threads)
            while stack:
                at = stack.pop()
                if at in seen:
                    continue
                seen.add(at)
                step = self._steps[at]
                matched = matched or step.op == _MATCH
                if step.op == _TAKE:
                    takes.add(at)
                stack.extend(self._onward(at, before, after))
            self._closures[key] = frozenset(takes), matched
        return self._closures[key]

    def _onward(self, at: int, before: str, after: str) -> tuple[int, ...]:
        """Where a step without width leads, the preferred way last."""
        step = self._steps[at]
        if step.op == _SPLIT:
            return (step.second, step.first) if step.second != step.first else (step.first,)
        if step.op == _SAVE or (step.op == _CHECK and _ASSERTIONS[step.what](before, after)):
            return (at + 1,)
        return ()

    def _move(self, takes: frozenset[int], character: str) -> frozenset[int]:
        """The steps behind those that take the character, and the first one: a match may begin anywhere."""
        key = (takes, character)
        if key not in self._moves:
            taken = (at + 1 for at in takes if self._takes(at, character))
            self._moves[key] = frozenset((0, *taken))
        return self._moves[key]

    def _takes(self, at: int, character: str) -> bool:
        characters = self._steps[at].characters
        return characters is not None and characters.has(character)

    def find(self, text: str, start: int = 0) -> list[Span] | None:
        """The leftmost match from a place on: its span and those of its groups, as Perl would choose them."""
        threads: list[_Thread] = []
        best: tuple[int, ...] | None = None
        for place in range(start, len(text) + 1):
            if best is None:
                threads.append((0, (place, *[-1] * (2 * self.groups + 1))))
            ready, ended = self._ready(threads, text, place)
            best = ended or best
            if not ready and best is not None:
                break
            character = text[place : place + 1]
            threads = [(at + 1, saved) for at, saved in ready if character and self._takes(at, character)]
        if best is None:
            return None
        return [(begin, end) if end >= 0 else None for begin, end in zip(best[::2], best[1::2])]

    def _ready(self, threads: list[_Thread], text: str, place: int) -> tuple[list[_Thread], tuple[int, ...] | None]:
        """The threads that wait for a character, best first, cut at the one that has matched."""
        before, after = _kind(text[place - 1 : place] if place else ""), _kind(text[place : place + 1])
        ready: list[_Thread] = []
        seen: set[int] = set()
        stack = threads[::-1]
        while stack:
            at, saved = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self._steps[at]
            if step.op == _MATCH:
                return ready, (saved[0], place, *saved[2:])
            if step.op == _TAKE:
                ready.append((at, saved))
            elif step.op == _SAVE:
                saved = (*saved[: step.slot], place, *saved[step.slot + 1 :])
            stack.extend((onward, saved) for onward in self._onward(at, before, after))
        return ready, None

    def find_all(self, text: str, most: int = -1) -> list[list[Span]]:
        """Every match, none overlapping another, an empty one never right behind another; ``most`` < 0: no limit."""
        found: list[list[Span]] = []
        place, last = 0, -1
        while place <= len(text) and (most < 0 or len(found) < most):
            match = self.find(text, place)
            if match is None or match[0] is None:
                break
            begin, end = match[0]
            if begin != end or begin != last:
                found.append(match)
            place = max(end, place + 1) if end == place else end
            last = end
        return found
