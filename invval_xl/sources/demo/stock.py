"""Units, cost and layers of every SKU-location; each flow moves them and is booked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from invval_xl.sources.demo.layers import Layers

if TYPE_CHECKING:
    from invval_xl.sources.demo.ledger import Ledger

__all__ = ["Stock"]

Ints = NDArray[np.int64]


class Stock:
    """What lies where, in units and cents.

    Parameters
    ----------
    pairs
        Number of SKU-locations.
    ledger
        Where every flow is posted.
    """

    def __init__(self, pairs: int, ledger: Ledger) -> None:
        self.ledger = ledger
        self.layers = Layers(pairs)
        self.on_hand = np.zeros(pairs, dtype=np.int64)
        self.cost = np.zeros(pairs, dtype=np.int64)
        self.damaged = np.zeros(pairs, dtype=np.int64)
        self.every = np.arange(pairs)

    @property
    def sellable(self) -> Ints:
        """Units on hand that are not damaged."""
        units: Ints = np.maximum(self.on_hand - self.damaged, 0)
        return units

    def out(self, measure: str, rows: Ints, units: Ints, retail: Ints) -> Ints:
        """Book an outflow at FIFO cost and at ``retail`` in all; returns its cost by row."""
        cost = np.zeros(len(rows), dtype=np.int64)
        some = units > 0
        moved = rows[some]
        cost[some] = self.layers.take(moved, units[some])
        self.on_hand[moved] -= units[some]
        self.cost[moved] -= cost[some]
        self.ledger.post_all(measure, rows, units, cost, retail)
        return cost

    def into(
        self, measure: str, rows: Ints, week: Ints, units: Ints, cost: Ints, retail: Ints
    ) -> None:
        """Book an inflow of one layer a row, received in ``week``."""
        self.layers.put(rows, week, units, cost)
        self.on_hand[rows] += units
        self.cost[rows] += cost
        self.ledger.post_all(measure, rows, units, cost, retail)

    def land(self, rows: Ints, week: Ints, freight: Ints, allowance: Ints) -> None:
        """Add freight less vendor allowances to the layers just received."""
        self.layers.put(rows, week, np.zeros_like(freight), freight - allowance)
        self.cost[rows] += freight - allowance
        self.ledger.post("freight", "cost", rows, freight)
        self.ledger.post("vendor_allowances", "cost", rows, allowance)

    def count(self, rows: Ints, signed: Ints, ticket: Ints) -> None:
        """Book cycle-count differences: losses by layer, finds at the oldest layer's date."""
        short, over = rows[signed < 0], rows[signed > 0]
        lost, found = -signed[signed < 0], signed[signed > 0]
        cost = self.layers.take(short, lost)
        self.on_hand[short] -= lost
        self.cost[short] -= cost
        self.ledger.post_all("adjustments", short, -lost, -cost, -lost * ticket[short])
        week, _ = self.layers.oldest(over)
        unit_cost = self.cost[over] // np.maximum(self.on_hand[over], 1)
        self.into("adjustments", over, week, found, found * unit_cost, found * ticket[over])

    def revalue(self, rows: Ints, rate: NDArray[np.float64]) -> None:
        """Correct the invoice of each row's newest layer."""
        cents = self.layers.revalue(rows, rate)
        self.cost[rows] += cents
        self.ledger.post("revaluation", "cost", rows, cents)
