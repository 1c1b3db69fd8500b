"""Perpetual cost flow: each issue costed when it happens, many items at once.

Movements are one long column: receipts positive at their unit cost, issues negative without one.

- FIFO: the n-th unit out is the n-th unit in, so the cost of an issue is a difference of two
  readings of the cumulative cost curve. No loop.
- Moving average: value follows ``v = keep * v + receipt``, a linear recurrence solved in doubling
  strides. No loop, unless the average is rounded at each receipt as a ledger prints it: rounding
  breaks the recurrence, and the steps of all items are then walked side by side.
- LIFO: the layers standing at the end are found without a loop, by the lowest later balance. The
  cost of each single issue needs the stack as the issue before left it: that walk is a Python loop,
  one step a movement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative
from invval_xl.accounting.citing import cites
from invval_xl.accounting.cost_flow import CostOfGoods, flow
from invval_xl.accounting.money import round_half_away
from invval_xl.accounting.segments import Segments, accumulate, recurrence, reduce
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from invval_xl.accounting.arrays import Floats

__all__ = ["Perpetual", "lifo_left", "perpetual"]

SOLD_SHORT = "FW304"
NO_SUCH_RECEIPT = "FW305"
_DUST = 1e-12


@dataclass(frozen=True, slots=True)
class Perpetual:
    """A costed ledger: the state after each movement, and each item's totals.

    Parameters
    ----------
    issue_cost
        Cost of each issue, 0 for a receipt. Currency. Shape: movements.
    balance_units, balance_cost
        Units and cost on hand after each movement. Shape: movements.
    totals
        Units sold, COGS, ending units and cost by item. Shape: items.
    """

    issue_cost: Floats
    balance_units: Floats
    balance_cost: Floats
    totals: CostOfGoods

    @property
    def balance_unit_cost(self) -> Floats:
        """Unit cost on hand after each movement; under the average, the moving average."""
        empty = self.balance_units == 0
        return self.balance_cost / np.where(empty, np.nan, self.balance_units)


def _over(cost: Floats, units: Floats) -> Floats:
    """Divide, reading nothing over nothing as nothing."""
    return cost / np.where(units > 0, units, 1.0)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Checked movements: what came in, what went out, and the running balance, by item."""

    received: Floats
    received_cost: Floats
    issued: Floats
    issued_cost: Floats  # NaN where the method finds it
    balance: Floats
    segments: Segments
    unknown: NDArray[np.bool_]  # by item


def _ledger(moved: Floats, costs: Floats, segments: Segments) -> _Ledger:
    receipt = moved > 0
    unknown_rows = np.isnan(moved) | (receipt & np.isnan(costs))
    unknown = reduce(np.add, unknown_rows.astype(np.float64), segments) > 0
    # An item with an unknown movement is blanked out and its results are NaN; others go on.
    blank = segments.spread(unknown) > 0
    moved = np.where(blank, 0.0, moved)
    received = np.where(moved > 0, moved, 0.0)
    received_cost = np.where(moved > 0, received * np.where(blank, 0.0, costs), 0.0)
    issued = np.where(moved < 0, -moved, 0.0)
    balance = accumulate(np.add, moved, segments)
    # Whole units add up exactly; fractional ones leave dust in the last digits.
    whole = np.all(moved == np.rint(moved))
    dust = 0.0 * moved if whole else _DUST * accumulate(np.add, received, segments)
    if np.any(balance < -dust):
        row = int(np.argmax(balance < -dust))
        raise AccountingError(
            SOLD_SHORT,
            f"movement {row + 1} issues {issued[row]:g} units but only "
            f"{balance[row] + issued[row]:g} are on hand",
        )
    # What is left of fractional units by rounding alone is nothing.
    balance = np.where(np.abs(balance) <= dust, 0.0, balance)
    return _Ledger(
        received=received,
        received_cost=received_cost,
        issued=issued,
        issued_cost=np.where(issued > 0, issued * np.where(blank, 0.0, costs), 0.0),
        balance=balance,
        segments=segments,
        unknown=unknown,
    )


def _net_returns(moved: Floats, costs: Floats, segments: Segments) -> tuple[Floats, Floats]:
    """Take each return to vendor (an issue at a given cost) back out of its receipt.

    The receipt is the latest one before it, of the same item, at the same unit cost, with enough
    units. A loop over the returns alone: each takes from what the one before it left.
    """
    returns = np.flatnonzero((moved < 0) & ~np.isnan(costs))
    if returns.size == 0:
        return moved, costs
    kept = moved.copy()
    head = np.repeat(segments.starts, segments.lengths)
    for row in returns:
        earlier = slice(head[row], row)
        fits = (kept[earlier] >= -moved[row]) & (costs[earlier] == costs[row])
        found = np.flatnonzero(fits)
        if found.size == 0:
            raise AccountingError(
                NO_SUCH_RECEIPT,
                f"movement {row + 1} returns {-moved[row]:g} units at {costs[row]:g}, "
                "but no earlier receipt at that unit cost holds as many",
            )
        kept[head[row] + found[-1]] += moved[row]
        kept[row] = 0.0
    return kept, costs


def _fifo(book: _Ledger) -> Floats:
    """Cost of each issue: the cumulative cost curve at units out after it, less before it."""
    segments = book.segments
    if book.received.size == 0:
        return np.empty(0)
    units_in = accumulate(np.add, book.received, segments)
    cost_in = accumulate(np.add, book.received_cost, segments)
    units_out = accumulate(np.add, book.issued, segments)
    # One search serves all items: complex numbers sort by item first, then by units.
    rank = np.repeat(np.arange(segments.lengths.size), segments.lengths)
    place = np.searchsorted(rank + 1j * units_in, rank + 1j * units_out, side="right")
    # The receipts before `place` are wholly consumed, the one at `place` in part.
    some_consumed = place > np.repeat(segments.starts, segments.lengths)
    done = np.maximum(place - 1, 0)
    current = np.minimum(place, rank.size - 1)
    part = np.maximum(units_out - np.where(some_consumed, units_in[done], 0.0), 0.0)
    unit_cost = _over(book.received_cost[current], book.received[current])
    out_cost = np.where(some_consumed, cost_in[done], 0.0) + np.where(
        part > 0, part * unit_cost, 0.0
    )
    return out_cost - segments.previous(out_cost, 0.0)


def _average(book: _Ledger) -> tuple[Floats, Floats]:
    """Cost of each issue and balance after it, at the moving average, unrounded."""
    before = book.segments.previous(book.balance, 0.0)
    at_own_cost = ~np.isnan(book.issued_cost)  # receipts too: their issued cost is 0
    keep = np.where(at_own_cost, 1.0, _over(book.balance, before))
    add = book.received_cost - np.where(at_own_cost, book.issued_cost, 0.0)
    balance_cost = recurrence(keep, add, book.segments)
    cost_before = book.segments.previous(balance_cost, 0.0)
    issue_cost = np.where(at_own_cost, book.issued_cost, _over(cost_before * book.issued, before))
    return issue_cost, balance_cost


def _average_rounded(book: _Ledger, places: int) -> tuple[Floats, Floats]:
    """As :func:`_average`, the unit cost rounded to ``places`` after each receipt.

    Rounding is not linear, so the steps are walked in turn, all items side by side.
    """
    segments = book.segments
    issue_cost = np.where(np.isnan(book.issued_cost), 0.0, book.issued_cost)
    balance_cost = np.empty_like(issue_cost)
    cost = np.zeros(segments.lengths.size)
    unit_cost = np.zeros(segments.lengths.size)
    for step in range(int(segments.lengths.max(initial=0))):
        live = np.flatnonzero(segments.lengths > step)
        rows = segments.starts[live] + step
        by_average = np.isnan(book.issued_cost[rows])
        last = by_average & (book.balance[rows] == 0)
        taken = np.where(by_average, book.issued[rows] * unit_cost[live], issue_cost[rows])
        # The last units out carry the rounding with them: nothing on hand costs nothing.
        issue_cost[rows] = np.where(last, cost[live], np.minimum(taken, cost[live]))
        cost[live] += book.received_cost[rows] - issue_cost[rows]
        balance_cost[rows] = cost[live]
        repriced = ~by_average & (book.balance[rows] > 0)
        fresh = round_half_away(_over(cost[live], book.balance[rows]), places)
        unit_cost[live] = np.where(repriced, fresh, unit_cost[live])
    return issue_cost, balance_cost


def _lifo(book: _Ledger) -> Floats:
    """Cost of each issue from the newest layer standing: a stack, one Python step a movement."""
    heads = set(book.segments.starts.tolist())
    issue_cost = np.zeros(book.issued.size)
    stack: list[list[float]] = []
    received, received_cost = book.received.tolist(), book.received_cost.tolist()
    for row, wanted in enumerate(book.issued.tolist()):
        if row in heads:
            stack = []
        if received[row] > 0:
            stack.append([received[row], received_cost[row] / received[row]])
        cost = 0.0
        open_units = wanted
        while open_units > 0 and stack:
            units, unit_cost = stack[-1]
            taken = min(units, open_units)
            cost += taken * unit_cost
            open_units -= taken
            if taken == units:
                stack.pop()
            else:
                stack[-1][0] = units - taken
        issue_cost[row] = cost
    return issue_cost


def _lifo_left(book: _Ledger) -> Floats:
    """Units of each receipt never peeled: what lies under the lowest balance from it onwards."""
    lowest = accumulate(np.minimum, book.balance, book.segments, from_end=True)
    before = book.segments.previous(book.balance, 0.0)
    return np.clip(lowest - before, 0.0, book.received)


def _fifo_left(book: _Ledger) -> Floats:
    reached = accumulate(np.add, book.received, book.segments, from_end=True)
    on_hand = book.segments.spread(_last(book.balance, book.segments))
    return np.clip(on_hand - (reached - book.received), 0.0, book.received)


def _last(values: Floats, segments: Segments) -> Floats:
    """Pick the value of each item's last movement."""
    last: Floats = values[segments.starts + segments.lengths - 1]
    return last


def _checked(
    units: ArrayLike, unit_costs: ArrayLike, item: ArrayLike | None
) -> tuple[Floats, Floats, Segments]:
    moved, costs = np.broadcast_arrays(
        np.atleast_1d(np.asarray(units, dtype=np.float64)),
        np.asarray(unit_costs, dtype=np.float64),
    )
    non_negative("unit cost", costs)
    return moved, costs, Segments.one(moved.size) if item is None else Segments.of(item)


@cites("ASC 330-10-30-9")
def lifo_left(units: ArrayLike, unit_costs: ArrayLike, *, item: ArrayLike | None = None) -> Floats:
    """Units of each receipt still on hand under perpetual LIFO, without a loop.

    A receipt lifts the balance from one level to another. Under LIFO its units go exactly when the
    balance later falls below that upper level, so what is left of it lies between the level before
    it and the lowest balance ever after.

    Parameters
    ----------
    units, unit_costs, item
        As in :func:`perpetual`. Shape: movements.

    Returns
    -------
    ndarray
        Units. Shape: movements (0 for issues). NaN for an item with an unknown movement.

    Raises
    ------
    AccountingError
        As :func:`perpetual`.

    Notes
    -----
    Citation: ASC 330-10-30-9.

    Examples
    --------
    >>> nan = float("nan")
    >>> lifo_left([203, -116, 232, -145, 174, -203], [141, nan, 161, nan, 176, nan]).tolist()
    [87.0, 0.0, 58.0, 0.0, 0.0, 0.0]
    """
    moved, costs, segments = _checked(units, unit_costs, item)
    book = _ledger(*_net_returns(moved, costs, segments), segments)
    left = _lifo_left(book)
    left[segments.spread(book.unknown) > 0] = np.nan
    return left


@cites("ASC 330-10-30-9", "IAS 2.25", "IAS 2.27")
def perpetual(
    method: CostFlow | str,
    units: ArrayLike,
    unit_costs: ArrayLike,
    *,
    item: ArrayLike | None = None,
    unit_cost_places: int | None = None,
) -> Perpetual:
    """Cost each issue of a perpetual ledger when it happens.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"``, ``"average"`` (moving) or ``"specific"``.
    units
        Movements in order of time: receipts positive, issues negative. Beginning inventory is the
        first receipt. Shape: movements.
    unit_costs
        Currency per unit of each receipt, NaN for an issue whose cost the method finds. An issue
        *with* a unit cost is a return to the vendor: under FIFO and LIFO it undoes its receipt,
        under the average it leaves the pool at that cost; under ``"specific"`` every issue has its
        own. A customer's return is a receipt at the cost it went out at. Shape: movements.
    item
        Key of each movement; the movements of an item stand together. One item where omitted.
    unit_cost_places
        Moving average only: round the average unit cost to so many places after each receipt, as a
        ledger printed by hand does. Issues are then extended at the rounded cost and the balance
        keeps the difference, so dollars are conserved. Unrounded where omitted.

    Returns
    -------
    Perpetual
        Issue costs and balances by movement, totals by item. NaN throughout an item that has an
        unknown movement; other items are untouched.

    Raises
    ------
    AccountingError
        FW301 negative unit cost; FW303 no such flow; FW304 more issued than on hand at that moment;
        FW305 a return whose receipt is not there, or a specific issue without its cost.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25; IAS 2.27.

    Examples
    --------
    >>> nan = float("nan")
    >>> moved, costs = [8, -6, 3, -3, 5, -3], [71, nan, 76, nan, 82, nan]
    >>> for method in ("fifo", "lifo", "average"):
    ...     print(method, round(float(perpetual(method, moved, costs).totals.ending_cost[0]), 2))
    fifo 328.0
    lifo 306.0
    average 318.86
    """
    chosen = flow(method, CostFlow.FIFO, CostFlow.LIFO, CostFlow.AVERAGE, CostFlow.SPECIFIC)
    moved, costs, segments = _checked(units, unit_costs, item)
    if chosen in {CostFlow.FIFO, CostFlow.LIFO}:
        moved, costs = _net_returns(moved, costs, segments)
    book = _ledger(moved, costs, segments)
    left: Floats | None = None
    if chosen is CostFlow.SPECIFIC:
        if np.any(np.isnan(book.issued_cost)):
            row = int(np.argmax(np.isnan(book.issued_cost)))
            raise AccountingError(
                NO_SUCH_RECEIPT, f"movement {row + 1} is issued without the cost of its own lot"
            )
        issue_cost, balance_cost = _average(book)
    elif chosen is CostFlow.AVERAGE:
        issue_cost, balance_cost = (
            _average(book) if unit_cost_places is None else _average_rounded(book, unit_cost_places)
        )
    else:
        fifo = chosen is CostFlow.FIFO
        issue_cost = _fifo(book) if fifo else _lifo(book)
        left = _fifo_left(book) if fifo else _lifo_left(book)
        balance_cost = accumulate(np.add, book.received_cost - issue_cost, segments)
    balance_cost = np.where(book.balance == 0, 0.0, balance_cost)
    if left is None:
        ending_cost = _last(balance_cost, segments)
    else:
        # From the layers left, not as a difference of two long sums.
        unit_cost = _over(book.received_cost, book.received)
        ending_cost = reduce(np.add, left * unit_cost, segments)
    return _result(book, issue_cost, balance_cost, ending_cost)


def _result(
    book: _Ledger, issue_cost: Floats, balance_cost: Floats, ending_cost: Floats
) -> Perpetual:
    """Gather the costed ledger, with NaN wherever an item has an unknown movement."""
    hidden = np.where(book.segments.spread(book.unknown) > 0, np.nan, 0.0)
    hidden_item = np.where(book.unknown, np.nan, 0.0)
    return Perpetual(
        issue_cost=issue_cost + hidden,
        balance_units=book.balance + hidden,
        balance_cost=balance_cost + hidden,
        totals=CostOfGoods(
            units_sold=reduce(np.add, book.issued, book.segments) + hidden_item,
            cogs=reduce(np.add, issue_cost, book.segments) + hidden_item,
            ending_units=_last(book.balance, book.segments) + hidden_item,
            ending_cost=ending_cost + hidden_item,
        ),
    )
