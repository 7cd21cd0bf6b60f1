#!/usr/bin/env bash
# Print the path of an interpreter of the given version, such as 3.9; fail where there is none.
#
# A name on the path is not enough: pyenv has one for every version, and most of them only say that they are not chosen.
set -euo pipefail
shopt -s nullglob
version=$1

for each in "$(command -v "python$version" || true)" \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python \
    "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/"$version".*/*/bin/python; do
    if [[ -n $each ]] && found=$("$each" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) &&
        [[ $found == "$version" ]]; then
        printf '%s\n' "$each"
        exit 0
    fi
done
exit 1
