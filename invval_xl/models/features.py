"""One function from facts to features: training, refresh and the typed cell share it.

A feature is NaN where a fact it needs is unknown. Features are ``float32``, so that an exported
tree splits exactly where the trained one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.facts import CELL_FACTS, Facts, facts_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints

__all__ = [
    "CELL_FEATURES",
    "FEATURES",
    "Encoding",
    "Features",
    "build_features",
    "cell_facts",
    "derive",
    "fit_encoding",
]

# Features that need no fact beyond those of a typed cell.
CELL_FEATURES: tuple[str, ...] = (
    "unit_cost",
    "units_on_hand",
    "age_days",
    "units_sold_30d",
    "units_sold_90d",
    "velocity_30_over_90",
    "days_of_supply_30d",
    "days_of_supply_90d",
    "sell_through_90d",
    "sold_recently",
    "average_price_90d",
    "cost_over_price",
    "market_over_price",
    "market_over_cost",
    "category_code",
)

# Everything; the order is the order of the matrix.
FEATURES: tuple[str, ...] = (
    *CELL_FEATURES,
    "location_code",
    "supplier_code",
    "units_sold_60d",
    "units_sold_180d",
    "units_sold_365d",
    "velocity_60_over_180",
    "velocity_90_over_365",
    "velocity_30_over_180",
    "days_since_last_sale",
    "days_since_receipt",
    "tenure_days",
    "gap_over_usual",
    "sale_days_90",
    "sale_days_30",
    "price_30d_over_reference",
    "price_60d_over_reference",
    "price_90d_over_reference",
    "last_price_over_reference",
    "price_trend",
    "price_over_prior",
    "discounted_share_90d",
    "cost_over_reference",
    "return_rate_90d",
    "return_rate_365d",
    "received_over_sold_90d",
    "received_over_sold_365d",
    "defect_rate",
    "shelf_life_left_days",
    "elsewhere_units_90d",
    "category_trend",
    "category_last_year_30",
    "category_last_year_60",
    "category_last_year_90",
    "category_discount_share",
    "location_discount_share",
    "supplier_return_rate",
)


_OF_CELLS = frozenset(CELL_FACTS)
_PLACE = {name: j for j, name in enumerate(FEATURES)}


@dataclass(frozen=True)
class Encoding:
    """Numbers for the words, fixed when the model is trained; an unseen word is unknown."""

    category: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()

    def code(self, kind: str, labels: NDArray[np.object_]) -> Floats:
        """Number of each label; NaN where it is unknown to the model."""
        place = {word: float(i) for i, word in enumerate(getattr(self, kind))}
        distinct: dict[object, float] = {}
        out = np.empty(len(labels))
        for i, label in enumerate(labels):
            value = distinct.get(label)
            if value is None:
                value = np.nan if label is None else place.get(str(label), np.nan)
                distinct[label] = value
            out[i] = value
        return out


@dataclass(frozen=True, eq=False)
class Features:
    """A matrix of features and whose they are.

    Parameters
    ----------
    matrix
        ``float32[n, len(names)]``; NaN is unknown.
    names
        The columns.
    facts
        What they were derived from, with the items' positions and the date.
    """

    matrix: NDArray[np.float32]
    names: tuple[str, ...]
    facts: Facts

    def __len__(self) -> int:
        return len(self.matrix)

    def column(self, name: str) -> NDArray[np.float32]:
        """One feature."""
        return self.matrix[:, self.names.index(name)]

    def select(self, names: tuple[str, ...]) -> NDArray[np.float32]:
        """The columns ``names``, in that order, C-contiguous."""
        place = _PLACE if self.names is FEATURES else {n: j for j, n in enumerate(self.names)}
        where = [place[name] for name in names]
        return np.ascontiguousarray(self.matrix[:, where])

    def take(self, rows: Ints | NDArray[np.bool_]) -> Features:
        """Only ``rows``."""
        return Features(self.matrix[rows], self.names, self.facts.take(rows))


def fit_encoding(events: Events) -> Encoding:
    """Number the words of ``events``, in alphabetical order."""

    def words(labels: NDArray[np.object_]) -> tuple[str, ...]:
        return tuple(sorted({str(v) for v in labels if v is not None}))

    return Encoding(words(events.category), words(events.location), words(events.supplier))


def _over(top: Floats, bottom: Floats, cap: float = 1e4) -> Floats:
    """Ratio, capped; ``cap`` where something stands over nothing, NaN where both are nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(top, float) / np.asarray(bottom, float)
    return np.asarray(np.minimum(np.maximum(ratio, -cap), cap), np.float64)  # NaN stays NaN


def derive(facts: Facts, encoding: Encoding) -> Features:
    """Derive every feature from ``facts``; whatever needs an unknown fact is NaN.

    Parameters
    ----------
    facts
        From :func:`~invval_xl.models.facts.facts_at` or :func:`cell_facts`.
    encoding
        The trained model's numbers for category, location and supplier.
    """
    n = len(facts)
    unknown = np.full(n, np.nan)

    def f(name: str) -> Floats:
        return facts.columns.get(name, unknown)

    on_hand = np.where(f("units_on_hand") > 0, f("units_on_hand"), np.nan)
    u30, u90 = f("units_sold_30d"), f("units_sold_90d")
    price = f("average_price_90d")
    v: dict[str, Floats] = {name: f(name) for name in FEATURES if name in facts.columns}
    v["category_code"] = encoding.code("category", facts.category)
    cost, market = f("unit_cost"), f("market_price")
    ratios = {
        "velocity_30_over_90": (3.0 * u30, u90),
        "days_of_supply_30d": (30.0 * on_hand, u30),
        "days_of_supply_90d": (90.0 * on_hand, u90),
        "sell_through_90d": (u90, u90 + on_hand),
        "cost_over_price": (cost, price),
        "market_over_price": (market, price),
        "market_over_cost": (market, cost),
    }
    v |= zip(ratios, _over(*np.array(list(ratios.values())).swapaxes(0, 1)), strict=True)
    v["sold_recently"] = np.where(
        np.isnan(u30) & np.isnan(u90), np.nan, 1.0 * (u30 > 0) + 1.0 * (u90 > 0)
    )
    if not set(facts.columns) <= _OF_CELLS:
        v |= _of_history(facts, encoding, unknown)
    matrix = np.full((n, len(FEATURES)), np.nan, np.float32)
    for name, column in v.items():
        matrix[:, _PLACE[name]] = column
    return Features(matrix, FEATURES, facts)


def _of_history(facts: Facts, encoding: Encoding, unknown: Floats) -> dict[str, Floats]:
    """What needs more than the facts of a typed cell; all of it is unknown to a cell."""

    def f(name: str) -> Floats:
        return facts.columns.get(name, unknown)

    u90, u180, u365 = (f(f"units_sold_{d}d") for d in (90, 180, 365))
    v: dict[str, Floats] = {}
    v["location_code"] = encoding.code("location", facts.location)
    v["supplier_code"] = encoding.code("supplier", facts.supplier)
    v["velocity_60_over_180"] = _over(3.0 * f("units_sold_60d"), u180)
    v["velocity_90_over_365"] = _over(u90 * (365.0 / 90.0), u365)
    v["velocity_30_over_180"] = _over(6.0 * f("units_sold_30d"), u180)
    v["gap_over_usual"] = _over(
        f("days_since_last_sale") * f("sale_days_90"), np.full(len(unknown), 90.0)
    )
    for days in (30, 60, 90):
        v[f"price_{days}d_over_reference"] = f(f"price_ratio_{days}d")
    v["last_price_over_reference"] = f("last_price_ratio")
    v["price_trend"] = _over(f("average_price_30d"), f("average_price_90d"))
    v["price_over_prior"] = _over(f("price_ratio_90d"), f("price_ratio_prior"))
    v["discounted_share_90d"] = _over(f("discounted_units_90d"), u90)
    v["cost_over_reference"] = _over(f("unit_cost"), f("reference_price"))
    v["return_rate_90d"] = _over(f("units_returned_90d"), u90)
    v["return_rate_365d"] = _over(f("units_returned_365d"), f("units_sold_all"))
    v["received_over_sold_90d"] = _over(f("units_received_90d"), u90)
    v["received_over_sold_365d"] = _over(f("units_received_365d"), u365)
    v["defect_rate"] = _over(f("defect_units_365d"), f("units_sold_all"))
    v["shelf_life_left_days"] = f("shelf_life_days") - f("age_days")
    return v


def build_features(events: Events, as_of: int, encoding: Encoding | None = None) -> Features:
    """Features of every item of ``events`` from what happened before ``as_of``.

    Parameters
    ----------
    events
        The extract; events at or after ``as_of`` change nothing.
    as_of
        Day number (:func:`invval_xl.models.events.day_number`): for a period end, the day after.
    encoding
        The trained model's; by default the words of ``events`` themselves.
    """
    return derive(facts_at(events, as_of), encoding or fit_encoding(events))


def cell_facts(
    known: Mapping[str, NDArray[np.float64]], category: NDArray[np.object_] | None = None
) -> Facts:
    """Facts from what was typed: :data:`CELL_FACTS` by name, NaN where a fact is not given."""
    n = len(next(iter(known.values())))
    nothing = np.full(n, None, dtype=object)
    return Facts(
        {name: np.asarray(known[name], np.float64) for name in CELL_FACTS if name in known},
        nothing if category is None else category,
        nothing,
        nothing,
        np.arange(n, dtype=np.int64),
        0,
    )
