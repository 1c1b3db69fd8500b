"""A workbook that exists only in memory: Python lists in, ``Grid`` and ``RawBook`` out.

It is a host like any other (it finds the header, keeps kinds apart) and computes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.contracts import CONTROL
from invval_xl.tables.grid import BookFacts, Cells, Grid, Kind, RawBook
from invval_xl.tables.headers import locate, match_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["UNCALCULATED", "ErrorCell", "book_from_sheets", "grid_from_rows"]

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's dates have no time zone
_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell that holds an Excel error, e.g. ``ErrorCell("#N/A")``."""

    spelled: str


class _Uncalculated:
    """A formula that never got a value."""


UNCALCULATED = _Uncalculated()


def _cells(values: Sequence[object], number_format: str) -> Cells:
    kind = np.zeros(len(values), dtype=np.uint8)
    number = np.full(len(values), np.nan)
    text = np.full(len(values), None, dtype=object)
    for i, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, ErrorCell):
            kind[i], text[i] = Kind.ERROR, value.spelled
        elif isinstance(value, _Uncalculated):
            kind[i] = Kind.UNCALCULATED
        elif isinstance(value, (bool, np.bool_)):
            kind[i], number[i] = Kind.BOOLEAN, float(value)
        elif isinstance(value, dt.date):
            moment = (
                value
                if isinstance(value, dt.datetime)
                else dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - as above
            )
            kind[i] = Kind.DATE
            number[i] = (moment - _EPOCH).total_seconds() / _SECONDS
        elif isinstance(value, (int, float, np.integer, np.floating)):
            kind[i], number[i] = Kind.NUMBER, float(value)
        else:
            kind[i], text[i] = Kind.TEXT, str(value)
    worded = bool(np.isin(kind, (Kind.TEXT, Kind.ERROR)).any())
    return Cells(kind, number, text if worded else None, number_format)


def _plain(value: object) -> object:
    """Give a value as it stands in ``Grid.top``."""
    if isinstance(value, ErrorCell):
        return value.spelled
    return None if value == "" or isinstance(value, _Uncalculated) else value


def grid_from_rows(
    sheet: str,
    rows: Iterable[Sequence[object]],
    *,
    number_formats: Mapping[int, str] | None = None,
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[int] = (),
    filtered: bool = False,
    merged: Iterable[str] = (),
    state: str = "visible",
) -> Grid:
    """Build the grid of one worksheet from its rows.

    Parameters
    ----------
    sheet
        The sheet's name; decides which contract's header is looked for.
    rows
        Row 1 first. ``None`` or ``""`` is a blank; ``bool``, ``int``, ``float``, ``date``,
        ``datetime`` and ``str`` are themselves; :class:`ErrorCell` and :data:`UNCALCULATED`
        stand for what Python has no value for.
    number_formats
        0-based column to the number format of its numeric cells (``{0: "00000"}``).
    hidden_rows, hidden_columns, filtered, merged, state
        As in :class:`~invval_xl.tables.grid.Grid`.
    """
    table = [list(row) for row in rows]
    contract = match_sheet(sheet)
    place = None
    if contract is not None and contract.name != CONTROL.name:
        place = locate(contract, [[_plain(v) for v in row] for row in table])
    body_row = place.body_row if place else len(table) + 1
    body = table[body_row - 1 :] if place else []
    width = max((len(row) for row in table), default=0)
    formats = dict(number_formats or {})
    columns = tuple(
        _cells([row[c] if c < len(row) else None for row in body], formats.get(c, ""))
        for c in range(width if place else 0)
    )
    return Grid(
        sheet=sheet,
        top=tuple(tuple(_plain(v) for v in row) for row in table[: body_row - 1]),
        body=columns,
        body_row=body_row,
        hidden_rows=frozenset(hidden_rows),
        hidden_columns=frozenset(hidden_columns),
        filtered=filtered,
        merged=tuple(merged),
        state=state,
    )


def book_from_sheets(
    sheets: Mapping[str, Grid | Iterable[Sequence[object]]], *, name: str = "memory.xlsx"
) -> RawBook:
    """Build a whole workbook from ``{sheet name: rows or a grid already built}``."""
    grids = {
        sheet: rows if isinstance(rows, Grid) else grid_from_rows(sheet, rows)
        for sheet, rows in sheets.items()
    }
    return RawBook(BookFacts(name=name, application="memory"), grids)
