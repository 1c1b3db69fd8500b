"""Record decisions and Next item, pressed through xlwings' own server on the open workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from invval_xl.hosts.com.review import next_line
from invval_xl.ledger.store import Ledger
from tests.hosts.com.engine_openpyxl import open_book
from tests.hosts.com.test_refresh import press
from tests.review_books import header, modify, small_book


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_book(tmp_path_factory.mktemp("buttons") / "book.xlsx")


def test_typed_on_the_screen_recorded_and_carried(made: Path, tmp_path: Path, server) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(made.read_bytes())
    book, app = open_book(path)
    book.set_mock_caller()
    text, weight = press(server, "record_decisions")
    assert (weight, "press Refresh first" in text) == ("warn", True)
    assert press(server, "refresh")[1] == "info"
    assert press(server, "next_item") == ["", "info"]
    chosen = app.selection
    sheet = book.impl.wb["C-7 Review"]
    _, names = header(sheet)
    row = chosen.r0
    assert (chosen.c0, sheet.cell(row, names["Status"]).value) == (names["Decision"], "must decide")
    for name, value in modify(321.0).items():
        sheet.cell(row, names[name]).value = value
    sku = sheet.cell(row, names["SKU"]).value
    text, weight = press(server, "refresh")  # what is typed and not recorded stays
    assert weight == "info", text
    sheet = book.impl.wb["C-7 Review"]
    _, names = header(sheet)
    kept = next(r for r in range(1, sheet.max_row) if sheet.cell(r, names["SKU"]).value == sku)
    assert sheet.cell(kept, names["Decided Reserve"]).value == 321.0
    text, weight = press(server, "record_decisions")
    assert (weight, text.startswith("1 decision(s) recorded")) == ("info", True), text
    (entry,) = Ledger(f"sqlite:///{tmp_path / 'invval-ledger.sqlite'}").read(kind="decision")
    assert entry.fact().decided_cents == 321_00
    assert press(server, "refresh")[1] == "info"
    sheet = book.impl.wb["C-7 Review"]
    _, names = header(sheet)
    states = {
        sheet.cell(r, names["SKU"]).value: sheet.cell(r, names["Status"]).value
        for r in range(1, sheet.max_row + 1)
    }
    assert states[sku] == "decided"
    assert next_line(book) == "" or "No line waits" in next_line(book)
    assert not openpyxl.load_workbook(path).sheetnames.count("C-7 Review"), "the file is unsaved"
