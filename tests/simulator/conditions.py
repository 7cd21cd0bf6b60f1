"""Conditions of role assignments, as far as delegated role administration uses them.

Understood are the clauses that the portal writes for "allow the user to assign selected roles to selected principals":
``@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {…}`` and its siblings
for ``PrincipalId`` and ``PrincipalType``. All clauses must hold. Any other condition counts as fulfilled (modelled).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CLAUSE = re.compile(r"roleAssignments:(?P<attribute>\w+)\]\s*ForAnyOf\w*Values:\w+\s*\{(?P<values>[^}]*)\}", re.I)
_PROPERTIES = {"roledefinitionid": "roleDefinitionId", "principalid": "principalId", "principaltype": "principalType"}


def fulfilled(condition: str | None, request: Mapping[str, Any]) -> bool:
    """Whether a role assignment with these properties may be written or deleted under the condition."""
    for clause in _CLAUSE.finditer(condition or ""):
        value = str(request.get(_PROPERTIES.get(clause["attribute"].lower(), ""), ""))
        listed = {item.strip(" '\"").lower() for item in clause["values"].split(",")}
        if value.rpartition("/")[2].lower() not in listed:
            return False
    return True
