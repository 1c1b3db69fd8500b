"""A messy worksheet as lines: titles, two-row headers, blocks side by side, totals rows.

What the config states is taken; what it leaves open is found: the header is where the mapped
words stand, in one row or in two (``Pembelian / Unit``), the upper one merged or not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from invval_xl.findings import RefusedError
from invval_xl.guidance.register import finding
from invval_xl.sources.raw import RawChunk
from invval_xl.tables.dates import date_text
from invval_xl.tables.grid import Kind
from invval_xl.tables.headers import spelling
from invval_xl.tables.words import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from invval_xl.sources.config import Extract
    from invval_xl.tables.grid import Cells, Grid

__all__ = ["Sheet", "header_texts", "sheet_chunks", "sheet_values"]

SEARCHED_ROWS = 40
_AREA = re.compile(r"^([A-Z]{1,3})(\d*):([A-Z]{1,3})(\d*)$")
_LETTER = re.compile(r"^\[([A-Z]{1,3})\]$")
_ZEROS = re.compile(r"^0{2,}$")
_EPOCH = dt.date(1899, 12, 30)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def sheet_values(cells: Cells) -> list[Any]:
    """A column's cells as plain values: ``str``, ``float``, ``datetime.date`` or ``None``.

    A number under a format of zeros (``00000``) is the text it shows; an error or a formula
    never calculated is the text that says so, and will not be typed silently.
    """
    text = cells.text if cells.text is not None else np.full(len(cells), None, dtype=object)
    formats = cells.number_format
    out: list[Any] = [None] * len(cells)
    for i, (kind, number) in enumerate(
        zip(cells.kind.tolist(), cells.number.tolist(), strict=True)
    ):
        if kind == Kind.NUMBER:
            shape = formats if isinstance(formats, str) else formats[i]
            zeros = isinstance(shape, str) and _ZEROS.match(shape) and number == int(number)
            out[i] = str(int(number)).zfill(len(shape)) if zeros else number
        elif kind == Kind.TEXT:
            out[i] = tidy(str(text[i])) or None
        elif kind == Kind.DATE and np.isfinite(number):
            out[i] = _EPOCH + dt.timedelta(days=int(number))
        elif kind == Kind.BOOLEAN:
            out[i] = "TRUE" if number else "FALSE"
        elif kind == Kind.ERROR:
            out[i] = str(text[i] or "#ERROR")
        elif kind == Kind.UNCALCULATED:
            out[i] = "#UNCALCULATED"
    return out


@dataclass(frozen=True, eq=False)
class Sheet:
    """A worksheet's values by column, merged cells filled, and how many rows it has."""

    name: str
    columns: tuple[list[Any], ...]
    rows: int

    @classmethod
    def of(cls, grid: Grid) -> Sheet:
        """Spread what a host read; every row is body and the body begins at row 1."""
        columns = tuple(sheet_values(cells) for cells in grid.body)
        for merged in grid.merged:
            found = _AREA.match(merged)
            if not found or not found[2]:
                continue
            left, right = _index(found[1]), min(_index(found[3]), len(columns) - 1)
            top, bottom = int(found[2]) - 1, min(int(found[4]), grid.rows)
            if left >= len(columns) or top >= grid.rows or top > SEARCHED_ROWS:
                continue
            for c in range(left, right + 1):  # a merged head names every column and row under it
                for r in range(top, min(bottom, SEARCHED_ROWS)):
                    columns[c][r] = columns[left][top]
        return cls(grid.sheet, columns, grid.rows)

    def row(self, number: int) -> list[Any]:
        """Values of 1-based row ``number``."""
        inside = 1 <= number <= self.rows
        return [column[number - 1] if inside else None for column in self.columns]


def header_texts(sheet: Sheet, rows: tuple[int, ...]) -> list[tuple[str, str]]:
    """Upper and lower header of every column; the upper one reaches right over blanks."""
    if not rows:
        return []
    lower = sheet.row(rows[-1])
    upper: list[Any] = sheet.row(rows[0]) if len(rows) > 1 else [None] * len(lower)
    out: list[tuple[str, str]] = []
    last = ""
    for above, below in zip(upper, lower, strict=True):
        if above is not None:
            last = _shown(above)
        elif below is None:
            last = ""
        out.append((last if len(rows) > 1 else "", _shown(below)))
    return out


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:.15g}" if isinstance(value, float) else " ".join(str(value).split())


def _places(
    extract: Extract, heads: list[tuple[str, str]], left: int, right: int
) -> dict[str, list[int]]:
    """Columns that answer to each fact: by letter, by ``upper / lower``, or by the header."""
    out: dict[str, list[int]] = {}
    for fact, wanted in extract.columns.items():
        letter = _LETTER.match(wanted.strip())
        if letter:
            out[fact] = [_index(letter[1])]
            continue
        key = spelling(wanted)
        whole = [
            i
            for i, (up, low) in enumerate(heads)
            if left <= i <= right and key and spelling(f"{up}{low}") == key
        ]
        lower = [
            i for i, (_, low) in enumerate(heads) if left <= i <= right and spelling(low) == key
        ]
        upper = [
            i
            for i, (up, low) in enumerate(heads)
            if left <= i <= right and spelling(up) == key and spelling(low) in {"", key}
        ]
        places = whole or lower or upper
        if places:
            out[fact] = places
    return out


def _find_header(sheet: Sheet, extract: Extract, left: int, right: int) -> tuple[int, ...]:
    """Rows whose words answer to most of the mapped facts; one row wins over two that say no more."""  # noqa: E501
    if extract.header_rows:
        return extract.header_rows
    best: tuple[int, tuple[int, ...]] = (0, ())
    for r in range(1, min(sheet.rows, SEARCHED_ROWS) + 1):
        for rows in ((r,), (r, r + 1)):
            found = len(_places(extract, header_texts(sheet, rows), left, right))
            if found > best[0]:
                best = (found, rows)
    return best[1]


def sheet_chunks(grid: Grid, extract: Extract, source: str) -> Iterator[RawChunk]:
    """Give the lines of one worksheet.

    Raises
    ------
    RefusedError
        IM106 where a mapped header stands nowhere, IM111 where no header was found.
    """
    sheet = Sheet.of(grid)
    left, right, first, last = 0, len(sheet.columns) - 1, extract.first_row, extract.last_row
    if area := _AREA.match(extract.cells):
        left, right = _index(area[1]), _index(area[3])
        first = first or int(area[2] or 0)
        last = last or int(area[4] or 0)
    rows = _find_header(sheet, extract, left, right)
    heads = header_texts(sheet, rows)
    places = _places(extract, heads, left, right)
    missing = [f"{extract.columns[f]} (for {f})" for f in extract.columns if f not in places]
    if missing:
        present = ", ".join(dict.fromkeys(" / ".join(t for t in h if t) for h in heads if any(h)))
        code = "IM106" if rows else "IM111"
        raise RefusedError(
            [
                finding(
                    code,
                    sheet=extract.name,
                    source=f"{source} {sheet.name}".strip(),
                    missing=", ".join(missing),
                    present=present or "none",
                )
            ]
        )
    begin = extract.first_row or max(first, max(rows, default=0) + 1)
    body = range(begin, min(last or sheet.rows, sheet.rows) + 1)
    for across, columns in _blocks(extract, heads, places, left, right):
        yield _block(sheet, extract, source, body, columns, across)


def _blocks(
    extract: Extract,
    heads: list[tuple[str, str]],
    places: Mapping[str, list[int]],
    left: int,
    right: int,
) -> Iterator[tuple[str, dict[str, int]]]:
    """One block, or one for each thing that stands side by side (``across``)."""
    if not extract.across:
        yield "", {fact: at[0] for fact, at in places.items()}
        return
    if extract.across_value:  # the headers themselves are the values: months, warehouses
        taken = {at[0] for at in places.values()}
        common = {fact: at[0] for fact, at in places.items()}
        for i in range(left, min(right, len(heads) - 1) + 1):
            label = heads[i][1] or heads[i][0]
            dated = extract.across != "date" or date_text(label) is not None
            if i not in taken and label and dated:
                yield label, {**common, extract.across_value: i}
        return
    uppers = [up for up, _ in heads]
    repeated = {fact for fact, at in places.items() if len(at) > 1}
    labels = dict.fromkeys(uppers[i] for fact in repeated for i in places[fact])
    for label in labels:
        columns = {fact: at[0] for fact, at in places.items() if fact not in repeated}
        for fact in repeated:
            inside = [i for i in places[fact] if uppers[i] == label]
            if inside:
                columns[fact] = inside[0]
        yield label, columns


def _block(
    sheet: Sheet,
    extract: Extract,
    source: str,
    body: range,
    columns: Mapping[str, int],
    across: str,
) -> RawChunk:
    """The lines of one block: blank rows skipped, totals rows left out and counted."""
    import pyarrow as pa

    held = {
        fact: [sheet.columns[at][r - 1] for r in body]
        if at < len(sheet.columns)
        else [None] * len(body)
        for fact, at in columns.items()
    }
    words = {spelling(w) for w in extract.totals}
    everything = list(zip(*held.values(), strict=True))
    carried = {spelling(f) for f in extract.fill_down}
    own = [f for f in held if spelling(f) not in carried]
    keep: list[int] = []
    left_out: list[tuple[int, str, float, str]] = []
    for i, r in enumerate(body):
        texts = [v for v in everything[i] if isinstance(v, str)]
        total = next((t for t in texts if _is_total(t, words)), None)
        if total is not None:
            figures = [v for v in everything[i] if isinstance(v, float)]
            left_out.append((r, "totals row", max(figures, key=abs, default=float("nan")), total))
        elif any(held[f][i] is not None for f in own):
            keep.append(i)
    repairs: list[tuple[int, str, str, str, str]] = []
    for fact in extract.fill_down:
        values = held.get(fact)
        if values is not None:
            filled = _fill_down(values)
            kept = set(keep)
            repairs += [
                (body[i], fact, "", _shown(values[i]), "fill-down") for i in filled if i in kept
            ]
    label = extract.across_values.get(across, across)
    arrays = {fact: _array([values[i] for i in keep]) for fact, values in held.items()}
    if extract.across:
        arrays[extract.across] = pa.array([label] * len(keep), pa.string())
    numbers = np.array([body[i] for i in keep], dtype=np.int64)
    return RawChunk(source, sheet.name, numbers, arrays, tuple(left_out), tuple(repairs))


def _is_total(text: str, words: set[str]) -> bool:
    key = spelling(text)
    return key in words or any(
        key.startswith(w) and text.casefold().startswith((f"{w} ", f"{w}:")) for w in words
    )


def _fill_down(values: list[Any]) -> list[int]:
    """Fill blanks from above, in place; answer which were filled."""
    last = None
    filled = []
    for i, value in enumerate(values):
        if value is not None:
            last = value
        elif last is not None:
            values[i] = last
            filled.append(i)
    return filled


def _array(values: list[Any]) -> Any:
    """An Arrow array of one type where the cells have one, of text where they are mixed."""
    import pyarrow as pa

    kinds = {type(v) for v in values if v is not None}
    if kinds <= {float}:
        return pa.array(values, pa.float64())
    if kinds == {dt.date}:
        return pa.array(values, pa.date32())
    return pa.array(
        [None if v is None else _shown(v) if not isinstance(v, str) else v for v in values],
        pa.string(),
    )
