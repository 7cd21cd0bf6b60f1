"""What is compared of two answers: statuses, headers that clients act on, members and their types, codes. No values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tools.record.requests import Exchange

HEADERS = ("location", "azure-asyncoperation", "retry-after")
#: Members whose value is part of the contract: what clients decide by.
CODES = frozenset({"code", "subcode", "exitCode"})
#: Members whose own members are anybody's names.
OPEN = frozenset({"tags", "nodelabels", "metadata", "parameters", "userassignedidentities", "httprequest", "claims"})


def differences(azure: Exchange, stand_in: Exchange) -> Iterator[str]:
    """In sentences. Where one side has an empty list or null, nothing is known of what it could hold."""
    if azure.status != stand_in.status:
        yield f"status {azure.status} in Azure, {stand_in.status} in the stand-in"
    for name in HEADERS:
        if bool(azure.header(name)) != bool(stand_in.header(name)):
            yield f"header {name} {_only_in(bool(azure.header(name)))}"
    media = [each.header("content-type").partition(";")[0].strip().lower() for each in (azure, stand_in)]
    if azure.body is not None and stand_in.body is not None and media[0] != media[1]:
        yield f"content type {media[0]} in Azure, {media[1]} in the stand-in"
    yield from _of_values("", azure.body, stand_in.body)


def _of_values(at: str, azure: Any, stand_in: Any) -> Iterator[str]:
    kinds = kind(azure), kind(stand_in)
    where = f"`{at or 'the body'}`"
    if "null" in kinds and at:
        return
    if kinds[0] != kinds[1]:
        yield f"{where} is {kinds[0]} in Azure, {kinds[1]} in the stand-in"
    elif kinds[0] == "object":
        yield from _of_members(at, azure, stand_in)
    elif kinds[0] == "list" and azure and stand_in:
        yield from _of_values(f"{at}[]", _merged(azure), _merged(stand_in))


def _of_members(at: str, azure: Mapping[str, Any], stand_in: Mapping[str, Any]) -> Iterator[str]:
    if at.rpartition(".")[2].lower() in OPEN:
        return
    for name in sorted({*azure, *stand_in}):
        inside = f"{at}.{name}" if at else name
        if name not in azure or name not in stand_in:
            yield f"`{inside}` {_only_in(name in azure)}"
        elif name in CODES and kind(azure[name]) == kind(stand_in[name]) and azure[name] != stand_in[name]:
            yield f"`{inside}` is {azure[name]} in Azure, {stand_in[name]} in the stand-in"
        else:
            yield from _of_values(inside, azure[name], stand_in[name])


def _merged(items: list[Any]) -> Any:
    """One item that has what any of them has: an optional member need not be in the first."""
    objects = [item for item in items if isinstance(item, dict)]
    if not objects:
        return items[0]
    whole: dict[str, Any] = {}
    for item in objects:
        whole.update({name: value for name, value in item.items() if whole.get(name) in (None, [], {})})
    return whole


def _only_in(azure: bool) -> str:
    return f"only in {'Azure' if azure else 'the stand-in'}"


def kind(value: Any) -> str:
    kinds = ((type(None), "null"), (bool, "boolean"), ((int, float), "number"), (str, "text"), (list, "list"))
    return next((name for types, name in kinds if isinstance(value, types)), "object")
