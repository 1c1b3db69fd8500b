"""``DemoRetailer``: the generated company as frames, with the truth nobody in it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["DemoRetailer"]


@dataclass(frozen=True, eq=False)
class DemoRetailer:
    """One generated retailer.

    Parameters
    ----------
    as_of
        The month end its books are closed at.
    seed
        What it was drawn from; the same seed and sizes give the same retailer anywhere.
    frames
        A frame a sheet contract, under the contract's snake_case column names; ``Control``
        has the columns ``setting`` and ``value``.
    truth
        What a model is scored against, never shown to it: ``outcomes`` (a row a SKU-location
        and horizon), ``weekly`` (the weeks after the as-of date), ``realised`` (what the units
        on hand brought within the weeks simulated), ``disposals``, ``supersessions``,
        ``episodes``, ``suppliers``, ``plans``.
    events
        Every posting, long: ``week_end, sku, location, measure, block, value`` with value in
        units or in the entity's currency. Empty where the retailer is too large to keep them.
    notes
        What was left out to fit a worksheet, in sentences.
    """

    as_of: dt.date
    seed: int
    frames: Mapping[str, pd.DataFrame]
    truth: Mapping[str, pd.DataFrame]
    events: pd.DataFrame
    notes: tuple[str, ...] = ()
