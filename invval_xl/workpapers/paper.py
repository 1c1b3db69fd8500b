"""Compose a paper from parts: header, prose, facts, tables with live formulas; yields a SheetPlan.

A :class:`Sheet` is laid from top to bottom. A table's formula names its own columns in square
brackets (``=[units]*[unit_cost]``) and other papers' by the :class:`Place` a table returns, so no
cell address is ever typed by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.paging import ROW_HEIGHT, paged, width_points
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

    from invval_xl.workpapers.paging import Pages

__all__ = ["Column", "Place", "Sheet", "column_number", "texts"]

Scalar = float | int | str | bool | np.bool_ | None

_WRAPPED = frozenset({"wrap", "quiet_wrap"})
_WRAPS = {"text": "wrap", "quiet": "quiet_wrap", "value": "value_wrap"}
_LEAST_WIDTH = 60.0  # prose is not folded tighter than this, in characters
_MOST_WIDTH = 190.0
_WHOLE_ROWS = 15  # tables up to this long stand on one page
_FLOWING_ROWS = 2_000  # longer ones break where the page ends, under their repeated header
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
        self.repeat_columns = (0, 0)
        self.outline: dict[int, bool] = {}
        self.ticks: list[tuple[str, str]] = []
        self.promised: tuple[str, ...] = ()
        self.tables: list[tuple[Place, dict[str, NDArray[Any]]]] = []
        self.exceptions: list[str] = []
        self.groups: list[tuple[int, int]] = []
        self.see_also = (0, 0)
        self._prose: list[int] = []

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
        """A section heading with a rule under it; it stays with the two rows below."""
        self.groups.append((self.row, self.row + 2))
        self.put(self.row, 1, title, "section")
        for column in range(2, columns + 1):
            self.put(self.row, column, None, "section")
        self.row += 1
        return self.row

    def text(self, sentence: str, style: str = "text", *, column: int = 1) -> None:
        """A line of prose; it runs over the empty cells to its right, and on where it is long."""
        if column == 1 and style in _WRAPS:
            self._prose.append(len(self.cells))
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
        start = self.row
        for label, value, style, *rest in pairs:
            self.put(self.row, column, label, "label")
            places[label] = self.put(
                self.row, column + 1, value, style, formula=rest[0] if rest else ""
            )
            self.row += 1
        if self.row - start <= 2 * _WHOLE_ROWS:
            self.keep(start, self.row - 1)
        return places

    def keep(self, first: int, last: int) -> None:
        """Let rows ``first`` to ``last`` be printed on one page."""
        if last > first:
            self.groups.append((first, last))

    def tick(self, row: int, column: int, marks: str, condition: str, *, holds: bool = True) -> str:
        """A tick beside a figure, a formula that shows ``!`` where its ``condition`` fails.

        Parameters
        ----------
        marks
            The tick, or several parted by a space (``F RC``).
        condition
            What the tick stands for, as a formula without its ``=``.
        holds
            Whether it holds now: the cached value.
        """
        address = self.put(
            row, column, marks if holds else "!", "tick", formula=f'=IF({condition},"{marks}","!")'
        )
        local = address.split("!", 1)[1]
        self.ticks.append((marks, local))
        self.conditionals.append(
            Conditional(local.replace("$", ""), "formula", f'{local}="!"', "tick_fails")
        )
        return address

    def detail(self, place: Place, names: Iterable[str], *, folded: bool = True) -> None:
        """Group columns of a table that a first reading can do without; folded, they do not print.

        They stay on the sheet behind Excel's [+], and every formula still rests on them.
        """
        for name in names:
            if name in place.letters:
                self.outline[column_number(place.letters[name])] = folded

    def table(
        self,
        columns: Sequence[Column],
        *,
        left: int = 1,
        total_label: str = "",
        filters: bool = False,
        header_height: float = 30,
        ticked: bool = True,
    ) -> Place:
        """Lay a table with its header, its live formulas and, where asked, its foot.

        Under the foot stands a row of ticks: F where the column adds to its total, and RC (IC for
        figures of other papers) where the total is still the one this run arrived at.
        """
        header_row = self.row
        first = header_row + 1
        count = len(columns[0].values)
        last = first + count - 1
        # An empty table keeps one blank row: its foot and its neighbours sum that, not themselves.
        below = max(last, first) + 1
        letters = {c.name: column_letter(left + i) for i, c in enumerate(columns)}
        place = Place(self.name, header_row, first, last, letters, below if total_label else 0)
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
        self.row = below + (1 if total_label else 0)
        if total_label and ticked and count:
            self._tick_foot(columns, place, left)
        self.tables.append((place, {c.name: c.values for c in columns}))
        self._group(place, self.row - 1)
        return place

    def _group(self, place: Place, end: int) -> None:
        """A short table is printed whole; of a long one the head and the foot keep company."""
        if end - place.header_row <= _WHOLE_ROWS:
            self.keep(place.header_row, end)
            return
        self.keep(place.header_row, place.first_row + 2)
        if end > place.last_row:
            self.keep(place.last_row - 1, end)

    def _tick_foot(self, columns: Sequence[Column], place: Place, left: int) -> None:
        for i, column in enumerate(columns):
            if column.total != "sum":
                continue
            total = place.total(column.name).split("!", 1)[1]
            adds = f"ROUND(SUM({place.local(column.name)})-{total},2)=0"
            if not column.formula:
                self.tick(self.row, left + i, "F", adds)
                continue
            same = f"ROUND({total}-{_foot(column)!r},2)=0"
            elsewhere = "!" in column.formula or "{source}" in column.formula
            marks = "F IC" if elsewhere else "F RC"
            self.tick(self.row, left + i, marks, f"AND({adds},{same})")
        self.row += 1

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
                body = place.local(column.name)
                style = f"{column.style}_total"
                self.put(
                    place.total_row,
                    left + i,
                    _foot(column),
                    style if style in STYLES else "total_label",
                    formula=f"=ROUND(SUM({body}),2)" if _money(column) else f"=SUM({body})",
                )
            else:
                self.put(place.total_row, left + i, total_label if i == 0 else None, "total_label")

    def plan(self, *, header: str = "", footer: str = "", protect: bool = False) -> SheetPlan:
        """The finished sheet."""
        self._fold_prose()
        bottom = max([self.row - 1, *(c.row for c in self.cells)])
        pages = None if self.fit_height else self._pages(bottom)
        return SheetPlan(
            name=self.name,
            cells=tuple(self.cells),
            blocks=tuple(self.blocks),
            styles=STYLES,
            widths=dict(self.widths),
            heights=dict(self.heights),
            row_height=ROW_HEIGHT,
            merges=tuple(self.merges),
            freeze=self.freeze,
            filter_ref=self.filter_ref,
            repeat_rows=self.repeat_rows,
            print_area=f"A1:{column_letter(self.last_column)}{bottom}",
            landscape=self.landscape,
            fit_height=self.fit_height,
            scale=pages.scale if pages else 0,
            breaks=pages.breaks if pages else (),
            repeat_columns=self.repeat_columns,
            outline=dict(self.outline),
            header=header,
            footer=footer,
            tab_color=self.tab_color,
            charts=tuple(self.charts),
            validations=tuple(self.validations),
            conditionals=tuple(self.conditionals),
            protect=protect,
        )

    def _pages(self, bottom: int) -> Pages:
        """Scale and page ends of the sheet as it now stands."""
        folded = [column for column, hidden in self.outline.items() if hidden]
        flowing = (0, 0)
        for place, _ in self.tables:
            long = place.last_row - place.first_row >= _FLOWING_ROWS
            if long and place.header_row == self.repeat_rows[0]:
                flowing = (place.first_row + 3, place.last_row - 2)
        charts = [(c.row, c.row + int(c.height * 0.75 / ROW_HEIGHT) + 1) for c in self.charts]
        return paged(
            bottom,
            self.heights,
            [*self.groups, *charts],
            width_points(self.widths, self.last_column, folded),
            landscape=self.landscape,
            repeat=self.repeat_rows,
            flowing=flowing,
        )

    def _fold_prose(self) -> None:
        """Wrap the sentences that are longer than the paper is wide, over its first columns."""
        room, columns = 0.0, 0
        while columns < max(self.last_column, 2) and room < _MOST_WIDTH:
            columns += 1
            if not self.outline.get(columns, False):
                room += self.widths.get(columns, 8.43)
        room = max(room, _LEAST_WIDTH) * _CHARS_PER_WIDTH
        for at in self._prose:
            cell = self.cells[at]
            lines = -(-len(str(cell.value or "")) // int(room))
            if lines > 1:
                self.cells[at] = replace(cell, style=_WRAPS[cell.style])
                self.merges.append(f"A{cell.row}:{column_letter(columns)}{cell.row}")
                self.heights[cell.row] = _LINE_HEIGHT * lines
        self._prose.clear()


def column_number(letters: str) -> int:
    """Number of a column by its letters, from 1.

    Examples
    --------
    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def texts(values: Iterable[object]) -> NDArray[np.object_]:
    """An object array of the values: a column of words."""
    return np.array(list(values), dtype=object)


def _foot(column: Column) -> float:
    """The total of a column, money in whole cents."""
    values = np.asarray(column.values)
    if values.dtype == object:
        values = np.array(
            [v for v in values.tolist() if isinstance(v, (int, float, np.number))], dtype=float
        )
    if _money(column):
        return float(np.nansum(np.round(values * 100))) / 100
    return float(np.nansum(values))


def _money(column: Column) -> bool:
    return column.style.startswith("money")


def _plain(value: Scalar) -> float | str | bool | None:
    """Python's own types, so that every host writes the same thing."""
    if value is None or isinstance(value, (str, bool)):
        return value
    return bool(value) if isinstance(value, np.bool_) else float(value)
