"""Make INV_ formulas of workbooks from elsewhere bind to this add-in.

A file from another surface spells our functions with a prefix (``_xldudf_``, ``_xll.``, a link to
somebody else's .xlam), or shows ``#NAME?`` because it was calculated without us. Entering the
formula again binds it.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

from invval_xl.functions.errors import SCODE_TO_MARK, Mark
from invval_xl.functions.registry import functions

__all__ = ["give_back", "plain_spelling", "rebind"]

_PREFIXED = re.compile(
    r"(?:_xlfn\.)?(?:_xldudf_|_xludf\.|_xll\.|'[^']*\.xlam'!|\[[^\]]+\]!|[\w.\-]+\.xlam!)"
    r"(?=INV_[A-Z_]+\()"
)
_OURS = re.compile(r"(?<![\w.])INV_[A-Z_]+(?=\()")


def plain_spelling(formula: str) -> str:
    """``formula`` with our functions under their bare names.

    Examples
    --------
    >>> plain_spelling("=[1]!INV_NRV(A1)+_xldudf_INV_AUC(B1,C1)")
    '=INV_NRV(A1)+INV_AUC(B1,C1)'
    """
    return _PREFIXED.sub("", formula)


def _stale(formula: str, value: Any) -> bool:
    """Whether a cell calls one of our functions but is not bound to it."""
    if not isinstance(formula, str) or not formula.startswith("="):
        return False
    plain = plain_spelling(formula)
    if not any(name in functions() for name in _OURS.findall(plain)):
        return False
    error = SCODE_TO_MARK.get(value) if type(value) is int else None
    return plain != formula or error == Mark.NAME


def rebind(book: Any) -> list[tuple[Any, str]]:
    """Enter stale formulas anew, cell by cell: each cell with the formula it had.

    Only cells that need it are touched: an array formula of somebody else is left alone.
    """
    entered: list[tuple[Any, str]] = []
    for sheet in book.sheets:
        # Only where formulas are: a sheet of figures is not read twice.
        for area in sheet.used_range.get_special_cells("formulas"):
            values, formulas = _two(area.raw_value), _two(area.formula)
            for i, row in enumerate(formulas):
                for j, formula in enumerate(row):
                    if "INV_" in str(formula) and _stale(formula, values[i][j]):
                        cell = area[i, j]
                        cell.formula = plain_spelling(formula)
                        entered.append((cell, formula))
    return entered


def give_back(entered: list[tuple[Any, str]]) -> None:
    """Put the formulas back as they were; one that fails does not stop the next."""
    for cell, formula in entered:
        with contextlib.suppress(Exception):
            cell.formula = formula


def _two(raw: Any) -> Any:
    """Rows of cells, whatever the engine makes of one cell or one row."""
    if not isinstance(raw, (tuple, list)):
        return ((raw,),)
    return raw if raw and isinstance(raw[0], (tuple, list)) else (raw,)
