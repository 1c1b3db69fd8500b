"""What stands around a sheet's cells: hidden rows and columns, filters, merges, tables' totals.

A fast reader sees cells only. These facts decide whether a figure is a figure: a totals row
inside the table doubles the sum, a filter hides what is summed all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from invval_xl.hosts.file.archive import Package, refuse
from invval_xl.hosts.file.layout import relations
from invval_xl.hosts.file.markup import local, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invval_xl.hosts.file.limits import Limits

__all__ = ["Area", "Surroundings", "area_of", "fill_merges", "read_tables"]

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")
_CRITERIA = {"filters", "customFilters", "top10", "dynamicFilter", "colorFilter", "iconFilter"}
_TRUE = {"1", "true"}


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, 1-based, both ends in it."""

    ref: str
    top: int
    left: int
    bottom: int
    right: int

    @property
    def cells(self) -> int:
        """How many cells it covers."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def area_of(ref: str) -> Area | None:
    """Read an A1 range; ``None`` where it is none.

    Examples
    --------
    >>> area_of("B2:D4")
    Area(ref='B2:D4', top=2, left=2, bottom=4, right=4)
    >>> area_of("#REF!") is None
    True
    """
    match = _RANGE.fullmatch(ref)
    if match is None:
        return None
    left, top = _column(match[1]), int(match[2])
    right = _column(match[3]) if match[3] else left
    bottom = int(match[4]) if match[4] else top
    return Area(ref, min(top, bottom), min(left, right), max(top, bottom), max(left, right))


@dataclass
class Surroundings:
    """Collects the facts around ``sheetData`` from elements as they open.

    Parameters
    ----------
    sheet
        The sheet's name, for messages.
    limits
        Bounds.
    """

    sheet: str
    limits: Limits
    dimension: str = ""
    hidden_columns: set[int] = field(default_factory=set)
    filtered: bool = False
    merges: list[Area] = field(default_factory=list)
    has_tables: bool = False

    def started(self, tag: str, attributes: dict[str, str]) -> None:
        """An element outside ``sheetData`` opens."""
        name = local(tag)
        if name == "dimension":
            self.dimension = attributes.get("ref", "")
        elif name == "col":
            self._column(attributes)
        elif name in _CRITERIA:
            self.filtered = True
        elif name == "sheetPr":
            self.filtered = self.filtered or attributes.get("filterMode") in _TRUE
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "tablePart":
            self.has_tables = True

    def _column(self, attributes: dict[str, str]) -> None:
        """Note hidden columns; only those that are read matter."""
        if attributes.get("hidden") not in _TRUE:
            return
        low, high = attributes.get("min", ""), attributes.get("max", "")
        if all(s.isascii() and s.isdigit() and len(s) < len("123456") for s in (low, high)):
            last = min(int(high), self.limits.columns)
            self.hidden_columns.update(range(max(int(low), 1), last + 1))

    def _merge(self, ref: str) -> None:
        area = area_of(ref)
        if area is None:
            return
        self.merges.append(area)
        if len(self.merges) > self.limits.merges:
            limit = self.limits.merges
            raise refuse("WB210", sheet=self.sheet, sheet_name=self.sheet, limit=limit)


def fill_merges(top: list[list[object]], merges: Sequence[Area]) -> None:
    """Give every cell of a merged range above the body the value of its first cell, in place."""
    for area in merges:
        if area.top > len(top) or area.left > len(top[area.top - 1]):
            continue
        value = top[area.top - 1][area.left - 1]
        if value is None:
            continue
        for row in top[area.top - 1 : area.bottom]:
            for column in range(area.left - 1, min(area.right, len(row))):
                if row[column] is None:
                    row[column] = value


def read_tables(package: Package, sheet_part: str) -> tuple[tuple[Area, ...], bool]:
    """Totals rows that the sheet's Excel tables declare, and whether one of them is filtered."""
    totals: list[Area] = []
    filtered = False

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal filtered
        if tag == "table":
            count = attributes.get("totalsRowCount", "0")
            area = area_of(attributes.get("ref", ""))
            if area and count.isascii() and count.isdigit() and len(count) < len("1234"):
                first = max(area.bottom - int(count) + 1, area.top)
                if int(count):
                    totals.append(replace(area, top=first))
        elif tag in _CRITERIA:
            filtered = True

    for relation in relations(package, sheet_part):
        part = package.find(relation.target) if relation.kind == "table" else None
        if part and not relation.external:
            walk(package, part, started)
    return tuple(totals), filtered
