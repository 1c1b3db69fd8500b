"""What happened, as arrays: sales, returns, receipts, stock counts and prices an item and day.

``Events`` is the one input of features and targets, whatever it was read from: checked tables of
a workbook, the shared public sets, or the demo retailer. Numpy alone, so that a typed cell can
import the room without pandas.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Events", "Stream", "day_number", "day_of"]

_EPOCH = dt.date(1970, 1, 1)
_DAY_BITS = 20  # days since 1970 fit for two thousand years; the item goes above them

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def day_number(day: dt.date) -> int:
    """Whole days since 1970-01-01.

    Examples
    --------
    >>> day_number(dt.date(2026, 11, 22))
    20779
    """
    return (day - _EPOCH).days


def day_of(number: int) -> dt.date:
    """The date of a day number.

    Examples
    --------
    >>> day_of(20779)
    datetime.date(2026, 11, 22)
    """
    return _EPOCH + dt.timedelta(days=int(number))


@dataclass(frozen=True, eq=False)
class Stream:
    """Dated values of items, sorted by item and day, with running sums for window totals.

    Parameters
    ----------
    item
        ``int64[n]`` position of the item.
    day
        ``int64[n]`` day number.
    values
        ``float64[n]`` each, by name.
    """

    item: Ints
    day: Ints
    values: dict[str, Floats]
    _key: Ints = field(init=False, repr=False)
    _running: dict[str, Floats] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        item = np.asarray(self.item, np.int64)
        day = np.asarray(self.day, np.int64)
        key = (item << _DAY_BITS) | day
        order = np.argsort(key, kind="stable")
        values = {name: np.asarray(v, np.float64)[order] for name, v in self.values.items()}
        object.__setattr__(self, "item", item[order])
        object.__setattr__(self, "day", day[order])
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "_key", key[order])
        running = {
            name: np.concatenate([[0.0], np.cumsum(np.nan_to_num(v))]) for name, v in values.items()
        }
        object.__setattr__(self, "_running", running)

    def __len__(self) -> int:
        return len(self.day)

    @classmethod
    def empty(cls, *names: str) -> Stream:
        """A stream in which nothing happened."""
        none = np.zeros(0, np.int64)
        return cls(none, none, {name: np.zeros(0) for name in names})

    def where(self, mask: NDArray[np.bool_]) -> Stream:
        """Only the rows of ``mask``."""
        kept = {name: v[mask] for name, v in self.values.items()}
        return Stream(self.item[mask], self.day[mask], kept)

    def bounds(self, n_items: int, start: int, stop: int) -> tuple[Ints, Ints]:
        """First row and one past the last of each item's events in ``[start, stop)``."""
        base = np.arange(n_items, dtype=np.int64) << _DAY_BITS
        low = np.searchsorted(self._key, base | max(start, 0), side="left")
        high = np.searchsorted(self._key, base | max(stop, 0), side="left")
        return low, high

    def total(self, name: str, n_items: int, start: int, stop: int) -> Floats:
        """Sum of ``name`` per item over ``[start, stop)``; 0 where nothing happened."""
        low, high = self.bounds(n_items, start, stop)
        running = self._running[name]
        return np.asarray(running[high] - running[low], np.float64)

    def count(self, n_items: int, start: int, stop: int) -> Floats:
        """Number of events per item over ``[start, stop)``."""
        low, high = self.bounds(n_items, start, stop)
        return (high - low).astype(np.float64)

    def latest(self, name: str, n_items: int, before: int, *, within: int = 0) -> Floats:
        """Last value before ``before``; NaN where none, or older than ``within`` days."""
        start = before - within if within else 0
        low, high = self.bounds(n_items, start, before)
        out = np.full(n_items, np.nan)
        some = high > low
        out[some] = self.values[name][high[some] - 1]
        return out

    def latest_day(self, n_items: int, before: int) -> Floats:
        """Day number of the last event before ``before``; NaN where none."""
        low, high = self.bounds(n_items, 0, before)
        out = np.full(n_items, np.nan)
        some = high > low
        out[some] = self.day[high[some] - 1]
        return out

    def first_day(self, n_items: int, before: int) -> Floats:
        """Day number of the first event before ``before``; NaN where none."""
        low, high = self.bounds(n_items, 0, before)
        out = np.full(n_items, np.nan)
        some = high > low
        out[some] = self.day[low[some]]
        return out

    def by_day(self) -> Stream:
        """One row per item and day, values added up; unknown adds nothing."""
        if not len(self):
            return self
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self._key) != 0]))
        summed = {
            name: np.add.reduceat(np.nan_to_num(v), starts) for name, v in self.values.items()
        }
        return Stream(self.item[starts], self.day[starts], summed)


def _no_text(n: int) -> NDArray[np.object_]:
    return np.full(n, None, dtype=object)


@dataclass(frozen=True, eq=False)
class Events:
    """Everything a model may know, dated.

    Parameters
    ----------
    sku, location
        ``object[n]`` of ``str``: one entry an item (SKU x location).
    sales
        ``units`` (gross, positive), ``value`` (net of discount, before returns) and
        ``list_value`` (the same units at regular price; NaN where unknown).
    returns
        ``units`` brought back, dated by the return.
    receipts
        ``units`` received (purchases and transfers in).
    stock
        ``units`` and ``cost`` (total) on hand at the end of the day.
    market
        ``price`` seen in the market.
    defects
        ``units`` found defective or damaged.
    disposals
        ``units`` liquidated or scrapped and their net ``proceeds``: what a reserve is looked back
        on with; no feature reads them.
    removed
        ``units`` gone without a sale or a disposal and their ``kind``, markout or return to the
        vendor (:mod:`invval_xl.models.lookback`); likewise for looking back only.
    lines
        Daily selling prices: ``price`` (the day's median line price), ``units`` and ``listed``
        (the day's regular price; NaN where unknown).
    category, supplier
        ``object[n]`` of ``str`` or ``None``.
    launch_day, list_price, shelf_life_days
        ``float64[n]``; NaN where unknown. ``list_price`` must be the regular price, not a
        ticket already marked down.
    description
        ``object[n]``; for the re-keying check only.
    last_day
        Day number of the last day on which the extract is alive; no label reaches past it.
    atypical
        Day ranges ``(first, last)`` the policy marks as atypical.
    first_day
        Day number of the first sale: no window of sales reaches past it.
    """

    sku: NDArray[np.object_]
    location: NDArray[np.object_]
    sales: Stream
    returns: Stream
    receipts: Stream
    stock: Stream
    market: Stream
    defects: Stream
    disposals: Stream
    removed: Stream
    lines: Stream
    category: NDArray[np.object_]
    supplier: NDArray[np.object_]
    launch_day: Floats
    list_price: Floats
    shelf_life_days: Floats
    description: NDArray[np.object_]
    first_day: int
    last_day: int
    atypical: tuple[tuple[int, int], ...] = ()

    @property
    def n_items(self) -> int:
        """Number of items (SKU x location)."""
        return len(self.sku)

    @property
    def has_stock(self) -> bool:
        """Whether stock on hand is known at all."""
        return len(self.stock) > 0

    def before(self, day: int) -> Events:
        """The same extract as it stood before ``day``: every later event gone."""
        cut = {
            name: (stream := getattr(self, name)).where(stream.day < day)
            for name in (
                "sales",
                "returns",
                "receipts",
                "stock",
                "market",
                "defects",
                "disposals",
                "removed",
                "lines",
            )
        }
        return replace(self, **cut, last_day=min(self.last_day, day - 1))

    def until(self, day: int) -> Events:
        """The same events with labels ending at ``day`` (the events after it stay)."""
        return replace(self, last_day=min(self.last_day, day))


def make_events(
    *,
    sku: Sequence[str] | NDArray[np.object_],
    location: Sequence[str] | NDArray[np.object_],
    sales: Stream,
    returns: Stream | None = None,
    receipts: Stream | None = None,
    stock: Stream | None = None,
    market: Stream | None = None,
    defects: Stream | None = None,
    disposals: Stream | None = None,
    removed: Stream | None = None,
    lines: Stream | None = None,
    category: NDArray[np.object_] | None = None,
    supplier: NDArray[np.object_] | None = None,
    launch_day: Floats | None = None,
    list_price: Floats | None = None,
    shelf_life_days: Floats | None = None,
    description: NDArray[np.object_] | None = None,
    atypical: tuple[tuple[int, int], ...] = (),
    last_day: int | None = None,
) -> Events:
    """Assemble ``Events`` from what is known; what is absent is unknown, never zero.

    ``last_day`` defaults to the last day of normal sales (:func:`invval_xl.models.audit.live_end`
    finds it), so that no label reads a dead tail as obsolescence.
    """
    from invval_xl.models.audit import live_end

    sku = np.asarray(sku, dtype=object)
    n = len(sku)
    nan = np.full(n, np.nan)
    first = int(sales.day.min()) if len(sales) else 0
    if "list_units" not in sales.values:
        listed = np.isfinite(sales.values["list_value"])
        more = {
            "list_units": np.where(listed, sales.values["units"], 0.0),
            "listed_net": np.where(listed, sales.values["value"], 0.0),
        }
        sales = Stream(sales.item, sales.day, {**sales.values, **more})
    if lines is None:
        daily = sales.by_day()
        units, value = daily.values["units"], daily.values["value"]
        sold = (units > 0) & (value > 0)
        counted = daily.values["list_units"][sold]
        listed_value = np.nan_to_num(daily.values["list_value"][sold])
        listed_price = np.full(len(counted), np.nan)
        np.divide(listed_value, counted, out=listed_price, where=counted > 0)
        lines = Stream(
            daily.item[sold],
            daily.day[sold],
            {"price": value[sold] / units[sold], "units": units[sold], "listed": listed_price},
        )
    return Events(
        sku=sku,
        location=np.asarray(location, dtype=object),
        sales=sales,
        returns=returns if returns is not None else Stream.empty("units"),
        receipts=receipts if receipts is not None else Stream.empty("units"),
        stock=stock if stock is not None else Stream.empty("units", "cost"),
        market=market if market is not None else Stream.empty("price"),
        defects=defects if defects is not None else Stream.empty("units"),
        disposals=disposals if disposals is not None else Stream.empty("units", "proceeds"),
        removed=removed if removed is not None else Stream.empty("units", "kind"),
        lines=lines,
        category=category if category is not None else _no_text(n),
        supplier=supplier if supplier is not None else _no_text(n),
        launch_day=launch_day if launch_day is not None else nan,
        list_price=list_price if list_price is not None else nan,
        shelf_life_days=shelf_life_days if shelf_life_days is not None else nan,
        description=description if description is not None else _no_text(n),
        first_day=first,
        last_day=live_end(sales) if last_day is None else last_day,
        atypical=atypical,
    )
