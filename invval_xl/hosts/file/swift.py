"""The swift reader of cells: whole stretches of sheet XML at once, as arrays of bytes.

It recognises the form that Excel, LibreOffice, openpyxl, XlsxWriter and their like write, and
proves it: every tag in the stretch must be one it knows, and every tag may only be followed by
those that the sheet grammar allows there. Whatever it does not recognise to the last byte it
hands back (``None``) for the careful reader. It never guesses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.cells import Run, dated
from invval_xl.hosts.file.stretch import Refused, Stretch
from invval_xl.hosts.file.strings import unescaped
from invval_xl.hosts.file.swift_heads import (
    BOOLEAN,
    ERROR,
    INLINE,
    NUMBER,
    SHARED,
    STR,
    CellHeads,
    cell_heads,
    row_heads,
)  # fmt: skip
from invval_xl.hosts.file.swift_tags import Tag, tags_of
from invval_xl.tables.grid import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from invval_xl.hosts.file.careful import Context

    Ints = NDArray[np.int64]

__all__ = ["PADDING", "SwiftCells"]

PADDING = b" " * 64


class SwiftCells:
    """Reads stretches of complete rows.

    Parameters
    ----------
    context
        What the cells refer to.
    """

    def __init__(self, context: Context) -> None:
        self.hidden: list[int] = []
        self.row = 0
        self._context = context
        self._empty = np.fromiter((not s for s in context.strings), bool, len(context.strings))

    def read(self, stretch: bytes) -> Run | None:
        """Read complete rows.

        Parameters
        ----------
        stretch
            Bytes of ``<row .../>`` and ``<row ...>...</row>`` elements, then :data:`PADDING`.

        Returns
        -------
        Run or None
            ``None`` where the stretch is not in the form that is recognised.
        """
        try:
            s = Stretch(stretch, len(stretch) - len(PADDING))
            tags = tags_of(s)
            rows = row_heads(s, tags)
            heads = cell_heads(s, tags, rows)
            tags.check_order()
            run = self._run(s, tags, heads)
        except Refused:
            return None
        self.hidden += rows.hidden.tolist()
        self.row = int(rows.number[-1])
        return run

    def _run(self, s: Stretch, tags: Tag, heads: CellHeads) -> Run:
        """Kind, number and text of each cell from the elements inside it."""
        drawn = _Drawn(s, heads.type)
        formula = np.zeros(len(heads.row), bool)
        formula[tags.owner(Tag.F_OPEN, Tag.F_SELF)] = True
        tagged = np.zeros(len(heads.row), bool)
        tagged[tags.owner(Tag.V_OPEN, Tag.V_SELF)] = True

        owner, start, end = tags.spans(Tag.V_OPEN, len("<v>"))
        full = end > start
        owner, start, end = owner[full], start[full], end[full]
        drawn.numbers(owner, start, end)
        drawn.shared(owner, start, end, self._context.strings, self._empty)
        drawn.booleans(owner, start, end)
        drawn.words(owner, start, end)
        drawn.inline(*tags.spans(Tag.T_OPEN, 0))

        kind, number = drawn.kind, drawn.number
        hollow = kind == Kind.BLANK
        hollow[owner] = False
        kind[hollow & formula & ~((heads.type == STR) & tagged)] = Kind.UNCALCULATED
        if (hollow & ~formula & (heads.type == ERROR)).any():
            raise Refused
        formulas = int(np.count_nonzero(formula))
        zero = formula & (number == 0) & (kind == Kind.NUMBER) if formulas else formula
        context = self._context
        dated(kind, number, heads.style, context.styles, date_1904=context.date_1904)
        return Run(
            heads.row, heads.column, kind, number, heads.style, drawn.text, formulas,
            int(np.count_nonzero(zero)),
        )  # fmt: skip


class _Drawn:
    """What is drawn from the values of a stretch, cell by cell.

    Each method takes the values of its own cell types: the owner of each, its start and its end.
    """

    def __init__(self, s: Stretch, type_: NDArray[np.uint8]) -> None:
        count = len(type_)
        self.kind = np.zeros(count, np.uint8)
        self.number = np.full(count, np.nan)
        self.text: NDArray[np.object_] | None = None
        self._s = s
        self._type = type_

    def _texts(self) -> NDArray[np.object_]:
        if self.text is None:
            self.text = np.full(len(self.kind), None, object)
        return self.text

    def _of(self, owner: Ints, *types: int) -> Ints:
        """Which of the values belong to cells of the given types."""
        type_ = self._type[owner]
        mask = type_ == types[0]
        for other in types[1:]:
            mask |= type_ == other
        return np.flatnonzero(mask)

    def numbers(self, owner: Ints, start: Ints, end: Ints) -> None:
        """Numbers, and dates that are still numbers."""
        at = self._of(owner, NUMBER)
        if len(at):
            self.number[owner[at]] = self._s.floats(start[at], end[at])
            self.kind[owner[at]] = Kind.NUMBER

    def shared(
        self, owner: Ints, start: Ints, end: Ints, strings: NDArray[np.object_],
        empty: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Texts by their number among the shared strings."""
        at = self._of(owner, SHARED)
        if not len(at):
            return
        index = self._s.indices(start[at], end[at])
        if int(index.max()) >= len(empty):
            raise Refused  # the careful reader says which
        cells = owner[at]
        self.kind[cells] = np.where(empty[index], Kind.BLANK, Kind.TEXT)
        self._texts()[cells] = strings[index]

    def booleans(self, owner: Ints, start: Ints, end: Ints) -> None:
        """Truth values."""
        at = self._of(owner, BOOLEAN)
        if len(at):
            self.number[owner[at]] = self._s.booleans(start[at], end[at])
            self.kind[owner[at]] = Kind.BOOLEAN

    def words(self, owner: Ints, start: Ints, end: Ints) -> None:
        """Results of formulas that are text, and errors by their spelling."""
        at = self._of(owner, ERROR)
        if len(at):
            spelled = [w.strip() for w in self._s.texts(start[at], end[at])]
            if not all(spelled):
                raise Refused
            self._texts()[owner[at]] = spelled
            self.kind[owner[at]] = Kind.ERROR
        at = self._of(owner, STR, INLINE)
        if len(at):
            self._text_cells(owner[at], start[at], end[at])

    def inline(self, owner: Ints, start: Ints, end: Ints) -> None:
        """Texts that stand in the cell itself."""
        wanted = np.flatnonzero((self._type[owner] == INLINE) & (end > start))
        if len(wanted):
            self._text_cells(owner[wanted], start[wanted], end[wanted])

    def _text_cells(self, cells: Ints, start: Ints, end: Ints) -> None:
        words = self._s.texts(start, end)
        if b"_x" in self._s.data:
            words[:] = [unescaped(w) for w in words]
        self._texts()[cells] = words
        self.kind[cells] = Kind.TEXT
