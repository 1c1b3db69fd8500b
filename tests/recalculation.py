"""A second computation of every formula we write: LibreOffice with forced recalculation, IronCalc.

LibreOffice does not recalculate an .xlsx on load unless its profile says so; the profile made here
says so, and ``test_the_check_would_notice`` proves that a wrong cached value is found.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple

__all__ = ["Difference", "differences", "ironcalc_values", "libreoffice_values"]

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CENT = 0.005

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

Values = dict[tuple[str, str], object]


@dataclass(frozen=True)
class Difference:
    """One formula cell whose recalculated value is not the one we cached."""

    sheet: str
    cell: str
    formula: str
    cached: object
    recalculated: object


def formulas(book: Path) -> dict[tuple[str, str], str]:
    """Every formula of the workbook by sheet and cell."""
    return _formulas(book, *_mark(book))


def values(book: Path) -> Values:
    """Every cached value of the workbook by sheet and cell."""
    return _values(book, *_mark(book))


def _mark(book: Path) -> tuple[int, int]:
    """What tells a file that was written again: a file is read once for all who ask."""
    known = book.stat()
    return known.st_mtime_ns, known.st_size


@functools.lru_cache(maxsize=4)
def _formulas(book: Path, _written: int, _size: int) -> dict[tuple[str, str], str]:
    return {k: str(v.value) for k, v in _cells(book, data_only=False) if v.data_type == "f"}


@functools.lru_cache(maxsize=4)
def _values(book: Path, _written: int, _size: int) -> Values:
    return {k: v.value for k, v in _cells(book, data_only=True) if v.value is not None}


def _cells(book: Path, *, data_only: bool) -> Iterator[tuple[tuple[str, str], Any]]:
    loaded = openpyxl.load_workbook(book, read_only=True, data_only=data_only)
    try:
        for sheet in loaded.worksheets:
            sheet.reset_dimensions()  # what is there counts, not what the sheet says of itself
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is not None:
                        yield (sheet.title, cell.coordinate), cell
    finally:
        loaded.close()


def libreoffice_values(book: Path) -> Values:
    """Cell values after LibreOffice opened the workbook, recalculated it and saved it."""
    assert SOFFICE is not None, "LibreOffice is not installed"
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        out = Path(folder) / "out"
        for _attempt in range(2):  # the first start of a new profile may end with code 81
            subprocess.run(
                [
                    SOFFICE,
                    f"-env:UserInstallation=file://{profile}",
                    "--headless",
                    "--convert-to",
                    "xlsx:Calc MS Excel 2007 XML",
                    "--outdir",
                    str(out),
                    str(book),
                ],
                check=False,
                capture_output=True,
                timeout=300,
            )
            made = out / book.name
            if made.exists():
                return values(made)
        message = f"LibreOffice made nothing of {book}"
        raise AssertionError(message)


def ironcalc_values(book: Path, wanted: dict[tuple[str, str], str]) -> Values:
    """Values of the ``wanted`` cells after IronCalc evaluated the workbook."""
    import ironcalc

    model = ironcalc.load_from_xlsx(str(book), "en", "UTC", "en")
    model.evaluate()
    sheets = {s["name"]: i for i, s in enumerate(model.get_worksheets_properties())}
    found: Values = {}
    for sheet, cell in wanted:
        row, column = coordinate_to_tuple(cell)
        found[sheet, cell] = model.get_cell_value(sheets[sheet], row, column)
    return found


def differences(book: Path, recalculated: Values, *, tolerance: float = CENT) -> list[Difference]:
    """Formula cells whose recalculated value differs from the cached one by a cent or more."""
    cached = values(book)
    out = []
    for (sheet, cell), formula in formulas(book).items():
        ours, theirs = cached.get((sheet, cell), ""), recalculated.get((sheet, cell), "")
        ours, theirs = ours if ours is not None else "", theirs if theirs is not None else ""
        if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
            same = abs(ours - theirs) < tolerance
        else:
            same = ours == theirs
        if not same:
            out.append(Difference(sheet, cell, formula, ours, theirs))
    return out
