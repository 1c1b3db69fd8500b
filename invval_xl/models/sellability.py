"""Full price, markdown or obsolete at 30, 60 and 90 days: a path model over the horizons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.models.forest_pair import Caps, ForestPair, fit_pair
from invval_xl.models.opponents import AgeingTable, fit_table
from invval_xl.models.paths import PathBook, choose_paths, soft_rows
from invval_xl.models.targets import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from invval_xl.models.events import Floats
    from invval_xl.models.features import Features
    from invval_xl.models.panel import Panel

__all__ = ["Sellability", "fit_sellability"]


@dataclass(frozen=True, eq=False)
class Sellability:
    """A fitted path model and the ageing tables refitted on the same rows.

    Parameters
    ----------
    book
        The paths, shared by all of them.
    pair
        The classifiers; ``None`` where only tables answer (the shipped default).
    table
        The strong opponent, which answers where the model's gate fails.
    tables
        All refitted tables by name.
    """

    book: PathBook
    pair: ForestPair | None
    table: AgeingTable
    tables: tuple[AgeingTable, ...]

    def predict(self, features: Features) -> Floats:
        """Path probabilities of the model."""
        assert self.pair is not None, "no model answers here"
        return self.pair.predict(features.select(self.pair.columns))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Arrays for an ``.npz`` file."""
        out: dict[str, NDArray[np.generic]] = {
            f"{prefix}.states": self.book.states,
            f"{prefix}.path_share": self.book.share,
            f"{prefix}.n_tables": np.array(len(self.tables)),
            **({} if self.pair is None else self.pair.to_arrays(f"{prefix}.pair")),
        }
        for i, table in enumerate(self.tables):
            out |= table.to_arrays(f"{prefix}.table{i}")
        return out

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], prefix: str, estimators: Any = None
    ) -> Sellability:
        """The reverse of :meth:`to_arrays`."""
        n = int(arrays[f"{prefix}.n_tables"])
        tables = tuple(AgeingTable.from_arrays(arrays, f"{prefix}.table{i}") for i in range(n))
        return cls(
            PathBook(arrays[f"{prefix}.states"], arrays[f"{prefix}.path_share"]),
            ForestPair.from_arrays(arrays, f"{prefix}.pair", estimators)
            if f"{prefix}.pair.columns" in arrays
            else None,
            tables[0],
            tables,
        )


def fit_sellability(
    panel: Panel, columns: tuple[str, ...], caps: Caps, *, matrix: NDArray[np.float32] | None = None
) -> Sellability:
    """Fit on ``panel``'s rows, all features or the columns given.

    Parameters
    ----------
    columns
        Candidate features.
    matrix
        The rows' features where they differ from the panel's (facts withheld for the cell model).
    """
    state = panel.labels.state
    book = choose_paths(state)
    facts = panel.features.facts
    # Windows that are not over yet are filled by a table of the rows whose windows are: an item
    # unsold for a year does not stand like the average item until its 90 days are over.
    whole = np.where((state == UNKNOWN).any(axis=1)[:, None], UNKNOWN, state).astype(np.int8)
    prior = None
    if (whole != UNKNOWN).any():
        first = fit_table(facts, *soft_rows(whole, book), book)
        prior = first.predict(facts)
    rows, path, weight = soft_rows(state, book, prior)
    seen = np.unique(path)
    if len(seen) < len(book):  # short history: a kept path that no row weighs on is no class
        book = PathBook(book.states[seen], book.share[seen] / book.share[seen].sum())
        path = np.searchsorted(seen, path)
    if panel.weight is not None:
        weight = weight * panel.weight[rows]
    x = panel.features.select(columns) if matrix is None else matrix
    pair = fit_pair(x[rows], columns, path, weight, caps)
    tables = tuple(
        fit_table(facts, rows, path, weight, book, by=by) for by in ("both", "last sale", "receipt")
    )
    return Sellability(book, pair, tables[0], tables)
