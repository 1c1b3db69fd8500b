"""Cells as they come off a sheet's XML, and the columns they are gathered into."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.archive import refuse
from invval_xl.tables.grid import CellError, Cells, CellUncalculated, Kind, column_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from invval_xl.hosts.file.styles import Styles

__all__ = ["EPOCH", "ColumnStore", "Run", "dated", "serial_datetime"]

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
SERIAL_1904 = 1462
_LAST_SERIAL = 2_958_466  # 10000-01-01
_FALSE_LEAP_DAY = 60
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone
_LARGEST_EXACT = 1e15


@dataclass(frozen=True, eq=False)
class Run:
    """A stretch of cells in sheet order, one entry a cell that is written in the file.

    ``text`` is parallel to the rest, or ``None`` where the stretch holds neither text nor error.
    """

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    kind: NDArray[np.uint8]
    number: NDArray[np.float64]
    style: NDArray[np.int32]
    text: NDArray[np.object_] | None = None
    formulas: int = 0
    zeros: int = 0


@dataclass(frozen=True, eq=False)
class _Piece:
    """The part of one run that falls into one column."""

    row: NDArray[np.int32]
    kind: NDArray[np.uint8]
    number: NDArray[np.float64]
    text: NDArray[np.object_] | None
    style: NDArray[np.int32] | None


def dated(
    kind: NDArray[np.uint8], number: NDArray[np.float64], style: NDArray[np.int32],
    styles: Styles, *, date_1904: bool,
) -> None:  # fmt: skip
    """Turn numbers under a date format into dates, in place.

    Serials become days since 1899-12-30: the 1904 system is shifted, and the days before
    Excel's imaginary 1900-02-29 are moved by one.
    """
    if not styles.date.any():
        return
    defined = len(styles.date) - 1
    is_date = styles.date[np.minimum(style, defined)] & (kind == Kind.NUMBER)
    at = np.flatnonzero(is_date)
    if not len(at):
        return
    serial = number[at]
    if date_1904:
        serial = serial + SERIAL_1904
    else:
        serial = np.where((serial >= 1) & (serial < _FALSE_LEAP_DAY), serial + 1, serial)
    held = (serial >= 0) & (serial < _LAST_SERIAL)
    kind[at[held]] = Kind.DATE
    number[at[held]] = serial[held]


def serial_datetime(serial: float) -> dt.datetime:
    """Days since 1899-12-30 as a datetime, to the millisecond.

    Examples
    --------
    >>> serial_datetime(45688.5)
    datetime.datetime(2025, 1, 31, 12, 0)
    """
    return EPOCH + dt.timedelta(milliseconds=round(serial * 86_400_000))


class ColumnStore:
    """Gathers runs by column, checks their order and bounds, and builds the sheet's columns.

    Parameters
    ----------
    sheet
        The sheet's name, for messages.
    columns
        Columns kept; values further right are counted, not kept.
    cells
        Cells with content after which the sheet is refused.
    styles
        The workbook's formats.
    """

    def __init__(self, sheet: str, *, columns: int, cells: int, styles: Styles) -> None:
        self.sheet = sheet
        self.formulas = 0
        self.zeros = 0
        self.count = 0
        self.strays = 0
        self.first_stray = ""
        self.last = (0, 0)
        self.widest = 0
        self.lowest = 0
        self._columns = columns
        self._cells = cells
        self._styles = styles
        self._shown = styles.any_shown
        self._pieces: dict[int, list[_Piece]] = {}

    def add(self, run: Run) -> None:
        """Take a run in; its cells must follow those before.

        Raises
        ------
        RefusedError
            Cells beyond the sheet, repeated or out of order, or more of them than allowed.
        """
        if not len(run.row):
            return
        self._check_place(run)
        self.formulas += run.formulas
        self.zeros += run.zeros
        held = run.kind != Kind.BLANK
        far = held & (run.column > self._columns)
        if far.any():
            first = int(np.flatnonzero(far)[0])
            if not self.strays:
                self.first_stray = f"{column_letter(int(run.column[first]))}{int(run.row[first])}"
            self.strays += int(far.sum())
            held &= ~far
        at = np.flatnonzero(held)
        if not len(at):
            return
        self.count += len(at)
        if self.count > self._cells:
            raise refuse("WB209", sheet=self.sheet, sheet_name=self.sheet, limit=self._cells)
        column = run.column[at].astype(np.int16)
        order = np.argsort(column, kind="stable")
        at, column = at[order], column[order]
        self.widest = max(self.widest, int(column[-1]))
        self.lowest = max(self.lowest, int(run.row[at].max()))
        starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
        ends = np.r_[starts[1:], len(column)]
        row, kind, number = run.row[at], run.kind[at], run.number[at]
        text = None if run.text is None else run.text[at]
        style = run.style[at] if self._shown else None
        worded = np.zeros(len(starts), bool)
        if text is not None:
            is_text = (kind == Kind.TEXT) | (kind == Kind.ERROR)
            worded = np.logical_or.reduceat(is_text, starts)
        shared = row[:0]
        for a, b, has_text in zip(starts.tolist(), ends.tolist(), worded.tolist(), strict=True):
            # Copies, so that a column's memory goes when it is built; full columns share rows.
            if len(shared) != b - a or (shared != row[a:b]).any():
                shared = row[a:b].copy()
            piece = _Piece(
                shared, kind[a:b].copy(), number[a:b].copy(),
                text[a:b].copy() if text is not None and has_text else None,
                style[a:b].copy() if style is not None else None,
            )  # fmt: skip
            self._pieces.setdefault(int(column[a]), []).append(piece)

    def _check_place(self, run: Run) -> None:
        """Bounds and strict order of addresses."""
        outside = (run.row < 1) | (run.row > MAX_ROW) | (run.column < 1) | (run.column > MAX_COLUMN)
        if outside.any():
            at = int(np.flatnonzero(outside)[0])
            row, column = int(run.row[at]), int(run.column[at])
            address = f"row {row}, column {column}"
            raise refuse("WB208", sheet=self.sheet, sheet_name=self.sheet, address=address)
        place = run.row.astype(np.int64) * (MAX_COLUMN + 1) + run.column
        before = self.last[0] * (MAX_COLUMN + 1) + self.last[1]
        step = np.diff(place, prepend=before)
        if (step <= 0).any():
            at = int(np.flatnonzero(step <= 0)[0])
            spelled = f"{column_letter(int(run.column[at]))}{int(run.row[at])}"
            prior = (int(run.row[at - 1]), int(run.column[at - 1])) if at else self.last
            earlier = f"{column_letter(prior[1])}{prior[0]}"
            raise refuse(
                "WB213", sheet=self.sheet, cell=spelled, sheet_name=self.sheet, address=spelled,
                before=earlier,
            )  # fmt: skip
        self.last = (int(run.row[-1]), int(run.column[-1]))

    def top(self, rows: int) -> list[list[object]]:
        """Rows 1 to ``rows`` as raw values, ``None`` for blank, all of one width."""
        rows = min(rows, self.lowest)
        found: list[tuple[int, int, object]] = []
        for column, pieces in self._pieces.items():
            for piece in pieces:
                if piece.row[0] > rows:
                    break
                within = int(np.searchsorted(piece.row, rows, side="right"))
                found += [(int(piece.row[i]), column, _raw_value(piece, i)) for i in range(within)]
        width = max((c for _, c, _ in found), default=0)
        table: list[list[object]] = [[None] * width for _ in range(rows)]
        for row, column, value in found:
            table[row - 1][column - 1] = value
        return table

    def body(self, first_row: int) -> tuple[Cells, ...]:
        """Build the columns from ``first_row`` down; the store is emptied as they are built."""
        length = max(self.lowest - first_row + 1, 0)
        if not length:
            return ()
        blank = Cells(np.zeros(length, np.uint8), np.full(length, np.nan))
        columns: list[Cells] = []
        for column in range(1, self.widest + 1):
            pieces = self._pieces.pop(column, [])
            built = _column(pieces, first_row, length, self._styles) if pieces else None
            columns.append(built or blank)
        return tuple(columns)


def _raw_value(piece: _Piece, i: int) -> object:
    """One cell as a plain Python value."""
    kind, number = Kind(int(piece.kind[i])), float(piece.number[i])
    text = "" if piece.text is None else piece.text[i]
    if kind is Kind.NUMBER:
        whole = number.is_integer() and abs(number) < _LARGEST_EXACT
        return int(number) if whole else number
    if kind is Kind.DATE:
        return serial_datetime(number)
    plain = {
        Kind.TEXT: text,
        Kind.ERROR: CellError(text),
        Kind.UNCALCULATED: CellUncalculated("(formula not calculated)"),
        Kind.BOOLEAN: bool(number),
    }
    return plain.get(kind)


def _kept(pieces: list[_Piece], first_row: int) -> Iterator[_Piece]:
    """The pieces without the rows above ``first_row``."""
    for piece in pieces:
        a = int(np.searchsorted(piece.row, first_row))
        if a == 0:
            yield piece
        elif a < len(piece.row):
            yield _Piece(
                piece.row[a:], piece.kind[a:], piece.number[a:],
                None if piece.text is None else piece.text[a:],
                None if piece.style is None else piece.style[a:],
            )  # fmt: skip


def _column(pieces: list[_Piece], first_row: int, length: int, styles: Styles) -> Cells | None:
    """One column of the body, or ``None`` where nothing stands in it."""
    kept = list(_kept(pieces, first_row))
    if not kept:
        return None
    kind = np.zeros(length, np.uint8)
    number = np.full(length, np.nan)
    worded = any(piece.text is not None for piece in kept)
    text = np.full(length, None, object) if worded else None
    for piece in kept:
        at = piece.row - first_row
        kind[at] = piece.kind
        number[at] = piece.number
        if text is not None and piece.text is not None:
            text[at] = piece.text
    return Cells(kind, number, text, _formats(kept, first_row, length, styles))


def _formats(
    pieces: list[_Piece], first_row: int, length: int, styles: Styles
) -> str | NDArray[np.object_]:
    """The column's one format that changes how its numbers read, or one for each cell."""
    if pieces[0].style is None:
        return ""
    defined = len(styles.shown) - 1
    numeric = [p.kind == Kind.NUMBER for p in pieces]
    used = [
        np.minimum(p.style, defined)[n]
        for p, n in zip(pieces, numeric, strict=True) if p.style is not None
    ]  # fmt: skip
    codes = {str(styles.shown[s]) for u in used for s in np.unique(u).tolist()}
    if len(codes) <= 1:
        return next(iter(codes), "")
    each = np.full(length, "", object)
    for piece, n, u in zip(pieces, numeric, used, strict=True):
        each[piece.row[n] - first_row] = styles.shown[u]
    return each
