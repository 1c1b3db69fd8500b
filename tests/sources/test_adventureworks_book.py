"""AdventureWorks, a balance set made by others: it foots, and its revaluation line is derived."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from invval_xl.findings import Severity
from invval_xl.hosts.file.read import read_book
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.tables.check import check_book
from tests.adventureworks_book import AS_OF, DATA, balance_set, build, frames, records
from tests.sources.recomputed import KEYS

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/adventureworks_dw absent")


@pytest.fixture(scope="module")
def source():
    return records()


def test_all_records_of_the_source_become_rows_by_surrogate_key(source):
    book = balance_set(source, by="surrogate")
    assert len(book) == len(source) == 26_058
    assert not book.duplicated([*KEYS, "period_end"]).any()


def test_rekeyed_items_are_one_item_by_business_key_and_lose_nothing(source):
    book = balance_set(source, by="business")
    assert len(book) == 21_672
    assert not book.duplicated([*KEYS, "period_end"]).any()
    for measure in ("bop", "receipts", "sales", "eop"):
        assert book[f"{measure}_units"].sum() == source[f"{measure}_units"].sum()
    assert book["eop_cost"].sum() == pytest.approx(source["eop_cost"].sum(), abs=0.5)


def test_revaluation_is_what_the_change_of_unit_cost_did_to_units_brought_forward(source):
    book = balance_set(source, by="surrogate").set_index([*KEYS, "period_end"])["revaluation_cost"]
    change = source.groupby("ProductKey")["unit_cost"].diff().fillna(0.0)
    expected = source["bop_units"] * change
    sku = source["sku"] + "/" + source["ProductKey"].astype(str)
    found = book.loc[list(zip(sku, ["AW"] * len(sku), source["period_end"], strict=True))]
    # three lines rounded to cents each
    assert np.abs(found.to_numpy() - expected.to_numpy()).max() <= 0.02
    assert (found != 0).sum() > 5_000


@pytest.mark.parametrize(
    ("by", "as_of", "rows"),
    [("surrogate", dt.date(2014, 6, 30), 26_058), ("business", AS_OF, 504 * 38)],
)
def test_no_foot_test_finds_a_break(tmp_path, by, as_of, rows):
    out = tmp_path / "adventureworks.xlsx"
    sheets = build(out, as_of, by=by)
    assert len(sheets["BalanceSet"]) == rows
    checked = check_book(read_book(out).value)
    assert [f.code for f in checked.findings if f.severity is Severity.STOP] == []
    proved = prove_conservation(checked.value)
    assert [f for f in proved.findings if f.severity is Severity.STOP] == []
    assert "revaluation_cost" in checked.value.balance_set.frame
    # real history: stock below zero in past months is said, not refused
    assert {f.code for f in proved.findings if f.severity is Severity.WARN} == {"BS144"}


def test_a_month_end_with_stock_below_zero_is_refused_as_it_should_be(tmp_path):
    out = tmp_path / "adventureworks.xlsx"
    sheets = build(out, dt.date(2013, 12, 31))
    book = sheets["BalanceSet"]
    below = book[(book["period_end"] == pd.Timestamp("2013-12-31")) & (book["eop_units"] < 0)]
    findings = prove_conservation(check_book(read_book(out).value).value).findings
    stops = [f for f in findings if f.severity is Severity.STOP]
    assert len(stops) == len(below) == 3
    assert all(any(sku in f.message for f in stops) for sku in below["sku"])


def test_raw_materials_without_a_price_are_kept_and_left_without_one():
    items = frames()["ItemMaster"]
    raw = items[items["category"] == "Raw materials"]
    assert len(raw) > 150
    assert raw["ticket_price"].isna().all()
    assert set(items["category"]) >= {"Bikes", "Components", "Clothing", "Accessories"}


def test_sales_lines_keep_every_unit_and_discount_up_to_the_as_of_date():
    sales = frames()["SalesHistory"]
    total = sum(
        pd.read_parquet(DATA / f"Fact{c}Sales.parquet")["OrderQuantity"].sum()
        for c in ("Internet", "Reseller")
    )
    assert sales["units"].sum() == total
    foots = sales["gross_retail"] - sales["discount"] - sales["net_sales"]
    assert foots.abs().max() <= 0.02
    assert (sales["discount"] > 0).any()
