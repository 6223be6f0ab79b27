#!/usr/bin/env bash
# Changes one operator, comparison or loop at a time and asks whether a test of the same package fails.
#   scripts/mutants.sh [package…]     without one: the packages in which a change that nobody notices would cost most
# Prints package | killed | survived | not covered | efficacy, then each survivor with its line; fails below 90 %.
# What survives with good reason is explained in docs/mutants.md.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/bin/tools
out=bin/mutants
mkdir -p "$tools" "$out"
[ -x "$tools/gremlins" ] || (cd tools && go build -o "$tools/gremlins" github.com/go-gremlins/gremlins/cmd/gremlins)
# gremlins finds the module's tests in a copy; paths in that copy must be the copy's own.
export GOFLAGS=-mod=readonly

packages=("$@")
[ $# -gt 0 ] || packages=(law casework/dossier casework/officer kit/tokens kit/pg kit/wire exchange/gateway kit/cms/pades
  payment identity/oidc portal custody locker)

failed=0
for p in "${packages[@]}"; do
  json=$out/${p//\//-}.json
  # Only the package itself: what lies below it has its own row. (Its flag --test-cpu is broken: every mutant "dies" of it.)
  below=()
  for d in "$p"/*/; do [ -d "$d" ] && below+=(-E "^${d}") ; done
  "$tools/gremlins" unleash "./$p" --workers "${MUTANT_WORKERS:-1}" --timeout-coefficient 20 --invert-logical --invert-loopctrl \
    --invert-bitwise --remove-self-assignments "${below[@]}" -o "$json" >"$out/${p//\//-}.log" 2>&1 || { tail -5 "$out/${p//\//-}.log"; failed=1; continue; }
  node scripts/mutants.mjs "$p" "$json" || failed=1
done
exit $failed
