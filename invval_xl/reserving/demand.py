"""Demand: how fast each line sells, over which days, and from which sheet that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.guidance.register import finding
from invval_xl.reserving.lines import ItemLines, by_line, keyed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from numpy.typing import NDArray

    from invval_xl.findings import Finding
    from invval_xl.tables.table import Table, Tables

__all__ = ["Demand", "measure_demand"]

LEAST_EXPOSURE_DAYS = 28  # four weeks on sale; below that a rate is not a rate
STALE_AFTER_DAYS = 14


@dataclass(frozen=True, eq=False)
class Demand:
    """Per line: units sold, exposure, daily rate (NaN: unknown) and the recent average price.

    ``units_30d``/``units_90d`` are gross units in the last 30 and 90 days; ``rate`` is units a
    day over ``exposure_days`` of the policy's window; ``average_price`` is net sales over units
    in the window; ``source`` names the sheet.
    """

    units_30d: NDArray[np.float64]
    units_90d: NDArray[np.float64]
    units_window: NDArray[np.float64]
    exposure_days: NDArray[np.float64]
    rate: NDArray[np.float64]
    average_price: NDArray[np.float64]
    source: NDArray[np.object_]
    window_end: dt.date
    findings: tuple[Finding, ...] = ()


def measure_demand(
    tables: Tables,
    lines: ItemLines,
    as_of: dt.date,
    window_days: float,
) -> Demand:
    """Daily demand from SalesHistory, else from the balance set's sales.

    A line first held within the window is rated over the days it was there; one held for less
    than four weeks has no rate. A SKU that SalesHistory never mentions is rated from the balance
    set.
    """
    n = len(lines)
    findings: list[Finding] = []
    exposure = np.minimum(_days_held(tables, lines, as_of), window_days)
    source = np.full(n, "BalanceSet", dtype=object)
    units_30d, units_90d, units_window = (np.full(n, np.nan) for _ in range(3))
    price = np.full(n, np.nan)
    end = as_of
    history = tables.get("SalesHistory")
    if history is not None and len(history):
        last = history.frame["date"].max().date()
        if (as_of - last).days > STALE_AFTER_DAYS:
            findings.append(finding("RV401", sheet=history.sheet, last=last, as_of=as_of))
            end = last
        known = lines.frame["sku"].astype(object).isin(history.frame["sku"]).to_numpy()
        sold = _sold(lines, history, end, window_days)
        source[known] = "SalesHistory"
        units_30d[known] = sold["units_30d"][known]
        units_90d[known] = sold["units_90d"][known]
        units_window[known] = sold["units_window"][known]
        price[known] = sold["price"][known]
    rest = source == "BalanceSet"
    if rest.any():
        booked = _booked(tables, lines, as_of, window_days)
        units_window[rest] = booked["units_window"][rest]
        units_30d[rest] = booked["units_30d"][rest]
        units_90d[rest] = booked["units_90d"][rest]
        price[rest] = booked["price"][rest]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(exposure >= LEAST_EXPOSURE_DAYS, units_window / exposure, np.nan)
    return Demand(
        units_30d, units_90d, units_window, exposure, rate, price, source, end, tuple(findings)
    )


def _days_held(tables: Tables, lines: ItemLines, as_of: dt.date) -> NDArray[np.float64]:
    """Days since the start of the first period that held the line; infinite if the book's first."""
    rows = keyed(lines, tables.balance_set, ["period_end", "bop_units", "eop_units"])
    ends = np.unique(tables.balance_set.frame["period_end"].to_numpy().astype("datetime64[D]"))
    starts = np.concatenate([[np.datetime64("0001-01-01")], ends[:-1] + 1])
    active = (rows["bop_units"].fillna(0) > 0) | (rows["eop_units"].fillna(0) > 0)
    rows = rows[active.to_numpy()]
    period = np.searchsorted(ends, rows["period_end"].to_numpy().astype("datetime64[D]"))
    first = np.full(len(lines), len(ends) - 1)
    np.minimum.at(first, rows["line"].to_numpy(), period)
    days = (np.datetime64(as_of) - starts[first]).astype(np.float64) + 1
    return np.where(first == 0, np.inf, days)


def _sold(
    lines: ItemLines, history: Table, end: dt.date, window_days: float
) -> dict[str, NDArray[np.float64]]:
    """Sum sales lines into the windows; sales without a location are shared by units on hand."""
    rows = keyed(lines, history, ["date", "units", "net_sales"])
    rows = rows[rows["units"] > 0]
    age = (np.datetime64(end) - rows["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    line = rows["line"].to_numpy()
    n = len(lines)
    share = _share(lines) if len(rows) and bool(rows["shared"].all()) else None
    out: dict[str, NDArray[np.float64]] = {}
    for name, days, column in (
        ("units_30d", 30.0, "units"),
        ("units_90d", 90.0, "units"),
        ("units_window", window_days, "units"),
        ("sales_window", window_days, "net_sales"),
    ):
        inside = (age >= 0) & (age < days)
        sold = by_line(line, np.where(inside, rows[column].to_numpy(), 0.0), n)
        out[name] = sold if share is None else share(sold)
    with np.errstate(divide="ignore", invalid="ignore"):
        out["price"] = np.where(
            out["units_window"] > 0, out["sales_window"] / out["units_window"], np.nan
        )
    return out


def _share(lines: ItemLines) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """How a SKU's sum is shared over its lines by units on hand, where sales name no location."""
    codes = lines.frame["sku"].factorize()[0].astype(np.int64)
    units = lines.frame["units_on_hand"].to_numpy()
    share = units / by_line(codes, units, len(lines))[codes]
    return lambda sold: by_line(codes, sold, len(lines))[codes] * share


def _booked(
    tables: Tables, lines: ItemLines, as_of: dt.date, window_days: float
) -> dict[str, NDArray[np.float64]]:
    """Units and retail sold by the balance set's own periods that lie inside the window."""
    balance = tables.balance_set
    columns = ["period_end", "sales_units"]
    has_retail = "sales_retail" in balance.frame
    rows = keyed(lines, balance, [*columns, *(["sales_retail"] if has_retail else [])])
    ends = np.unique(rows["period_end"].to_numpy().astype("datetime64[D]"))
    ends = ends[ends <= np.datetime64(as_of)]
    line = rows["line"].to_numpy()
    period = rows["period_end"].to_numpy().astype("datetime64[D]")
    length = float(np.median(np.diff(ends).astype(np.int64))) if len(ends) > 1 else 30.0
    n = len(lines)
    out: dict[str, NDArray[np.float64]] = {}
    for name, days in (("units_30d", 30.0), ("units_90d", 90.0), ("units_window", window_days)):
        periods = max(1, round(days / length))
        inside = np.isin(period, ends[-periods:])
        units = np.nan_to_num(rows["sales_units"].to_numpy())
        scale = days / (periods * length)
        sold = by_line(line, np.where(inside, units, 0.0), n)
        out[name] = sold * scale if periods * length > 0 else sold
        if name == "units_window" and has_retail:
            retail = np.nan_to_num(rows["sales_retail"].to_numpy())
            value = by_line(line, np.where(inside, retail, 0.0), n)
            with np.errstate(divide="ignore", invalid="ignore"):
                out["price"] = np.where(sold > 0, value / sold, np.nan)
    out.setdefault("price", np.full(n, np.nan))
    return out
