"""Demand: season, launch, end of life, shocks, price; and the episodes that upset it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo import habits as h
from invval_xl.sources.demo.catalogue import CATEGORIES, Catalogue, location_names
from invval_xl.sources.demo.weeks import Weeks

__all__ = ["Demand", "Episodes"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Episodes:
    """What a model cannot learn beforehand: a late regime shift and a supplier's outage."""

    shift_week: int
    shift_category: int
    shift_factor: float
    shift_elsewhere: float
    outage_supplier: int
    outage_first: int
    outage_weeks: int

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        weeks: Weeks,
        categories: int,
        catalogue: Catalogue,
        shift: tuple[float, float],
    ) -> Episodes:
        """Place both before the as-of date, at random; ``shift`` is how deep the first goes."""
        # a supplier with much to lose: the one most items come from
        counts = np.bincount(catalogue.supplier)
        return cls(
            shift_week=weeks.as_of_week - int(rng.integers(16, 27)),
            shift_category=int(rng.integers(0, categories)),
            shift_factor=shift[0],
            shift_elsewhere=shift[1],
            outage_supplier=int(counts.argmax()),
            outage_first=weeks.as_of_week - int(rng.integers(52, 79)),
            outage_weeks=h.OUTAGE_WEEKS,
        )

    def delay(self, arrival: Ints, supplier: Ints) -> Ints:
        """Arrival weeks, put off where the supplier cannot deliver."""
        end = self.outage_first + self.outage_weeks
        hit = (supplier == self.outage_supplier) & (arrival >= self.outage_first) & (arrival < end)
        return np.where(hit, end, arrival)


class Demand:
    """Weekly demand of every SKU-location, drawn gamma-Poisson around its expectation."""

    def __init__(
        self,
        rng: np.random.Generator,
        catalogue: Catalogue,
        item: Ints,
        location: Ints,
        locations: int,
        weeks: Weeks,
        episodes: Episodes,
    ) -> None:
        self._rng, self._catalogue, self._item = rng, catalogue, item
        self._weeks, self._episodes = weeks, episodes
        self._category = catalogue.category[item]
        names = location_names(locations)
        share = np.array([name[3] for name in names])[location]
        regions = sorted({name[2] for name in names})
        region = np.array([regions.index(name[2]) for name in names])[location]
        taste = np.exp(rng.normal(0.0, h.TASTE_SIGMA, (len(CATEGORIES), len(regions))))
        place = np.exp(rng.normal(0.0, h.PLACE_SIGMA, len(item)))
        mean = catalogue.base_rate[item] * share * taste[self._category, region] * place
        study = catalogue.base_rate[-1]
        mean[item == len(catalogue) - 1] = study
        self.mean_rate: Floats = mean
        # buyers look some weeks beyond the last one simulated
        beyond = Weeks(weeks.as_of, weeks.history, weeks.future + h.SEASON_AHEAD_WEEKS)
        self._season = _seasons(beyond.year_week)
        self._shock = np.zeros(len(catalogue))

    def season(self, t: int) -> Floats:
        """Seasonal index of each pair in week ``t``."""
        index: Floats = self._season[t, self._category]
        return index

    def draw(self, t: int, lift: Floats) -> Ints:
        """Units wanted in week ``t`` at the prices that make ``lift``."""
        rng, cat = self._rng, self._catalogue
        fresh = rng.normal(0.0, h.SHOCK_SIGMA, len(cat))
        self._shock = h.SHOCK_MEMORY * self._shock + fresh
        age = t - cat.launch_week
        ramp = np.where(age < 0, 0.0, 1.0 - np.exp(-(np.maximum(age, 0) + 1) / h.RAMP_WEEKS))
        fade = 1.0 / (1.0 + np.exp(np.clip((t - cat.end_week) / h.FADE_WEEKS, -40.0, 40.0)))
        sudden = np.where(
            (cat.superseded_week >= 0) & (t >= cat.superseded_week), h.SUPERSEDED_DEMAND, 1.0
        )
        level = ramp * fade * sudden * np.exp(self._shock)
        if t >= self._episodes.shift_week:
            level = level * np.where(
                cat.category == self._episodes.shift_category,
                self._episodes.shift_factor,
                self._episodes.shift_elsewhere,
            )
        mean = self.mean_rate * level[self._item] * self.season(t) * lift
        units: Ints = rng.poisson(mean * rng.gamma(h.SPREAD_SHAPE, 1.0 / h.SPREAD_SHAPE, len(mean)))
        return units


def _seasons(year_week: Floats) -> Floats:
    """Seasonal index by week and category, averaging about one over a year."""
    table = np.empty((len(year_week), len(CATEGORIES)))
    for k, c in enumerate(CATEGORIES):
        wave = np.exp(c.swing * np.cos(2.0 * np.pi * (year_week - c.peak_week) / 52.0))
        # October to December; the other quarters give back what the fourth takes
        fourth = np.where(year_week >= h.FOURTH_QUARTER_WEEK, c.fourth_quarter, 1.0)
        table[:, k] = wave / np.i0(c.swing) * fourth / (0.75 + 0.25 * c.fourth_quarter)
    return table
