"""What the owner of a custom initiative would have to change in it, so that its assignments can leave a namespace out.

An initiative hands a definition's parameter on only where its reference says ``[parameters('x')]``. Where it does not,
no assignment of it can exclude a namespace, and only an exemption of the whole cluster is left to whoever runs that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import last_segment

#: What the new parameter is called; one more for each list that differs.
PARAMETER = "runCommandExcludedNamespaces"
_BUILT_IN = "/providers/microsoft.authorization/"


def can_take_exclusion(policy: PolicyInForce) -> bool:
    """Whether the definition takes namespaces to leave out, and a custom initiative keeps them from its assignments."""
    known = policy.namespaces.excluded is not None and bool(policy.namespaces.of_definition)
    custom = bool(policy.set_id) and not policy.set_id.lower().startswith(_BUILT_IN)
    return known and custom and bool(policy.reference_id) and policy.namespaces.source != "parameter"


def request(policies: Sequence[PolicyInForce]) -> tuple[str, str] | None:
    """A title, and a text to send to whoever keeps the initiative; None where nothing can be changed in it.

    ``policies`` are of one assignment. Only those of its references are named that deny the command pod.
    """
    able = [policy for policy in policies if can_take_exclusion(policy)]
    if not able:
        return None
    return f"To send to the owner of the initiative {_named(able[0])}:", "\n".join(
        [
            f"Please allow assignments of the initiative {able[0].set_id} to exclude namespaces.",
            f"Its references {_listed(able)} deny the pod of `az aks command invoke`, which runs in the namespace "
            f"{COMMAND_NAMESPACE}; their definitions have a parameter for excluded namespaces, but the initiative "
            "does not pass it on. Add this to the initiative, in addition to what is there:",
            json.dumps(snippet(able), indent=2, ensure_ascii=False),
            f"The default excludes {COMMAND_NAMESPACE} for every assignment. Remove it from the default to let "
            "each assignment set its own parameter.",
        ]
    )


def advice(policies: Sequence[PolicyInForce]) -> str:
    """The same in a line; empty where nothing can be changed."""
    able = [policy for policy in policies if can_take_exclusion(policy)]
    if not able:
        return ""
    return (
        f"Or ask the owner of the initiative {_named(able[0])} to let its assignments exclude namespaces, which "
        f"keeps the policy on in all others: a parameter, passed to {_listed(able)}. Add to what is there: "
        f"{json.dumps(snippet(able), ensure_ascii=False)}"
    )


def snippet(policies: Sequence[PolicyInForce]) -> dict[str, Any]:
    """The members to add to the properties of the initiative. What is excluded by now stays excluded."""
    names: dict[tuple[str, ...], str] = {}
    for policy in policies:
        names.setdefault(_list(policy), PARAMETER + (str(len(names) + 1) if names else ""))
    return {
        "parameters": {name: _declaration(excluded) for excluded, name in names.items()},
        "policyDefinitions": [
            {
                "policyDefinitionReferenceId": policy.reference_id,
                "parameters": {
                    policy.namespaces.of_definition: {"value": f"[parameters('{names[_list(policy)]}')]"},
                },
            }
            for policy in policies
        ],
    }


def _declaration(excluded: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "type": "Array",
        "metadata": {"displayName": "Namespaces to exclude"},
        "defaultValue": [*excluded, COMMAND_NAMESPACE],
    }


def _list(policy: PolicyInForce) -> tuple[str, ...]:
    return tuple(policy.namespaces.excluded or ())


def _listed(policies: Sequence[PolicyInForce]) -> str:
    return ", ".join(f"'{one_line(policy.reference_id)}'" for policy in policies)


def _named(policy: PolicyInForce) -> str:
    return f"'{one_line(last_segment(policy.set_id))}'"
