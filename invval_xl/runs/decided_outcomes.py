"""Decisions of earlier closes against what came: the lines C-11 shows who was right on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.loss import observed_liquidation_rate
from invval_xl.monitoring.decided import outcomes_of
from invval_xl.policy.parameters import Items

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.policy.parameters import Policy
    from invval_xl.reserving.decided import PriorDecision
    from invval_xl.tables.table import Tables

__all__ = ["decided_outcomes", "liquidation_of"]

_LEAST_DISPOSALS = 5
_FACTS = {
    "cost_to_sell_rate": "cost_to_sell_rate",
    "liquidation_rate": "liquidation_rate",
    "horizon_days": "demand_horizon_days",
}
_ESCALATED = "escalate"


def liquidation_of(tables: Tables) -> pd.Series[float]:
    """By SKU, what a unit would bring net at the rate of ticket that disposals really brought.

    No entries where too few disposals say so.
    """
    table = tables.get("Disposals")
    master = tables.item_master.frame.drop_duplicates("sku").set_index("sku")
    if table is None or "net_proceeds" not in table.frame or "ticket_price" not in master:
        return master.index.to_series().iloc[:0].astype(float)
    ticket = master["ticket_price"].astype(float)
    rate, count = observed_liquidation_rate(
        table.frame["units"].to_numpy(dtype=np.float64),
        table.frame["net_proceeds"].to_numpy(dtype=np.float64),
        np.asarray(table.frame["sku"].map(ticket), dtype=np.float64),
    )
    return (rate * ticket).iloc[: len(ticket) if count >= _LEAST_DISPOSALS else 0]


def decided_outcomes(
    tables: Tables, lines: pd.DataFrame, policy: Policy, decisions: Sequence[PriorDecision]
) -> pd.DataFrame:
    """Every amount decided at an earlier close beside its outcome; no rows where there is none.

    Parameters
    ----------
    lines
        Of the present close, as :meth:`~invval_xl.reserving.proposal.Proposal.lines` gives them.
    decisions
        Of earlier closes, the latest of each item and close; what was escalated decided nothing.
    """
    import pandas as pd

    rows = pd.DataFrame(
        [
            (d.period_end, d.sku, d.location, d.act, d.reviewer, d.units, d.cost, d.recommended,
             d.decided)
            for d in decisions
            if d.act != _ESCALATED and d.units > 0
        ],
        columns=["period_end", "sku", "location", "act", "reviewer", "units", "cost",
                 "recommended", "decided"],
    )  # fmt: skip
    stated = _stated(tables, rows, policy)
    present = lines.rename(columns={"demand_horizon_days": "horizon_days"})
    frames = {name: table.frame for name, table in tables.by_name.items()}
    return outcomes_of(
        rows.assign(price=np.nan, **stated),
        frames,
        tables.control.period_end,
        present,
        liquidation_of(tables),
    )


def _stated(tables: Tables, rows: pd.DataFrame, policy: Policy) -> dict[str, NDArray[np.float64]]:
    """The policy's own rates for each line decided on: it may be gone by now."""
    master = tables.item_master.frame.drop_duplicates("sku").set_index("sku")

    def words(name: str) -> NDArray[np.object_]:
        if name not in master:
            return np.full(len(rows), "", dtype=object)
        return np.asarray(rows["sku"].map(master[name]).fillna("").astype(str), dtype=object)

    items = Items(
        rows["sku"].to_numpy(dtype=object),
        rows["location"].to_numpy(dtype=object),
        words("supplier"),
        words("category"),
    )
    return {name: policy.resolve(of, items).numbers for name, of in _FACTS.items()}
