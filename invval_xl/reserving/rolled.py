"""The roll-forward of the reserve, item by item: computed once, laid on C-4 and tied by the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.rollforward import close

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.reserving.brought_forward import BroughtForward

__all__ = ["roll_forward"]


def roll_forward(lines: pd.DataFrame, brought: BroughtForward) -> pd.DataFrame:
    """Every item with an opening balance or a movement, in whole cents.

    Columns: ``sku, location, category, opening, charge, other, utilization, reversal, closing``
    and ``line`` (position in ``lines``, -1 for items no longer held).
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "sku": lines["sku"],
            "location": lines["location"],
            "category": lines["category"],
            "opening": brought.opening,
            "charge": lines["write_down"].fillna(0.0),
            "other": 0.0,
            "utilization": brought.utilization,
            "reversal": lines["reversal"],
            "line": np.arange(len(lines)),
        }
    )
    moved = (frame[["opening", "charge", "utilization", "reversal"]] != 0).any(axis=1)
    frame = frame[moved]
    gone = brought.gone
    if len(gone):
        rest = gone.assign(
            charge=0.0, other=0.0, utilization=gone["opening"], reversal=0.0, line=-1
        )
        frame = pd.concat([frame, rest[frame.columns]])
    frame["closing"] = np.round(
        close(
            frame["opening"],
            frame["charge"],
            frame["other"],
            frame["utilization"],
            frame["reversal"],
        ),
        2,
    )
    return frame.reset_index(drop=True)
