"""The careful reader of cells: any dialect of sheet XML, one element at a time.

Slow and sure. It reads what the swift reader (:mod:`.swift`) does not recognise, and is the
second computation that the swift reader is tested against.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from invval_xl.hosts.file.archive import refuse
from invval_xl.hosts.file.cells import EPOCH, Run, dated
from invval_xl.hosts.file.markup import local
from invval_xl.hosts.file.strings import unescaped
from invval_xl.hosts.file.styles import Styles
from invval_xl.tables.grid import Kind

__all__ = ["CarefulCells", "Context", "plain_number"]

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FLUSH = 20_000
_TRUE, _FALSE = {"1", "true"}, {"0", "false"}
_UNSPELLED = "(error without a code)"


@dataclass(frozen=True, eq=False)
class Context:
    """What a sheet's cells refer to."""

    book: str
    sheet: str
    part: str
    strings: NDArray[np.object_]
    styles: Styles
    date_1904: bool


def plain_number(text: str) -> float | None:
    """A number as XML spells it; ``None`` for anything else, also for one beyond all bounds.

    Examples
    --------
    >>> plain_number("1.5E3"), plain_number("1E+309"), plain_number("NaN"), plain_number("1_0")
    (1500.0, None, None, None)
    """
    text = text.strip(" \t\r\n")
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _iso_serial(text: str) -> float | None:
    """Days since 1899-12-30 of an ISO 8601 date or time (cell type ``d``)."""
    text = text.strip().removesuffix("Z")
    try:
        if ":" in text and "-" not in text and "T" not in text:
            moment = dt.time.fromisoformat(text)
            return (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86_400
        stamp = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (stamp.replace(tzinfo=None) - EPOCH) / dt.timedelta(days=1)


@dataclass
class _Open:
    """The cell being read."""

    row: int
    column: int
    type: str
    style: int
    value: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    has_value: bool = False
    has_words: bool = False
    formula: bool = False


class CarefulCells:
    """Element handlers for the inside of ``sheetData``.

    Parameters
    ----------
    context
        What the cells refer to.
    emit
        Takes each run of cells.
    budget
        Elements after which the sheet is refused.
    """

    def __init__(self, context: Context, emit: Callable[[Run], None], budget: int) -> None:
        self.hidden: list[int] = []
        self.row = 0
        self._context = context
        self._emit = emit
        self._left = budget
        self._column = 0
        self._cell: _Open | None = None
        self._into: list[str] | None = None
        self._phonetic = 0
        self._formulas = 0
        self._zeros = 0
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._kinds: list[int] = []
        self._numbers: list[float] = []
        self._styles: list[int] = []
        self._texts: list[str | None] = []

    def started(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        self._left -= 1
        if self._left < 0:
            sheet = self._context.sheet
            raise refuse("WB214", sheet=sheet, sheet_name=sheet)
        name = local(tag)
        cell = self._cell
        if name == "row":
            self._open_row(attributes)
        elif name == "c":
            self._open_cell(attributes)
        elif cell is None:
            return
        elif name == "v":
            cell.has_value = True
            self._into = cell.value
        elif name == "f":
            cell.formula = True
        elif name == "is":
            cell.has_words = True
        elif name == "rPh":
            self._phonetic += 1
        elif name == "t" and cell.has_words and not self._phonetic:
            self._into = cell.words

    def text(self, words: str) -> None:
        """Character data."""
        if self._into is not None:
            self._into.append(words)

    def ended(self, tag: str) -> None:
        """An element closes."""
        name = local(tag)
        if name in {"v", "t"}:
            self._into = None
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "c" and self._cell is not None:
            self._close_cell(self._cell)
            self._cell = None
            if len(self._rows) >= _FLUSH:
                self.flush()

    def flush(self) -> None:
        """Hand on what was read so far."""
        if not self._rows:
            return
        kind = np.array(self._kinds, np.uint8)
        number = np.array(self._numbers, np.float64)
        style = np.array(self._styles, np.int32)
        # A cell written as an ISO date is a date already; only numbers ask the format.
        dated(kind, number, style, self._context.styles, date_1904=self._context.date_1904)
        texts: NDArray[np.object_] | None = None
        if any(t is not None for t in self._texts):
            texts = np.empty(len(self._texts), object)
            texts[:] = self._texts
        run = Run(
            np.array(self._rows, np.int64).astype(np.int32),
            np.array(self._columns, np.int64).astype(np.int32),
            kind, number, style, texts, self._formulas, self._zeros,
        )  # fmt: skip
        for column in (self._rows, self._columns, self._kinds, self._numbers, self._styles):
            column.clear()
        self._texts.clear()
        self._formulas = self._zeros = 0
        self._emit(run)

    def _open_row(self, attributes: dict[str, str]) -> None:
        spelled = attributes.get("r")
        if spelled is None:
            self.row += 1
        elif spelled.isascii() and spelled.isdigit() and len(spelled) < len("12345678"):
            self.row = int(spelled)
        else:
            self._outside(f"row {spelled[:40]}")
        self._column = 0
        if attributes.get("hidden") in {"1", "true"}:
            self.hidden.append(self.row)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        spelled = attributes.get("r")
        row, column = self.row, self._column + 1
        if spelled is not None:
            match = _REFERENCE.fullmatch(spelled)
            if match is None:
                self._outside(spelled[:40])
                return
            column = 0
            for letter in match[1].upper():
                column = column * 26 + ord(letter) - 64
            if int(match[2]) != row:
                sheet = self._context.sheet
                before = f"row {row}"
                raise refuse("WB213", sheet=sheet, sheet_name=sheet, address=spelled, before=before)
        style = attributes.get("s", "0")
        styled = int(style) if style.isascii() and style.isdigit() and len(style) < 8 else -1  # noqa: PLR2004 - fits 32 bits
        self._column = column
        self._cell = _Open(row, column, attributes.get("t", "n"), max(styled, 0))

    def _outside(self, address: str) -> None:
        sheet = self._context.sheet
        raise refuse("WB208", sheet=sheet, sheet_name=sheet, address=address)

    def _close_cell(self, cell: _Open) -> None:
        kind, number, text = self._interpret(cell)
        if cell.formula:
            self._formulas += 1
            self._zeros += kind is Kind.NUMBER and number == 0
        self._rows.append(cell.row)
        self._columns.append(cell.column)
        self._kinds.append(kind)
        self._numbers.append(number)
        self._styles.append(cell.style)
        self._texts.append(text)

    def _interpret(self, cell: _Open) -> tuple[Kind, float, str | None]:
        """Kind, number and text of a finished cell."""
        blank = (Kind.BLANK, math.nan, None)
        if cell.type == "inlineStr" and cell.has_words:
            words = unescaped("".join(cell.words))
            return (Kind.TEXT, math.nan, words) if words else blank
        value = "".join(cell.value)
        if not value:
            if cell.formula and not (cell.type == "str" and cell.has_value):
                return Kind.UNCALCULATED, math.nan, None
            return (Kind.ERROR, math.nan, _UNSPELLED) if cell.type == "e" else blank
        return self._typed(cell.type, value)

    def _typed(self, kind: str, value: str) -> tuple[Kind, float, str | None]:
        """Interpret a value by the cell's type."""
        number: float | None
        if kind in {"n", ""}:
            number = plain_number(value)
            if number is not None:
                return Kind.NUMBER, number, None
        elif kind == "s":
            return self._shared(value)
        elif kind in {"str", "inlineStr"}:
            return Kind.TEXT, math.nan, unescaped(value)
        elif kind == "b":
            flag = value.strip()
            if flag in _TRUE | _FALSE:
                return Kind.BOOLEAN, float(flag in _TRUE), None
        elif kind == "d":
            number = _iso_serial(value)
            if number is not None and number >= 0:
                return Kind.DATE, number, None
        # An error's own spelling; likewise whatever is no number, so that it is never silent.
        return Kind.ERROR, math.nan, value.strip() or _UNSPELLED

    def _shared(self, value: str) -> tuple[Kind, float, str | None]:
        strings = self._context.strings
        spelled = value.strip()
        good = spelled.isascii() and spelled.isdigit() and len(spelled) < len("1234567890")
        if not good or int(spelled) >= len(strings):
            raise refuse(
                "WB215", sheet=self._context.sheet, sheet_name=self._context.sheet,
                index=spelled[:20], held=len(strings),
            )  # fmt: skip
        words = strings[int(spelled)]
        return (Kind.TEXT, math.nan, words) if words else (Kind.BLANK, math.nan, None)
