"""Which items a workbook shows and which stay in Parquet, with totals that tie.

Shown is what a person can judge: every item of at least a stated amount, then the costliest until
the stated share of cost is covered or the sheet is full. The rest loses nothing: it lies in the
same columns in Parquet, and shown plus rest is the whole, in units and to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import total_money

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.sources.config import WorkbookRules

__all__ = ["Split", "split_by_policy", "totals_of"]


@dataclass(frozen=True, eq=False)
class Split:
    """A balance set in two parts.

    Parameters
    ----------
    shown, rest
        Rows of the balance set, whole items each.
    totals
        ``part, items, rows, eop_units, eop_cost`` for shown, rest and all; the third row is the
        sum over the undivided set, not of the other two, so that the tie is a test.
    """

    shown: pd.DataFrame
    rest: pd.DataFrame
    totals: pd.DataFrame

    @property
    def ties(self) -> bool:
        """Whether shown and rest are the whole."""
        figures = self.totals[["rows", "eop_units", "eop_cost"]].to_numpy(float)
        return bool(np.all(np.abs(figures[0] + figures[1] - figures[2]) < 0.005))  # noqa: PLR2004 - half a cent


def split_by_policy(balance: pd.DataFrame, rules: WorkbookRules) -> Split:
    """Divide a balance set by the policy of the config.

    Parameters
    ----------
    balance
        BalanceSet columns; the last period decides, an item goes whole to one side.
    rules
        ``cost_share``, ``always_above``, ``most_rows``.
    """
    last = balance["period_end"].max()
    now = balance[balance["period_end"] == last]
    cost = now.groupby("sku")["eop_cost"].sum().abs()
    rows = balance.groupby("sku").size()
    cost = cost.reindex(rows.index).fillna(0.0)
    order = np.lexsort([cost.index.to_numpy(dtype=str), -cost.to_numpy()])
    ranked = cost.iloc[order]
    before = ranked.cumsum() - ranked
    total = float(cost.sum())
    wanted = (
        (before < rules.cost_share * total) if rules.cost_share < 1 else np.ones(len(ranked), bool)
    )
    if rules.always_above is not None:
        wanted = wanted | (ranked >= rules.always_above)
    fits = rows.reindex(ranked.index).cumsum() <= rules.most_rows
    chosen = set(ranked.index[np.asarray(wanted) & np.asarray(fits)])
    inside = balance["sku"].isin(chosen)
    shown, rest = balance[inside], balance[~inside]
    return Split(
        shown.reset_index(drop=True), rest.reset_index(drop=True), totals_of(shown, rest, balance)
    )


def totals_of(shown: pd.DataFrame, rest: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Items, rows, units and cost at the last period, of both parts and of the whole."""
    import pandas as pd

    last = whole["period_end"].max()
    out = []
    for name, part in (("shown", shown), ("rest", rest), ("all", whole)):
        now = part[part["period_end"] == last]
        out.append(
            {
                "part": name,
                "items": int(part["sku"].nunique()),
                "rows": len(part),
                "eop_units": float(now["eop_units"].sum()),
                "eop_cost": total_money(now["eop_cost"].to_numpy(float)),
            }
        )
    return pd.DataFrame(out)
