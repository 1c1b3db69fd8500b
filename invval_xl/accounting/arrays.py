"""Arguments to arrays, and the cheap guards that refuse impossible values.

A guard reduces once with ``fmin`` or ``fmax``, which pass over NaN: unknown values pass and
propagate, impossible ones raise. One such pass costs about a tenth of an elementwise sum.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from invval_xl.findings import AccountingError

__all__ = [
    "Floats",
    "Numbers",
    "floats",
    "refuse_below",
    "refuse_negative",
    "refuse_outside",
    "room_in",
]

Numbers: TypeAlias = ArrayLike
"""A number, or anything numpy reads as an array of numbers; NaN is unknown."""

Floats: TypeAlias = NDArray[np.float64]
"""What a rule returns: ``float64`` in the broadcast shape (a numpy scalar for scalars)."""


def floats(numbers: Numbers) -> Floats:
    """``numbers`` as ``float64`` without a copy where it is that already.

    Examples
    --------
    >>> floats([1, 2]).tolist()
    [1.0, 2.0]
    """
    return np.asarray(numbers, dtype=np.float64)


def room_in(scratch: Floats, *others: Floats) -> Floats | None:
    """``scratch`` as the place for a result with ``others``, or ``None`` where it has no room.

    For an intermediate of the caller's own: on a million items a fresh array costs as much as
    the arithmetic that fills it.

    Examples
    --------
    >>> room_in(floats([1, 2]), floats(3)), room_in(floats([1, 2]), floats([[3], [4]]))
    (array([1., 2.]), None)
    """
    shapes = (other.shape for other in others)
    fits = scratch.ndim > 0 and np.broadcast_shapes(scratch.shape, *shapes) == scratch.shape
    return scratch if fits else None


def refuse_below(numbers: Floats, bound: float, what: str, code: str, paragraph: str = "") -> float:
    """Raise where any of ``numbers`` lies below ``bound``; NaN passes.

    Returns
    -------
    float
        The least known of ``numbers``; infinity where none is.

    Raises
    ------
    AccountingError
        With ``code``, naming ``what`` and the first value below the bound.

    Examples
    --------
    >>> refuse_below(floats([1.0, float("nan")]), 0.0, "unit cost", "FW110")
    1.0
    """
    least = float(np.fmin.reduce(numbers, axis=None, initial=np.inf))
    if least < bound:
        flat = numbers.ravel()
        first = float(flat[int(np.argmax(flat < bound))])
        raise AccountingError(code, f"{what} is {first:g}; it cannot be below {bound:g}", paragraph)
    return least


def refuse_negative(numbers: Floats, what: str, code: str, paragraph: str = "") -> float:
    """Raise where any of ``numbers`` is below zero; NaN passes.

    Returns
    -------
    float
        The least known of ``numbers``; infinity where none is.

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
    return refuse_below(numbers, 0.0, what, code, paragraph)


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
    if float(np.fmax.reduce(numbers, axis=None, initial=-np.inf)) > high:
        flat = numbers.ravel()
        first = float(flat[int(np.argmax(flat > high))])
        raise AccountingError(code, f"{what} is {first:g}; it cannot be above {high:g}", paragraph)
