"""Seeded breaks: each found, named by kind, with its cell and its dollars; none on clean data."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from invval_xl.findings import Finding, RefusedError, Severity
from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.refresh_reserve import refresh_reserve
from invval_xl.sources.demo import BREAK_KINDS, DemoRetailer, generate, inject

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a file's own time has no zone
CODES = {
    "missing receipts": "BS101",
    "duplicate receipts": "BS102",
    "sign flip": "BS103",
    "transposed EOP": "BS104",
    "BOP not equal to prior EOP": "BS105",
    "cost x 10": "BS106",
    "duplicate load": "BS107",
}


@pytest.fixture(scope="module")
def clean() -> DemoRetailer:
    return generate(items=40, seed=11, future_weeks=0, keep_events=False)


def found_in(retailer: DemoRetailer, folder: Path) -> tuple[Finding, ...]:
    book = folder / "book.xlsx"
    author(retailer_plans(retailer), book, created=CREATED)
    read = read_book(book)
    try:
        return refresh_reserve(read.value, read_findings=read.findings).findings
    except RefusedError as error:
        return error.findings


def test_every_kind_the_generator_makes_has_its_code() -> None:
    assert set(CODES) == set(BREAK_KINDS)


def test_clean_data_stops_nothing(clean: DemoRetailer, tmp_path: Path) -> None:
    found = found_in(clean, tmp_path)
    assert [f for f in found if f.severity is Severity.STOP] == []
    assert [f.code for f in found if f.code in CODES.values()] == []


def _row_of(retailer: DemoRetailer, broken: pd.Series) -> set[str]:
    """Sheet rows a break may be addressed at: its own row, in the order the sheet is written."""
    book = retailer.frames["BalanceSet"].reset_index(drop=True)
    same = (
        (book["sku"] == broken["sku"])
        & (book["location"] == broken["location"])
        & (book["period_end"] == broken["period_end"])
    )
    return {str(i + 2) for i in book.index[same]}


@pytest.mark.parametrize("kind", list(CODES))
def test_each_break_is_named_with_its_cell_and_dollars(
    kind: str, clean: DemoRetailer, tmp_path: Path
) -> None:
    broken, truth = inject(clean, [kind], seed=5)
    named = [f for f in found_in(broken, tmp_path) if f.code == CODES[kind]]
    assert named
    assert all(f.severity is Severity.STOP for f in named)
    for _, planted in truth.iterrows():
        rows = _row_of(broken, planted)
        here = [f for f in named if f.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") in rows]
        assert here, (planted["sku"], planted["location"], planted["period_end"])
        dollars = [f.dollars for f in here]
        assert any(d == pytest.approx(planted["dollars"], abs=0.02) for d in dollars), dollars
