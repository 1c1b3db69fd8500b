"""How cost leaves inventory at period end: FIFO, LIFO, weighted average, specific identification.

Periodic: the goods on hand are counted, and the method says which purchases they are. FIFO leaves
the newest layers, LIFO the oldest, the average a blend. Layers are given oldest first. Perpetual
flows are in :mod:`invval_xl.accounting.perpetual`, standard cost in
:mod:`invval_xl.accounting.standard_cost`, dated layers in :mod:`invval_xl.accounting.layers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arguments import non_negative, per
from invval_xl.accounting.citing import cites
from invval_xl.accounting.segments import Segments, accumulate, reduce
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from invval_xl.accounting.arrays import Floats

__all__ = [
    "CostOfGoods",
    "cogs",
    "cogs_by_item",
    "ending",
    "ending_by_item",
    "landed_unit_cost",
    "left_by_layer",
    "periodic",
    "specific_identification",
    "weighted_average_unit_cost",
]

MORE_THAN_LAYERS = "FW302"
NO_SUCH_FLOW = "FW303"
_DUST = 1e-12  # units on hand may exceed the layers by rounding dust of this share, no more


@dataclass(frozen=True, slots=True)
class CostOfGoods:
    """Units and cost split between what was sold and what is left.

    Parameters
    ----------
    units_sold, ending_units
        Units.
    cogs, ending_cost
        Currency; together the cost of goods available for sale.
    """

    units_sold: Floats
    cogs: Floats
    ending_units: Floats
    ending_cost: Floats

    def gross_margin(self, net_sales: ArrayLike) -> Floats:
        """Net sales less cost of goods sold, currency."""
        return np.asarray(net_sales, dtype=np.float64) - self.cogs


def flow(method: CostFlow | str, *among: CostFlow) -> CostFlow:
    """Read ``method`` as a :class:`CostFlow`, refused unless it is one of ``among``."""
    try:
        chosen = CostFlow(str(method).strip().lower())
    except ValueError:
        chosen = None
    if chosen is None or chosen not in among:
        names = ", ".join(f'"{member.value}"' for member in among)
        raise AccountingError(NO_SUCH_FLOW, f'cost flow "{method}" is not one of {names}')
    return chosen


def _refuse_more(on_hand: Floats, available: Floats) -> None:
    over = on_hand - available > _DUST * np.maximum(available, 1.0)
    if np.any(over):
        first = int(np.argmax(over))
        raise AccountingError(
            MORE_THAN_LAYERS,
            f"{np.ravel(on_hand)[first]:g} units are on hand but the layers hold only "
            f"{np.ravel(available)[first]:g}",
        )


def _kept_part(on_hand: Floats, available: Floats) -> Floats:
    """Share the average keeps of every layer; nothing of no layers is nothing, not unknown."""
    return np.where(available == 0, 0.0 * on_hand, per(on_hand, available))


def _left(
    method: CostFlow, units: Floats, on_hand: Floats, segments: Segments, available: Floats
) -> Floats:
    """Units of each layer that are still on hand."""
    if method is CostFlow.AVERAGE:
        return units * segments.spread(_kept_part(on_hand, available))
    held = segments.spread(on_hand)
    newest_kept = method is CostFlow.FIFO
    reached = accumulate(np.add, units, segments, from_end=newest_kept)
    return np.clip(held - (reached - units), 0.0, units)


@cites("FIFO ageing", "ASC 330-10-30-9")
def left_by_layer(
    method: CostFlow | str, item: ArrayLike, layer_units: ArrayLike, units_on_hand: ArrayLike
) -> Floats:
    """Units of each layer still on hand, many items at once.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"`` or ``"average"``.
    item
        Key of each layer; the layers of one item stand together, oldest first. Shape: layers.
    layer_units
        Units of each layer. Shape: layers.
    units_on_hand
        Units on hand of each item, in the order the items appear. Shape: items.

    Returns
    -------
    ndarray
        Units left of each layer. Shape: layers. NaN for every layer of an item that has an unknown
        figure; other items are untouched.

    Raises
    ------
    AccountingError
        FW301 negative units; FW302 more on hand than the layers hold; FW303 no such flow.

    Examples
    --------
    >>> left_by_layer("fifo", [1, 1, 2], [10, 5, 4], [7, 4]).tolist()
    [2.0, 5.0, 4.0]
    >>> left_by_layer("lifo", [1, 1, 2], [10, 5, 4], [7, 4]).tolist()
    [7.0, 0.0, 4.0]
    """
    chosen = flow(method, CostFlow.FIFO, CostFlow.LIFO, CostFlow.AVERAGE)
    segments = Segments.of(item)
    units = non_negative("layer units", layer_units)
    on_hand = non_negative("units on hand", units_on_hand)
    available = reduce(np.add, units, segments)
    _refuse_more(on_hand, available)
    left = _left(chosen, units, on_hand, segments, available)
    unknown = np.isnan(available) | np.isnan(on_hand)
    if unknown.any():
        left[segments.spread(unknown) > 0] = np.nan
    return left


@cites("ASC 330-10-30-9", "IAS 2.25")
def ending_by_item(
    method: CostFlow | str,
    item: ArrayLike,
    layer_units: ArrayLike,
    layer_unit_costs: ArrayLike,
    units_on_hand: ArrayLike,
) -> Floats:
    """Value the ending inventory of many items, from one long column of layers.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"`` or ``"average"``.
    item
        Key of each layer; the layers of one item stand together, oldest first. Shape: layers.
    layer_units, layer_unit_costs
        Units, and currency per unit, of each layer. Shape: layers.
    units_on_hand
        Units on hand of each item, in the order the items appear. Shape: items.

    Returns
    -------
    ndarray
        Currency. Shape: items. NaN where a figure of the item is unknown.

    Raises
    ------
    AccountingError
        FW301 negative units or unit cost; FW302 more on hand than the layers hold; FW303.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25.

    Examples
    --------
    >>> ending_by_item("fifo", ["a", "a", "b"], [10, 5, 4], [2, 3, 7], [7, 4]).tolist()
    [19.0, 28.0]
    """
    unit_costs = non_negative("layer unit cost", layer_unit_costs)
    left = left_by_layer(method, item, layer_units, units_on_hand)
    return reduce(np.add, left * unit_costs, Segments.of(item))


@cites("ASC 330-10-30-9", "IAS 2.34")
def cogs_by_item(
    method: CostFlow | str,
    item: ArrayLike,
    layer_units: ArrayLike,
    layer_unit_costs: ArrayLike,
    units_on_hand: ArrayLike,
) -> Floats:
    """Cost of goods sold of many items: the layers' units that are no longer on hand, at cost.

    Parameters and errors are those of :func:`ending_by_item`. Computed from the units that left,
    not as a difference of two totals, so it is exactly zero where nothing was sold.

    Returns
    -------
    ndarray
        Currency. Shape: items.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.34.

    Examples
    --------
    >>> cogs_by_item("fifo", ["a", "a", "b"], [10, 5, 4], [2, 3, 7], [7, 4]).tolist()
    [16.0, 0.0]
    """
    unit_costs = non_negative("layer unit cost", layer_unit_costs)
    units = non_negative("layer units", layer_units)
    left = left_by_layer(method, item, layer_units, units_on_hand)
    return reduce(np.add, (units - left) * unit_costs, Segments.of(item))


def _as_rows(
    layer_units: ArrayLike, layer_unit_costs: ArrayLike, units_on_hand: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Layers along the last axis, broadcast against units on hand without that axis."""
    units, unit_costs = np.broadcast_arrays(
        non_negative("layer units", layer_units),
        non_negative("layer unit cost", layer_unit_costs),
    )
    if units.ndim == 0:
        units, unit_costs = units[None], unit_costs[None]
    on_hand = non_negative("units on hand", units_on_hand)
    shape = np.broadcast_shapes(units.shape[:-1], on_hand.shape)
    layers = units.shape[-1:]
    return (
        np.broadcast_to(units, shape + layers),
        np.broadcast_to(unit_costs, shape + layers),
        np.broadcast_to(on_hand, shape),
    )


def _left_in_rows(method: CostFlow | str, units: Floats, on_hand: Floats) -> Floats:
    chosen = flow(method, CostFlow.FIFO, CostFlow.LIFO, CostFlow.AVERAGE)
    available = units.sum(axis=-1)
    _refuse_more(on_hand, available)
    held = on_hand[..., None]
    if chosen is CostFlow.AVERAGE:
        return units * np.asarray(_kept_part(on_hand, available))[..., None]
    if chosen is CostFlow.FIFO:
        reached = np.cumsum(units[..., ::-1], axis=-1)[..., ::-1]
    else:
        reached = np.cumsum(units, axis=-1)
    unknown = np.isnan(available)[..., None]
    return np.where(unknown, np.nan, np.clip(held - (reached - units), 0.0, units))


@cites("ASC 330-10-30-9", "IAS 2.25")
def ending(
    method: CostFlow | str,
    layer_units: ArrayLike,
    layer_unit_costs: ArrayLike,
    units_on_hand: ArrayLike,
) -> Floats:
    """Value, at cost, the units counted on hand.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"`` or ``"average"`` (periodic weighted average).
    layer_units
        Units of each layer: beginning inventory, then purchases, oldest first.
        Shape: (..., layers).
    layer_unit_costs
        Currency per unit of each layer. Shape: (..., layers).
    units_on_hand
        Units counted. Shape: (...).

    Returns
    -------
    ndarray
        Currency. Shape: (...), a numpy scalar for one item. NaN where a figure is unknown.

    Raises
    ------
    AccountingError
        FW301 negative units or unit cost; FW302 more on hand than the layers hold; FW303 no such
        flow.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25.

    Examples
    --------
    A shop bought 150 at 10, 160 at 12 and 130 at 15, and counts 50:

    >>> [round(float(ending(m, [150, 160, 130], [10, 12, 15], 50)), 2)
    ...  for m in ("fifo", "lifo", "average")]
    [750.0, 500.0, 610.23]
    """
    units, unit_costs, on_hand = _as_rows(layer_units, layer_unit_costs, units_on_hand)
    value: Floats = (_left_in_rows(method, units, on_hand) * unit_costs).sum(axis=-1)
    return value


@cites("ASC 330-10-30-9", "IAS 2.34")
def cogs(
    method: CostFlow | str,
    layer_units: ArrayLike,
    layer_unit_costs: ArrayLike,
    units_on_hand: ArrayLike,
) -> Floats:
    """Cost of goods sold: the cost of the layers' units that are not on hand.

    Parameters, shapes and errors are those of :func:`ending`.

    Returns
    -------
    ndarray
        Currency. Shape: (...).

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.34.

    Examples
    --------
    >>> [round(float(cogs(m, [150, 160, 130], [10, 12, 15], 50)), 2)
    ...  for m in ("fifo", "lifo", "average")]
    [4620.0, 4870.0, 4759.77]
    """
    units, unit_costs, on_hand = _as_rows(layer_units, layer_unit_costs, units_on_hand)
    gone = units - _left_in_rows(method, units, on_hand)
    value: Floats = (gone * unit_costs).sum(axis=-1)
    return value


@cites("ASC 330-10-30-9", "IAS 2.27")
def weighted_average_unit_cost(layer_units: ArrayLike, layer_unit_costs: ArrayLike) -> Floats:
    """Weighted average unit cost: total cost over total units, never the mean of unit costs.

    Parameters
    ----------
    layer_units, layer_unit_costs
        Units, and currency per unit, of each layer. Shape: (..., layers).

    Returns
    -------
    ndarray
        Currency per unit. Shape: (...). NaN where there are no units.

    Raises
    ------
    AccountingError
        FW301 negative units or unit cost.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.27.

    Examples
    --------
    >>> round(float(weighted_average_unit_cost([150, 225, 210], [21, 27, 33])), 4)
    27.6154
    """
    units, unit_costs, _ = _as_rows(layer_units, layer_unit_costs, 0.0)
    return per((units * unit_costs).sum(axis=-1), units.sum(axis=-1))


@cites("ASC 330-10-30-9", "IAS 2.25")
def periodic(
    method: CostFlow | str,
    layer_units: ArrayLike,
    layer_unit_costs: ArrayLike,
    *,
    units_sold: ArrayLike | None = None,
    units_on_hand: ArrayLike | None = None,
) -> CostOfGoods:
    """Cost of goods sold and ending inventory of a period, from units sold or units counted.

    Parameters
    ----------
    method
        ``"fifo"``, ``"lifo"`` or ``"average"``.
    layer_units, layer_unit_costs
        Beginning inventory, then the period's purchases. Shape: (..., layers).
    units_sold, units_on_hand
        One of the two. Shape: (...).

    Returns
    -------
    CostOfGoods
        Units and currency. Shape: (...).

    Raises
    ------
    AccountingError
        As :func:`ending`.
    TypeError
        Where neither or both of ``units_sold`` and ``units_on_hand`` are given.

    Notes
    -----
    Citation: ASC 330-10-30-9; IAS 2.25.

    Examples
    --------
    >>> result = periodic("lifo", [150, 225, 210], [21, 27, 33], units_sold=300)
    >>> float(result.cogs), float(result.ending_cost), float(result.gross_margin(11340))
    (9360.0, 6795.0, 1980.0)
    """
    if (units_sold is None) == (units_on_hand is None):
        msg = "give units_sold or units_on_hand, one of the two"
        raise TypeError(msg)
    available = non_negative("layer units", layer_units).sum(axis=-1)
    if units_on_hand is None:
        sold = non_negative("units sold", units_sold if units_sold is not None else np.nan)
        on_hand = available - sold
        # Rounding dust of fractional units is nothing on hand; a real shortage is refused.
        on_hand = np.where((on_hand < 0) & (on_hand > -_DUST * available), 0.0, on_hand)
        if np.any(on_hand < 0):
            short = float(-np.min(on_hand))
            raise AccountingError(
                MORE_THAN_LAYERS, f"{short:g} more units were sold than were available"
            )
    else:
        on_hand = non_negative("units on hand", units_on_hand)
        sold = available - on_hand
    return CostOfGoods(
        units_sold=sold,
        cogs=cogs(method, layer_units, layer_unit_costs, on_hand),
        ending_units=on_hand,
        ending_cost=ending(method, layer_units, layer_unit_costs, on_hand),
    )


@cites("IAS 2.23", "ASC 330-10-30-9")
def specific_identification(
    lot_units: ArrayLike, lot_unit_costs: ArrayLike, lot_units_left: ArrayLike
) -> CostOfGoods:
    """Each lot's own cost, where the units left of each lot are known.

    Parameters
    ----------
    lot_units, lot_unit_costs
        Units bought, and currency per unit, of each lot. Shape: (..., lots).
    lot_units_left
        Units of that very lot still on hand. Shape: (..., lots).

    Returns
    -------
    CostOfGoods
        Units and currency over the lots. Shape: (...).

    Raises
    ------
    AccountingError
        FW301 negative figures; FW302 more left of a lot than was bought.

    Notes
    -----
    Citation: IAS 2.23; ASC 330-10-30-9.

    Examples
    --------
    One unit of the second lot is sold:

    >>> float(specific_identification([150, 225, 210], [21, 27, 33], [150, 224, 210]).cogs)
    27.0
    """
    units = non_negative("lot units", lot_units)
    unit_costs = non_negative("lot unit cost", lot_unit_costs)
    left = non_negative("lot units left", lot_units_left)
    _refuse_more(left, np.broadcast_to(units, np.broadcast_shapes(units.shape, left.shape)))
    gone = units - left
    return CostOfGoods(
        units_sold=gone.sum(axis=-1),
        cogs=(gone * unit_costs).sum(axis=-1),
        ending_units=left.sum(axis=-1),
        ending_cost=(left * unit_costs).sum(axis=-1),
    )


@cites("IAS 2.10", "IAS 2.11", "ASC 330-10-30-1")
def landed_unit_cost(
    invoice_cost: ArrayLike,
    units: ArrayLike,
    *,
    freight_in_cost: ArrayLike = 0.0,
    duty_cost: ArrayLike = 0.0,
    purchase_discounts_cost: ArrayLike = 0.0,
    vendor_allowances_cost: ArrayLike = 0.0,
    units_returned: ArrayLike = 0.0,
    purchase_returns_cost: ArrayLike = 0.0,
) -> Floats:
    """Find the unit cost of a purchase lot: invoice, freight and duty, less discounts and returns.

    Parameters
    ----------
    invoice_cost
        Invoice total of the lot, currency, net of recoverable tax.
    units
        Units invoiced.
    freight_in_cost, duty_cost
        Transport in, duties and other costs of purchase, currency for the lot.
    purchase_discounts_cost, vendor_allowances_cost
        Deducted, currency for the lot.
    units_returned, purchase_returns_cost
        Units sent back out of this lot, and their invoice cost.

    Returns
    -------
    ndarray
        Currency per unit kept; NaN where none is kept. Broadcast shape.

    Raises
    ------
    AccountingError
        FW301 a negative figure; FW302 more returned than bought.

    Notes
    -----
    Citation: IAS 2.10; IAS 2.11; ASC 330-10-30-1.

    Examples
    --------
    >>> float(landed_unit_cost(1000, 100, freight_in_cost=80, purchase_discounts_cost=20))
    10.6
    """
    bought = non_negative("units", units)
    returned = non_negative("units returned", units_returned)
    kept = bought - returned
    if np.any(kept < 0):
        raise AccountingError(MORE_THAN_LAYERS, "more units were returned than bought")
    cost = (
        non_negative("invoice cost", invoice_cost)
        + non_negative("freight-in", freight_in_cost)
        + non_negative("duty", duty_cost)
        - non_negative("purchase discounts", purchase_discounts_cost)
        - non_negative("vendor allowances", vendor_allowances_cost)
        - non_negative("purchase returns", purchase_returns_cost)
    )
    return per(cost, kept)
