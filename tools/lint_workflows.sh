#!/usr/bin/env bash
# Lint what GitHub reads: each file by GitHub's own schema of its kind, and the workflows for what could be abused.
#
# usage: tools/lint_workflows.sh BIN    (the bin folder of the environment that has the linters)
set -euo pipefail
shopt -s extglob
bin=$1

schema() {
    printf '%s: ' "$1"
    "$bin/check-jsonschema" --builtin-schema "vendor.$1" "${@:2}"
}

schema github-workflows .github/workflows/*.yml
schema github-issue-forms .github/ISSUE_TEMPLATE/!(config).yml
schema github-issue-config .github/ISSUE_TEMPLATE/config.yml
schema dependabot .github/dependabot.yml
"$bin/zizmor" --offline --quiet --no-progress --persona pedantic .github
