#!/usr/bin/env bash
# Run azdev's linter and style checks on this extension, without a checkout of the azure-cli repository.
#
# usage: tools/azdev.sh BIN    (the bin folder of the environment that has azdev)
#
# `azdev setup` needs the network, so what it would have written is made here. The extension is a copy with its metadata
# rather than `azdev extension add`, which would install it into the environment that tests the wheel.
set -euo pipefail

bin=$1
name=aks-invoke-fix
work=$PWD/.work/azdev
tree=$work/repo/src/$name
export VIRTUAL_ENV=${bin%/bin} PATH=$bin:$PATH
export AZDEV_CLI_REPO_PATH=$work/cli AZDEV_EXT_REPO_PATHS=$work/repo AZDEV_CONFIG_DIR=$work/config
export AZURE_CONFIG_DIR=$work/azure AZURE_EXTENSION_DIR=$work/extensions AZURE_EXTENSION_DEV_SOURCES=$work/repo
export AZURE_CORE_COLLECT_TELEMETRY=0

# Read by azdev when it is imported, for a command that is not used here: it only has to have every key.
coverage_rules() {
    printf 'ENCODING: utf-8\n'
    printf '%s: (?!)\n' {CMD,DOCS_END,END,NOT_END,NUMBER_SIGN,QUO,RUN_TEST}_PATTERN
    printf '%s: []\n' {RED,ORANGE,GREEN,BLUE}{,_PCT} GOLD CLI_OWN_MODULES {,GLOBAL_}EXCLUDE_COMMANDS \
        {GLOBAL,GENERIC_UPDATE,WAIT_CONDITION,OTHER}_PARAMETERS EXCLUDE_MODULES
}

prepare() {
    local rules=$AZDEV_CONFIG_DIR/env_config$VIRTUAL_ENV/config_files
    rm -rf "$work"
    mkdir -p "$work/cli/scripts/ci" "$tree" "$rules" "$AZURE_CONFIG_DIR" "$AZURE_EXTENSION_DIR"
    coverage_rules >"$work/cli/scripts/ci/cmdcov.yml"
    cp -r setup.py LICENSE README.md HISTORY.rst azext_aksinvokefix "$tree"
    (cd "$tree" && python setup.py -q egg_info)
    cp "$(python -c 'import azdev.config as c; print(*c.__path__)')"/*{pylintrc,flake8} "$rules"
    # The formatter writes slices as PEP 8 asks (E203) and keeps the body of a stub on its line (E704).
    sed -i 's/^ignore =/ignore =\n    E203,\n    E704,/' "$rules/ext.flake8"
}

prepare
# The rule type left out, command coverage, asks the network for the published extension.
azdev linter "$name" --rule-types command_groups commands help_entries params --min-severity low
azdev style "$name"
