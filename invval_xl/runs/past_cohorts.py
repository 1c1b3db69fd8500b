"""A past close valued again, by refresh's own pipeline, from what was known then and no more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl import __version__
from invval_xl.accounting.money import round_money
from invval_xl.findings import RefusedError, stops
from invval_xl.monitoring.backtest import METHODS
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.prediction import line_features, predict_from
from invval_xl.reserving.proposal import propose
from invval_xl.runs.refresh_reserve import inputs_hash
from invval_xl.terms import Tranche

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.models.features import Features
    from invval_xl.models.train import Parameters
    from invval_xl.models.trained import TrainedModel
    from invval_xl.reserving.assembled import Assembled
    from invval_xl.reserving.prediction import Prediction
    from invval_xl.reserving.proposal import Proposal
    from invval_xl.tables.table import Table, Tables

    Floats = NDArray[np.float64]

__all__ = ["Valued", "as_it_stood", "cohort_key", "trained_at", "value_close"]

_DATED = {
    "BalanceSet": "period_end",
    "SalesHistory": "date",
    "MarketPrices": "date",
    "Quality": "date",
    "Disposals": "date",
}
# What these sheets hold is the state at the workbook's own close: layers still there, orders
# still open, the reserve brought into it. Read at an earlier close they would tell its future.
_PRESENT = ("CostLayers", "FirmOrders", "PurchaseCommitments", "OpeningReserve")


@dataclass(frozen=True, eq=False)
class Valued:
    """A close as the product values it: ``rows`` is one row a line with a price.

    Columns: ``sku, location, category, supplier, tier, age_days, units, cost``; the amounts of
    :data:`~invval_xl.monitoring.backtest.METHODS` and the rule's range ``low, high``, currency;
    ``evidence, price, daily_rate, cost_to_sell_rate, liquidation_rate, horizon_days``; the model's
    interval of the markdown rate at 60 days on ``base_price``: ``rate, rate_low, rate_high``;
    ``p_obsolete, p_markdown``.
    ``undetermined_cost`` is the cost of the lines left out: no price was known.
    """

    rows: pd.DataFrame
    model_id: str
    undetermined_cost: float
    no_model_because: str = ""
    stops: int = 0


def as_it_stood(tables: Tables, close: dt.date) -> Tables:
    """The workbook as it stood at ``close``: rows dated later gone, present-state sheets gone.

    The entity's statements of today are applied to the past close: looked back at is the method
    in force, so a statement effective since is dated back to the close.
    """
    by_name: dict[str, Table] = {}
    day = np.datetime64(close)
    for name, table in tables.by_name.items():
        if name in _PRESENT:
            continue
        dated = _DATED.get(name)
        if dated is not None and dated in table.frame:
            when = table.frame[dated].to_numpy().astype("datetime64[D]")
            kept = np.flatnonzero((when <= day) | np.isnat(when))
            table = replace(  # noqa: PLW2901 - the same sheet, shorter
                table,
                frame=table.frame.iloc[kept].reset_index(drop=True),
                rows=table.rows[kept],
                sha256="",
            )
        elif name == "Assumptions":
            table = _dated_back(table, tables.control.period_end, close)  # noqa: PLW2901
        by_name[name] = table
    control = replace(tables.control, period_end=close, gl_reserve=0.0)
    return replace(tables, control=control, by_name=by_name)


def _dated_back(table: Table, today: dt.date, close: dt.date) -> Table:
    import pandas as pd

    frame = table.frame.copy()
    if "effective_from" in frame:
        when = frame["effective_from"]
        in_force = when.isna() | (when <= pd.Timestamp(today))
        back = pd.Timestamp(close)
        frame["effective_from"] = when.where(when.isna() | ~in_force | (when <= back), back)
    return replace(table, frame=frame, sha256="")


def cohort_key(
    past: Tables, parameters: Parameters | None, *, with_model: bool, held: str = ""
) -> str:
    """What a valued close is remembered by: its inputs, the version, the training."""
    parts = (inputs_hash(past), __version__, repr(parameters), with_model, held, METHODS)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def value_close(
    past: Tables,
    *,
    model: TrainedModel | None = None,
    parameters: Parameters | None = None,
    train_model: bool = True,
    progress: Callable[[int, int, str], None] | None = None,
) -> Valued:
    """Value a close by every method.

    Parameters
    ----------
    past
        Of :func:`as_it_stood`, or the present tables.
    model
        The model that answers; by default one trained on what happened before the close.
    parameters, train_model, progress
        Of the training; ``train_model=False`` leaves the model's amounts unknown.

    Notes
    -----
    A STOP at a past close does not refuse the look back: what could be valued then is valued, and
    ``stops`` counts what stood against it. The ledger's balance of a past close (BS130) is not in
    the workbook and is not asked for.
    """
    close = past.control.period_end
    conservation = prove_conservation(past)
    because = ""
    if model is None and train_model:
        model, because = trained_at(past, parameters, progress)
    elif model is None:
        because = "no model was asked for"
    assembled = assemble(past, conservation.value, close, modelled=model is not None)
    found = (*conservation.findings, *assembled.findings)
    standing = [f for f in stops(found) if f.code != "BS130"]
    keyed = assembled.value.priced_lines
    features, there = line_features(past, keyed, model.encoding if model else None)
    evidence = keyed["price"].to_numpy(dtype=np.float64)

    def predicted(by: TrainedModel) -> Prediction:
        return predict_from(by, features, there, evidence)

    prediction = predicted(model) if model else None
    proposal = propose(assembled.value, prediction)
    lines = proposal.lines()
    rows = _rows(features, proposal, lines, rule="rule_required" if model else "required")
    _by_model(assembled.value, lines, prediction, predicted, rows)
    known = lines["determined"].to_numpy() & (lines["cost"] > 0).to_numpy()
    return Valued(
        rows[known].reset_index(drop=True),
        model.model_id if model else "",
        float(lines.loc[~lines["determined"], "cost"].sum()),
        because,
        len(standing),
    )


def trained_at(
    past: Tables,
    parameters: Parameters | None,
    progress: Callable[[int, int, str], None] | None,
) -> tuple[TrainedModel | None, str]:
    """A model of what happened before the close, or why there is none."""
    from invval_xl.models.from_tables import as_of_day, events_from_tables
    from invval_xl.models.train import train

    told: dict[str, Any] = {} if progress is None else {"progress": progress}
    try:
        events = events_from_tables(past)
        return train(events, as_of=as_of_day(past), parameters=parameters, **told), ""
    except RefusedError as refused:
        return None, refused.findings[0].message


def _rows(
    features: Features, proposal: Proposal, lines: pd.DataFrame, *, rule: str
) -> pd.DataFrame:
    import pandas as pd

    policy = proposal.policy
    cost = lines["cost"].to_numpy(dtype=np.float64)
    since = features.facts.columns["days_since_last_sale"]
    # an item never sold is as old by last sale as it is by tenure
    since = np.where(np.isnan(since), features.facts.columns["tenure_days"], since)
    out = pd.DataFrame(
        {
            "sku": lines["sku"].to_numpy(dtype=object),
            "location": lines["location"].to_numpy(dtype=object),
            "description": lines["description"].to_numpy(dtype=object),
            "category": lines["category"].to_numpy(dtype=object),
            "supplier": lines["supplier"].to_numpy(dtype=object),
            "tier": lines["tier"].to_numpy(dtype=object),
            "age_days": features.facts.columns["age_days"],
            "units": lines["units"].to_numpy(dtype=np.float64),
            "cost": cost,
            "rule": lines[rule].to_numpy(dtype=np.float64),
            "age_receipt": _by_table(cost, features.facts.columns["age_days"], proposal),
            "age_last_sale": _by_table(cost, since, proposal),
            "flat_rate": round_money(cost * policy.number("lookback_flat_rate")),
            "low": lines["low"].to_numpy(dtype=np.float64),
            "high": lines["high"].to_numpy(dtype=np.float64),
            "evidence": lines["evidence"].to_numpy(dtype=object),
            "price": lines["price"].to_numpy(dtype=np.float64),
            "daily_rate": lines["daily_rate"].to_numpy(dtype=np.float64),
            "cost_to_sell_rate": lines["cost_to_sell_rate"].to_numpy(dtype=np.float64),
            "liquidation_rate": lines["liquidation_rate"].to_numpy(dtype=np.float64),
            "horizon_days": lines["demand_horizon_days"].to_numpy(dtype=np.float64),
            "base_price": features.facts.columns["reference_price"],
            "days_since_last_sale": since,
            "units_sold_90d": features.facts.columns["units_sold_90d"],
        }
    )
    out["excess_share"] = _excess(proposal, lines)
    return out


def _excess(proposal: Proposal, lines: pd.DataFrame) -> Floats:
    """Part of a line's units that its demand does not claim."""
    frame = proposal.frame
    excess = frame["units"].where(frame["tranche"] == Tranche.EXCESS.value, 0.0)
    return (excess.groupby(frame["line"]).sum() / frame["units"].groupby(frame["line"]).sum())[
        lines["line"]
    ].to_numpy(dtype=np.float64)


def _by_table(cost: Floats, days: Floats, proposal: Proposal) -> Floats:
    """The policy's ageing table on these ages; an unknown age is young: nothing is reserved."""
    bands = np.array(proposal.policy.table("age_table"))
    band = np.searchsorted(bands[:, 0], np.nan_to_num(days), side="right") - 1
    return np.asarray(round_money(cost * bands[np.maximum(band, 0), 1]), np.float64)


def _by_model(
    assembled: Assembled,
    lines: pd.DataFrame,
    prediction: Prediction | None,
    predicted: Callable[[TrainedModel], Prediction],
    out: pd.DataFrame,
) -> None:
    """Add what the model, and the table refitted on its training rows, would reserve."""
    said = {
        "rate": "markdown_rate",
        "rate_low": "markdown_low",
        "rate_high": "markdown_high",
        "p_obsolete": "p_obsolete",
        "p_markdown": "p_markdown",
    }
    if prediction is None:
        for name in ("model", "refitted_table", *said):
            out[name] = np.nan
        return
    model = prediction.model
    by_table = replace(model, full=model.full.by_table())
    refitted = propose(assembled, predicted(by_table)).lines()
    out["model"] = lines["model_required"].to_numpy(dtype=np.float64)
    out["refitted_table"] = refitted["model_required"].to_numpy(dtype=np.float64)
    for name, column in said.items():
        out[name] = prediction.frame[column].to_numpy(dtype=np.float64)
