"""Draw ``workbooks/calc.png``: Calc on a screen of its own, functions typed, the menu open.

Run as ``python tests/hosts/libreoffice/screenshot.py [OUT.png]``; needs Xvfb, xdotool and
ImageMagick besides LibreOffice. Keys and clicks are real ones (xdotool); only the workbook's
figures are put in beforehand.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPO))

from tests.hosts.libreoffice.calc import Calc, installed_office, office_python  # noqa: E402

SIZE = (1240, 520)
MENU = (425, 9)  # where the menu bar shows "Inventory valuation" at this size
HEADS = ("SKU", "Units", "Unit cost", "Price", "NRV", "Carrying", "Write-down", "Average cost")
ITEMS = (
    ("00123", 1250, 34, 24.0),
    ("00124", 310, 52, 79.5),
    ("00125", 889, 34, 24.0),
    ("00126", 0, 18, 21.0),
    ("00127", 75, 120, "n/a"),
)


def typed(row: int) -> tuple[str, ...]:
    return (
        f"=INV_NRV(D{row},,,0.08)",
        f"=INV_LCNRV(C{row},E{row})",
        f"=INV_WRITEDOWN(B{row},C{row},E{row})",
        f"=INV_AUC(B{row}*C{row},B{row})",
    )


def main(out: Path) -> None:
    for program in ("Xvfb", "xdotool", "import"):
        if shutil.which(program) is None:
            sys.exit(f"needs {program}")
    with tempfile.TemporaryDirectory() as folder:
        profile = installed_office(Path(folder) / "profile").profile
        display = f":{90 + os.getpid() % 100}"
        screen = subprocess.Popen(
            ["Xvfb", display, "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            shoot(profile, display, out)
        finally:
            screen.terminate()
            screen.wait(10)


def shoot(profile: Path, display: str, out: Path) -> None:
    environment = {**os.environ, "DISPLAY": display, "SAL_USE_VCLPLUGIN": "gen"}

    def do(*words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=environment, capture_output=True, text=True, check=False
        )
        time.sleep(0.3)
        return done.stdout.strip()

    calc = Calc(profile, office_python(), "--nofirststartwizard", environment=environment)
    try:
        calc.open(hidden=False)
        until = time.monotonic() + 60
        while not (window := do("search", "--onlyvisible", "--name", "Calc").split("\n")[0]):
            if time.monotonic() > until:
                sys.exit("no window came")
        do("windowmove", window, "0", "0")
        do("windowsize", window, *map(str, SIZE))
        calc.put({f"{chr(65 + i)}1": text for i, text in enumerate(HEADS)})
        for row, item in enumerate(ITEMS, start=2):
            calc.put({f"{chr(65 + i)}{row}": value for i, value in enumerate(item)})
        calc.dress()
        do("windowfocus", window)
        time.sleep(2)
        calc.select("E2")
        for row in range(2, 2 + len(ITEMS)):  # typed like a user does, key by key
            for column, formula in zip("EFGH", typed(row), strict=True):
                calc.select(f"{column}{row}")
                do("type", "--delay", "12", formula)
                do("key", "Return")
        calc.select("E2")
        time.sleep(1.5)
        do("mousemove", *map(str, MENU), "click", "1")
        time.sleep(1.5)
        subprocess.run(
            ["import", "-window", "root", "-depth", "8", "-colors", "128", str(out)],
            env=environment,
            check=True,
        )
        do("key", "Escape")
        wanted = calc.get([f"E2:H{1 + len(ITEMS)}"])
        print(json.dumps(wanted))
    finally:
        calc.modified(False)
        calc.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPO / "workbooks" / "calc.png")
