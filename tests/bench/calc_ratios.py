"""Calc: INV_ functions against native formulas of the same arithmetic, as ratios in one run.

Then the worker is killed in the middle of a recalculation, with and without a Python to start anew.
Run as ``python tests/bench/calc_ratios.py``; needs LibreOffice with its Python. Seconds are this
machine's and printed only to form the ratios.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from tests.hosts.libreoffice.calc import Calc, installed_office, office_python  # noqa: E402

ROWS = 10_000
RUNS = 5


def formulas(kind: str) -> list[list[str]]:
    """A column of scalar formulas, native or ours."""
    spelled = {
        "native": "=A{r}-A{r}*0.08-B{r}",
        "ours": "=INV_NRV(A{r};;B{r};0.08)",
    }[kind]
    return [[spelled.format(r=row)] for row in range(1, ROWS + 1)]


def timed(calc: Calc, column: str, wanted: list[list[float]]) -> float:
    """Seconds of a hard recalculation with one column alone, the answers checked."""
    seconds = median(calc.recalculate() for _ in range(RUNS))
    got = calc.data_at(f"{column}1:{column}{ROWS}")
    assert all(abs(g[0] - w[0]) < 1e-9 for g, w in zip(got, wanted, strict=True)), column
    calc.put({f"{column}1:{column}{ROWS}": None})
    return seconds


def killed(calc: Calc, wanted: list[list[float]]) -> tuple[int, int]:
    """Recalculate while the worker is killed; cells that show an error, and right ones."""

    def kill() -> None:
        time.sleep(0.3)
        for pid in calc.workers():
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    calc.recalculate()
    thread.join()
    return counted(calc, wanted)


def counted(calc: Calc, wanted: list[list[float]]) -> tuple[int, int]:
    """Cells that show an error, and cells that show the right answer."""
    got = [row[0] for row in calc.data_at(f"D1:D{ROWS}")]
    right = sum(g is not None and abs(g - w[0]) < 1e-9 for g, w in zip(got, wanted, strict=True))
    return sum(g is None for g in got), right


def survives(calc: Calc, config: Path, wanted: list[list[float]]) -> None:
    """Kill the worker once with a Python to start anew, once with none; then let it come back."""
    calc.fill(f"D1:D{ROWS}", formulas("ours"), formulas=True)
    errors, right = killed(calc, wanted)
    print(f"worker killed mid-recalculation: {errors:,} errors, {right:,} right (started anew)")
    held = config.read_text(encoding="utf-8")
    config.write_text(json.dumps({"python": "/no/such/python", "path": []}), encoding="utf-8")
    errors, right = killed(calc, wanted)
    print(f"the same with no Python to start: {errors:,} cells show #VALUE!, {right:,} right")
    assert errors
    assert errors + right == ROWS
    config.write_text(held, encoding="utf-8")
    time.sleep(3.5)  # the rest the bridge takes after it could not start
    calc.recalculate()
    errors, right = counted(calc, wanted)
    print(f"afterwards: {errors:,} errors, {right:,} right")
    assert right == ROWS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        facts = installed_office(Path(folder) / "profile")
        calc = Calc(facts.profile, office_python())
        try:
            calc.open()
            data = [[20.0 + row % 97, 1.0 + row % 5] for row in range(ROWS)]
            wanted = [[a - a * 0.08 - b] for a, b in data]
            calc.fill(f"A1:B{ROWS}", data)
            calc.cell("=INV_NRV(1)")  # the worker is up before the clock runs
            calc.put({"Z1": None})
            empty = median(calc.recalculate() for _ in range(RUNS))
            took = {}
            for kind in ("native", "ours"):
                calc.fill(f"D1:D{ROWS}", formulas(kind), formulas=True)
                took[kind, "cells"] = timed(calc, "D", wanted) - empty
            calc.put({f"D1:D{ROWS}": f"{{=A1:A{ROWS}-A1:A{ROWS}*0.08-B1:B{ROWS}}}"})
            took["native", "range"] = timed(calc, "D", wanted) - empty
            calc.put({f"D1:D{ROWS}": f"{{=INV_NRV(A1:A{ROWS};;B1:B{ROWS};0.08)}}"})
            took["ours", "range"] = timed(calc, "D", wanted) - empty
            survives(calc, facts.config, wanted)
        finally:
            calc.quit()
    for what in ("cells", "range"):
        ours, native = took["ours", what], took["native", what]
        words = "scalar cells" if what == "cells" else "rows in one range"
        print(
            f"{ROWS:,} {words}: {ours:.3f} s by INV_NRV, {native:.4f} s native;"
            f" ratio {ours / max(native, 1e-4):,.0f}; {1e6 * ours / ROWS:.0f} microseconds each"
        )
    one_call = took["ours", "cells"] / took["ours", "range"]
    print(f"one range instead of {ROWS:,} cells: {one_call:.0f} times quicker")


if __name__ == "__main__":
    main()
