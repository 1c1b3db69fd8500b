"""What the flows, ratios and plans ask of their arguments, in one word each.

Built on :mod:`invval_xl.accounting.arrays`: NaN is unknown and travels on, a value that cannot
exist is refused with code FW301, and dividing by zero gives NaN, never infinity.
"""

from __future__ import annotations

import numpy as np

from invval_xl.accounting.arrays import Floats, Numbers, floats, refuse_negative, refuse_outside
from invval_xl.findings import AccountingError

__all__ = [
    "at_most_one",
    "below_one",
    "divisor",
    "non_negative",
    "per",
    "positive",
    "rate",
    "share",
]

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
    if refuse_negative(numbers, name, IMPOSSIBLE) == 0.0:
        raise AccountingError(IMPOSSIBLE, f"{name} is 0; it must be above 0")
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
    numbers = floats(value)
    refuse_negative(numbers, name, IMPOSSIBLE)
    return below_one(name, numbers)


def below_one(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused at 1 and above; below zero it may be: a margin can be negative.

    Examples
    --------
    >>> float(below_one("margin rate", -0.2))
    -0.2
    """
    numbers = floats(value)
    most = float(np.fmax.reduce(numbers, axis=None, initial=-np.inf))
    if most >= 1.0:
        raise AccountingError(IMPOSSIBLE, f"{name} is {most:g}; it must be below 1")
    return numbers


def at_most_one(name: str, value: Numbers) -> Floats:
    """``value`` as float64, refused above 1; below zero it may be.

    Examples
    --------
    >>> float(at_most_one("margin rate", 1))
    1.0
    """
    numbers = floats(value)
    refuse_outside(numbers, -np.inf, 1.0, name, IMPOSSIBLE)
    return numbers


def divisor(numbers: Floats) -> Floats:
    """``numbers`` to divide by: NaN in place of zero, so that the quotient is unknown.

    Written as ``... / divisor(x)`` rather than as a function of both sides, which lets numpy reuse
    the numerator's memory: on long columns fresh memory costs as much as the division.

    Examples
    --------
    >>> (6.0 / divisor(floats([3, 0]))).tolist()
    [2.0, nan]
    """
    # One look at the least is cheaper than one at every element; most divisors are above zero.
    if float(np.fmin.reduce(numbers, axis=None, initial=np.inf)) > 0.0:
        return numbers
    return np.where(numbers == 0, np.nan, numbers)


def non_negative_divisor(name: str, value: Numbers) -> Floats:
    """``value`` refused below zero, and NaN in place of zero: :func:`divisor` in the same one look.

    Examples
    --------
    >>> (6.0 / non_negative_divisor("turn", [3, 0])).tolist()
    [2.0, nan]
    """
    numbers = floats(value)
    if refuse_negative(numbers, name, IMPOSSIBLE) > 0.0:
        return numbers
    return np.where(numbers == 0, np.nan, numbers)


def total(*parts: tuple[str, Numbers]) -> Floats:
    """Sum of named parts, none below zero; those left at a plain 0 cost nothing.

    Examples
    --------
    >>> total(("purchases", [10, 20]), ("freight-in", 0.0), ("duty", 1)).tolist()
    [11.0, 21.0]
    """
    known = [non_negative(name, value) for name, value in parts]
    there = [part for part in known if part.ndim or float(part) != 0.0]
    result = there[0] if there else floats(0.0)
    for part in there[1:]:
        result = result + part
    return result


def per(numerator: Numbers, denominator: Numbers) -> Floats:
    """``numerator / denominator``; NaN, never infinity, where the denominator is zero.

    Examples
    --------
    >>> per([6, 6], [3, 0]).tolist()
    [2.0, nan]
    """
    return floats(numerator) / divisor(floats(denominator))
