"""Calc: INV_ functions against native formulas of the same arithmetic, as ratios in one run.

Run as ``python tests/bench/calc_ratios.py``; needs LibreOffice with its Python. Seconds are this
machine's and printed only to form the ratios.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from invval_xl.hosts.libreoffice.install import install  # noqa: E402
from invval_xl.hosts.libreoffice.office import this_office  # noqa: E402
from tests.hosts.libreoffice.calc import (  # noqa: E402
    Calc,
    office_python,
    prepared_profile,
    this_python,
)

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


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        facts = this_office(prepared_profile(Path(folder) / "profile"))
        install(facts)
        facts.config.write_text(json.dumps(this_python()), encoding="utf-8")
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
