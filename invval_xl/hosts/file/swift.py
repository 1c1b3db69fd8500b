"""The swift reader of cells: whole stretches of sheet XML at once, as arrays of bytes.

It recognises the form that Excel, LibreOffice, openpyxl, XlsxWriter and their like write, and
proves it: every tag in the stretch must be one it knows, and every tag may only be followed by
those that the sheet grammar allows there. Whatever it does not recognise to the last byte it
hands back (``None``) for the careful reader. It never guesses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.careful import Context
from invval_xl.hosts.file.cells import Run, dated
from invval_xl.hosts.file.strings import unescaped
from invval_xl.hosts.file.swift_tags import Refused, Stretch, Tag, cell_heads, row_heads, tags_of
from invval_xl.tables.grid import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PADDING", "SwiftCells"]

PADDING = b" " * 64
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_NUMBER, _SHARED, _STR, _BOOLEAN, _ERROR, _INLINE = range(6)


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
            return self._read(Stretch(stretch, len(stretch) - len(PADDING)))
        except Refused:
            return None

    def _read(self, s: Stretch) -> Run:
        tags = tags_of(s)
        rows = row_heads(s, tags)
        head = cell_heads(s, tags, rows)
        tags.check_order()
        if b"hidden" in s.data:
            spans = zip(rows.number.tolist(), rows.start.tolist(), rows.end.tolist(), strict=True)
            self.hidden += [n for n, a, b in spans if _HIDDEN.search(s.data, a, b)]
        run = self._values(s, tags, head.row, head.column, head.type, head.style)
        if len(rows.number):
            self.row = int(rows.number[-1])
        return run

    def _values(
        self, s: Stretch, tags: Tag, row: NDArray[np.int32], column: NDArray[np.int32],
        kind_of: NDArray[np.uint8], style: NDArray[np.int32],
    ) -> Run:  # fmt: skip
        """Kind, number and text of each cell from the elements inside it."""
        count = len(row)
        kind = np.zeros(count, np.uint8)
        number = np.full(count, np.nan)
        text: NDArray[np.object_] | None = None
        formula = np.zeros(count, bool)
        formula[tags.owner(Tag.F_OPEN, Tag.F_SELF)] = True
        valued = np.zeros(count, bool)
        tagged = np.zeros(count, bool)
        tagged[tags.owner(Tag.V_OPEN, Tag.V_SELF)] = True

        owner, start, end = tags.spans(Tag.V_OPEN, len("<v>"))
        full = end > start
        owner, start, end = owner[full], start[full], end[full]
        valued[owner] = True
        type_ = kind_of[owner]

        at = np.flatnonzero(type_ == _NUMBER)
        if len(at):
            number[owner[at]] = s.floats(start[at], end[at])
            kind[owner[at]] = Kind.NUMBER
        at = np.flatnonzero(type_ == _SHARED)
        if len(at):
            index = s.indices(start[at], end[at])
            if int(index.max()) >= len(self._empty):
                raise Refused  # the careful reader names the cell
            cells = owner[at]
            kind[cells] = np.where(self._empty[index], Kind.BLANK, Kind.TEXT)
            text = np.full(count, None, object)
            text[cells] = self._context.strings[index]
        at = np.flatnonzero(type_ == _BOOLEAN)
        if len(at):
            number[owner[at]] = s.booleans(start[at], end[at])
            kind[owner[at]] = Kind.BOOLEAN
        worded = np.flatnonzero((type_ == _STR) | (type_ == _ERROR) | (type_ == _INLINE))
        if len(worded):
            text = np.full(count, None, object) if text is None else text
            words = s.texts(start[worded], end[worded])
            is_error = type_[worded] == _ERROR
            if is_error.any():
                words[is_error] = [w.strip() for w in words[is_error]]
                if not all(words[is_error]):
                    raise Refused
            plain = ~is_error
            words[plain] = [unescaped(w) for w in words[plain]]
            text[owner[worded]] = words
            kind[owner[worded]] = np.where(is_error, Kind.ERROR, Kind.TEXT)
        text = self._inline(s, tags, kind_of, kind, text)

        hollow = ~valued & (kind == Kind.BLANK)
        uncalculated = hollow & formula & ~((kind_of == _STR) & tagged)
        kind[uncalculated] = Kind.UNCALCULATED
        if (hollow & ~formula & (kind_of == _ERROR)).any():
            raise Refused
        formulas = int(formula.sum())
        zeros = int((formula & (number == 0) & (kind == Kind.NUMBER)).sum()) if formulas else 0
        dated(kind, number, style, self._context.styles, date_1904=self._context.date_1904)
        return Run(row, column, kind, number, style, text, formulas, zeros)

    def _inline(
        self, s: Stretch, tags: Tag, kind_of: NDArray[np.uint8], kind: NDArray[np.uint8],
        text: NDArray[np.object_] | None,
    ) -> NDArray[np.object_] | None:  # fmt: skip
        """Take inline strings in."""
        owner, start, end = tags.spans(Tag.T_OPEN, 0)
        if not len(owner):
            return text
        wanted = kind_of[owner] == _INLINE
        owner, start, end = owner[wanted], start[wanted], end[wanted]
        full = end > start
        owner, start, end = owner[full], start[full], end[full]
        if not len(owner):
            return text
        words = s.texts(start, end)
        words[:] = [unescaped(w) for w in words]
        text = np.full(len(kind), None, object) if text is None else text
        text[owner] = words
        kind[owner] = Kind.TEXT
        return text
