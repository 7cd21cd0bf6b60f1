"""Azure CLI extension `aks-invoke-fix`: az aks command invoke that tells the truth, and what to do when it fails.

Everything here is paid for by every `az aks` command of every user, so nothing is imported that loading does not need.
"""

from azure.cli.core import AzCommandsLoader

from azext_aksinvokefix._help import helps  # noqa: F401  # pylint: disable=unused-import


class AksInvokeFixCommandsLoader(AzCommandsLoader):
    def __init__(self, cli_ctx=None):
        from azure.cli.core.commands import CliCommandType

        super().__init__(
            cli_ctx=cli_ctx,
            custom_command_type=CliCommandType(operations_tmpl="azext_aksinvokefix.custom#{}"),
        )

    def load_command_table(self, args):
        from azext_aksinvokefix.commands import load_command_table

        load_command_table(self, args)
        return self.command_table

    def load_arguments(self, command):
        from azext_aksinvokefix._params import load_arguments

        load_arguments(self, command)


COMMAND_LOADER_CLS = AksInvokeFixCommandsLoader
