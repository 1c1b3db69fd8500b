"""The open workbook as ``RawBook``: one bulk read a sheet, every cell's kind kept apart.

A workbook without unsaved changes is what its file says, so it is read from there: the same reader,
findings and hashes as ``invval refresh``. One that has been changed is read from the screen, by
plain xlwings: any engine whose raw values are COM's (floats, text, booleans, datetimes, ``None``,
errors as status codes) is read alike.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import Checked
from invval_xl.functions.errors import SCODE_TO_MARK, Mark
from invval_xl.hosts.com.look import hidden_lines, uniform_parts
from invval_xl.hosts.file.read import read_book
from invval_xl.tables.contracts import CONTROL
from invval_xl.tables.grid import BookFacts, Cells, Grid, Kind, RawBook
from invval_xl.tables.headers import locate, match_sheet
from invval_xl.tables.rows import declared_totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from invval_xl.tables.rows import Totals

__all__ = ["read_excel", "read_screen", "sheet_rows"]

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a worksheet's dates have no zone
_DAY = dt.timedelta(days=1)
_TOP_ROWS = 40
_OPEN_ELSEWHERE = "WB302"  # of course it is: here
_KEYS = ("sku", "location")


def read_excel(book: Any) -> Checked[RawBook]:
    """Read ``book`` (an ``xw.Book``) as it stands, saved or not.

    Raises
    ------
    RefusedError
        As the file host refuses, where the workbook is read from its file.
    """
    path = _unchanged_file(book)
    if path is not None:
        try:
            read = read_book(path)
        except OSError:
            return Checked(read_screen(book))  # Excel or a share holds the file
        return Checked(read.value, tuple(f for f in read.findings if f.code != _OPEN_ELSEWHERE))
    return Checked(read_screen(book))


def _unchanged_file(book: Any) -> Path | None:
    """The file the workbook is equal to; ``None`` with unsaved changes, or where none is local."""
    if not book.api.Saved:
        return None
    path = Path(book.fullname)
    return path if path.suffix.lower() in (".xlsx", ".xlsm") and path.is_file() else None


def read_screen(book: Any) -> RawBook:
    """Read ``book`` through xlwings, one bulk read a sheet."""
    grids = {sheet.name: _grid(sheet) for sheet in book.sheets}
    return RawBook(BookFacts(name=book.name, application="Microsoft Excel"), grids)


def sheet_rows(sheet: Any) -> list[list[object]]:
    """Every row of a sheet from the first on, as plain values."""
    used = sheet.used_range
    last = (used.row + used.shape[0] - 1, used.column + used.shape[1] - 1)
    rows = _rows(sheet.range((1, 1), last).raw_value, last)
    return [[_shown(value) for value in row] for row in rows]


def _state(sheet: Any) -> str:
    shown = sheet.visible
    if shown in (True, -1):
        return "visible"
    return "veryHidden" if shown == 2 else "hidden"  # noqa: PLR2004 - xlSheetVeryHidden


def _grid(sheet: Any) -> Grid:
    contract = match_sheet(sheet.name)
    state = _state(sheet)
    if contract is None:
        return Grid(sheet.name, (), (), 1, state=state)
    used = sheet.used_range
    last = (used.row + used.shape[0] - 1, used.column + used.shape[1] - 1)
    cells = sheet.range((1, 1), last)
    rows = _rows(cells.raw_value, last)
    while rows and all(value is None or value == "" for value in rows[-1]):
        rows.pop()  # formatted, never filled
    merged = _merged(cells)
    settings = contract.name == CONTROL.name
    top = [[_shown(v) for v in row] for row in (rows if settings else rows[:_TOP_ROWS])]
    _fill(top, merged)
    place = None if settings else locate(contract, top)
    body_row = place.body_row if place else len(top) + 1
    hidden_rows, hidden_columns = hidden_lines(cells)
    body: tuple[Cells, ...] = ()
    if place and len(rows) >= body_row:
        columns = list(zip(*rows[body_row - 1 :], strict=True))
        keys = {place.columns[name] for name in _KEYS if name in place.columns}
        body = tuple(
            _cells(column, _formats(sheet, body_row, len(rows), at + 1) if at in keys else "")
            for at, column in enumerate(columns)
        )
    return Grid(
        sheet=sheet.name,
        top=tuple(tuple(row) for row in top[: body_row - 1]),
        body=body,
        body_row=body_row,
        hidden_rows=hidden_rows,
        hidden_columns=hidden_columns,
        merged=tuple(area for area, _, bottom, _, _ in merged if bottom >= body_row),
        state=state,
        totals_rows=declared_totals(contract, place, _totals(sheet)) if place else frozenset(),
    )


def _totals(sheet: Any) -> Iterator[Totals]:
    """The totals rows that the sheet's Excel tables show."""
    for table in sheet.tables:
        area = table.totals_row_range if table.show_totals else None
        if area is not None:
            (height, width), row, column = area.shape, area.row, area.column
            yield row, row + height - 1, column, column + width - 1


def _rows(raw: Any, last: tuple[int, int]) -> list[Sequence[Any]]:
    """Excel answers one cell bare and one row flat."""
    if last == (1, 1):
        return [(raw,)]
    if last[0] == 1 and not isinstance(raw[0], (tuple, list)):
        return [raw]
    return list(raw)


def _error(value: Any) -> str:
    mark = SCODE_TO_MARK.get(value) if type(value) is int else None
    return Mark(mark).spelling if mark else ""


def _shown(value: Any) -> object:
    """A value as it stands in ``Grid.top``."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, Decimal):
        return float(value)
    return _error(value) or (None if value == "" else value)


def _cells(column: Sequence[Any], number_format: Any) -> Cells:
    count = len(column)
    kinds = set(map(type, column))
    if kinds == {float}:
        number = np.fromiter(column, np.float64, count=count)
        return Cells(np.full(count, Kind.NUMBER, np.uint8), number, None, number_format)
    if kinds == {str} and all(column):
        text = np.empty(count, object)
        text[:] = column
        return Cells(np.full(count, Kind.TEXT, np.uint8), np.full(count, np.nan), text)
    kind = np.zeros(count, np.uint8)
    number = np.full(count, math.nan)
    text = np.full(count, None, object)
    for i, value in enumerate(column):
        kind[i], number[i], text[i] = _kind(value)
    worded = bool(np.isin(kind, (Kind.TEXT, Kind.ERROR)).any())
    return Cells(kind, number, text if worded else None, number_format)


def _kind(value: Any) -> tuple[Kind, float, str | None]:
    if value is None or value == "":
        return Kind.BLANK, math.nan, None
    if isinstance(value, bool):
        return Kind.BOOLEAN, float(value), None
    if spelled := _error(value):
        return Kind.ERROR, math.nan, spelled
    if isinstance(value, dt.datetime):
        return Kind.DATE, (value.replace(tzinfo=None) - _EPOCH) / _DAY, None
    if isinstance(value, (int, float, Decimal)):
        return Kind.NUMBER, float(value), None
    return Kind.TEXT, math.nan, str(value)


def _formats(sheet: Any, first: int, last: int, column: int) -> Any:
    """Number format of a key column: one for all, or cell by cell; ``General`` says nothing."""
    if last < first:
        return ""
    cells = sheet.range((first, column), (last, column))
    parts = [
        (part.row, part.shape[0], "" if answer in (None, "General") else str(answer))
        for part, answer in uniform_parts(cells, lambda part: part.number_format)
    ]
    if len({answer for _, _, answer in parts}) == 1:
        return parts[0][2]
    formats = np.empty(last - first + 1, object)
    for row, height, answer in parts:
        formats[row - first : row - first + height] = answer
    return formats


def _merged(cells: Any) -> list[tuple[str, int, int, int, int]]:
    """Merged areas: address, top, bottom, left, right."""
    found: dict[str, tuple[str, int, int, int, int]] = {}
    for part, merged in uniform_parts(cells, lambda part: part.merge_cells):
        if not merged:
            continue
        for cell in part:
            area = cell.merge_area
            address = area.get_address(row_absolute=False, column_absolute=False)
            bottom, right = area.row + area.shape[0] - 1, area.column + area.shape[1] - 1
            found.setdefault(address, (address, area.row, bottom, area.column, right))
    return list(found.values())


def _fill(top: list[list[object]], merged: Sequence[tuple[str, int, int, int, int]]) -> None:
    """Give every cell of a merged title or header what its first cell holds."""
    for _, first, last, left, right in merged:
        if first > len(top):
            continue
        value = top[first - 1][left - 1]
        for row in top[first - 1 : last]:
            row[left - 1 : right] = [value] * (right - left + 1)
