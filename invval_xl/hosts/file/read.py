"""Read a workbook into a RawBook: the sheets that answer to a contract, cell for cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invval_xl.findings import Checked, Finding
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

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from invval_xl.hosts.file.layout import SheetEntry

__all__ = ["read_book", "read_opened"]

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
    package, layout = book.package, book.layout
    styles: Styles | None = None
    strings: NDArray[np.object_] | None = None
    grids: dict[str, Grid] = {}
    findings: list[Finding] = []
    for entry in layout.sheets:
        contract = match_sheet(entry.name) if entry.kind == "worksheet" else None
        if contract is None:
            grids[entry.name] = Grid(entry.name, (), (), 1, state=entry.state)
            continue
        part = package.find(entry.part)
        if part is None:
            raise refuse("WB114", sheet=entry.name, name=package.name, part=entry.part)
        if styles is None or strings is None:
            styles = read_styles(package, layout.styles)
            strings = read_strings(package, layout.strings)
        context = Context(package.name, entry.name, part, strings, styles, layout.date_1904)
        read = _read_sheet(book, entry, contract, context)
        grids[entry.name] = read.value
        findings += read.findings
    return Checked(RawBook(book.facts, grids), tuple(findings))


def _read_sheet(
    book: OpenedBook, entry: SheetEntry, contract: Contract, context: Context
) -> Checked[Grid]:
    """Read one sheet and cut it into the rows above the body and the body."""
    package = book.package
    limits = package.limits
    store = ColumnStore(
        entry.name, columns=limits.columns, cells=limits.cells, styles=context.styles
    )
    around = Surroundings(entry.name, limits)
    scan = scan_sheet(package, context, store, around)
    totals, filtered = read_tables(package, context.part) if around.has_tables else (set(), False)
    settings = contract.name == CONTROL.name
    top = store.top(limits.settings_rows if settings else limits.top_rows)
    fill_merges(top, around.merges)
    place = None if settings else locate(contract, top)
    body_row = place.body_row if place else len(top) + 1
    findings = [*_notes(entry, store, around, book, body_row)]
    if settings and store.lowest > len(top):
        findings.append(finding("WB306", sheet=entry.name, rows=len(top), last=store.lowest))
    grid = Grid(
        sheet=entry.name,
        top=tuple(tuple(row) for row in top[: body_row - 1]),
        body=store.body(body_row) if place else (),
        body_row=body_row,
        hidden_rows=scan.hidden_rows,
        hidden_columns=frozenset(around.hidden_columns),
        filtered=around.filtered or filtered,
        merged=tuple(a.ref for a in around.merges if a.bottom >= body_row),
        state=entry.state,
        sha256=scan.sha256,
        totals_rows=frozenset(totals),
        formulas=store.formulas,
    )
    return Checked(grid, tuple(findings))


def _notes(
    entry: SheetEntry, store: ColumnStore, around: Surroundings, book: OpenedBook, body_row: int
) -> list[Finding]:
    """What the file host has to say of one sheet."""
    found: list[Finding] = []
    name = entry.name
    if entry.state != "visible":
        found.append(finding("WB405", sheet=name, sheet_name=name, state=entry.state))
    if store.strays:
        facts = {
            "cells": store.strays,
            "last_column": column_letter(book.package.limits.columns),
            "address": store.first_stray,
        }
        found.append(finding("WB301", sheet=name, cell=store.first_stray, **facts))
    if book.layout.recalculate and store.formulas:
        counts = {"formulas": store.formulas, "zeros": store.zeros}
        found.append(finding("WB303", sheet=name, **counts))
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
