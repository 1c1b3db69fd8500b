"""The trained model's evidence beside the rule-based reserve: scored by line, never posted here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_money

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.models.trained import TrainedModel
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.tables.table import Tables

__all__ = ["Prediction", "predict"]

HORIZON = 60  # days; the horizon the tiers and the papers speak of


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says of each line of the proposal.

    ``frame`` has a row a line, in the lines' order: ``p_full_price, p_markdown, p_obsolete`` within
    60 days, ``markdown_rate`` with its 80 % interval ``markdown_low, markdown_high``, and
    ``model_reserve``, the expected loss in whole cents (NaN: the model knows too little).
    ``answered_by`` names who answered at 60 days, the model or the refitted ageing table.
    """

    frame: pd.DataFrame
    model: TrainedModel
    answered_by: str
    markdown_answered_by: str


def predict(
    model: TrainedModel, tables: Tables, proposal: Proposal, lines: pd.DataFrame
) -> Prediction:
    """Score every line at the close and work out what the prediction alone would reserve.

    The liquidation rate and the costs to sell are those of the proposal, so that the two amounts
    differ by the prediction and by nothing else.
    """
    import pandas as pd

    from invval_xl.models.features import build_features
    from invval_xl.models.from_tables import as_of_day, events_from_tables
    from invval_xl.models.loss import expected_reserve
    from invval_xl.models.score import score

    events = events_from_tables(tables)
    features = build_features(events, as_of_day(tables), model.encoding)
    item = features.facts.item
    keys = pd.Index(events.sku[item]).astype(str) + "\x1f" + pd.Index(events.location[item])
    place = keys.get_indexer(pd.Index(lines["sku"] + "\x1f" + lines["location"]))
    features = features.take(place)
    scores = score(model, features)
    policy = proposal.policy
    reserve = expected_reserve(
        features,
        scores,
        liquidation_rate=policy.number("liquidation_rate"),
        cost_to_sell_rate=lines["cost_to_sell_rate"].to_numpy(dtype=np.float64),
        demand_horizon_days=policy.number("demand_horizon_days"),
    )
    at = scores.horizon(HORIZON)
    known = place >= 0
    columns = {
        "p_full_price": scores.p_full_price[:, at],
        "p_markdown": scores.p_markdown[:, at],
        "p_obsolete": scores.p_obsolete[:, at],
        "markdown_rate": scores.markdown_rate[:, at],
        "markdown_low": scores.markdown_low[:, at],
        "markdown_high": scores.markdown_high[:, at],
        "model_reserve": np.minimum(lines["cost"].to_numpy(), round_money(np.round(reserve, 6))),
    }
    frame = pd.DataFrame(
        {name: np.where(known, values, np.nan) for name, values in columns.items()}
    )
    return Prediction(frame, model, scores.answered_by[at], scores.markdown_answered_by[at])
