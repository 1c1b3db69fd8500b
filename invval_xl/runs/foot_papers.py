"""Arithmetic on a binder's figures as they stand: feet, cross-feet and ties, no engine needed.

Every column foot (``=ROUND(SUM(A1:A9),2)``) is added up again from the figures above it, and every
row that is a sum of its own cells (``=ROUND($E19+$F19-$G19,2)``) from those beside it. The ties
between papers are read by their labels, as a reader would.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invval_xl.guidance.register import finding
from invval_xl.reserving.decided import DECIDED_TITLE
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.beside_block import BESIDE_TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from invval_xl.findings import Finding
    from invval_xl.workpapers.laid import CellRow, Value

__all__ = ["Footed", "Tied", "foot_sheet", "tie_papers"]

_FOOT = re.compile(r"^=(ROUND\()?SUM\(\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)\)(?(1),2\))$")
_ACROSS = re.compile(r"^=ROUND\(((?:[+-]?\$?[A-Z]{1,3}\$?\d+)+),2\)$")
_TERM = re.compile(r"([+-]?)\$?([A-Z]{1,3})\$?(\d+)")
_CENT = 0.005
_UNROUNDED = 1e-6


@dataclass(frozen=True)
class Footed:
    """How many feet and cross-feet of a sheet were added up, and those that do not hold."""

    feet: int
    across: int
    findings: tuple[Finding, ...]


def foot_sheet(sheet: str, rows: Callable[[], Iterable[CellRow]]) -> Footed:
    """Add up every foot and every cross-foot of a sheet again.

    Parameters
    ----------
    rows
        Reads the sheet from the top; called twice.
    """
    feet: list[tuple[int, int, bool, tuple[int, int, int], Value]] = []
    found: list[Finding] = []
    crossed = 0
    for row, cells in rows():
        for column, cell in cells.items():
            foot = _FOOT.match(cell.formula) if cell.formula else None
            if foot is not None and foot[2] == foot[4]:
                span = (_index(foot[2]), int(foot[3]), int(foot[5]))
                feet.append((row, column, bool(foot[1]), span, cell.value))
                continue
            across = _ACROSS.match(cell.formula) if cell.formula else None
            if across is None:
                continue
            terms = _TERM.findall(across[1])
            if len(terms) < 2 or any(int(at) != row for _, _, at in terms):  # noqa: PLR2004 - parts
                continue
            crossed += 1
            parts = [
                (-1.0 if sign == "-" else 1.0) * _figure(cells, _index(letters))
                for sign, letters, _ in terms
            ]
            found += _off(sheet, row, column, cell.value, math.fsum(parts), _CENT)
    sums = _sums(rows, {span for _, _, _, span, _ in feet})
    for row, column, rounded, span, value in feet:
        tolerance = _CENT if rounded else _UNROUNDED
        found += _off(sheet, row, column, value, sums[span], tolerance)
    return Footed(len(feet), crossed, tuple(found))


def _sums(
    rows: Callable[[], Iterable[CellRow]], wanted: set[tuple[int, int, int]]
) -> dict[tuple[int, int, int], float]:
    """The sum of each run of cells ``(column, first row, last row)``."""
    parts: dict[tuple[int, int, int], list[float]] = {span: [] for span in wanted}
    by_column: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for span in wanted:
        by_column[span[0]].append(span)
    if wanted:
        for row, cells in rows():
            for column, spans in by_column.items():
                cell = cells.get(column)
                if cell is None or isinstance(cell.value, bool | str) or cell.value is None:
                    continue
                for span in spans:
                    if span[1] <= row <= span[2]:
                        parts[span].append(cell.value)
    return {span: math.fsum(values) for span, values in parts.items()}


def _off(
    sheet: str, row: int, column: int, value: Value, expected: float, tolerance: float
) -> list[Finding]:
    stands = value if isinstance(value, float) else math.nan
    scale = max(1.0, abs(expected)) if tolerance == _UNROUNDED else 1.0
    if abs(stands - expected) <= tolerance * scale + 1e-9:
        return []
    place = f"{column_letter(column)}{row}"
    return [
        finding(
            "WB815", sheet=sheet, cell=place, dollars=abs(stands - expected),
            place=f"'{sheet}'!{place}", stands=stands, expected=expected,
        )
    ]  # fmt: skip


def _figure(cells: dict, column: int) -> float:  # type: ignore[type-arg]
    cell = cells.get(column)
    value = None if cell is None else cell.value
    return value if isinstance(value, float) else 0.0


def _index(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


@dataclass(frozen=True)
class Tied:
    """How many ties between papers were checked, and those that do not hold."""

    ties: int
    findings: tuple[Finding, ...]


_CHARGED = "Write-down of inventory to net realizable value"

_FEET: dict[str, tuple[str, ...]] = {
    "C-1 Lead": ("Category", "Cost", "Opening Reserve", "Write-down", "Utilization", "Reversal",
                 "Closing Reserve"),
    "C-3 LCNRV": ("SKU", "Tranche", "Cost", "Write-down", "Closing Reserve"),
    "C-4 Rollforward": ("Category", "Opening Reserve", "Charge To Expense",
                        "Charge To Other Accounts", "Utilization", "Reversal", "Closing Reserve"),
}  # fmt: skip
_DECIDED = "Decided Adjustments"
"""Of C-1 and C-4 where a decision of C-7 stands; nil where neither has the column."""
_FACTS: dict[str, tuple[str, ...]] = {
    "C-1 Lead": ("Inventory at cost, this paper", "Cost of rows not valued here (consigned in)",
                 "Inventory at cost per general ledger", "Difference to the ledger"),
}  # fmt: skip
_KEPT = "Inventory at cost kept beside the workbook"
_BESIDE = ("Cost", "Write-down", "Closing Reserve", "Required Reserve", "Cost Not Determined")
"""Of C-1 where an import kept items beside the workbook; nil where it shows everything."""


def tie_papers(rows_of: Callable[[str], Iterable[CellRow]]) -> Tied:
    """Agree the lead to the tests, the roll-forward, the journal and the ledger.

    Parameters
    ----------
    rows_of
        Reads a paper by its name, from the top.
    """
    lead_rows, entries = list(rows_of("C-1 Lead")), list(rows_of("C-5 Journal"))
    short = {"C-1 Lead": lead_rows, "C-5 Journal": entries}  # asked several times, read once

    def rows(paper: str) -> Iterable[CellRow]:
        return short[paper] if paper in short else rows_of(paper)

    at: dict[tuple[str, str], float] = {}
    for paper, headers in _FEET.items():
        for header, value in _feet(rows(paper), headers).items():
            at[paper, header] = value
    for paper, labels in _FACTS.items():
        at |= {(paper, label): v for label, v in _facts(rows(paper), labels).items()}
    for paper in ("C-1 Lead", "C-4 Rollforward"):
        at[paper, _DECIDED] = _feet(rows(paper), (*_FEET[paper], _DECIDED)).get(_DECIDED, 0.0)
    beside = _feet(lead_rows, _BESIDE)
    kept = _facts(lead_rows, (_KEPT,)).get(_KEPT, 0.0)
    charged_beside = _charged(entries, BESIDE_TITLES["charge"])
    at["C-5 Journal", "charge"] = _charged(entries, _CHARGED)
    at["C-5 Journal", _DECIDED] = _charged(entries, DECIDED_TITLE)

    def get(paper: str, name: str) -> float:
        return at.get((paper, name), math.nan)

    lead, tests, roll, journal = "C-1 Lead", "C-3 LCNRV", "C-4 Rollforward", "C-5 Journal"
    moved = (
        get(roll, "Closing Reserve") - get(roll, "Opening Reserve")
        + get(roll, "Utilization") + get(roll, "Reversal") - get(roll, _DECIDED)
    )  # fmt: skip
    charged = get(roll, "Charge To Expense") + get(roll, "Charge To Other Accounts")
    ledger = (
        get(lead, "Inventory at cost, this paper")
        + get(lead, "Cost of rows not valued here (consigned in)")
        + kept
        - get(lead, "Inventory at cost per general ledger")
    )
    pairs = [
        ("The write-down of C-1", get(lead, "Write-down"), "of C-3", get(tests, "Write-down")),
        ("The write-down of C-1", get(lead, "Write-down"), "the charge of C-4", charged),
        ("The charge of C-4", charged, "what its reserve moves by", moved),
        ("The write-down of C-1", get(lead, "Write-down"), "the entry of C-5",
         get(journal, "charge")),
        ("The decided adjustments of C-1", get(lead, _DECIDED), "of C-4", get(roll, _DECIDED)),
        ("The decided adjustments of C-1, up or down", abs(get(lead, _DECIDED)),
         "the entry of C-5", get(journal, _DECIDED)),
        ("The closing reserve of C-1", get(lead, "Closing Reserve"), "of C-4",
         get(roll, "Closing Reserve")),
        ("The opening reserve of C-1", get(lead, "Opening Reserve"), "of C-4",
         get(roll, "Opening Reserve")),
        ("The utilization of C-1", get(lead, "Utilization"), "of C-4", get(roll, "Utilization")),
        ("The cost of C-1", get(lead, "Cost"), "of C-3", get(tests, "Cost")),
        ("The cost in C-1's tie-out", get(lead, "Inventory at cost, this paper"), "its foot",
         get(lead, "Cost")),
        ("The difference to the ledger on C-1", get(lead, "Difference to the ledger"),
         "cost less the ledger's balance", ledger),
        ("The write-down of items kept beside on C-1", beside.get("Write-down", 0.0),
         "the entry of C-5", charged_beside),
        ("The cost of items kept beside on C-1", beside.get("Cost", 0.0), "its tie-out", kept),
    ]  # fmt: skip
    found = [
        finding(
            "WB816", sheet=lead, dollars=None if math.isnan(a - b) else abs(a - b),
            left=left, left_text=_said(a), right=right, right_text=_said(b),
        )
        for left, a, right, b in pairs
        if not abs(a - b) <= _CENT + 1e-9
    ]  # fmt: skip
    return Tied(len(pairs), tuple(found))


def _said(figure: float) -> str:
    return "not found" if math.isnan(figure) else f"{figure:,.2f}"


def _feet(rows: Iterable[CellRow], headers: tuple[str, ...]) -> dict[str, float]:
    """The total row of the first table headed so, by header."""
    at: dict[str, int] = {}
    for _, cells in rows:
        if not at:
            named = {c.value: column for column, c in cells.items() if isinstance(c.value, str)}
            if set(headers) <= named.keys():
                at = {header: named[header] for header in headers}
        elif 1 in cells and cells[1].value == "Total":
            return {
                header: cells[column].value  # type: ignore[misc]
                for header, column in at.items()
                if column in cells and isinstance(cells[column].value, float)
            }
    return {}


def _facts(rows: Iterable[CellRow], labels: tuple[str, ...]) -> dict[str, float]:
    """The figure right of each label in the first column."""
    found: dict[str, float] = {}
    for _, cells in rows:
        label = cells[1].value if 1 in cells else None
        if label in labels and label not in found and 2 in cells:  # noqa: PLR2004 - column B
            value = cells[2].value
            if isinstance(value, float):
                found[str(label)] = value
    return found


def _charged(rows: Iterable[CellRow], title: str) -> float:
    """What the journal debits under ``title``; nothing where it has no such entry."""
    at: dict[str, int] = {}
    debits = []
    for _, cells in rows:
        named = {c.value: column for column, c in cells.items() if isinstance(c.value, str)}
        if {"Entry", "Debit", "Description"} <= named.keys():
            at = {"debit": named["Debit"], "title": named["Description"]}
        elif at and at["title"] in cells and cells[at["title"]].value == title:
            value = cells[at["debit"]].value if at["debit"] in cells else 0.0
            debits.append(value if isinstance(value, float) else math.nan)
    return math.fsum(debits)
