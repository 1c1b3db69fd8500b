"""Decisions looked back at: what was proposed, what a person decided, what came, who was nearer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from invval_xl.monitoring.outcome import with_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["BOTH", "NOT_YET", "PROPOSAL", "REVIEWER", "nearer", "outcomes_of"]

REVIEWER, PROPOSAL, BOTH, NOT_YET = "reviewer", "proposal", "both", "not known yet"
_GONE = ("units_sold", "units_disposed", "units_scrapped", "units_returned")
_LOST = ("loss_sold", "loss_disposed", "loss_scrapped")


def nearer(recommended: float, decided: float, realised: float, units_gone: float) -> str:
    """Who came nearer to the loss that came; nobody while every unit is still there.

    Examples
    --------
    >>> nearer(100.0, 160.0, 150.0, 3.0), nearer(100.0, 160.0, 150.0, 0.0)
    ('reviewer', 'not known yet')
    """
    if not units_gone > 0:
        return NOT_YET
    ours, theirs = (round(abs(v - realised), 2) for v in (recommended, decided))
    return BOTH if ours == theirs else (REVIEWER if theirs < ours else PROPOSAL)


def outcomes_of(
    decisions: pd.DataFrame,
    frames: Mapping[str, pd.DataFrame],
    as_of: dt.date,
    present: pd.DataFrame,
    liquidation: pd.Series[float],
) -> pd.DataFrame:
    """Each decision of an earlier close beside what became of its units since.

    Parameters
    ----------
    decisions
        ``sku, location, period_end`` (ISO), ``units, cost, recommended, decided`` (of the line at
        that close, currency) and whatever else is to stay beside them; the facts
        :func:`~invval_xl.monitoring.outcome.with_outcome` asks of rows.
    frames, as_of, present, liquidation
        As :func:`~invval_xl.monitoring.outcome.with_outcome` takes them.

    Returns
    -------
    pandas.DataFrame
        The decisions, oldest first, with ``units_gone, net_proceeds, loss_gone, loss_left,
        realised`` and ``nearer``. ``realised`` is the loss of a line decided on, whole: what is
        gone at what it brought, what is left re-estimated, as C-11 measures a cohort.
    """
    import pandas as pd

    parts = []
    for period, rows in decisions.groupby("period_end", sort=True):
        close = dt.date.fromisoformat(str(period))
        if close < as_of:
            parts.append(
                with_outcome(
                    rows.reset_index(drop=True), frames, close, as_of, present, liquidation
                )
            )
    if not parts:
        return decisions.iloc[:0]
    out = pd.concat(parts, ignore_index=True)
    out["units_gone"] = out[list(_GONE)].sum(axis=1)
    out["net_proceeds"] = out["net_proceeds"].round(2)
    out["loss_gone"] = out[list(_LOST)].sum(axis=1).round(2)
    out["loss_left"] = out["loss_left"].round(2)
    out["realised"] = (out["loss_gone"] + out["loss_left"]).round(2)
    money = ("recommended", "decided", "realised", "units_gone")
    out["nearer"] = [nearer(*values) for values in out[list(money)].itertuples(index=False)]
    return out.sort_values(["period_end", "sku", "location"], ignore_index=True)
