"""Valuation jumps: one balance set counted in units, cost, wholesale, retail or full price."""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError
from invval_xl.terms import Valuation

__all__ = ["jump"]


@cites("valuation jump")
def jump(
    value: Numbers,
    from_: Valuation | str,
    to: Valuation | str,
    units: Numbers,
    cost: Numbers,
    retail: Numbers | None = None,
    full_price: Numbers | None = None,
    wholesale: Numbers | None = None,
) -> Floats:
    """Convert a value from one valuation to another by the averages of one balance.

    The totals are those of one balance (the same items, measure and period) in each valuation;
    the factor is their quotient, so units to cost to retail equals units to retail.

    Parameters
    ----------
    value
        What to convert, in valuation ``from_``; shapes broadcast.
    from_, to
        :class:`~invval_xl.terms.Valuation` or its word.
    units, cost, retail, full_price, wholesale
        The balance in each valuation; only the two that are jumped between are used.

    Returns
    -------
    ndarray of float64
        ``value`` in valuation ``to``; NaN where the balance in ``from_`` is zero or unknown.

    Raises
    ------
    AccountingError
        FW127 where a valuation is asked for whose total is not given, or which is none.

    Notes
    -----
    Citation: valuation jump (accounting.md B3, rule a).

    Examples
    --------
    >>> float(jump(889, "units", "cost", units=1250, cost=42500))
    30226.0
    >>> float(jump(42500, "cost", "retail", units=1250, cost=42500, retail=65000))
    65000.0
    """
    totals = {
        Valuation.UNITS: units,
        Valuation.COST: cost,
        Valuation.WHOLESALE: wholesale,
        Valuation.RETAIL: retail,
        Valuation.FULL_PRICE: full_price,
    }
    ends: list[Floats] = []
    for word in (from_, to):
        try:
            total = totals[Valuation(word)]
        except ValueError:
            raise AccountingError("FW127", f"'{word}' is not a valuation") from None
        if total is None:
            raise AccountingError("FW127", f"no total in {word} is given")
        ends.append(floats(total))
    with np.errstate(divide="ignore", invalid="ignore"):
        jumped: Floats = floats(value) * ends[1] / ends[0]
    nowhere = ends[0] == 0.0
    if np.any(nowhere):
        jumped = np.where(nowhere, np.nan, jumped)[()]
    return jumped
