"""Paths over the three horizons: one distribution from which every probability is a sum.

An item's state (full price, marked down, slow, no sale) is followed over the windows of 30, 60
and 90 days: a path. The model gives a probability to each path, and every figure that is shown
is a sum over paths. So the outcomes add up to one at each horizon, the chance of having been
marked down by day h cannot fall, and the chance of no sale through day h cannot rise: by
construction, nothing is clipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.models.targets import FULL_PRICE, MARKDOWN, NO_SALE, SLOW, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.models.events import Floats, Ints

__all__ = ["Marginals", "PathBook", "choose_paths", "soft_rows"]

_MOST_PATHS = 14
_LEAST_SHARE = 0.006


@dataclass(frozen=True, eq=False)
class Marginals:
    """What is read off the paths, ``float64[n, 3]`` each.

    Parameters
    ----------
    full_price, markdown, obsolete
        Outcome of the window of each horizon; they add up to one.
    marked_down_by
        Chance that some window up to the horizon is marked down: never falls.
    no_sale_through
        Chance that nothing is sold up to the horizon: never rises.
    """

    full_price: Floats
    markdown: Floats
    obsolete: Floats
    marked_down_by: Floats
    no_sale_through: Floats


@dataclass(frozen=True, eq=False)
class PathBook:
    """The paths a model tells apart.

    Parameters
    ----------
    states
        ``int8[k, 3]``: the state of each path at each horizon.
    share
        ``float64[k]``: share of the training rows.
    """

    states: NDArray[np.int8]
    share: Floats

    def __len__(self) -> int:
        return len(self.states)

    def marginals(self, p: Floats) -> Marginals:
        """Sum the path probabilities ``p`` (``[n, k]``) into what is shown."""
        full, cut, marked, silent = (p @ own for own in self._shown)
        return Marginals(full, cut, 1.0 - full - cut, marked, silent)

    @cached_property
    def _shown(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Which paths each figure sums, ``float64[k, 3]`` each."""
        s = self.states
        marked = np.maximum.accumulate(s == MARKDOWN, axis=1)
        full, cut, ever, silent = (
            np.asarray(m, np.float64)
            for m in (s == FULL_PRICE, s == MARKDOWN, marked, s == NO_SALE)
        )
        return full, cut, ever, silent


def choose_paths(state: NDArray[np.int8]) -> PathBook:
    """The frequent paths among rows whose three states are known (at most 14)."""
    known = (state != UNKNOWN).all(axis=1)
    # nothing sold in 60 days means nothing sold in the first 30 of them
    nested = ((state[:, 1:] != NO_SALE) | (state[:, :-1] == NO_SALE)).all(axis=1)
    rows = state[known & nested]
    if not len(rows):
        plain = np.array([[s] * 3 for s in (FULL_PRICE, MARKDOWN, SLOW, NO_SALE)], np.int8)
        return PathBook(plain, np.full(4, 0.25))
    paths, count = np.unique(rows, axis=0, return_counts=True)
    share = count / count.sum()
    order = np.lexsort((np.arange(len(paths)), -share))
    kept = [i for i in order if share[i] >= _LEAST_SHARE][:_MOST_PATHS] or [int(order[0])]
    kept.sort()
    return PathBook(paths[kept].astype(np.int8), share[kept] / share[kept].sum())


def soft_rows(
    state: NDArray[np.int8], book: PathBook, prior: Floats | None = None
) -> tuple[Ints, Ints, Floats]:
    """Training rows as ``(row, path, weight)``.

    A row whose later windows are not over yet stands with every path it may still take; a rare
    path stands with its nearest kept one, at which an outcome that differs counts double.

    Parameters
    ----------
    prior
        ``float64[n, k]`` how likely each path is for each row before its own windows are looked
        at; by default the share of all training rows.
    """
    rows: list[Ints] = []
    paths: list[Ints] = []
    weights: list[Floats] = []
    patterns, which = np.unique(state, axis=0, return_inverse=True)
    which = which.reshape(-1)
    outcome = np.minimum(book.states, SLOW)
    for number, pattern in enumerate(patterns):
        known = pattern != UNKNOWN
        if not known.any():
            continue
        apart = (book.states[:, known] != pattern[known]).astype(float)
        apart += outcome[:, known] != np.minimum(pattern[known], SLOW)
        distance = apart.sum(axis=1)
        nearest = distance == distance.min()
        members = np.flatnonzero(which == number)
        likely = np.broadcast_to(book.share, (len(members), len(book)))
        likely = likely if prior is None else prior[members] + 1e-6 * likely
        weight = np.where(nearest, likely, 0.0)
        weight = weight / weight.sum(axis=1, keepdims=True)
        at, path = np.nonzero(weight >= 0.02)  # noqa: PLR2004 - not worth a training row
        rows.append(members[at])
        paths.append(path)
        weights.append(weight[at, path])
    row, path, weight = np.concatenate(rows), np.concatenate(paths), np.concatenate(weights)
    order = np.lexsort((path, row))
    return row[order], path[order], weight[order]
