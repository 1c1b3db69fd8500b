"""What every paper's frame says of its sources, its ticks and its exceptions."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from invval_xl.findings import Severity
from invval_xl.guidance.register import register
from invval_xl.tables.grid import column_letter
from invval_xl.workpapers.paper import column_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invval_xl.findings import Finding
    from invval_xl.tables.table import Tables
    from invval_xl.workpapers.paper import Sheet

__all__ = ["TICKS", "exceptions_of", "join_papers", "lay_exceptions", "lay_legend", "stated_inputs"]

TICKS: tuple[tuple[str, str], ...] = (
    ("F", "footed: the column adds to the total shown"),
    ("CF", "cross-footed: the parts of each row add to its total"),
    ("RC", "recomputed by native formulas from the paper's inputs, equal to this run's figure"),
    ("GL", "agreed to the general ledger balance stated in Control"),
    ("PY", "agreed to the prior-period closing stated in OpeningReserve"),
    ("IC", "internally consistent with the paper its formula names"),
)

_HOLDS: Mapping[str, tuple[str, ...]] = {
    "C-0 Index": ("TB", "WB"),
    "C-2 Balance Set": ("BS", "CL"),
    "C-3 LCNRV": ("PR", "FW", "RV1", "RV207", "RV4"),
    "C-4 Rollforward": ("RV203", "RV204", "RV205", "RV206", "RV208", "RV3"),
    "C-5 Journal": ("RV5",),
    "C-7 Review": ("RW",),
    "C-10 Model": ("MD",),
}
"""Which findings, by the beginning of their code, are exceptions of which paper."""

_SHOWN = 8
_MOST_WORDS = 400


def stated_inputs(tables: Tables, names: Sequence[str]) -> list[str]:
    """Information produced by the entity: file, sheet, rows, control total, hash; one line each."""
    lines = []
    for name in names:
        table = tables.get(name)
        if table is None:
            lines.append(f"{name}: not in the workbook.")
            continue
        totals = sorted(table.control_totals.items(), key=lambda kv: weight(kv[0]))
        total = f", {totals[0][0].replace('_', ' ')} {totals[0][1]:,.2f}" if totals else ""
        digest = f", sha256 {table.sha256[:12]}" if table.sha256 else ""
        lines.append(
            f"{name}: {tables.facts.name}, sheet {table.sheet}, {len(table):,} rows{total}{digest}"
        )
    return lines


def weight(name: str) -> tuple[int, str]:
    """The measure a reader would check first: ending cost, then sales, then any."""
    first = ("eop_cost", "net_sales", "opening_reserve", "units", "price")
    return (first.index(name) if name in first else len(first), name)


def exceptions_of(paper: str, findings: Sequence[Finding]) -> list[str]:
    """The warnings that are this paper's, by code: first in full, the rest counted."""
    begins = _HOLDS.get(paper, ())
    own = [f for f in findings if f.severity is not Severity.NOTE and f.code.startswith(begins)]
    if not begins:
        return []
    lines = []
    for code, group in groupby(sorted(own, key=lambda f: f.code), key=lambda f: f.code):
        alike = list(group)
        more = f" ({len(alike) - 1:,} more on C-12)" if len(alike) > 1 else ""
        told = alike[0].message
        told = told if len(told) <= _MOST_WORDS else told[:_MOST_WORDS] + "..."
        lines.append(f"{code} {register()[code].title}: {told}{more}")
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"{len(lines) - _SHOWN} further kinds: see C-12."]
    return lines


def lay_legend(sheet: Sheet, columns: int) -> None:
    """The meaning of the ticks that stand on the paper, and of no others."""
    placed = {mark for marks, _ in sheet.ticks for mark in marks.split()}
    if not placed:
        return
    sheet.section("Ticks", columns)
    start = sheet.row
    for mark, meaning in TICKS:
        if mark in placed:
            sheet.put(sheet.row, 1, mark, "tick_legend")
            sheet.put(sheet.row, 2, meaning, "text")
            sheet.row += 1
    sheet.put(sheet.row, 1, "!", "stop_center")
    sheet.put(sheet.row, 2, "what the tick stands for does not hold", "text")
    sheet.row += 1
    sheet.keep(start, sheet.row - 1)
    sheet.space()


def lay_exceptions(sheet: Sheet, columns: int) -> None:
    """What was met on the paper, and how many of its ticks do not hold now."""
    sheet.section("Exceptions", columns)
    for line in sheet.exceptions:
        sheet.text(line)
    if not sheet.exceptions:
        sheet.text("None met while this paper was made.")
    if sheet.ticks:
        failing = sum(cell.style == "tick" and cell.value == "!" for cell in sheet.cells)
        sheet.facts(
            [
                (
                    "Ticks that do not hold",
                    float(failing),
                    "count",
                    "=" + "+".join(f'COUNTIF({ref},"!")' for ref in _runs(sheet)),
                )
            ]
        )
    sheet.space()


def _runs(sheet: Sheet) -> list[str]:
    """The tick cells, neighbours in a row joined to one range."""
    cells = sorted(
        (int(address.split("$")[2]), column_number(address.split("$")[1]))
        for _, address in sheet.ticks
    )
    runs: list[list[int]] = []
    for row, column in cells:
        if runs and runs[-1][0] == row and runs[-1][2] == column - 1:
            runs[-1][2] = column
        else:
            runs.append([row, column, column])
    return [
        f"${column_letter(first)}${row}:${column_letter(last)}${row}" for row, first, last in runs
    ]


def join_papers(sheets: Mapping[str, Sheet]) -> None:
    """Make every reference run both ways: a paper that is linked to links back.

    The index is left out: it links to all, and all link to it from their first row.
    """
    led: dict[str, list[str]] = {
        name: list(dict.fromkeys(
            cell.link.split("'")[1] for cell in sheet.cells if cell.link.startswith("'")
        ))
        for name, sheet in sheets.items()
    }  # fmt: skip
    for name, sheet in sheets.items():
        row, column = sheet.see_also
        if not row:
            continue
        missing = [
            other
            for other, targets in led.items()
            if name in targets and other not in {*led[name], name, "C-0 Index"}
        ]
        for offset, other in enumerate(missing):
            sheet.put(row, column + offset, other, "link", link=f"'{other}'!A1")
