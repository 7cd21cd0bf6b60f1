"""Azure CLI extension `aks-invoke-fix`: az aks command invoke that tells the truth, and what to do when it fails.

Everything here is paid for by every `az aks` command of every user, so nothing is imported that loading does not need.
"""

from __future__ import annotations

from typing import Any

from azure.cli.core import AzCommandsLoader

from azext_aksinvokefix import _help  # noqa: F401  # pylint: disable=unused-import


class AksInvokeFixCommandsLoader(AzCommandsLoader):  # type: ignore[misc]
    def __init__(self, cli_ctx: Any = None) -> None:
        from azure.cli.core.commands import CliCommandType

        super().__init__(
            cli_ctx=cli_ctx,
            custom_command_type=CliCommandType(operations_tmpl="azext_aksinvokefix.custom#{}"),
        )

    def load_command_table(self, args: Any) -> Any:
        from azext_aksinvokefix.commands import load_command_table

        load_command_table(self, args)
        return self.command_table

    def load_arguments(self, command: str) -> None:
        from azext_aksinvokefix._params import load_arguments

        load_arguments(self, command)


COMMAND_LOADER_CLS = AksInvokeFixCommandsLoader
