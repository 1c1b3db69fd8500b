"""The predictive worksheet functions as kernels over arrays: a whole column in one call.

Each takes the model in service, a :class:`~invval_xl.models.cell.Snapshot` and policy values, and
gives one answer a row. NaN (``None`` for words) where a fact that the answer needs is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.card import model_line
from invval_xl.models.cell import (
    CELL_HORIZON,
    markdown_interval,
    price_base,
    snapshot_chances,
    snapshot_features,
    snapshot_scores,
)
from invval_xl.models.cell_money import (
    CellPolicy,
    action,
    money,
    open_axes,
    reasons,
    settled,
    tier,
)
from invval_xl.models.targets import HORIZONS
from invval_xl.terms import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.cell import Snapshot
    from invval_xl.models.events import Floats
    from invval_xl.models.trained import TrainedModel

__all__ = [
    "BOUNDS",
    "cell_action",
    "cell_expected_price",
    "cell_markdown",
    "cell_model",
    "cell_reserve",
    "cell_risk",
    "cell_tier",
    "cell_why",
]

BOUNDS = ("", "low", "high", "p")


def _usable(given: Snapshot) -> NDArray[np.bool_]:
    """Rows with the two facts every answer needs."""
    return np.isfinite(given["unit_cost"]) & np.isfinite(given["units_on_hand"])


def _words(values: NDArray[np.object_], usable: NDArray[np.bool_]) -> NDArray[np.object_]:
    out = values.copy()
    out[~usable] = None
    return out


def cell_risk(model: TrainedModel, outcome: str, horizon_days: int, given: Snapshot) -> Floats:
    """``INV_RISK``: probability of an outcome over a horizon of 30, 60 or 90 days.

    Raises
    ------
    ValueError
        For an outcome or a horizon that is none.
    """
    name = Outcome(outcome.strip().casefold().replace(" ", "_")).value
    j = HORIZONS.index(int(horizon_days))
    p = getattr(snapshot_chances(model, given), f"p_{name}")[:, j]
    return np.where(_usable(given), p, np.nan)


def cell_markdown(model: TrainedModel, given: Snapshot, bound: str = "") -> Floats:
    """``INV_MARKDOWN``: expected markdown rate over 60 days, taken on the typed price.

    ``bound`` "low" or "high" gives an end of the 80 % interval, "p" the chance of any cut.

    Raises
    ------
    ValueError
        For another bound.
    """
    bound = bound.strip().casefold()
    if bound not in BOUNDS:
        raise ValueError(f"bound is one of {', '.join(repr(b) for b in BOUNDS)}")
    j = HORIZONS.index(CELL_HORIZON)
    scores = snapshot_scores(model, given)
    mean = scores.markdown_rate[:, j]
    if bound == "p":
        answer = scores.p_any_markdown[:, j]
    elif bound:
        low, high = markdown_interval(model, given, mean)
        answer = low if bound == "low" else high
    else:
        answer = mean
    return np.where(_usable(given), answer, np.nan)


def cell_expected_price(model: TrainedModel, given: Snapshot, bound: str = "") -> Floats:
    """``INV_EXPECTED_PRICE``: expected price, currency per unit; NaN where no price was typed.

    "low" and "high" are the prices at the ends of the markdown interval.
    """
    bound = bound.strip().casefold()
    if bound not in ("", "low", "high"):
        raise ValueError("bound is '', 'low' or 'high'")
    # a low price is a high markdown
    rate = cell_markdown(model, given, {"low": "high", "high": "low"}.get(bound, ""))
    return np.round(price_base(given) * (1.0 - rate), 6)


def cell_reserve(model: TrainedModel, given: Snapshot, policy: CellPolicy) -> Floats:
    """``INV_RESERVE``: recommended reserve, currency: the price test plus the quantity test."""
    worth = money(given, snapshot_scores(model, given), policy)
    nothing = given["units_on_hand"] == 0
    return np.where(nothing, 0.0, worth.reserve)


def cell_tier(model: TrainedModel, given: Snapshot, policy: CellPolicy) -> NDArray[np.object_]:
    """``INV_RISK_TIER``: green, yellow, orange or red, the worse of the two axes.

    ``None`` where an unknown price or rate of sale could make it worse.
    """
    scores = snapshot_scores(model, given)
    worth = money(given, scores, policy)
    words = tier(given, scores, worth, policy)
    return _words(words, _usable(given) & settled(given, worth, words))


def cell_action(model: TrainedModel, given: Snapshot, policy: CellPolicy) -> NDArray[np.object_]:
    """``INV_ACTION``: hold, markdown or liquidate; a typed row knows of no right of return.

    ``None`` where the price or the rate of sale is unknown: no choice can be weighed.
    """
    scores = snapshot_scores(model, given)
    worth = money(given, scores, policy)
    chosen, _ = action(given, scores, worth, policy)
    quantity_open, price_open = open_axes(given, worth)
    return _words(chosen, _usable(given) & ~quantity_open & ~price_open)


def cell_why(model: TrainedModel, given: Snapshot, policy: CellPolicy) -> NDArray[np.object_]:
    """``INV_WHY``: both axes, the one that binds, the figures, the tested drivers, who answered."""
    scores = snapshot_scores(model, given)
    worth = money(given, scores, policy)
    said = None
    if model.cell.answered_by[-1] == "model":
        from invval_xl.models.explain import drivers

        features = snapshot_features(model, given)
        tested = drivers(model.cell, features, model.typical, horizon=HORIZONS[-1])
        said = tuple(tuple(d.words for d in row) for row in tested)
    return _words(reasons(given, scores, worth, policy, said), _usable(given))


def cell_model(model: TrainedModel, field: str = "") -> str:
    """``INV_MODEL``: which model answers; ``KeyError`` for a field that is none."""
    return model_line(model, field)
