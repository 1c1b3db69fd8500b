"""Random balance sets that foot by construction, in whole cents, and ways to break one thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from invval_xl.tables.contracts import BALANCE_MEASURES, CONTRACTS
from invval_xl.tables.grid import BookFacts, column_letter
from invval_xl.tables.table import Control, Table, Tables
from invval_xl.terms import CostFlow, Framework

if TYPE_CHECKING:
    import datetime as dt

SHEET = "BalanceSet"
BLOCKS = ("units", "cost", "retail")
ADD = ("receipts", "transfers_in", "customer_returns", "adjustments")
TAKE = ("sales", "transfers_out", "vendor_returns", "shrink", "markouts")


@dataclass(frozen=True)
class Shape:
    """How large a balance set is and how large its figures are."""

    skus: int = 3
    places: int = 3
    periods: int = 3
    most_units: int = 5_000
    revalue: bool = True


def clean_rows(seed: int, shape: Shape = Shape()) -> pd.DataFrame:
    """A balance set with every measure, that foots in units, cost and retail to the cent."""
    rng = np.random.default_rng(seed)
    ends = pd.date_range("2026-10-31", periods=shape.periods, freq="-1ME")[::-1]
    rows: list[dict[str, object]] = []
    for s in range(shape.skus):
        ticket = int(rng.integers(500, 20_000))
        unit = int(ticket * rng.uniform(0.3, 0.7))
        held = rng.integers(shape.most_units // 4, shape.most_units, shape.places)
        cost = held * unit
        for end in ends:
            moved = int(rng.integers(0, max(min(held) // 4, 1))) if shape.places > 1 else 0
            for p in range(shape.places):
                row, held[p], cost[p] = _month(rng, p, shape, int(held[p]), int(cost[p]), unit,
                                               ticket, moved)  # fmt: skip
                rows.append({"sku": f"{s:05d}", "location": f"S{p}", "period_end": end, **row})
    frame = pd.DataFrame(rows)
    names = [c.name for c in CONTRACTS[SHEET].columns if c.name in frame]
    frame = frame[names].astype({"sku": object, "location": object})
    frame["period_end"] = frame["period_end"].to_numpy().astype("datetime64[ns]")
    return frame


def _month(rng, place, shape, held, cost, unit, ticket, moved):
    """One row: units drawn, cost at average (sales take what is left at zero units)."""
    units = {"receipts": int(rng.integers(0, 3)) * int(rng.integers(1, shape.most_units))}
    units["customer_returns"] = int(rng.integers(0, 9))
    units["adjustments"] = max(int(rng.integers(-3, 4)), -held // 4)
    units["transfers_in"] = moved if place == 1 else 0
    units["transfers_out"] = moved if place == 0 else 0
    room = held + sum(units.get(n, 0) for n in ADD) - units["transfers_out"]
    for name in ("vendor_returns", "shrink", "markouts"):
        units[name] = int(rng.integers(0, max(room // 50, 1)))
        room -= units[name]
    units["sales"] = int(rng.integers(0, room + 1))
    end = room - units["sales"]
    row: dict[str, object] = {"bop_units": float(held), "eop_units": float(end)}
    money = {name: round(n * unit) for name, n in units.items()}
    money["freight"] = int(rng.integers(0, 5_000)) if units["receipts"] else 0
    money["vendor_allowances"] = int(rng.integers(0, 1_000)) if units["receipts"] else 0
    money["write_downs"] = 0
    money["revaluation"] = int(rng.integers(-2_000, 2_000)) if shape.revalue and end else 0
    sign = {m.name: m.cost for m in BALANCE_MEASURES if m.cost}
    closing = cost + sum(sign[n] * v for n, v in money.items())
    if end == 0 or closing <= 0:
        money["sales"] += closing - (0 if end == 0 else end * unit)
        closing = 0 if end == 0 else end * unit
    retail = {name: n * ticket for name, n in units.items()}
    for block, values, opening, final in (
        ("units", units, held, end),
        ("cost", money, cost, closing),
        ("retail", retail, held * ticket, end * ticket),
    ):
        scale = 1 if block == "units" else 100
        row[f"bop_{block}"], row[f"eop_{block}"] = opening / scale, final / scale
        for name, value in values.items():
            row[f"{name}_{block}"] = value / scale
    return row, end, closing


def tables_of(
    frame: pd.DataFrame,
    *,
    ticket: bool = True,
    cost_method: CostFlow = CostFlow.AVERAGE,
    gl_inventory: float | None = None,
    others: dict[str, pd.DataFrame] | None = None,
) -> Tables:
    """Tables over a balance set: every row stands on the sheet row after the one before."""
    frame = frame.reset_index(drop=True)
    last = frame["period_end"].max()
    if gl_inventory is None:
        gl_inventory = round(float(frame.loc[frame["period_end"] == last, "eop_cost"].sum()), 2)
    skus = pd.Series(sorted(set(frame["sku"])), dtype=object)
    items = pd.DataFrame({"sku": skus, "category": pd.Series(["A"] * len(skus), dtype=object)})
    if ticket and "eop_retail" in frame:
        held = frame[frame["eop_units"] > 0]
        price = (held["eop_retail"] / held["eop_units"]).groupby(held["sku"]).median().round(2)
        items["ticket_price"] = skus.map(price).astype(float)
    by_name = {SHEET: table_of(SHEET, frame), "ItemMaster": table_of("ItemMaster", items)}
    by_name |= {name: table_of(name, other) for name, other in (others or {}).items()}
    end: dt.date = pd.Timestamp(last).date()
    control = Control("Acme", end, Framework.US_GAAP, "USD", cost_method, gl_inventory,
                      cells={"gl_inventory": "B7"})  # fmt: skip
    return Tables(control, by_name, BookFacts("memory.xlsx"))


def table_of(name: str, frame: pd.DataFrame) -> Table:
    """A checked sheet with its header in row 1 and a column a letter."""
    letters = {c: column_letter(i + 1) for i, c in enumerate(frame.columns)}
    frame = frame.reset_index(drop=True)
    return Table(name, name, frame, np.arange(2, len(frame) + 2), letters)


def with_control(tables: Tables, **changes: object) -> Tables:
    """The same tables under a changed Control sheet."""
    return replace(tables, control=replace(tables.control, **changes))
