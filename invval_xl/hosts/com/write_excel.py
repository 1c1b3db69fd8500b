"""Papers onto the open workbook: one bulk write a sheet, and nothing changed where one fails.

A tab that is there already is written in place, so that the user's own formulas that point at it
stand; a copy of it is kept until all tabs are written, and laid back where anything fails.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import Finding, RefusedError
from invval_xl.guidance.register import finding
from invval_xl.hosts.com.dress import dress
from invval_xl.hosts.file.donor import MARK
from invval_xl.hosts.file.formulas import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.workpapers.sheet_plan import PlanBlock, PlanColumn, SheetPlan

__all__ = ["Written", "cells_of", "write_plans"]

_CHUNK = 200_000
_KEPT = "~invval {}"


@dataclass(frozen=True)
class Written:
    """What was done: how many tabs, and what of their dress this Excel did not take."""

    sheets: int
    undressed: tuple[str, ...]


def cells_of(plan: SheetPlan) -> list[list[Any]]:
    """Every cell of ``plan`` from A1 on: numbers, formulas, and text under an apostrophe.

    The apostrophe keeps Excel from reading ``00123`` as a number and ``=1+1`` as a formula.
    """
    height = max([c.row for c in plan.cells] + [b.top + b.rows - 1 for b in plan.blocks], default=1)
    width = max(
        [c.column for c in plan.cells] + [b.left + len(b.columns) - 1 for b in plan.blocks],
        default=1,
    )
    grid: list[list[Any]] = [[""] * width for _ in range(height)]
    for block in plan.blocks:
        _lay(grid, block)
    for cell in plan.cells:
        grid[cell.row - 1][cell.column - 1] = cell.formula or _entered(cell.value)
    return grid


def _lay(grid: list[list[Any]], block: PlanBlock) -> None:
    for offset, column in enumerate(block.columns):
        at = block.left - 1 + offset
        for i, value in enumerate(_column(column, block.top)):
            grid[block.top - 1 + i][at] = value


def _column(column: PlanColumn, top: int) -> list[Any]:
    if column.formula:
        return [
            filled(column.formula, top + i, i, column.arguments) for i in range(len(column.values))
        ]
    return [_entered(value) for value in column.values.tolist()]


def _entered(value: Any) -> Any:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return f"'{value}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and np.isnan(value):
        return ""
    return value


def write_plans(book: Any, plans: Sequence[SheetPlan]) -> Written:
    """Write ``plans`` into ``book`` (an ``xw.Book``), all of them or none.

    Raises
    ------
    RefusedError
        WB907 where a sheet of the user's own has the name of a paper, WB915 where the structure
        of the workbook is protected.
    """
    held = {sheet.name.casefold(): sheet for sheet in book.sheets}
    _refuse_strangers(held, plans)
    # A refresh keeps a copy of each tab beside it, so it needs the structure even where all stand.
    if getattr(book.api, "ProtectStructure", False) is True:
        raise RefusedError([finding("WB915")])
    active = book.sheets.active
    work = _Work(book)
    undressed: list[str] = []
    try:
        # Every tab and name is there before a formula refers to it: Excel asks for a file where
        # a sheet is unknown.
        for plan in plans:
            work.prepare(held.get(plan.name.casefold()), plan)
        _name_all(book, plans)
        for plan in plans:
            _write(book.sheets[plan.name], plan)
        for plan in plans:
            undressed += dress(book.sheets[plan.name], plan)
    except BaseException:
        work.undo()
        raise
    finally:
        with contextlib.suppress(Exception):
            active.activate()
    work.settle()
    return Written(len(plans), tuple(dict.fromkeys(undressed)))


@dataclass
class _Kept:
    """A tab as it was: its copy, its charts by name, whether it was protected."""

    sheet: Any
    copy: Any
    charts: frozenset[str]
    protected: bool


class _Work:
    """The tabs of one run, and the way back."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: list[Any] = []
        self.kept: list[_Kept] = []
        self.names = {name.name: name.refers_to for name in book.names}

    def prepare(self, sheet: Any, plan: SheetPlan) -> None:
        """An empty tab under the plan's name; what stood there is kept beside."""
        if sheet is None:
            self.made.append(self.book.sheets.add(plan.name, after=self.book.sheets[-1]))
            return
        protected = bool(sheet.api.ProtectContents)
        if protected:
            sheet.api.Unprotect()
        copy = sheet.copy(after=self.book.sheets[-1], name=_KEPT.format(len(self.kept)))
        self.kept.append(
            _Kept(sheet, copy, frozenset(chart.name for chart in sheet.charts), protected)
        )
        copy.visible = False
        sheet.clear()

    def settle(self) -> None:
        """All is written: what stood before goes."""
        for old in self.kept:
            for chart in list(old.sheet.charts):
                if chart.name in old.charts:
                    chart.delete()
            old.copy.delete()

    def undo(self) -> None:
        """Lay everything back as it was; one step that fails does not stop the next."""
        for old in self.kept:
            with contextlib.suppress(Exception):
                old.sheet.clear()
                used = old.copy.used_range
                address = used.get_address(row_absolute=False, column_absolute=False)
                used.copy(old.sheet.range(address))
            with contextlib.suppress(Exception):
                for chart in list(old.sheet.charts):
                    if chart.name not in old.charts:
                        chart.delete()
            if old.protected:
                with contextlib.suppress(Exception):
                    old.sheet.api.Protect()
            with contextlib.suppress(Exception):
                old.copy.delete()
        for sheet in self.made:
            with contextlib.suppress(Exception):
                sheet.delete()
        for name in list(self.book.names):
            with contextlib.suppress(Exception):
                if name.name not in self.names:
                    name.delete()
                elif name.refers_to != self.names[name.name]:
                    name.refers_to = self.names[name.name]


def _refuse_strangers(held: dict[str, Any], plans: Sequence[SheetPlan]) -> None:
    strangers: list[Finding] = []
    for plan in plans:
        sheet = held.get(plan.name.casefold())
        if sheet is not None and not _ours(sheet):
            strangers.append(finding("WB907", sheet=sheet.name, name=sheet.name))
    if strangers:
        raise RefusedError(strangers)


def _ours(sheet: Any) -> bool:
    """Whether the sheet carries the mark of a paper, as the file host gives it."""
    return any(name.name.rpartition("!")[2] == MARK for name in sheet.names)


def _write(sheet: Any, plan: SheetPlan) -> None:
    grid = cells_of(plan)
    width = len(grid[0])
    rows = max(1, _CHUNK // width)
    for start in range(0, len(grid), rows):
        part = grid[start : start + rows]
        target = sheet.range((start + 1, 1), (start + len(part), width))
        target.options(convert="raw").formula = [tuple(row) for row in part]


def _name_all(book: Any, plans: Sequence[SheetPlan]) -> None:
    """Workbook names the papers refer to, and the mark that a sheet is ours."""
    for plan in plans:
        quoted = "'" + plan.name.replace("'", "''") + "'"
        sheet = book.sheets[plan.name]
        if not _ours(sheet):
            mark = sheet.names.add(MARK, f"={quoted}!$A$1")
            with contextlib.suppress(Exception):
                mark.api.Visible = False
        for name, target in plan.names.items():
            book.names.add(name, target if target.startswith("=") else f"={target}")
