"""FIFO ageing on the original receipt date, which transfers carry along and never restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = [
    "AgedLayers",
    "age_days",
    "age_layers_fifo",
    "bucket",
    "move_layers",
    "oldest_age",
    "remaining_fifo",
    "weighted_average_age",
]


# What decimal units leave behind when they are added and taken off again, as a part of the units
# on hand: not a layer, and not unexplained.
_SLIVER = 1e-9


def without_slivers(units: Floats, on_hand: Floats) -> Floats:
    """``units`` with what is below a billionth of ``on_hand`` set to nothing, in place."""
    np.copyto(units, 0.0, where=units < _SLIVER * on_hand)
    return units


@dataclass(frozen=True, eq=False)
class AgedLayers:
    """What is left of the receipts, and what they do not explain.

    Parameters
    ----------
    remaining_units
        Units left of each receipt, in the shape of the receipts.
    unexplained_units
        Units on hand beyond all receipts given, per item: older than the first of them. Flag
        them; their age is at least that of the first receipt and not known better.
    """

    remaining_units: Floats
    unexplained_units: Floats


@cites("FIFO ageing")
def age_layers_fifo(receipts: Numbers, eop_units: Numbers) -> AgedLayers:
    """Rebuild each item's remaining layers from receipts by period: the newest are left.

    Under first in, first out the units on hand are the last ones received: receipts are taken
    newest first until the ending units are covered.

    Parameters
    ----------
    receipts
        Units received, shape ``(n, periods)``, oldest period first. Receipts from outside, or
        dated by their original receipt; a transfer in is no receipt.
    eop_units
        Units on hand at the end, shape ``(n,)``.

    Returns
    -------
    AgedLayers
        ``remaining_units`` of shape ``(n, periods)``, ``unexplained_units`` of shape ``(n,)``;
        together they are the ending units. NaN from an unknown receipt backwards in time.

    Raises
    ------
    AccountingError
        FW111 for negative receipts or ending units.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1, ageing traps).

    Examples
    --------
    >>> aged = age_layers_fifo([[30, 20], [5, 5]], [40, 12])
    >>> aged.remaining_units.tolist(), aged.unexplained_units.tolist()
    ([[20.0, 20.0], [5.0, 5.0]], [0.0, 2.0])
    """
    received, left = floats(receipts), floats(eop_units).copy()
    refuse_negative(received, "receipts", "FW111")
    refuse_negative(left, "ending units", "FW111")
    if received.ndim == 0 or received.shape[:-1] != left.shape:
        raise AccountingError("FW111", "receipts are given by item and period, units by item")
    remaining = np.empty_like(received)
    for period in range(received.shape[-1] - 1, -1, -1):  # a step per period, never per item
        taken = np.minimum(left, received[..., period])
        remaining[..., period] = taken
        left = left - taken
    on_hand = floats(eop_units)
    return AgedLayers(
        without_slivers(remaining, on_hand[..., np.newaxis]),
        without_slivers(np.asarray(left), on_hand),
    )


@cites("FIFO ageing")
def remaining_fifo(
    item: ArrayLike, receipt_date: ArrayLike, receipt_units: Numbers, eop_units: Numbers
) -> AgedLayers:
    """Rebuild remaining layers from a long list of receipts, in any order, over many items.

    Parameters
    ----------
    item
        Whole numbers, shape ``(m,)``: position of the receipt's item in ``eop_units``.
    receipt_date
        Original receipt dates, shape ``(m,)``: ``datetime64`` or whole days. Receipts of one
        date are taken last listed first.
    receipt_units
        Units received, shape ``(m,)``.
    eop_units
        Units on hand, shape ``(n,)``.

    Returns
    -------
    AgedLayers
        ``remaining_units`` of shape ``(m,)`` in the order given, ``unexplained_units`` ``(n,)``.

    Raises
    ------
    AccountingError
        FW111 for negative or unknown receipts, negative units on hand, or an item that is not
        there; FW125 for a receipt without date.

    Notes
    -----
    One sort and running sums; no loop over items or receipts. Citation: FIFO ageing
    (accounting.md C1).

    Examples
    --------
    >>> days = np.array(["2021-12-01", "2021-12-02"], dtype="datetime64[D]")
    >>> remaining_fifo([0, 0], days, [30, 20], [40]).remaining_units.tolist()
    [20.0, 20.0]
    """
    owner = np.asarray(item, dtype=np.int64).reshape(-1)
    dates = np.asarray(receipt_date).reshape(-1)
    received, on_hand = floats(receipt_units).reshape(-1), floats(eop_units).reshape(-1)
    refuse_negative(received, "receipts", "FW111")
    refuse_negative(on_hand, "ending units", "FW111")
    if np.isnan(received).any():
        raise AccountingError("FW111", "a receipt's units are unknown")
    if owner.size and (owner.min() < 0 or owner.max() >= on_hand.size):
        raise AccountingError("FW111", "a receipt names an item that is not there")
    if dates.dtype.kind in "mMf" and np.any(dates != dates):  # noqa: PLR0124 - NaT and NaN
        raise AccountingError("FW125", "a receipt has no date")
    order = np.lexsort((np.arange(owner.size), dates, owner))[::-1]  # newest first within item
    sorted_owner, sorted_units = owner[order], received[order]
    running = np.cumsum(sorted_units)
    first = np.ones(owner.size, dtype=bool)
    first[1:] = sorted_owner[1:] != sorted_owner[:-1]
    starts = np.flatnonzero(first)
    before = running - sorted_units
    newer = before - np.repeat(before[starts], np.diff(np.append(starts, owner.size)))
    taken = np.clip(on_hand[sorted_owner] - newer, 0.0, sorted_units)
    remaining = np.empty_like(received)
    remaining[order] = without_slivers(taken, on_hand[sorted_owner])
    explained = np.bincount(owner, weights=received, minlength=on_hand.size)
    unexplained = np.maximum(on_hand - explained, 0.0)
    return AgedLayers(remaining, without_slivers(unexplained, on_hand))


@cites("FIFO ageing")
def move_layers(layer_units: Numbers, units_moved: Numbers) -> tuple[Floats, Floats]:
    """Transfer units out of a node's layers, oldest first; each keeps its receipt date.

    A moved layer stands in the same column as before, hence under the same original receipt
    date: a transfer does not make stock younger.

    Parameters
    ----------
    layer_units
        Units by layer, shape ``(n, k)``, oldest first.
    units_moved
        Units to move, shape ``(n,)``.

    Returns
    -------
    tuple of ndarray of float64
        What stays and what moved, each of shape ``(n, k)``.

    Raises
    ------
    AccountingError
        FW111 for negative units, or more moved than is there.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1: original receipt date through transfers).

    Examples
    --------
    >>> stays, moved = move_layers([[30.0, 20.0]], [35.0])
    >>> stays.tolist(), moved.tolist()
    ([[0.0, 15.0]], [[30.0, 5.0]])
    """
    layers, wanted = floats(layer_units), floats(units_moved)
    refuse_negative(layers, "layer units", "FW111")
    refuse_negative(wanted, "units moved", "FW111")
    if np.any(wanted > layers.sum(axis=-1)):
        raise AccountingError("FW111", "more units are moved than the layers hold")
    older = np.cumsum(layers, axis=-1) - layers
    moved: Floats = np.clip(wanted[..., np.newaxis] - older, 0.0, layers)
    return layers - moved, moved


@cites("FIFO ageing")
def age_days(layer_dates: ArrayLike, as_of: dt.date | np.datetime64 | str) -> Floats:
    """Compute days from original receipt to the period end.

    Parameters
    ----------
    layer_dates
        ``datetime64`` (or ISO text), any shape; NaT is unknown.
    as_of
        The period end.

    Returns
    -------
    ndarray of float64
        Whole days, zero or more; NaN where the date is unknown.

    Raises
    ------
    AccountingError
        FW125 for a receipt dated after the period end.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1).

    Examples
    --------
    >>> age_days(["2021-12-01", "2021-12-02"], "2021-12-10").tolist()
    [9.0, 8.0]
    """
    received = np.asarray(layer_dates, dtype="datetime64[D]")
    end = np.asarray(as_of, dtype="datetime64[D]")
    days: Floats = (end - received).astype(np.float64)
    if float(np.fmin.reduce(days, axis=None, initial=np.inf)) >= 0.0:
        return days
    ages: Floats = np.where(np.isnat(received), np.nan, days)[()]
    if np.any(ages < 0.0):
        raise AccountingError(
            "FW125", f"a receipt is dated after {end}", "ASC 855-10-25-1; IAS 2.30"
        )
    return ages


@cites("FIFO ageing")
def bucket(cost: Numbers, age_days: Numbers, edges: Sequence[float]) -> tuple[Floats, Floats]:
    """Sum cost (or units) into age buckets.

    Parameters
    ----------
    cost
        Currency or units by layer, shape ``(..., k)``.
    age_days
        Days by layer; broadcasts with ``cost``.
    edges
        Upper edges in days, rising: ``(90, 180)`` makes 0 to 90, over 90 to 180, over 180.

    Returns
    -------
    tuple of ndarray of float64
        By bucket, shape ``(..., len(edges) + 1)``; and what has no known age, shape ``(...)``.
        Together they are the cost.

    Raises
    ------
    AccountingError
        FW128 where the edges do not rise.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1, age buckets).

    Examples
    --------
    >>> buckets, unknown = bucket([20.0, 20.0, 5.0], [9, 8, float("nan")], (30, 60, 90))
    >>> buckets.tolist(), float(unknown)
    ([40.0, 0.0, 0.0, 0.0], 5.0)
    """
    limits = floats(edges).reshape(-1)
    if np.any(~(np.diff(limits) > 0.0)):
        raise AccountingError("FW128", "age edges do not rise from one to the next")
    values, ages = np.broadcast_arrays(floats(cost), floats(age_days))
    place = np.searchsorted(limits, ages, side="left")
    known = ~np.isnan(ages)
    buckets = np.stack(
        [
            np.where(known & (place == position), values, 0.0).sum(axis=-1)
            for position in range(limits.size + 1)
        ],
        axis=-1,
    )
    unknown: Floats = np.where(known, 0.0, values).sum(axis=-1)
    return buckets, unknown


@cites("FIFO ageing")
def weighted_average_age(weight: Numbers, age_days: Numbers) -> Floats:
    """Compute the average age of the layers, weighted by their units or cost.

    Parameters
    ----------
    weight
        Units or cost by layer, shape ``(..., k)``.
    age_days
        Days by layer; broadcasts.

    Returns
    -------
    ndarray of float64
        Days, shape ``(...)``; NaN where nothing is left, or where a layer that is left has no
        known age.

    Raises
    ------
    AccountingError
        FW111 for negative weights.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1).

    Examples
    --------
    >>> float(weighted_average_age([20, 20], [9, 8]))
    8.5
    """
    left, ages = np.broadcast_arrays(floats(weight), floats(age_days))
    refuse_negative(left, "layer weight", "FW111")
    total = left.sum(axis=-1)
    weighted = np.where(left == 0.0, 0.0, left * ages).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        average: Floats = np.where(total == 0.0, np.nan, np.divide(weighted, total))[()]
    return average


@cites("FIFO ageing")
def oldest_age(units: Numbers, age_days: Numbers) -> Floats:
    """Find the age of the oldest layer that is left.

    Parameters
    ----------
    units
        Units or cost by layer, shape ``(..., k)``.
    age_days
        Days by layer; broadcasts.

    Returns
    -------
    ndarray of float64
        Days, shape ``(...)``; NaN where nothing is left, or where a layer that is left has no
        known age.

    Raises
    ------
    AccountingError
        FW111 for negative units.

    Notes
    -----
    Citation: FIFO ageing (accounting.md C1).

    Examples
    --------
    >>> oldest_age([[0, 20], [0, 0]], [9, 8]).tolist()
    [8.0, nan]
    """
    left, ages = np.broadcast_arrays(floats(units), floats(age_days))
    refuse_negative(left, "layer units", "FW111")
    held = left != 0.0
    oldest = np.where(held, ages, -np.inf).max(axis=-1)
    found: Floats = np.where(held.any(axis=-1), oldest, np.nan)[()]
    return found
