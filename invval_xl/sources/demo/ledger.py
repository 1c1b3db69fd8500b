"""What was posted: every line of the balance set, by week as events and summed to periods."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from invval_xl.tables.contracts import BALANCE_MEASURES

__all__ = ["LINES", "Ledger"]

Ints = NDArray[np.int64]

# (measure, block) of every line, in the order of the BalanceSet contract
LINES: tuple[tuple[str, str], ...] = tuple(
    (m.name, block)
    for block in ("units", "cost", "retail")
    for m in BALANCE_MEASURES
    if getattr(m, block) is not None
)


class Ledger:
    """Postings of each week, in units and whole cents, added into month slots.

    Parameters
    ----------
    pairs
        Number of SKU-locations.
    months
        Months since 1970-01 that are kept as periods, ascending.
    keep_events
        Whether each week's lines are kept as well (memory grows with weeks x pairs).
    """

    def __init__(self, pairs: int, months: Ints, *, keep_events: bool) -> None:
        self.months = months
        self.slot = {int(m): i for i, m in enumerate(months)}
        shape = (len(months), pairs)
        self.lines: dict[tuple[str, str], Ints] = {
            line: np.zeros(shape, dtype=np.int64) for line in LINES
        }
        self.bop = {b: np.zeros(shape, dtype=np.int64) for b in ("units", "cost", "retail")}
        self.eop = {b: np.zeros(shape, dtype=np.int64) for b in ("units", "cost", "retail")}
        self.events: list[tuple[int, tuple[str, str], Ints, Ints]] = []
        self._now: list[tuple[tuple[str, str], Ints, Ints]] = []
        self._keep_events = keep_events
        self._opened: set[int] = set()

    def post(self, measure: str, block: str, rows: Ints, values: Ints) -> None:
        """Post one line for ``rows`` (unique); zeros are left out."""
        some = values != 0
        if some.any():
            self._now.append(((measure, block), rows[some], values[some]))

    def post_all(self, measure: str, rows: Ints, units: Ints, cost: Ints, retail: Ints) -> None:
        """Post one measure in its three blocks."""
        self.post(measure, "units", rows, units)
        self.post(measure, "cost", rows, cost)
        self.post(measure, "retail", rows, retail)

    def open_week(self, month: int, units: Ints, cost: Ints, retail: Ints) -> None:
        """Note the balances a period begins with, before its first posting."""
        slot = self.slot.get(month)
        if slot is not None and month not in self._opened:
            self._opened.add(month)
            for block, value in (("units", units), ("cost", cost), ("retail", retail)):
                self.bop[block][slot] = value

    def close_week(self, week: int, month: int, units: Ints, cost: Ints, retail: Ints) -> None:
        """Add the week's lines to its period and note the balances it ends with."""
        slot = self.slot.get(month)
        for line, rows, values in self._now:
            if slot is not None:
                np.add.at(self.lines[line][slot], rows, values)
            if self._keep_events:
                self.events.append((week, line, rows, values))
        self._now = []
        if slot is not None:
            for block, value in (("units", units), ("cost", cost), ("retail", retail)):
                self.eop[block][slot] = value
