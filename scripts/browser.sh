#!/usr/bin/env bash
# Plays the journeys in a real Chromium against bin/wasl (built by make) and judges every page on the way.
#   scripts/browser.sh [public|passport|refusals|silence…]
set -euo pipefail
cd "$(dirname "$0")/../e2e/browser"
node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' ||
  { echo "playwright-core and html-validate need Node 20 or later, here is $(node --version)" >&2; exit 1; }
# node_modules/.package-lock.json is written by npm when it is done: older than our lock means missing or outdated.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --loglevel=error
fi
exec node run.mjs "$@"
