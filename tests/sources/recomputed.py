"""The books a second time, by another road: from the weekly postings alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

# accounting.md B2, typed by hand: what each measure does to EOP in units, cost and retail
EFFECT = {
    "receipts": (1, 1, 1),
    "transfers_in": (1, 1, 1),
    "customer_returns": (1, 1, 1),
    "adjustments": (1, 1, 1),
    "sales": (-1, -1, -1),
    "transfers_out": (-1, -1, -1),
    "vendor_returns": (-1, -1, -1),
    "shrink": (-1, -1, -1),
    "markouts": (-1, -1, -1),
    "freight": (0, 1, 0),
    "vendor_allowances": (0, -1, 0),
    "revaluation": (0, 1, 0),
    "write_downs": (0, -1, 0),
    "markdowns": (0, 0, -1),
    "promotional_markdowns": (0, 0, -1),
    "employee_discounts": (0, 0, -1),
    "markups": (0, 0, 1),
    "markdown_cancellations": (0, 0, 1),
    "markup_cancellations": (0, 0, -1),
}
BLOCKS = ("units", "cost", "retail")
KEYS = ["sku", "location"]


def month_end(dates: pd.Series) -> pd.Series:
    return dates + pd.offsets.MonthEnd(0)


def balances(events: pd.DataFrame, block: str) -> pd.DataFrame:
    """Balance of each SKU-location after each month, from nothing, by running totals."""
    place = BLOCKS.index(block)
    rows = events[events["block"] == block]
    signed = rows["value"] * rows["measure"].map({m: e[place] for m, e in EFFECT.items()})
    moves = rows[KEYS].assign(period_end=month_end(rows["week_end"]), running=signed)
    months = pd.date_range(moves["period_end"].min(), moves["period_end"].max(), freq="ME")
    wide = moves.pivot_table("running", KEYS, "period_end", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=months, fill_value=0.0).cumsum(axis=1)
    return wide.melt(var_name="period_end", value_name="running", ignore_index=False).reset_index()


def footing(book: pd.DataFrame, block: str) -> pd.Series:
    """Reported less computed EOP of each row."""
    place = BLOCKS.index(block)
    computed = book[f"bop_{block}"].copy()
    for measure, effect in EFFECT.items():
        if effect[place]:
            computed += effect[place] * book[f"{measure}_{block}"]
    return (book[f"eop_{block}"] - computed).round(2)


def discontinuity(book: pd.DataFrame, block: str) -> pd.Series:
    """BOP less the EOP of the period before, 0 for a first row."""
    before = book.groupby(KEYS)[f"eop_{block}"].shift()
    return (book[f"bop_{block}"] - before).fillna(0.0).round(2)


def last_period(book: pd.DataFrame) -> pd.DataFrame:
    return book[book["period_end"] == book["period_end"].max()].set_index(KEYS)


def layer_totals(layers: pd.DataFrame) -> pd.DataFrame:
    cost = layers["units_remaining"] * layers["unit_cost"]
    return (
        layers.assign(cost=cost).groupby(KEYS)[["units_remaining", "cost"]].sum().astype(np.float64)
    )
