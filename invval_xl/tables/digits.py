"""Figures as a workbook keeps them: to fifteen significant digits, whoever saved it last."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fifteen_digits"]

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
_EXACT = 1e22  # the largest power of ten that a double holds exactly


def fifteen_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round each number to fifteen significant digits, half away from zero.

    A spreadsheet shows and computes with fifteen digits; LibreOffice also saves no more, Excel
    saves up to seventeen. Read so, the same sheet saved by either is the same sheet: same hash,
    same run, same figures to the last bit.

    Parameters
    ----------
    values
        Numbers; NaN and infinities stay.

    Returns
    -------
    numpy.ndarray
        The same array where nothing had more digits, else a new one.

    Notes
    -----
    The digits rounded are those of the shortest decimal that reads back as the same number, as
    LibreOffice rounds them: 48.73285714285715 gives ...572, though its exact binary value lies
    just below the half.

    Examples
    --------
    >>> fifteen_digits(np.array([18.79958333333333, 48.73285714285715, 0.1, np.nan])).tolist()
    [18.7995833333333, 48.7328571428572, 0.1, nan]
    """
    with np.errstate(all="ignore"):  # NaN, infinities and denormals answer "not plain"
        scale = 10.0 ** (14.0 - np.floor(np.log10(np.abs(values))))
        # A whole number below 2**53 by an exact power of ten divides to the nearest number there
        # is to that decimal: what comes back unchanged had no more digits to begin with.
        plain = (np.rint(values * scale) / scale == values) & (scale <= _EXACT)
        plain |= values == np.rint(values)
    longer = np.flatnonzero(~plain & np.isfinite(values))
    if not len(longer):
        return values
    out = values.copy()
    out[longer] = [_rounded(v) for v in values[longer].tolist()]
    return out


def _rounded(value: float) -> float:
    """Round one number; only a shortest decimal of sixteen digits can stand on the half."""
    shortest = repr(value)
    if shortest[-1] == "5" or "e" in shortest:
        return float(_FIFTEEN.plus(Decimal(shortest)))
    return float(f"{value:.15g}")
