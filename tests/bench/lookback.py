"""Print the lookback of AdventureWorks and the generator: reserve over realised by cohort.

    python tests/bench/lookback.py [adw] [generator] [--items 300] [--locations 2] [--seed 3]
        [--small] [--once] [--restated]

``--small`` trains small models; ``--once`` one model at the oldest cohort, judged forward.
``--restated`` states the generator's liquidation rate as its disposals show it: the retailer's own
statement is twice what it gets, as RV408 tells its reader, and no prediction can make up for that.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

from invval_xl.hosts.file.read import read_book  # noqa: E402
from invval_xl.hosts.file.write import author  # noqa: E402
from invval_xl.models.forest_pair import Caps  # noqa: E402
from invval_xl.models.train import Parameters  # noqa: E402
from invval_xl.monitoring.backtest import METHODS  # noqa: E402
from invval_xl.runs.monitor_book import MonitorRequest, monitor_book  # noqa: E402

if TYPE_CHECKING:
    from invval_xl.sources.demo.retailer import DemoRetailer

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
SMALL = Parameters(caps=Caps(rounds=12, leaves=7, forest_trees=8, max_rows=2_500))


def book(
    name: str, folder: Path, items: int, seed: int, locations: int = 4, *, restated: bool = False
) -> Path | None:
    """The workbook of a set, or ``None`` where its data is not here."""
    out = folder / f"{name}.xlsx"
    if name == "adw":
        from tests import adventureworks_book

        if not adventureworks_book.DATA.is_dir():
            return None
        adventureworks_book.build(out)
        return out
    from invval_xl.runs.demo import retailer_plans
    from invval_xl.sources.demo import generate

    retailer = generate(
        items=items, locations=locations, seed=seed, future_weeks=0, keep_events=False
    )
    if restated:
        retailer = as_disposed(retailer)
    author(retailer_plans(retailer), out, created=CREATED)
    return out


def as_disposed(retailer: DemoRetailer) -> DemoRetailer:
    """The same retailer, its liquidation rate stated as the disposals on file brought it."""
    gone = retailer.frames["Disposals"]
    ticket = retailer.frames["ItemMaster"].set_index("sku")["ticket_price"]
    brought = gone["net_proceeds"].sum() / (gone["units"] * gone["sku"].map(ticket)).sum()
    stated = retailer.frames["Assumptions"].copy()
    # a rate is of the price before the cost to sell, which comes off on C-3
    stated.loc[stated["name"] == "liquidation_rate", "value"] = str(round(brought / 0.92, 3))
    print(f"{len(gone)} disposals brought {brought:.1%} of ticket, net: stated so")
    return replace(retailer, frames={**retailer.frames, "Assumptions": stated})


def report(name: str, path: Path, request: MonitorRequest) -> None:
    """Look back and print every figure."""
    begun = time.process_time()
    done = monitor_book(
        read_book(path).value,
        request,
        lambda s, p: print(f"  {p:4.0%} {s}", file=sys.stderr),
    )
    back = done.lookback
    print(f"\n{name}: {len(back.cohorts)} cohorts looked back at from {back.as_of}, "
          f"{time.process_time() - begun:.0f} s of processor; lines without a price left "
          f"out, at cost {done.undetermined_cost:,.0f}")  # fmt: skip
    rows = back.rows
    for close, part in rows.groupby("cohort"):
        realised = part["realised"].sum()
        print(f"  {close} {len(part):5d} lines, cost {part['cost'].sum():12,.0f}, "
              f"realised {realised:11,.0f}; over it: "
              + ", ".join(f"{m} {part[m].sum() / realised:.2f}" for m in METHODS
                          if part[m].notna().any()))  # fmt: skip
    totals = []
    for method in (m for m in METHODS if rows[m].notna().any()):
        known = rows[rows[method].notna()]
        totals.append(f"{method} {known[method].sum() / known['realised'].sum():.2f}")
    print("  all: " + ", ".join(totals))
    for verdict in back.verdicts:
        if not verdict.category:
            print(f"  {verdict.method}: {'holds' if verdict.holds else 'FAILS'}, "
                  f"{verdict.because}")  # fmt: skip
    print(f"  red flag: {back.flag}")
    for said in back.intervals:
        print(f"  interval {said.cohort}: {said.rows} judged, covers {said.coverage:.1%}"
              f" with factor {said.factor:.2f}, next {said.next_factor:.2f}")  # fmt: skip
    for c in back.comparisons:
        print(f"  served against {c.challenger}: {c.difference:,.0f} "
              f"[{c.low:,.0f}, {c.high:,.0f}]")  # fmt: skip
    for f in done.findings:
        if f.code.startswith("MD"):
            print(f"  {f.code} {f.message}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["adw", "generator"])
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--locations", type=int, default=2)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--restated", action="store_true")
    given = parser.parse_args()
    request = MonitorRequest(parameters=SMALL if given.small else None, train_once=given.once)
    with tempfile.TemporaryDirectory() as folder:
        for name in given.sets:
            path = book(
                name, Path(folder), given.items, given.seed, given.locations,
                restated=given.restated,
            )  # fmt: skip
            if path is None:
                print(f"{name}: SKIPPED, ../shared/data is not here")
                continue
            report(name, path, request)


if __name__ == "__main__":
    main()
