"""Snapshots stacked: features and labels of many dates, as training and testing need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.facts import Facts
from invval_xl.models.features import FEATURES, Encoding, Features, build_features
from invval_xl.models.targets import HORIZONS, UNKNOWN, Labels, TargetPolicy, label, population

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints

__all__ = ["Panel", "build_panel", "snapshot_days"]

_MIN_HISTORY_DAYS = 60
_TWO_YEARS = 720  # 104 weeks, give or take one


@dataclass(frozen=True, eq=False)
class Panel:
    """Rows of several snapshots.

    Parameters
    ----------
    features, labels
        Stacked; ``features.facts.as_of`` is the newest date.
    day
        ``int64[n]`` as-of day number of each row.
    weight
        ``float64[n]`` weight of each row in training; ``None``: all alike.
    """

    features: Features
    labels: Labels
    day: Ints
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Ints | NDArray[np.bool_]) -> Panel:
        """Only ``rows``."""
        weight = None if self.weight is None else self.weight[rows]
        return Panel(self.features.take(rows), self.labels.take(rows), self.day[rows], weight)

    def known_before(self, day: int) -> Panel:
        """Rows as-of before ``day``, with every label forgotten whose window ends after it.

        This is the embargo: at ``day`` a label over H days is known only for snapshots H days
        older.
        """
        rows = self.take(np.flatnonzero(self.day < day))
        state = rows.labels.state.copy()
        rate = rows.labels.markdown_rate.copy()
        price = rows.labels.window_price.copy()
        units = rows.labels.window_units.copy()
        for j, horizon in enumerate(HORIZONS):
            late = rows.day + horizon > day
            state[late, j] = UNKNOWN
            rate[late, j] = price[late, j] = units[late, j] = np.nan
        labels = Labels(state, rate, price, units)
        kept = np.flatnonzero((state != UNKNOWN).any(axis=1))
        return Panel(rows.features, labels, rows.day, rows.weight).take(kept)


def snapshot_days(events: Events, *, end: int | None = None) -> list[int]:
    """As-of days worth a snapshot: from 60 days of history to the last that has a label.

    Monthly with two years of history or more, fortnightly with less. Counted back from the
    end, so that the newest snapshot always has its full 90-day label.
    """
    last = (events.last_day if end is None else end) + 1
    first = events.first_day + _MIN_HISTORY_DAYS
    step = 30 if last - events.first_day >= _TWO_YEARS else 15
    return list(range(last - HORIZONS[0], first - 1, -step))[::-1]


def build_panel(
    events: Events,
    days: Sequence[int],
    *,
    encoding: Encoding,
    policy: TargetPolicy,
    progress: Callable[[int, int, str], None] | None = None,
    max_rows_per_day: int | None = None,
    seed: int = 0,
) -> Panel:
    """Features and labels of the population at each of ``days``.

    ``max_rows_per_day`` caps a snapshot by a seeded draw (a hundred thousand items need not all
    be in every month's training rows).
    """
    parts: list[tuple[Features, Labels, Ints]] = []
    for step, day in enumerate(days):
        every = build_features(events, day, encoding)
        inside = np.flatnonzero(population(every.facts, has_stock=events.has_stock, policy=policy))
        if max_rows_per_day is not None and len(inside) > max_rows_per_day:
            draw = np.random.default_rng([seed, day])
            inside = np.sort(draw.choice(inside, max_rows_per_day, replace=False))
        here = every.take(inside)
        parts.append((here, label(events, here.facts, policy), np.full(len(inside), day)))
        if progress is not None:
            progress(step + 1, len(days), "snapshots")
    return _stack(parts)


def _stack(parts: Sequence[tuple[Features, Labels, Ints]]) -> Panel:
    def rows(of: Callable[[tuple[Features, Labels, Ints]], NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([of(p) for p in parts])

    columns = {
        name: np.concatenate([p[0].facts.columns[name] for p in parts])
        for name in parts[0][0].facts.columns
    }
    facts = Facts(
        columns,
        rows(lambda p: p[0].facts.category),
        rows(lambda p: p[0].facts.supplier),
        rows(lambda p: p[0].facts.location),
        rows(lambda p: p[0].facts.item),
        max(p[0].facts.as_of for p in parts),
    )
    labels = Labels(
        rows(lambda p: p[1].state),
        rows(lambda p: p[1].markdown_rate),
        rows(lambda p: p[1].window_price),
        rows(lambda p: p[1].window_units),
    )
    return Panel(
        Features(rows(lambda p: p[0].matrix), FEATURES, facts), labels, rows(lambda p: p[2])
    )
