"""The markdown rate: the chance of any cut, and how deep given a cut.

Most rates are zero, so one number and one interval say little. The rate's distribution is a
hurdle: no cut at all, or a cut in one of a few depth bands, each band with the depths that were
seen in it. One classifier answers for all horizons (the horizon is a feature), so quantiles
cannot cross and the mean, the chance and the interval belong together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.forest_pair import Caps, ForestPair, fit_pair
from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.panel import Panel

__all__ = [
    "ANY_CUT",
    "CARRY_RULES",
    "Carried",
    "Markdown",
    "RateDistribution",
    "carry_rules",
    "fit_carried",
    "fit_markdown",
]

ANY_CUT = 0.01  # a rate of a point or more is a cut
_EDGES = (ANY_CUT, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.65)
_FEW = 64  # rows: all levels at once
_WITHIN = 9  # depths kept of each band
HORIZON_COLUMN = "horizon_days"
CARRY_RULES = ("zero", "mean", "category mean", "last", "trailing")


@dataclass(frozen=True, eq=False)
class RateDistribution:
    """Distributions of the markdown rate, one a row.

    Parameters
    ----------
    band
        ``float64[n, b]`` probability of each depth band; band 0 is "no cut".
    atoms
        ``float64[b, 9]`` depths seen in each band, equally likely, ascending.
    mean
        ``float64[n]`` expected rate. Usually the distribution's own; a rate carried forward
        keeps its own value.
    """

    band: Floats
    atoms: Floats
    mean: Floats

    def take(self, rows: slice | NDArray[np.int64]) -> RateDistribution:
        """Only ``rows``."""
        return RateDistribution(self.band[rows], self.atoms, self.mean[rows])

    @classmethod
    def stacked(cls, parts: Sequence[RateDistribution]) -> RateDistribution | None:
        """All ``parts`` under each other, where they share their atoms; else ``None``."""
        atoms = parts[0].atoms
        if any(p.atoms is not atoms for p in parts):
            return None
        band = np.concatenate([p.band for p in parts])
        return cls(band, atoms, np.concatenate([p.mean for p in parts]))

    @property
    def p_any(self) -> Floats:
        """Chance of any cut."""
        return np.asarray(1.0 - self.band[:, 0], np.float64)

    def size_quantile(self, level: Floats) -> Floats:
        """Depth at quantile ``level`` (``[n]`` or scalar) given a cut; 0 where none can be."""
        return self.size_quantiles(level)[0]

    def size_quantiles(self, *levels: Floats) -> tuple[Floats, ...]:
        """:meth:`size_quantile` at several levels, each ``[n]`` or scalar."""
        size = self.band[:, 1:]
        total = size.sum(axis=1)[:, None]
        some = total > 0
        size = np.where(some, size / np.where(some, total, 1.0), 0.0)
        middle, atoms, n = _middles(size, self.atoms[1:]), self.atoms[1:], len(size)
        return tuple(_read(middle, atoms, np.broadcast_to(level, (n,))) for level in levels)

    def quantiles(self, levels: tuple[float, ...]) -> Floats:
        """Rates at each of ``levels``, cut or none, ``float64[n, len(levels)]``."""
        return _read_each(_middles(self.band, self.atoms), self.atoms, levels)

    def size_level(self, rate: Floats) -> Floats:
        """Probability of at most ``rate`` given a cut: where an actual depth fell."""
        size = self.band[:, 1:]
        total = np.maximum(size.sum(axis=1), 1e-12)
        inside = (self.atoms[1:][None, :, :] <= rate[:, None, None]).mean(axis=2)
        below = (self.atoms[1:][None, :, :] < rate[:, None, None]).mean(axis=2)
        return np.asarray((size * (inside + below) / 2).sum(axis=1) / total, np.float64)


def _middles(weight: Floats, atoms: Floats) -> Floats:
    """Where the middle of each atom's share of the mass lies, ``float64[n, b * m]``."""
    m = atoms.shape[1]
    mass = np.repeat(weight / m, m, axis=1)
    upto = np.cumsum(mass, axis=1)
    mass *= 0.5
    upto -= mass
    return np.asarray(upto, np.float64)


def _read(middle: Floats, atoms: Floats, level: Floats) -> Floats:
    """Quantiles, linear between the middles of neighbouring atoms."""
    return _between(middle, atoms, level[:, None], (middle < level[:, None]).sum(axis=1)[:, None])[
        :, 0
    ]


def _read_each(middle: Floats, atoms: Floats, levels: tuple[float, ...]) -> Floats:
    """The same at several levels of every row, ``[n, len(levels)]``."""
    if len(middle) <= _FEW:
        reached = (middle[:, None, :] < np.array(levels)[None, :, None]).sum(axis=2)
    else:
        reached = np.stack([(middle < level).sum(axis=1) for level in levels], axis=1)
    return _between(middle, atoms, np.array(levels)[None, :], reached)


def _between(middle: Floats, atoms: Floats, level: Floats, reached: NDArray[np.intp]) -> Floats:
    flat, rows = atoms.reshape(-1), np.arange(len(middle))[:, None]
    low, high = np.maximum(reached - 1, 0), np.minimum(reached, len(flat) - 1)
    left = middle[rows, low]
    gap = middle[rows, high] - left
    open_gap = gap > 0
    share = np.where(open_gap, (level - left) / np.where(open_gap, gap, 1.0), 0.0)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    return np.asarray(flat[low] + share * (flat[high] - flat[low]), np.float64)


def _atoms(rate: Floats, band: NDArray[np.int64]) -> Floats:
    """Nine depths of each band's training rows; the band's middle where it has none."""
    edges = (0.0, *_EDGES, 1.0)
    levels = (np.arange(_WITHIN) + 0.5) / _WITHIN
    rows = []
    for b in range(len(edges) - 1):
        own = rate[band == b]
        middle = (edges[b] + edges[b + 1]) / 2
        rows.append(np.quantile(own, levels) if len(own) else np.full(_WITHIN, middle))
    rows[0] = np.zeros(_WITHIN)
    return np.array(rows)


def _stack_horizons(matrix: NDArray[np.float32], horizons: tuple[int, ...]) -> NDArray[np.float32]:
    """The rows once per horizon, the horizon in a last column."""
    return np.concatenate(
        [
            np.column_stack([matrix, np.full(len(matrix), h, np.float32)]).astype(np.float32)
            for h in horizons
        ]
    )


@dataclass(frozen=True, eq=False)
class Markdown:
    """A fitted model of the rate given that something is sold."""

    pair: ForestPair
    bands: NDArray[np.int64]
    atoms: Floats

    def predict(self, features: Features) -> tuple[RateDistribution, ...]:
        """A distribution a horizon."""
        return self.predict_at(features, (0, 1, 2))

    def predict_at(
        self, features: Features, numbers: tuple[int, ...]
    ) -> tuple[RateDistribution, ...]:
        """A distribution for each of the horizons of these numbers."""
        names = tuple(c for c in self.pair.columns if c != HORIZON_COLUMN)
        x = _stack_horizons(features.select(names), tuple(HORIZONS[j] for j in numbers))
        if HORIZON_COLUMN not in self.pair.columns:
            x = np.ascontiguousarray(x[:, :-1])
        p = self.pair.predict(x)
        band = np.zeros((len(p), len(self.atoms)))
        band[:, self.bands] = p
        mean = band @ self.atoms.mean(axis=1)
        n = len(features)
        whole = RateDistribution(band, self.atoms, mean)
        return tuple(whole.take(slice(k * n, (k + 1) * n)) for k in range(len(numbers)))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file."""
        return {
            f"{prefix}.bands": self.bands,
            f"{prefix}.atoms": self.atoms,
            **self.pair.to_arrays(f"{prefix}.pair"),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], prefix: str, estimators: Any = None
    ) -> Markdown:
        """The reverse of :meth:`to_arrays`."""
        return cls(
            ForestPair.from_arrays(arrays, f"{prefix}.pair", estimators),
            arrays[f"{prefix}.bands"],
            arrays[f"{prefix}.atoms"],
        )


def fit_markdown(
    panel: Panel, columns: tuple[str, ...], caps: Caps, *, matrix: NDArray[np.float32] | None = None
) -> Markdown | None:
    """Fit on the rows that sold in their window; ``None`` where there are too few or one band."""
    rate = panel.labels.markdown_rate
    base = panel.features.select(columns) if matrix is None else matrix
    x = _stack_horizons(base, HORIZONS)
    y = rate.T.reshape(-1)
    known = np.flatnonzero(np.isfinite(y))
    band = np.searchsorted(np.array(_EDGES), y[known], side="right")
    bands, target = np.unique(band, return_inverse=True)
    if len(known) < 200 or len(bands) < 2:  # noqa: PLR2004 - nothing to tell apart
        return None
    weight = None if panel.weight is None else np.tile(panel.weight, len(HORIZONS))[known]
    pair = fit_pair(x[known], (*columns, HORIZON_COLUMN), target, weight, caps)
    return Markdown(pair, bands, _atoms(y[known], band))


def carry_rules(
    features: Features, *, mean: float, by_category: Mapping[float, float]
) -> dict[str, Floats]:
    """What needs no model: the naive rates a model must beat, ``float64[n]`` each."""
    n = len(features)
    codes, place = np.unique(features.column("category_code"), return_inverse=True)
    group = np.array([by_category.get(float(c), mean) for c in codes], np.float64)[place]
    trailing = 1.0 - features.column("price_90d_over_reference").astype(np.float64)
    last = 1.0 - features.column("last_price_over_reference").astype(np.float64)

    def known(rate: Floats) -> Floats:
        return np.clip(np.where(np.isnan(rate), group, rate), 0.0, 1.0)

    return {
        "zero": np.zeros(n),
        "mean": np.full(n, mean),
        "category mean": group,
        "last": known(last),
        "trailing": known(trailing),
    }


@dataclass(frozen=True, eq=False)
class Carried:
    """The naive rule that answers where the model's gate fails, with what followed it in training.

    Parameters
    ----------
    rule
        Name of the rule of :func:`carry_rules`.
    mean
        Training mean per horizon; ``by_category`` means by category code (all horizons).
    atoms
        ``float64[3, buckets, b, 9]``; ``band`` ``float64[3, buckets, b]``: rates seen after a
        carried rate in each bucket of it.
    """

    rule: str
    mean: Floats
    category_codes: Floats
    category_means: Floats
    band: Floats
    atoms: Floats

    def rates(self, features: Features, j: int) -> dict[str, Floats]:
        """Every naive rule at horizon number ``j``."""
        means = self.category_means[:, j]
        table = dict(zip(self.category_codes.tolist(), means.tolist(), strict=True))
        return carry_rules(features, mean=float(self.mean[j]), by_category=table)

    def predict(self, features: Features) -> tuple[RateDistribution, ...]:
        """A distribution a horizon: the carried rate as the mean, what followed it around it."""
        return self.predict_at(features, (0, 1, 2))

    def predict_at(
        self, features: Features, numbers: tuple[int, ...]
    ) -> tuple[RateDistribution, ...]:
        """A distribution for each of the horizons of these numbers."""
        out = []
        for j in numbers:
            carried = self.rates(features, j)[self.rule]
            bucket = np.searchsorted(np.array(_EDGES), carried, side="right")
            out.append(RateDistribution(self.band[j][bucket], self.atoms, carried))
        return tuple(out)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file."""
        return {
            f"{prefix}.rule": np.array(self.rule),
            f"{prefix}.mean": self.mean,
            f"{prefix}.category_codes": self.category_codes,
            f"{prefix}.category_means": self.category_means,
            f"{prefix}.band": self.band,
            f"{prefix}.atoms": self.atoms,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Carried:
        """The reverse of :meth:`to_arrays`."""
        return cls(
            str(arrays[f"{prefix}.rule"]),
            *(
                arrays[f"{prefix}.{name}"]
                for name in ("mean", "category_codes", "category_means", "band", "atoms")
            ),
        )


def fit_carried(panel: Panel, rule: str = "last") -> Carried:
    """Count what followed each carried rate on the training rows."""
    rate = panel.labels.markdown_rate
    code = panel.features.column("category_code").astype(np.float64)
    codes = np.unique(code[np.isfinite(code)])
    known = np.isfinite(rate)
    mean = np.array([rate[known[:, j], j].mean() if known[:, j].any() else 0.0 for j in range(3)])
    means = np.tile(mean, (len(codes), 1))
    for i, c in enumerate(codes):
        for j in range(3):
            own = rate[known[:, j] & (code == c), j]
            means[i, j] = (own.sum() + 25.0 * mean[j]) / (len(own) + 25.0)
    n_band = len(_EDGES) + 1
    pooled = rate[known]
    atoms = _atoms(pooled, np.searchsorted(np.array(_EDGES), pooled, side="right"))
    band = np.zeros((3, n_band, n_band))
    blank = Carried(rule, mean, codes, means, band, atoms)
    for j in range(3):
        rows = known[:, j]
        carried = blank.rates(panel.features, j)[rule]
        bucket = np.searchsorted(np.array(_EDGES), carried[rows], side="right")
        actual = np.searchsorted(np.array(_EDGES), rate[rows, j], side="right")
        np.add.at(band[j], (bucket, actual), 1.0)
        overall = (band[j].sum(axis=0) + 1e-9) / (band[j].sum() + n_band * 1e-9)
        total = band[j].sum(axis=1, keepdims=True)
        band[j] = (band[j] + 25.0 * overall) / (total + 25.0)
    return blank
