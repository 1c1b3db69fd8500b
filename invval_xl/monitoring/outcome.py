"""What became of lines held at an earlier close up to the present: events, then re-estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.monitoring.realised import outflows, re_estimate, realise

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["with_outcome"]

_STATED = ("cost_to_sell_rate", "liquidation_rate", "horizon_days")


def with_outcome(
    rows: pd.DataFrame,
    frames: Mapping[str, pd.DataFrame],
    close: dt.date,
    as_of: dt.date,
    present: pd.DataFrame,
    liquidation: float,
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
        The lines of the latest close, ``as_of``: ``sku, location, units, daily_rate`` and the four
        facts above.
    liquidation
        What disposals really brought of the ticket, net; NaN: the stated rate stands.

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
    selling, stated, horizon = (latest(name) for name in _STATED)
    net_of_selling = liquidation / (1.0 - selling)
    out["loss_left"] = re_estimate(
        came["units_left"].to_numpy(),
        (rows["cost"] / rows["units"]).to_numpy(dtype=np.float64),
        daily_rate=fact("daily_rate"),
        price=latest("price"),
        liquidation_rate=np.where(np.isnan(net_of_selling), stated, net_of_selling),
        cost_to_sell_rate=selling,
        horizon_days=horizon,
    )
    return out
