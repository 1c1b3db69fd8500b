"""A retailer's book as an analyst would have had it at an earlier close: cut by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd

from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
DATED = {"BalanceSet": "period_end", "SalesHistory": "date", "MarketPrices": "date",
         "Quality": "date", "Disposals": "date"}  # fmt: skip
PRESENT = ("CostLayers", "FirmOrders", "PurchaseCommitments", "OpeningReserve")


def cut_book(retailer, close: str, book: Path) -> Path:
    """Write the book as of ``close``: later rows and the sheets of the present state are gone."""
    day = pd.Timestamp(close)
    frames = dict(retailer.frames)
    for name, column in DATED.items():
        frames[name] = frames[name][frames[name][column] <= day].reset_index(drop=True)
    for name in PRESENT:
        frames.pop(name, None)
    frames["Assumptions"] = frames["Assumptions"].assign(effective_from=pd.NaT)
    balance = frames["BalanceSet"]
    held = balance[balance["period_end"] == day]
    said = {"period_end": day.date(), "gl_inventory": round(float(held["eop_cost"].sum()), 2),
            "gl_reserve": 0.0}  # fmt: skip
    control = frames["Control"]
    frames["Control"] = control.assign(
        value=[said.get(n, v) for n, v in control[["setting", "value"]].itertuples(index=False)]
    )
    author(retailer_plans(replace(retailer, frames=frames)), book, created=CREATED)
    return book
