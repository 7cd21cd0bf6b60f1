"""The directory of a scenario: users, groups and service principals besides the caller."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization.authorizer import Access, Principal

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Listed = Iterable[Mapping[str, Any]]


def directory(world: World, listed: Listed) -> dict[str, Principal]:
    """Everybody by object id in lower case. See ``access`` for the section."""
    ids = {"caller": world.caller.object_id, world.caller.name: world.caller.object_id}
    ids.update({item["name"]: _id(item) for item in listed})
    members = [(ids[member], ids[item["name"]]) for item in listed for member in item.get("members", [])]
    caller = {"name": world.caller.name, "id": world.caller.object_id, "kind": world.caller.kind}
    return {
        ids[item["name"]].lower(): Principal(
            id=ids[item["name"]],
            name=item["name"],
            kind=item.get("kind", "User"),
            groups=tuple(group for member, group in members if member == ids[item["name"]]),
            app_id=item.get("appId", item["name"]),
            looked_up=item.get("lookedUp", False),
        )
        for item in (caller, *listed)
    }


def unseen(world: World, listed: Listed) -> dict[str, int]:
    """How often a role assignment does not find each of those who have just been created."""
    return {_id(item).lower(): item["unseen"] for item in listed if "unseen" in item}


def named(world: World, access: Access, word: str | None) -> Principal:
    """``caller`` (also None), a name of the directory, or an object id."""
    if word in (None, "caller"):
        return access.principals[world.caller.object_id.lower()]
    found = (person for person in access.principals.values() if word in (person.name, person.id))
    return next(found, Principal(str(word), str(word), "User"))


def _id(item: Mapping[str, Any]) -> str:
    return str(item.get("id") or uuid.uuid5(uuid.NAMESPACE_OID, item["name"]))
