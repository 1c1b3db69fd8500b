"""Check and foot tests of 100,000 SKU-locations, as ratios to one fastexcel read of the same rows.

Run: OMP_NUM_THREADS=1 python tests/bench/check_ratios.py [SKU-locations]
Prints CPU seconds once, for scale, and ratios to the read; nothing is asserted.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

import fastexcel
import numpy as np
import pandas as pd
import xlsxwriter

from invval_xl.hosts.memory import book_from_sheets
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.tables.check import check_book
from invval_xl.tables.contracts import BALANCE_MEASURES, CONTRACTS
from invval_xl.tables.grid import Cells, Grid, Kind

NOW = dt.date(2026, 10, 31)


def balance_set(keys: int) -> pd.DataFrame:
    """Two periods of a set that foots, every measure there."""
    rng = np.random.default_rng(1)
    n = 2 * keys
    frame: dict[str, object] = {
        "sku": np.repeat([f"{i:06d}" for i in range(keys // 10)], 20).astype(object),
        "location": np.tile(np.repeat([f"L{i}" for i in range(10)], 2), keys // 10).astype(object),
        "period_end": np.tile(np.array(["2026-09-30", "2026-10-31"], dtype="datetime64[ns]"), keys),
    }
    for block, scale in (("units", 1.0), ("cost", 7.13), ("retail", 19.99)):
        moved = np.zeros(n)
        for m in BALANCE_MEASURES:
            sign = getattr(m, block)
            if sign is not None:
                still = m.name.startswith("transfers")
                values = np.zeros(n) if still else np.round(rng.integers(0, 5, n) * scale, 2)
                frame[f"{m.name}_{block}"] = values
                moved += sign * values
        bop = np.full(n, round(1000 * scale, 2))
        bop[1::2] = np.round(bop + moved, 2)[0::2]
        frame[f"bop_{block}"], frame[f"eop_{block}"] = bop, np.round(bop + moved, 2)
    names = [c.name for c in CONTRACTS["BalanceSet"].columns]
    return pd.DataFrame({name: frame[name] for name in names})


def grid_of(frame: pd.DataFrame) -> Grid:
    """The grid a host would hand over."""
    body = []
    for name in frame:
        values, n = frame[name].to_numpy(), len(frame)
        if name in {"sku", "location"}:
            body.append(Cells(np.full(n, Kind.TEXT, np.uint8), np.full(n, np.nan),
                              values.astype(object)))  # fmt: skip
        elif name == "period_end":
            days = (values - np.datetime64("1899-12-30")) / np.timedelta64(1, "D")
            body.append(Cells(np.full(n, Kind.DATE, np.uint8), days.astype(float)))
        else:
            body.append(Cells(np.full(n, Kind.NUMBER, np.uint8), values.astype(float)))
    headers = tuple(c.header for c in CONTRACTS["BalanceSet"].columns)
    return Grid("BalanceSet", (headers,), tuple(body), 2)


def cpu(work) -> tuple[float, object]:
    """Least CPU seconds of three."""
    best, result = np.inf, None
    for _ in range(3):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def main() -> None:
    """Print the ratios."""
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    frame = balance_set(keys)
    skus = sorted(set(frame["sku"]))
    now = frame[frame["period_end"] == np.datetime64("2026-10-31", "ns")]
    ledger = round(float(now["eop_cost"].sum()), 2)
    book = book_from_sheets({
        "Control": [["Setting", "Value"], ["Entity", "Bench"], ["Period End", NOW],
                    ["Framework", "us-gaap"], ["Currency", "USD"], ["Cost Method", "average"],
                    ["GL Inventory", ledger]],
        "ItemMaster": [["SKU", "Category"], *([s, "A"] for s in skus)],
        "BalanceSet": grid_of(frame),
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as out:
            sheet = out.add_worksheet("BalanceSet")
            text = frame.assign(period_end=frame["period_end"].dt.strftime("%Y-%m-%d"))
            sheet.write_row(0, 0, list(text.columns))
            for i, row in enumerate(text.itertuples(index=False), start=1):
                sheet.write_row(i, 0, row)
        read, _ = cpu(lambda: fastexcel.read_excel(path).load_sheet(0).to_arrow())
    checking, checked = cpu(lambda: check_book(book))
    proving, proved = cpu(lambda: prove_conservation(checked.value))
    print(f"{len(frame):,} rows x {len(frame.columns)} columns; read {read:.2f} s CPU = 1")
    print(f"check_book {checking / read:.2f}   prove_conservation {proving / read:.2f}")
    print(f"findings {len(checked.findings)} + {len(proved.findings)}")


if __name__ == "__main__":
    main()
