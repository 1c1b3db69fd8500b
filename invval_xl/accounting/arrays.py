"""Arguments to arrays, and the cheap guards that refuse impossible values.

A guard looks for the impossible with one comparison that is ``False`` for NaN: unknown values
pass and propagate, impossible ones raise.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from invval_xl.findings import AccountingError

__all__ = ["Floats", "Numbers", "floats", "refuse_below", "refuse_negative", "refuse_outside"]

Numbers: TypeAlias = ArrayLike
"""A number, or anything numpy reads as an array of numbers; NaN is unknown."""

Floats: TypeAlias = NDArray[np.float64]
"""What a rule returns: ``float64`` in the broadcast shape (a numpy scalar for scalars)."""

# Elements looked at per step: the block and its mask stay in the processor's first cache.
_BLOCK = 16_384


def floats(numbers: Numbers) -> Floats:
    """``numbers`` as ``float64`` without a copy where it is that already.

    Examples
    --------
    >>> floats([1, 2]).tolist()
    [1.0, 2.0]
    """
    return np.asarray(numbers, dtype=np.float64)


def _any_below(numbers: Floats, bound: float) -> bool:
    if numbers.size <= _BLOCK:
        return bool((numbers < bound).any())
    flat = numbers.reshape(-1) if numbers.flags.c_contiguous else numbers.ravel()
    return any(
        bool((flat[start : start + _BLOCK] < bound).any()) for start in range(0, flat.size, _BLOCK)
    )


def refuse_below(numbers: Floats, bound: float, what: str, code: str, paragraph: str = "") -> None:
    """Raise where any of ``numbers`` lies below ``bound``; NaN passes.

    Raises
    ------
    AccountingError
        With ``code``, naming ``what`` and the first value below the bound.

    Examples
    --------
    >>> refuse_below(floats([1.0, float("nan")]), 0.0, "unit cost", "FW110")
    """
    if _any_below(numbers, bound):
        flat = numbers.ravel()
        first = float(flat[int(np.argmax(flat < bound))])
        raise AccountingError(code, f"{what} is {first:g}; it cannot be below {bound:g}", paragraph)


def refuse_negative(numbers: Floats, what: str, code: str, paragraph: str = "") -> None:
    """Raise where any of ``numbers`` is below zero; NaN passes.

    Raises
    ------
    AccountingError
        With ``code``, naming ``what`` and the first negative value.

    Examples
    --------
    >>> refuse_negative(floats([-1.0]), "unit cost", "FW110")
    Traceback (most recent call last):
    ...
    invval_xl.findings.AccountingError: unit cost is -1; it cannot be below 0
    """
    refuse_below(numbers, 0.0, what, code, paragraph)


def refuse_outside(
    numbers: Floats, low: float, high: float, what: str, code: str, paragraph: str = ""
) -> None:
    """Raise where any of ``numbers`` lies outside ``low`` to ``high``; NaN passes.

    Raises
    ------
    AccountingError
        With ``code``, naming ``what`` and the first value outside.

    Examples
    --------
    >>> refuse_outside(floats(0.2), 0.0, 1.0, "cost to sell rate", "FW114")
    """
    refuse_below(numbers, low, what, code, paragraph)
    outside = numbers > high
    if outside.any():
        first = float(numbers.ravel()[int(np.argmax(outside))])
        raise AccountingError(code, f"{what} is {first:g}; it cannot be above {high:g}", paragraph)
