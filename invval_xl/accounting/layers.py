"""Dated cost layers: received, issued, peeled, transferred with their dates, footed to book.

A layer keeps the date its goods were *first* received. A transfer moves part of a layer under the
same date, so that stock does not grow younger by changing shelves (accounting.md C1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative
from invval_xl.accounting.arrays import Floats, floats
from invval_xl.accounting.citing import cites
from invval_xl.accounting.cost_flow import left_by_layer
from invval_xl.accounting.segments import Segments, reduce
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Issue", "LayerFoot", "Layers", "Transfer", "foot", "issue", "layers", "transfer"]

MORE_THAN_LAYERS = "FW302"


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers in order of holder, then of original receipt date, then as they were given.

    Parameters
    ----------
    holder
        Number of the holder of each layer: an item at a location. Shape: layers.
    received
        Original receipt date, ``datetime64[D]``. Shape: layers.
    units, unit_cost
        Units, and currency per unit. Shape: layers.
    """

    holder: NDArray[np.int64]
    received: NDArray[np.datetime64]
    units: Floats
    unit_cost: Floats

    @property
    def cost(self) -> Floats:
        """Cost of each layer, currency."""
        return self.units * self.unit_cost

    def age_days(self, as_of: np.datetime64 | str) -> NDArray[np.int64]:
        """Days from the original receipt to ``as_of``; below zero for goods received later."""
        days: NDArray[np.int64] = (np.asarray(as_of, dtype="datetime64[D]") - self.received).astype(
            np.int64
        )
        return days

    def totals(self, holders: int) -> tuple[Floats, Floats]:
        """Units and cost of each holder numbered 0 to ``holders - 1``."""
        return (
            floats(np.bincount(self.holder, self.units, minlength=holders)),
            floats(np.bincount(self.holder, self.cost, minlength=holders)),
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """What was drawn and what stayed.

    Parameters
    ----------
    drawn
        The layers drawn, holder and date kept; only those with units. Their cost is the COGS.
    left
        The layers that stay; only those with units.
    cost
        Cost drawn from each holder, currency, in the order asked for. Shape: holders asked.
    """

    drawn: Layers
    left: Layers
    cost: Floats


@dataclass(frozen=True, slots=True)
class Transfer:
    """Layers after a transfer, and what each transfer moved at cost (out of one, into another)."""

    layers: Layers
    cost: Floats


@dataclass(frozen=True, slots=True)
class LayerFoot:
    """Layers against book by holder: layers less book, zero where they foot.

    Parameters
    ----------
    layer_units, layer_cost
        What the layers add up to. Shape: holders.
    units_break, cost_break
        Layers less book, units and currency. Shape: holders.
    """

    layer_units: Floats
    layer_cost: Floats
    units_break: Floats
    cost_break: Floats


def _picked(book: Layers, units: Floats, chosen: NDArray[np.bool_]) -> Layers:
    return Layers(book.holder[chosen], book.received[chosen], units[chosen], book.unit_cost[chosen])


@cites("ASC 330-10-30-9", "IAS 2.25")
def layers(
    holder: ArrayLike, received: ArrayLike, units: ArrayLike, unit_cost: ArrayLike
) -> Layers:
    """Put layers in order: by holder, by original receipt date, then as given.

    Parameters
    ----------
    holder
        Whole number of the item-location, 0 and up. Shape: layers.
    received
        Original receipt date, anything numpy reads as a day. Shape: layers.
    units, unit_cost
        Units, and currency per unit. Shape: layers.

    Returns
    -------
    Layers

    Raises
    ------
    AccountingError
        FW301 negative units or unit cost.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25.

    Examples
    --------
    >>> layers([0, 0], ["2026-03-01", "2026-01-15"], [5, 10], [3, 2]).units.tolist()
    [10.0, 5.0]
    """
    day = np.asarray(received, dtype="datetime64[D]")
    key = np.asarray(holder, dtype=np.int64)
    order = np.lexsort((day, key))
    return Layers(
        holder=key[order],
        received=day[order],
        units=np.broadcast_to(non_negative("layer units", units), key.shape)[order],
        unit_cost=np.broadcast_to(non_negative("layer unit cost", unit_cost), key.shape)[order],
    )


def _together(first: Layers, second: Layers) -> Layers:
    return layers(
        np.concatenate((first.holder, second.holder)),
        np.concatenate((first.received, second.received)),
        np.concatenate((first.units, second.units)),
        np.concatenate((first.unit_cost, second.unit_cost)),
    )


@cites("ASC 330-10-30-9", "IAS 2.25")
def issue(method: CostFlow | str, book: Layers, holder: ArrayLike, units: ArrayLike) -> Issue:
    """Draw units from layers: FIFO the oldest, LIFO peels the newest, average a share of each.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"`` or ``"average"``.
    book
        Layers in order.
    holder
        Holders drawn from, each at most once. Shape: draws.
    units
        Units drawn from each. Shape: draws.

    Returns
    -------
    Issue
        Layers drawn and left, and the cost drawn from each holder.

    Raises
    ------
    AccountingError
        FW301 negative units; FW302 more drawn than the holder has; FW303 no such flow.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25.

    Examples
    --------
    >>> book = layers([0, 0], ["2026-01-15", "2026-03-01"], [10, 5], [2, 3])
    >>> peeled = issue("lifo", book, [0], [7])
    >>> float(peeled.cost[0]), peeled.left.units.tolist()
    (19.0, [8.0])
    """
    asked = np.atleast_1d(np.asarray(holder, dtype=np.int64))
    wanted = np.broadcast_to(non_negative("units", units), asked.shape)
    if np.unique(asked).size != asked.size:
        msg = "a holder is drawn from twice in one call; add the units up"
        raise ValueError(msg)
    holders = int(max(book.holder.max(initial=-1), asked.max(initial=-1))) + 1
    draw = np.zeros(holders)
    draw[asked] = wanted
    held, _ = book.totals(holders)
    short = draw - held > 1e-12 * np.maximum(held, 1.0)
    if np.any(short):
        first = int(np.argmax(short))
        raise AccountingError(
            MORE_THAN_LAYERS,
            f"{draw[first]:g} units are drawn but the layers hold only {held[first]:g}",
        )
    segments = Segments.of(book.holder)
    here = book.holder[segments.starts]
    on_hand = np.maximum(reduce(np.add, book.units, segments) - draw[here], 0.0)
    left = left_by_layer(method, book.holder, book.units, on_hand)
    # "Not none" rather than "some": a layer of unknown units stays visible.
    drawn = _picked(book, book.units - left, ~(book.units - left <= 0))
    _, cost = drawn.totals(holders)
    return Issue(drawn=drawn, left=_picked(book, left, ~(left <= 0)), cost=cost[asked])


@cites("FIFO ageing")
def transfer(
    book: Layers,
    source: ArrayLike,
    destination: ArrayLike,
    units: ArrayLike,
    *,
    method: CostFlow | str = CostFlow.FIFO,
) -> Transfer:
    """Move units between holders; each layer moved keeps its original receipt date and unit cost.

    Units and cost are conserved: what leaves one holder arrives at another.

    Parameters
    ----------
    book
        Layers in order.
    source, destination
        Holders from and to. A holder is a source at most once in one call, and goods that arrive in
        the call do not leave in it. Shape: transfers.
    units
        Units moved. Shape: transfers.
    method
        Which layers move: ``"fifo"`` (default), ``"lifo"`` or ``"average"``.

    Returns
    -------
    Transfer
        Layers afterwards, and the cost of each transfer.

    Raises
    ------
    AccountingError
        FW301 negative units; FW302 more moved than the source holds; FW303 no such flow.

    Notes
    -----
    Citation: FIFO ageing.

    Examples
    --------
    A warehouse (0) sends 4 of the units it received in January to a store (1):

    >>> book = layers([0, 0], ["2026-01-15", "2026-03-01"], [10, 5], [2, 3])
    >>> after = transfer(book, [0], [1], [4])
    >>> after.layers.age_days("2026-03-31").tolist(), after.layers.units.tolist()
    ([75, 30, 75], [6.0, 5.0, 4.0])
    """
    origin = np.atleast_1d(np.asarray(source, dtype=np.int64))
    target = np.broadcast_to(np.asarray(destination, dtype=np.int64), origin.shape)
    moved = issue(method, book, origin, units)
    goes_to = np.zeros(int(max(book.holder.max(initial=-1), origin.max(initial=-1))) + 1, np.int64)
    goes_to[origin] = target
    arriving = Layers(
        goes_to[moved.drawn.holder],
        moved.drawn.received,
        moved.drawn.units,
        moved.drawn.unit_cost,
    )
    return Transfer(layers=_together(moved.left, arriving), cost=moved.cost)


@cites("Retail ratios")
def foot(book: Layers, book_units: ArrayLike, book_cost: ArrayLike) -> LayerFoot:
    """Foot layers to the book: units and cost of each holder, layers less book (foot test 5).

    Parameters
    ----------
    book
        Layers in order.
    book_units, book_cost
        EOP units, and EOP cost in currency, of holders 0, 1, 2, ... Shape: holders.

    Returns
    -------
    LayerFoot
        Zero breaks where they foot; NaN where a figure is unknown.

    Raises
    ------
    ValueError
        Where a layer belongs to a holder the book does not list.

    Notes
    -----
    Citation: Retail ratios.

    Examples
    --------
    >>> book = layers([0, 0], ["2026-01-15", "2026-03-01"], [10, 5], [2, 3])
    >>> foot(book, [15], [36]).cost_break.tolist()
    [-1.0]
    """
    units, cost = floats(book_units), floats(book_cost)
    holders = units.size
    if book.holder.size and int(book.holder.max()) >= holders:
        msg = "a layer belongs to a holder that the book does not list"
        raise ValueError(msg)
    layer_units, layer_cost = book.totals(holders)
    return LayerFoot(layer_units, layer_cost, layer_units - units, layer_cost - cost)
