#!/usr/bin/env bash
# Changes one operator, comparison or loop at a time and asks whether a test of the same package fails (tools/mutants).
#   scripts/mutants.sh [package…]     without one: the packages in which a change that nobody notices would cost most
#   scripts/mutants.sh --stale        which rows of docs/mutants.md speak of code that has changed since
# Prints package | noticed | survived | not covered | efficacy | date | code, then each survivor with its line, and writes the row
# into docs/mutants.md; fails below 90 % or if one was not tried. What survives with good reason is explained in docs/mutants.md.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$PWD/bin/tools/mutants
mkdir -p bin/tools bin/mutants
(cd tools && go build -o "$tool" ./mutants)
[ "${1:-}" != --stale ] || exec "$tool" -stale docs/mutants.md

packages=("$@")
[ $# -gt 0 ] || packages=(law casework/dossier casework/officer kit/tokens kit/pg kit/wire exchange/gateway kit/cms/pades
  payment identity/oidc portal custody locker)
failed=0
for p in "${packages[@]}"; do
  "$tool" -workers "${MUTANT_WORKERS:-2}" -table docs/mutants.md -date "$(date -u +%F)" -o "bin/mutants/${p//\//-}.json" "$p" || failed=1
done
exit $failed
