"""Age of what is held, FIFO on the original receipt date: from cost layers, else from receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.ageing import age_days
from invval_xl.accounting.transfer_ageing import layers_through_transfers
from invval_xl.guidance.register import finding
from invval_xl.reserving.lines import by_line, keyed

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.lines import ItemLines
    from invval_xl.tables.table import Tables

__all__ = ["Ages", "measure_ages"]

_SLIVER = 1e-6  # sharing a transfer may leave a millionth of a unit behind


@dataclass(frozen=True, eq=False)
class Ages:
    """Per line: unit-weighted average and oldest age in days (NaN: unknown), and its source."""

    average_days: NDArray[np.float64]
    oldest_days: NDArray[np.float64]
    source: str
    findings: tuple[Finding, ...] = ()


def measure_ages(tables: Tables, lines: ItemLines, as_of: dt.date) -> Ages:
    """Age every line on original receipt dates.

    With CostLayers their own receipt dates count, which transfers keep. Without, layers are
    rebuilt from the balance set's receipts and transfers, first in, first out; units that no
    receipt explains are older than the first period and their line's age is unknown.
    """
    layers = tables.get("CostLayers")
    if layers is not None and len(layers):
        rows = keyed(lines, layers, ["receipt_date", "units_remaining"])
        dated = rows["receipt_date"] <= np.datetime64(as_of)  # a later or missing date is no age
        rows = rows[(rows["units_remaining"] > 0) & dated]
        dates = rows["receipt_date"].to_numpy().astype("datetime64[D]")
        line, units = rows["line"].to_numpy(), rows["units_remaining"].to_numpy(dtype=float)
        unexplained, source = np.zeros(len(lines)), layers.sheet
    else:
        line, dates, units, unexplained = _from_receipts(tables, lines, as_of)
        source = tables.balance_set.sheet
    days = np.maximum(age_days(dates, np.datetime64(as_of)), 0.0)
    n = len(lines)
    total = by_line(line, units, n)
    weighted = by_line(line, units * days, n)
    oldest = np.full(n, -np.inf)
    np.maximum.at(oldest, line, days)
    known = (total > 0) & (unexplained <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.where(known, weighted / total, np.nan)
    oldest = np.where(known, oldest, np.nan)
    return Ages(average, oldest, source, _unknown(tables, lines, known, as_of))


def _from_receipts(
    tables: Tables, lines: ItemLines, as_of: dt.date
) -> tuple[NDArray[np.int64], NDArray[np.datetime64], NDArray[np.float64], NDArray[np.float64]]:
    """Layers rebuilt from period totals; transfers keep the period of the original receipt."""
    import pandas as pd

    frame = tables.balance_set.frame
    frame = frame[frame["period_end"] <= np.datetime64(as_of)]
    holder, names = pd.factorize(frame["sku"] + "\x1f" + frame["location"])
    item = pd.factorize(frame["sku"])[0]
    ends, period = np.unique(
        frame["period_end"].to_numpy().astype("datetime64[D]"), return_inverse=True
    )

    def by_period(name: str) -> NDArray[np.float64]:
        grid = np.zeros((len(names), len(ends)))
        if name in frame:
            np.add.at(grid, (holder, period), np.maximum(frame[name].fillna(0.0).to_numpy(), 0.0))
        return grid

    item_of = np.zeros(len(names), dtype=np.int64)
    item_of[holder] = item
    opening = by_period("bop_units")[:, 0]
    held = layers_through_transfers(
        item_of,
        opening,
        by_period("receipts_units"),
        by_period("transfers_in_units"),
        by_period("transfers_out_units"),
        by_period("eop_units"),
    )
    place = pd.Index(names).get_indexer(lines.index)
    remaining = held.remaining_units[place]
    line, column = np.nonzero(remaining > _SLIVER)
    older = held.older_units[place]
    return line, ends[column], remaining[line, column], np.where(older > _SLIVER, older, 0.0)


def _unknown(
    tables: Tables, lines: ItemLines, known: NDArray[np.bool_], as_of: dt.date
) -> tuple[Finding, ...]:
    if known.all():
        return ()
    cost = float(lines.frame.loc[~known, "cost"].sum())
    first = tables.balance_set.frame["period_end"].min()
    least = (np.datetime64(as_of) - np.datetime64(first, "D")).astype(int)
    return (
        finding(
            "RV403",
            sheet=tables.balance_set.sheet,
            dollars=cost,
            cost=cost,
            count=int((~known).sum()),
            least=int(least),
        ),
    )
