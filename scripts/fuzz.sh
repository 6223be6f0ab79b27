#!/usr/bin/env bash
# Runs every fuzz target of the tree for a while and keeps what it learnt beside the package.
#   scripts/fuzz.sh [seconds [part of a name]]     30 seconds each without an argument
# Prints package | target | inputs tried | new coverage found | result; fails if a target fails.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-30} part=${2:-}
cache=$(go env GOCACHE)/fuzz/wasl
kept=12 small=1024 # so many files of at most so many bytes are kept for each target
failed=0
while IFS=: read -r file target; do
  pkg=$(dirname "$file")
  # Minimising one large input may eat the whole time: half a second is enough.
  if out=$(go test "./$pkg" -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" -fuzzminimizetime 500ms -parallel 2 2>&1); then result=ok; else result=FAIL failed=1; fi
  read -r tried new < <(grep -oE 'execs: [0-9]+|total: [0-9]+' <<<"$out" | tail -2 | awk '{print $2}' | paste -sd' ')
  printf '| `%s` | `%s` | %s | %s | %s |\n' "$pkg" "$target" "${tried:-0}" "${new:-0}" "$result"
  [ "$result" = ok ] || printf '%s\n' "$out" | tail -20
  seeds=$pkg/testdata/fuzz/$target
  [ -d "$cache/$pkg/$target" ] || continue
  mkdir -p "$seeds"
  have=$(ls "$seeds" | wc -l)
  find "$cache/$pkg/$target" -type f -size -"${small}"c | sort | while read -r f; do
    [ "$have" -lt "$kept" ] || break
    [ -e "$seeds/${f##*/}" ] || { cp "$f" "$seeds/"; have=$((have + 1)); }
  done
done < <(git grep -oE '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' | sed -E 's/:func /:/' | grep -- "$part" | sort)
exit $failed
