"""What the flows, ratios and plans ask of their arguments, in one word each.

Built on :mod:`invval_xl.accounting.arrays`: NaN is unknown and travels on, a value that cannot
exist is refused with code FW301, and dividing by zero gives NaN, never infinity.
"""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, refuse_outside
from invval_xl.findings import AccountingError

__all__ = ["non_negative", "per", "positive", "rate", "share"]

IMPOSSIBLE = "FW301"


def non_negative(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused where any of it is below zero.

    Examples
    --------
    >>> non_negative("units", [3, -1])
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: units is -1; it cannot be below 0
    """
    numbers = floats(value)
    refuse_negative(numbers, name, IMPOSSIBLE)
    return numbers


def positive(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused where any of it is zero or below.

    Examples
    --------
    >>> positive("price index", 0)
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: price index is 0; it must be above 0
    """
    numbers = floats(value)
    if np.any(numbers <= 0):
        first = float(numbers.ravel()[int(np.argmax(numbers <= 0))])
        raise AccountingError(IMPOSSIBLE, f"{name} is {first:g}; it must be above 0")
    return numbers


def rate(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused outside 0 to 1: 0.25 for 25 %.

    Examples
    --------
    >>> rate("margin rate", 65)
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: margin rate is 65; it cannot be above 1
    """
    numbers = floats(value)
    refuse_outside(numbers, 0.0, 1.0, name, IMPOSSIBLE)
    return numbers


def share(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused outside 0 to below 1: a rate whose rest is divided by.

    Examples
    --------
    >>> share("margin rate", 1)
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: margin rate is 1; it must be below 1
    """
    numbers = rate(name, value)
    if np.any(numbers == 1):
        raise AccountingError(IMPOSSIBLE, f"{name} is 1; it must be below 1")
    return numbers


def per(numerator: Numbers, denominator: Numbers) -> Floats:
    """``numerator / denominator``; NaN, never infinity, where the denominator is zero.

    Examples
    --------
    >>> per([6, 6], [3, 0]).tolist()
    [2.0, nan]
    """
    top, bottom = floats(numerator), floats(denominator)
    zero = bottom == 0
    if not zero.any():
        return top / bottom
    return top / np.where(zero, np.nan, bottom)
