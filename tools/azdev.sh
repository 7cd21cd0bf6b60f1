#!/usr/bin/env bash
# Run azdev's linter and style checks on this extension, without a checkout of the azure-cli repository.
#
# usage: tools/azdev.sh BIN    (the bin folder of the environment that has azdev)
#
# azdev wants an environment variable for everything that `azdev setup`, which needs the network, would have written:
# a CLI checkout (only its scripts/ci/cmdcov.yml is read), a folder with src/<extension>/setup.py, and its configuration.
set -euo pipefail

bin=$1
name=aks-invoke-fix
work=$PWD/.work/azdev
export VIRTUAL_ENV=${bin%/bin} PATH=$bin:$PATH
export AZDEV_CLI_REPO_PATH=$work/cli AZDEV_EXT_REPO_PATHS=$work/repo AZDEV_CONFIG_DIR=$work/config
export AZURE_CONFIG_DIR=$work/azure AZURE_EXTENSION_DIR=$work/extensions AZURE_CORE_COLLECT_TELEMETRY=0

prepare() {
    local rules=$AZDEV_CONFIG_DIR/env_config$VIRTUAL_ENV/config_files
    rm -rf "$work"
    mkdir -p "$work/cli/scripts/ci" "$work/repo/src/$name" "$rules" "$AZURE_CONFIG_DIR" "$AZURE_EXTENSION_DIR"
    printf 'CLI_EXTENSIONS: []\n' >"$work/cli/scripts/ci/cmdcov.yml"
    cp -r setup.py LICENSE README.md HISTORY.rst azext_aksinvokefix "$work/repo/src/$name"
    cp "$(python -c 'import azdev.config as c; print(*c.__path__)')"/*{pylintrc,flake8} "$rules"
}

prepare
azdev extension add "$name"
# The remaining rule type, command coverage, asks the network for the published extension.
azdev linter "$name" --rule-types command_groups commands help_entries params --min-severity low
azdev style "$name"
