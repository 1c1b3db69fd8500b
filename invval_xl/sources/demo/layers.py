"""FIFO cost layers of many SKU-locations at once, in whole units and whole cents.

Every stroke is a few array operations over the rows it touches, so a week of 100,000
SKU-locations costs milliseconds. A layer keeps the week of its original receipt, also when a
transfer carries it to another location.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_WEEK", "Layers", "round_share"]

NO_WEEK = np.int64(1 << 40)  # sorts after every real week: an empty slot

Ints = NDArray[np.int64]


def round_share(cents: Ints, part: Ints, whole: Ints) -> Ints:
    """``cents * part / whole`` rounded half up to whole cents, exact where part equals whole."""
    safe = np.maximum(whole, 1)
    return np.where(part == whole, cents, (2 * cents * part + safe) // (2 * safe))


class Layers:
    """Remaining layers: ``week``, ``units`` and ``cost`` (cents), each ``int64[pairs, slots]``.

    Parameters
    ----------
    pairs
        Number of SKU-locations.
    slots
        Layers a row can hold at first; a row that needs more grows all of them.
    """

    def __init__(self, pairs: int, slots: int = 8) -> None:
        self.week = np.full((pairs, slots), NO_WEEK, dtype=np.int64)
        self.units = np.zeros((pairs, slots), dtype=np.int64)
        self.cost = np.zeros((pairs, slots), dtype=np.int64)
        self.last_week = np.zeros(pairs, dtype=np.int64)
        self.last_unit_cost = np.zeros(pairs, dtype=np.int64)

    def take(self, rows: Ints, wanted: Ints) -> Ints:
        """Consume ``wanted`` units of each row, oldest layer first; returns their cost in cents."""
        units = self.units[rows]
        cost = self.cost[rows]
        before = np.cumsum(units, axis=1) - units
        taken = np.clip(wanted[:, None] - before, 0, units)
        cost_taken = round_share(cost, taken, units)
        last = taken.shape[1] - 1 - np.argmax(taken[:, ::-1] > 0, axis=1)
        at = (np.arange(len(rows)), last)
        any_taken = taken[at] > 0
        touched = rows[any_taken]
        self.last_week[touched] = self.week[rows, last][any_taken]
        unit_cost = cost_taken[at][any_taken] // np.maximum(taken[at][any_taken], 1)
        self.last_unit_cost[touched] = unit_cost
        left = units - taken
        self.units[rows] = left
        self.cost[rows] = cost - cost_taken
        self.week[rows] = np.where(left == 0, NO_WEEK, self.week[rows])
        total: Ints = cost_taken.sum(axis=1)
        return total

    def put(self, rows: Ints, week: Ints, units: Ints, cost: Ints) -> None:
        """Add units and cost to each of ``rows`` (unique); a layer of the same week is joined."""
        if not len(rows):
            return
        same = (self.week[rows] == week[:, None]) & (self.units[rows] > 0)
        empty = self.units[rows] == 0
        if not np.all(same.any(axis=1) | empty.any(axis=1)):
            self._grow()
            self.put(rows, week, units, cost)
            return
        slot = np.where(same.any(axis=1), same.argmax(axis=1), empty.argmax(axis=1))
        self.week[rows, slot] = week
        self.units[rows, slot] += units
        self.cost[rows, slot] += cost
        order = np.argsort(self.week[rows], axis=1, kind="stable")
        for part in (self.week, self.units, self.cost):
            part[rows] = np.take_along_axis(part[rows], order, axis=1)

    def revalue(self, rows: Ints, rate: NDArray[np.float64]) -> Ints:
        """Reprice the newest layer of each row by ``rate``; returns the signed cents posted."""
        slot = np.argmax(np.where(self.units[rows] > 0, self.week[rows], -1), axis=1)
        cents: Ints = np.rint(self.cost[rows, slot] * rate).astype(np.int64)
        self.cost[rows, slot] += cents
        return cents

    def oldest(self, rows: Ints) -> tuple[Ints, Ints]:
        """Week and units of the oldest remaining layer of each row."""
        slot = self.week[rows].argmin(axis=1)
        return self.week[rows, slot], self.units[rows, slot]

    def _grow(self) -> None:
        more = np.zeros((len(self.units), 4), dtype=np.int64)
        self.week = np.concatenate([self.week, more + NO_WEEK], axis=1)
        self.units = np.concatenate([self.units, more], axis=1)
        self.cost = np.concatenate([self.cost, more], axis=1)
