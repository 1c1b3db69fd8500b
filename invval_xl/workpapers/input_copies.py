"""Copies of the input sheets for a binder: the entity's cells at their own addresses, values only.

A binder is judged by somebody who has only the binder, so the information produced by the entity
goes with it. What a cell's value cannot carry (a hidden row, an error, a formula never calculated)
is written down on the ``Sources`` sheet and put back by :func:`restored` before the copy is read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import CellError, Cells, CellUncalculated, Grid, Kind
from invval_xl.workpapers.sheet_plan import PlanBlock, PlanCell, PlanColumn, SheetPlan, Style
from invval_xl.workpapers.styles import PALETTE, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Unvalued", "copy_plan", "restored", "unvalued"]

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's dates have no zone
_FALSE_LEAP_DAY = 61
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_FORMAT = "format:"
_WIDTH = 14.0


@dataclass(frozen=True, slots=True)
class Unvalued:
    """A cell whose content no value can say: an error by its spelling, or never calculated."""

    row: int
    column: int
    kind: Kind
    text: str


def copy_plan(grid: Grid) -> SheetPlan:
    """Lay a sheet's copy: every value where it stood, text as text, all cells locked."""
    cells = []
    for row, values in enumerate(grid.top, start=1):
        heading = row == grid.body_row - 1 and bool(grid.body)
        for column, value in enumerate(values, start=1):
            if value is not None:
                cells.append(_top_cell(row, column, value, heading=heading))
    formats: set[str] = set()
    columns = tuple(_column(column, formats) for column in grid.body)
    width = max([len(grid.body), *(len(row) for row in grid.top)], default=1)
    return SheetPlan(
        name=grid.sheet,
        cells=tuple(cells),
        blocks=(PlanBlock(grid.body_row, 1, columns),) if columns and grid.rows else (),
        styles={
            "text": replace(STYLES["text"], valign=""),
            "header": STYLES["header"],
            _FORMAT + _DAY: Style(number_format=_DAY),
            _FORMAT + _MOMENT: Style(number_format=_MOMENT),
            **{f"{_FORMAT}{code}": Style(number_format=code) for code in sorted(formats)},
        },
        widths=dict.fromkeys(range(1, width + 1), _WIDTH),
        freeze=(grid.body_row - 1, 0) if columns else (0, 0),
        repeat_rows=(grid.body_row - 1, grid.body_row - 1) if columns and grid.top else (0, 0),
        header=f"&L{grid.sheet.replace('&', '&&')[:100]}&RCopy of an input sheet",
        footer="&R&P of &N",
        tab_color=PALETTE["rule"],
        gridlines=True,
        protect=True,
        owned=False,
    )


def _top_cell(row: int, column: int, value: object, *, heading: bool) -> PlanCell:
    if isinstance(value, dt.datetime):
        serial = _written((value - _EPOCH) / dt.timedelta(days=1))
        return PlanCell(row, column, serial, _dated(serial))
    if isinstance(value, CellUncalculated):
        return PlanCell(row, column, None)
    style = "header" if heading else "text"
    if isinstance(value, str):
        return PlanCell(row, column, str(value), style)
    return PlanCell(row, column, value if isinstance(value, bool) else float(value), style)  # type: ignore[arg-type]


def _dated(serial: float) -> str:
    return _FORMAT + (_DAY if float(serial).is_integer() else _MOMENT)


def _written(serial: float) -> float:
    """Days since 1899-12-30 as Excel's 1900 system counts them: it has a 1900-02-29 too many."""
    return serial - 1 if 1 < serial < _FALSE_LEAP_DAY else serial


def _column(column: Cells, formats: set[str]) -> PlanColumn:
    kind, number = column.kind, column.number
    dates = kind == Kind.DATE
    written = number
    if dates.any():
        early = dates & (number > 1) & (number < _FALSE_LEAP_DAY)
        written = np.where(early, number - 1, number)
    styles = _styles(column, formats)
    plain = np.isin(kind, (Kind.BLANK, Kind.NUMBER, Kind.DATE, Kind.UNCALCULATED))
    if plain.all():
        shown = (kind == Kind.NUMBER) | dates
        return PlanColumn(np.where(shown, written, np.nan), "text", styles=styles)
    values = np.full(len(kind), None, dtype=object)
    numeric = (kind == Kind.NUMBER) | dates
    values[numeric] = written[numeric]
    truths = kind == Kind.BOOLEAN
    values[truths] = [bool(n) for n in number[truths]]
    if column.text is not None:
        worded = (kind == Kind.TEXT) | (kind == Kind.ERROR)
        values[worded] = column.text[worded]
    return PlanColumn(values, "text", styles=styles)


def _styles(column: Cells, formats: set[str]) -> NDArray[np.object_] | None:
    """The styles of cells whose format says how they read: dates, and keys with zeros in front."""
    codes = column.number_format
    numbers = column.kind == Kind.NUMBER
    dates = column.kind == Kind.DATE
    if not dates.any() and (isinstance(codes, str) and not codes):
        return None
    styles = np.full(len(column.kind), "text", dtype=object)
    if isinstance(codes, str):
        if codes:
            formats.add(codes)
            styles[numbers] = _FORMAT + codes
    else:
        for at in np.flatnonzero(numbers).tolist():
            if codes[at]:
                formats.add(str(codes[at]))
                styles[at] = _FORMAT + str(codes[at])
    whole = dates & (np.floor(np.nan_to_num(column.number)) == column.number)
    styles[dates] = _FORMAT + _MOMENT
    styles[whole] = _FORMAT + _DAY
    return styles


def unvalued(grid: Grid) -> Iterator[Unvalued]:
    """The cells of ``grid`` that a copy cannot say by a value, in reading order."""
    for row, values in enumerate(grid.top, start=1):
        for column, value in enumerate(values, start=1):
            if isinstance(value, CellError):
                yield Unvalued(row, column, Kind.ERROR, str(value))
            elif isinstance(value, CellUncalculated):
                yield Unvalued(row, column, Kind.UNCALCULATED, str(value))
    found = []
    for column, cells in enumerate(grid.body, start=1):
        special = (cells.kind == Kind.ERROR) | (cells.kind == Kind.UNCALCULATED)
        for at in np.flatnonzero(special).tolist():
            text = "" if cells.text is None else str(cells.text[at] or "")
            found.append(Unvalued(grid.body_row + at, column, Kind(int(cells.kind[at])), text))
    yield from sorted(found, key=lambda u: (u.row, u.column))


def restored(grid: Grid, cells: Sequence[Unvalued]) -> Grid:
    """``grid``, read from a copy, with the cells put back that a copy cannot say by a value."""
    if not cells:
        return grid
    top = [list(row) for row in grid.top]
    in_body = [c for c in cells if c.row >= grid.body_row]
    for cell in cells:
        if cell.row < grid.body_row and cell.row <= len(top):
            row = top[cell.row - 1]
            row.extend([None] * (cell.column - len(row)))
            said = CellError if cell.kind is Kind.ERROR else CellUncalculated
            row[cell.column - 1] = said(cell.text)
    rows = max([grid.rows, *(c.row - grid.body_row + 1 for c in in_body)])
    width = max([len(grid.body), *(c.column for c in in_body)])
    body = [_longer(grid.body[i] if i < len(grid.body) else None, rows) for i in range(width)]
    for cell in in_body:
        column = body[cell.column - 1]
        at = cell.row - grid.body_row
        kind, number = column.kind.copy(), column.number.copy()
        text = np.full(rows, None, dtype=object) if column.text is None else column.text.copy()
        kind[at], number[at], text[at] = cell.kind, np.nan, cell.text or None
        worded = any(value is not None for value in text)
        body[cell.column - 1] = Cells(kind, number, text if worded else None, column.number_format)
    return replace(grid, top=tuple(tuple(row) for row in top), body=tuple(body))


def _longer(column: Cells | None, rows: int) -> Cells:
    """``column`` with blank cells added up to ``rows``."""
    if column is None:
        return Cells(np.zeros(rows, np.uint8), np.full(rows, np.nan))
    more = rows - len(column)
    if more <= 0:
        return column
    text = column.text
    codes = column.number_format
    return Cells(
        np.r_[column.kind, np.zeros(more, np.uint8)],
        np.r_[column.number, np.full(more, np.nan)],
        None if text is None else np.r_[text, np.full(more, None, dtype=object)],
        codes if isinstance(codes, str) else np.r_[codes, np.full(more, "", dtype=object)],
    )
