"""A kernel shaped as a prediction is: whole columns in, words or probabilities out."""

from __future__ import annotations

import numpy as np

CALLS = []


def tier(unit_cost, age_days, category=None, *, bound="mid"):
    """Words for a whole batch at once; unknown facts are seen as unknown."""
    CALLS.append((unit_cost, age_days, category, bound))
    cost, age = np.broadcast_arrays(np.atleast_1d(unit_cost), np.atleast_1d(age_days))
    words = np.where(np.isnan(age), "yellow", np.where(age > 365, "red", "green"))
    return words.tolist() if cost.size > 1 else str(words[0])
