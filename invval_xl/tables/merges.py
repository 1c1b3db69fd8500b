"""Merged cells in a table's body: keys and words are filled downward, figures are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.tables.grid import Cells, Kind, column_letter
from invval_xl.tables.numbers import NUMERIC
from invval_xl.tables.rows import OpenSheet, row_stake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invval_xl.tables.gather import Gather

__all__ = ["fill_merges"]

_RANGE = re.compile(r"^\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)$")
_WIDEST = 2000


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def fill_merges(sheet: OpenSheet, gather: Gather) -> OpenSheet:
    """Fill merged keys, words and dates downward; refuse figures merged over rows or columns.

    Parameters
    ----------
    sheet
        The open sheet.
    gather
        Where findings go: each merged range is named.
    """
    by_index = {index: name for name, index in sheet.place.columns.items()}
    cells = dict(sheet.cells)
    stake = row_stake(sheet) if sheet.grid.merged else None
    for merged in sheet.grid.merged:
        found = _RANGE.match(merged)
        if not found:
            continue
        left, right = _index(found[1]), _index(found[3])
        top = int(found[2]) - sheet.grid.body_row
        bottom = min(int(found[4]) - sheet.grid.body_row, sheet.grid.rows - 1)
        names = [by_index[i] for i in range(left, min(right, left + _WIDEST) + 1) if i in by_index]
        if bottom < 0 or top > bottom or not names or (top == bottom and len(names) == 1):
            continue
        top = max(top, 0)
        over = float(np.nansum(np.abs(stake[top : bottom + 1]))) if stake is not None else None
        figures = [n for n in names if sheet.column(n).kind in NUMERIC]
        address = f"{column_letter(left + 1)}{found[2]}:{column_letter(right + 1)}{found[4]}"
        if len(names) > 1 or figures:
            headers = ", ".join(sheet.column(n).header for n in names)
            if _content_below(cells, names, top, bottom):
                gather.one("TB117", sheet=sheet.grid.sheet, cell=address, dollars=over,
                           columns=headers)  # fmt: skip
            continue
        cells[names[0]] = _fill(cells[names[0]], top, bottom)
        gather.one("TB116", sheet=sheet.grid.sheet, cell=address, dollars=over,
                   header=sheet.column(names[0]).header, rows=bottom - top + 1)  # fmt: skip
    return replace(sheet, cells=cells)


def _content_below(cells: Mapping[str, Cells], names: list[str], top: int, bottom: int) -> bool:
    return any(bool((cells[n].kind[top : bottom + 1] != Kind.BLANK).any()) for n in names)


def _fill(cells: Cells, top: int, bottom: int) -> Cells:
    """Give the value in the first cell of a merged range to every row."""
    kind, number = cells.kind.copy(), cells.number.copy()
    kind[top : bottom + 1] = kind[top]
    number[top : bottom + 1] = number[top]
    text = None
    if cells.text is not None:
        text = cells.text.copy()
        text[top : bottom + 1] = text[top]
    return replace(cells, kind=kind, number=number, text=text)
