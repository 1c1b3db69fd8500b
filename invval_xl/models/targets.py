"""What became of an item: the outcome over each horizon, the markdown rate, the unknown.

Definitions of modelling.md section 1; every threshold is a parameter of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.facts import price_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints
    from invval_xl.models.facts import Facts

__all__ = [
    "FULL_PRICE",
    "HORIZONS",
    "MARKDOWN",
    "NO_SALE",
    "SLOW",
    "UNKNOWN",
    "Labels",
    "TargetPolicy",
    "label",
    "population",
]

HORIZONS: tuple[int, int, int] = (30, 60, 90)

# States of an item over one window. NO_SALE and SLOW together are "obsolete".
FULL_PRICE, MARKDOWN, SLOW, NO_SALE = 0, 1, 2, 3
UNKNOWN = -1


@dataclass(frozen=True)
class TargetPolicy:
    """Thresholds of the definitions.

    Parameters
    ----------
    markdown_points
        Markdown rate from which a window counts as marked down (0.10 is ten points).
    slow_rate
        A window that sells at most this fraction of the trailing 180-day rate is obsolete.
    cover_days
        Cover (on hand over the window's rate) above which a window is obsolete.
    stock_out_share
        Share of the window without stock above which the outcome is unknown.
    live_days
        Sold within so many days: the live part of the population.
    population_days
        Without a balance set: sold within so many days stands in the population.
    """

    markdown_points: float = 0.10
    slow_rate: float = 0.10
    cover_days: float = 365.0
    stock_out_share: float = 0.5
    live_days: int = 90
    population_days: int = 365


@dataclass(frozen=True, eq=False)
class Labels:
    """Outcomes of the rows of one snapshot.

    Parameters
    ----------
    state
        ``int8[n, 3]`` of FULL_PRICE, MARKDOWN, SLOW, NO_SALE or UNKNOWN per horizon.
    markdown_rate
        ``float64[n, 3]`` in [0, 1]; NaN where nothing was sold, or price or label is unknown.
    window_price
        ``float64[n, 3]`` average net price of the window; NaN where nothing was sold.
    window_units
        ``float64[n, 3]``; NaN where the window is not over.
    """

    state: NDArray[np.int8]
    markdown_rate: NDArray[np.float64]
    window_price: NDArray[np.float64]
    window_units: NDArray[np.float64]

    def take(self, rows: Ints | NDArray[np.bool_]) -> Labels:
        """Only ``rows``."""
        return Labels(
            self.state[rows],
            self.markdown_rate[rows],
            self.window_price[rows],
            self.window_units[rows],
        )

    @property
    def obsolete(self) -> NDArray[np.bool_]:
        """``bool[n, 3]``: nothing or next to nothing sold (False where unknown)."""
        return np.asarray((self.state == SLOW) | (self.state == NO_SALE), np.bool_)


def population(facts: Facts, *, has_stock: bool, policy: TargetPolicy) -> NDArray[np.bool_]:
    """Rows that stand in the population: on hand > 0, or sold within the year without stock."""
    if has_stock:
        return np.asarray(facts.columns["units_on_hand"] > 0, np.bool_)
    return np.asarray(facts.columns["days_since_last_sale"] <= policy.population_days, np.bool_)


def label(events: Events, facts: Facts, policy: TargetPolicy) -> Labels:
    """Outcomes of ``facts``' rows over ``[as_of, as_of + H)`` for each horizon.

    A window that reaches past ``events.last_day`` is unknown, whatever was seen of it.
    """
    n, t = events.n_items, facts.as_of
    whole = np.full(n, np.nan)
    whole[facts.item] = facts.columns["reference_price"]
    on_hand = facts.columns["units_on_hand"]
    # The trailing rate is taken over what the extract holds of the last 180 days.
    seen = float(min(180, max(t - events.first_day, 1)))
    usual = events.sales.total("units", n, t - 180, t)[facts.item] / seen
    k = len(HORIZONS)
    state = np.full((len(facts), k), UNKNOWN, np.int8)
    rate = np.full((len(facts), k), np.nan)
    price = np.full((len(facts), k), np.nan)
    sold = np.full((len(facts), k), np.nan)
    for j, horizon in enumerate(HORIZONS):
        if t + horizon - 1 > events.last_day:
            continue
        units = events.sales.total("units", n, t, t + horizon)[facts.item]
        value = events.sales.total("value", n, t, t + horizon)[facts.item]
        with np.errstate(divide="ignore", invalid="ignore"):
            window_price = np.where(units > 0, value / units, np.nan)
            ratio = price_ratio(events, t, t + horizon, whole)[facts.item]
            cut = np.clip(1.0 - ratio, 0.0, 1.0)
            cover = on_hand * horizon / units
        daily = units / horizon
        sold_out = np.isfinite(on_hand) & (units >= 0.9 * on_hand) & (units > 0)
        none = units <= 0
        slow = (
            ~none
            & ~sold_out
            & ((daily <= policy.slow_rate * usual) | (np.nan_to_num(cover) > policy.cover_days))
        )
        y = np.where(cut >= policy.markdown_points - 1e-9, MARKDOWN, FULL_PRICE).astype(np.int8)
        y[slow] = SLOW
        y[none] = NO_SALE
        out = _stock_out_share(events, facts, horizon) > policy.stock_out_share
        y[out & (none | slow)] = UNKNOWN
        state[:, j], rate[:, j], price[:, j], sold[:, j] = y, cut, window_price, units
    return Labels(state, rate, price, sold)


def _stock_out_share(events: Events, facts: Facts, horizon: int) -> Floats:
    """Share of the window's days on which no stock was there to be sold.

    A count holds from its day until the next; a receipt in between puts stock back. 0 where
    stock is unknown.
    """
    n, t = events.n_items, facts.as_of
    share = np.zeros(len(facts))
    if not events.has_stock:
        return share
    # Sample the window every five days: the last count before the day, or a receipt since it.
    days = range(t, t + horizon, 5)
    empty = np.zeros(n)
    for day in days:
        count = events.stock.latest("units", n, day + 1)
        since = events.stock.latest_day(n, day + 1)
        got = events.receipts.latest_day(n, day + 1)
        empty += (count <= 0) & ~(got > since)
    return np.asarray((empty / len(days))[facts.item], np.float64)
