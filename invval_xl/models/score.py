"""What the model says of each item: frozen arrays, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.interval import interval_at, rate_interval
from invval_xl.models.markdown import RateDistribution
from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.interval import Calibration
    from invval_xl.models.trained import Answering, TrainedModel

__all__ = ["QUANTILE_LEVELS", "Chances", "Scores", "chances_with", "score", "score_with"]

QUANTILE_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_FEW = 512  # rows
_DECIMALS = 6  # a forest's last bits differ between thread counts; money must not


@dataclass(frozen=True, eq=False)
class Chances:
    """The outcomes' half of :class:`Scores`, ``float64[n, 3]`` each."""

    p_full_price: Floats
    p_markdown: Floats
    p_obsolete: Floats
    p_marked_down_by: Floats
    p_no_sale_through: Floats


@dataclass(frozen=True, eq=False)
class Scores:
    """Predictions of ``n`` items; horizons (30, 60, 90 days) along axis 1.

    Parameters
    ----------
    p_full_price, p_markdown, p_obsolete
        ``float64[n, 3]``: outcome of the window; they add up to one.
    p_marked_down_by
        ``float64[n, 3]``: chance of having been marked down by the day; never falls.
    p_no_sale_through
        ``float64[n, 3]``: chance that nothing is sold through the day; never rises.
    p_any_markdown
        ``float64[n, 3]``: chance of any cut, given a sale.
    markdown_rate, markdown_low, markdown_high
        ``float64[n, 3]``: expected markdown rate given a sale, and its 80 % interval.
    markdown_quantiles
        ``float64[n, 3, 11]`` at :data:`QUANTILE_LEVELS`: the price distribution to integrate over.
    outlast_share
        ``float64[n]``: share of the units counted on that a year's demand leaves although it does
        not collapse within 90 days (:mod:`invval_xl.models.outlast`); 0 where nobody counted.
    answered_by
        ``"model"`` or ``"table"`` per horizon: who gave the outcome probabilities.
    markdown_answered_by
        ``"model"`` or the naive rule carried forward (``"last"``, ``"trailing"``, ...).
    model_id
        Which model.
    """

    p_full_price: Floats
    p_markdown: Floats
    p_obsolete: Floats
    p_marked_down_by: Floats
    p_no_sale_through: Floats
    p_any_markdown: Floats
    markdown_rate: Floats
    markdown_low: Floats
    markdown_high: Floats
    markdown_quantiles: Floats
    outlast_share: Floats
    answered_by: tuple[str, str, str]
    markdown_answered_by: tuple[str, str, str]
    model_id: str

    def __len__(self) -> int:
        return len(self.p_obsolete)

    def horizon(self, days: int) -> int:
        """Position of a horizon on axis 1."""
        return HORIZONS.index(days)


def score(model: TrainedModel, features: Features) -> Scores:
    """Score every row of ``features`` with the full model.

    Each horizon is answered by the model where its gate passed and by the refitted ageing table
    where it did not; the cumulative chances come from the model only where all three passed, so
    that they always belong to one distribution.
    """
    return score_with(model.full, features, model.model_id)


def score_with(
    part: Answering, features: Features, model_id: str, chances: Chances | None = None
) -> Scores:
    """Score with one part of a trained model (full, or the cell's snapshot).

    ``chances`` are :func:`chances_with` of the same, where somebody asked before.
    """
    of_outcomes = chances or chances_with(part, features)
    any_cut, mean, low, high, quantiles = _read_off(_rates(part, features), part.calibration)
    return Scores(
        p_full_price=of_outcomes.p_full_price,
        p_markdown=of_outcomes.p_markdown,
        p_obsolete=of_outcomes.p_obsolete,
        p_marked_down_by=of_outcomes.p_marked_down_by,
        p_no_sale_through=of_outcomes.p_no_sale_through,
        p_any_markdown=any_cut,
        markdown_rate=mean,
        markdown_low=low,
        markdown_high=high,
        markdown_quantiles=quantiles,
        outlast_share=np.zeros(len(features))
        if part.outlast is None
        else part.outlast.predict(features),
        answered_by=part.answered_by,
        markdown_answered_by=part.markdown_answered_by,
        model_id=model_id,
    )


def chances_with(part: Answering, features: Features) -> Chances:
    """The chances of the outcomes alone: whoever asks only for them pays for no markdown."""
    sellability = part.sellability
    served = [name == "model" for name in part.answered_by]
    by_model = by_table = None
    if any(served):
        by_model = sellability.book.marginals(sellability.predict(features))
    if not all(served):
        by_table = sellability.table.marginals(features.facts)

    def mixed(name: str) -> Floats:
        if by_model is None or by_table is None:
            return np.asarray(getattr(by_model or by_table, name), np.float64)
        mixture = np.where(served, getattr(by_model, name), getattr(by_table, name))
        return np.asarray(mixture, np.float64)

    cumulative = by_table or by_model
    assert cumulative is not None
    full = np.round(mixed("full_price"), _DECIMALS)
    cut = np.round(mixed("markdown"), _DECIMALS)
    full = np.minimum(full, np.round(1.0 - cut, _DECIMALS))
    return Chances(
        p_full_price=full,
        p_markdown=cut,
        p_obsolete=np.round(1.0 - full - cut, _DECIMALS),
        p_marked_down_by=np.round(cumulative.marked_down_by, _DECIMALS),
        p_no_sale_through=np.round(cumulative.no_sale_through, _DECIMALS),
    )


def _rates(part: Answering, features: Features) -> list[RateDistribution]:
    """The rate's distribution at each horizon, by whoever answers there."""
    names = part.markdown_answered_by
    by_model = part.markdown is not None and part.uses_markdown_model
    predicted = part.markdown.predict(features) if by_model and part.markdown is not None else None
    if predicted is not None and all(name == "model" for name in names):
        return list(predicted)
    carried = part.carried.predict(features)
    return [
        predicted[j] if predicted is not None and name == "model" else carried[j]
        for j, name in enumerate(names)
    ]


def _read_off(
    rates: list[RateDistribution], calibration: tuple[Calibration, ...]
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Chance of any cut, mean, both ends and quantiles, horizons along axis 1.

    Few rows are read off all horizons at once: a cell pays for the number of steps.
    """
    n = len(rates[0].mean)
    whole = RateDistribution.stacked(rates) if n <= _FEW else None
    if whole is not None:
        low, high, alone = (
            np.repeat([getattr(c, name) for c in calibration], n)
            for name in ("low", "high", "high_alone")
        )
        ends = interval_at(whole, low, high, alone)
        levels = whole.quantiles(QUANTILE_LEVELS)
        each = [whole.p_any, whole.mean, *ends]
        shaped = [np.round(v.reshape(-1, n).T, _DECIMALS) for v in each]
        three = np.round(levels.reshape(-1, n, len(QUANTILE_LEVELS)), _DECIMALS)
        a, b, c, d = (np.ascontiguousarray(v) for v in shaped)
        return a, b, c, d, np.ascontiguousarray(three.transpose(1, 0, 2))
    bounds = [rate_interval(rate, c) for rate, c in zip(rates, calibration, strict=True)]

    def columns(values: list[Floats]) -> Floats:
        return np.asarray(np.round(np.stack(values, axis=1), _DECIMALS), np.float64)

    return (
        columns([r.p_any for r in rates]),
        columns([r.mean for r in rates]),
        columns([low for low, _ in bounds]),
        columns([high for _, high in bounds]),
        columns([r.quantiles(QUANTILE_LEVELS) for r in rates]),
    )
