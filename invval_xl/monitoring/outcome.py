"""What became of lines held at an earlier close up to the present: events, then re-estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.lookback import SOLD, left_loss
from invval_xl.monitoring.realised import outflows, realise
from invval_xl.terms import PriceEvidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["with_outcome"]

_STATED = ("cost_to_sell_rate", "liquidation_rate", "horizon_days", "price")


def with_outcome(
    rows: pd.DataFrame,
    frames: Mapping[str, pd.DataFrame],
    close: dt.date,
    as_of: dt.date,
    present: pd.DataFrame,
    liquidation: pd.Series[float],
) -> pd.DataFrame:
    """The rows with what became of their units.

    Parameters
    ----------
    rows
        ``sku, location, units, cost`` as held at ``close``, with ``price, cost_to_sell_rate,
        liquidation_rate, horizon_days`` of then, which serve where the line is gone by now.
    frames
        Sheets by contract name, snake_case columns.
    present
        The lines of the latest close, ``as_of``: ``sku, location, units, daily_rate``, the four
        facts above, and the ``evidence`` of the price.
    liquidation
        By SKU, what a unit of it would bring net at the rate disposals really brought; where a SKU
        is not there the stated rate of the price stands.

    Notes
    -----
    A ticket is what is asked, not what was paid: goods that have not sold for a quarter are left at
    the last price they really sold at since, or that they stood at then, where it is lower.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`~invval_xl.monitoring.realised.realise` added, and ``loss_left``.
    """
    import pandas as pd

    flows = outflows(frames, close, as_of)
    keys = pd.MultiIndex.from_arrays([rows["sku"], rows["location"]])
    now = present.set_index(["sku", "location"]).reindex(keys)

    def fact(name: str) -> Floats:
        return np.asarray(now[name], np.float64)

    def latest(name: str) -> Floats:
        known = fact(name)
        return np.where(np.isnan(known), rows[name].to_numpy(dtype=np.float64), known)

    came = realise(rows, fact("units"), flows)
    out = rows.reset_index(drop=True).join(came.reset_index(drop=True))
    selling, stated, horizon, price = (latest(name) for name in _STATED)
    asked = (now["evidence"] == PriceEvidence.TICKET.value).to_numpy()
    paid = _last_paid(flows, keys)
    paid = np.where(np.isnan(paid), rows["price"].to_numpy(dtype=np.float64), paid)
    price = np.where(asked, np.fmin(price, paid), price)
    ordinary = np.nan_to_num(price * (1.0 - selling))
    observed = np.asarray(rows["sku"].map(liquidation), dtype=np.float64)
    out["loss_left"] = left_loss(
        came["units_left"].to_numpy(),
        (rows["cost"] / rows["units"]).to_numpy(dtype=np.float64),
        daily_rate=fact("daily_rate"),
        days_to_go=horizon - (as_of - close).days,
        ordinary_nrv=ordinary,
        liquidated_nrv=np.where(np.isnan(observed), stated * ordinary, observed),
    )
    return out


def _last_paid(flows: pd.DataFrame, keys: pd.MultiIndex) -> Floats:
    """The price of each line's newest sale; NaN where none is among the outflows."""
    sold = flows[(flows["kind"] == SOLD) & flows["unit_value"].gt(0)].sort_values("day")
    newest = sold.groupby(["sku", "location"])["unit_value"].last()
    return np.asarray(newest.reindex(keys), dtype=np.float64)
