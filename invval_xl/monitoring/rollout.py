"""Roll-out: which categories the model values, entered and left on record, category by category.

A pure state machine over reviews. A category is *shadow* until the model's lookback has held in
``holds_needed`` reviews running; then it is *served*, lowest risk first, as far as the policy's
share of inventory reaches; it leaves at the first review that fails (*withdrawn*: the amounts
revert to the rule) and has to hold as often again. What happens to one category touches no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["CategoryReview", "Event", "Review", "Rollout", "RolloutPolicy", "basis_of", "roll_out"]

SHADOW, SERVED, WITHDRAWN = "shadow", "served", "withdrawn"


@dataclass(frozen=True)
class RolloutPolicy:
    """How fast the model may take over.

    Parameters
    ----------
    share
        Most of the inventory at cost that may be valued by model: 0 keeps everything in shadow.
    holds_needed
        Reviews running that must hold before a category enters.
    """

    share: float = 0.0
    holds_needed: int = 2


@dataclass(frozen=True)
class CategoryReview:
    """What one review says of one category: cost held, predicted loss over cost, verdict."""

    cost: float
    risk: float
    holds: bool
    because: str


@dataclass(frozen=True)
class Review:
    """One lookback: its date (ISO), whether the whole portfolio held, and every category."""

    as_of: str
    holds: bool
    because: str
    categories: Mapping[str, CategoryReview]


@dataclass(frozen=True)
class Event:
    """A category entered or left, when and why."""

    as_of: str
    category: str
    was: str
    now: str
    because: str


@dataclass(frozen=True)
class Rollout:
    """Where every category stands after the reviews, and how it came there."""

    states: Mapping[str, str]
    held_running: Mapping[str, int]
    events: tuple[Event, ...] = ()
    share: float = 0.0
    reviews: tuple[Review, ...] = field(default=())

    @property
    def by_model(self) -> frozenset[str]:
        """Categories valued by model."""
        return frozenset(name for name, state in self.states.items() if state == SERVED)


def roll_out(reviews: Sequence[Review], policy: RolloutPolicy) -> Rollout:
    """Walk the reviews in the order of their dates; two of one date count once, the later one.

    A portfolio whose dollars gate fails lets nobody enter; it withdraws only the categories that
    fail themselves.
    """
    by_date = {review.as_of: review for review in reviews}
    states: dict[str, str] = {}
    running: dict[str, int] = {}
    events: list[Event] = []
    share = 0.0
    for date in sorted(by_date):
        review = by_date[date]
        _leave(review, states, running, events)
        share = _enter(review, states, running, events, policy)
    ordered = tuple(by_date[date] for date in sorted(by_date))
    return Rollout(states, running, tuple(events), share, ordered)


def _leave(
    review: Review, states: dict[str, str], running: dict[str, int], events: list[Event]
) -> None:
    for name in sorted(review.categories):
        said = review.categories[name]
        state = states.setdefault(name, SHADOW)
        running[name] = running.get(name, 0) + 1 if said.holds else 0
        if state == SERVED and not said.holds:
            states[name] = WITHDRAWN
            events.append(Event(review.as_of, name, SERVED, WITHDRAWN, said.because))


def _enter(
    review: Review,
    states: dict[str, str],
    running: dict[str, int],
    events: list[Event],
    policy: RolloutPolicy,
) -> float:
    """Let categories in, lowest risk first; returns the share of cost then served."""
    total = sum(said.cost for said in review.categories.values())
    if total <= 0:
        return 0.0
    served = sum(c.cost for n, c in review.categories.items() if states[n] == SERVED)
    waiting = [
        (said.risk, name)
        for name, said in review.categories.items()
        if states[name] != SERVED and running[name] >= policy.holds_needed and review.holds
    ]
    for _, name in sorted(waiting):
        cost = review.categories[name].cost
        if served + cost > policy.share * total + 0.005:
            continue
        events.append(
            Event(review.as_of, name, states[name], SERVED,
                  f"held in {running[name]} reviews running")
        )  # fmt: skip
        states[name] = SERVED
        served += cost
    return served / total


def basis_of(category: NDArray[np.object_], rollout: Rollout) -> NDArray[np.object_]:
    """``"model"`` or ``"rule"`` for each line, by its category."""
    here = np.isin(category.astype(str), sorted(rollout.by_model))
    return np.where(here, "model", "rule").astype(object)
