"""A second hand's working of what a model reserved at a past close, line by line.

What a statistical model is, its fitted estimators, is taken as it was sealed: scikit-learn's own
``predict_proba``, or the counted shares of the ageing table where the gate gave it the word. All
that follows is worked out here: paths summed into chances, the rate's distribution read at its
levels, prices, the loss over them, what is left over, cents.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import numpy as np

from tests.runs.second_hand import STATED_LIQUIDATION
from tests.runs.second_hand_drift import Tables
from tests.runs.second_hand_facts import Diary, Key, facts, single

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
BANDS = (0.01, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.65)
HORIZONS = (30, 60, 90)
SLOW_RATE, NO_SALE = 0.10, 3


def away(value: float, places: int) -> float:
    """Rounded half away from zero, as cents and unit prices are."""
    exact = Decimal(str(round(value, 11)))
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def weights() -> list[float]:
    """The share of a distribution each level stands for: half way to its neighbours."""
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(LEVELS)), 1.0]
    return [round(b - a, 6) for a, b in pairwise(edges)]


@dataclass(frozen=True)
class Rate:
    """A distribution of the markdown rate: mass of each band, nine depths in each, and its mean."""

    band: list[float]
    atoms: list[list[float]]
    mean: float

    def at(self, level: float, *, given_a_cut: bool = False) -> float:
        """The depth at a level, linear between the middles of neighbouring depths' masses."""
        band = self.band[1:] if given_a_cut else self.band
        depths = self.atoms[1:] if given_a_cut else self.atoms
        whole, upto, points = sum(band) if given_a_cut else 1.0, 0.0, []
        for mass, inside in zip(band, depths, strict=True):
            for depth in inside:
                each = mass / whole / len(inside)
                points.append((upto + each / 2, depth))
                upto += each
        below = [p for p in points if p[0] < level]
        above = [p for p in points if p[0] >= level]
        if not below or not above:
            return (above or below[-1:])[0][1]
        (x0, y0), (x1, y1) = below[-1], above[0]
        return y0 + (y1 - y0) * (level - x0) / (x1 - x0)

    def interval(self, calibration) -> tuple[float, float]:
        """The 80 %: from zero where no cut has a chance of a tenth; else both ends given a cut."""
        from_zero = 1 - self.band[0] <= 0.90
        upper = calibration.high_alone if from_zero else calibration.high
        low = 0.0 if from_zero else self.at(calibration.low, given_a_cut=True)
        return min(low, self.mean), max(self.at(upper, given_a_cut=True), self.mean)


class Sealed:
    """What a sealed model answers of one item at one day, by whoever its gates gave the word."""

    def __init__(self, model, book: Diary, features, t: int) -> None:
        self.model, self.part, self.book, self.t = model, model.full, book, t
        self.features = features
        self.row = {
            (str(s), str(p)): i for i, (s, p) in enumerate(features.keys)
        }  # fmt: skip
        self.tables = None if "table" not in self.part.answered_by else Tables(model)
        self.by_model = self._estimated(self.part.sellability.pair)
        later = self.part.outlast.pair if self.part.outlast else None
        self.left = None if later is None else self._estimated(later)[:, 1]
        fitted = self.part.markdown
        self.rate_by_model = [fitted and self._estimated(fitted.pair, h) for h in HORIZONS]
        self.seen = {key: facts(book, key, t) for key in self.row}

    def _estimated(self, pair, horizon: int | None = None) -> np.ndarray:
        """The mean of both classifiers' probabilities."""
        columns = []
        for name in pair.columns:
            known = name != "horizon_days"
            columns.append(
                self.features.column(name) if known else np.full(len(self.features), horizon)
            )
        x = np.column_stack(columns).astype(np.float32)
        boosting, forest = pair.estimators
        return (boosting.predict_proba(x) + forest.predict_proba(x)) / 2

    def paths(self, key: Key, horizon: int) -> np.ndarray:
        """Probability of each path, by whoever answers at a horizon."""
        if self.part.answered_by[horizon] == "table":
            return self._by_table(key)
        return self.by_model[self.row[key]]

    def _by_table(self, key: Key) -> np.ndarray:
        seen = self.seen[key]
        return self.tables.chances(seen, bool(self.book.sold(key, 0, self.t)))

    def obsolete(self, key: Key, horizon: int) -> float:
        p, state = self.paths(key, horizon), self.part.sellability.book.states[:, horizon]
        cut = round(float(p[state == 1].sum()), 6)
        full = min(round(float(p[state == 0].sum()), 6), round(1 - cut, 6))
        return round(1 - full - cut, 6)

    def no_sale(self, key: Key, horizon: int) -> float:
        """Cumulative chances are of one distribution: the table's where any gate failed."""
        whole = all(who == "model" for who in self.part.answered_by)
        p = self.by_model[self.row[key]] if whole else self._by_table(key)
        silent = self.part.sellability.book.states[:, horizon] == NO_SALE
        return round(float(p[silent].sum()), 6)

    def rate(self, key: Key, horizon: int) -> Rate:
        """The markdown rate's distribution at a horizon."""
        if self.part.markdown_answered_by[horizon] == "model":
            fitted = self.part.markdown
            p = self.rate_by_model[horizon][self.row[key]]
            band = np.zeros(len(fitted.atoms))
            band[fitted.bands] = p
            mean = sum(b * sum(a) / len(a) for b, a in zip(band, fitted.atoms, strict=True))
            return Rate(band.tolist(), fitted.atoms.tolist(), mean)
        carried = self.part.carried
        ratio = {
            "last": single(self.seen[key]["last_price_over_reference"]),
            "trailing": single(self.book.paid(key, self.t - 90, self.t)),
        }
        # a rate is rounded where it is shown, not where its bucket is looked up
        mean = Tables(self.model).carried(ratio, self.book.category[key[0]], horizon, places=17)
        bucket = bisect_right(BANDS, mean)
        return Rate(carried.band[horizon][bucket].tolist(), carried.atoms.tolist(), mean)

    def outlasts(self, key: Key) -> float:
        """Share of the units counted on that later demand leaves, by whoever answers."""
        if self.part.outlast is None:
            return 0.0
        units, _ = self.book.count(key, self.t)
        seen = self.seen[key]["units_sold_90d"]
        if math.isnan(seen) or seen == 0:
            return 0.0
        if self.left is not None:
            return float(self.left[self.row[key]])
        from invval_xl.models.outlast import COVER_EDGES  # of the sealed shares

        edges = COVER_EDGES[: len(self.part.outlast.share) - 1]
        place = sum(units / (seen / 90) > e for e in edges)
        return self.part.outlast.share[place]

    def regular(self, key: Key) -> float:
        """Regular price of the 120 days before, else the list price."""
        seen = self.book.sold(key, self.t - 120, self.t)
        if seen:
            return sum(s[3] for s in seen) / sum(s[1] for s in seen)
        return self.book.listed[key[0]]

    def prices(self, key: Key, evidence: float) -> list[float]:
        """The prices of 90 days ahead at each level, none above the best evidence."""
        rate = self.rate(key, 2)
        at = [round(rate.at(level), 6) for level in LEVELS]
        shift = round(rate.mean, 6) - sum(w * q for w, q in zip(weights(), at, strict=True))
        cut = [min(max(q + shift, 0.0), 1.0) for q in at]
        regular = self.regular(key)
        return [min(round(regular * (1 - c), 4), evidence) for c in cut]

    def required(self, key: Key, tranches: list[dict]) -> float:
        """A line's reserve: ordinary demand by the model, every other tranche by rule."""
        beyond = any(t["Tranche"] == "excess" for t in tranches)
        total = 0.0
        for tranche in tranches:
            if tranche["Tranche"] != "ordinary demand":
                total += tranche["Required By Rule"]
                continue
            total += self._ordinary(key, tranche, beyond=beyond)
        return round(total, 2)

    def _ordinary(self, key: Key, line: dict, *, beyond: bool) -> float:
        units, cost = line["Units"], line["Unit Cost"]
        keep = 1 - line["Cost To Sell Rate"]
        collapse = self.no_sale(key, 2) if beyond else self.obsolete(key, 2)
        demand = (line["Daily Rate, Units"] or 0.0) * line["Demand Horizon Days"]
        trickle = min(units, SLOW_RATE / 2 * demand)  # what an obsolete item still sells
        left = collapse * (units - trickle) + (1 - collapse) * self.outlasts(key) * units
        left = round(left / units, 6)
        # the policy's reading of a model: the mean of the losses, not the loss at the mean
        losses = [max(cost - max(p * keep, 0.0), 0.0) for p in self.prices(key, line["Price"])]
        sold = away(sum(w * x for w, x in zip(weights(), losses, strict=True)), 4)
        gone = max(cost - away(away(line["Price"] * STATED_LIQUIDATION, 4) * keep, 4), 0.0)
        shortfall = away((1 - left) * sold + left * gone, 4)
        return min(line["Cost"], away(units * shortfall, 2))
