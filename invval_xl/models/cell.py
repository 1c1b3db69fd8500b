"""What a typed cell asks of a model: pure kernels over arrays, a column of cells at a time.

The functions room registers them; policy values are passed in. A fact that was not typed is NaN
(category: ``None``) and stays unknown: it is never filled, and it widens the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.facts import CELL_FACTS
from invval_xl.models.features import cell_facts, derive
from invval_xl.models.interval import interval_at
from invval_xl.models.memory import remembered
from invval_xl.models.score import Chances, Scores, chances_with, score_with
from invval_xl.models.stretch import placed, stretched
from invval_xl.models.targets import HORIZONS
from invval_xl.models.withhold import OPTIONAL_FACTS, PATTERNS, only, stacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.trained import TrainedModel

__all__ = [
    "CELL_HORIZON",
    "Snapshot",
    "markdown_interval",
    "price_base",
    "snapshot",
    "snapshot_chances",
    "snapshot_features",
    "snapshot_scores",
]

CELL_HORIZON = 60  # the tier's own horizon: "markdown likely within 60 days"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Facts of ``n`` cells, broadcast to one length; NaN (``None``) where not typed.

    Parameters
    ----------
    facts
        ``float64[n]`` by the names of :data:`~invval_xl.models.facts.CELL_FACTS`.
    category
        ``object[n]`` of ``str`` or ``None``.
    cost_to_sell_rate
        ``float64[n]``; NaN: the policy's.
    """

    facts: dict[str, NDArray[np.float64]]
    category: NDArray[np.object_]
    cost_to_sell_rate: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.category)

    def __getitem__(self, name: str) -> Floats:
        return self.facts[name]

    @cached_property
    def said(self) -> bytes:
        """Everything it says of the item, as bytes; a word is told from a missing one."""
        facts = b"".join(self.facts[name].tobytes() for name in sorted(self.facts))
        words = "\x1f".join("\x00" if word is None else f"w{word}" for word in self.category)
        return facts + words.encode("utf-8", "surrogatepass")


def snapshot(
    unit_cost: object,
    units_on_hand: object,
    age_days: object = np.nan,
    units_sold_30d: object = np.nan,
    units_sold_90d: object = np.nan,
    average_price_90d: object = np.nan,
    market_price: object = np.nan,
    category: object = None,
    cost_to_sell_rate: object = np.nan,
) -> Snapshot:
    """Facts in the order of design.md section 4; scalars and arrays broadcast.

    Examples
    --------
    >>> len(snapshot(34.0, np.array([1250.0, 10.0]), 147.0, 18.0, 89.0, 52.0, 48.0))
    2
    """
    numbers = (
        unit_cost,
        units_on_hand,
        age_days,
        units_sold_30d,
        units_sold_90d,
        average_price_90d,
        market_price,
        cost_to_sell_rate,
    )
    words = np.asarray(category, dtype=object)
    columns = np.broadcast_arrays(*[np.asarray(v, np.float64) for v in numbers], words)
    flat = [np.array(c).reshape(-1) for c in columns]
    facts = dict(zip(CELL_FACTS, flat[:7], strict=True))
    return Snapshot(facts, flat[8].astype(object), flat[7].astype(np.float64))


def snapshot_features(model: TrainedModel, given: Snapshot) -> Features:
    """What the model reads of a column of cells."""

    def derived() -> Features:
        return derive(cell_facts(given.facts, given.category), model.encoding)

    return remembered("features", model, given, derived)


def snapshot_chances(model: TrainedModel, given: Snapshot) -> Chances:
    """The chances of the outcomes alone, of a column of cells in one batch."""

    def asked() -> Chances:
        return chances_with(model.cell, snapshot_features(model, given))

    return remembered("chances", model, given, asked)


def snapshot_scores(model: TrainedModel, given: Snapshot) -> Scores:
    """Score a column of cells in one batch (a cell's interval is :func:`markdown_interval`'s).

    The tier, the reserve, the action and the reasons of one row ask for the same scores: an
    identical snapshot is scored once.
    """

    def scored() -> Scores:
        features, chances = snapshot_features(model, given), snapshot_chances(model, given)
        return score_with(model.cell, features, model.model_id, chances)

    return remembered("scores", model, given, scored)


def _known(given: Snapshot, name: str) -> NDArray[np.bool_]:
    if name == "category":
        return np.array([c is not None for c in given.category], dtype=bool)
    return np.isfinite(given.facts[name])


def markdown_interval(
    model: TrainedModel, given: Snapshot, mean: Floats, *, horizon: int = CELL_HORIZON
) -> tuple[Floats, Floats]:
    """Low and high of each cell's markdown rate.

    Its width is the narrowest among the calibrated sets of facts that are wholly known: one may
    always pretend to know less. A fact taken away leaves fewer sets to choose from, so no
    interval ever gets narrower by knowing less. It is placed to hold the set's own interval as
    far as the expected rate ``mean`` lies in it.
    """
    j = HORIZONS.index(horizon)
    width, start = remembered(
        f"interval {horizon}", model, given, lambda: _narrowest(model, given, j)
    )
    return placed(width, start, mean)


def _narrowest(model: TrainedModel, given: Snapshot, j: int) -> tuple[Floats, Floats]:
    """Width and start of the narrowest interval of each cell; all sets of facts in one batch."""
    n = len(given)
    facts = cell_facts(given.facts, given.category)
    known = {name: _known(given, name) for name in OPTIONAL_FACTS}
    sets = [
        (number, pattern, np.flatnonzero(held))
        for number, pattern in enumerate(PATTERNS)
        if (held := np.logical_and.reduce([known[f] for f in pattern] or [np.ones(n, bool)])).any()
    ]
    part = model.cell
    features = derive(stacked([only(facts.take(rows), p) for _, p, rows in sets]), model.encoding)
    if part.markdown_answered_by[j] == "model" and part.markdown is not None:
        rates = part.markdown.predict_at(features, (j,))[0]
    else:
        rates = part.carried.predict_at(features, (j,))[0]
    sizes = [len(rows) for _, _, rows in sets]
    used = [part.patterns[j][k] if part.patterns else part.calibration[j] for k, _, _ in sets]
    ends = ("low", "high", "high_alone")
    low, high = interval_at(
        rates, *(np.repeat([getattr(c, end) for c in used], sizes) for end in ends)
    )
    width, start = np.full(n, np.inf), np.zeros(n)
    first = 0
    for (_, _, rows), size in zip(sets, sizes, strict=True):
        own = slice(first, first + size)
        first += size
        wide = high[own] - low[own]
        narrower = wide < width[rows]
        width[rows] = np.where(narrower, wide, width[rows])
        start[rows] = np.where(narrower, low[own], start[rows])
    return stretched(width, start, part.stretch[j])


def price_base(given: Snapshot) -> Floats:
    """Price a markdown is taken on: the market's (the later evidence), else the 90-day average."""
    market, average = given["market_price"], given["average_price_90d"]
    return np.where(np.isfinite(market), market, average)
