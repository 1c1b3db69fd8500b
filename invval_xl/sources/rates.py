"""Currencies by dated rates: the latest rate on or before the day, and how old it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Rates"]


@dataclass(frozen=True)
class Rates:
    """Units of the entity's currency per unit of each other one.

    Parameters
    ----------
    entity
        The entity's currency.
    dated
        Currency to its days (ascending) and rates.
    """

    entity: str
    dated: Mapping[str, tuple[NDArray[Any], NDArray[np.float64]]] = field(default_factory=dict)

    def at(
        self, currencies: NDArray[np.object_], days: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rate and its age in days for each line; NaN where no rate is known by that day.

        A blank currency is the entity's own, at 1. A line without a day takes the latest rate.

        Examples
        --------
        >>> days = np.array(["2026-01-01", "2026-02-01"], "datetime64[D]")
        >>> rates = Rates("USD", {"EUR": (days, np.array([1.10, 1.20]))})
        >>> lines = np.array(["2026-01-15", "2025-12-31"], "datetime64[D]")
        >>> rates.at(np.array(["EUR", "EUR"], object), lines)[0].tolist()
        [1.1, nan]
        """
        rate = np.ones(len(currencies))
        age = np.zeros(len(currencies))
        for currency in {c for c in currencies if c}:
            code = str(currency).upper()
            if code == self.entity.upper():
                continue
            where = currencies == currency
            known = self.dated.get(code)
            if known is None:
                rate[where], age[where] = np.nan, np.nan
                continue
            when, values = known
            asked = days[where].astype("datetime64[D]")
            asked = np.where(np.isnat(asked), when[-1], asked)
            place = np.searchsorted(when, asked, side="right") - 1
            inside = place >= 0
            rate[where] = np.where(inside, values[np.maximum(place, 0)], np.nan)
            waited = (asked - when[np.maximum(place, 0)]).astype(float)
            age[where] = np.where(inside, waited, np.nan)
        return rate, age
