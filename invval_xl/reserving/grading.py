"""The two tests and the tier: which test binds a tranche, and how an item is graded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.terms import Basis, RiskTier, Tranche

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.policy.parameters import Policy

__all__ = ["NOT_DETERMINED", "binding_test", "tier_of"]

NOT_DETERMINED = "not determined"

_TEST_OF = {
    Tranche.FIRM.value: "contract",
    Tranche.DAMAGED.value: "damage",
    Tranche.EXCESS.value: "quantity",
    Tranche.DEMAND.value: "price",
}


def binding_test(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Name the test that set each row's reserve: price, quantity, contract, damage or none.

    An excess row whose price test alone already reaches the same amount is bound by price. Where
    the model values ordinary demand, the larger part of the loss names the axis: what sells below
    cost is price, what is left over is quantity.
    """
    required = frame["required"].to_numpy()
    own = frame["tranche"].map(_TEST_OF).to_numpy(dtype=object)
    by_price = (own == "quantity") & (frame["price_test"].to_numpy() >= required)
    name = np.where(by_price, "price", own)
    if "basis" in frame:
        left = frame["unsold_probability"].to_numpy()
        gone = np.maximum(frame["unit_cost"].to_numpy() - frame["unsold_nrv"].to_numpy(), 0.0)
        more = left * gone > (1 - left) * frame["sold_shortfall"].to_numpy()
        by_model = (frame["basis"] == Basis.MODEL.value).to_numpy() & (own == "price")
        name = np.where(by_model & more, "quantity", name)
    name = np.where(required > 0, name, "none")
    return np.where(np.isnan(required), NOT_DETERMINED, name).astype(object)


def tier_of(frame: pd.DataFrame, policy: Policy) -> NDArray[np.object_]:
    """Grade each row's line on two axes, the worse one standing (accounting.md F).

    Quantity: days of supply against the policy's cut-offs. Price: the chance of a markdown and
    the headroom of ordinary NRV over cost. No sale in the window is the longest cover there is.
    Where a model scored the line, its chance of obsolescence within 90 days joins the quantity
    axis and its chance of a markdown within 60 days the price axis.
    """
    supply = frame["days_of_supply"].to_numpy()
    chance = np.nan_to_num(frame["markdown_probability"].to_numpy())
    gone = np.zeros(len(frame))
    if "p_obsolete_90" in frame:
        gone = np.nan_to_num(frame["p_obsolete_90"].to_numpy())
        chance = np.maximum(chance, np.nan_to_num(frame["p_marked_down"].to_numpy()))
    cost = frame["unit_cost"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        headroom = np.where(cost > 0, frame["ordinary_nrv"].to_numpy() / cost - 1, np.inf)
    red = (supply >= policy.number("tier_red_days_of_supply")) | (
        gone >= policy.number("tier_red_obsolete_probability")
    )
    orange = (
        (supply >= policy.number("tier_orange_days_of_supply"))
        | (chance >= policy.number("tier_orange_markdown_probability"))
        | (headroom < 0)
    )
    yellow = (
        (supply >= policy.number("tier_yellow_days_of_supply"))
        | (chance >= policy.number("tier_yellow_markdown_probability"))
        | (headroom < policy.number("tier_yellow_headroom_rate"))
    )
    tiers = [RiskTier.RED.value, RiskTier.ORANGE.value, RiskTier.YELLOW.value]
    return np.select([red, orange, yellow], tiers, RiskTier.GREEN.value).astype(object)
