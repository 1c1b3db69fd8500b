"""Cents: rounding as Excel rounds, totals of rounded lines, and allocation that foots.

Rounding is half away from zero on the value of 15 significant digits, which is what a worksheet
shows and what its ROUND works on. A binary double a hair under ``.xx5`` therefore rounds up.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative
from invval_xl.accounting.citing import cites
from invval_xl.findings import AccountingError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["allocate", "round_half_away", "round_money", "to_cents", "total_money"]

# In units of the scaled value: surely a tie at 15 digits, and surely none. What lies between is
# decided digit by digit. One unit of the 15th digit is between 1e-15 and 1e-14 of the value.
_SURELY_TIE = 4e-16
_SURELY_NOT = 1.2e-14
_BLOCK = 16_384
_MOST_CENTS = 2**53
_MOST_PLACES = 15


def _by_digits(value: float, places: int) -> float:
    """Exact: the 15-significant-digit text of ``value``, rounded half up to a count of places."""
    counted = Decimal(f"{value:.14e}").scaleb(places)
    return float(counted.to_integral_value(rounding=ROUND_HALF_UP))


def _mend(block: Floats, whole: Floats, near: NDArray[np.intp], power: float, places: int) -> None:
    """Decide, in ``whole``, those of the values ``near`` a tie that are within its 15th digit."""
    values = block[near]
    size = np.abs(values * power if places >= 0 else values / power)
    below = np.floor(size)
    from_tie = np.abs(size - below - 0.5)
    tie = from_tie <= size * _SURELY_TIE
    whole[near[tie]] = np.copysign(below[tie] + 1.0, values[tie])
    for index in near[~tie & (from_tie <= size * _SURELY_NOT)]:
        value = float(block[index])
        whole[index] = math.copysign(_by_digits(abs(value), places), value)


def _round(values: Floats, places: int, *, count: bool) -> Floats:
    """Round, flat; ``count`` leaves the count of last places. Zero is never minus zero."""
    power = 10.0 ** abs(places)
    grow, shrink = (np.multiply, np.divide) if places >= 0 else (np.divide, np.multiply)
    flat = np.ascontiguousarray(values).reshape(-1)
    rounded = np.empty_like(flat)
    scratch = np.empty(min(flat.size, _BLOCK))
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, flat.size, _BLOCK):  # a step per block that the cache holds
            block, whole = flat[start : start + _BLOCK], rounded[start : start + _BLOCK]
            scaled = scratch[: block.size]
            grow(block, power, out=scaled)
            np.rint(scaled, out=whole)
            high, low = float(np.fmax.reduce(scaled)), float(np.fmin.reduce(scaled))
            most = max(high, -low)
            scaled -= whole
            np.abs(scaled, out=scaled)
            bound = 0.5 - most * _SURELY_NOT
            if float(np.fmax.reduce(scaled)) >= bound:  # False where all the block is unknown
                _mend(block, whole, np.flatnonzero(scaled >= bound), power, places)
            if low < 0.0:
                whole += 0.0
            if not count:
                shrink(whole, power, out=whole)
                if most == np.inf:  # infinite, or scaled beyond the largest number
                    odd = np.isinf(whole)
                    whole[odd] = block[odd]
    return rounded


@cites("Excel ROUND")
def round_half_away(x: Numbers, places: int = 2) -> Floats:
    """Round as Excel's ROUND does: half away from zero, on 15 significant digits.

    Parameters
    ----------
    x
        Any unit, any shape; NaN and infinities stay what they are.
    places
        Decimal places; negative rounds to tens, hundreds, ... Between -15 and 15.

    Returns
    -------
    ndarray of float64
        The shape of ``x``.

    Raises
    ------
    ValueError
        ``places`` outside -15 to 15.

    Notes
    -----
    A value of 1e13 and more has no cents within 15 digits; it is returned to 15 digits.

    Citation: Excel ROUND (documented behaviour, checked against a decimal oracle).

    Examples
    --------
    >>> round_half_away([1.005, 2.675, -0.125]).tolist()
    [1.01, 2.68, -0.13]
    >>> float(round_half_away(41.7312 * 0.92, 4))
    38.3927
    """
    if not -_MOST_PLACES <= places <= _MOST_PLACES:
        raise ValueError(f"places is {places}; it lies between -15 and 15")
    values = floats(x)
    rounded: Floats = _round(values, places, count=False).reshape(values.shape)[()]
    return rounded


@cites("Excel ROUND")
def round_money(x: Numbers) -> Floats:
    """Round money to whole cents, half away from zero.

    Parameters
    ----------
    x
        Currency, any shape; NaN stays NaN.

    Returns
    -------
    ndarray of float64
        Currency in whole cents, the shape of ``x``.

    Notes
    -----
    Citation: Excel ROUND. A6, case 15: round once, at the posted line.

    Examples
    --------
    >>> round_money([10597.3333, 0.005]).tolist()
    [10597.33, 0.01]
    """
    return round_half_away(x, 2)


@cites("Excel ROUND")
def to_cents(x: Numbers) -> NDArray[np.int64]:
    """Money as a whole number of cents.

    Parameters
    ----------
    x
        Currency, any shape.

    Returns
    -------
    ndarray of int64
        Cents, the shape of ``x``.

    Raises
    ------
    AccountingError
        FW123 where a value is unknown (NaN), infinite, or beyond 2**53 cents: cents are exact.

    Notes
    -----
    Citation: Excel ROUND.

    Examples
    --------
    >>> to_cents([10.005, -1.0]).tolist()
    [1001, -100]
    """
    money = floats(x)
    cents = _round(money, 2, count=True)
    if not float(np.max(np.abs(cents), initial=0.0)) < _MOST_CENTS:
        known = np.abs(cents) < _MOST_CENTS
        first = float(money.ravel()[int(np.argmin(known))])
        raise AccountingError("FW123", f"money is {first}; only a known sum has cents")
    whole: NDArray[np.int64] = cents.astype(np.int64).reshape(money.shape)[()]
    return whole


@cites("Excel ROUND")
def total_money(x: Numbers) -> float:
    """Sum of lines each rounded to cents: what the posted lines add up to.

    Parameters
    ----------
    x
        Currency, any shape.

    Returns
    -------
    float
        Currency in whole cents; NaN where any line is unknown.

    Notes
    -----
    Citation: Excel ROUND. The total of rounded lines, never the rounded total of raw lines.

    Examples
    --------
    >>> total_money([0.125, 0.125])
    0.26
    """
    values = floats(x)
    if not np.all(np.isfinite(values)):
        return float(values.sum())
    return int(np.sum(to_cents(values), dtype=np.int64)) / 100


@cites("largest remainder")
def allocate(total: float, weights: Numbers, keys: ArrayLike | None = None) -> Floats:
    """Share a total in whole cents over lines, so that the parts foot to the total exactly.

    Each line gets its share rounded down to the cent; the cents left over go one each to the
    largest remainders. Equal remainders: the larger weight first, then the later key, then (no
    keys) the later line. Lines of different weight are so shared alike in any order, and with
    keys every line is.

    Parameters
    ----------
    total
        Currency; rounded to cents first. May be negative: signs are then turned.
    weights
        Shape ``(n,)``, any unit, zero or more. A line of weight zero gets nothing.
    keys
        Shape ``(n,)``, something sortable that names each line.

    Returns
    -------
    ndarray of float64
        Currency in whole cents, shape ``(n,)``.

    Raises
    ------
    AccountingError
        FW124 where a weight is NaN, negative or infinite (an unknown share cannot be posted), or
        where all weights are zero and the total is not. FW123 where the total is unknown.

    Notes
    -----
    Citation: largest remainder (Hamilton's method).

    Examples
    --------
    >>> allocate(10.00, [1, 1, 1]).tolist()
    [3.33, 3.33, 3.34]
    >>> allocate(100.00, [0.0, 2.0, 1.0]).tolist()
    [0.0, 66.67, 33.33]
    """
    share = floats(weights).reshape(-1)
    cents = int(to_cents(total))
    refuse_negative(share, "weight", "FW124")
    if not np.all(np.isfinite(share)):
        raise AccountingError("FW124", f"{total:g} is to be allocated and a weight is unknown")
    # The sum is exact to the last bit, so that it does not depend on the order of the lines.
    largest = float(share.max()) if share.size else 0.0
    if largest == 0.0:
        if cents == 0:
            return np.zeros(share.shape)
        raise AccountingError("FW124", f"{total:g} is to be allocated and every weight is zero")
    scaled = share / largest
    exact = scaled / math.fsum(scaled.tolist()) * abs(cents)
    parts = np.floor(exact).astype(np.int64)
    remainder = exact - parts
    left = abs(cents) - int(parts.sum())
    place = np.arange(share.size)
    tie = np.argsort(np.argsort(np.asarray(keys), kind="stable")) if keys is not None else place
    order = np.lexsort((-tie, -share, -remainder))
    order = order[share[order] > 0.0]
    while left > 0:  # once, but for the last bits of a very large total
        given = order[:left]
        parts[given] += 1
        left -= given.size
    while left < 0:
        taken = order[::-1][:-left]
        taken = taken[parts[taken] > 0]
        parts[taken] -= 1
        left += taken.size
    signed: Floats = np.where(cents < 0, -parts, parts) / 100.0 + 0.0
    return signed
