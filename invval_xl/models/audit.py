"""Look at the extract before learning from it: dead tails and re-keyed items."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from invval_xl.models.events import Events, Ints, Stream

__all__ = ["dead_tail_days", "live_end", "rekeyed_pairs"]

_BLOCK = 28  # four whole weeks: no weekday pattern, one monthly cadence
_ALIVE = 0.35  # of the median of the six blocks before


def live_end(sales: Stream) -> int:
    """Last day on which the extract is alive.

    The last transaction, or earlier where the breadth of sales (distinct items sold in four
    weeks) falls to under 35 % of the median of the six blocks before it and never comes back:
    a channel or a feed has stopped, and every item would look obsolete.

    Parameters
    ----------
    sales
        Sales events; ``units`` above zero count.

    Returns
    -------
    int
        Day number; 0 where nothing was ever sold.
    """
    sold = sales.values["units"] > 0
    if not sold.any():
        return 0
    day, item = sales.day[sold], sales.item[sold]
    last, first = int(day.max()), int(day.min())
    n_blocks = (last - first + 1) // _BLOCK
    if n_blocks < 4:  # noqa: PLR2004 - under four blocks there is no "before" to compare with
        return last
    block = (last - day) // _BLOCK  # 0 is the newest
    inside = block < n_blocks
    pairs = np.unique(block[inside] * (int(item.max()) + 1) + item[inside])
    breadth = np.bincount(pairs // (int(item.max()) + 1), minlength=n_blocks).astype(float)
    end = last
    for newest in range(n_blocks - 3):
        before = np.median(breadth[newest + 1 : newest + 7])
        if breadth[newest] >= _ALIVE * before:
            break
        end = last - (newest + 1) * _BLOCK
    return end if end == last else _last_busy_day(day, item, end)


def _last_busy_day(day: Ints, item: Ints, end: int) -> int:
    """Where in the block before a dead tail the week's breadth was last normal."""

    def week(until: int) -> int:
        return len(np.unique(item[(day > until - 7) & (day <= until)]))

    usual = float(np.median([week(end - 7 * k) for k in range(4, 12)]))
    for back in range(_BLOCK):
        if week(end - back) >= _ALIVE * usual and (day == end - back).any():
            return end - back
    return end


def dead_tail_days(events: Events) -> int:
    """Days of the extract after its last live day (stock counts that nobody sells from)."""
    ends = [int(s.day.max()) for s in (events.sales, events.stock, events.receipts) if len(s)]
    return max(0, max(ends, default=events.last_day) - events.last_day)


def rekeyed_pairs(events: Events, *, gap_days: int = 92) -> list[tuple[str, str, str]]:
    """Items that look like one article under two keys: ``(description, old SKU, new SKU)``.

    Same description and location, the new one's first sale within ``gap_days`` after the old
    one's last, and the old one silent since. A surrogate key that was renewed makes a healthy
    item look obsolete.
    """
    n = events.n_items
    end = events.last_day + 1
    first = events.sales.first_day(n, end)
    last = events.sales.latest_day(n, end)
    groups: dict[tuple[str, str], list[int]] = {}
    for index, (text, place) in enumerate(zip(events.description, events.location, strict=True)):
        if text and np.isfinite(first[index]):
            groups.setdefault((str(text).strip().casefold(), str(place)), []).append(index)
    found: list[tuple[str, str, str]] = []
    for members in groups.values():
        if len(members) < 2:  # noqa: PLR2004 - a pair needs two
            continue
        members.sort(key=lambda i: (first[i], i))
        for old, new in pairwise(members):
            if events.sku[old] != events.sku[new] and 0 < first[new] - last[old] <= gap_days:
                found.append(
                    (str(events.description[old]), str(events.sku[old]), str(events.sku[new]))
                )
    return found
