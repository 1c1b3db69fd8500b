"""How much of the demand that a reserve counts on does not come although the item sells today.

The outcomes speak of 90 days; a reserve speaks of the demand horizon. An item that sells well now
may die in the second half of it, and one whose cover is beyond the horizon may not sell even what
its present rate promises. How often that happened is read from the entity's own history: of the
items whose demand did not collapse within 90 days, the share of the units counted on (at cost) that
was never sold. By the law of total probability it stands beside the model's chance of collapse, and
is never counted twice.

Two answers: counts by cover, and a classifier of the units counted on (left over or sold) that
reads every feature. It serves only where it told later items better than the counts did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.forest_pair import Caps, ForestPair, fit_pair
from invval_xl.models.revive import plain, revive
from invval_xl.models.targets import NO_SALE, SLOW, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints
    from invval_xl.models.facts import Facts
    from invval_xl.models.features import Features
    from invval_xl.models.panel import Panel

__all__ = ["COVER_EDGES", "Outlast", "fit_outlast"]

COVER_EDGES = (60.0, 120.0, 180.0, 270.0, 365.0, 730.0)  # days of supply at the 90-day rate
_FOLLOWED = (365, 270, 180)  # days; the longest that enough rows were followed for
_LEARNED = (270, 180)  # days; a classifier gains more by recent rows than by the last quarter
_LEAST_ROWS = 200
_SHRINK_ROWS = 25.0
_TEST_SHARE = 1 / 3  # of the followed dates, the latest


@dataclass(frozen=True, eq=False)
class Outlast:
    """Share of the units counted on that a horizon left, of items that outlived 90 days.

    Parameters
    ----------
    share
        By cover, one more than :data:`COVER_EDGES`.
    rows
        Item-dates behind each.
    followed_days
        How long they were followed: a shorter history than the horizon understates.
    error_counted, error_learned
        Squared error of the share at cost over the latest dates, of counts and of a classifier
        that knew the earlier dates only; NaN where too few were followed.
    pair
        The classifier (class 1: left over); ``None`` where the counts answer.
    """

    share: tuple[float, ...]
    rows: tuple[int, ...]
    followed_days: int
    error_counted: float = float("nan")
    error_learned: float = float("nan")
    pair: ForestPair | None = None

    def predict(self, features: Features) -> Floats:
        """Share of each item's units counted on; 0 where cover is unknown or nothing sells."""
        if self.pair is None:
            return self.counted(features.facts)
        answer = self.pair.predict(features.select(self.pair.columns))[:, 1]
        return np.where(np.isfinite(_cover(features.facts)), answer, 0.0)

    def counted(self, facts: Facts) -> Floats:
        """The same by the counts alone, as a table would have it."""
        cover = _cover(facts)
        # a model sealed by an earlier version counted fewer buckets of the same edges
        edges = np.array(COVER_EDGES[: len(self.share) - 1])
        answer = np.array(self.share)[np.searchsorted(edges, cover, side="left")]
        return np.where(np.isfinite(cover), answer, 0.0)

    def by_counts(self) -> Outlast:
        """Who answers by the counts alone: the tables' own."""
        return replace(self, pair=None)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The classifier's arrays for an ``.npz`` file."""
        return {} if self.pair is None else self.pair.to_arrays(f"{prefix}.pair")

    def to_facts(self) -> dict[str, Any]:
        """Everything else, as plain JSON (which knows no NaN)."""
        told: dict[str, Any] = plain(self.by_counts())
        return {k: v for k, v in told.items() if v is not None and v == v}  # noqa: PLR0124

    @classmethod
    def revived(
        cls, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], prefix: str
    ) -> Outlast:
        """The reverse of both."""
        pair = None
        if f"{prefix}.pair.columns" in arrays:
            pair = ForestPair.from_arrays(arrays, f"{prefix}.pair")
        return replace(revive(cls, facts), pair=pair)


def _cover(facts: Facts) -> Floats:
    """Days of supply at the 90-day rate; infinite where nothing sold, NaN where unknown."""
    unknown = np.full(len(facts), np.nan)
    on_hand = facts.columns.get("units_on_hand", unknown)
    rate = facts.columns.get("units_sold_90d", unknown) / 90.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(on_hand / rate, np.float64)


def fit_outlast(
    events: Events, panel: Panel, *, before: int, caps: Caps, horizon_days: float = 365.0
) -> Outlast | None:
    """Read off the rows of ``panel`` whose follow-up was over ``before`` that day.

    ``None`` where stock is unknown or under 200 rows were followed for half a year.
    """
    facts = panel.features.facts
    cover = _cover(facts)
    last = panel.labels.state[:, -1]
    # what collapses is another chance: obsolescence, or no sale where cover is beyond the horizon
    collapsed = np.where(cover < horizon_days, last >= SLOW, last >= NO_SALE)
    alive = (last != UNKNOWN) & ~collapsed & np.isfinite(cover)

    def followed(options: tuple[int, ...]) -> _Followed | None:
        for days in options:
            rows = np.flatnonzero(alive & (panel.day + days <= before))
            if len(rows) >= _LEAST_ROWS:
                return _follow(events, panel, rows, days)
        return None

    seen, recent = followed(_FOLLOWED), followed(_LEARNED)
    if seen is None:
        return None
    assert recent is not None  # whoever was followed longest was followed for less as well
    share, count = _count(seen, cover)
    counts = Outlast(tuple(np.round(share, 6).tolist()), tuple(count.tolist()), seen.days)
    return _learn(panel, recent.known(), cover, counts, caps)


@dataclass(frozen=True, eq=False)
class _Followed:
    """Rows of a panel, what was left of the units counted on, and those units at cost."""

    days: int
    row: Ints
    day: Ints
    left: Floats
    at_cost: Floats

    def take(self, which: NDArray[np.bool_]) -> _Followed:
        return _Followed(
            self.days, self.row[which], self.day[which], self.left[which], self.at_cost[which]
        )

    def known(self) -> _Followed:
        return self.take(self.at_cost > 0)


def _follow(events: Events, panel: Panel, rows: Ints, days: int) -> _Followed:
    facts = panel.features.facts
    sold = np.zeros(len(rows))
    day, item = panel.day[rows], facts.item[rows]
    for start in np.unique(day):
        total = events.sales.total("units", events.n_items, int(start), int(start) + days)
        sold[day == start] = total[item[day == start]]
    rate = facts.columns["units_sold_90d"][rows] / 90.0
    counted_on = np.minimum(facts.columns["units_on_hand"][rows], rate * days)
    left = np.clip(1.0 - sold / counted_on, 0.0, 1.0)
    at_cost = counted_on * np.nan_to_num(facts.columns["unit_cost"][rows])
    return _Followed(days, rows, day, left, at_cost)


def _count(seen: _Followed, cover: Floats) -> tuple[Floats, Ints]:
    """Share left by cover, small buckets drawn to the pooled share; rows behind each."""
    place = np.searchsorted(np.array(COVER_EDGES), cover[seen.row], side="left")
    k = len(COVER_EDGES) + 1
    count = np.bincount(place, minlength=k)
    of_cost = np.bincount(place, weights=seen.at_cost, minlength=k)
    lost = np.bincount(place, weights=seen.at_cost * seen.left, minlength=k)
    pooled = lost.sum() / of_cost.sum() if of_cost.sum() > 0 else 0.0
    own = np.divide(lost, of_cost, out=np.full(k, pooled), where=of_cost > 0)
    return (count * own + _SHRINK_ROWS * pooled) / (count + _SHRINK_ROWS), count


def _learn(panel: Panel, seen: _Followed, cover: Floats, counts: Outlast, caps: Caps) -> Outlast:
    """Add the classifier where it tells the latest dates better than counts of the earlier ones.

    The earlier dates are those whose follow-up was over when the later ones began.
    """
    dates = np.unique(seen.day)
    if not len(dates):
        return counts
    from_day = dates[-max(1, round(len(dates) * _TEST_SHARE))]
    past, later = seen.take(seen.day + seen.days <= from_day), seen.take(seen.day >= from_day)
    if min(len(past.row), len(later.row)) < _LEAST_ROWS or not _both(past):
        return counts
    share, _ = _count(past, cover)
    place = np.searchsorted(np.array(COVER_EDGES), cover[later.row], side="left")
    features = panel.features.take(later.row)
    trial = _fit(panel, past, caps)
    learned = trial.predict(features.select(trial.columns))[:, 1]
    counted_error, learned_error = (
        float(np.average((said - later.left) ** 2, weights=later.at_cost))
        for said in (share[place], learned)
    )
    judged = replace(
        counts, error_counted=round(counted_error, 6), error_learned=round(learned_error, 6)
    )
    if learned_error >= counted_error:
        return judged
    return replace(judged, pair=_fit(panel, seen, caps))


def _both(seen: _Followed) -> bool:
    return bool((seen.left > 0).any() and (seen.left < 1).any())


def _fit(panel: Panel, seen: _Followed, caps: Caps) -> ForestPair:
    """Each row stands for its units: some sold (class 0), some left over (class 1).

    Rows weigh by the root of their units at cost: dear stock matters most, but a single dear item
    is no law.
    """
    weight = np.sqrt(seen.at_cost)
    weight /= weight.mean()
    each = np.concatenate([weight * (1.0 - seen.left), weight * seen.left])
    known = np.flatnonzero(each > 0)
    row = np.concatenate([seen.row, seen.row])[known]
    target = np.repeat([0, 1], len(seen.row))[known]
    features = panel.features
    return fit_pair(features.matrix[row], features.names, target, each[known], caps)
