#!/usr/bin/env bash
# Run every property test with examples drawn at random, round after round, until the time is up or one fails.
set -euo pipefail
pytest=$1 until=$((SECONDS + $2)) round=0
export HYPOTHESIS_PROFILE=random

mapfile -t files < <(grep -rlE '^@given|^    @given|hypothesis' tests/unit tests/contract --include='test_*.py')
while ((SECONDS < until)); do
    round=$((round + 1))
    printf 'round %d, %d s left\n' "$round" $((until - SECONDS))
    "$pytest" -q -x -n 2 -p no:cacheprovider "${files[@]}"
done
printf '%d rounds, nothing found\n' "$round"
