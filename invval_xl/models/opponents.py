"""What a model must beat: the majority, hand rules, and ageing tables refitted on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.paths import Marginals, PathBook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints
    from invval_xl.models.facts import Facts

__all__ = [
    "AGE_EDGES",
    "RECENCY_EDGES",
    "AgeingTable",
    "fit_table",
    "hand_rules",
]

AGE_EDGES = (90.0, 180.0, 270.0, 365.0, 545.0, 730.0)
RECENCY_EDGES = (14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
_SHRINK_ROWS = 25.0  # a bucket speaks for itself from about so many rows


def hand_rules(facts: Facts) -> dict[str, NDArray[np.bool_]]:
    """Hand rules for "obsolete", each ``bool[n]``: what an analyst would say without a model."""
    recency = facts.columns["days_since_last_sale"]
    never = np.isnan(recency)
    u30, u90 = facts.columns["units_sold_30d"], facts.columns["units_sold_90d"]
    return {
        "persistence": (u30 <= 0) | (30.0 * u90 <= 0.1 * 90.0 * np.nan_to_num(u30)),
        "no sale for 60 days": never | (recency > 60),  # noqa: PLR2004 - the rule's name
        "aged a year since receipt": facts.columns["age_days"] > 365,  # noqa: PLR2004
        "aged half a year since last sale": never | (recency > 180),  # noqa: PLR2004
    }


def _recency(facts: Facts) -> Floats:
    """Days since the last sale, or what the units of 30 and 90 days say of it; NaN: unknown."""
    n = len(facts)
    unknown = np.full(n, np.nan)
    u30 = facts.columns.get("units_sold_30d", unknown)
    u90 = facts.columns.get("units_sold_90d", unknown)
    told = np.where(u30 > 0, 15.0, np.where(u90 > 0, 60.0, np.where(u90 == 0, 270.0, np.nan)))
    exact = facts.columns.get("days_since_last_sale", unknown)
    # an item that was never sold at all is older than any bucket
    never = facts.columns.get("units_sold_all", unknown) == 0
    exact = np.where(np.isnan(exact) & never, 1e6, exact)
    return np.where(np.isnan(exact), told, exact)


def _bucket(values: Floats, edges: tuple[float, ...]) -> Ints:
    """0..len(edges) by the edges, one further bucket for unknown."""
    place = np.searchsorted(np.array(edges), values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, place).astype(np.int64)


@dataclass(frozen=True, eq=False)
class AgeingTable:
    """Shares of each path by days since last sale and by age, counted on the training rows.

    Parameters
    ----------
    book
        The paths.
    share
        ``float64[r, a, k]``: buckets of recency, buckets of age, paths.
    rows
        ``float64[r, a]`` training rows behind each bucket.
    name
        Which of the refitted tables this is.
    """

    book: PathBook
    share: Floats
    rows: Floats
    name: str = "ageing table refitted"

    def predict(self, facts: Facts) -> Floats:
        """Path probabilities, ``float64[n, k]``."""
        age = facts.columns.get("age_days", np.full(len(facts), np.nan))
        answer = self.share[_bucket(_recency(facts), RECENCY_EDGES), _bucket(age, AGE_EDGES)]
        return np.asarray(answer, np.float64)

    def marginals(self, facts: Facts) -> Marginals:
        """Outcome probabilities of the rows."""
        return self.book.marginals(self.predict(facts))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file."""
        return {
            f"{prefix}.states": self.book.states,
            f"{prefix}.path_share": self.book.share,
            f"{prefix}.share": self.share,
            f"{prefix}.rows": self.rows,
            f"{prefix}.name": np.array(self.name),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> AgeingTable:
        """The reverse of :meth:`to_arrays`."""
        book = PathBook(arrays[f"{prefix}.states"], arrays[f"{prefix}.path_share"])
        return cls(
            book, arrays[f"{prefix}.share"], arrays[f"{prefix}.rows"], str(arrays[f"{prefix}.name"])
        )


def fit_table(
    facts: Facts, rows: Ints, path: Ints, weight: Floats, book: PathBook, *, by: str = "both"
) -> AgeingTable:
    """Refit an ageing table on training rows given as in :func:`~invval_xl.models.paths.soft_rows`.

    Parameters
    ----------
    by
        ``"last sale"``, ``"receipt"`` or ``"both"`` (recency first, refined by age where the
        bucket has rows enough).
    """
    n_recency, n_age = len(RECENCY_EDGES) + 2, len(AGE_EDGES) + 2
    recency = _bucket(_recency(facts), RECENCY_EDGES)[rows]
    age = _bucket(facts.columns["age_days"], AGE_EDGES)[rows]
    count = np.zeros((n_recency, n_age, len(book)))
    np.add.at(count, (recency, age, path), weight)
    overall = count.sum(axis=(0, 1))
    overall = overall / overall.sum()

    def shrunk(own: Floats, towards: Floats) -> Floats:
        total = own.sum(axis=-1, keepdims=True)
        return np.asarray((own + _SHRINK_ROWS * towards) / (total + _SHRINK_ROWS), np.float64)

    by_recency = shrunk(count.sum(axis=1), overall)[:, None, :]
    by_age = shrunk(count.sum(axis=0), overall)[None, :, :]
    if by == "last sale":
        share = np.broadcast_to(by_recency, count.shape)
    elif by == "receipt":
        share = np.broadcast_to(by_age, count.shape)
    else:
        share = shrunk(count, np.broadcast_to(by_recency, count.shape))
        # What is unknown is not a bucket of its own: the rows whose recency the extract is too
        # short to tell are those of its first weeks, and nothing like an item whose recency was
        # not typed. Unknown recency: all rows of the age speak; unknown age: all of the recency.
        share[-1], share[:, -1] = by_age[0], by_recency[:, 0]
        share[-1, -1] = overall
    return AgeingTable(
        book, np.ascontiguousarray(share), count.sum(axis=2), f"ageing table refitted by {by}"
    )
