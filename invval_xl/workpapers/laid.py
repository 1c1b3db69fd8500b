"""A plan read cell by cell: what stands in each row, formulas filled in, values as a file has them.

The counterpart of what a host reads back from a file (:class:`CellRow`), so that the two can be
laid side by side.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invval_xl.workpapers.sheet_plan import PlanBlock, SheetPlan

__all__ = ["CellRow", "LaidCell", "Value", "laid_rows"]

Value = float | str | bool | None

_SLOT = re.compile(r"\{([A-Za-z_]\w*)\}")


@dataclass(frozen=True, slots=True)
class LaidCell:
    """One cell with content: ``formula`` with its ``=``, empty for none; ``value`` cached or typed.

    ``style`` is the plan's style name, empty where the cell was read from a file.
    """

    value: Value
    formula: str = ""
    style: str = ""


CellRow = tuple[int, dict[int, LaidCell]]
"""A sheet row, 1-based, and its cells by 1-based column; only cells with content."""


def laid_rows(plan: SheetPlan, *, blanks: bool = False) -> Iterator[CellRow]:
    """The rows of ``plan`` in order.

    Parameters
    ----------
    plan
        The sheet.
    blanks
        Also cells that are only styled (a sign-off nobody has signed).

    Examples
    --------
    >>> from invval_xl.workpapers.sheet_plan import PlanCell
    >>> from invval_xl.workpapers.sheet_plan import SheetPlan
    >>> plan = SheetPlan("P", (PlanCell(2, 1, 3.0, "money", "=A1*3"), PlanCell(1, 1, 1.0)))
    >>> [(row, cells[1].formula, cells[1].value) for row, cells in laid_rows(plan)]
    [(1, '', 1.0), (2, '=A1*3', 3.0)]
    """
    singles: dict[int, dict[int, LaidCell]] = {}
    for cell in plan.cells:
        value = _as_filed(cell.value, cell.formula)
        if value is not None or cell.formula or blanks:
            laid = LaidCell(value, cell.formula, cell.style)
            singles.setdefault(cell.row, {})[cell.column] = laid
    blocks = [b for b in plan.blocks if b.rows and b.columns]
    crossed = {row for b in blocks for row in range(b.top, b.top + b.rows)}
    for row in sorted(crossed | set(singles)):
        cells = dict(singles.get(row, {}))
        for block in blocks:
            if block.top <= row < block.top + block.rows:
                cells |= _across(block, row, blanks=blanks)
        if cells:
            yield row, cells


def _across(block: PlanBlock, row: int, *, blanks: bool) -> dict[int, LaidCell]:
    index = row - block.top
    cells: dict[int, LaidCell] = {}
    for offset, column in enumerate(block.columns):
        formula = column.formula
        if formula:
            formula = _SLOT.sub(
                lambda m, a=column.arguments: str(row if m[1] == "row" else a[m[1]][index]),  # type: ignore[misc]
                formula,
            )
        value = _as_filed(column.values[index], formula)
        if value is None and not formula and not blanks:
            continue
        style = column.style if column.styles is None else column.styles[index] or column.style
        cells[block.left + offset] = LaidCell(value, formula, str(style))
    return cells


def _as_filed(value: object, formula: str) -> Value:
    """A value as the file holds it: an unknown figure is blank, or ``""`` under a formula."""
    if isinstance(value, str) and (value or formula):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, (int, float, np.number)) and not math.isnan(float(value)):
        return float(value)
    return "" if formula else None
