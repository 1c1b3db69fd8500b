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

__all__ = [
    "MOST_SHARE",
    "CappedReviewer",
    "Evidence",
    "EvidenceWeights",
    "cap_reviewer_weight",
    "row_weights",
    "weigh_decisions",
]

MOST_SHARE = 0.35
_NEAR_DAYS = 31


@dataclass(frozen=True)
class CappedReviewer:
    """A reviewer whose weight was taken down: shares of all reviewers' weight before and after."""

    reviewer: str
    decisions: int
    before: float
    after: float


@dataclass(frozen=True)
class Evidence:
    """What decisions weighed in a training, for its card.

    Parameters
    ----------
    decisions, found
        Decisions given, and those whose item stood in a snapshot.
    reviewers
        Who is behind them.
    added_share
        Weight they added, of the weight of all rows.
    capped
        Reviewers whose weight was taken down.
    """

    decisions: int
    found: int
    reviewers: int
    added_share: float
    capped: tuple[CappedReviewer, ...] = ()


@dataclass(frozen=True, eq=False)
class EvidenceWeights:
    """Weights of decisions with outcomes, from :func:`weigh_decisions`.

    Parameters
    ----------
    added
        By ``(sku, location, day number)``: weight added to the row of the item's snapshot the
        decision stood at. A row nobody decided on weighs 1, with 0 added.
    reviewers
        How many reviewers are behind the weights.
    capped
        Reviewers whose weight was taken down.
    """

    added: Mapping[tuple[str, str, int], float]
    reviewers: int = 0
    capped: tuple[CappedReviewer, ...] = ()


def weigh_decisions(
    sku: Sequence[str],
    location: Sequence[str],
    day: Sequence[int],
    reviewer: Sequence[str],
    added: Floats,
    *,
    most_share: float = MOST_SHARE,
) -> EvidenceWeights:
    """Weights of decisions whose outcome is known, capped by reviewer.

    Parameters
    ----------
    sku, location, day, reviewer
        A row a decision; ``day`` is the day number of the close it stood at.
    added
        ``float64[n]`` weight each adds to its row, not below zero. Of several decisions on one
        row the largest counts.
    most_share
        No reviewer's share of the added weight is above it (:func:`cap_reviewer_weight`).
    """
    kept, capped = cap_reviewer_weight(reviewer, added, most_share=most_share)
    out: dict[tuple[str, str, int], float] = {}
    for s, p, d, w in zip(sku, location, day, kept.tolist(), strict=True):
        key = (str(s), str(p), int(d))
        out[key] = max(out.get(key, 0.0), w)
    return EvidenceWeights(out, len(set(map(str, reviewer))), capped)


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
    total = np.bincount(who, weights=weight, minlength=len(names)).astype(np.float64)
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


def row_weights(events: Events, panel: Panel, given: EvidenceWeights) -> tuple[Floats, Evidence]:
    """Weight of each row of ``panel``, and what the card says of it.

    A decision weighs on the newest snapshot of its item on or before its day, within 31 days.
    """
    weight = np.ones(len(panel))
    names = zip(events.sku, events.location, strict=True)
    place = {(str(sku), str(where)): i for i, (sku, where) in enumerate(names)}
    rows_of = _rows_by_item(panel.features.facts.item)
    found = 0
    for (sku, location, day), value in sorted(given.added.items()):
        rows = rows_of.get(place.get((sku, location), -1))
        if rows is None:
            continue
        before = rows[(panel.day[rows] <= day) & (panel.day[rows] > day - _NEAR_DAYS)]
        if len(before):
            weight[before[np.argmax(panel.day[before])]] += value
            found += 1
    share = float((weight.sum() - len(weight)) / weight.sum()) if len(weight) else 0.0
    return weight, Evidence(len(given.added), found, given.reviewers, round(share, 6), given.capped)


def _rows_by_item(item: Ints) -> dict[int, NDArray[np.int64]]:
    order = np.argsort(item, kind="stable")
    which, start = np.unique(item[order], return_index=True)
    return dict(zip(which.tolist(), np.split(order, start[1:]), strict=True))
