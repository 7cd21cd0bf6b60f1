"""`sprintf` as Go's fmt writes it: a wrong verb or a missing argument is part of the message, never an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Union

from azext_aksinvokefix.policy.rego.builtins.strings import parts_of
from azext_aksinvokefix.policy.rego.builtins.table import ARRAY, NUMBER, STRING, Builtin
from azext_aksinvokefix.policy.rego.compare import sorted_values
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.values import (
    Hole,
    Number,
    Object,
    Text,
    Value,
    fields_of,
    kind_of,
    outside,
    text_of,
)

_VERB = re.compile(r"%([-+# 0]*)(\d{0,4})(?:\.(\d{0,3}))?(.?)", re.DOTALL)
_EXPONENT_FROM, _EXPONENT_BELOW = 21, -4
_INT64 = 1 << 63
Piece = Union[str, Hole]
#: An argument as Go sees it: its Go type, or "" where that is not known, and its value.
Argument = tuple[str, Union[int, float, str, Text, Hole]]


# How a value is written


def written(value: Value) -> str:
    """A known value as Rego text."""
    simple = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return simple[value]
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Number):
        return number_text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Object):
        keys = sorted_values(value.items)
        return "{" + ", ".join(f"{written(key)}: {written(value.items[key])}" for key in keys) + "}"
    members = ", ".join(map(written, sorted_values(value.sure)))
    return "{" + members + "}" if members else "set()"


def quoted(text: str) -> str:
    """As Go's strconv.Quote."""
    return '"' + "".join(map(_escaped, text)) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r"}
_ESCAPES.update({"\t": "\\t", "\v": "\\v"})


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if sign.isprintable():
        return sign
    code = ord(sign)
    if code < 0x80:  # noqa: PLR2004
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


def number_text(number: Number) -> str:
    if isinstance(number.value, int):
        return str(number.value)
    return float_text(float(number.value))


def float_text(value: float) -> str:
    """As Go's %v: the shortest digits, an exponent below 1e-4 and from 1e21 on."""
    if value == int(value) and abs(value) < 10**_EXPONENT_FROM:
        return str(int(value))
    digits, _, exponent = f"{value!r}".partition("e")
    power = int(exponent or 0)
    if exponent and _EXPONENT_BELOW <= power < _EXPONENT_FROM:
        return f"{Fraction(repr(value)).numerator}" if power > 0 else f"{value:.20f}".rstrip("0")
    if not exponent:
        return digits
    return f"{digits.removesuffix('.0')}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _partly_written(value: Value) -> list[Piece]:
    """A value as Rego text in which unknown parts are holes."""
    if isinstance(value, Text):
        return ['"', *value.parts, '"']
    if isinstance(value, tuple):
        return ["[", *_listed([_partly_written(item) for item in value]), "]"]
    if not fields_of(value):
        return [written(value)]
    if isinstance(value, Object) and value.settled:
        entries = [[f"{written(key)}: ", *_partly_written(value.items[key])] for key in sorted_values(value.items)]
        return ["{", *_listed(entries), "}"]
    return [Hole(fields_of(value))]


def _listed(groups: list[list[Piece]]) -> list[Piece]:
    return [piece for at, group in enumerate(groups) for piece in ([", ", *group] if at else group)]


# sprintf


def _argument(value: Value) -> Argument:
    if isinstance(value, Text):
        return "string", value
    if isinstance(value, str):
        return "string", value
    if isinstance(value, Number):
        return _number_argument(value)
    if fields_of(value):
        # Of a number the type is written as well, and which one it has is not known.
        return "" if kind_of(value) in ("", "number") else "string", text_of(_partly_written(value))
    return "string", written(value)


def _number_argument(number: Number) -> Argument:
    if isinstance(number.value, int):
        return ("int64" if -_INT64 <= number.value < _INT64 else "*big.Int"), number.value
    return "float64", float(number.value)


def sprintf(form: str, arguments: tuple[Value, ...]) -> Value:
    left = [_argument(value) for value in arguments]
    pieces: list[Piece] = []
    at = 0
    while at < len(form):
        percent = form.find("%", at)
        if percent < 0:
            pieces.append(form[at:])
            break
        pieces.append(form[at:percent])
        found = _VERB.match(form, percent)
        at = found.end() if found else len(form)
        pieces.extend(_formatted(found, left) if found else [])
    if left and not any(verb in form for verb in ("[", "*")):
        pieces.extend(_extra(left))
    return text_of(pieces)


def _formatted(found: re.Match[str], left: list[Argument]) -> list[Piece]:
    flags, width, precision, verb = found.groups()
    if not verb:
        return ["%!(NOVERB)"]
    if verb == "%":
        return ["%"]
    if verb in "[*":
        raise RefusedError("its sprintf selects its arguments by number")
    if not left:
        return [f"%!{verb}(MISSING)"]
    kind, value = left.pop(0)
    if isinstance(value, (Text, Hole)):
        return _of_unknown(value, flags, width, precision, verb) if kind else [Hole(fields_of(value))]
    text = _of_known(kind, value, flags, precision, verb)
    return [_padded(text, flags, width, numeric=kind != "string")]


def _of_unknown(value: Text | Hole, flags: str, width: str, precision: str | None, verb: str) -> list[Piece]:
    plain = verb in "vs" and not width and precision is None and not set(flags) - {"+"}
    if plain:
        return list(parts_of(value))
    if verb == "q" and not flags and not width:
        return ['"', *parts_of(value), '"']
    return [Hole(fields_of(value))]


def _extra(left: list[Argument]) -> list[Piece]:
    pieces: list[Piece] = ["%!(EXTRA "]
    for at, (kind, value) in enumerate(left):
        shown: list[Piece] = list(parts_of(value)) if isinstance(value, Text) else [_plain(kind, value)]
        pieces += [", " if at else "", f"{kind}=" if kind else "", *shown]
    return [*pieces, ")"]


def _plain(kind: str, value: object) -> str:  # pylint: disable=unused-argument
    return float_text(value) if isinstance(value, float) else str(value)


def _of_known(kind: str, value: object, flags: str, precision: str | None, verb: str) -> str:
    """One argument under one verb, before it is padded."""
    if verb == "T":
        return kind
    if verb == "v" and precision is None and "#" not in flags:
        return _signed(_plain(kind, value), flags, numeric=kind != "string")
    writer = _WRITERS.get((kind.removeprefix("*big.").lower() if kind == "*big.Int" else kind, verb))
    if "#" in flags or " " in flags or (precision is not None and verb not in "feFEgs"):
        raise RefusedError("its sprintf uses a flag that is not known here")
    if writer is None:
        return f"%!{verb}({kind}={_plain(kind, value)})"
    return _signed(writer(value, precision), flags, numeric=kind != "string")


def _signed(text: str, flags: str, *, numeric: bool) -> str:
    return f"+{text}" if numeric and "+" in flags and not text.startswith("-") else text


def _padded(text: str, flags: str, width: str, *, numeric: bool) -> str:
    room = int(width or 0)
    if "-" in flags:
        return text.ljust(room)
    if "0" in flags:
        if not numeric:
            return text.rjust(room, "0")
        sign = text[:1] if text[:1] in "+-" else ""
        return sign + text[len(sign) :].rjust(room - len(sign), "0")
    return text.rjust(room)


def _exponential(value: float, precision: str | None) -> str:
    return f"{value:.{int(precision or 0) if precision is not None else 6}e}"


def _general(value: float, precision: str | None) -> str:
    if precision is not None:
        raise RefusedError("its sprintf uses a flag that is not known here")
    return float_text(value)


_Writer = Callable[..., str]
_WHOLE: dict[str, _Writer] = {
    "d": lambda value, _: str(value),
    "b": lambda value, _: f"{value:b}",
    "o": lambda value, _: f"{value:o}",
    "x": lambda value, _: f"{value:x}",
    "X": lambda value, _: f"{value:X}",
}
_WRITERS: dict[tuple[str, str], _Writer] = {
    **{(kind, verb): writer for kind in ("int64", "int") for verb, writer in _WHOLE.items()},
    ("string", "s"): lambda value, precision: value if precision is None else value[: int(precision or 0)],
    ("string", "q"): lambda value, _: quoted(value),
    ("string", "x"): lambda value, _: value.encode().hex(),
    ("string", "X"): lambda value, _: value.encode().hex().upper(),
    ("float64", "f"): lambda value, precision: f"{value:.{int(precision or 0) if precision is not None else 6}f}",
    ("float64", "F"): lambda value, precision: f"{value:.{int(precision or 0) if precision is not None else 6}f}",
    ("float64", "e"): _exponential,
    ("float64", "g"): _general,
}


def _partly(form: Value, arguments: Value) -> Value:
    if isinstance(form, str) and isinstance(arguments, tuple):
        return sprintf(form, arguments)
    return Text((Hole(fields_of(form) | fields_of(arguments) or outside("a text")),))


def _format_int(number: Number, base: Number) -> str:
    forms = {2: "b", 8: "o", 10: "d", 16: "x"}
    if base.value not in forms:
        raise RefusedError("it writes a number to an unusual base")
    return format(int(number.value), forms[int(base.value)])


BUILTINS = {
    "sprintf": Builtin(sprintf, (STRING, ARRAY), "string", total=True, partly=_partly),
    "format_int": Builtin(_format_int, (NUMBER, NUMBER), "string"),
}
