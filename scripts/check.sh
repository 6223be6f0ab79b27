#!/usr/bin/env bash
# The checks of `make check`: each prints what it found; all run; any finding fails.
set -uo pipefail
cd "$(dirname "$0")/.."
tools=${WASL_TOOLS:-bin/tools}
failed=0
step() { # name, command…
  local name=$1 out; shift
  out=$("$@" 2>&1) && { printf 'ok    %s\n' "$name"; return; }
  printf 'FAIL  %s\n%s\n' "$name" "$out"; failed=1
}
mkdir -p "$tools"
for t in honnef.co/go/tools/cmd/staticcheck mvdan.cc/gofumpt; do
  [ -x "$tools/${t##*/}" ] || (cd tools && go build -o "../$tools/${t##*/}" "$t") || exit 1
done

unformatted() { local l; l=$("$tools/gofumpt" -l $(git ls-files '*.go')); [ -z "$l" ] || { echo "$l"; return 1; }; }
step "format"      unformatted
step "vet"         go vet ./...
step "lint"        "$tools/staticcheck" ./...
step "the house"   go test ./kit/archtest
step "texts, templates, queries, generated files" go test -run 'Locale|Template|PagesIn|Queries|UpToDate|Comments|Spec' ./...
# Not a fault, but nobody shall take an old figure for a new one.
scripts/mutants.sh --stale
exit $failed
