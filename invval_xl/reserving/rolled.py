"""The roll-forward of the reserve, item by item: computed once, laid on C-4 and tied by the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.accounting.rollforward import close

if TYPE_CHECKING:
    import pandas as pd

    from invval_xl.reserving.brought_forward import BroughtForward
    from invval_xl.reserving.decided import Decided

__all__ = ["roll_forward"]


def roll_forward(
    lines: pd.DataFrame, brought: BroughtForward, decided: Decided | None = None
) -> pd.DataFrame:
    """Every item with an opening balance or a movement, in whole cents.

    Columns: ``sku, location, category, opening, charge, other, utilization, reversal, decided,
    closing`` and ``line`` (position in ``lines``, -1 for items no longer held). ``decided`` is the
    signed difference a person's decision makes to the proposal's charge or reversal (C-7).
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "sku": lines["sku"],
            "location": lines["location"],
            "category": lines["category"],
            "opening": brought.opening,
            "charge": lines["write_down"].fillna(0.0),
            "other": brought.other,
            "utilization": brought.utilization,
            "reversal": lines["reversal"],
            "decided": 0.0,
            "line": np.arange(len(lines)),
        }
    )
    if decided is not None and len(decided.frame):
        frame.loc[decided.frame["line"], "decided"] = decided.frame["adjustment"].to_numpy()
    moves = ["opening", "charge", "other", "utilization", "reversal", "decided"]
    moved = (frame[moves] != 0).any(axis=1)
    frame = frame[moved]
    gone = brought.gone
    if len(gone):
        rest = gone.assign(
            charge=0.0, utilization=gone["opening"] + gone["other"], reversal=0.0, decided=0.0,
            line=-1,
        )  # fmt: skip
        frame = pd.concat([frame, rest[frame.columns]])
    frame["closing"] = np.round(
        close(
            frame["opening"],
            frame["charge"],
            frame["other"],
            frame["utilization"],
            frame["reversal"],
        )
        + frame["decided"],
        2,
    )
    return frame.reset_index(drop=True)
