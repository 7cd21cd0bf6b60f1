"""Policy definitions, initiatives and their versions: built-in ones at the root, custom ones at their scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization.scopes import normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import builtins, governance
from tests.simulator.policy.assignments import page
from tests.simulator.policy.scenario import system_data

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_VERSIONED_SINCE = "2023-04-01"
_TYPE_FILTER = re.compile(r"policyType\s+eq\s+'(\w+)'", re.IGNORECASE)


def _known(world: World, collection: str) -> dict[str, list[Resource]]:
    """All versions of every definition, built-in or custom, by id in lower case."""
    policies = governance.of(world).arm
    if collection == "policyDefinitions":
        built_in, custom = builtins.definitions(), policies.definitions
    else:
        built_in, custom = builtins.initiatives(), policies.initiatives
    return {**{versions[0]["id"].lower(): versions for versions in built_in.values()}, **custom}


def _shown(definition: Resource, api_version: str) -> Resource:
    if api_version >= _VERSIONED_SINCE:
        return definition
    hidden = {"version", "versions"}
    return {**definition, "properties": {k: v for k, v in definition["properties"].items() if k not in hidden}}


def _operations(collection: str, missing: str, noun: str) -> tuple[Operation, ...]:
    """The same operations for definitions and for initiatives."""
    path = "/{scope*}/providers/Microsoft.Authorization/" + collection
    action = f"Microsoft.Authorization/{collection}/"
    handlers = _Handlers(collection, missing, noun)
    name = noun.replace(" ", "-")
    return (
        Operation(f"{name}s-list", "GET", path, handlers.all, action + "read"),
        Operation(f"{name}-get", "GET", path + "/{name}", handlers.get, action + "read"),
        Operation(f"{name}-put", "PUT", path + "/{name}", handlers.put, action + "write"),
        Operation(f"{name}-delete", "DELETE", path + "/{name}", handlers.delete, action + "delete"),
        Operation(f"{name}-versions-list", "GET", path + "/{name}/versions", handlers.versions, action + "read"),
        Operation(f"{name}-version-get", "GET", path + "/{name}/versions/{version}", handlers.version, action + "read"),
    )


class _Handlers:
    """The handlers of one of the two collections."""

    def __init__(self, collection: str, missing: str, noun: str) -> None:
        self._collection, self._missing, self._noun = collection, missing, noun

    def all(self, world: World, request: Request) -> Response:
        """Custom definitions of the scope and the built-in ones."""
        wanted = _TYPE_FILTER.search(request.query.get("$filter", ""))
        here = normal(request.path)
        found = [
            versions[0]
            for key, versions in _known(world, self._collection).items()
            if key.startswith(here + "/") or versions[0]["properties"]["policyType"] == "BuiltIn"
        ]
        found = [d for d in found if not wanted or d["properties"]["policyType"].lower() == wanted[1].lower()]
        return page(request, [_shown(definition, request.api_version) for definition in found], 500)

    def get(self, world: World, request: Request) -> Response:
        return self._found(world, request, lambda versions: _shown(versions[0], request.api_version))

    def versions(self, world: World, request: Request) -> Response:
        return self._found(world, request, lambda versions: {"value": [_version(v) for v in versions]})

    def version(self, world: World, request: Request) -> Response:
        """The name of a version is exact: a pattern such as ``7.*.*`` is not one."""
        # modelled: a pattern is no name of a version of a definition
        # proof: `make record`, step policy-definition-version-pattern
        known = _known(world, self._collection).get(normal(request.path).partition("/versions/")[0], [])
        wanted = request.params["version"].lower()
        found = next((v for v in known if v["properties"]["version"].lower() == wanted), None)
        return Response(200, _version(found)) if found else self._not_found(request)

    def put(self, world: World, request: Request) -> Response:
        """Every write answers 201. The text of the quota is recorded."""
        custom, key = self._custom(world), normal(request.path)
        if key not in custom and len(custom) >= governance.of(world).definition_quota:
            quota = governance.of(world).definition_quota
            message = (
                f"Creating {self._noun} '{request.params['name']}' would exceed the quota at current scope. Existing "
                f"{self._noun}s: '{len(custom)}', the quota is: '{quota}'."
            )
            return arm_error(409, f"{self._missing}QuotaExceeded", message)
        definition = _custom(world, request, self._collection)
        custom[key] = [definition]
        governance.changed(world)
        return Response(201, _shown(definition, request.api_version))

    def delete(self, world: World, request: Request) -> Response:
        removed = self._custom(world).pop(normal(request.path), None)
        if removed is None:
            return Response(204)
        governance.changed(world)
        return Response(200, _shown(removed[0], request.api_version))

    def _custom(self, world: World) -> dict[str, list[Resource]]:
        policies = governance.of(world).arm
        return policies.definitions if self._collection == "policyDefinitions" else policies.initiatives

    def _found(self, world: World, request: Request, show: Callable[[list[Resource]], Resource]) -> Response:
        versions = _known(world, self._collection).get(normal(request.path).partition("/versions")[0])
        return Response(200, show(versions)) if versions else self._not_found(request)

    def _not_found(self, request: Request) -> Response:
        message = f"The {self._noun} '{request.params['name']}' could not be found."
        return arm_error(404, f"{self._missing}NotFound", message)


def _version(definition: Resource) -> Resource:
    version = definition["properties"]["version"]
    return {
        **_shown(definition, ""),
        "properties": {k: v for k, v in definition["properties"].items() if k != "versions"},
        "id": f"{definition['id']}/versions/{version}",
        "type": f"{definition['type']}/versions",
        "name": version,
    }


def _custom(world: World, request: Request, collection: str) -> Resource:
    given: Mapping[str, Any] = request.body["properties"]
    version = (given.get("metadata") or {}).get("version", "1.0.0")
    return {
        "properties": {**given, "policyType": "Custom", "version": version, "versions": [version]},
        "id": request.path,
        "type": f"Microsoft.Authorization/{collection}",
        "name": request.params["name"],
        "systemData": system_data(world, rfc3339(world.utc(), 7)),
    }


OPERATIONS = (
    *_operations("policyDefinitions", "PolicyDefinition", "policy definition"),
    *_operations("policySetDefinitions", "PolicySetDefinition", "policy set definition"),
)
