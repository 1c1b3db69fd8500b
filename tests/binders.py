"""A binder exported once a test run, and ways to damage a copy of it one cell at a time."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from invval_xl.hosts.file.cell_rows import CellReader
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import open_book
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.laid import CellRow, LaidCell

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KINDS", "Edit", "draw_edits", "edited", "patched", "sheet_cells"]

KINDS = ("value", "formula", "text", "cached")


@dataclass(frozen=True)
class Edit:
    """One cell changed: where, what stood, what stands now."""

    sheet: str
    row: int
    column: int
    kind: str
    was: LaidCell
    now: LaidCell

    @property
    def cell(self) -> str:
        return f"{column_letter(self.column)}{self.row}"


def sheet_cells(book: Path) -> dict[str, list[CellRow]]:
    """Every sheet of a workbook, cell by cell."""
    reader = CellReader(open_book(book, Limits()).value)
    return {name: list(reader.rows(name)) for name in reader.sheets}


def draw_edits(cells: dict[str, list[CellRow]], count: int, seed: int) -> Iterator[Edit]:
    """``count`` random changes, sheet by sheet in turn, of the kinds a cell can suffer."""
    luck = random.Random(seed)
    names = list(cells)
    for i in range(count):
        sheet = names[i % len(names)]
        row, held = luck.choice(cells[sheet])
        column = luck.choice(list(held))
        was = held[column]
        kind = luck.choice(KINDS)
        if kind == "formula":
            now = replace(was, formula=f"{was.formula}+0" if was.formula else "=1+1")
        elif kind == "cached" and was.formula:
            now = replace(was, value=other(was.value, luck))
        elif kind == "text":
            now = LaidCell(f"{was.value}'")
        else:
            now = LaidCell(other(was.value, luck))
        yield Edit(sheet, row, column, kind, was, now)


def other(value: object, luck: random.Random) -> float | str | bool:
    """Another value of the same kind: a figure moves by a cent or more, a word by a letter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value + luck.choice((0.01, -0.01, 1.0, 1000.0))
    return f"{value or ''}x"


def edited(rows: list[CellRow], edit: Edit) -> Callable[[], Iterator[CellRow]]:
    """The rows of the sheet with one cell changed."""

    def read() -> Iterator[CellRow]:
        for row, held in rows:
            yield (row, {**held, edit.column: edit.now}) if row == edit.row else (row, held)

    return read


def patched(book: Path, out: Path, edit: Edit, part: str) -> Path:
    """The workbook with one cell of its XML changed, every other byte of content as it was."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename == part:
                pattern = re.compile(rb'<c r="%b"([^>]*?)(?:/>|>.*?</c>)' % edit.cell.encode())
                assert len(pattern.findall(data)) == 1
                data = pattern.sub(lambda m: _cell(edit, m[1]), data)
            target.writestr(item, data)
    return out


def _cell(edit: Edit, attributes: bytes) -> bytes:
    style = re.search(rb' s="\d+"', attributes)
    mark = style[0] if style else b""
    value = edit.now.value
    formula = f"<f>{_escaped(edit.now.formula[1:])}</f>" if edit.now.formula else ""
    kind = "b" if isinstance(value, bool) else "str" if isinstance(value, str) else "n"
    shown = str(int(value)) if isinstance(value, bool) else (
        repr(value) if isinstance(value, float) else _escaped(str(value or ""))
    )  # fmt: skip
    return (
        f'<c r="{edit.cell}"'.encode() + mark + f' t="{kind}">{formula}<v>{shown}</v></c>'.encode()
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
