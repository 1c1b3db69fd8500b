"""How much of the demand that a reserve counts on does not come although the item sells today.

The outcomes speak of 90 days; a reserve speaks of the demand horizon. An item that sells well now
may die in the second half of it, and one whose cover is beyond the horizon may not sell even what
its present rate promises. How often that happened is counted on the entity's own history: of the
items whose demand did not collapse within 90 days, the share of the units counted on (at cost) that
a whole horizon did not sell, by cover. By the law of total probability it stands beside the model's
chance of collapse, and is never counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.targets import NO_SALE, SLOW, UNKNOWN

if TYPE_CHECKING:
    from invval_xl.models.events import Events, Floats, Ints
    from invval_xl.models.facts import Facts
    from invval_xl.models.panel import Panel

__all__ = ["COVER_EDGES", "Outlast", "fit_outlast"]

COVER_EDGES = (60.0, 120.0, 180.0, 270.0, 365.0, 730.0)  # days of supply at the 90-day rate
_FOLLOWED = (365, 270, 180)  # days; the longest that enough rows were followed for
_LEAST_ROWS = 200
_SHRINK_ROWS = 25.0


@dataclass(frozen=True)
class Outlast:
    """Share of the units counted on that a horizon left, by cover, of items that outlived 90 days.

    Parameters
    ----------
    share
        One more than :data:`COVER_EDGES`.
    rows
        Item-dates behind each.
    followed_days
        How long they were followed: a shorter history than the horizon understates.
    """

    share: tuple[float, ...]
    rows: tuple[int, ...]
    followed_days: int

    def predict(self, facts: Facts) -> Floats:
        """Share of each item's units counted on; 0 where cover is unknown or nothing sells."""
        cover = _cover(facts)
        # a model sealed by an earlier version counted fewer buckets of the same edges
        edges = np.array(COVER_EDGES[: len(self.share) - 1])
        answer = np.array(self.share)[np.searchsorted(edges, cover, side="left")]
        return np.where(np.isfinite(cover), answer, 0.0)


def _cover(facts: Facts) -> Floats:
    """Days of supply at the 90-day rate; infinite where nothing sold, NaN where unknown."""
    unknown = np.full(len(facts), np.nan)
    on_hand = facts.columns.get("units_on_hand", unknown)
    rate = facts.columns.get("units_sold_90d", unknown) / 90.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(on_hand / rate, np.float64)


def fit_outlast(
    events: Events, panel: Panel, *, before: int, horizon_days: float = 365.0
) -> Outlast | None:
    """Count on the rows of ``panel`` whose follow-up was over ``before`` that day.

    ``None`` where stock is unknown or under 200 rows were followed for half a year.
    """
    facts = panel.features.facts
    cover = _cover(facts)
    last = panel.labels.state[:, -1]
    # what collapses is another chance: obsolescence, or no sale where cover is beyond the horizon
    collapsed = np.where(cover < horizon_days, last >= SLOW, last >= NO_SALE)
    alive = (last != UNKNOWN) & ~collapsed & np.isfinite(cover)
    for days in _FOLLOWED:
        rows = np.flatnonzero(alive & (panel.day + days <= before))
        if len(rows) >= _LEAST_ROWS:
            return _count(events, panel, rows, cover, days)
    return None


def _count(events: Events, panel: Panel, rows: Ints, cover: Floats, days: int) -> Outlast:
    facts = panel.features.facts
    sold = np.zeros(len(rows))
    day, item = panel.day[rows], facts.item[rows]
    for start in np.unique(day):
        total = events.sales.total("units", events.n_items, int(start), int(start) + days)
        sold[day == start] = total[item[day == start]]
    rate = facts.columns["units_sold_90d"][rows] / 90.0
    counted_on = np.minimum(facts.columns["units_on_hand"][rows], rate * days)
    left = np.clip(1.0 - sold / counted_on, 0.0, 1.0)
    weight = counted_on * np.nan_to_num(facts.columns["unit_cost"][rows])
    place = np.searchsorted(np.array(COVER_EDGES), cover[rows], side="left")
    k = len(COVER_EDGES) + 1
    count = np.bincount(place, minlength=k)
    of_cost = np.bincount(place, weights=weight, minlength=k)
    lost = np.bincount(place, weights=weight * left, minlength=k)
    pooled = lost.sum() / of_cost.sum() if of_cost.sum() > 0 else 0.0
    own = np.divide(lost, of_cost, out=np.full(k, pooled), where=of_cost > 0)
    share = (count * own + _SHRINK_ROWS * pooled) / (count + _SHRINK_ROWS)
    return Outlast(tuple(np.round(share, 6).tolist()), tuple(count.tolist()), days)
