"""The Kusto query language: literals that hold what they are given, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterable

#: What ends a literal or a line. Kusto takes the three last ones for line ends too.
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\x85": "\\u0085",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def literal(value: str) -> str:
    """A string literal.

    >>> literal("O'Neill")
    "'O\\\\'Neill'"
    """
    return f"'{value.translate(_ESCAPES)}'"


def literals(values: Iterable[str]) -> str:
    """A list of string literals, as ``in`` takes it.

    >>> literals(["a", "b"])
    "('a', 'b')"
    """
    return f"({', '.join(map(literal, values))})"
