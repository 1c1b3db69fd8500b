"""What is known of each item before a date: the raw facts that features are derived from.

Every fact is a ``float64`` column with NaN for unknown. ``facts_at`` computes them from events
dated before ``as_of`` and nothing else; a typed cell gives the first few by hand and leaves the
rest unknown. Both go through :func:`invval_xl.models.features.derive`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints, Stream

__all__ = ["CELL_FACTS", "Facts", "facts_at", "price_ratio", "reference_price"]

CELL_FACTS = (
    "unit_cost",
    "units_on_hand",
    "age_days",
    "units_sold_30d",
    "units_sold_90d",
    "average_price_90d",
    "market_price",
)
_STALE_STOCK_DAYS = 45  # a monthly count is current until the next one is overdue
_PRICE_DAYS = 120
_PRICE_QUANTILE = 0.75


@dataclass(frozen=True, eq=False)
class Facts:
    """Known facts of the items of one date, one column each.

    Parameters
    ----------
    columns
        ``float64[n]`` by name; NaN is unknown.
    category, supplier, location
        ``object[n]`` of ``str`` or ``None``.
    item
        Position in ``Events`` of each row.
    as_of
        Day number: only events before it were used.
    """

    columns: dict[str, NDArray[np.float64]]
    category: NDArray[np.object_]
    supplier: NDArray[np.object_]
    location: NDArray[np.object_]
    item: Ints
    as_of: int

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: Ints | NDArray[np.bool_]) -> Facts:
        """Only ``rows``."""
        return Facts(
            {name: column[rows] for name, column in self.columns.items()},
            self.category[rows],
            self.supplier[rows],
            self.location[rows],
            self.item[rows],
            self.as_of,
        )


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """``top / bottom`` with NaN where the divisor is not above zero."""
    out = np.full(len(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def _trailing_quantile(lines: Stream, n: int, start: int, stop: int, q: float) -> Floats:
    """Lower ``q`` quantile of the daily prices of each item in ``[start, stop)``."""
    low, high = lines.bounds(n, start, stop)
    held = (lines.day >= start) & (lines.day < stop)
    item, price = lines.item[held], lines.values["price"][held]
    order = np.lexsort((price, item))
    price = price[order]
    size = high - low
    begin = np.cumsum(size) - size
    out = np.full(n, np.nan)
    some = size > 0
    out[some] = price[begin[some] + np.floor(q * (size[some] - 1) + 0.5).astype(np.int64)]
    return out


def reference_price(events: Events, as_of: int) -> Floats:
    """Regular price of each item before ``as_of``.

    In order of evidence: the regular price on the sales lines of the last 120 days (unit
    weighted), the list price of the master, the 75th percentile of the daily median line prices
    of the last 120 days. Never a maximum, never a price of ``as_of`` or later.
    """
    n = events.n_items
    start = as_of - _PRICE_DAYS
    sales = events.sales
    listed = _ratio(
        sales.total("list_value", n, start, as_of), sales.total("list_units", n, start, as_of)
    )
    trailing = _trailing_quantile(events.lines, n, start, as_of, _PRICE_QUANTILE)
    price = np.where(np.isfinite(listed), listed, events.list_price)
    return np.where(np.isfinite(price), price, trailing)


def price_ratio(events: Events, start: int, stop: int, reference: Floats) -> Floats:
    """Price paid in ``[start, stop)`` over the regular price, per item; NaN where nothing sold.

    Where the lines carry their regular price: net over regular value of the same units, so that
    a change of mix between channels or pack sizes is no markdown. Else the median of the daily
    median line prices over ``reference``.
    """
    n = events.n_items
    listed = _ratio(
        events.sales.total("listed_net", n, start, stop),
        events.sales.total("list_value", n, start, stop),
    )
    middle = _trailing_quantile(events.lines, n, start, stop, 0.5)
    return np.where(np.isfinite(listed), listed, _ratio(middle, reference))


def _codes(labels: NDArray[np.object_]) -> tuple[Ints, int]:
    """Group number of each label (``None`` is a group of its own) and how many groups."""
    _, code = np.unique([("" if v is None else str(v)) for v in labels], return_inverse=True)
    return code.astype(np.int64), int(code.max(initial=-1)) + 1


def _pooled(values: Floats, code: Ints, groups: int) -> Floats:
    """Group total of ``values``, given back to each member."""
    return np.asarray(np.bincount(code, weights=values, minlength=groups)[code], np.float64)


def facts_at(events: Events, as_of: int) -> Facts:
    """Facts of every item from events before ``as_of`` (a day number).

    Returns
    -------
    Facts
        All items of ``events`` in their order; :func:`invval_xl.models.targets.population`
        says which of them stand in the population.
    """
    n = events.n_items
    t = as_of
    sales, lines = events.sales, events.lines
    begun = events.first_day
    c: dict[str, NDArray[np.float64]] = {}
    on_hand = events.stock.latest("units", n, t, within=_STALE_STOCK_DAYS)
    cost = events.stock.latest("cost", n, t, within=_STALE_STOCK_DAYS)
    c["unit_cost"] = _ratio(cost, on_hand)
    c["units_on_hand"] = on_hand
    starts = [events.receipts.first_day(n, t), sales.first_day(n, t), events.stock.first_day(n, t)]
    launch = np.where(events.launch_day < t, events.launch_day, np.nan)
    first = np.fmin.reduce([*starts, launch])
    receipt = events.receipts.latest_day(n, t)
    # Age by the oldest receipt the units on hand can come from: receipts walked back in time.
    c["age_days"] = t - _oldest_receipt(events, on_hand, t, first)
    for days in (30, 60, 90, 180, 365):
        sold = sales.total("units", n, t - days, t)
        # Before the extract begins nothing is known: no window reaches past its first day.
        c[f"units_sold_{days}d"] = sold if t - days >= begun - 3 else np.full(n, np.nan)
    c["units_sold_all"] = sales.total("units", n, 0, t)
    c["average_price_90d"] = _ratio(
        sales.total("value", n, t - 90, t), sales.total("units", n, t - 90, t)
    )
    c["market_price"] = events.market.latest("price", n, t)
    c["days_since_last_sale"] = t - sales.latest_day(n, t)
    c["days_since_receipt"] = t - receipt
    c["tenure_days"] = t - first
    c["history_days"] = np.full(n, float(t - begun))
    c["sale_days_90"] = lines.count(n, t - 90, t)
    c["sale_days_30"] = lines.count(n, t - 30, t)
    c["reference_price"] = reference_price(events, t)
    for days in (30, 60):
        c[f"average_price_{days}d"] = _ratio(
            sales.total("value", n, t - days, t), sales.total("units", n, t - days, t)
        )
        c[f"price_ratio_{days}d"] = price_ratio(events, t - days, t, c["reference_price"])
    c["price_ratio_90d"] = price_ratio(events, t - 90, t, c["reference_price"])
    c["price_ratio_prior"] = price_ratio(events, t - 180, t - 90, c["reference_price"])
    c["average_price_prior"] = _ratio(
        sales.total("value", n, t - 180, t - 90), sales.total("units", n, t - 180, t - 90)
    )
    last_listed = lines.latest("listed", n, t)
    regular = np.where(np.isfinite(last_listed), last_listed, c["reference_price"])
    c["last_price_ratio"] = _ratio(lines.latest("price", n, t), regular)
    # units sold at ten points or more under the reference in the last 90 days
    recent = (lines.day >= t - 90) & (lines.day < t)
    whose, asked = lines.item[recent], lines.values["price"][recent]
    listed = lines.values["listed"][recent]
    low = asked < 0.9 * np.where(np.isfinite(listed), listed, c["reference_price"][whose])
    cheap = np.bincount(whose[low], weights=lines.values["units"][recent][low], minlength=n)
    c["discounted_units_90d"] = cheap.astype(np.float64)
    c["units_returned_90d"] = events.returns.total("units", n, t - 90, t)
    c["units_returned_365d"] = events.returns.total("units", n, t - 365, t)
    c["units_received_90d"] = events.receipts.total("units", n, t - 90, t)
    c["units_received_365d"] = events.receipts.total("units", n, t - 365, t)
    c["defect_units_365d"] = events.defects.total("units", n, t - 365, t)
    c["shelf_life_days"] = events.shelf_life_days.astype(np.float64)
    _group_facts(events, t, c)
    return Facts(
        c, events.category, events.supplier, events.location, np.arange(n, dtype=np.int64), t
    )


def _oldest_receipt(events: Events, on_hand: Floats, t: int, first: Floats) -> Floats:
    """Day of the oldest receipt still on hand, first in first out; the first event otherwise."""
    n = events.n_items
    receipts = events.receipts
    if not len(receipts) or not np.isfinite(on_hand).any():
        return first
    low, high = receipts.bounds(n, 0, t)
    running = receipts._running["units"]  # noqa: SLF001 - a room's own class
    # units received from row r up to t cover the stock where running[high] - running[r] >= stock
    goal = running[high] - np.nan_to_num(on_hand)
    row = np.searchsorted(running, goal + 1e-9, side="right") - 1
    covered = (row >= low) & (row < high) & (on_hand > 0)
    day = np.where(covered, receipts.day[np.clip(row, 0, len(receipts) - 1)], first)
    return np.asarray(np.where(on_hand > 0, day, receipts.latest_day(n, t)), np.float64)


def _group_facts(events: Events, t: int, c: dict[str, NDArray[np.float64]]) -> None:
    """What the item's category, location, supplier and other locations say of it."""
    n = events.n_items
    sales, begun = events.sales, events.first_day
    category, n_cat = _codes(events.category)
    location, n_loc = _codes(events.location)
    supplier, n_sup = _codes(events.supplier)
    sku, n_sku = _codes(events.sku)
    u90 = sales.total("units", n, t - 90, t)
    u30 = sales.total("units", n, t - 30, t)
    c["category_trend"] = _ratio(3.0 * _pooled(u30, category, n_cat), _pooled(u90, category, n_cat))
    c["elsewhere_units_90d"] = _pooled(u90, sku, n_sku) - u90
    for ahead in (30, 60, 90):
        name = f"category_last_year_{ahead}"
        if t - 365 - 90 >= begun:
            next_then = sales.total("units", n, t - 365, t - 365 + ahead) / ahead
            before_then = sales.total("units", n, t - 365 - 90, t - 365) / 90.0
            c[name] = _ratio(
                _pooled(next_then, category, n_cat), _pooled(before_then, category, n_cat)
            )
        else:
            c[name] = np.full(n, np.nan)
    cheap = c["discounted_units_90d"]
    for name, code, groups in (
        ("category_discount_share", category, n_cat),
        ("location_discount_share", location, n_loc),
    ):
        c[name] = _ratio(_pooled(cheap, code, groups), _pooled(u90, code, groups))
    returned = c["units_returned_365d"]
    year = sales.total("units", n, t - 365, t)
    c["supplier_return_rate"] = _ratio(
        _pooled(returned, supplier, n_sup), _pooled(year, supplier, n_sup)
    )
