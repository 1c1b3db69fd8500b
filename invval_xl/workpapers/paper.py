"""Compose a paper from parts: header, prose, facts, tables with live formulas; yields a SheetPlan.

A :class:`Sheet` is laid from top to bottom. A table's formula names its own columns in square
brackets (``=[units]*[unit_cost]``) and other papers' by the :class:`Place` a table returns, so no
cell address is ever typed by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.sheet_plan import (
    Chart,
    Conditional,
    PlanBlock,
    PlanCell,
    PlanColumn,
    SheetPlan,
    Validation,
)
from invval_xl.workpapers.styles import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Column", "Place", "Sheet", "texts"]

Scalar = float | int | str | bool | np.bool_ | None

_WRAPPED = frozenset({"wrap", "quiet_wrap"})
_CHARS_PER_WIDTH = 1.2  # prose is narrower than the digits widths are counted in
_LINE_HEIGHT = 13.5

_NAME = re.compile(r"\[([a-z_0-9]+)\]")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a paper's table.

    ``values`` are the figures (cached where ``formula`` stands); ``formula`` may name sibling
    columns as ``[name]`` and row arguments as ``{name}``. ``total`` asks for a foot: ``sum``.
    """

    name: str
    header: str
    values: NDArray[Any]
    style: str = "text"
    formula: str = ""
    arguments: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    width: float = 12
    total: str = ""
    styles: NDArray[np.object_] | None = None


@dataclass(frozen=True)
class Place:
    """Where a table came to stand; spells references to it from any paper."""

    sheet: str
    header_row: int
    first_row: int
    last_row: int
    letters: Mapping[str, str]
    total_row: int = 0

    @property
    def quoted(self) -> str:
        """The sheet name as a formula spells it."""
        return f"'{self.sheet}'"

    def range(self, name: str) -> str:
        """Absolute range of a column's body: ``'C-3 LCNRV'!$J$12:$J$700``."""
        letter = self.letters[name]
        last = max(self.last_row, self.first_row)  # an empty table still has a cell to name
        return f"{self.quoted}!${letter}${self.first_row}:${letter}${last}"

    def local(self, name: str) -> str:
        """The same range without the sheet, for formulas on the sheet itself."""
        return self.range(name).split("!", 1)[1]

    def cell(self, name: str, position: int) -> str:
        """Absolute address of one body cell, ``position`` from 0."""
        return f"{self.quoted}!${self.letters[name]}${self.first_row + position}"

    def total(self, name: str) -> str:
        """Absolute address of a column's foot."""
        return f"{self.quoted}!${self.letters[name]}${self.total_row}"


class Sheet:
    """A worksheet being composed; every method moves the cursor down and returns where it stood."""

    def __init__(self, name: str, *, widths: Sequence[float] = (), tab_color: str = "") -> None:
        self.name = name
        self.row = 1
        self.cells: list[PlanCell] = []
        self.blocks: list[PlanBlock] = []
        self.widths: dict[int, float] = {i: w for i, w in enumerate(widths, start=1) if w}
        self.heights: dict[int, float] = {}
        self.charts: list[Chart] = []
        self.validations: list[Validation] = []
        self.conditionals: list[Conditional] = []
        self.merges: list[str] = []
        self.freeze = (0, 0)
        self.filter_ref = ""
        self.repeat_rows = (0, 0)
        self.tab_color = tab_color
        self.landscape = True
        self.fit_height = 0
        self.last_column = 1

    def put(
        self,
        row: int,
        column: int,
        value: Scalar,
        style: str = "text",
        *,
        formula: str = "",
        link: str = "",
    ) -> str:
        """Set one cell; return its absolute address with the sheet."""
        if isinstance(value, (float, np.floating)) and not np.isfinite(value):
            value = "" if formula else None
        self.cells.append(PlanCell(row, column, _plain(value), style, formula, link))
        self.last_column = max(self.last_column, column)
        return f"'{self.name}'!${column_letter(column)}${row}"

    def space(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.row += rows

    def section(self, title: str, columns: int = 8) -> int:
        """A section heading with a rule under it."""
        self.put(self.row, 1, title, "section")
        for column in range(2, columns + 1):
            self.put(self.row, column, None, "section")
        self.row += 1
        return self.row

    def text(self, sentence: str, style: str = "text", *, column: int = 1) -> None:
        """One line of prose; it runs over the empty cells to its right."""
        self.put(self.row, column, sentence, style)
        self.row += 1

    def paragraph(
        self, sentence: str, columns: int, *, style: str = "wrap", chars: int = 130
    ) -> None:
        """Prose merged over ``columns`` columns and wrapped, the row as high as it needs."""
        self.put(self.row, 1, sentence, style)
        for column in range(2, columns + 1):
            self.put(self.row, column, None, style)
        self.merges.append(f"A{self.row}:{column_letter(columns)}{self.row}")
        self.heights[self.row] = _LINE_HEIGHT * max(1, -(-len(sentence) // chars))
        self.row += 1

    def facts(
        self,
        pairs: Iterable[tuple[str, Scalar, str] | tuple[str, Scalar, str, str]],
        *,
        column: int = 1,
    ) -> dict[str, str]:
        """Label/value lines: ``(label, value, style[, formula])``; addresses by label."""
        places: dict[str, str] = {}
        for label, value, style, *rest in pairs:
            self.put(self.row, column, label, "label")
            places[label] = self.put(
                self.row, column + 1, value, style, formula=rest[0] if rest else ""
            )
            self.row += 1
        return places

    def table(
        self,
        columns: Sequence[Column],
        *,
        left: int = 1,
        total_label: str = "",
        filters: bool = False,
        header_height: float = 30,
    ) -> Place:
        """Lay a table with its header, its live formulas and, where asked, its foot."""
        header_row = self.row
        first = header_row + 1
        count = len(columns[0].values)
        last = first + count - 1
        letters = {c.name: column_letter(left + i) for i, c in enumerate(columns)}
        place = Place(self.name, header_row, first, last, letters, last + 1 if total_label else 0)
        for i, column in enumerate(columns):
            self.put(header_row, left + i, column.header, "header")
            self.widths.setdefault(left + i, column.width)
        self.heights[header_row] = header_height
        if count:
            self.blocks.append(
                PlanBlock(first, left, tuple(self._plan(c, letters) for c in columns))
            )
            self._heighten(columns, first)
        if total_label:
            self._foot(columns, place, left, total_label)
        self.last_column = max(self.last_column, left + len(columns) - 1)
        if filters and count:
            end = column_letter(left + len(columns) - 1)
            self.filter_ref = f"{column_letter(left)}{header_row}:{end}{last}"
        self.row = last + (2 if total_label else 1)
        return place

    def _heighten(self, columns: Sequence[Column], first: int) -> None:
        """Rows with wrapped prose are as high as their longest cell needs at its width."""
        lines: NDArray[np.float64] | None = None
        for column in columns:
            if column.style not in _WRAPPED:
                continue
            length = np.array([len(str(v or "")) for v in column.values], dtype=float)
            need = np.ceil(length / (column.width * _CHARS_PER_WIDTH))
            lines = need if lines is None else np.maximum(lines, need)
        if lines is not None:
            for offset in np.flatnonzero(lines > 1):
                self.heights[first + int(offset)] = _LINE_HEIGHT * float(lines[offset])

    def _plan(self, column: Column, letters: Mapping[str, str]) -> PlanColumn:
        formula = _NAME.sub(lambda m: f"${letters[m.group(1)]}{{row}}", column.formula)
        return PlanColumn(column.values, column.style, formula, column.arguments, column.styles)

    def _foot(self, columns: Sequence[Column], place: Place, left: int, total_label: str) -> None:
        for i, column in enumerate(columns):
            if column.total == "sum":
                values = np.array(
                    [v for v in column.values if isinstance(v, (int, float, np.number))],
                    dtype=float,
                )
                foot = (
                    float(np.nansum(np.round(values * 100))) / 100
                    if _money(column)
                    else float(np.nansum(values))
                )
                body = place.local(column.name)
                style = f"{column.style}_total"
                self.put(
                    place.total_row,
                    left + i,
                    foot,
                    style if style in STYLES else "total_label",
                    formula=f"=ROUND(SUM({body}),2)" if _money(column) else f"=SUM({body})",
                )
            else:
                self.put(place.total_row, left + i, total_label if i == 0 else None, "total_label")

    def plan(self, *, header: str = "", footer: str = "", protect: bool = False) -> SheetPlan:
        """The finished sheet."""
        bottom = max([self.row, *(c.row for c in self.cells)])
        return SheetPlan(
            name=self.name,
            cells=tuple(self.cells),
            blocks=tuple(self.blocks),
            styles=STYLES,
            widths=dict(self.widths),
            heights=dict(self.heights),
            merges=tuple(self.merges),
            freeze=self.freeze,
            filter_ref=self.filter_ref,
            repeat_rows=self.repeat_rows,
            print_area=f"A1:{column_letter(self.last_column)}{bottom}",
            landscape=self.landscape,
            fit_height=self.fit_height,
            header=header,
            footer=footer,
            tab_color=self.tab_color,
            charts=tuple(self.charts),
            validations=tuple(self.validations),
            conditionals=tuple(self.conditionals),
            protect=protect,
        )


def texts(values: Iterable[object]) -> NDArray[np.object_]:
    """An object array of the values: a column of words."""
    return np.array(list(values), dtype=object)


def _money(column: Column) -> bool:
    return column.style.startswith("money")


def _plain(value: Scalar) -> float | str | bool | None:
    """Python's own types, so that every host writes the same thing."""
    if value is None or isinstance(value, (str, bool)):
        return value
    return bool(value) if isinstance(value, np.bool_) else float(value)
