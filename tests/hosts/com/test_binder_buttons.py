"""The Export binder and Verify buttons: a new folder beside the saved book, then its steps."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from invval_xl.__main__ import main
from invval_xl.findings import MisuseError
from invval_xl.hosts.com.ribbon import export_book, verify_book
from invval_xl.hosts.com.ribbon_runs import RUNS
from tests.hosts.com.engine_openpyxl import open_book

NOW = dt.datetime(2026, 11, 28, 20, 30, tzinfo=dt.UTC)


@pytest.fixture
def saved(tmp_path, server):
    """A small workbook on disk, open in the stand-in for Excel."""
    assert main(["demo", str(tmp_path), "--items", "12", "--locations", "1"]) == 0
    path = tmp_path / "worked_example.xlsx"
    assert main(["refresh", str(path)]) == 0
    book, _ = open_book(path)
    book.set_mock_caller()
    return book


def test_both_buttons_stand_in_workpapers() -> None:
    assert [r.name for r in RUNS if r.group == "Workpapers"] == ["export_binder", "verify"]


def test_export_writes_a_new_folder_and_verify_says_every_step(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("INVVAL_SOFFICE", "none")
    text = export_book(saved, NOW)
    folder = tmp_path / "worked_example binder 2026-11-28 203000"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["run_id"] in text
    assert folder.name in text
    message, weight = verify_book(saved)
    assert weight == "info"
    assert "Papers: held" in message
    assert len(message) < 1024


def test_a_book_that_was_never_saved_is_refused_in_a_sentence() -> None:
    with pytest.raises(MisuseError, match="save the workbook first"):
        export_book(SimpleNamespace(fullname="Book1", api=None), NOW)
