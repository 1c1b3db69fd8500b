"""Why the model says so: contributions that add up to the prediction, in words that hold.

Each fitted tree is walked from its root; a split's change of the mean answer belongs to the
feature it tested. The forest's walk is in probability already. Boosting walks in scores: its
scores are carried into probability along the straight line from the base scores to the item's
(Aumann-Shapley, integrated by Gauss-Legendre), so that base plus contributions is the prediction
to the last decimals. Before a driver is put in words it is tested: with its facts set to the
typical item's the prediction must move back the way the driver claims, else it is not named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.features import FEATURES, Features
from invval_xl.models.flat import softmax
from invval_xl.models.targets import HORIZONS, MARKDOWN, SLOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.flat import FlatForest
    from invval_xl.models.forest_pair import ForestPair
    from invval_xl.models.trained import Answering

__all__ = ["GROUPS", "Contributions", "Driver", "contributions", "drivers", "importance"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_CHUNK = 2_000
_FEW = 64  # rows whose drivers are all tested in one prediction
_MOVES = 1e-6  # under this the prediction has not moved
_REASON = 0.005  # half a point of probability: less is not a reason

# Features that speak of one thing, moved together when a driver is tested.
GROUPS: dict[str, tuple[str, ...]] = {
    "age": ("age_days", "tenure_days", "days_since_receipt", "shelf_life_left_days"),
    "recent sales": (
        "units_sold_30d",
        "units_sold_60d",
        "units_sold_90d",
        "units_sold_180d",
        "units_sold_365d",
        "sold_recently",
        "days_since_last_sale",
        "gap_over_usual",
        "sale_days_30",
        "sale_days_90",
        "velocity_30_over_90",
        "velocity_60_over_180",
        "velocity_90_over_365",
        "velocity_30_over_180",
    ),
    "cover": (
        "units_on_hand",
        "days_of_supply_30d",
        "days_of_supply_90d",
        "sell_through_90d",
        "received_over_sold_90d",
        "received_over_sold_365d",
    ),
    "price": (
        "average_price_90d",
        "price_30d_over_reference",
        "price_60d_over_reference",
        "price_90d_over_reference",
        "last_price_over_reference",
        "price_trend",
        "price_over_prior",
        "discounted_share_90d",
    ),
    "margin": ("unit_cost", "cost_over_price", "cost_over_reference", "market_over_cost"),
    "market price": ("market_over_price",),
    "returns": ("return_rate_90d", "return_rate_365d", "defect_rate", "supplier_return_rate"),
    "category": (
        "category_code",
        "category_trend",
        "category_discount_share",
        "category_last_year_30",
        "category_last_year_60",
        "category_last_year_90",
    ),
    "place and supplier": (
        "location_code",
        "supplier_code",
        "location_discount_share",
        "elsewhere_units_90d",
    ),
}


@dataclass(frozen=True, eq=False)
class Contributions:
    """Additive contributions to one probability.

    Parameters
    ----------
    base
        Probability before anything is known of the item.
    by_feature
        ``float64[n, f]``; ``base + by_feature.sum(axis=1)`` is ``probability``.
    names
        The features.
    probability
        ``float64[n]``.
    """

    base: float
    by_feature: Floats
    names: tuple[str, ...]
    probability: Floats

    def by_group(self) -> dict[str, Floats]:
        """Contributions of :data:`GROUPS`, ``float64[n]`` each; they add up alike."""
        place = {name: group for group, names in GROUPS.items() for name in names}
        out = {group: np.zeros(len(self.by_feature)) for group in GROUPS}
        for j, name in enumerate(self.names):
            out[place[name]] += self.by_feature[:, j]
        return out


@dataclass(frozen=True)
class Driver:
    """One reason of one item: what it is, how much it moves the probability, in words."""

    group: str
    contribution: float
    words: str


def _walk(
    forest: FlatForest, value: Floats, matrix: NDArray[np.float32], n_features: int
) -> Floats:
    """Changes of ``value`` along each row's way, by tree group and feature: ``[n, g, f]``."""
    n, g = len(matrix), forest.groups
    node = np.repeat(forest.root[None, :], n, axis=0)
    rows = np.arange(n)[:, None]
    place = (rows * g + np.arange(len(forest.root))[None, :] % g) * n_features
    out = np.zeros(n * g * n_features)
    for _ in range(forest.depth):
        child = forest._step(matrix, rows, node)  # noqa: SLF001 - the walk shares the step
        moved = child != node
        index = (place + forest.feature[node])[moved]
        change = (value[child] - value[node])[moved]
        out += np.bincount(index, weights=change, minlength=len(out))
        node = child
    return out.reshape(n, g, n_features)


def _pair_contributions(
    pair: ForestPair, matrix: NDArray[np.float32], wanted: Floats
) -> tuple[float, Floats]:
    """Base and contributions of ``probabilities @ wanted``."""
    f = len(pair.columns)
    forest_value = pair.forest.value @ wanted
    forest_base = float(forest_value[pair.forest.root].sum())
    boosting_value = pair.boosting.value[:, 0]
    roots = boosting_value[pair.boosting.root].reshape(-1, pair.boosting.groups)
    start = pair.boosting.baseline + roots.sum(axis=0)
    boosting_base = _probability(start[None, :], wanted)[0]
    parts = []
    for first in range(0, len(matrix), _CHUNK):
        x = matrix[first : first + _CHUNK]
        by_forest = _walk(pair.forest, forest_value, x, f)[:, 0, :]
        walked = _walk(pair.boosting, boosting_value, x, f)
        raw = walked.sum(axis=2)
        slope = np.zeros((len(x), pair.boosting.groups))
        for node, weight in zip((_NODES + 1) / 2, _WEIGHTS / 2, strict=True):
            slope += weight * _slope(start[None, :] + node * raw, wanted, pair.boosting.groups)
        by_boosting = np.einsum("nk,nkf->nf", slope, walked)
        # what the quadrature leaves over goes to all features in proportion
        actual = _probability(start[None, :] + raw, wanted) - boosting_base
        total = by_boosting.sum(axis=1)
        size = np.abs(by_boosting).sum(axis=1)
        rest = np.where(size > 0, (actual - total) / np.where(size > 0, size, 1.0), 0.0)
        by_boosting += np.abs(by_boosting) * rest[:, None]
        parts.append(0.5 * (by_forest + by_boosting))
    return 0.5 * (forest_base + float(boosting_base)), np.concatenate(parts)


def _probability(raw: Floats, wanted: Floats) -> Floats:
    return np.asarray(softmax(raw) @ wanted, np.float64)


def _slope(raw: Floats, wanted: Floats, groups: int) -> Floats:
    """Derivative of the wanted probability in each raw score."""
    p = softmax(raw)
    gradient = p * (wanted[None, :] - (p @ wanted)[:, None])
    return gradient[:, 1:] if groups == 1 else gradient


def _wanted(part: Answering, horizon: int, outcome: int) -> Floats:
    state = part.sellability.book.states[:, HORIZONS.index(horizon)]
    return (state >= SLOW if outcome == SLOW else state == outcome).astype(np.float64)


def contributions(
    part: Answering, features: Features, *, horizon: int = 60, outcome: int = SLOW
) -> Contributions:
    """Contributions to P(outcome over the horizon); ``SLOW`` stands for obsolete as a whole."""
    pair = part.sellability.pair
    assert pair is not None, "tables are explained by their bucket"
    matrix = features.select(pair.columns)
    wanted = _wanted(part, horizon, outcome)
    base, by_feature = _pair_contributions(pair, matrix, wanted)
    return Contributions(base, by_feature, pair.columns, base + by_feature.sum(axis=1))


def _with_typical(matrix: NDArray[np.float32], group: str, typical: Floats) -> NDArray[np.float32]:
    changed = matrix.copy()
    where = [FEATURES.index(name) for name in GROUPS[group]]
    changed[:, where] = typical[where]
    return changed


def _batches(ranked: NDArray[np.intp], n_groups: int) -> list[list[tuple[int, NDArray[np.intp]]]]:
    """Groups with the rows they are tested on: all at once for a cell, one by one for a run."""
    each = [(g, np.flatnonzero((ranked == g).any(axis=1))) for g in range(n_groups)]
    each = [(g, rows) for g, rows in each if len(rows)]
    return [each] if len(ranked) <= _FEW else [[one] for one in each]


def drivers(
    part: Answering,
    features: Features,
    typical: Floats,
    *,
    horizon: int = 60,
    outcome: int = SLOW,
    most: int = 3,
) -> tuple[tuple[Driver, ...], ...]:
    """The largest tested reasons of each row, largest first.

    A group is tested by giving it the typical item's values: the probability must move against
    the sign of its contribution.
    """
    given = contributions(part, features, horizon=horizon, outcome=outcome)
    by_group = given.by_group()
    names = [g for g in by_group if np.abs(by_group[g]).any()]
    if not names:
        return tuple(() for _ in range(len(features)))
    size = np.stack([by_group[g] for g in names], axis=1)
    ranked = np.argsort(-np.abs(size), axis=1, kind="stable")[:, : most + 2]
    wanted = _wanted(part, horizon, outcome)
    upheld = np.zeros(size.shape, bool)
    for tested in _batches(ranked, len(names)):
        rows = np.concatenate([own for _, own in tested])
        group = np.repeat([g for g, _ in tested], [len(own) for _, own in tested])
        changed = np.concatenate(
            [_with_typical(features.matrix[own], names[g], typical) for g, own in tested]
        )
        matrix = Features(changed, features.names, features.facts)
        moved = part.sellability.predict(matrix) @ wanted - given.probability[rows]
        upheld[rows, group] = (moved * size[rows, group] < 0) & (np.abs(moved) > _MOVES)
    from invval_xl.models.wording import words

    out = []
    for row in range(len(features)):
        kept = [g for g in ranked[row] if upheld[row, g] and abs(size[row, g]) >= _REASON][:most]
        out.append(
            tuple(
                Driver(names[g], float(size[row, g]), words(names[g], features, row)) for g in kept
            )
        )
    return tuple(out)


def importance(
    part: Answering, features: Features, *, seed: int, rows: int = 400
) -> tuple[tuple[str, float], ...]:
    """Mean absolute contribution to P(obsolete in 60 days), largest first, on a seeded sample."""
    n = len(features)
    drawn = np.sort(np.random.default_rng([seed, n]).permutation(n)[:rows])
    given = contributions(part, features.take(drawn), horizon=60, outcome=SLOW)
    size = np.abs(given.by_feature).mean(axis=0)
    order = np.argsort(-size, kind="stable")
    return tuple((given.names[j], round(float(size[j]), 6)) for j in order)


OUTCOME_CODE = {"obsolete": SLOW, "markdown": MARKDOWN}
