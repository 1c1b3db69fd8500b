"""Ageing through transfers where only period totals are known: layers walk with their dates.

A store that is fed by transfers has no receipts of its own, and ageing it on receipts alone leaves
all its stock unexplained. Here each item's layers are carried through every location, period by
period, on original receipt periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.ageing import without_slivers
from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NetworkLayers", "layers_through_transfers"]


@dataclass(frozen=True, eq=False)
class NetworkLayers:
    """What each location holds, by original receipt period.

    Parameters
    ----------
    remaining_units
        Shape ``(lines, periods)``: units on hand by the period they were received in.
    older_units
        Shape ``(lines,)``: units on hand that were there before the first period, or that no
        movement explains; at least as old as the first period.
    in_transit_units
        Shape ``(items, periods + 1)``: units sent and not arrived; the first column is older.
    """

    remaining_units: Floats
    older_units: Floats
    in_transit_units: Floats


def _draw_oldest(layers: Floats, wanted: Floats) -> Floats:
    """Take ``wanted`` units out of ``layers``, oldest column first; short where there is less."""
    reached = np.cumsum(layers, axis=1)
    taken: Floats = np.clip(wanted[:, np.newaxis] - (reached - layers), 0.0, layers)
    layers -= taken
    return taken


@cites("FIFO ageing")
def layers_through_transfers(
    item: ArrayLike,
    opening_units: Numbers,
    receipts: Numbers,
    transfers_in: Numbers,
    transfers_out: Numbers,
    eop_units: Numbers,
) -> NetworkLayers:
    """Carry every item's layers through its locations; a transfer keeps the receipt period.

    In each period receipts arrive, transfers out leave oldest first, what is in transit arrives
    oldest first and is shared over the receiving locations in proportion to what they report,
    and whatever then exceeds the ending units was sold, oldest first. Ending units beyond the
    movements (a count-up, a return) join the oldest layer: they are not made young. Sharing may
    leave parts of a unit in a layer.

    Parameters
    ----------
    item
        Whole numbers, shape ``(lines,)``: which item a line (item at a location) belongs to.
    opening_units
        Units on hand before the first period, shape ``(lines,)``; their age is not known.
    receipts, transfers_in, transfers_out, eop_units
        Units by period, shape ``(lines, periods)``, oldest first. Receipts are those from
        outside; ``eop_units`` are units on hand at the end of each period.

    Returns
    -------
    NetworkLayers
        ``remaining_units`` and ``older_units`` of a line add up to its last ending units.

    Raises
    ------
    AccountingError
        FW111 for negative or unknown units, or shapes that do not agree.

    Notes
    -----
    A step per period, whole columns at a time. Citation: FIFO ageing (accounting.md C1: the
    original receipt date is kept through transfers).

    Examples
    --------
    The warehouse (line 0) receives 10 in the first period and 10 in the third; 4 go to the store
    (line 1) in the second. The store's 3 left are of the first period, however late they came:

    >>> found = layers_through_transfers(
    ...     item=[0, 0],
    ...     opening_units=[0, 0],
    ...     receipts=[[10, 0, 10], [0, 0, 0]],
    ...     transfers_in=[[0, 0, 0], [0, 4, 0]],
    ...     transfers_out=[[0, 4, 0], [0, 0, 0]],
    ...     eop_units=[[10, 6, 16], [0, 4, 3]],
    ... )
    >>> found.remaining_units.tolist()
    [[6.0, 0.0, 10.0], [3.0, 0.0, 0.0]]
    """
    owner = np.asarray(item, dtype=np.int64).reshape(-1)
    columns = {
        "receipts": floats(receipts),
        "transfers in": floats(transfers_in),
        "transfers out": floats(transfers_out),
        "ending units": floats(eop_units),
    }
    opening = floats(opening_units)
    shape = columns["receipts"].shape
    same = all(column.shape == shape for column in columns.values())
    if columns["receipts"].ndim != len(("line", "period")) or not (
        same and opening.shape == owner.shape == shape[:1]
    ):
        raise AccountingError("FW111", "movements are given by line and period, all alike")
    for what, column in {"opening units": opening, **columns}.items():
        refuse_negative(column, what, "FW111")
        if np.isnan(column).any():
            raise AccountingError("FW111", f"{what} are unknown")
    if owner.size and owner.min() < 0:
        raise AccountingError("FW111", "a line names an item that is not there")
    lines, periods = shape
    items = int(owner.max(initial=-1)) + 1
    layers = np.zeros((lines, periods + 1))
    layers[:, 0] = opening
    transit = np.zeros((items, periods + 1))
    for period in range(periods):
        known = slice(0, period + 2)
        held, moving = layers[:, known], transit[:, known]
        held[:, -1] += columns["receipts"][:, period]
        _send(held, moving, owner, columns["transfers out"][:, period])
        _arrive(held, moving, owner, columns["transfers in"][:, period])
        ending = columns["ending units"][:, period]
        surplus = held.sum(axis=1) - ending
        _draw_oldest(held, np.maximum(surplus, 0.0))
        held[:, 0] += np.maximum(-surplus, 0.0)
    if periods:
        without_slivers(layers, columns["ending units"][:, -1:])
    return NetworkLayers(layers[:, 1:], layers[:, 0].copy(), transit)


def _send(held: Floats, moving: Floats, owner: NDArray[np.int64], sent: Floats) -> None:
    """Move what is sent from the lines into transit; what a line does not hold leaves as older."""
    going = np.flatnonzero(sent)
    if not going.size:
        return
    source = held[going]
    taken = _draw_oldest(source, sent[going])
    held[going] = source
    taken[:, 0] += np.maximum(sent[going] - taken.sum(axis=1), 0.0)
    np.add.at(moving, owner[going], taken)


def _arrive(held: Floats, moving: Floats, owner: NDArray[np.int64], arrived: Floats) -> None:
    """Move what arrives out of transit, oldest first, to each line its share of every layer.

    What arrives from nowhere is not here: it shows as ending units that the movements do not
    explain.
    """
    coming = np.flatnonzero(arrived)
    if not coming.size:
        return
    total: Floats = np.bincount(owner, weights=arrived, minlength=len(moving)).astype(np.float64)
    drawn = _draw_oldest(moving, total)
    share = arrived[coming] / total[owner[coming]]
    held[coming] += drawn[owner[coming]] * share[:, np.newaxis]
