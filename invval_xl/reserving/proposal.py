"""The proposal: one row a SKU x location x tranche, each with its tests, its rule and its reserve.

The arithmetic is accounting.md A2, A4 and F, on whole columns: unit NRV rounded to four places,
the comparison per unit, extended and rounded once to cents (reliability.md, "Money"). Every
column here is a column of C-3, where native formulas compute it a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.money import round_half_away, round_money
from invval_xl.reserving.evidence import add_table_reserves
from invval_xl.reserving.grading import binding_test, tier_of
from invval_xl.reserving.predicted_rows import add_predicted, predicted_bounds, settle_basis
from invval_xl.reserving.unit_values import PLACES, UnitValues
from invval_xl.terms import Basis, Framework, Reading, Tranche

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    from invval_xl.policy.parameters import Policy, Stated
    from invval_xl.reserving.assembled import Assembled
    from invval_xl.reserving.prediction import Prediction

    Floats = NDArray[np.float64]

__all__ = ["Proposal", "propose", "proposed", "valued"]


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
    model_reading: Reading
    as_of: dt.date
    framework: Framework

    @property
    def first_rows(self) -> NDArray[np.bool_]:
        """True on the first row of each line."""
        line = self.frame["line"].to_numpy()
        return np.concatenate([[True], line[1:] != line[:-1]]) if len(line) else line.astype(bool)

    def lines(self) -> pd.DataFrame:
        """One row a line: sums of the money columns, the line's own facts from its first row."""
        summed = [
            "cost",
            "price_test",
            "quantity_test",
            "expected_shortfall",
            "required",
            "brought_forward",
            "write_down",
            "reversal",
            "closing",
            "age_table_reserve",
            "coverage_table_reserve",
            "low",
            "high",
            "units",
        ]
        frame = self.frame
        summed += [name for name in ("rule_required", "model_required") if name in frame]
        sums = frame.groupby("line", sort=False)[summed].sum(min_count=1).round(2)
        facts = frame.drop_duplicates("line").set_index("line").drop(columns=summed)
        out = facts.join(sums)
        out["determined"] = frame.groupby("line", sort=False)["determined"].all()
        order = frame["required"].fillna(-1).groupby(frame["line"], sort=False).idxmax()
        out["binding"] = frame.loc[order.to_numpy(), "binding"].to_numpy()
        return out.reset_index()


def propose(assembled: Assembled, prediction: Prediction | None = None) -> Proposal:
    """Value every tranche and propose its reserve.

    Parameters
    ----------
    assembled
        Lines with their demand, prices, ages, units by tranche and policy values.
    prediction
        What the trained model says of each line. It is measured on every row, and required where
        the policy's ``valuation_basis`` says so.
    """
    return proposed(assembled, valued(assembled, prediction))


def valued(assembled: Assembled, prediction: Prediction | None = None) -> pd.DataFrame:
    """The rows of :func:`propose`; each line's depend on no other line's."""
    frame = assembled.tranches.copy(deep=False)  # columns are added or put anew, never changed
    policy = assembled.policy
    reading = Reading(policy.choice("posted_reading"))
    rows = UnitValues(frame, lcm=assembled.measurement == "lcm")
    _price(frame)
    _test(frame, rows)
    posted = "expected_shortfall" if reading is Reading.EXPECTED_SHORTFALL else "shortfall"
    if prediction is None:
        frame["required"] = frame[posted]
    else:
        frame["rule_required"] = frame[posted]
        add_predicted(frame, rows, prediction, Reading(policy.choice("model_reading")))
        settle_basis(frame, assembled.basis)
    frame["determined"] = frame["required"].notna()
    _bound(frame, rows, policy)
    frame["binding"] = binding_test(frame)
    frame["tier"] = tier_of(frame, policy)
    add_table_reserves(frame, policy)
    _post(frame, assembled)
    return frame


def proposed(assembled: Assembled, frame: pd.DataFrame) -> Proposal:
    """The proposal whose rows are valued."""
    policy = assembled.policy
    return Proposal(
        frame=frame,
        used=assembled.used,
        used_lines=assembled.used_lines,
        policy=policy,
        measurement=assembled.measurement,
        reading=Reading(policy.choice("posted_reading")),
        model_reading=Reading(policy.choice("model_reading")),
        as_of=assembled.as_of,
        framework=assembled.control.framework,
    )


def _price(frame: pd.DataFrame) -> None:
    """Expected ordinary price, and the price of the row's own channel."""
    price = frame["price"].to_numpy()
    cut = (frame["markdown_probability"] * frame["markdown_rate"]).fillna(0.0).to_numpy()
    expected = round_half_away(price * (1 - cut), PLACES)
    at_channel = frame["channel_rate"].to_numpy()
    stated = frame["contract_price"].to_numpy()
    channel = np.where(np.isnan(at_channel), expected, round_half_away(price * at_channel, PLACES))
    frame["expected_price"] = expected
    frame["price_used"] = np.where(np.isnan(stated), channel, stated)


def _test(frame: pd.DataFrame, rows: UnitValues) -> None:
    """Price test, quantity test and both readings of an uncertain price."""
    price, used = frame["price"].to_numpy(), frame["price_used"].to_numpy()
    expected = frame["expected_price"].to_numpy()
    chance, depth = frame["markdown_probability"].to_numpy(), frame["markdown_rate"].to_numpy()
    is_demand = (frame["tranche"] == Tranche.DEMAND.value).to_numpy()
    frame["ordinary_nrv"] = rows.nrv(expected)
    frame["nrv"] = rows.nrv(used)
    frame["market"] = rows.carried(used)
    unit_shortfall = rows.shortfall(used)
    frame["unit_shortfall"] = unit_shortfall
    frame["carried_value"] = round_money(rows.units * np.maximum(frame["market"].to_numpy(), 0.0))
    frame["shortfall"] = rows.extended(unit_shortfall)
    frame["price_test"] = rows.extended(rows.shortfall(expected))
    frame["quantity_test"] = np.where(is_demand, 0.0, frame["shortfall"])
    marked = rows.shortfall(round_half_away(price * (1 - depth), PLACES))
    full = rows.shortfall(price)
    two_point = np.where(np.isnan(chance * depth), full, chance * marked + (1 - chance) * full)
    frame["expected_shortfall"] = rows.extended(np.where(is_demand, two_point, unit_shortfall))


def _bound(frame: pd.DataFrame, rows: UnitValues, policy: Policy) -> None:
    """Low and high: the requirement at the ends of the stated alternatives.

    Where the model values the row, at the ends of its interval too; that range holds the
    requirement itself.
    """
    sell = policy.numbers("sensitivity_cost_to_sell_rates")
    liquidation = policy.numbers("sensitivity_liquidation_rates")
    ends = (
        ("low", min(sell), max(liquidation), "price_high", np.minimum),
        ("high", max(sell), min(liquidation), "price_low", np.maximum),
    )
    for name, sell_rate, liquidation_rate, price, further in ends:
        frame[name] = _alternative(frame, rows, sell_rate, liquidation_rate)
        if "basis" in frame:
            by_model = (frame["basis"] == Basis.MODEL.value) & frame["unsold_probability"].notna()
            end = predicted_bounds(frame, rows, sell_rate, liquidation_rate, price)
            frame[name] = np.where(by_model, further(end, frame["required"]), frame[name])


def _alternative(
    frame: pd.DataFrame, rows: UnitValues, sell_rate: float, liquidation_rate: float
) -> Floats:
    """The requirement under one end of the stated alternatives of selling cost and channel."""
    at_channel = (frame["channel_rate"].notna() & frame["contract_price"].isna()).to_numpy()
    channel = round_half_away(frame["price"].to_numpy() * liquidation_rate, PLACES)
    price = np.where(at_channel, channel, frame["price_used"].to_numpy())
    return rows.extended(rows.shortfall(price, sell_rate))


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
