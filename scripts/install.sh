#!/usr/bin/env bash
# Installs the Debian packages that Wasl needs, and only those that are missing.
#   scripts/install.sh run    what the platform needs to run
#   scripts/install.sh test   the same, and the independent judges and peers of the tests
# As an ordinary user it names what is missing and how to get it.
set -euo pipefail

run=(postgresql-15 fonts-noto-core)
test=("${run[@]}" chromium poppler-utils qpdf mupdf-tools openssl zbar-tools
  pcscd vsmartcard-vpcd opensc iproute2 python3-aiosmtpd fonts-dejavu-core)
command -v node >/dev/null && command -v npm >/dev/null || test+=(nodejs npm)

case "${1:-run}" in
  run) want=("${run[@]}") ;;
  test) want=("${test[@]}") ;;
  *) echo "usage: install.sh run|test" >&2; exit 2 ;;
esac

missing=()
for p in "${want[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing packages: ${missing[*]}" >&2
  echo "Ask an administrator for: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

# The distribution would create and start a cluster of its own; Wasl brings its own.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
