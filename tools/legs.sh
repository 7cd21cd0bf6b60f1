#!/usr/bin/env bash
# Run the named make targets one after the other, all of them even if one fails, and say at the end how each went.
set -uo pipefail

summary=()
status=0
for leg in "$@"; do
    printf '\n=== %s\n' "$leg"
    begin=$SECONDS
    if make --no-print-directory "$leg"; then
        verdict=passed
    else
        verdict=FAILED
        status=1
    fi
    summary+=("$(printf '%-12s %s  %4d s' "$leg" "$verdict" $((SECONDS - begin)))")
done

printf '\n=== summary\n'
printf '%s\n' "${summary[@]}"
exit $status
