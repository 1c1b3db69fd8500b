"""Refresh of N SKU-locations against its floor, in one run.

The floor (shared/performance.md) is a fastexcel read of the same file plus the direct XML stream of
the same cells, each spelled in full. Our own stream stores a column's formula once and so writes
below that floor; the total is printed over that leaner stream as well. Prints CPU seconds and ratio
to the floor of each part, of each paper and of the whole, peak memory, and what ten times the rows
cost; asserts nothing (``regression.py`` does). The book has no model beside it: what a model adds
is in ``model_ratios.py``.

Usage: ``python tests/bench/refresh_ratios.py [N ...] [--json FILE]`` (default 10000 100000).
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from tests.peak import peak_memory  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD = dt.datetime(2026, 10, 31)  # noqa: DTZ001
LOCATIONS = 4


def build(path: Path, lines: int) -> None:
    """A workbook of ``lines`` SKU-locations: one period that foots, sales, layers of receipts."""
    import pandas as pd

    from invval_xl.hosts.file.write import author
    from invval_xl.tables.contracts import CONTRACTS
    from invval_xl.workpapers.input_sheets import control_plan, input_plan

    random = np.random.default_rng(7)
    skus = np.array([f"{i:07d}" for i in range(lines // LOCATIONS)], dtype=object)
    sku = np.repeat(skus, LOCATIONS)
    location = np.tile(np.array([f"S{i:02d}" for i in range(LOCATIONS)], dtype=object), len(skus))
    n = len(sku)
    unit_cost = np.round(random.uniform(4, 90, len(skus)), 2)
    cost_each = np.repeat(unit_cost, LOCATIONS)
    bop = random.integers(40, 400, n).astype(float)
    receipts = random.integers(0, 60, n).astype(float)
    sales = np.minimum(bop + receipts - 1, random.integers(0, 90, n)).astype(float)
    eop = bop + receipts - sales
    frame = pd.DataFrame({"sku": sku, "location": location, "period_end": PERIOD})
    for block, factor in (("units", np.ones(n)), ("cost", cost_each)):
        for name, units in (("bop", bop), ("receipts", receipts), ("sales", sales), ("eop", eop)):
            frame[f"{name}_{block}"] = np.round(units * factor, 2)
    items = pd.DataFrame(
        {
            "sku": skus,
            "description": "Item",
            "supplier": "V1",
            "category": random.choice(["Apparel", "Home", "Shoes", "Toys"], len(skus)),
            "ticket_price": np.round(unit_cost * random.uniform(0.9, 2.4, len(skus)), 2),
        }
    )
    sold = sales > 0
    day = PERIOD - pd.to_timedelta(random.integers(0, 30, int(sold.sum())), unit="D")
    history = pd.DataFrame(
        {
            "date": day,
            "sku": sku[sold],
            "location": location[sold],
            "units": sales[sold],
            "net_sales": np.round(sales[sold] * cost_each[sold] * 1.4, 2),
        }
    )
    control = {
        "entity": "Bench",
        "period_end": PERIOD,
        "framework": "us-gaap",
        "currency": "USD",
        "cost_method": "fifo",
        "gl_inventory": round(float(frame["eop_cost"].sum()), 2),
        "gl_reserve": 0.0,
        "preparer": "bench",
    }
    author(
        [
            control_plan(control),
            input_plan(CONTRACTS["ItemMaster"], items),
            input_plan(CONTRACTS["BalanceSet"], frame),
            input_plan(CONTRACTS["SalesHistory"], history),
        ],
        path,
        created=PERIOD,
    )


REFRESH, BINDER = "invval_xl.runs.refresh_reserve", "invval_xl.workpapers.binder"


def timed(parts: dict[str, float]) -> None:
    """From here on note what each paper takes, and the steps between the papers."""
    named = {(REFRESH, "_reviewed"): "review queue", (REFRESH, "content_hash"): "content hash"}
    binder = importlib.import_module(BINDER)
    for name in vars(binder):
        if name.startswith("lay_"):
            named[BINDER, name] = f"paper {name.removeprefix('lay_').replace('_', ' ')}"
    for (module, name), label in named.items():
        held = importlib.import_module(module)
        setattr(held, name, _noting(getattr(held, name), label, parts))


def _noting(made: Callable[..., Any], label: str, parts: dict[str, float]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return made(*given, **named)
        finally:
            parts[label] = parts.get(label, 0.0) + time.process_time() - start

    return call


def whole(path: Path) -> dict[str, float]:
    """The refresh by its parts, in CPU seconds; those of drawing are listed after it."""
    from invval_xl.hosts.file.refresh import refresh_file
    from invval_xl.runs.refresh_reserve import RefreshRequest

    parts: dict[str, float] = {}
    within: dict[str, float] = {}
    timed(within)
    last = ["read", time.process_time()]

    def note(step: str, _share: float) -> None:
        now = time.process_time()
        parts[str(last[0])] = parts.get(str(last[0]), 0.0) + now - float(last[1])
        last[:] = [step, now]

    refresh_file(path, path.with_name("out.xlsx"), RefreshRequest(), note)
    total = sum(parts.values())
    parts |= {f"  {name}": seconds for name, seconds in within.items()}
    parts["total"] = total
    parts["peak MB"] = peak_memory() / 2**20
    return parts


def floor(path: Path) -> dict[str, float]:
    """A bare fastexcel read of the sheets, and the bare stream of the cells a refresh writes."""
    import fastexcel

    from invval_xl.hosts.file import bulk
    from invval_xl.hosts.file.author import author_into
    from invval_xl.hosts.file.read import read_book
    from invval_xl.runs.refresh_reserve import refresh_reserve

    start = time.process_time()
    reader = fastexcel.read_excel(path)
    for name in reader.sheet_names:
        reader.load_sheet(name).to_arrow()
    read = time.process_time() - start
    plans = refresh_reserve(read_book(path).value).plans

    def streamed(name: str) -> float:
        with path.with_name(name).open("wb") as stream:
            start = time.process_time()
            author_into(stream, plans, PERIOD)
            return time.process_time() - start

    shared = streamed("shared.xlsx")
    bulk.can_be_shared = lambda _template: False
    write = streamed("floor.xlsx")
    return {"fastexcel": read, "stream": write, "shared": shared, "total": read + write}


def _apart(way: str, path: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ratios(size: int) -> dict[str, float]:
    """Every part of a refresh of ``size`` lines over the floor of the same run; prints them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        build(path, size)
        ours, bare = _apart("whole", path), _apart("floor", path)
        written, in_full = (
            path.with_name(name).stat().st_size / 1e6 for name in ("shared.xlsx", "floor.xlsx")
        )
    memory = ours.pop("peak MB")
    print(f"{size:,} SKU-locations{'':<11}CPU s  x floor")
    for part, seconds in ours.items():
        print(f"  {part:<26}{seconds:8.2f}{seconds / bare['total']:9.2f}")
    print(f"  floor: fastexcel {bare['fastexcel']:.2f} s + stream {bare['stream']:.2f} s")
    leaner = bare["fastexcel"] + bare["shared"]
    print(
        f"  total over the stream with formulas stored once ({bare['shared']:.2f} s):"
        f" {ours['total'] / leaner:.2f}"
    )
    print(
        f"  peak {memory:,.0f} MB; papers {written:.1f} MB, in full {in_full:.1f} MB"
        " (goal: total 2.0, 1,500 MB)",
        flush=True,
    )
    out = {part.strip(): seconds / bare["total"] for part, seconds in ours.items()}
    return out | {"peak MB": memory, "seconds": ours["total"]}


def main() -> None:
    if sys.argv[1:2] == ["--way"]:
        ways = {"whole": whole, "floor": floor}
        print(json.dumps(ways[sys.argv[2]](Path(sys.argv[3]))))
        return
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    given.add_argument("--json", type=Path)
    asked = given.parse_args()
    found = {str(size): ratios(size) for size in asked.sizes}
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    first, last = asked.sizes[0], asked.sizes[-1]
    if last > first:
        grown = found[str(last)]["seconds"] / found[str(first)]["seconds"]
        print(f"{last / first:.0f} x the rows cost {grown:.1f} x the time")


if __name__ == "__main__":
    main()
