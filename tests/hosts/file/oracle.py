# A sheet's dates have no zone.
# ruff: noqa: DTZ001
"""The other reader: openpyxl's view of a sheet, cell by cell, to compare ours with."""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
from lxml import etree

from invval_xl.hosts.file.cells import serial_datetime
from invval_xl.tables.grid import Grid, Kind

if TYPE_CHECKING:
    from pathlib import Path

_EPOCH = dt.datetime(1899, 12, 30)


def ours(grid: Grid) -> dict[tuple[int, int], tuple[str, object]]:
    """Every cell of a body-only grid that holds something, by its address."""
    found = {}
    for c, cells in enumerate(grid.body, 1):
        for i in np.flatnonzero(cells.kind).tolist():
            kind = Kind(int(cells.kind[i]))
            place = (grid.body_row + i, c)
            if kind in {Kind.TEXT, Kind.ERROR}:
                assert cells.text is not None
                found[place] = (kind.name, cells.text[i])
            elif kind is Kind.UNCALCULATED:
                found[place] = (kind.name, None)
            elif kind is Kind.DATE:
                found[place] = (kind.name, serial_datetime(float(cells.number[i])))
            elif kind is Kind.BOOLEAN:
                found[place] = (kind.name, bool(cells.number[i]))
            else:
                found[place] = (kind.name, float(cells.number[i]))
    return found


def _as_datetime(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, dt.timedelta):
        return _EPOCH + value
    assert isinstance(value, dt.time)
    return _EPOCH + dt.timedelta(
        hours=value.hour, minutes=value.minute, seconds=value.second,
        microseconds=value.microsecond,
    )  # fmt: skip


def _uncalculated(path: Path, sheet: str) -> set[str]:
    """Addresses of formulas without a stored value, straight from the XML (openpyxl cannot say)."""
    workbook = openpyxl.load_workbook(path, read_only=True)
    part = workbook[sheet]._worksheet_path  # type: ignore[union-attr]
    workbook.close()
    with zipfile.ZipFile(path) as package:
        tree = etree.fromstring(package.read(part))
    return {
        cell.get("r")
        for cell in tree.iter("{*}c")
        if cell.find("{*}f") is not None
        and (cell.find("{*}v") is None or (not cell.find("{*}v").text and cell.get("t") != "str"))
    }


def theirs(path: Path, sheet: str) -> dict[tuple[int, int], tuple[str, object]]:
    """The same by openpyxl; a formula never calculated by lxml."""
    values = openpyxl.load_workbook(path, data_only=True)[sheet]
    empty = _uncalculated(path, sheet)
    found = {}
    for cell in values._cells.values():  # only those that the file holds
        value = cell.value
        place = (cell.row, cell.column)
        if cell.coordinate in empty:
            found[place] = ("UNCALCULATED", None)
        elif value is None or value == "":
            continue
        elif cell.data_type == "e":
            found[place] = ("ERROR", value)
        elif isinstance(value, bool):
            found[place] = ("BOOLEAN", value)
        elif isinstance(value, int | float):
            found[place] = ("NUMBER", float(value))
        elif isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
            found[place] = ("DATE", _as_datetime(value))
        else:
            found[place] = ("TEXT", value)
    return found


def differences(
    a: dict[tuple[int, int], tuple[str, object]], b: dict[tuple[int, int], tuple[str, object]]
) -> list[object]:
    """Cells that differ; moments within a millisecond are one."""
    found = []
    for place in sorted(a.keys() | b.keys()):
        x, y = a.get(place), b.get(place)
        if x == y:
            continue
        if x and y and x[0] == y[0] == "DATE":
            assert isinstance(x[1], dt.datetime)
            assert isinstance(y[1], dt.datetime)
            if abs((x[1] - y[1]).total_seconds()) < 0.002:
                continue
        if x and y and x[0] == y[0] == "NUMBER" and math.isclose(x[1], y[1], rel_tol=1e-15):
            continue
        found.append((place, x, y))
    return found
