"""The proposal: one row a SKU x location x tranche, each with its tests, its rule and its reserve.

The arithmetic is accounting.md A2, A4 and F, on whole columns: unit NRV rounded to four places,
the comparison per unit, extended and rounded once to cents (reliability.md, "Money"). Every
column here is a column of C-3, where native formulas compute it a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.lcm import market
from invval_xl.accounting.money import round_half_away, round_money
from invval_xl.accounting.nrv import net_realizable_value, unit_write_down
from invval_xl.reserving.evidence import add_table_reserves
from invval_xl.reserving.grading import binding_test, tier_of
from invval_xl.terms import Framework, Reading, Tranche

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.policy.parameters import Policy, Stated
    from invval_xl.reserving.assembled import Assembled

__all__ = ["Proposal", "propose"]

CHANNEL_TRANCHES = (Tranche.EXCESS.value, Tranche.DAMAGED.value)
PLACES = 4  # unit prices and NRV, before they are extended by units


@dataclass(frozen=True, eq=False)
class Proposal:
    """What the machine proposes for a period; nothing here has been decided by a person.

    ``frame`` is one row a line and tranche, the rows of a line together, in the columns of C-3.
    ``used`` are the policy statements that bear on at least one row, in the order C-3 numbers
    them; the ``*_ref`` columns hold those numbers (1-based, NaN where none applies).
    """

    frame: pd.DataFrame
    used: tuple[Stated, ...]
    used_lines: tuple[int, ...]
    policy: Policy
    measurement: str
    reading: Reading
    as_of: dt.date
    framework: Framework

    @property
    def first_rows(self) -> NDArray[np.bool_]:
        """True on the first row of each line."""
        line = self.frame["line"].to_numpy()
        return np.concatenate([[True], line[1:] != line[:-1]]) if len(line) else line.astype(bool)

    def lines(self) -> pd.DataFrame:
        """One row a line: sums of the money columns, the line's own facts from its first row."""
        summed = ["cost", "price_test", "quantity_test", "expected_shortfall", "required",
                  "brought_forward", "write_down", "reversal", "closing", "age_table_reserve",
                  "coverage_table_reserve", "low", "high", "units"]
        frame = self.frame
        sums = frame.groupby("line", sort=False)[summed].sum(min_count=1).round(2)
        facts = frame.drop_duplicates("line").set_index("line").drop(columns=summed)
        out = facts.join(sums)
        out["determined"] = frame.groupby("line", sort=False)["determined"].all()
        order = frame["required"].fillna(-1).groupby(frame["line"], sort=False).idxmax()
        out["binding"] = frame.loc[order.to_numpy(), "binding"].to_numpy()
        return out.reset_index()


def propose(assembled: Assembled) -> Proposal:
    """Value every tranche and propose its reserve.

    Parameters
    ----------
    assembled
        Lines with their demand, prices, ages, units by tranche and policy values.

    Returns
    -------
    Proposal
    """
    frame = assembled.tranches.copy()
    policy, control = assembled.policy, assembled.control
    reading = Reading(policy.choice("posted_reading"))
    low_s, high_s = _bounds(policy.numbers("sensitivity_cost_to_sell_rates"))
    low_l, high_l = _bounds(policy.numbers("sensitivity_liquidation_rates"))

    price = frame["price"].to_numpy()
    chance = frame["markdown_probability"].to_numpy()
    depth = frame["markdown_rate"].to_numpy()
    expected = round_half_away(
        np.where(np.isnan(chance * depth), price, price * (1 - chance * depth)), PLACES
    )
    at_channel = frame["channel_rate"].to_numpy()
    stated = frame["contract_price"].to_numpy()
    channel = np.where(np.isnan(at_channel), expected, round_half_away(price * at_channel, PLACES))
    used = np.where(np.isnan(stated), channel, stated)
    unit_cost = frame["unit_cost"].to_numpy()
    complete, sell = frame["cost_to_complete"].to_numpy(), frame["cost_to_sell"].to_numpy()
    rate = frame["cost_to_sell_rate"].to_numpy()

    def nrv(selling_price: NDArray[np.float64], at: object = rate) -> NDArray[np.float64]:
        value = net_realizable_value(selling_price, complete, sell, np.asarray(at))
        return round_half_away(value, PLACES)

    def value(selling_price: NDArray[np.float64], at: object = rate) -> NDArray[np.float64]:
        """What a unit may be carried at: NRV, or market within ceiling and floor."""
        realizable = nrv(selling_price, at)
        if assembled.measurement != "lcm":
            return realizable
        profit = round_half_away(frame["normal_profit_rate"].to_numpy() * selling_price, PLACES)
        bounded = market(frame["replacement_cost"].to_numpy(), realizable, profit)
        return np.where(np.isnan(bounded), realizable, bounded)

    units, cost = frame["units"].to_numpy(), frame["cost"].to_numpy()

    def extend(shortfall: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.minimum(cost, round_money(units * shortfall))

    is_channel = frame["tranche"].isin(CHANNEL_TRANCHES).to_numpy()
    is_demand = (frame["tranche"] == Tranche.DEMAND.value).to_numpy()
    frame["expected_price"] = expected
    frame["ordinary_nrv"] = nrv(expected)
    frame["price_used"] = used
    frame["nrv"] = nrv(used)
    frame["market"] = value(used)
    shortfall = unit_write_down(unit_cost, frame["market"].to_numpy())
    frame["unit_shortfall"] = shortfall
    frame["price_test"] = extend(unit_write_down(unit_cost, value(expected)))
    frame["quantity_test"] = np.where(is_demand, 0.0, extend(shortfall))
    marked = unit_write_down(unit_cost, value(round_half_away(price * (1 - depth), PLACES)))
    full = unit_write_down(unit_cost, value(price))
    two_point = np.where(np.isnan(chance * depth), full, chance * marked + (1 - chance) * full)
    frame["expected_shortfall"] = extend(np.where(is_demand, two_point, shortfall))
    posted = frame["expected_shortfall"] if reading is Reading.EXPECTED_SHORTFALL else extend(
        shortfall
    )
    frame["required"] = np.asarray(posted)
    frame["determined"] = ~np.isnan(frame["required"].to_numpy())
    frame["low"] = _alternative(frame, value, extend, is_channel, used, price, low_s, high_l)
    frame["high"] = _alternative(frame, value, extend, is_channel, used, price, high_s, low_l)
    frame["binding"] = binding_test(frame)
    frame["tier"] = tier_of(frame, policy)
    add_table_reserves(frame, policy)
    _post(frame, assembled)
    return Proposal(
        frame=frame,
        used=assembled.used,
        used_lines=assembled.used_lines,
        policy=policy,
        measurement=assembled.measurement,
        reading=reading,
        as_of=assembled.as_of,
        framework=control.framework,
    )


def _bounds(values: tuple[float, ...]) -> tuple[float, float]:
    return min(values), max(values)


def _alternative(frame, value, extend, is_channel, used, price, sell_rate, liquidation):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The reserve under one end of the stated alternatives of selling cost and liquidation."""
    contract = ~frame["contract_price"].isna().to_numpy()
    at = np.where(is_channel & ~contract, round_half_away(price * liquidation, PLACES), used)
    return extend(unit_write_down(frame["unit_cost"].to_numpy(), value(at, sell_rate)))


def _post(frame: pd.DataFrame, assembled: Assembled) -> None:
    """Lay the reserve brought forward against what is required: charge, reversal, closing.

    What stands is laid on a line's tranches from the first to the last, each up to what it
    requires, the rest on the last, so that a line is charged only for what it lacks as a whole.
    """
    brought = assembled.brought_forward
    line = frame["line"].to_numpy()
    required = np.nan_to_num(frame["required"].to_numpy())
    start = np.concatenate([[True], line[1:] != line[:-1]]) if len(line) else line.astype(bool)
    last = np.concatenate([line[1:] != line[:-1], [True]]) if len(line) else line.astype(bool)
    running = np.cumsum(required)
    before = running - required
    before -= np.repeat(before[start], np.diff(np.append(np.flatnonzero(start), len(line))))
    standing = brought.standing[line]
    laid = round_money(np.clip(standing - before, 0.0, required))
    total = np.bincount(line, weights=laid, minlength=len(brought.standing))
    laid = round_money(np.where(last, laid + standing - total[line], laid))
    surplus = np.maximum(0.0, round_money(laid - required))
    undetermined = ~frame["determined"].to_numpy()
    surplus[undetermined] = 0.0
    reversible = brought.reversible[line]
    reversal = round_money(np.where(last, np.minimum(surplus, reversible), 0.0))
    charge = np.maximum(0.0, round_money(required - laid))
    frame["brought_forward"] = laid
    frame["write_down"] = np.where(undetermined, np.nan, charge)
    frame["reversible"] = np.where(last, reversible, 0.0)
    frame["reversal"] = reversal
    frame["closing"] = round_money(laid + charge - reversal)
