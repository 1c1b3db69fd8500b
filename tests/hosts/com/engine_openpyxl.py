"""An xlwings engine over openpyxl, on xlwings' own base classes: Excel's part, played honestly.

Raw values are COM's: floats, text, booleans, datetimes, ``None``, errors as status codes. What is
written is taken as Excel takes it: ``=...`` a formula, ``'...`` text, an empty text an empty cell.
Members our code does not use are not here, so that use of them fails.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import re
from types import SimpleNamespace
from typing import Any

import openpyxl
import xlwings as xw
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.protection import Protection
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook.defined_name import DefinedName
from xlwings import base_classes

from invval_xl.functions.errors import SPELLINGS

_PLACE = 2146828288
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how a file spells a character XML may not hold


class Engine:
    name = "openpyxl"
    type = "desktop"

    def __init__(self) -> None:
        self.app = App(self)

    @property
    def apps(self) -> Any:
        return Apps(self)

    @staticmethod
    def prepare_xl_data_element(x: Any, _: Any) -> Any:
        return "" if x is None else x


class Apps(base_classes.Apps):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([self.engine.app])

    def keys(self) -> list[int]:
        return [1]

    def __getitem__(self, pid: int) -> Any:
        return self.engine.app


class App(base_classes.App):
    pid = 1
    hwnd = 1
    selection: Any = None

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.open: list[Book] = []
        self.told: list[Any] = []
        self.settings = {
            "screen_updating": True,
            "display_alerts": True,
            "enable_events": True,
            "calculation": "automatic",
            "interactive": True,
            "status_bar": False,
        }
        self.calculated = 0
        self.opened: list[tuple[str, bool]] = []

    api = None

    @property
    def books(self) -> Any:
        return Books(self)

    def calculate(self) -> None:
        self.calculated += 1


def _setting(name: str) -> property:
    def get(self: App) -> Any:
        return self.settings[name]

    def put(self: App, value: Any) -> None:
        self.settings[name] = value
        self.told.append((name, value))

    return property(get, put)


for _name in (
    "screen_updating",
    "display_alerts",
    "enable_events",
    "calculation",
    "interactive",
    "status_bar",
):
    setattr(App, _name, _setting(_name))


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self.app = app

    def __len__(self) -> int:
        return len(self.app.open)

    def __iter__(self) -> Any:
        return iter(self.app.open)

    def __call__(self, key: Any) -> Any:
        if isinstance(key, int):
            return self.app.open[key - 1]
        for book in self.app.open:
            if key in (book.name, book.path):
                return book
        raise KeyError(key)

    def open(self, fullname: str, update_links: Any = None, read_only: Any = None, *_: Any) -> Any:
        assert update_links is None
        self.app.opened.append((fullname, bool(read_only)))
        book = Book(self.app, fullname)
        self.app.open.append(book)
        return book


class Book(base_classes.Book):
    def __init__(self, app: App, path: str) -> None:
        self._app, self.path = app, str(path)
        self.wb = openpyxl.load_workbook(path)
        self.cached: dict[tuple[int, int, int], Any] = {}
        with_formulas = [
            (sheet, cell)
            for sheet in self.wb.worksheets
            for cell in sheet._cells.values()
            if cell.data_type == "f"
        ]
        if with_formulas:
            seen = openpyxl.load_workbook(path, data_only=True)
            for sheet, cell in with_formulas:
                shown = seen[sheet.title].cell(cell.row, cell.column).value
                self.cached[id(sheet), cell.row, cell.column] = shown
        self.protected: set[int] = set()
        locked = bool(self.wb.security and self.wb.security.lockStructure)
        self.api = SimpleNamespace(Saved=True, ProtectStructure=locked)

    api = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def fullname(self) -> str:
        return self.path

    @property
    def app(self) -> Any:
        return self._app

    @property
    def sheets(self) -> Any:
        return Sheets(self)

    @property
    def names(self) -> Any:
        return Names(self.wb.defined_names)

    def save(self, path: Any = None, password: Any = None) -> None:
        self.wb.save(path or self.path)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def active(self) -> Any:
        return Sheet(self.book, self.book.wb.active)

    def __call__(self, key: Any) -> Any:
        if isinstance(key, int):
            return Sheet(self.book, self.book.wb.worksheets[key - 1])
        for sheet in self.book.wb.worksheets:
            if sheet.title.casefold() == key.casefold():
                return Sheet(self.book, sheet)
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.book.wb.worksheets)

    def __iter__(self) -> Any:
        return iter([Sheet(self.book, sheet) for sheet in self.book.wb.worksheets])

    def add(self, before: Any, after: Any, name: str | None) -> Any:
        assert before is None
        if self.book.api.ProtectStructure:
            raise RuntimeError("Workbook is protected and cannot be changed.")
        place = self.book.wb.worksheets.index(after.ws) + 1
        made = self.book.wb.create_sheet(name, place)
        self.book.wb.active = place
        return Sheet(self.book, made)


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, ws: Any) -> None:
        self._book, self.ws = book, ws

    @property
    def api(self) -> Any:
        held = self._book.protected
        return SimpleNamespace(
            ProtectContents=id(self.ws) in held,
            Unprotect=lambda: held.discard(id(self.ws)),
            Protect=lambda: held.add(id(self.ws)),
            PageSetup=self.ws.__dict__.setdefault("_page_told", SimpleNamespace()),
            Tab=self.ws.__dict__.setdefault("_tab_told", SimpleNamespace()),
        )

    @property
    def name(self) -> str:
        return self.ws.title

    @name.setter
    def name(self, value: str) -> None:
        self.ws.title = value

    @property
    def names(self) -> Any:
        return Names(self.ws.defined_names, self.ws.title)

    @property
    def book(self) -> Any:
        return self._book

    @property
    def index(self) -> int:
        return self._book.wb.worksheets.index(self.ws) + 1

    @property
    def visible(self) -> Any:
        return {"visible": -1, "hidden": 0, "veryHidden": 2}[self.ws.sheet_state]

    @visible.setter
    def visible(self, value: Any) -> None:
        self.ws.sheet_state = "visible" if value else "hidden"

    @property
    def show_gridlines(self) -> bool:
        return self.ws.sheet_view.showGridLines

    @show_gridlines.setter
    def show_gridlines(self, value: bool) -> None:
        self.ws.sheet_view.showGridLines = value

    @property
    def freeze_panes(self) -> Any:
        def freeze_at(frozen: Any) -> None:
            _, _, right, bottom = range_boundaries(
                frozen if isinstance(frozen, str) else frozen.get_address(False, False)
            )
            row = 0 if bottom is None else bottom
            column = 0 if right is None else right
            self.ws.freeze_panes = f"{get_column_letter(column + 1)}{row + 1}"

        return SimpleNamespace(freeze_at=freeze_at)

    @property
    def page_setup(self) -> Any:
        ws = self.ws

        class Page(base_classes.PageSetup):
            @property
            def print_area(self) -> Any:
                return ws.print_area

            @print_area.setter
            def print_area(self, value: Any) -> None:
                ws.print_area = value

        return Page()

    @property
    def charts(self) -> Any:
        return Charts(self.ws.__dict__.setdefault("_charts_told", []))

    @property
    def tables(self) -> Any:
        return Tables(self)

    @property
    def used_range(self) -> Any:
        return Range(self, 1, 1, max(1, self.ws.max_row), max(1, self.ws.max_column))

    @property
    def cells(self) -> Any:
        return Range(self, 1, 1, 1_048_576, 16_384)

    def range(self, arg1: Any, arg2: Any = None) -> Any:
        if isinstance(arg1, str):
            boxes = []
            for part in arg1.replace("$", "").split(","):
                left, top, right, bottom = range_boundaries(part)
                boxes.append((top or 1, left or 1, bottom or 1_048_576, right or 16_384))
            top, left, bottom, right = boxes[0]
            made = Range(self, top, left, bottom, right)
            made.boxes = boxes
            return made
        if isinstance(arg1, tuple) and len(arg1) == 4:  # row, column, rows, columns
            row, column, rows, columns = arg1
            return Range(self, row, column, row + rows - 1, column + columns - 1)
        first = (arg1.r0, arg1.c0) if isinstance(arg1, Range) else arg1
        if arg2 is None:
            return Range(self, *first, *first)
        last = (arg2.r1, arg2.c1) if isinstance(arg2, Range) else arg2
        return Range(self, *first, *last)

    def activate(self) -> None:
        self._book.wb.active = self._book.wb.worksheets.index(self.ws)

    def clear(self) -> None:
        for merged in list(self.ws.merged_cells.ranges):
            self.ws.unmerge_cells(str(merged))
        self.ws._cells.clear()

    def delete(self) -> None:
        self._book.wb.remove(self.ws)

    def copy(self, before: Any, after: Any) -> None:
        assert before is None
        made = self._book.wb.copy_worksheet(self.ws)
        for name, defined in self.ws.defined_names.items():
            made.defined_names[name] = copy.copy(defined)
        for row in self.ws.iter_rows():
            for cell in row:
                key = (id(self.ws), cell.row, cell.column)
                if key in self._book.cached:
                    self._book.cached[id(made), cell.row, cell.column] = self._book.cached[key]
        place = self._book.wb.worksheets.index(after.ws) + 1
        sheets = self._book.wb._sheets
        sheets.insert(place, sheets.pop(sheets.index(made)))


class Tables(base_classes.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def __len__(self) -> int:
        return len(self.sheet.ws.tables)

    def __iter__(self) -> Any:
        return iter([Table(self.sheet, held) for held in self.sheet.ws.tables.values()])


class Table(base_classes.Table):
    def __init__(self, sheet: Sheet, held: Any) -> None:
        self.sheet, self.held = sheet, held

    @property
    def show_totals(self) -> bool:
        return bool(self.held.totalsRowCount)

    @property
    def totals_row_range(self) -> Any:
        assert self.show_totals  # Excel has no such range to give
        left, _, right, bottom = range_boundaries(self.held.ref)
        return Range(self.sheet, bottom, left, bottom, right)


_NUMBERS = itertools.count(1)


class Charts(base_classes.Collection):
    """Charts as Excel holds them: a list, each with its series."""

    def __init__(self, held: list[Any]) -> None:
        self.held = held

    def __iter__(self) -> Any:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __call__(self, key: Any) -> Any:
        return (
            self.held[key - 1]
            if isinstance(key, int)
            else next(c for c in self.held if c.name == key)
        )

    def add(self, left: float, top: float, width: float, height: float, **asked: Any) -> Any:
        assert {k for k, v in asked.items() if v is not None} <= {"style"}
        made = Chart(self.held, f"Chart {next(_NUMBERS)}", (left, top, width, height))
        self.held.append(made)
        return made


class Chart(base_classes.Chart):
    def __init__(self, held: list[Any], name: str, place: tuple[float, ...]) -> None:
        self.held, self._name, self.place = held, name, place
        self.drawn: list[Any] = [SimpleNamespace(Delete=lambda: self.drawn.pop(0))]
        self.told: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def api(self) -> Any:
        def new() -> Any:
            look = SimpleNamespace(ForeColor=SimpleNamespace(RGB=None))
            line = SimpleNamespace(ForeColor=SimpleNamespace(RGB=None))
            made = SimpleNamespace(Format=SimpleNamespace(Fill=look, Line=line))
            self.drawn.append(made)
            return made

        def collection(index: int | None = None) -> Any:
            if index is not None:
                return self.drawn[index - 1]
            return SimpleNamespace(Count=len(self.drawn), NewSeries=new)

        return (None, SimpleNamespace(SeriesCollection=collection))

    def delete(self) -> None:
        self.held.remove(self)


def _kept(name: str) -> property:
    return property(
        lambda self: self.told.get(name), lambda self, value: self.told.__setitem__(name, value)
    )


for _name in ("chart_type", "style", "title"):
    setattr(Chart, _name, _kept(_name))


class Names(base_classes.Names):
    def __init__(self, held: Any, sheet: str = "") -> None:
        self.held, self.sheet = held, sheet

    def __len__(self) -> int:
        return len(self.held)

    def __call__(self, key: Any) -> Any:
        name = list(self.held)[key - 1] if isinstance(key, int) else key.rpartition("!")[2]
        return Name(self.held, name, self.sheet)

    def contains(self, key: Any) -> bool:
        return key in self.held

    def add(self, name: str, refers_to: str) -> Any:
        self.held[name] = DefinedName(name, attr_text=refers_to.removeprefix("="))
        return Name(self.held, name, self.sheet)


class Name(base_classes.Name):
    def __init__(self, held: Any, name: str, sheet: str) -> None:
        self.held, self.key, self.sheet = held, name, sheet

    @property
    def name(self) -> str:
        return f"{self.sheet}!{self.key}" if self.sheet else self.key

    @property
    def refers_to(self) -> str:
        return f"={self.held[self.key].attr_text}"

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self.held[self.key].attr_text = value.removeprefix("=")

    def delete(self) -> None:
        del self.held[self.key]


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        self._sheet = sheet
        self.r0, self.c0, self.r1, self.c1 = top, left, bottom, right
        self.boxes = [(top, left, bottom, right)]

    max_cells_per_read = None
    max_cells_per_write = None

    def select(self) -> None:
        self._sheet._book.app.selection = self

    @property
    def api(self) -> Any:
        rng = self

        class Native:
            def AutoFilter(self) -> None:  # noqa: N802
                rng._sheet.ws.auto_filter.ref = rng.get_address(False, False)

            def __setattr__(self, name: str, value: Any) -> None:
                assert name == "Locked", name
                for cell in rng._every():
                    cell.protection = Protection(locked=value)

            @property
            def Hyperlinks(self) -> Any:  # noqa: N802
                def add(_anchor: Any, address: str, sub: str) -> None:
                    assert address == ""
                    cell = rng._sheet.ws.cell(rng.r0, rng.c0)
                    cell.hyperlink = f"#{sub}"

                return SimpleNamespace(Add=add)

        return Native()

    @property
    def sheet(self) -> Any:
        return self._sheet

    @property
    def row(self) -> int:
        return self.r0

    @property
    def column(self) -> int:
        return self.c0

    @property
    def shape(self) -> tuple[int, int]:
        return self.r1 - self.r0 + 1, self.c1 - self.c0 + 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, arg1: int, arg2: int | None = None) -> Any:
        if arg2 is None:
            row, column = divmod(arg1 - 1, self.shape[1])
            return Range(self._sheet, *(self.r0 + row, self.c0 + column) * 2)
        return Range(self._sheet, *(self.r0 + arg1 - 1, self.c0 + arg2 - 1) * 2)

    def get_address(self, row_absolute: bool, column_absolute: bool, external: bool = False) -> str:
        rows, columns = ("$" if row_absolute else ""), ("$" if column_absolute else "")
        first = f"{columns}{get_column_letter(self.c0)}{rows}{self.r0}"
        if self.shape == (1, 1):
            return first
        return f"{first}:{columns}{get_column_letter(self.c1)}{rows}{self.r1}"

    @property
    def address(self) -> str:
        return self.get_address(True, True)

    def _every(self) -> Any:
        for top, left, bottom, right in self.boxes:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    yield self._sheet.ws.cell(row, column)

    def _seen(self, cell: Any) -> Any:
        if cell is None:
            return None
        value, kind = cell.value, cell.data_type
        if kind == "f":
            value = self._sheet._book.cached.get((id(self._sheet.ws), cell.row, cell.column))
            kind = "e" if isinstance(value, str) and value in SPELLINGS else ""
        if kind == "e":
            return SPELLINGS[value] - _PLACE
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return dt.datetime.combine(value, dt.time())
        if isinstance(value, str) and kind in {"s", "inlineStr"}:
            return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), value)
        return value

    @property
    def raw_value(self) -> Any:
        held = self._sheet.ws._cells
        rows = tuple(
            tuple(self._seen(held.get((r, c))) for c in range(self.c0, self.c1 + 1))
            for r in range(self.r0, self.r1 + 1)
        )
        return rows[0][0] if self.shape == (1, 1) else rows

    @property
    def formula(self) -> Any:
        held = self._sheet.ws._cells
        rows = tuple(
            tuple(
                "" if (cell := held.get((r, c))) is None or cell.value is None else cell.value
                for c in range(self.c0, self.c1 + 1)
            )
            for r in range(self.r0, self.r1 + 1)
        )
        return rows[0][0] if self.shape == (1, 1) else rows

    @formula.setter
    def formula(self, rows: Any) -> None:
        if not isinstance(rows, (list, tuple)):
            rows = [[rows]]
        assert (len(rows), len(rows[0])) == self.shape
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                self._enter(self.r0 + i, self.c0 + j, value)

    def _enter(self, row: int, column: int, value: Any) -> None:
        self._sheet._book.api.Saved = False
        held = self._sheet.ws._cells
        self._sheet._book.cached.pop((id(self._sheet.ws), row, column), None)
        if value == "" and isinstance(value, str):
            if (row, column) in held:
                held[row, column].value = None
            return
        cell = self._sheet.ws.cell(row, column)
        if isinstance(value, str) and value.startswith("'"):
            cell.value = value[1:]
            cell.data_type = "s"
        else:
            cell.value = value

    def clear(self) -> None:
        for cell in self._every():
            self._sheet.ws._cells.pop((cell.row, cell.column), None)

    def copy(self, destination: Any) -> None:
        target = destination.impl
        for row in range(self.shape[0]):
            for column in range(self.shape[1]):
                source = self._sheet.ws._cells.get((self.r0 + row, self.c0 + column))
                if source is None:
                    continue
                put = target._sheet.ws.cell(target.r0 + row, target.c0 + column)
                put.value, put.data_type = source.value, source.data_type
                put._style = copy.copy(source._style)
                was = self._sheet._book.cached.get((id(self._sheet.ws), source.row, source.column))
                if source.data_type == "f":
                    self._sheet._book.cached[id(target._sheet.ws), put.row, put.column] = was
        for merged in self._sheet.ws.merged_cells.ranges:
            target._sheet.ws.merge_cells(str(merged))

    def get_special_cells(self, kind: str, value_type: Any) -> Any:
        assert value_type is None
        if kind == "formulas":
            return [
                Range(self._sheet, cell.row, cell.column, cell.row, cell.column)
                for cell in self._sheet.ws._cells.values()
                if cell.data_type == "f"
            ]
        assert kind == "visible"
        rows = self._sheet.ws.row_dimensions
        columns = self._sheet.ws.column_dimensions
        out, start = [], None
        shown = [c for c in range(self.c0, self.c1 + 1) if not columns[get_column_letter(c)].hidden]
        for row in range(self.r0, self.r1 + 2):
            visible = row <= self.r1 and not (row in rows and rows[row].hidden)
            if visible and start is None:
                start = row
            elif not visible and start is not None:
                out += [Range(self._sheet, start, c, row - 1, c) for c in shown]
                start = None
        return out

    def _one(self, values: Any) -> Any:
        found = set(values)
        return found.pop() if len(found) == 1 else None

    @property
    def number_format(self) -> Any:
        return self._one(cell.number_format for cell in self._every())

    @number_format.setter
    def number_format(self, value: str) -> None:
        for cell in self._every():
            cell.number_format = value

    @property
    def merge_cells(self) -> Any:
        inside = 0
        for merged in self._sheet.ws.merged_cells.ranges:
            rows = min(merged.max_row, self.r1) - max(merged.min_row, self.r0) + 1
            columns = min(merged.max_col, self.c1) - max(merged.min_col, self.c0) + 1
            inside += max(rows, 0) * max(columns, 0)
        return inside == len(self) if inside in (0, len(self)) else None

    @property
    def merge_area(self) -> Any:
        for merged in self._sheet.ws.merged_cells.ranges:
            if (
                merged.min_row <= self.r0 <= merged.max_row
                and merged.min_col <= self.c0 <= merged.max_col
            ):
                return Range(
                    self._sheet, merged.min_row, merged.min_col, merged.max_row, merged.max_col
                )
        return self

    def merge(self, across: bool) -> None:
        self._sheet.ws.merge_cells(self.get_address(False, False))

    @property
    def font(self) -> Any:
        return _Font(self)

    @property
    def borders(self) -> Any:
        return _Borders(self)

    @property
    def color(self) -> Any:
        return None

    @color.setter
    def color(self, value: str) -> None:
        fill = PatternFill("solid", fgColor=value.removeprefix("#"))
        for cell in self._every():
            cell.fill = fill

    @property
    def column_width(self) -> Any:
        return self._sheet.ws.column_dimensions[get_column_letter(self.c0)].width

    @column_width.setter
    def column_width(self, value: float) -> None:
        self._sheet.ws.column_dimensions[get_column_letter(self.c0)].width = value

    @property
    def left(self) -> float:
        return 48.0 * (self.c0 - 1)

    @property
    def top(self) -> float:
        return 15.0 * (self.r0 - 1)

    @property
    def row_height(self) -> Any:
        return self._sheet.ws.row_dimensions[self.r0].height

    @row_height.setter
    def row_height(self, value: float) -> None:
        self._sheet.ws.row_dimensions[self.r0].height = value

    def _align(self, **what: Any) -> None:
        for cell in self._every():
            old = cell.alignment
            cell.alignment = Alignment(
                **{
                    "horizontal": old.horizontal,
                    "vertical": old.vertical,
                    "wrap_text": old.wrap_text,
                    "indent": old.indent,
                }
                | what
            )

    @property
    def horizontal_alignment(self) -> Any:
        return None

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        self._align(horizontal=value)

    @property
    def vertical_alignment(self) -> Any:
        return None

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self._align(vertical=value)

    @property
    def wrap_text(self) -> Any:
        return None

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self._align(wrap_text=value)

    def adjust_indent(self, amount: int) -> None:
        self._align(indent=amount)

    @property
    def data_validation(self) -> Any:
        return _Validation(self)

    @property
    def conditional_formats(self) -> Any:
        return _Conditionals(self)


class _Font(base_classes.Font):
    def __init__(self, rng: Range) -> None:
        self.rng = rng
        self.api = _FontApi(rng)

    api = None

    def _set(self, **what: Any) -> None:
        for cell in self.rng._every():
            font = copy.copy(cell.font)
            for name, value in what.items():
                setattr(font, name, value)
            cell.font = font

    bold = property(lambda _: None, lambda self, value: self._set(b=value))
    italic = property(lambda _: None, lambda self, value: self._set(i=value))
    size = property(lambda _: None, lambda self, value: self._set(sz=value))
    color = property(
        lambda _: None,
        lambda self, value: self._set(color=Font(color=str(value).removeprefix("#")).color),
    )


class _FontApi:
    def __init__(self, rng: Range) -> None:
        self.__dict__["rng"] = rng

    def __setattr__(self, name: str, value: Any) -> None:
        assert (name, value) == ("Underline", 2)
        for cell in self.rng._every():
            font = copy.copy(cell.font)
            font.u = "single"
            cell.font = font


class _Borders(base_classes.Borders):
    def __init__(self, rng: Range) -> None:
        self.rng = rng

    def set(self, which: Any, **what: Any) -> None:
        for side in which if isinstance(which, (list, tuple)) else [which]:
            name = side.removeprefix("edge_")
            style = what["weight"] if what["line_style"] == "continuous" else "double"
            for cell in self.rng._every():
                old = cell.border
                cell.border = Border(**{"top": old.top, "bottom": old.bottom, name: Side(style)})


class _Validation(base_classes.DataValidation):
    def __init__(self, rng: Range) -> None:
        self.rng = rng

    def _told(self, *what: Any) -> None:
        self.rng._sheet.ws.__dict__.setdefault("_validations_told", []).append(
            (self.rng.address, *what)
        )

    def set_list(self, source: Any, in_cell_dropdown: bool) -> None:
        self._told("list", source, in_cell_dropdown)

    def set_rule(self, rule_type: str, operator: str, formula1: Any, formula2: Any) -> None:
        self._told(rule_type, operator, formula1, formula2)


class _Conditionals(base_classes.ConditionalFormats):
    def __init__(self, rng: Range) -> None:
        self.rng = rng

    def _told(self, kind: str, spec: Any) -> Any:
        told = self.rng._sheet.ws.__dict__.setdefault("_conditionals_told", [])
        told.append((self.rng.address, kind, spec))
        return base_classes.ConditionalFormat()

    def add_custom(self, spec: Any) -> Any:
        return self._told("custom", spec)

    def add_data_bar(self, spec: Any) -> Any:
        return self._told("data_bar", spec)


def open_book(path: Any) -> tuple[xw.Book, App]:
    """The workbook at ``path`` as Excel would show it, and its application."""
    engine = Engine()
    if "openpyxl" not in [e.name for e in xw.engines]:
        xw.engines.add(xw.Engine(impl=engine))
    impl = Book(engine.app, str(path))
    engine.app.open.append(impl)
    return xw.Book(impl=impl), engine.app
