"""The balance set: what ends, whether it foots, averages, and whose point of view it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Perspective",
    "average_unit_cost",
    "average_unit_retail",
    "balance_break",
    "ending",
    "movements_seen_from",
    "transfers_net",
]

OUTSIDE = -1
"""The node code of a vendor, a customer, or any place that is not ours."""


@cites("balance set identity")
def ending(bop: Numbers, additions: Numbers, reductions: Numbers) -> Floats:
    """Compute ending inventory: beginning, plus additions, less reductions.

    Parameters
    ----------
    bop, additions, reductions
        All in one valuation (units, or currency at cost or retail); shapes broadcast. Additions
        and reductions are positive numbers.

    Returns
    -------
    ndarray of float64
        EOP in the same valuation. NaN where any part is unknown. It may come out negative: that
        is a break to be found, not an impossible argument.

    Notes
    -----
    Citation: balance set identity (accounting.md B1).

    Examples
    --------
    >>> float(ending(1000, 0, 50) + ending(100, 50, 0))
    1100.0
    """
    return floats(bop) + floats(additions) - floats(reductions)


@cites("balance set identity")
def balance_break(bop: Numbers, additions: Numbers, reductions: Numbers, eop: Numbers) -> Floats:
    """Compare reported EOP with the EOP computed: 0 where the set foots.

    Parameters
    ----------
    bop, additions, reductions, eop
        All in one valuation; shapes broadcast.

    Returns
    -------
    ndarray of float64
        Positive: more is reported than the movements explain. NaN where any part is unknown.

    Notes
    -----
    Citation: balance set identity (accounting.md B2, foot test 1).

    Examples
    --------
    >>> balance_break([50, 50], [20, 20], [52, 52], [18, 20]).tolist()
    [0.0, 2.0]
    """
    return floats(eop) - ending(bop, additions, reductions)


def _quotient(numerator: Floats, denominator: Floats) -> Floats:
    """NaN where the denominator is zero: an average over nothing is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.divide(numerator, denominator)
    if quotient.ndim == 0:
        return quotient if denominator.all() else np.float64(np.nan)  # type: ignore[return-value]
    if not denominator.all():
        quotient[np.broadcast_to(denominator == 0.0, quotient.shape)] = np.nan
    return quotient


@cites("average unit cost")
def average_unit_cost(cost: Numbers, units: Numbers, axis: int | None = None) -> Floats:
    """Average unit cost: cost over units of the same measure and period.

    Parameters
    ----------
    cost
        Currency.
    units
        Units of the same measure; shapes broadcast.
    axis
        Where given, the average of the aggregate along it: sum of cost over sum of units, never
        the mean of averages.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where the units are zero.

    Notes
    -----
    Citation: average unit cost (accounting.md B3, rules b and d).

    Examples
    --------
    >>> float(average_unit_cost(42500, 1250))
    34.0
    >>> float(average_unit_cost([100.0, 900.0], [10, 30], axis=0))
    25.0
    """
    total, count = floats(cost), floats(units)
    if axis is not None:
        total, count = np.broadcast_arrays(total, count)
        total, count = total.sum(axis=axis), count.sum(axis=axis)
    return _quotient(total, count)


@cites("average unit retail")
def average_unit_retail(retail: Numbers, units: Numbers, axis: int | None = None) -> Floats:
    """Average unit retail: retail over units of the same measure and period.

    Parameters
    ----------
    retail
        Currency at retail: on hand, or net sales (two different averages).
    units
        Units of the same measure; shapes broadcast.
    axis
        Where given, sum of retail over sum of units along it.

    Returns
    -------
    ndarray of float64
        Currency per unit; NaN where the units are zero.

    Notes
    -----
    Citation: average unit retail (accounting.md B3).

    Examples
    --------
    >>> round(float(average_unit_retail(4564.63, 101)), 4)
    45.1944
    """
    return average_unit_cost(retail, units, axis)


@cites("balance set identity")
def transfers_net(transfers_in: Numbers, transfers_out: Numbers) -> float:
    """Transfers in less transfers out over all nodes, in-transit included: 0 for a company.

    Parameters
    ----------
    transfers_in, transfers_out
        One valuation, any shapes.

    Returns
    -------
    float
        What left one node and arrived at none (negative) or the reverse; NaN where unknown.

    Notes
    -----
    Citation: balance set identity (accounting.md B2, foot test 3).

    Examples
    --------
    >>> transfers_net([0, 50, 10], [60, 0, 0])
    0.0
    """
    return float(floats(transfers_in).sum() - floats(transfers_out).sum())


@dataclass(frozen=True, eq=False)
class Perspective:
    """Movements as one point of view sees them; every array has a place per member.

    Parameters
    ----------
    receipts
        Came from outside the perspective.
    issues
        Went outside the perspective.
    transfers_in, transfers_out
        Between two members: they cancel over the members.
    internal
        Within one member: nothing to that member.
    """

    receipts: Floats
    issues: Floats
    transfers_in: Floats
    transfers_out: Floats
    internal: Floats

    @property
    def net(self) -> Floats:
        """What the movements add to each member."""
        return self.receipts + self.transfers_in - self.issues - self.transfers_out


@cites("perspective")
def movements_seen_from(
    from_node: ArrayLike, to_node: ArrayLike, moved: Numbers, member_of: ArrayLike
) -> Perspective:
    """Derive receipts, issues and transfers from one record of movements, by perspective.

    A movement is stored once, with from-node and to-node. Whether it is a receipt or a transfer
    depends on who looks: from the store, goods from the distribution centre are received; from
    the company, they are transferred.

    Parameters
    ----------
    from_node, to_node
        Whole numbers, shape ``(n,)``: positions in ``member_of``; -1 is a vendor or customer.
        In-transit is a node of its own.
    moved
        Units, cost or retail, shape ``(n,)``, zero or more.
    member_of
        Whole numbers, one a node: which member of the perspective the node belongs to (0, 1,
        ...), or -1 where the perspective does not look at it.

    Returns
    -------
    Perspective
        Arrays with a place per member. A movement wholly outside is left out.

    Raises
    ------
    AccountingError
        FW111 where a movement is negative (turn it round instead) or names no node.

    Notes
    -----
    Citation: perspective (accounting.md B1).

    Examples
    --------
    Distribution centre 0 sends 50 to store 1; seen from the company, then from the store:

    >>> company = movements_seen_from([0], [1], [50], [0, 1])
    >>> company.transfers_out.tolist(), company.transfers_in.tolist()
    ([50.0, 0.0], [0.0, 50.0])
    >>> movements_seen_from([0], [1], [50], [-1, 0]).receipts.tolist()
    [50.0]
    """
    members: NDArray[np.int64] = np.asarray(member_of, dtype=np.int64).reshape(-1)
    source = np.asarray(from_node, dtype=np.int64).reshape(-1)
    target = np.asarray(to_node, dtype=np.int64).reshape(-1)
    quantity = floats(moved).reshape(-1)
    nodes = np.concatenate([source, target])
    if nodes.size and (nodes.min() < OUTSIDE or nodes.max() >= members.size):
        raise AccountingError("FW111", "a movement names a node that is not there")
    if (quantity < 0.0).any():
        raise AccountingError("FW111", "a movement is below zero; turn its direction instead")
    count = int(members.max(initial=OUTSIDE)) + 1
    seen = np.append(members, OUTSIDE)  # so that node -1 reads as outside
    giver, taker = seen[source], seen[target]

    def total(member: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Floats:
        summed: Floats = np.bincount(
            member[chosen], weights=quantity[chosen], minlength=count
        ).astype(np.float64)
        return summed

    gives, takes = giver > OUTSIDE, taker > OUTSIDE
    crosses = gives & takes & (giver != taker)
    return Perspective(
        receipts=total(taker, takes & ~gives),
        issues=total(giver, gives & ~takes),
        transfers_in=total(taker, crosses),
        transfers_out=total(giver, crosses),
        internal=total(giver, gives & takes & (giver == taker)),
    )
