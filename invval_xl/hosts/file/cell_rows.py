"""Any sheet of a workbook cell by cell, formulas included: what a verification reads.

:mod:`invval_xl.hosts.file.read` reads input sheets fast and by columns and looks at no formula;
this one reads papers, in row order and bounded memory, after the same preflight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invval_xl.hosts.file.archive import refuse
from invval_xl.hosts.file.formulas import following
from invval_xl.hosts.file.markup import local, new_parser, steps
from invval_xl.hosts.file.strings import read_strings, unescaped
from invval_xl.workpapers.laid import CellRow, LaidCell, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from invval_xl.hosts.file.layout import SheetEntry
    from invval_xl.hosts.file.preflight import OpenedBook

__all__ = ["CellReader"]

_FUTURE = re.compile(r"_xl(?:fn|ws)\.")
_ADDRESS = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_BASE = 64


@dataclass
class CellReader:
    """Reads the sheets of an opened workbook; the shared strings once."""

    book: OpenedBook
    _strings: NDArray[np.object_] | None = field(default=None, repr=False)

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the worksheets, in order."""
        return tuple(s.name for s in self.book.layout.sheets if s.kind == "worksheet")

    def rows(self, sheet: str) -> Iterator[CellRow]:
        """The rows of ``sheet`` that hold anything.

        Raises
        ------
        RefusedError
            A part that is missing or not well-formed, a cell without a place.
        """
        entry = next(s for s in self.book.layout.sheets if s.name == sheet)
        package = self.book.package
        part = package.find(entry.part)
        if part is None:
            raise refuse("WB114", sheet=sheet, name=package.name, part=entry.part)
        if self._strings is None:
            self._strings = read_strings(package, self.book.layout.strings)
        reading = _Reading(entry, part, package.name, self._strings)
        parser = new_parser()
        parser.StartElementHandler = reading.started
        parser.EndElementHandler = reading.ended
        parser.CharacterDataHandler = reading.text
        for _ in steps(parser, package.stream(part), name=package.name, part=part):
            yield from reading.taken()


class _Shared:
    """A formula and what it reads in the other cells that share it."""

    def __init__(self, formula: str, row: int, column: int) -> None:
        self._column = column
        self._below = following(formula, row)

    def at(self, row: int, column: int) -> str:
        """The formula of the cell there."""
        below = self._below(row)
        if column == self._column:
            return below
        from openpyxl.formula.translate import Translator

        from invval_xl.tables.grid import column_letter

        origin, place = (f"{column_letter(c)}{row}" for c in (self._column, column))
        return str(Translator(below, origin=origin).translate_formula(place))


@dataclass
class _Reading:
    """The state of one pass over a sheet's XML."""

    entry: SheetEntry
    part: str
    name: str
    strings: NDArray[np.object_]
    done: list[CellRow] = field(default_factory=list)
    cells: dict[int, LaidCell] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    kind: str = ""
    inside: str = ""
    words: list[str] = field(default_factory=list)
    formula: str = ""
    form: dict[str, str] = field(default_factory=dict)
    value: str | None = None
    phonetic: int = 0
    shared: dict[str, _Shared] = field(default_factory=dict)

    def taken(self) -> list[CellRow]:
        """The rows finished since the last call."""
        done, self.done = self.done, []
        return done

    def started(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = local(tag)
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column, self.cells = 0, {}
        elif name == "c":
            self._open_cell(attributes)
        elif name in ("v", "f", "t"):
            self.inside, self.words = ("" if self.phonetic else name), []
            if name == "f":
                self.form = attributes
        elif name == "rPh":
            self.phonetic += 1

    def text(self, words: str) -> None:
        """Text inside an element that holds some."""
        if self.inside:
            self.words.append(words)

    def ended(self, tag: str) -> None:
        """An element ends."""
        name = local(tag)
        if name in ("v", "t") and self.inside:
            self.value = (self.value or "") + "".join(self.words)
            self.inside = ""
        elif name == "f":
            self.formula, self.inside = self._formula("".join(self.words)), ""
        elif name == "rPh":
            self.phonetic -= 1
        elif name == "c":
            value = self._read()
            if value is not None or self.formula:
                self.cells[self.column] = LaidCell(value, self.formula)
        elif name == "row" and self.cells:
            self.done.append((self.row, self.cells))
            self.cells = {}

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self.column += 1
        else:
            found = _ADDRESS.match(place)
            if found is None or int(found[2]) != self.row:
                why = f"the cell {place!r} is not where it says"
                raise refuse("WB113", name=self.name, part=self.part, why=why)
            self.column = 0
            for letter in found[1]:
                self.column = self.column * 26 + ord(letter) - _BASE
        self.kind = attributes.get("t", "n")
        self.formula, self.value = "", None

    def _formula(self, text: str) -> str:
        """The formula as typed; of a shared one the cell's own."""
        index = self.form.get("si", "") if self.form.get("t") == "shared" else ""
        if index and not text and index in self.shared:
            return self.shared[index].at(self.row, self.column)
        typed = f"={_FUTURE.sub('', text)}"
        if index and text:
            self.shared[index] = _Shared(typed, self.row, self.column)
        return f"{{{typed}}}" if self.form.get("t") == "array" else typed

    def _read(self) -> Value:
        """The value by the cell's type; an error reads as its spelling."""
        text = self.value
        if text is None:
            return "" if self.formula else None
        if self.kind == "s":
            at = int(text)
            return str(self.strings[at]) if 0 <= at < len(self.strings) else text
        if self.kind == "b":
            return text.strip() in ("1", "true")
        if self.kind in ("str", "inlineStr", "e", "d"):
            return unescaped(text) or ("" if self.formula else None)
        try:
            return float(text)
        except ValueError:
            return text
