"""Conditions of role assignments, as far as delegated role administration uses them.

Understood are the clauses that the portal writes for "allow the user to assign selected roles to selected principals":
``@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {…}``, its siblings
for ``PrincipalId`` and ``PrincipalType``, and their negations. ``@Request`` is about what is written, ``@Resource``
about what is deleted. All clauses of a kind must hold.
"""

# modelled: any other condition counts as fulfilled
# proof: nothing; Azure evaluates all of them, so a scenario must not use one that this does not read

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CLAUSE = re.compile(
    r"@(?P<source>Request|Resource)\[[^\]]*roleAssignments:(?P<attribute>\w+)\]\s*(?:ForAnyOf\w*Values:)?"
    r"(?P<operator>\w+)\s*(?:\{(?P<values>[^}]*)\}|(?P<value>'[^']*'|[\w-]+))",
    re.IGNORECASE,
)
_PROPERTIES = {"roledefinitionid": "roleDefinitionId", "principalid": "principalId", "principaltype": "principalType"}


def fulfilled(condition: str | None, action: str, assignment: Mapping[str, Any]) -> bool:
    """Whether a role assignment with these properties may be written or deleted under the condition."""
    about = "resource" if action.lower().endswith("/delete") else "request"
    clauses = (clause for clause in _CLAUSE.finditer(condition or "") if clause["source"].lower() == about)
    return all(_holds(clause, assignment) for clause in clauses)


def _holds(clause: re.Match[str], assignment: Mapping[str, Any]) -> bool:
    value = str(assignment.get(_PROPERTIES.get(clause["attribute"].lower(), ""), ""))
    listed = {item.strip(" '\"").lower() for item in (clause["values"] or clause["value"]).split(",")}
    return (value.rpartition("/")[2].lower() in listed) is not ("not" in clause["operator"].lower())
