"""What the shells of Windows make of a line, by their documented rules: the words that `az` gets in the end.

`az` is a batch file, so that cmd reads its words at the prompt and once more in the file. None of this was run on
Windows: it is written from `cmd /?`, from "Parsing C command-line arguments", from about_Quoting_Rules and from the
source of PowerShell's NativeCommandParameterBinder.
"""

from __future__ import annotations

import re

OPERATORS = "&|<>()"
_DEFINED = {"PATH": "C:\\Windows", "A B": "x"}
_SINGLE = "'\u2018\u2019\u201a\u201b"


def typed_into_cmd(line: str) -> list[str]:
    """The words of Python behind a line at the prompt of cmd."""
    program, rest = _once(_expanded(line)).split(" ", 1)
    assert program == "az"
    # The arguments take the place of %* after variables were expanded in the batch file, and before it is parsed.
    return of_the_runtime(_once(rest))


def typed_into_powershell(line: str) -> list[str]:
    """The same behind a line at the prompt of PowerShell, 5.1 or 7: a batch file gets its words the old way."""
    program, *words = _powershell_words(line)
    assert program == "az"
    return typed_into_cmd("az " + " ".join(f'"{word}"' if _gets_quotes(word) else word for word in words))


def _expanded(line: str) -> str:
    """Variables, in quotes as well as outside; at the prompt an unknown one stays as it is."""
    return re.sub(r"%([^%]+)%", lambda found: _DEFINED.get(found[1], found[0]), line)


def _once(line: str) -> str:
    """One reading: quotes switch the operators off and stay, a caret outside of them takes the next character."""
    out, quoted, characters = "", False, iter(line)
    for character in characters:
        if character == "^" and not quoted:
            out += next(characters, "")
            continue
        assert quoted or character not in OPERATORS, f"cmd would act on {character!r} in {line!r}"
        quoted ^= character == '"'
        out += character
    return out


def of_the_runtime(line: str) -> list[str]:
    """The arguments of a program by the rules of the C runtime."""
    words: list[str] = []
    word, is_word, quoted, position = "", False, False, 0
    while position < len(line):
        character = line[position]
        if character == "\\":
            end = position
            while end < len(line) and line[end] == "\\":
                end += 1
            count, is_word = end - position, True
            if end < len(line) and line[end] == '"':
                word += "\\" * (count // 2)
                if count % 2:
                    word, end = word + '"', end + 1
            else:
                word += "\\" * count
            position = end
        elif character == '"':
            is_word = True
            if quoted and line[position + 1 : position + 2] == '"':
                word, position = word + '"', position + 2
            else:
                quoted, position = not quoted, position + 1
        elif character in " \t" and not quoted:
            if is_word:
                words.append(word)
            word, is_word, position = "", False, position + 1
        else:
            word, is_word, position = word + character, True, position + 1
    return [*words, word] if is_word else words


def _powershell_words(line: str) -> list[str]:
    """Bare words and texts in single quotes; anything else would be an expression."""
    words, position = [], 0
    while position < len(line):
        if line[position] == " ":
            position += 1
        elif line[position] in _SINGLE:
            word, position = _single_quoted(line, position + 1)
            assert line[position : position + 1] in ("", " "), f"a word goes on behind its quotes: {line!r}"
            words.append(word)
        else:
            word = line[position:].split(" ", 1)[0]
            assert re.fullmatch(r"[A-Za-z0-9_./-]+", word), f"PowerShell would read {word!r} as an expression"
            assert not (word.startswith("-") and "." in word), f"PowerShell would split {word!r}"
            words.append(word)
            position += len(word)
    return words


def _single_quoted(line: str, position: int) -> tuple[str, int]:
    word = ""
    while position < len(line):
        if line[position] in _SINGLE:
            if line[position + 1 : position + 2] and line[position + 1] in _SINGLE:
                word, position = word + line[position], position + 2
                continue
            return word, position + 1
        word, position = word + line[position], position + 1
    raise AssertionError(f"a text without an end: {line!r}")


def _gets_quotes(word: str) -> bool:
    """Whether there is a space outside of the quotes, of which those behind a backslash are not counted."""
    quotes, needed, before = 0, False, ""
    for character in word:
        if character == '"' and before != "\\":
            quotes += 1
        elif character.isspace() and quotes % 2 == 0:
            needed = True
        before = character
    return needed
