"""What to watch of an item over the next 30 days, and what would reopen its reserve."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from invval_xl.terms import Tranche

if TYPE_CHECKING:
    from invval_xl.reserving.rows import Row

__all__ = ["break_even", "watch"]

_WEEK = 7.0


def break_even(row: Row) -> float:
    """Gross selling price at which NRV is cost."""
    fixed = row["unit_cost"] + row["cost_to_complete"] + row["cost_to_sell"]
    return float(fixed / (1 - row["cost_to_sell_rate"]))


def watch(parts: list[Row]) -> str:
    """Metrics of the next 30 days with the figure each is read against (accounting.md F)."""
    first = parts[0]
    excess = next((p for p in parts if p["tranche"] == Tranche.EXCESS), None)
    said = []
    rate = first["daily_rate"]
    if rate > 0:
        said.append(
            f"units a week against {rate * _WEEK:,.1f}; three weeks under half of it reopen the"
            " quantity test"
        )
    elif rate == 0:
        said.append("any sale: none was made in the window")
    if not isnan(break_even(first)):
        said.append(
            f"price realized against {break_even(first):,.2f} gross, where the price test bites"
        )
    if excess is not None and not isnan(excess["price_used"]):
        said.append(f"liquidation quotes against {excess['price_used']:,.2f}")
    if first["firm_units"] > 0:
        said.append("firm orders not cancelled")
    said.append("sales after the close below cost (IAS 2.30; ASC 855-10-25-1)")
    return "; ".join(said) + "."
