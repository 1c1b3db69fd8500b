"""What the trained model says of each line: its chances, its prices, and who answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.reserving.unit_values import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.models.features import Encoding, Features
    from invval_xl.models.score import Scores
    from invval_xl.models.trained import TrainedModel
    from invval_xl.tables.table import Tables

    Scorer = Callable[[TrainedModel, Features], Scores]

__all__ = ["POINTS", "Prediction", "line_features", "predict", "predict_from"]

HORIZON = 60  # days; the horizon the tiers and the papers speak of
_LOSS_HORIZON = 90  # days; the longest window there is, which the loss is integrated over
_RATE_PLACES = 6  # as the model rounds its rates
POINTS = 11  # prices the distribution is integrated over, dearest last


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says of each line.

    ``frame`` has a row a line, in the lines' order, NaN where the model knows nothing of it:
    ``p_full_price, p_markdown, p_obsolete`` within 60 days, ``markdown_rate`` with its 80 %
    interval ``markdown_low, markdown_high``, ``p_marked_down`` by day 60, ``p_obsolete_90`` and
    ``p_no_sale_90`` within 90 days, ``outlast_share`` of the units left after the demand horizon
    where neither happens, the 90-day price distribution ``price_1 .. price_11`` with its
    80 % interval ``price_low, price_high`` (currency per unit, never above the best evidence of a
    price), and ``model_reserve``, the line's reserve by the model in whole cents.
    ``answered_by`` names who answered at 60 days, the model or the refitted ageing table.
    ``interval_factor`` is what the lookback asks of every interval's half-width (1: nothing); both
    intervals stand as it left them.
    """

    frame: pd.DataFrame
    features: Features
    model: TrainedModel
    answered_by: str
    markdown_answered_by: str
    interval_factor: float = 1.0

    @property
    def name(self) -> str:
        """The model's id."""
        return self.model.model_id

    def with_reserve(self, model_reserve: pd.Series[float]) -> Prediction:
        """The same with each line's reserve by the model."""
        return replace(self, frame=self.frame.assign(model_reserve=model_reserve.to_numpy()))


def line_features(
    tables: Tables, lines: pd.DataFrame, encoding: Encoding | None
) -> tuple[Features, NDArray[np.bool_]]:
    """Features of every line at the close, in the lines' order, and which lines have any."""
    import pandas as pd

    from invval_xl.models.features import build_features
    from invval_xl.models.from_tables import as_of_day, events_from_tables

    events = events_from_tables(tables)
    features = build_features(events, as_of_day(tables), encoding)
    item = features.facts.item
    keys = pd.Index(events.sku[item]).astype(str) + "\x1f" + pd.Index(events.location[item])
    place = keys.get_indexer(pd.Index(lines["sku"] + "\x1f" + lines["location"]))
    return features.take(place), np.asarray(place >= 0, bool)


def predict(
    model: TrainedModel,
    tables: Tables,
    lines: pd.DataFrame,
    scorer: Scorer | None = None,
    interval_factor: float = 1.0,
) -> Prediction:
    """Score every line at the close.

    Parameters
    ----------
    model
        As trained on this workbook's own history.
    tables
        The checked workbook.
    lines
        ``sku, location, price`` a line; ``price`` is the best evidence of a price at the date. No
        price above it is counted on (IAS 2.30): the market's fall is known before the model's.
    scorer
        What scores; by default :func:`invval_xl.models.score.score`, on this machine.
    interval_factor
        On the half-width of the 80 % intervals, as past cohorts ask for it (C-11).
    """
    features, there = line_features(tables, lines, model.encoding)
    evidence = lines["price"].to_numpy(dtype=np.float64)
    return predict_from(model, features, there, evidence, scorer, interval_factor)


def predict_from(
    model: TrainedModel,
    features: Features,
    there: NDArray[np.bool_],
    evidence: NDArray[np.float64],
    scorer: Scorer | None = None,
    interval_factor: float = 1.0,
) -> Prediction:
    """Score lines whose features are at hand; ``evidence`` is the best price at the date."""
    import pandas as pd

    from invval_xl.models.interval import recalibrated
    from invval_xl.models.loss import rates_to_mean
    from invval_xl.models.score import score

    scores = (scorer or score)(model, features)
    at, end = scores.horizon(HORIZON), scores.horizon(_LOSS_HORIZON)
    regular = features.facts.columns["reference_price"]

    def priced(rate: NDArray[np.float64]) -> NDArray[np.float64]:
        asked: NDArray[np.float64] = np.fmin(np.round(regular * (1.0 - rate), PLACES), evidence)
        return asked

    def interval(horizon: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ends = recalibrated(
            scores.markdown_low[:, horizon],
            scores.markdown_high[:, horizon],
            interval_factor,
            around=scores.markdown_rate[:, horizon],
            floor=0.0,
            ceiling=1.0,
        )
        return np.round(ends[0], _RATE_PLACES), np.round(ends[1], _RATE_PLACES)

    (low, high), (deepest, least) = interval(at), interval(end)[::-1]
    rates = rates_to_mean(scores.markdown_rate[:, end], scores.markdown_quantiles[:, end, :])
    columns = {
        "p_full_price": scores.p_full_price[:, at],
        "p_markdown": scores.p_markdown[:, at],
        "p_obsolete": scores.p_obsolete[:, at],
        "markdown_rate": scores.markdown_rate[:, at],
        "markdown_low": low,
        "markdown_high": high,
        "p_marked_down": scores.p_marked_down_by[:, at],
        "p_obsolete_90": scores.p_obsolete[:, end],
        "p_no_sale_90": scores.p_no_sale_through[:, end],
        "outlast_share": scores.outlast_share,
        "price_low": priced(deepest),
        "price_high": priced(least),
        # the deepest markdown is the lowest price
        **{f"price_{k + 1}": priced(rates[:, POINTS - 1 - k]) for k in range(POINTS)},
    }
    known = there & np.isfinite(columns["price_1"]) & np.isfinite(columns["p_obsolete_90"])
    frame = pd.DataFrame(
        {name: np.where(known, values, np.nan) for name, values in columns.items()}
    )
    return Prediction(
        frame,
        features,
        model,
        scores.answered_by[at],
        scores.markdown_answered_by[at],
        interval_factor,
    )
