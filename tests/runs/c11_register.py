"""Every numeric cell of a paper, and who of a second hand accounts for it.

A check puts what it expects into the register by cell. ``differences`` then walks the sheet: a
numeric cell nobody expects anything of is as much a difference as one that is not what was
expected, so a figure that is added to the paper must be recomputed before the tests pass again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["CENT", "EXACT", "Register", "Row", "Table", "read_cells"]

Cells = dict[tuple[int, int], Any]

CENT = 0.0051  # half a cent and the dust of a binary float
EXACT = 1e-9
WHOLE = 2e-6  # of indices and factors stored to six places


def read_cells(book: Path, sheet: str) -> Cells:
    """Cached values of a sheet by row and column."""
    loaded = openpyxl.load_workbook(book, data_only=True, read_only=True)
    try:
        return {
            (i, j): value
            for i, row in enumerate(loaded[sheet].iter_rows(values_only=True), start=1)
            for j, value in enumerate(row, start=1)
            if value is not None
        }
    finally:
        loaded.close()


def is_number(value: Any) -> bool:
    """Numbers, and nothing that only looks like one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Expected:
    """What a check expects of a cell: NaN where the paper has no figure."""

    value: float
    within: float
    by: str


@dataclass
class Register:
    """The sheet's cells and what was expected of each."""

    cells: Cells
    expected: dict[tuple[int, int], Expected] = field(default_factory=dict)
    sentences: dict[tuple[int, int], str] = field(default_factory=dict)

    def expect(self, at: tuple[int, int], value: float, within: float, by: str) -> None:
        """Expect ``value`` of a cell; no cell is accounted for twice."""
        assert at not in self.expected, (at, by, self.expected[at].by)
        self.expected[at] = Expected(float(value), within, by)

    def expect_text(self, at: tuple[int, int], text: str) -> None:
        """Expect a sentence with figures in it."""
        self.sentences[at] = text

    def table(self, *headers: str, after: str = "") -> Table:
        """The table headed by all of ``headers``, the first below the section ``after``."""
        rows = sorted({i for i, _ in self.cells})
        begin = self.row_of(after) if after else 0
        for i in rows:
            if i <= begin:
                continue
            found = {v: j for (r, j), v in self.in_row(i) if isinstance(v, str)}
            if set(headers) <= set(found):
                return Table(self, i, dict(self.headers(i)))
        message = f"no table headed {headers}"
        raise AssertionError(message)

    def headers(self, row: int) -> Iterator[tuple[str, int]]:
        """Header words and columns; a second column of one word gets its number."""
        seen: dict[str, int] = {}
        for (_, j), word in self.in_row(row):
            seen[word] = seen.get(word, 0) + 1
            yield (word if seen[word] == 1 else f"{word} {seen[word]}"), j

    def in_row(self, row: int) -> list[tuple[tuple[int, int], Any]]:
        """Cells of a row, left to right."""
        return sorted(cell for cell in self.cells.items() if cell[0][0] == row)

    def row_of(self, begins: str, column: int = 1) -> int:
        """The row whose cell of ``column`` begins so."""
        return next(
            i for (i, j), v in sorted(self.cells.items())
            if j == column and isinstance(v, str) and v.startswith(begins)
        )  # fmt: skip

    def differences(self, cells: Mapping[tuple[int, int], Any] | None = None) -> list[str]:
        """What is not as expected, and what nobody accounts for."""
        cells = self.cells if cells is None else cells
        out = [
            f"{at}: nobody accounts for {value!r}"
            for at, value in cells.items()
            if is_number(value) and at not in self.expected
        ]
        for at, wanted in self.expected.items():
            value = cells.get(at)
            if math.isnan(wanted.value):
                same = value in (None, "")
            else:
                same = is_number(value) and abs(value - wanted.value) <= wanted.within
            if not same:
                out.append(f"{at}: {value!r}, {wanted.by} says {wanted.value!r}")
        return out + [
            f"{at}: {cells.get(at)!r}, should read {text!r}"
            for at, text in self.sentences.items()
            if cells.get(at) != text
        ]


@dataclass(frozen=True)
class Row:
    """One row of a table: its words, and where its figures stand."""

    register: Register
    row: int
    columns: Mapping[str, int]

    def __getitem__(self, header: str) -> Any:
        return self.register.cells.get((self.row, self.columns[header]))

    def expect(self, header: str, value: float, within: float = CENT, *, by: str) -> None:
        """Expect a figure under a header."""
        self.register.expect((self.row, self.columns[header]), value, within, by)


@dataclass(frozen=True)
class Table:
    """A table of the sheet by its header row."""

    register: Register
    header: int
    columns: Mapping[str, int]

    @property
    def rows(self) -> list[Row]:
        """Its rows, down to the total or the first empty one."""
        out: list[Row] = []
        first = min(self.columns.values())
        row = self.header + 1
        # a lone sentence below the last row is none
        while (
            self.register.cells.get((row, first)) not in (None, "Total")
            and len(self.register.in_row(row)) > 1
        ):
            out.append(Row(self.register, row, self.columns))
            row += 1
        return out

    @property
    def foot(self) -> Row:
        """The row of totals."""
        row = self.header + 1 + len(self.rows)
        assert self.register.cells[row, min(self.columns.values())] == "Total"
        return Row(self.register, row, self.columns)

    def expect(self, what: Callable[[Row], Mapping[str, tuple[float, float]]], by: str) -> None:
        """Expect of every row what ``what`` says of it, figure and tolerance by header."""
        for row in self.rows:
            for header, (value, within) in what(row).items():
                row.expect(header, value, within, by=by)

    def expect_foot(self, headers: Iterator[str] | list[str], by: str) -> None:
        """Expect of the totals what was expected of the rows, added up."""
        for header in headers:
            column = self.columns[header]
            of_rows = [self.register.expected[r.row, column] for r in self.rows]
            value = sum(e.value for e in of_rows if not math.isnan(e.value))
            self.foot.expect(header, round(value, 2), CENT, by=by)
