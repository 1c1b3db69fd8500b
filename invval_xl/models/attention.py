"""Which items are worth a person's look: where an answer would teach the model, and money hangs.

Active learning by uncertainty, weighed with dollars: an item the model is sure of teaches nothing
whatever it is worth, and a doubtful one worth little changes no reserve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.score import Scores

__all__ = ["doubt", "uncertain"]

_NOTHING = 1e-9  # an entropy of rounding alone


def doubt(scores: Scores, *, horizon_days: int = 60) -> Floats:
    """How unsure the model is of each item, 0 to 1: the entropy of its three outcomes."""
    j = scores.horizon(horizon_days)
    p = np.stack([scores.p_full_price[:, j], scores.p_markdown[:, j], scores.p_obsolete[:, j]])
    p = np.clip(p, 0.0, 1.0)
    bits = -np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=0)
    return np.asarray(np.clip(bits / np.log(3.0), 0.0, 1.0), np.float64)


def uncertain(
    scores: Scores, dollars: Floats, most: int, *, horizon_days: int = 60
) -> NDArray[np.int64]:
    """Rows worth a person's look, most first: doubt times dollars.

    Parameters
    ----------
    scores
        The model's.
    dollars
        ``float64[n]`` what stands at each item (cost on hand, say), currency; an unknown or a
        non-positive amount is no reason to look.
    most
        How many at most; rows the model is sure of are never among them.

    Returns
    -------
    numpy.ndarray
        ``int64`` positions; equal rows in their own order.
    """
    if len(dollars) != len(scores):
        raise ValueError("one amount an item")
    worth = doubt(scores, horizon_days=horizon_days) * np.nan_to_num(dollars)
    order = np.lexsort((np.arange(len(worth)), -worth))
    return np.asarray(order[worth[order] > _NOTHING][: max(most, 0)], np.int64)
