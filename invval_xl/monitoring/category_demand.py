"""Demand of each category against the course it took a year before.

The stability index pools all lines, so the fall of one category hides among the others. Here every
item of a category is its own control: the logarithm of its units of the newest four weeks over its
four-week mean of a quarter before (so long before that a shift of the last two months is in none of
it). The category's figure is their 20 % trimmed mean, which an item that was superseded does not
move; the same figure 52 weeks earlier takes the season off. The difference is judged by Yuen's test
of two trimmed means (*Biometrika* 1974), whose error comes from how much the items themselves
differ: a small range can only show a large fall, and ``least_fall`` says which. Weather, feasts and
campaigns move the items of a category together: where the statistics of the other categories and of
the months before spread wider than the items explain, the error is wider by as much (Birge 1932).

As for the index, a call needs two periods running, the same way, each beyond a level whose chance
keeps all categories of a year together to their part of the policy's false-call rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.drift import chance_of_two_running, student_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from invval_xl.models.events import Events

    Floats = NDArray[np.float64]

__all__ = ["LEAST_ITEMS", "DemandSignal", "find_demand_shifts", "history_needed"]

_WINDOW = 28  # days: whole weeks, the same weekdays everywhere
_BASE = 3  # windows the mean is taken over
_SKIP = 84  # days between the as-of day and the end of the base
_YEAR = 364  # 52 weeks: the same weekdays, the same feasts within a day or two
_SLACK_DAYS = 3  # the first sale may stand a weekend after the extract's first day
_STALE_STOCK_DAYS = 45  # as for the facts: a monthly count holds until the next is overdue
_LEAST_UNITS = 3.0  # a window; below it a logarithm says little
LEAST_ITEMS = 12  # in both years
_TRIM = 0.20
_MEMORY = 14  # closes whose statistics tell how far categories depart by themselves
_LEAST_SEEN = 10  # of those statistics
_MEDIAN_OF_NORMAL = 0.6745  # of absolute values
_MEDIAN_ERROR = 1.17  # standard error of a spread by that median, times the root of their number
_ROOM = 1.0  # standard errors beyond the level: then two running are seen twice in three


@dataclass(frozen=True)
class DemandSignal:
    """One category in one period.

    Parameters
    ----------
    category, period
        ``period`` is the close.
    items, items_before
        Items sold steadily through the base and still in stock, now and a year before.
    ratio
        Demand over what last year's course would have made of it: 1 is no change.
    deviation, level
        Yuen's statistic, and the size of it that is above chance.
    least_fall
        The fall of demand that so many items would show: called within two periods in about
        two cases of three. 0.4 is a fall by 40 %.
    above, called
        Beyond the level; beyond it the same way in the period before as well.
    """

    category: str
    period: str
    items: int
    items_before: int
    ratio: float
    deviation: float
    level: float
    least_fall: float
    above: bool
    called: bool


def history_needed() -> int:
    """Days of sales before a close that a test of it needs."""
    return _YEAR + _SKIP + _BASE * _WINDOW


def find_demand_shifts(
    events: Events, closes: Sequence[tuple[int, str]], *, newest: int, false_call_rate: float
) -> tuple[DemandSignal, ...]:
    """Hold each category's demand against last year's course, close by close.

    Parameters
    ----------
    closes
        ``(as-of day, period)``, oldest first, a month apart. One with too little history before it
        says nothing.
    newest
        How many of the newest closes are judged; those before them tell how far categories depart
        from last year's course by themselves.
    false_call_rate
        Calls a year asked for where nothing changed, all categories together.

    Returns
    -------
    tuple[DemandSignal, ...]
        Newest period first, within it the largest deviation first; categories with too few items,
        or too little to compare them with, are left out.
    """
    items = _Items.of(events)
    months = [
        {d.category: d for d in _differences(items, day)}
        if day - history_needed() >= events.first_day - _SLACK_DAYS
        else {}
        for day, _ in closes
    ]
    most = max((len(found) for found in months[-newest:]), default=0)
    if not most:
        return ()
    chance = chance_of_two_running(2 * most, false_call_rate)  # falls and rises
    before: dict[str, DemandSignal] = {}
    out: list[DemandSignal] = []
    for at in range(max(len(closes) - newest, 0), len(closes)):
        judged = [
            _judged(d, closes[at][1], chance, scale, before.get(d.category))
            for d in months[at].values()
            if (scale := _scale(months[: at + 1], d.category)) is not None
        ]
        before = {s.category: s for s in judged}
        out = sorted(judged, key=lambda s: (-abs(s.deviation) / s.level, s.category)) + out
    return tuple(out)


@dataclass(frozen=True, eq=False)
class _Items:
    """Items (SKUs over all locations), their category, and what is summed by them."""

    events: Events
    code: NDArray[np.int64]
    count: int
    category: NDArray[np.object_]

    @classmethod
    def of(cls, events: Events) -> _Items:
        sku, first, code = np.unique(events.sku.astype(str), return_index=True, return_inverse=True)
        category = events.category[first]
        return cls(events, code.astype(np.int64), len(sku), category)

    def summed(self, values: Floats) -> Floats:
        total = np.bincount(self.code, weights=np.nan_to_num(values), minlength=self.count)
        return np.asarray(total, np.float64)

    def units(self, start: int, stop: int) -> Floats:
        """Units sold in ``[start, stop)``."""
        events = self.events
        return self.summed(events.sales.total("units", events.n_items, start, stop))

    def in_stock(self, day: int) -> NDArray[np.bool_]:
        """Whether anything is on hand; true where stock is not known at all."""
        events = self.events
        if not events.has_stock:
            return np.ones(self.count, np.bool_)
        held = events.stock.latest("units", events.n_items, day, within=_STALE_STOCK_DAYS)
        return self.summed(held) > 0

    def changes(self, day: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Log change of each item's demand up to ``day``, and which items say anything of it."""
        now = self.units(day - _WINDOW, day)
        end = day - _SKIP
        base = [self.units(end - (k + 1) * _WINDOW, end - k * _WINDOW) for k in range(_BASE)]
        mean = np.sum(base, axis=0) / _BASE
        steady = np.all([b > 0 for b in base], axis=0) & (mean >= _LEAST_UNITS)
        steady &= self.in_stock(day) & self.in_stock(day - _WINDOW)
        # half a unit on either side: an item that sold nothing is a large fall, not an infinite one
        return np.asarray(np.log((now + 0.5) / (mean + 0.5)), np.float64), steady


@dataclass(frozen=True)
class _Difference:
    """One category's change less last year's, its standard error and degrees of freedom."""

    category: str
    items: int
    items_before: int
    difference: float
    error: float
    degrees: float


def _differences(items: _Items, day: int) -> list[_Difference]:
    """Every category with items enough in both years."""
    now, steady = items.changes(day)
    then, steady_then = items.changes(day - _YEAR)
    out: list[_Difference] = []
    for name in sorted({str(c) for c in items.category if c is not None}):
        here = items.category == name
        a, b = now[here & steady], then[here & steady_then]
        if min(len(a), len(b)) < LEAST_ITEMS:
            continue
        (mean_a, square_a, free_a), (mean_b, square_b, free_b) = _trimmed(a), _trimmed(b)
        square = square_a + square_b
        if square > 0:  # items that all change alike leave nothing to judge by
            degrees = square**2 / (square_a**2 / free_a + square_b**2 / free_b)
            error = math.sqrt(square)
            out.append(_Difference(name, len(a), len(b), mean_a - mean_b, error, degrees))
    return out


def _scale(months: Sequence[dict[str, _Difference]], category: str) -> float | None:
    """By how much categories depart from last year's course beyond what their items explain.

    The Birge ratio by the median of the year's statistics, so that one category that has left its
    course does not hide itself; its own newest two are not asked. What chance alone makes of so few
    is taken off, and it is never below 1. ``None``: too few to say.
    """
    seen = [
        abs(d.difference) / d.error
        for back, month in enumerate(reversed(months[-_MEMORY:]))
        for name, d in month.items()
        if name != category or back > 1
    ]
    if len(seen) < _LEAST_SEEN:
        return None
    ratio = float(np.median(seen)) / _MEDIAN_OF_NORMAL
    return max(1.0, ratio / (1.0 + _MEDIAN_ERROR / math.sqrt(len(seen))))


def _trimmed(values: Floats) -> tuple[float, float, int]:
    """Trimmed mean, the square of its standard error by Winsorizing, and degrees of freedom."""
    n = len(values)
    cut = int(_TRIM * n)
    ordered = np.sort(values)
    kept = n - 2 * cut
    mean = float(ordered[cut : n - cut].mean())
    held = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    square = (n - 1) * float(held.var(ddof=1)) / (kept * (kept - 1))
    return mean, square, kept - 1


def _judged(
    found: _Difference, period: str, chance: float, scale: float, before: DemandSignal | None
) -> DemandSignal:
    """A difference with its level, what it can see, and whether it is called."""
    level = student_quantile(found.degrees, chance)
    error = scale * found.error
    deviation = found.difference / error
    above = abs(deviation) > level
    again = before is not None and before.above and before.deviation * deviation > 0
    least = 1.0 - math.exp(-(level + _ROOM) * error)
    ratio, deviation, level, least = (
        round(v, 6) for v in (math.exp(found.difference), deviation, level, least)
    )
    return DemandSignal(
        found.category, period, found.items, found.items_before, ratio, deviation, level, least,
        above, above and again,
    )  # fmt: skip
