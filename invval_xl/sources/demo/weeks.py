"""Weeks and periods of the demo: weekly posting days, gathered into calendar months."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Weeks"]


@dataclass(frozen=True, eq=False)
class Weeks:
    """The simulated weeks; week ``as_of_week`` is posted on the as-of date itself.

    Parameters
    ----------
    as_of
        The month end the books are closed at.
    history
        Weeks simulated up to and including the as-of date.
    future
        Weeks simulated after it, known only to the truth frames.
    """

    as_of: dt.date
    history: int
    future: int

    @property
    def total(self) -> int:
        """Weeks simulated in all."""
        return self.history + self.future

    @property
    def as_of_week(self) -> int:
        """Index of the week posted on the as-of date."""
        return self.history - 1

    @property
    def ends(self) -> NDArray[np.datetime64]:
        """``datetime64[D][total]``: the day each week is posted."""
        offsets = 7 * (np.arange(self.total) - self.as_of_week)
        return np.datetime64(self.as_of, "D") + offsets.astype("timedelta64[D]")

    @property
    def month(self) -> NDArray[np.int64]:
        """``int64[total]``: months since 1970-01 of each posting day."""
        return self.ends.astype("datetime64[M]").astype(np.int64)

    @property
    def year_week(self) -> NDArray[np.float64]:
        """``float64[total]``: place in the year, 0 to 52, for the seasonal curves."""
        ends = self.ends
        day = (ends - ends.astype("datetime64[Y]")).astype(np.int64)
        place: NDArray[np.float64] = day / 365.25 * 52.0
        return place

    def period_end(self, month: int) -> np.datetime64:
        """Last calendar day of ``month`` (months since 1970-01)."""
        years, months = divmod(month + 1, 12)
        following = dt.date(1970 + years, months + 1, 1)
        return np.datetime64(following - dt.timedelta(days=1), "D")

    def date(self, week: int) -> dt.date:
        """Give the posting day of one week; weeks before the first are counted back."""
        return self.as_of + dt.timedelta(days=7 * (week - self.as_of_week))
