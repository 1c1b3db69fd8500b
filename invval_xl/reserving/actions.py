"""What to do with an item, and the economics that chose it; advice, never a measure of NRV."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.disposition import ASKED_CUT, disposition_values
from invval_xl.terms import Action, Tranche

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.reserving.proposal import Proposal

__all__ = ["Advice", "advise"]

_MARKDOWN = Action.MARKDOWN.value


@dataclass(frozen=True, eq=False)
class Advice:
    """One action a line, and what each way is worth, currency (NaN unknown, -inf not open)."""

    action: NDArray[np.object_]
    worth: dict[str, NDArray[np.float64]]
    cut: NDArray[np.float64]

    def because(self, position: int) -> str:
        """The figures that chose the action, in one sentence."""
        ways = [(name, float(values[position])) for name, values in self.worth.items()]
        ranked = sorted((way for way in ways if isfinite(way[1])), key=lambda way: -way[1])
        if not ranked:
            return "No price is known: hold until one is."
        named = {_MARKDOWN: f"{_MARKDOWN} of {float(self.cut[position]):.0%}"}
        told = ", ".join(f"{named.get(name, name)} {value:,.0f}" for name, value in ranked)
        return f"Worth after carrying cost: {told}."


def advise(proposal: Proposal, lines: pd.DataFrame) -> Advice:
    """Choose what is worth most for each of the lines given.

    Hold, mark down, liquidate what outlasts demand, or return it to its vendor, each after what
    holding costs (accounting.md F6). A line without a known price, or a tie, is held.

    Parameters
    ----------
    lines
        Rows of :meth:`Proposal.lines`.
    """
    frame, policy = proposal.frame, proposal.policy
    line = frame["line"].to_numpy()
    is_excess = (frame["tranche"] == Tranche.EXCESS.value).to_numpy()
    ids = lines["line"].to_numpy()
    count = int(line.max(initial=-1)) + 1
    excess = np.bincount(line, weights=np.where(is_excess, frame["units"], 0.0), minlength=count)

    def of(name: str) -> NDArray[np.float64]:
        return lines[name].to_numpy(dtype=np.float64)

    own = of("markdown_rate")
    cut = np.where(np.isnan(own), ASKED_CUT, own)
    keep = 1.0 - of("cost_to_sell_rate")
    fixed = of("cost_to_complete") + of("cost_to_sell")
    price = of("price")
    nrv = of("ordinary_nrv")
    if "predicted_nrv" in frame:
        said = frame[frame["predicted_nrv"].notna()].drop_duplicates("line").set_index("line")
        predicted = said["predicted_nrv"].reindex(ids).to_numpy(dtype=np.float64)
        nrv = np.where(np.isnan(predicted), nrv, predicted)
    right = of("vendor_return_right") == 1
    worth = disposition_values(
        unit_cost=of("unit_cost"),
        units=of("units_on_hand"),
        excess_units=excess[ids],
        nrv=nrv,
        marked_nrv=price * (1.0 - cut) * keep - fixed,
        disposal_nrv=price * of("liquidation_rate") * keep - fixed,
        days_of_supply=of("days_of_supply"),
        horizon_days=of("demand_horizon_days"),
        carrying_cost_rate=policy.number("carrying_cost_rate"),
        demand_lift=(1.0 - cut) ** max(policy.numbers("sensitivity_elasticities")),
        vendor_return_rate=np.where(right, of("vendor_return_rate"), np.nan),
    )
    by_word = {way.value: values for way, values in worth.by_action().items()}
    return Advice(worth.best(), by_word, cut)
