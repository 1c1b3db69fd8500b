"""What people's decisions may weigh in training: by item and day, capped by reviewer.

A decision whose outcome is known by now says more of its item than a row nobody looked at. But a
busy reviewer's habits must not become the model: no one's share of the added weight goes past a
bound, and what was taken off is said on the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from invval_xl.models.events import Events, Floats, Ints
    from invval_xl.models.panel import Panel

__all__ = ["CappedReviewer", "EvidenceWeights", "cap_reviewer_weight", "row_weights"]

MOST_SHARE = 0.35


@dataclass(frozen=True)
class CappedReviewer:
    """A reviewer whose weight was taken down: shares of all reviewers' weight before and after."""

    reviewer: str
    decisions: int
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class EvidenceWeights:
    """Weights of decisions with outcomes.

    Parameters
    ----------
    weight
        By ``(sku, location, day number)``: weight of that item's row at the snapshot the decision
        stood at; 1 is that of a row nobody decided on.
    capped
        Reviewers whose weight was taken down.
    reviewers
        How many reviewers are behind the weights.
    """

    weight: Mapping[tuple[str, str, int], float]
    capped: tuple[CappedReviewer, ...] = ()
    reviewers: int = 0


def cap_reviewer_weight(
    reviewer: Sequence[str], weight: Floats, *, most_share: float = MOST_SHARE
) -> tuple[Floats, tuple[CappedReviewer, ...]]:
    """Take weights down so that no reviewer's share of their sum is above ``most_share``.

    All weights of a reviewer are multiplied by one factor, so that their order is kept; those of
    the others stay. Where fewer than ``1 / most_share`` reviewers exist no weights can meet the
    bound: all are then brought to the weight of the lightest reviewer, the evenest there is.

    Parameters
    ----------
    reviewer
        Who decided, a row a decision.
    weight
        ``float64[n]``, not below zero.
    most_share
        Above 0, at most 1.

    Returns
    -------
    tuple
        The weights, and the reviewers that were taken down, heaviest first.

    Examples
    --------
    >>> who = ["A", "A", "A", "B", "C"]
    >>> cap_reviewer_weight(who, np.ones(5), most_share=0.4)[0].round(3).tolist()
    [0.444, 0.444, 0.444, 1.0, 1.0]
    """
    if not 0.0 < most_share <= 1.0:
        raise ValueError("most_share is above 0 and at most 1")
    weight = np.asarray(weight, np.float64)
    if (weight < 0).any() or not np.isfinite(weight).all():
        raise ValueError("weights are finite and not below zero")
    names, who = np.unique(np.asarray(reviewer, dtype=str), return_inverse=True)
    total = np.bincount(who, weights=weight, minlength=len(names))
    allowed = _level(total, most_share)
    factor = np.divide(allowed, total, out=np.ones(len(names)), where=total > 0)
    decisions = np.bincount(who, minlength=len(names))
    before, after = total / max(total.sum(), 1e-300), allowed / max(allowed.sum(), 1e-300)
    order = np.lexsort((np.arange(len(names)), -total))
    capped = tuple(
        CappedReviewer(str(names[i]), int(decisions[i]), float(before[i]), float(after[i]))
        for i in order
        if allowed[i] < total[i]
    )
    return weight * factor[who], capped


def _level(total: Floats, most_share: float) -> Floats:
    """Totals with the heaviest cut to one level at which none is above its share."""
    order = np.sort(total)[::-1]
    if not len(total) or order[0] <= most_share * order.sum():
        return total.copy()
    for k in range(1, len(order) + 1):
        # the k heaviest at level c, with c = share * (k c + rest)
        rest = float(order[k:].sum())
        if k * most_share >= 1.0 or rest <= 0.0:
            break
        level = most_share * rest / (1.0 - k * most_share)
        if k == len(order) or order[k] <= level:
            return np.minimum(total, level)
    some = order[order > 0]
    return np.minimum(total, some[-1] if len(some) else 0.0)


def row_weights(events: Events, panel: Panel, given: EvidenceWeights) -> tuple[Floats, int]:
    """Weight of each row of ``panel``, and how many decisions found one.

    A decision weighs on the newest snapshot of its item on or before its day, within 31 days.
    """
    weight = np.ones(len(panel))
    place = {
        (str(s), str(p)): i
        for i, (s, p) in enumerate(zip(events.sku, events.location, strict=True))
    }
    rows_of: dict[int, NDArray[np.int64]] = _rows_by_item(panel.features.facts.item)
    found = 0
    for (sku, location, day), value in sorted(given.weight.items()):
        rows = rows_of.get(place.get((sku, location), -1))
        if rows is None:
            continue
        before = rows[(panel.day[rows] <= day) & (panel.day[rows] > day - 31)]
        if len(before):
            weight[before[np.argmax(panel.day[before])]] = value
            found += 1
    return weight, found


def _rows_by_item(item: Ints) -> dict[int, NDArray[np.int64]]:
    order = np.argsort(item, kind="stable")
    which, start = np.unique(item[order], return_index=True)
    return dict(zip(which.tolist(), np.split(order, start[1:]), strict=True))
