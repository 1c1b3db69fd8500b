"""What a unit of each row may be carried at for a price, and what its shortfall comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.lcm import market
from invval_xl.accounting.money import round_half_away, round_money
from invval_xl.accounting.nrv import net_realizable_value, unit_write_down

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PLACES", "UnitValues"]

PLACES = 4  # unit prices and NRV, before they are extended by units


class UnitValues:
    """The rows' costs, rates and units, and the arithmetic of accounting.md A2 over them."""

    def __init__(self, frame: pd.DataFrame, *, lcm: bool) -> None:
        self.lcm = lcm
        self.complete = frame["cost_to_complete"].to_numpy()
        self.sell = frame["cost_to_sell"].to_numpy()
        self.rate = frame["cost_to_sell_rate"].to_numpy()
        self.unit_cost = frame["unit_cost"].to_numpy()
        self.units = frame["units"].to_numpy()
        self.cost = frame["cost"].to_numpy()
        self.replacement = frame["replacement_cost"].to_numpy()
        self.profit_rate = frame["normal_profit_rate"].to_numpy()

    def nrv(
        self, price: Floats, rate: Floats | float | None = None, *, rounded: bool = True
    ) -> Floats:
        """NRV per unit at a selling price, to four places where ``rounded``."""
        at = self.rate if rate is None else rate
        value = net_realizable_value(price, self.complete, self.sell, at)
        return round_half_away(value, PLACES) if rounded else value

    def carried(self, price: Floats, rate: Floats | float | None = None) -> Floats:
        """NRV, or market within ceiling and floor where replacement cost and profit are known."""
        realizable = self.nrv(price, rate)
        if not self.lcm:
            return realizable
        profit = round_half_away(self.profit_rate * price, PLACES)
        bounded = market(self.replacement, realizable, profit)
        known: Floats = np.where(np.isnan(bounded), realizable, bounded)
        return known

    def shortfall(self, price: Floats, rate: Floats | float | None = None) -> Floats:
        """Unit cost above what the unit may be carried at."""
        return unit_write_down(self.unit_cost, self.carried(price, rate))

    def extended(self, unit_shortfall: Floats) -> Floats:
        """Shortfall times units, rounded once to cents and never above the row's cost."""
        reserve: Floats = np.minimum(self.cost, round_money(self.units * unit_shortfall))
        return reserve
