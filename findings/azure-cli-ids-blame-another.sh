#!/usr/bin/env bash
# azure-cli-core 2.91.0
#
# Every command of the Azure CLI that takes `--ids` runs for up to ten of them at once. Where only some fail, it exits
# with 0 and says "Encountered more than one exception." of a single one. Where several fail, an error is printed behind
# the id that stands in the list at the place in which the error came: the errors of a slow and of a quick failure change
# places, so that a reader repairs the wrong resource. The results come in the order in which they were ready. Seen: a
# command with one id that works and one that does not exits with 0; with a slow and a quick failure each is blamed for
# the other's error; a late result stands behind one whose id was given after it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check azure-cli-core==2.91.0
export AZURE_CONFIG_DIR=$folder/azure AZURE_EXTENSION_DIR=$folder/extensions AZURE_CORE_COLLECT_TELEMETRY=0
cat >"$folder/thing.py" <<'PYTHON'
"""`az thing look`, by the CLI's own loader, parser and invoker: nothing is sent anywhere."""

import sys
import time

from azure.cli.core import AzCli, AzCommandsLoader
from azure.cli.core.azlogging import AzCliLogging
from azure.cli.core.commands import AzCliCommandInvoker, CliCommandType
from azure.cli.core.parser import AzCliCommandParser
from knack.util import CLIError


def look(name, resource_group_name):
    time.sleep(1 if name in ("late", "slow") else 0)
    if name in ("quick", "slow"):
        raise CLIError(f"{name} failed")
    return {"name": name}


class Loader(AzCommandsLoader):
    def load_command_table(self, args):
        here = CliCommandType(operations_tmpl="__main__#{}")
        with self.command_group("thing", custom_command_type=here) as group:
            group.custom_command("look", "look")
        return self.command_table

    def load_arguments(self, command):
        with self.argument_context("thing look") as context:
            context.argument("name", options_list=["--name", "-n"], id_part="name")
            context.argument("resource_group_name", options_list=["--resource-group", "-g"], id_part="resource_group")
        super().load_arguments(command)


az = AzCli(
    cli_name="az",
    config_dir=None,
    config_env_var_prefix="AZURE",
    commands_loader_cls=Loader,
    invocation_cls=AzCliCommandInvoker,
    parser_cls=AzCliCommandParser,
    logging_cls=AzCliLogging,
)
ids = [f"/subscriptions/0/resourceGroups/g/providers/Some.Service/things/{name}" for name in sys.argv[1:]]
sys.exit(az.invoke(["thing", "look", "--ids", *ids]))
PYTHON

look() {
    status=0
    "$folder/venv/bin/python" "$folder/thing.py" "$@" >"$folder/out" 2>"$folder/err" || status=$?
    echo "--- things $*: exit code $status"
    cat "$folder/out" "$folder/err"
}

look good quick
[[ $status == 0 ]]
grep -q 'things/quick: "quick failed"' "$folder/err"
grep -q 'more than one exception' "$folder/err"

look slow quick
[[ $status == 1 ]]
grep -q 'things/slow: "quick failed"' "$folder/err"
grep -q 'things/quick: "slow failed"' "$folder/err"

look late good
[[ $status == 0 && $(grep -o 'good\|late' "$folder/out" | xargs) == "good late" ]]
