"""The signals drift is looked for in: facts, predictions and outcomes at every month end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.events import day_number, day_of
from invval_xl.monitoring.category_demand import find_demand_shifts
from invval_xl.monitoring.drift import DriftPolicy, DriftReport, find_drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.trained import TrainedModel
    from invval_xl.tables.table import Tables

    Floats = NDArray[np.float64]

__all__ = ["DEMAND_SHARE", "INPUTS", "drift_of"]

# Facts that a stable business keeps level. Codes, tenure and windows longer than the history grow
# with the extract itself and are left out.
INPUTS: tuple[str, ...] = (
    "units_on_hand",
    "unit_cost",
    "age_days",
    "units_sold_30d",
    "units_sold_90d",
    "velocity_30_over_90",
    "days_of_supply_90d",
    "sell_through_90d",
    "days_since_last_sale",
    "price_30d_over_reference",
    "last_price_over_reference",
    "discounted_share_90d",
    "return_rate_90d",
)
DEMAND_SHARE = 1 / 3  # of the false calls: what categories' demand may have of them
_BEGIN_DAYS = 120  # before that the 90-day windows are not whole
_NEWEST = 3  # periods taken as the present where no model's training says where it ends


def drift_of(tables: Tables, model: TrainedModel | None, policy: DriftPolicy) -> DriftReport | None:
    """Month ends after the model's training against those before it.

    Without a model the newest three are held against all before them: facts and outcomes only.
    Each category's demand is held against last year's course as well; where both are looked for,
    they share the false calls the policy allows. ``None`` where the history is too short.
    """
    from invval_xl.models.features import build_features, fit_encoding
    from invval_xl.models.from_tables import events_from_tables
    from invval_xl.models.score import score
    from invval_xl.models.targets import HORIZONS, UNKNOWN, TargetPolicy, label, population

    events = events_from_tables(tables)
    ends = sorted({day_number(d) + 1 for d in tables.balance_set.frame["period_end"].dt.date})
    days = [d for d in ends if d - events.first_day >= _BEGIN_DAYS]
    learned = model.training.as_of if model and model.training else 0
    split = sum(d <= learned for d in days) if learned else len(days) - _NEWEST
    if split >= len(days):
        split = len(days) - _NEWEST
    if split < 2 or split >= len(days):  # noqa: PLR2004 - one period has no spread
        return None
    encoding = model.encoding if model else fit_encoding(events)
    target = model.target_policy if model else TargetPolicy()
    signals: dict[str, list[Floats]] = {}
    kinds: dict[str, str] = dict.fromkeys(INPUTS, "input")

    def add(name: str, values: Floats, kind: str) -> None:
        kinds[name] = kind
        signals.setdefault(name, []).append(np.asarray(values, np.float64))

    for day in days:
        every = build_features(events, day, encoding)
        here = every.take(
            np.flatnonzero(population(every.facts, has_stock=events.has_stock, policy=target))
        )
        for name in INPUTS:
            derived = name in here.names
            values = here.column(name) if derived else here.facts.columns[name]
            add(name, values.astype(np.float64), "input")
        came = label(events, here.facts, target)
        known = came.state[:, 0] != UNKNOWN
        obsolete = np.where(known, came.obsolete[:, 0].astype(float), np.nan)[known]
        add(f"obsolete within {HORIZONS[0]} days", obsolete, "outcome")
        rate = came.markdown_rate[:, 0]
        add(f"markdown rate within {HORIZONS[0]} days", rate[np.isfinite(rate)], "outcome")
        if model is not None:
            said = score(model, here)
            add("predicted obsolete", said.p_obsolete[:, 0], "prediction")
            add("predicted markdown rate", said.markdown_rate[:, 0], "prediction")
            add("outcome less prediction", obsolete - said.p_obsolete[known, 0], "outcome")
    closes = [(d, day_of(d - 1).isoformat()) for d in ends]
    demand = find_demand_shifts(
        events, closes, newest=_NEWEST, false_call_rate=policy.false_call_rate * DEMAND_SHARE
    )
    shared = replace(policy, false_call_rate=policy.false_call_rate * (1 - DEMAND_SHARE))
    learned_part = {n: [p for p in v[:split] if len(p)] for n, v in signals.items()}
    report = find_drift(
        {n: v for n, v in learned_part.items() if v},
        {n: v[split:] for n, v in signals.items()},
        kinds=kinds,
        periods=[day_of(d - 1).isoformat() for d in days[split:]],
        policy=shared if demand else policy,
    )
    return replace(report, demand=demand)
