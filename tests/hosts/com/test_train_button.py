"""The Train button: refused in a sentence where it must be, and nothing left behind."""

from __future__ import annotations

import datetime as dt

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.com.ribbon import train_book
from invval_xl.hosts.file.model_store import model_folder
from invval_xl.hosts.file.write import author
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from tests.hosts.com.engine_openpyxl import open_book

CREATED = dt.datetime(2026, 11, 2)  # noqa: DTZ001 - a file's own time has no zone


def test_too_little_history_is_a_finding_and_nothing_is_sealed(tmp_path, server):
    path = tmp_path / "young.xlsx"
    retailer = generate(items=24, locations=1, seed=3, future_weeks=0, keep_events=False,
                        periods=2, sales_weeks=6)  # fmt: skip
    author(retailer_plans(retailer), path, created=CREATED)
    book, app = open_book(path)
    book.set_mock_caller()
    with pytest.raises(RefusedError) as refused:
        train_book(book)
    assert "MD209" in {f.code for f in refused.value.findings}
    assert not model_folder(path).exists()
    assert not app.status_bar
