"""The careful reader of cells: any dialect of sheet XML, one element at a time.

Slow and sure. It reads what the swift reader (:mod:`.swift`) does not recognise, and is the
second computation that the swift reader is tested against.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invval_xl.hosts.file.archive import refuse
from invval_xl.hosts.file.cells import EPOCH, Run, dated
from invval_xl.hosts.file.markup import local
from invval_xl.hosts.file.strings import MOST_TEXT, unescaped
from invval_xl.tables.grid import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from invval_xl.hosts.file.styles import Styles

__all__ = ["CarefulCells", "Context", "plain_number"]

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FLUSH = 20_000
_TRUE, _FALSE = {"1", "true"}, {"0", "false"}
_UNSPELLED = "(error without a code)"
_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT, _PHONETIC = range(1, 8)
_CODES = {
    "row": _ROW, "c": _CELL, "v": _VALUE, "f": _FORMULA, "is": _INLINE, "t": _TEXT,
    "rPh": _PHONETIC,
}  # fmt: skip


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
    """Read a number as XML spells it; ``None`` for anything else, also for one beyond bounds.

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
        self._names: dict[str, int] = {}  # element name, prefix and all, to code
        # The cell being read.
        self._open = False
        self._column = 0
        self._type = "n"
        self._style = 0
        self._value: list[str] = []
        self._words: list[str] = []
        self._into: list[str] | None = None
        self._length = 0
        self._has_value = self._has_words = self._has_formula = False
        self._phonetic = 0
        # The run being gathered.
        self._formulas = 0
        self._zeros = 0
        self._cells: list[tuple[int, int, int, Kind, float, str | None]] = []

    def started(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self._left -= 1
        if self._left < 0:
            sheet = self._context.sheet
            raise refuse("WB214", sheet=sheet, sheet_name=sheet)
        code = self._names.get(tag)
        if code is None:
            code = self._names[tag] = _CODES.get(local(tag), 0)
        if code == _CELL:
            self._open_cell(attributes)
        elif code == _ROW:
            self._open_row(attributes)
        elif self._open:
            self._open_inside(code)

    def _open_inside(self, code: int) -> None:
        """Take the start of an element inside a cell."""
        if code == _VALUE:
            self._has_value = True
            self._into = self._value
        elif code == _FORMULA:
            self._has_formula = True
        elif code == _INLINE:
            self._has_words = True
        elif code == _PHONETIC:
            self._phonetic += 1
        elif code == _TEXT and self._has_words and not self._phonetic:
            self._into = self._words

    def text(self, words: str) -> None:
        """Take character data."""
        if self._into is not None:
            self._length += len(words)
            if self._length > MOST_TEXT:
                sheet = self._context.sheet
                raise refuse("WB217", sheet=sheet, sheet_name=sheet, limit=MOST_TEXT)
            self._into.append(words)

    def ended(self, tag: str) -> None:
        """Take the end of an element."""
        code = self._names.get(tag)
        if code in {_VALUE, _TEXT}:
            self._into = None
        elif code == _CELL:
            self._close_cell()
        elif code == _PHONETIC and self._open:
            self._phonetic -= 1

    def flush(self) -> None:
        """Hand on what was read so far."""
        if not self._cells:
            return
        row, column, style, kind, number, text = zip(*self._cells, strict=True)
        kinds = np.array(kind, np.uint8)
        numbers = np.array(number, np.float64)
        styles = np.array(style, np.int32)
        dated(kinds, numbers, styles, self._context.styles, date_1904=self._context.date_1904)
        texts: NDArray[np.object_] | None = None
        if any(t is not None for t in text):
            texts = np.empty(len(text), object)
            texts[:] = text
        run = Run(
            np.array(row, np.int32), np.array(column, np.int32), kinds, numbers, styles, texts,
            self._formulas, self._zeros,
        )  # fmt: skip
        self._cells.clear()
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
        if attributes.get("hidden") in _TRUE:
            self.hidden.append(self.row)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        spelled = attributes.get("r")
        if spelled is None:
            self._column += 1
        else:
            match = _REFERENCE.fullmatch(spelled)
            if match is None:
                self._outside(spelled[:40])
                return
            letters, digits = match.groups()
            column = 0
            for letter in letters.upper():
                column = column * 26 + ord(letter) - 64
            if int(digits) != self.row:
                sheet = self._context.sheet
                before = f"row {self.row}"
                raise refuse("WB213", sheet=sheet, sheet_name=sheet, address=spelled, before=before)
            self._column = column
        style = attributes.get("s", "0")
        styled = style.isascii() and style.isdigit() and len(style) < len("12345678")
        self._style = int(style) if styled else 0
        self._type = attributes.get("t", "n")
        self._open = True
        self._has_value = self._has_words = self._has_formula = False
        self._length = self._phonetic = 0
        if self._value:
            self._value = []
        if self._words:
            self._words = []

    def _outside(self, address: str) -> None:
        sheet = self._context.sheet
        raise refuse("WB208", sheet=sheet, sheet_name=sheet, address=address)

    def _close_cell(self) -> None:
        kind, number, text = self._interpret()
        if self._has_formula:
            self._formulas += 1
            self._zeros += kind is Kind.NUMBER and number == 0
        self._open = False
        self._cells.append((self.row, self._column, self._style, kind, number, text))
        if len(self._cells) >= _FLUSH:
            self.flush()

    def _interpret(self) -> tuple[Kind, float, str | None]:
        """Kind, number and text of a finished cell."""
        blank = (Kind.BLANK, math.nan, None)
        if self._type == "inlineStr" and self._has_words:
            words = unescaped("".join(self._words))
            return (Kind.TEXT, math.nan, words) if words else blank
        value = "".join(self._value)
        if not value:
            if self._has_formula and not (self._type == "str" and self._has_value):
                return Kind.UNCALCULATED, math.nan, None
            return (Kind.ERROR, math.nan, _UNSPELLED) if self._type == "e" else blank
        return self._typed(self._type, value)

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
