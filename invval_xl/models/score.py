"""What the model says of each item: frozen arrays, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.interval import rate_interval
from invval_xl.models.targets import HORIZONS

if TYPE_CHECKING:
    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.trained import Answering, TrainedModel

__all__ = ["QUANTILE_LEVELS", "Scores", "score"]

QUANTILE_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_DECIMALS = 6  # a forest's last bits differ between thread counts; money must not


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


def score_with(part: Answering, features: Features, model_id: str) -> Scores:
    """Score with one part of a trained model (full, or the cell's snapshot)."""
    sellability = part.sellability
    by_table = sellability.table.marginals(features.facts)
    answered = part.answered_by
    if "model" in answered:
        by_model = sellability.book.marginals(sellability.predict(features))
    else:
        by_model = by_table
    served = [name == "model" for name in answered]

    def mixed(name: str) -> Floats:
        mixture = np.where(served, getattr(by_model, name), getattr(by_table, name))
        return np.asarray(mixture, np.float64)

    cumulative = by_model if all(served) else by_table
    full = np.round(mixed("full_price"), _DECIMALS)
    cut = np.round(mixed("markdown"), _DECIMALS)
    full = np.minimum(full, np.round(1.0 - cut, _DECIMALS))
    carried = part.carried.predict(features)
    predicted = carried
    if part.markdown is not None and part.uses_markdown_model:
        predicted = part.markdown.predict(features)
    rates = [
        own if name == "model" else other
        for own, other, name in zip(predicted, carried, part.markdown_answered_by, strict=True)
    ]
    bounds = [
        rate_interval(rate, calibration)
        for rate, calibration in zip(rates, part.calibration, strict=True)
    ]

    def columns(values: list[Floats]) -> Floats:
        return np.asarray(np.round(np.stack(values, axis=1), _DECIMALS), np.float64)

    return Scores(
        p_full_price=full,
        p_markdown=cut,
        p_obsolete=np.round(1.0 - full - cut, _DECIMALS),
        p_marked_down_by=np.round(cumulative.marked_down_by, _DECIMALS),
        p_no_sale_through=np.round(cumulative.no_sale_through, _DECIMALS),
        p_any_markdown=columns([r.p_any for r in rates]),
        markdown_rate=columns([r.mean for r in rates]),
        markdown_low=columns([low for low, _ in bounds]),
        markdown_high=columns([high for _, high in bounds]),
        markdown_quantiles=columns([r.quantiles(QUANTILE_LEVELS) for r in rates]),
        answered_by=answered,
        markdown_answered_by=part.markdown_answered_by,
        model_id=model_id,
    )
