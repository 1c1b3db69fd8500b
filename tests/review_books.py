"""Small books to review, and typing on their C-7 as an analyst would."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import openpyxl

from invval_xl.__main__ import main
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate

if TYPE_CHECKING:
    from pathlib import Path

CREATED = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a cell has no zone
DAY = dt.datetime(2026, 11, 5)  # noqa: DTZ001 - as above
REVIEWER = "Marcus Oyelaran"
PREPARER = "Dana Whitfield"


def small_book(
    path: Path, *, periods: int = 3, seed: int = 5, items: int = 10, sales_weeks: int = 30
) -> Path:
    """Ten items in one shop, authored as a workbook."""
    retailer = generate(items=items, locations=1, weeks=130, seed=seed, future_weeks=0,
                        keep_events=False, periods=periods, sales_weeks=sales_weeks)  # fmt: skip
    author(retailer_plans(retailer), path, created=CREATED)
    return path


def modify(reserve: float, **more: Any) -> dict[str, Any]:
    return {"Decision": "modify", "Decided Reserve": reserve, "Reason Code": "liquidator quote",
            "Reviewer": REVIEWER, "Date": DAY, **more}  # fmt: skip


def accept(**more: Any) -> dict[str, Any]:
    return {"Decision": "accept", "Reason Code": "agreed as proposed", "Reviewer": REVIEWER,
            "Date": DAY, **more}  # fmt: skip


def close(book: Path) -> None:
    """Sign a recorded book off, step by step."""
    for step, who in (("prepare", PREPARER), ("review", REVIEWER), ("finalise", REVIEWER)):
        assert main(["sign-off", str(book), "--as", step, "--who", who]) == 0


def header(sheet: Any) -> tuple[int, dict[str, int]]:
    for row in sheet.iter_rows():
        names = {c.value: c.column for c in row if isinstance(c.value, str)}
        if {"SKU", "Decision", "Proposal Hash"} <= set(names):
            return row[0].row, names
    raise AssertionError("C-7 has no table of lines")


def lines_of(book: Path) -> list[dict[str, Any]]:
    """The rows of C-7's table, by header; ``row`` is the sheet row."""
    sheet = openpyxl.load_workbook(book, data_only=True)["C-7 Review"]
    top, names = header(sheet)
    out = []
    for row in range(top + 1, sheet.max_row + 1):
        said = {name: sheet.cell(row, column).value for name, column in names.items()}
        if said["SKU"] is None:
            break
        out.append({**said, "row": row})
    return out


def type_in(book: Path, typed: dict[str, dict[str, Any]]) -> None:
    """Type into the lines of C-7, by SKU."""
    opened = openpyxl.load_workbook(book)
    sheet = opened["C-7 Review"]
    top, names = header(sheet)
    left = dict(typed)
    for row in range(top + 1, sheet.max_row + 1):
        said = left.pop(sheet.cell(row, names["SKU"]).value, None)
        for name, value in (said or {}).items():
            sheet.cell(row, names[name]).value = value
    assert not left, f"no line of {sorted(left)}"
    opened.save(book)


def stand_at(book: Path, which: int, *, gl_reserve: float = 0.0) -> list[dt.datetime]:
    """Put Control at the ``which``-th period end of the balance set, tied to a ledger; all ends.

    Layers and openings of another date are taken out, as its own workbook would not hold them.
    """
    opened = openpyxl.load_workbook(book)
    rows = opened["BalanceSet"].iter_rows(values_only=True)
    names = list(next(rows))
    at, cost = names.index("Period End"), names.index("EOP Cost")
    held: dict[dt.datetime, float] = {}
    for row in rows:
        if row[at] is not None:
            held[row[at]] = held.get(row[at], 0.0) + row[cost]
    ends = sorted(held)
    control = {row[0].value: row[1] for row in opened["Control"].iter_rows() if row[0].value}
    control["Period End"].value = ends[which]
    control["GL Inventory"].value = round(held[ends[which]], 2)
    control["GL Reserve"].value = gl_reserve
    for name in ("CostLayers", "OpeningReserve", "Quality"):
        if name in opened.sheetnames:
            del opened[name]
    opened.save(book)
    return ends
