"""Age of what is held, FIFO on the original receipt date: from cost layers, else from receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.ageing import age_days, remaining_fifo
from invval_xl.guidance.register import finding
from invval_xl.reserving.lines import by_line, keyed

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.reserving.lines import ItemLines
    from invval_xl.tables.table import Tables

__all__ = ["Ages", "measure_ages"]


@dataclass(frozen=True, eq=False)
class Ages:
    """Per line: unit-weighted average and oldest age in days (NaN: unknown), and its source."""

    average_days: NDArray[np.float64]
    oldest_days: NDArray[np.float64]
    source: str
    findings: tuple[Finding, ...] = ()


def measure_ages(tables: Tables, lines: ItemLines, as_of: dt.date) -> Ages:
    """Age every line on original receipt dates.

    With CostLayers their own receipt dates count, which transfers keep. Without, the newest
    receipts of the balance set that cover the units on hand are taken as held; units that no
    receipt explains are older than the first period and their line's age is unknown.
    """
    layers = tables.get("CostLayers")
    if layers is not None and len(layers):
        rows = keyed(lines, layers, ["receipt_date", "units_remaining"])
        rows = rows[(rows["units_remaining"] > 0) & rows["receipt_date"].notna()]
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
    balance = tables.balance_set
    rows = keyed(lines, balance, ["period_end", "receipts_units", "bop_units"])
    rows = rows[rows["period_end"] <= np.datetime64(as_of)]
    received = np.maximum(np.nan_to_num(rows["receipts_units"].to_numpy(dtype=float)), 0.0)
    held = received > 0
    line = rows["line"].to_numpy()[held]
    dates = rows["period_end"].to_numpy().astype("datetime64[D]")[held]
    aged = remaining_fifo(line, dates, received[held], lines.frame["units_on_hand"].to_numpy())
    left = aged.remaining_units > 0
    return line[left], dates[left], aged.remaining_units[left], aged.unexplained_units


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
