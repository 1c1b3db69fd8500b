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
    """Exact: the 15-significant-digit text of ``value``, rounded half up in decimal."""
    digits = Decimal(f"{value:.14e}")
    return float(digits.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def _round_block(block: Floats, out: Floats, places: int) -> None:
    power = 10.0 ** abs(places)
    size = np.abs(block)
    scaled = size * power if places >= 0 else size / power
    whole = np.floor(scaled)
    from_tie = np.abs(scaled - whole - 0.5)
    near = from_tie <= scaled * _SURELY_NOT
    np.floor(scaled + 0.5, out=scaled)
    if near.any():
        where = np.flatnonzero(near)
        values, gap, low = size[where], from_tie[where], whole[where]
        tie = gap <= values * (power if places >= 0 else 1.0 / power) * _SURELY_TIE
        scaled[where[tie]] = low[tie] + 1.0
        rounded = scaled / power if places >= 0 else scaled * power
        for index in where[~tie]:
            rounded[index] = _by_digits(float(size[index]), places)
    else:
        rounded = scaled / power if places >= 0 else scaled * power
    np.copysign(rounded, block, out=out)
    out += 0.0  # minus zero becomes zero


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
    flat = np.ascontiguousarray(values).reshape(-1)
    out = np.empty_like(flat)
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, flat.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            block = flat[part]
            _round_block(block, out[part], places)
            if not math.isfinite(float(out[part].sum())):
                odd = ~np.isfinite(out[part])
                out[part][odd] = block[odd]
    rounded: Floats = out.reshape(values.shape)[()]
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
    cents = np.rint(round_money(x) * 100.0)
    known = np.abs(cents) < _MOST_CENTS
    if not np.all(known):
        first = float(np.ravel(floats(x))[int(np.argmin(np.ravel(known)))])
        raise AccountingError("FW123", f"money is {first}; only a known sum has cents")
    whole: NDArray[np.int64] = np.asarray(cents).astype(np.int64)[()]
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
