"""The rows of a sheet as XML, streamed from a plan in bounded memory.

Long blocks are spelled column by column with Arrow's string kernels and joined by rows: no Python
object per cell. Rows with single cells among them, and short blocks, go cell by cell.
Both ways write the same cells; ``tests/hosts/file/test_stream.py`` holds them together.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.hosts.file.celltext import Refusals, address, cell_xml, number_text
from invval_xl.hosts.file.formulas import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from invval_xl.workpapers.sheet_plan import PlanBlock, PlanCell, PlanColumn, SheetPlan, Style

__all__ = ["FAST_ROWS", "MAX_COLUMN", "MAX_ROW", "RowStream", "dimension"]

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
FAST_ROWS = 256
CHUNK_ROWS = 8_192


@dataclass(frozen=True)
class _Placed:
    """One block column at its sheet column."""

    block: PlanBlock
    column: PlanColumn
    at: int


@dataclass
class RowStream:
    """The rows of ``plan``; ``style_ids`` are those of the workbook they go into.

    Iterating yields the bytes of ``<row>`` elements in row order. ``refusals`` is complete only
    when the iteration has ended.
    """

    plan: SheetPlan
    style_ids: Mapping[Style, int]
    fast_rows: int = FAST_ROWS
    refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        self.refusals = Refusals(self.plan.name)
        self._ids = {name: self.style_ids[style] for name, style in self.plan.styles.items()}
        self._singles: dict[int, dict[int, PlanCell]] = {}
        for cell in self.plan.cells:
            _check_place(self.plan.name, cell.row, cell.column)
            row = self._singles.setdefault(cell.row, {})
            if cell.column in row:
                raise ValueError(f"{self.plan.name}!{address(cell.row, cell.column)} stands twice")
            row[cell.column] = cell
        for block in self.plan.blocks:
            _check_block(self.plan.name, block)
        # A height in a block is an attribute of its row; elsewhere it is the row's only reason.
        bodies = [range(b.top, b.top + b.rows) for b in self.plan.blocks if b.columns]
        bare = {row for row in self.plan.heights if not any(row in body for body in bodies)}
        self._special = set(self._singles) | bare

    def style(self, name: str) -> int:
        """Style id of one of the plan's style names; an undeclared ``text`` is the plain style."""
        found = self._ids.get(name)
        if found is None:
            if name in ("", "text"):
                return 0
            raise KeyError(f"sheet {self.plan.name!r} declares no style {name!r}")
        return found

    def __iter__(self) -> Iterator[bytes]:
        groups = itertools.count()
        for first, last, placed in self._stretches():
            if not placed:
                yield from self._slowly(first, last, ())
                continue
            if last - first < self.fast_rows or first in self._special:
                yield from self._slowly(first, last, placed)
                continue
            from invval_xl.hosts.file.bulk import bulk_rows

            for start in range(first, last, CHUNK_ROWS):
                stop = min(start + CHUNK_ROWS, last)
                columns = [
                    (p.at, p.column, slice(start - p.block.top, stop - p.block.top)) for p in placed
                ]
                tall = {
                    row - start: _height(self.plan.heights[row])
                    for row in range(start, stop)
                    if row in self.plan.heights
                }
                yield bulk_rows(start, columns, self.style, self.refusals, tall, groups)

    def _stretches(self) -> Iterator[tuple[int, int, tuple[_Placed, ...]]]:
        """Runs of rows ``[first, last)`` crossed by the same blocks, special rows apart."""
        blocks = [block for block in self.plan.blocks if block.rows and block.columns]
        special = self._special
        marks = {row for block in blocks for row in (block.top, block.top + block.rows)}
        marks |= special | {row + 1 for row in special}
        edges = sorted(marks)
        for first, last in itertools.pairwise([*edges, MAX_ROW + 1]):
            active = [b for b in blocks if b.top <= first < b.top + b.rows]
            if not active and first not in special:
                continue
            placed = [
                _Placed(block, column, block.left + offset)
                for block in active
                for offset, column in enumerate(block.columns)
            ]
            placed.sort(key=lambda p: p.at)
            for left, right in itertools.pairwise(placed):
                if left.at == right.at:
                    raise ValueError(f"blocks of {self.plan.name!r} overlap at row {first}")
            yield first, last if active else first + 1, tuple(placed)

    def _slowly(self, first: int, last: int, placed: tuple[_Placed, ...]) -> Iterator[bytes]:
        for row in range(first, last):
            cells: dict[int, str] = {}
            for column, cell in self._singles.get(row, {}).items():
                style = self.style(cell.style)
                cells[column] = cell_xml(
                    row, column, style, cell.value, cell.formula, self.refusals
                )
            for p in placed:
                if p.at in cells:
                    place = address(row, p.at)
                    raise ValueError(f"a cell and a block both stand at {self.plan.name}!{place}")
                index = row - p.block.top
                named = p.column.styles
                style = self.style(p.column.style if named is None else named[index])
                formula = filled(p.column.formula, row, index, p.column.arguments)
                value = p.column.values[index]
                cells[p.at] = cell_xml(row, p.at, style, value, formula, self.refusals)
            inside = "".join(cells[at] for at in sorted(cells))
            height = self.plan.heights.get(row)
            tall = _height(height) if height is not None else ""
            yield f'<row r="{row}"{tall}>{inside}</row>'.encode()


def _height(points: float) -> str:
    return f' ht="{number_text(points)}" customHeight="1"'


def _check_place(sheet: str, row: int, column: int) -> None:
    if not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
        raise ValueError(f"row {row}, column {column} is outside sheet {sheet!r}")


def _check_block(sheet: str, block: PlanBlock) -> None:
    if not block.columns:
        return
    _check_place(sheet, block.top, block.left)
    _check_place(sheet, block.top + max(block.rows, 1) - 1, block.left + len(block.columns) - 1)
    for column in block.columns:
        sizes: set[Any] = {len(column.values), block.rows}
        sizes |= {len(argument) for argument in column.arguments.values()}
        if column.styles is not None:
            sizes.add(len(column.styles))
        if len(sizes) != 1 or np.ndim(column.values) != 1:
            raise ValueError(f"a block of {sheet!r} has columns of unequal length")


def dimension(plan: SheetPlan) -> str:
    """The used range of ``plan`` as A1 text."""
    rows = [cell.row for cell in plan.cells]
    columns = [cell.column for cell in plan.cells]
    for block in plan.blocks:
        if block.rows:
            rows += (block.top, block.top + block.rows - 1)
            columns += (block.left, block.left + len(block.columns) - 1)
    if not rows:
        return "A1"
    first, last = address(min(rows), min(columns)), address(max(rows), max(columns))
    return first if first == last else f"{first}:{last}"
