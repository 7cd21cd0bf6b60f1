"""The arguments of the commands, a module each. az asks for them only once a command of ours was called."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix._params import (
    add_capacity,
    diagnose,
    exempt_policy,
    explain,
    grant_role,
    journal,
    repair,
    run,
    scan,
    shared,
)

_LOADERS = {
    "": shared.load_cluster,
    " run": run.load,
    " diagnose": diagnose.load,
    " exempt-policy": exempt_policy.load,
    " grant-role": grant_role.load,
    " add-capacity": add_capacity.load,
    " repair": repair.load,
    " undo": journal.load_undo,
    " history": journal.load_history,
    " explain": explain.load,
    " scan": scan.load,
}


def load_arguments(self: Any, _: Any) -> None:
    for command, load in _LOADERS.items():
        with self.argument_context(f"aks invoke-fix{command}") as context:
            load(context)
