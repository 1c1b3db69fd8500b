"""Raw cells in: what a host hands over becomes ``float64`` columns and per-element troubles.

Hosts hand over what Excel handed them: floats, text, logicals, blanks, dates, and errors as COM
status codes. The common case, nothing but floats, never runs Python per cell.
"""

from __future__ import annotations

import datetime as dt
import math
from array import array
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from invval_xl.functions.errors import SCODE_TO_MARK, SPELLINGS, Mark
from invval_xl.functions.registry import Argument, ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Column", "Shape", "Trouble", "column", "flatten", "plain", "trim_whole_columns"]

Shape: TypeAlias = tuple[int, int]

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a worksheet's dates have no zone
WHOLE_COLUMN = 1_048_576
_ERRORS_BELOW = -2_146_000_000.0  # Excel's error codes are whole numbers down here


class Trouble(IntEnum):
    """Why an element cannot be used; the lower the number, the sooner it decides the answer."""

    NONE = 0
    ERROR_CELL = 1
    NOT_A_NUMBER = 2
    BLANK = 3
    IMPOSSIBLE = 4


@dataclass(slots=True)
class Column:
    """One argument, flattened in reading order.

    Parameters
    ----------
    argument
        Its declaration.
    shape
        Rows and columns, or ``None`` for a single cell.
    raw
        The cells as they came.
    numbers
        ``float64[n]``; NaN where there is trouble (``NUMBER``, ``VECTOR``, ``TABLE``).
    words
        The resolved words (``CHOICE``) or texts (``TEXT``), ``None`` where unknown.
    trouble, marks
        ``uint8[n]`` of :class:`Trouble` and ``int16[n]`` of marks; ``None`` where all is well.
    """

    argument: Argument
    shape: Shape | None
    raw: list[Any]
    numbers: NDArray[np.float64] | None = None
    words: list[str | None] | None = None
    trouble: NDArray[np.uint8] | None = None
    marks: NDArray[np.int16] | None = None

    def flag(self, where: Any, trouble: Trouble, mark: int) -> None:
        """Note ``trouble`` at ``where`` (an index, a list of them, or a mask)."""
        if self.trouble is None or self.marks is None:
            self.trouble = np.zeros(len(self.raw), np.uint8)
            self.marks = np.zeros(len(self.raw), np.int16)
        self.trouble[where] = trouble
        self.marks[where] = mark

    def sentence(self, position: int) -> str:
        """The reason why element ``position`` cannot be used."""
        index = position if len(self.raw) > 1 else 0
        name, value = self.argument.name, self.raw[index]
        trouble = Trouble.NONE if self.trouble is None else Trouble(int(self.trouble[index]))
        mark = 0 if self.marks is None else int(self.marks[index])
        if trouble is Trouble.ERROR_CELL:
            return f"{name} is itself {Mark(mark).spelling}."
        if trouble is Trouble.BLANK:
            return f"{name} is blank; unknown is not zero."
        if trouble is Trouble.IMPOSSIBLE:
            if isinstance(value, float) and not math.isfinite(value):
                return f"{name} is not a finite number."
            return f"{name} is {_shown(value)}; it must be {self.argument.domain}."
        if self.argument.kind is ArgumentKind.CHOICE:
            return f"{name} is {_shown(value)}; it must be one of {self.argument.domain}."
        kind = "the logical value" if isinstance(value, bool) else "the text"
        return f"{name} is {kind} {_shown(value)} where a number belongs."


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value[:40]}"'
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def flatten(raw: Any) -> tuple[list[Any], Shape | None]:
    """Cells in reading order and their shape; a single cell, and a range of one, has none.

    Examples
    --------
    >>> flatten(((1.0, 2.0), (3.0, 4.0)))
    ([1.0, 2.0, 3.0, 4.0], (2, 2))
    >>> flatten((1.0, 2.0))
    ([1.0, 2.0], (1, 2))
    >>> flatten(((5.0,),))
    ([5.0], None)
    """
    if not isinstance(raw, (tuple, list)):
        return [raw], None
    if not raw:
        return [None], None
    first = raw[0]
    if not isinstance(first, (tuple, list)):
        cells, shape = list(raw), (1, len(raw))
    elif len(first) == 1:
        cells, shape = [row[0] for row in raw], (len(raw), 1)
    else:
        cells, shape = list(chain.from_iterable(raw)), (len(raw), len(first))
    return cells, (shape if len(cells) != 1 else None)


def plain(value: Any) -> float | str | Mark | None:  # noqa: PLR0911 - one answer a kind of cell
    """One non-float cell as a number, a text, ``None`` for blank, or the error it holds.

    A logical is answered as text, since TRUE is not a price; a date as its serial number, as
    Excel itself counts; a formula's empty text as blank.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        mark = SCODE_TO_MARK.get(value)
        return Mark(mark) if mark else float(value)
    if isinstance(value, str):
        stripped = value.strip()
        if stripped in SPELLINGS:
            return Mark(SPELLINGS[stripped])
        return stripped or None
    if isinstance(value, dt.datetime):
        return (value.replace(tzinfo=None) - _EPOCH) / dt.timedelta(days=1)
    if isinstance(value, dt.date):
        return float((value - _EPOCH.date()).days)
    if isinstance(value, (float, Decimal, np.floating, np.integer)):
        return float(value)
    return str(value)


def _floats(cells: list[Any]) -> NDArray[np.float64] | None:
    """``cells`` as floats where they are nothing else, ``None`` where any needs a closer look.

    ``array`` refuses text, blanks and dates by itself. What it lets through and must not pass are
    logicals, which read as 0 or 1, and error codes, which read as numbers far below zero; so only
    such values are looked at again.
    """
    try:
        numbers = np.frombuffer(array("d", cells))
    except (TypeError, OverflowError):
        return None
    if numbers.min() < _ERRORS_BELOW:
        return None
    suspects = np.flatnonzero((numbers == 0.0) | (numbers == 1.0))
    if len(suspects) * 8 > len(cells):
        return numbers.copy() if set(map(type, cells)) == {float} else None
    if any(type(cells[i]) is not float for i in suspects.tolist()):
        return None
    return numbers.copy()


def _numbers(cells: list[Any], found: Column) -> None:
    argument = found.argument
    clear = _floats(cells)
    if clear is not None:
        numbers = clear
    else:
        clean = list(cells)
        for index, kind in enumerate(map(type, cells)):
            if kind is float:
                continue
            value = plain(cells[index])
            if isinstance(value, Mark):
                found.flag(index, Trouble.ERROR_CELL, int(value))
                clean[index] = math.nan
            elif isinstance(value, str):
                found.flag(index, Trouble.NOT_A_NUMBER, Mark.VALUE)
                clean[index] = math.nan
            elif value is None:
                clean[index] = _blank(argument, found, index)
            else:
                clean[index] = value
        numbers = np.fromiter(clean, np.float64, count=len(clean))
    _bound(numbers, found)
    found.numbers = numbers


def _blank(argument: Argument, found: Column, index: int) -> float:
    if argument.blank_is_unknown:
        return math.nan
    if argument.optional and not isinstance(argument.default, str):
        return math.nan if argument.default is None else float(argument.default)
    found.flag(index, Trouble.BLANK, Mark.NA)
    return math.nan


def _bound(numbers: NDArray[np.float64], found: Column) -> None:
    """Mark infinite and impossible values; a kernel never sees them."""
    argument = found.argument
    impossible: NDArray[np.bool_] | None = None
    if not np.isfinite(numbers).all():
        # NaN here is either a blank that means unknown or already in trouble; as a cell's own
        # value it cannot come from Excel, and other hosts' NaN is no number either.
        impossible = np.isinf(numbers)
        literal = [i for i, v in enumerate(found.raw) if isinstance(v, float) and v != v]  # noqa: PLR0124
        impossible[literal] = True
    for outside in (
        numbers < argument.minimum if argument.minimum > -math.inf else None,
        numbers > argument.maximum if argument.maximum < math.inf else None,
        numbers <= argument.above if argument.above is not None else None,
    ):
        if outside is not None and outside.any():
            impossible = outside if impossible is None else impossible | outside
    if impossible is not None and impossible.any():
        found.flag(impossible, Trouble.IMPOSSIBLE, Mark.NUM)
        numbers[impossible] = math.nan


def _choices(cells: list[Any], found: Column) -> None:
    argument = found.argument
    words: list[str | None] = []
    for index, cell in enumerate(cells):
        value = plain(cell)
        word: str | None = None
        if isinstance(value, Mark):
            found.flag(index, Trouble.ERROR_CELL, int(value))
        elif value is None and argument.optional:
            word = str(argument.default) if argument.default is not None else None
        elif value is None:
            found.flag(index, Trouble.BLANK, Mark.NA)
        else:
            text = f"{value:g}" if isinstance(value, float) else value
            word = argument.choices.get(_folded(text))
            if word is None:
                found.flag(index, Trouble.NOT_A_NUMBER, Mark.VALUE)
        words.append(word)
    found.words = words


def _folded(text: str) -> str:
    """Words compare without regard to case, spaces, dashes and underscores."""
    return "".join(ch for ch in text.casefold() if ch.isalnum())


def _texts(cells: list[Any], found: Column) -> None:
    words: list[str | None] = []
    for index, cell in enumerate(cells):
        value = plain(cell)
        if isinstance(value, Mark):
            found.flag(index, Trouble.ERROR_CELL, int(value))
            value = None
        elif value is None and not (found.argument.optional or found.argument.blank_is_unknown):
            found.flag(index, Trouble.BLANK, Mark.NA)
        words.append(f"{value:.15g}" if isinstance(value, float) else value)
    found.words = words


def column(raw: Any, argument: Argument, cells: list[Any], shape: Shape | None) -> Column:
    """Read one element-by-element argument; ``cells`` and ``shape`` as flattened."""
    del raw
    found = Column(argument, shape, cells)
    if argument.kind is ArgumentKind.CHOICE:
        _choices(cells, found)
    elif argument.kind is ArgumentKind.TEXT:
        _texts(cells, found)
    else:
        _numbers(cells, found)
    return found


def trim_whole_columns(raw: Sequence[Any]) -> list[Any]:
    """Cut whole-column arguments at the last row any of them uses.

    Examples
    --------
    >>> column = ((1.0,), (2.0,)) + ((None,),) * (1_048_576 - 2)
    >>> [len(cut) for cut in trim_whole_columns([column])]
    [2]
    """
    whole = [isinstance(cells, (tuple, list)) and len(cells) == WHOLE_COLUMN for cells in raw]
    if not any(whole):
        return list(raw)
    used = 1
    for cells, is_whole in zip(raw, whole, strict=True):
        if is_whole:
            last = WHOLE_COLUMN
            while last > used and all(cell is None or cell == "" for cell in cells[last - 1]):
                last -= 1
            used = last
    return [cells[:used] if cut else cells for cells, cut in zip(raw, whole, strict=True)]
