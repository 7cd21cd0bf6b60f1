#!/usr/bin/env bash
# Run the named make targets, all of them even if one fails, and say at the end how each went.
#
# usage: tools/legs.sh LEG... [-- LEG...]
#
# Those behind the dashes run beside the others, one after the other as well; what they print is shown once they end.
set -uo pipefail

ahead=()
while (($#)) && [[ $1 != -- ]]; do
    ahead+=("$1")
    shift
done
shift $(($# > 0))

folder=$(mktemp -d)
side=
trap '[[ -z $side ]] || kill -- "-$side" 2>/dev/null; rm -rf "$folder"' EXIT

run() {
    local begin=$SECONDS verdict=passed
    make --no-print-directory "$1" || verdict=FAILED
    printf '%-12s %s  %4d s\n' "$1" "$verdict" $((SECONDS - begin)) >>"$folder/summary"
}

beside() {
    for leg in "$@"; do
        run "$leg" >"$folder/output" 2>&1 </dev/null
        mv "$folder/output" "$folder/$leg.ended"
    done
}

# What ended beside, in the pauses of the others.
show_ended() {
    local file
    for file in "$folder"/*.ended; do
        [[ -e $file ]] || continue
        printf '\n=== %s (beside the others)\n' "$(basename "$file" .ended)"
        cat "$file"
        rm "$file"
    done
}

# A process group of its own: it can be ended whole, and Ctrl-C is not ignored in it, as it would be in the background.
set -m
beside "$@" &
side=$!
set +m
for leg in "${ahead[@]}"; do
    printf '\n=== %s\n' "$leg"
    run "$leg"
    show_ended
done
wait
show_ended

printf '\n=== summary: %d s\n' "$SECONDS"
cat "$folder/summary"
! grep -q FAILED "$folder/summary"
