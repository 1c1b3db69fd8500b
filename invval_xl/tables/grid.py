"""A worksheet as a host read it: nothing interpreted, every cell's kind kept apart.

``Grid`` is the border between hosts and checks. A host (file, xlwings, LibreOffice, memory)
builds it; :mod:`invval_xl.tables` is the only reader. Errors, never-calculated formulas, blanks
and text stay distinguishable, because reading an ``#N/A`` as nothing is how reserves vanish.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "BookFacts",
    "CellError",
    "CellUncalculated",
    "Cells",
    "Grid",
    "Kind",
    "RawBook",
    "Worded",
    "column_letter",
]


class CellError(str):
    """An error cell among ``Grid.top``: its spelling, told apart from typed text."""

    __slots__ = ()


class CellUncalculated(str):
    """A formula never calculated among ``Grid.top``; its text says so, and is never blank."""

    __slots__ = ()


class Kind(IntEnum):
    """What one cell holds."""

    BLANK = 0
    NUMBER = 1
    TEXT = 2
    BOOLEAN = 3
    DATE = 4
    ERROR = 5
    UNCALCULATED = 6


@dataclass(frozen=True, eq=False)
class Worded:
    """Different texts of a column: ``positions`` of its text cells, ``codes`` into ``unique``."""

    positions: NDArray[np.int64]
    codes: NDArray[np.int64]
    unique: list[str]

    def spread(self, flags: list[bool], rows: int) -> NDArray[np.bool_]:
        """Positions (as a mask over all rows) whose text is flagged."""
        mask = np.zeros(rows, dtype=bool)
        if any(flags):
            mask[self.positions[np.array(flags)[self.codes]]] = True
        return mask


@dataclass(frozen=True, eq=False)
class Cells:
    """One column of a sheet body.

    Parameters
    ----------
    kind
        ``uint8[n]`` of :class:`Kind`.
    number
        ``float64[n]``: the number, 1/0 for a boolean, for a date the number of days since
        1899-12-30 (1904-system books are shifted by the host); NaN elsewhere.
    text
        ``object[n]`` of ``str`` (the text; for an error its spelling, e.g. ``#N/A``) or ``None``;
        the whole array is ``None`` where the column holds no text and no error.
    number_format
        One ``str``, the number format that all numeric cells of the column share, where it is one
        that changes how a key reads (leading zeros such as ``00000``), empty where none does; or
        ``object[n]`` of ``str``, the same cell by cell, where the column mixes such formats.
    """

    kind: NDArray[np.uint8]
    number: NDArray[np.float64]
    text: NDArray[np.object_] | None = None
    number_format: str | NDArray[np.object_] = ""

    def __len__(self) -> int:
        return len(self.kind)

    @cached_property
    def words(self) -> Worded | None:
        """The column's different texts, told apart once; ``None`` where it has none."""
        if self.text is None:
            return None
        positions = np.flatnonzero(self.kind == Kind.TEXT)
        if not len(positions):
            return None
        import pandas as pd

        codes, unique = pd.factorize(self.text[positions])
        return Worded(positions, codes, list(map(str, unique)))


@dataclass(frozen=True, eq=False)
class Grid:
    """One worksheet: the rows above the body as raw values, and the body by columns.

    Parameters
    ----------
    sheet
        The sheet's name as the workbook spells it.
    top
        Rows 1 to ``body_row - 1``, raw Python values (``None`` for blank), merges filled.
    body
        A :class:`Cells` for each sheet column from A on, all of one length.
    body_row
        1-based sheet row of the first body row.
    hidden_rows, hidden_columns
        1-based rows and columns that are hidden in the workbook (also by a filter).
    filtered
        Whether an autofilter with criteria hides rows.
    merged
        A1 ranges merged inside the body.
    state
        ``visible``, ``hidden`` or ``veryHidden``.
    sha256
        Hash of the sheet part as stored, where the host has one.
    totals_rows
        1-based rows that an Excel table of the sheet declares to be its totals rows.
    formulas
        How many cells of the sheet hold formulas.
    """

    sheet: str
    top: tuple[tuple[object, ...], ...]
    body: tuple[Cells, ...]
    body_row: int
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: bool = False
    merged: tuple[str, ...] = ()
    state: str = "visible"
    sha256: str = ""
    totals_rows: frozenset[int] = frozenset()
    formulas: int = 0

    @property
    def rows(self) -> int:
        """Number of body rows."""
        return len(self.body[0]) if self.body else 0


@dataclass(frozen=True)
class BookFacts:
    """What is known of the workbook itself: printed on every paper's source block."""

    name: str
    sha256: str = ""
    size: int = 0
    modified: str = ""
    date_1904: bool = False
    application: str = ""
    has_macros: bool = False
    external_links: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RawBook:
    """Every sheet a host could read, by the workbook's own sheet names, in workbook order."""

    facts: BookFacts
    grids: Mapping[str, Grid] = field(default_factory=dict)


def column_letter(index: int) -> str:
    """Spell a 1-based column number as Excel does.

    Examples
    --------
    >>> column_letter(1), column_letter(28), column_letter(16384)
    ('A', 'AB', 'XFD')
    """
    letters = ""
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
