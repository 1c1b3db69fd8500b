"""Read a workbook into a RawBook: the sheets that answer to a contract, cell for cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invval_xl.findings import Checked, Finding, MisuseError
from invval_xl.guidance.register import finding
from invval_xl.hosts.file.archive import refuse
from invval_xl.hosts.file.careful import Context
from invval_xl.hosts.file.cells import ColumnStore
from invval_xl.hosts.file.companion import Area, Surroundings, area_of, fill_merges, read_tables
from invval_xl.hosts.file.limits import Limits
from invval_xl.hosts.file.preflight import OpenedBook, open_book
from invval_xl.hosts.file.sheet import scan_sheet
from invval_xl.hosts.file.strings import read_strings
from invval_xl.hosts.file.styles import Styles, read_styles
from invval_xl.tables.contracts import CONTROL, Contract
from invval_xl.tables.grid import Grid, RawBook, column_letter
from invval_xl.tables.headers import locate, match_sheet
from invval_xl.tables.rows import declared_totals

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from invval_xl.hosts.file.layout import SheetEntry

__all__ = ["read_book", "read_opened", "read_sheet"]

_WORKSHEET = "worksheet"
_WIDE_MERGE = 100_000
_DIMENSION_SLACK = 1_000


def read_book(path: Path, *, limits: Limits | None = None) -> Checked[RawBook]:
    """Read a workbook from disk.

    Sheets that answer to a contract (:func:`~invval_xl.tables.headers.match_sheet`) are read in
    full; of others only the name and state are kept. Nothing is followed, run or calculated.

    Parameters
    ----------
    path
        An .xlsx or .xlsm file.
    limits
        Bounds; the defaults of :class:`~invval_xl.hosts.file.limits.Limits`.

    Returns
    -------
    Checked[RawBook]
        Grids with exact sheet addresses, and WARN and NOTE findings on the file.

    Raises
    ------
    MisuseError
        No such file.
    RefusedError
        The file cannot or must not be read; each case by its WB code.
    """
    opened = open_book(path, limits or Limits())
    read = read_opened(opened.value)
    return Checked(read.value, (*opened.findings, *read.findings))


def read_opened(book: OpenedBook) -> Checked[RawBook]:
    """Read the sheets of a workbook that passed the preflight; see :func:`read_book`."""
    context = _Shared(book)
    grids: dict[str, Grid] = {}
    findings: list[Finding] = []
    for entry in book.layout.sheets:
        contract = match_sheet(entry.name) if entry.kind == _WORKSHEET else None
        if contract is None:
            grids[entry.name] = Grid(entry.name, (), (), 1, state=entry.state)
            continue
        read = _contract_sheet(_scan(book, entry, context), contract)
        grids[entry.name] = read.value
        findings += read.findings
    return Checked(RawBook(book.facts, grids), tuple(findings))


def read_sheet(path: Path, sheet: str, *, limits: Limits | None = None) -> Checked[Grid]:
    """Read one sheet of any name, whatever stands in it: every row is body, from row 1 on.

    Parameters
    ----------
    path
        An .xlsx or .xlsm file.
    sheet
        The sheet's name as the workbook spells it.
    limits
        Bounds; the defaults of :class:`~invval_xl.hosts.file.limits.Limits`.

    Raises
    ------
    MisuseError
        No such file, or no worksheet of that name.
    RefusedError
        The file cannot or must not be read; each case by its WB code.
    """
    opened = open_book(path, limits or Limits())
    book = opened.value
    for entry in book.layout.sheets:
        if entry.name == sheet and entry.kind == _WORKSHEET:
            scanned = _scan(book, entry, _Shared(book))
            grid = _grid(scanned, [], 1, body=True)
            return Checked(grid, (*opened.findings, *_notes(scanned, 1)))
    raise MisuseError(f"{path.name} has no worksheet called {sheet!r}.")


class _Shared:
    """The workbook's formats and shared strings, read when the first sheet asks for them."""

    def __init__(self, book: OpenedBook) -> None:
        self._book = book
        self._held: tuple[NDArray[np.object_], Styles] | None = None

    def context(self, sheet: str, part: str) -> Context:
        """What the cells of one sheet refer to."""
        package, layout = self._book.package, self._book.layout
        if self._held is None:
            self._held = (
                read_strings(package, layout.strings),
                read_styles(package, layout.styles),
            )
        return Context(package.name, sheet, part, *self._held, layout.date_1904)


@dataclass(frozen=True)
class _Scanned:
    """One sheet as scanned, before it is cut into top and body."""

    book: OpenedBook
    entry: SheetEntry
    store: ColumnStore
    around: Surroundings
    sha256: str
    hidden_rows: frozenset[int]
    totals: tuple[Area, ...]
    filtered: bool


def _scan(book: OpenedBook, entry: SheetEntry, shared: _Shared) -> _Scanned:
    """Read the part of one sheet and of its tables."""
    package = book.package
    part = package.find(entry.part)
    if part is None:
        raise refuse("WB114", sheet=entry.name, name=package.name, part=entry.part)
    limits = package.limits
    context = shared.context(entry.name, part)
    store = ColumnStore(
        entry.name, columns=limits.columns, cells=limits.cells, styles=context.styles
    )
    around = Surroundings(entry.name, limits)
    scan = scan_sheet(package, context, store, around)
    totals, filtered = read_tables(package, part) if around.has_tables else ((), False)
    filtered = filtered or around.filtered
    return _Scanned(book, entry, store, around, scan.sha256, scan.hidden_rows, totals, filtered)


def _contract_sheet(scanned: _Scanned, contract: Contract) -> Checked[Grid]:
    """Cut a sheet into the rows above the body and the body, and say what is odd about it."""
    limits, store = scanned.book.package.limits, scanned.store
    settings = contract.name == CONTROL.name
    top = store.top(limits.settings_rows if settings else limits.top_rows)
    fill_merges(top, scanned.around.merges)
    place = None if settings else locate(contract, top)
    body_row = place.body_row if place else len(top) + 1
    findings = _notes(scanned, body_row)
    if settings and store.lowest > len(top):
        sheet, below, last = scanned.entry.name, len(top) + 1, store.lowest
        findings.append(finding("WB306", sheet=sheet, rows=below, last=last))
    grid = _grid(scanned, top, body_row, body=place is not None)
    if place:
        areas = [(a.top, a.bottom, a.left, a.right) for a in scanned.totals]
        grid = replace(grid, totals_rows=declared_totals(contract, place, areas))
    return Checked(grid, tuple(findings))


def _grid(scanned: _Scanned, top: list[list[object]], body_row: int, *, body: bool) -> Grid:
    return Grid(
        sheet=scanned.entry.name,
        top=tuple(tuple(row) for row in top[: body_row - 1]),
        body=scanned.store.body(body_row) if body else (),
        body_row=body_row,
        hidden_rows=scanned.hidden_rows,
        hidden_columns=frozenset(scanned.around.hidden_columns),
        filtered=scanned.filtered,
        merged=tuple(a.ref for a in scanned.around.merges if a.bottom >= body_row),
        state=scanned.entry.state,
        sha256=scanned.sha256,
        formulas=scanned.store.formulas,
    )


def _notes(scanned: _Scanned, body_row: int) -> list[Finding]:
    """Say what the file host has to say of one sheet."""
    entry, store, around = scanned.entry, scanned.store, scanned.around
    found: list[Finding] = []
    name = entry.name
    if entry.state != "visible":
        found.append(finding("WB405", sheet=name, sheet_name=name, state=entry.state))
    if store.strays:
        cell = store.first_stray
        last = column_letter(scanned.book.package.limits.columns)
        found.append(
            finding(
                "WB301", sheet=name, cell=cell, address=cell, cells=store.strays, last_column=last
            )
        )
    # A workbook we wrote into asks for recalculation too, but its formulas keep their values.
    if scanned.book.layout.recalculate and store.formulas and store.zeros == store.formulas:
        found.append(finding("WB303", sheet=name, formulas=store.formulas))
    wide = [a for a in around.merges if a.bottom >= body_row and a.cells > _WIDE_MERGE]
    found += [finding("WB304", sheet=name, cell=a.ref, ref=a.ref, area=a.cells) for a in wide[:5]]
    declared = area_of(around.dimension)
    if declared and _false_dimension(declared, store):
        seen = f"{column_letter(max(store.widest, 1))}{max(store.lowest, 1)}"
        found.append(finding("WB409", sheet=name, declared=around.dimension, seen=seen))
    return found


def _false_dimension(declared: Area, store: ColumnStore) -> bool:
    """Whether the declared range reaches far beyond the last cell."""
    rows, columns = declared.bottom - store.last[0], declared.right - store.widest
    return rows > _DIMENSION_SLACK or columns > _DIMENSION_SLACK
