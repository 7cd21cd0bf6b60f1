"""The setting that forbids every change: `az config set aks-invoke-fix.read_only=true`, or a variable of a pipeline."""

from __future__ import annotations

import os
from typing import Any

SECTION, OPTION = "aks-invoke-fix", "read_only"
#: The CLI makes AZURE_AKS-INVOKE-FIX_READ_ONLY of the two, which no shell can set; it counts all the same.
VARIABLE = "AZURE_AKS_INVOKE_FIX_READ_ONLY"
_NO = ("0", "no", "false", "off", "")


def is_set(cli_ctx: Any) -> bool:
    """Whether the configuration or the variable forbids changes. A word that is no clear no counts as yes."""
    values = (cli_ctx.config.get(SECTION, OPTION, ""), os.environ.get(VARIABLE, ""))
    return any(str(value).strip().lower() not in _NO for value in values)


def refuse_if_set(cli_ctx: Any, what_if: bool) -> None:
    """Raise the CLI's own error before anything is asked or sent; a mere look at a plan is allowed."""
    from azure.cli.core.azclierror import ValidationError

    from azext_aksinvokefix.surface import exits

    if not what_if and is_set(cli_ctx):
        # Of several clusters the CLI itself only warns of those that fail.
        exits.exit_with(cli_ctx, exits.ERROR)
        raise ValidationError(
            f"Nothing was changed: {SECTION}.{OPTION} is set, which blocks every change.",
            recommendation=[
                "Preview the plan with --what-if and send it to someone who is allowed to make the change.",
                f"To allow changes: az config unset {SECTION}.{OPTION} (and unset {VARIABLE}).",
            ],
        )
