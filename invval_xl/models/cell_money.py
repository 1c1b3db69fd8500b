"""A typed item's expected price, reserve, tier, action and reasons, by scores and policy."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.cell import CELL_HORIZON, Snapshot, price_base
from invval_xl.models.disposition import ASKED_CUT, disposition_values
from invval_xl.models.loss import expected_loss
from invval_xl.models.targets import HORIZONS
from invval_xl.terms import Action, Reading, RiskTier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.score import Scores

__all__ = ["CellMoney", "CellPolicy", "action", "money", "open_axes", "reasons", "settled", "tier"]

_TIERS = (RiskTier.GREEN, RiskTier.YELLOW, RiskTier.ORANGE, RiskTier.RED)


@dataclass(frozen=True)
class CellPolicy:
    """Policy values a typed item is judged by; names are those of ``policy/default.toml``."""

    cost_to_sell_rate: float = 0.08
    liquidation_rate: float = 0.50
    demand_horizon_days: float = 365.0
    posted_reading: str = Reading.EXPECTED_NRV.value
    tier_red_days_of_supply: float = 730.0
    tier_orange_days_of_supply: float = 365.0
    tier_yellow_days_of_supply: float = 180.0
    tier_red_obsolete_probability: float = 0.60
    tier_orange_markdown_probability: float = 0.50
    tier_yellow_markdown_probability: float = 0.20
    tier_yellow_headroom_rate: float = 0.10
    carrying_cost_rate: float = 0.22
    markdown_elasticity: float = -2.0
    markdown_rate: float = ASKED_CUT

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> CellPolicy:
        """Policy values by name; a name that is not this class's is left aside.

        A value that is not a finite number (a markdown rate that was never assessed) leaves the
        default, which asks what a quarter off would bring.
        """
        known: dict[str, Any] = {}
        for field in fields(cls):
            value = values.get(field.name)
            if isinstance(value, str) or (isinstance(value, (int, float)) and math.isfinite(value)):
                known[field.name] = value
        return cls(**known)


@dataclass(frozen=True, eq=False)
class CellMoney:
    """Money of ``n`` typed items; NaN where a fact it needs is unknown.

    Parameters
    ----------
    expected_price, nrv
        Per unit, of the units ordinary demand takes.
    days_of_supply
        At the 90-day rate; infinite where nothing sold.
    excess_units
        Beyond demand over the policy's horizon.
    price_reserve, quantity_reserve
        The two tests, currency. ``reserve`` is their sum.
    """

    base_price: Floats
    expected_price: Floats
    nrv: Floats
    days_of_supply: Floats
    excess_units: Floats
    price_reserve: Floats
    quantity_reserve: Floats

    @property
    def reserve(self) -> Floats:
        """Recommended reserve, currency."""
        return np.asarray(np.round(self.price_reserve + self.quantity_reserve, 2), np.float64)


def _daily_rate(given: Snapshot) -> Floats:
    """Units a day over 90 days, or over 30 where only those are known."""
    by_90, by_30 = given["units_sold_90d"] / 90.0, given["units_sold_30d"] / 30.0
    return np.where(np.isfinite(by_90), by_90, by_30)


def _selling_rate(given: Snapshot, policy: CellPolicy) -> Floats:
    own = given.cost_to_sell_rate
    return np.where(np.isfinite(own), own, policy.cost_to_sell_rate)


def money(given: Snapshot, scores: Scores, policy: CellPolicy) -> CellMoney:
    """Expected price and the reserve on both axes.

    Ordinary demand is tested at the distribution of its price (the chance that nothing sells for
    90 days stands at the liquidation price); units beyond the demand horizon at the liquidation
    price.
    """
    j = HORIZONS.index(CELL_HORIZON)
    base = price_base(given)
    rate, selling = _daily_rate(given), _selling_rate(given, policy)
    on_hand, cost = given["units_on_hand"], given["unit_cost"]
    with np.errstate(divide="ignore", invalid="ignore"):
        supply = np.where(rate > 0, on_hand / rate, np.where(on_hand > 0, np.inf, 0.0))
    supply = np.where(np.isnan(rate) | np.isnan(on_hand), np.nan, supply)
    excess = np.clip(on_hand - rate * policy.demand_horizon_days, 0.0, np.maximum(on_hand, 0.0))
    loss = expected_loss(
        unit_cost=cost,
        base_price=base,
        mean_rate=scores.markdown_rate[:, j],
        rate_quantiles=scores.markdown_quantiles[:, j, :],
        p_no_sale=scores.p_no_sale_through[:, -1],
        liquidation_rate=np.full(len(given), policy.liquidation_rate),
        cost_to_sell_rate=selling,
    )
    per_unit = (
        loss.expected_shortfall
        if policy.posted_reading == Reading.EXPECTED_SHORTFALL.value
        else loss.shortfall_of_expected
    )
    demand = np.maximum(on_hand, 0.0) - excess
    liquidated = np.maximum(0.0, cost - policy.liquidation_rate * base * (1.0 - selling))
    # with the rate of sale unknown, no unit is known to be in excess: the quantity test is open
    quantity = np.where(on_hand == 0, 0.0, excess * liquidated)
    return CellMoney(
        base_price=base,
        expected_price=np.round(base * (1.0 - scores.markdown_rate[:, j]), 6),
        nrv=loss.expected_nrv,
        days_of_supply=supply,
        excess_units=excess,
        price_reserve=np.where(on_hand == 0, 0.0, demand * per_unit),
        quantity_reserve=quantity,
    )


def _axes(
    given: Snapshot, scores: Scores, worth: CellMoney, policy: CellPolicy
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank of the tier on the quantity and on the price axis, 0 green to 3 red."""
    j = HORIZONS.index(CELL_HORIZON)
    supply = worth.days_of_supply
    quantity = np.zeros(len(given), np.int64)
    for rank, cut in (
        (1, policy.tier_yellow_days_of_supply),
        (2, policy.tier_orange_days_of_supply),
        (3, policy.tier_red_days_of_supply),
    ):
        quantity = np.where(supply >= cut, rank, quantity)
    gone = scores.p_obsolete[:, -1]
    quantity = np.where(gone >= policy.tier_red_obsolete_probability, 3, quantity)
    chance = scores.p_marked_down_by[:, j]
    headroom = (worth.nrv - given["unit_cost"]) / given["unit_cost"]
    price = np.zeros(len(given), np.int64)
    price = np.where(
        (chance >= policy.tier_yellow_markdown_probability)
        | (headroom < policy.tier_yellow_headroom_rate),
        1,
        price,
    )
    price = np.where((chance >= policy.tier_orange_markdown_probability) | (headroom < 0), 2, price)
    nothing = given["units_on_hand"] == 0
    return np.where(nothing, 0, quantity), np.where(nothing, 0, price)


def open_axes(given: Snapshot, worth: CellMoney) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the quantity and the price axis of each item lack a fact, stock being on hand."""
    some = given["units_on_hand"] != 0
    return some & np.isnan(worth.days_of_supply), some & np.isnan(worth.nrv)


def settled(given: Snapshot, worth: CellMoney, words: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether no value of an unknown fact could make the tier worse than its word in ``words``.

    The quantity axis reaches red, the price axis orange.
    """
    quantity, price = open_axes(given, worth)
    red = words == RiskTier.RED.value
    orange = words == RiskTier.ORANGE.value
    return np.asarray(red | (~quantity & (orange | ~price)), bool)


def tier(
    given: Snapshot, scores: Scores, worth: CellMoney, policy: CellPolicy
) -> NDArray[np.object_]:
    """The tier of each item: the worse of its two axes."""
    quantity, price = _axes(given, scores, worth, policy)
    return np.array([_TIERS[r].value for r in np.maximum(quantity, price)], dtype=object)


def action(
    given: Snapshot,
    scores: Scores,
    worth: CellMoney,
    policy: CellPolicy,
    *,
    vendor_return_rate: Floats | None = None,
) -> tuple[NDArray[np.object_], dict[str, Floats]]:
    """What to do with each item, and what each choice is worth after carrying cost, currency.

    Units ordinary demand takes wait half the horizon on average, units beyond it the whole of it
    and go at the liquidation price then. A markdown lifts demand by its elasticity. Liquidating
    (or returning, where the vendor takes units back at ``vendor_return_rate`` of cost) clears the
    excess now. The dearest choice is taken; where nothing is in excess and a markdown is likely
    within 60 days, it is a markdown.
    """
    n = len(given)
    on_hand = np.maximum(given["units_on_hand"], 0.0)
    keep = 1.0 - _selling_rate(given, policy)
    cut, excess = policy.markdown_rate, worth.excess_units
    none = np.full(n, np.nan)
    worths = disposition_values(
        unit_cost=given["unit_cost"],
        units=on_hand,
        excess_units=excess,
        nrv=worth.nrv,
        marked_nrv=worth.base_price * (1.0 - cut) * keep,
        disposal_nrv=policy.liquidation_rate * worth.base_price * keep,
        days_of_supply=worth.days_of_supply,
        horizon_days=policy.demand_horizon_days,
        carrying_cost_rate=policy.carrying_cost_rate,
        demand_lift=(1.0 - cut) ** policy.markdown_elasticity,
        vendor_return_rate=none if vendor_return_rate is None else vendor_return_rate,
    )
    values = {way.value: figures for way, figures in worths.by_action().items()}
    chosen = worths.best()
    unknown = np.isnan(np.stack(list(values.values()))).any(axis=0)
    likely = scores.p_marked_down_by[:, HORIZONS.index(CELL_HORIZON)]
    forced = (excess == 0) & (likely >= policy.tier_orange_markdown_probability)
    chosen[forced] = Action.MARKDOWN.value
    chosen[unknown | (on_hand == 0)] = Action.HOLD.value
    assert len(chosen) == n
    return chosen, values


def reasons(
    given: Snapshot,
    scores: Scores,
    worth: CellMoney,
    policy: CellPolicy,
    drivers: tuple[tuple[str, ...], ...] | None = None,
) -> NDArray[np.object_]:
    """One sentence an item: both axes, which of them binds, the figures, and who answered."""
    j = HORIZONS.index(CELL_HORIZON)
    quantity, price = _axes(given, scores, worth, policy)
    quantity_open, price_open = open_axes(given, worth)
    words = np.array([_TIERS[r].value for r in np.maximum(quantity, price)], dtype=object)
    sure = settled(given, worth, words)
    who = "model" if scores.answered_by[-1] == "model" else "ageing table"
    out = np.empty(len(given), dtype=object)
    for i in range(len(given)):
        binding = "quantity" if quantity[i] >= price[i] else "price"
        of_quantity = _axis_words(quantity[i], 3, is_open=bool(quantity_open[i]))
        of_price = _axis_words(price[i], 2, is_open=bool(price_open[i]))
        said = [
            f"{words[i]}, the {binding} axis binds"
            if sure[i]
            else f"{words[i]} or worse, a fact it hangs on is unknown",
            f"quantity axis {of_quantity}: {_supply_words(given, worth, policy, i)}",
            f"price axis {of_price}: "
            f"{_price_words(given, worth, i)}, {scores.p_marked_down_by[i, j]:.0%} chance of a "
            f"markdown within {CELL_HORIZON} days",
            f"{scores.p_obsolete[i, -1]:.0%} chance of obsolescence within 90 days "
            f"({who} {scores.model_id})",
        ]
        if drivers is not None and drivers[i]:
            said.append("because " + "; ".join(drivers[i]))
        out[i] = "; ".join(said) + "."
    return out


def _axis_words(rank: int, worst: int, *, is_open: bool) -> str:
    word = _TIERS[rank].value
    return f"{word} or worse" if is_open and rank < worst else word


def _supply_words(given: Snapshot, worth: CellMoney, policy: CellPolicy, i: int) -> str:
    on_hand, supply = given["units_on_hand"][i], worth.days_of_supply[i]
    if np.isnan(supply):
        return "cover unknown, no rate of sale was given"
    if np.isinf(supply):
        return f"{on_hand:,.0f} units and no sale in the window"
    return (
        f"{supply:,.0f} days of supply, {worth.excess_units[i]:,.0f} of {on_hand:,.0f} units "
        f"beyond {policy.demand_horizon_days:,.0f} days of demand"
    )


def _price_words(given: Snapshot, worth: CellMoney, i: int) -> str:
    if np.isnan(worth.nrv[i]):
        return "no price was given"
    return f"expected NRV {worth.nrv[i]:,.2f} against cost {given['unit_cost'][i]:,.2f}"
