"""Sums of money for cached values: in whole cents, as the papers' own ROUND(SUMIFS()) gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Keys = pd.Series[str] | NDArray[np.object_]

__all__ = ["criterion", "money_by", "money_total"]


def money_total(values: ArrayLike) -> float:
    """Total of posted amounts to the cent; an amount that is not determined adds nothing."""
    return float(np.nansum(np.round(np.asarray(values, dtype=np.float64) * 100))) / 100


def money_by(values: ArrayLike, keys: Keys, wanted: Sequence[str]) -> NDArray[np.float64]:
    """Totals of ``values`` by key, in the order of ``wanted``; 0 where a key has no row.

    Examples
    --------
    >>> money_by([0.1, 0.2, 5.0], np.array(["a", "a", "b"]), ["b", "a", "c"]).tolist()
    [5.0, 0.3, 0.0]
    """
    import pandas as pd

    codes, found = pd.factorize(keys)
    cents = np.nan_to_num(np.round(np.asarray(values, dtype=np.float64) * 100))
    keyed = codes >= 0
    sums = np.bincount(codes[keyed], weights=cents[keyed], minlength=len(found))
    total = dict(zip(found, sums.tolist(), strict=True))
    return np.array([total.get(key, 0.0) / 100 for key in wanted], dtype=np.float64)


def criterion(cell: str) -> str:
    """The criterion of a SUMIFS that means the text of ``cell`` and no pattern.

    A category named ``*`` would else match every category, one named ``>5`` the numbers above 5.

    Examples
    --------
    >>> criterion("$A$7")
    '"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE($A$7,"~","~~"),"*","~*"),"?","~?")'
    """
    return f'"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cell},"~","~~"),"*","~*"),"?","~?")'
