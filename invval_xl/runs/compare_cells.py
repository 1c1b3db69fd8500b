"""Lay the cells of a file beside those of a plan: every one that differs, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.content import is_circumstance, is_input, is_sign_off
from invval_xl.workpapers.laid import CellRow, LaidCell, Value, laid_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from invval_xl.workpapers.sheet_plan import SheetPlan

__all__ = [
    "Difference",
    "What",
    "compare_sheet",
    "renamed",
    "same_formula",
    "same_value",
    "spelled",
]

_ABSOLUTE, _RELATIVE = 1e-9, 1e-12  # a figure saved again by another program keeps 15 digits


class What(StrEnum):
    """How a cell differs from what was expected of it."""

    VALUE = "value"
    FORMULA = "formula"
    CACHED = "cached value"
    TEXT = "text"
    MISSING = "missing"
    EXTRA = "not expected"
    INPUT = "changed input"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell: where, how it differs, what stands there, what is expected."""

    sheet: str
    cell: str
    what: What
    stands: str
    expected: str

    @property
    def address(self) -> str:
        """``Sheet!A1`` as a formula spells it."""
        return f"'{self.sheet}'!{self.cell}"


def spelled(cell: LaidCell | None) -> str:
    """A cell as a person would read it aloud: formula and value, or nothing.

    Examples
    --------
    >>> spelled(LaidCell(12.5, "=A1")), spelled(LaidCell("red")), spelled(None)
    ('=A1 -> 12.5', "'red'", 'blank')
    """
    if cell is None or (cell.value is None and not cell.formula):
        return "blank"
    value = _worded(cell.value)
    return f"{cell.formula} -> {value}" if cell.formula else value


def _worded(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    return "blank" if value is None else repr(value)


_FILE = re.compile(r"[^:']+\.xls[xm](?=, sheet )", re.IGNORECASE)


def renamed(difference: Difference) -> bool:
    """Whether a source line only names the workbook by the name it had when it was refreshed.

    Examples
    --------
    >>> was, now = ("'BalanceSet: %s.xlsx, sheet BalanceSet, 9 rows'" % n for n in ("a", "b"))
    >>> renamed(Difference("C-2", "A13", What.TEXT, was, now))
    True
    """
    return difference.what is What.TEXT and (
        _FILE.sub("", difference.stands) == _FILE.sub("", difference.expected)
    )


def same_value(left: Value, right: Value) -> bool:
    """Whether two values are the same figure, word or truth.

    Examples
    --------
    >>> same_value(0.1 + 0.2, 0.3), same_value(10.0, 10.01), same_value(1.0, True)
    (True, False, False)
    """
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= _ABSOLUTE + _RELATIVE * max(abs(left), abs(right))
    return type(left) is type(right) and left == right


# Texts and quoted names as they are; a range of one cell; a number that is no part of a name.
_PIECES = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*"|'(?:[^']|'')*'!?)"""
    r"|(?P<cell>\$?[A-Z]{1,3}\$?[0-9]+):(?P=cell)(?![A-Za-z0-9_.$:(])"
    r"|(?<![A-Za-z0-9_.$])(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"(?![A-Za-z0-9_.$:(!])"
)


def same_formula(left: str, right: str) -> bool:
    """Whether two formulas are the same but for how a program spells what it saves.

    A program that saves a workbook writes its formulas anew: LibreOffice and Excel spell a number
    their own way and to fifteen digits, LibreOffice a range of one cell as the cell.

    Examples
    --------
    >>> same_formula("=IF(A1>=1E+9,16.0,B2)", "=IF(A1>=1000000000,16,B2)")
    True
    >>> same_formula("=SUM('C-3'!$P$75:$P$75)", "=SUM('C-3'!$P$75)")
    True
    >>> same_formula('=A1&"1.0"', '=A1&"1"'), same_formula("=A1*1.08", "=A1*1.09")
    (False, False)
    """
    return left == right or _PIECES.sub(_plainly, left) == _PIECES.sub(_plainly, right)


def _plainly(piece: re.Match[str]) -> str:
    if piece["kept"]:
        return piece["kept"]
    return piece["cell"] or f"{float(piece['number']):.14e}"


def compare_sheet(plan: SheetPlan, rows: Iterable[CellRow]) -> Iterator[Difference]:
    """Every cell of a sheet that is not what ``plan`` says it is.

    Parameters
    ----------
    plan
        The sheet as it is expected, value and formula of each cell.
    rows
        The sheet as a file has it, in row order.

    Yields
    ------
    Difference
        In reading order. Sign-off cells and yellow inputs are marked as such, never left out.
    """
    styles = {
        (row, column): cell.style
        for row, cells in laid_rows(plan, blanks=True)
        for column, cell in cells.items()
        if is_sign_off(cell.style) or is_input(cell.style) or is_circumstance(cell.style)
    }
    expected, found = _rows(laid_rows(plan)), _rows(iter(rows))
    wanted, stands = next(expected), next(found)
    while wanted is not None or stands is not None:
        at = min(r[0] for r in (wanted, stands) if r is not None)
        ours: dict[int, LaidCell] = {}
        theirs: dict[int, LaidCell] = {}
        if wanted is not None and wanted[0] == at:
            ours, wanted = wanted[1], next(expected)
        if stands is not None and stands[0] == at:
            theirs, stands = stands[1], next(found)
        for column in sorted(ours.keys() | theirs.keys()):
            what = _difference(ours.get(column), theirs.get(column), styles.get((at, column), ""))
            if what is not None:
                yield Difference(
                    plan.name,
                    f"{column_letter(column)}{at}",
                    what,
                    spelled(theirs.get(column)),
                    spelled(ours.get(column)),
                )


def _rows(rows: Iterator[CellRow]) -> Iterator[CellRow | None]:
    yield from rows
    while True:
        yield None


def _difference(ours: LaidCell | None, theirs: LaidCell | None, style: str) -> What | None:
    """How two cells differ, if they do."""
    if ours is not None and theirs is not None and _same(ours, theirs):
        return None
    if is_circumstance(style) and theirs is not None and not theirs.formula:
        return None
    if is_sign_off(style) and (theirs is None or not theirs.formula):
        return What.SIGN_OFF
    if is_input(style) and theirs is not None and not theirs.formula:
        return What.INPUT
    if ours is None or theirs is None:
        return What.EXTRA if ours is None else What.MISSING
    return _changed(ours, theirs)


def _changed(ours: LaidCell, theirs: LaidCell) -> What:
    if not same_formula(ours.formula, theirs.formula):
        return What.FORMULA
    if ours.formula:
        return What.CACHED
    return What.TEXT if isinstance(ours.value, str) else What.VALUE


def _same(ours: LaidCell, theirs: LaidCell) -> bool:
    return same_value(ours.value, theirs.value) and same_formula(ours.formula, theirs.formula)
