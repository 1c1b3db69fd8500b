"""The Control sheet: any order, synonyms said, everything that is missing named at once."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from invval_xl.findings import RefusedError
from invval_xl.hosts.memory import book_from_sheets
from invval_xl.tables.check import check_book
from invval_xl.terms import CostFlow, Framework
from tests.tables.builders import BALANCE, CONTROL, ITEMS, PERIOD, checked, coded, codes, spoiled


def control(*rows):
    return checked({"Control": [["Setting", "Value"], *rows]})


def test_settings_are_read_in_any_order_under_synonyms_that_are_said():
    rows = [
        ["GL Inventory Balance", "$1,170.50"], ["Cost Flow", "Weighted Average"],
        ["currency", "usd"], ["AS OF", PERIOD], ["Company", "Acme"], ["FRAMEWORK", "US GAAP"],
        ["Study SKUs", "00123; B7,"], ["Materiality", 500], ["Approver", "R. Viewer"],
    ]  # fmt: skip
    result = control(*rows)
    c = result.value.control
    assert (c.entity, c.period_end, c.framework, c.currency) == (
        "Acme", PERIOD, Framework.US_GAAP, "USD",
    )  # fmt: skip
    assert (c.cost_method, c.gl_inventory, c.materiality) == (CostFlow.AVERAGE, 1170.5, 500.0)
    assert (c.study_skus, c.reviewer) == (("00123", "B7"), "R. Viewer")
    assert c.cells["gl_inventory"] == "B2"
    assert {f.cell for f in coded(result.findings, "TB505")} == {"A2", "A3", "A5", "A6", "A10"}
    assert not result.stopped


def test_a_control_sheet_without_header_row_and_with_a_title_is_read():
    rows = [["Acme Stores: control"], [], *[[None, *row] for row in CONTROL[1:]]]
    result = checked({"Control": rows})
    assert result.value.control.gl_inventory == 170.0
    assert result.value.control.cells["gl_inventory"] == "C8"
    assert not result.stopped


def test_every_missing_setting_is_named_at_once():
    found = coded(control(["Entity", "Acme"]).findings, "TB501")
    said = " ".join(f.message for f in found)
    assert len(found) == 5
    for label in ("Period End", "Framework", "Currency", "Cost Method", "GL Inventory"):
        assert label in said


@pytest.mark.parametrize(
    ("cell", "value"),
    [("B4", "swiss gaap"), ("B6", "guess"), ("B7", "1,234"), ("B7", "#REF!"), ("B7", "about 5"),
     ("B3", "soon"), ("B7", True)],
)  # fmt: skip
def test_a_setting_that_cannot_be_read_stops_with_its_cell(cell, value):
    found = coded(checked({"Control": spoiled(CONTROL, **{cell: value})}).findings, "TB502")
    assert [(f.cell, f.severity) for f in found] == [(cell, "STOP")]


def test_an_optional_setting_that_cannot_be_read_stops_and_is_not_taken_as_zero():
    result = checked({"Control": [*CONTROL, ["GL Reserve", "tbd"]]})
    assert [f.cell for f in coded(result.findings, "TB502")] == ["B8"]


def test_a_setting_twice_stops_where_the_values_differ_only():
    twice = checked({"Control": [*CONTROL, ["GL Inventory", 171.0]]})
    assert [f.cell for f in coded(twice.findings, "TB503")] == ["B8"]
    assert not checked({"Control": [*CONTROL, ["GL Inventory", 170.0]]}).stopped


def test_unknown_settings_are_listed_once():
    found = coded(
        checked({"Control": [*CONTROL, ["Mood", "good"], ["Sky", "blue"]]}).findings, "TB504"
    )
    assert len(found) == 1
    assert "Mood (A8), Sky (A9)" in found[0].message


@pytest.mark.parametrize(
    ("value", "read"),
    [("12-31", "12-31"), ("01/31", "01-31"), (dt.date(2026, 12, 31), "12-31"), ("31 Jan", "01-31"),
     ("June 30", "06-30"), ("2-29", "02-29")],
)  # fmt: skip
def test_a_fiscal_year_end_is_month_and_day_also_where_it_became_a_date(value, read):
    result = checked({"Control": [*CONTROL, ["Fiscal Year End", value]]})
    assert result.value.control.fiscal_year_end == read
    assert not result.stopped


def test_a_fiscal_year_end_or_currency_that_means_nothing_stops():
    rows = [*spoiled(CONTROL, B5="Dollars"), ["Fiscal Year End", "31-12"]]
    found = coded(checked({"Control": rows}).findings, "TB502")
    assert {f.cell for f in found} == {"B5", "B8"}


def test_an_unknown_ledger_balance_is_not_zero():
    result = checked({"Control": CONTROL[:-1]})
    assert math.isnan(result.value.control.gl_inventory)


def test_without_control_the_book_is_refused_with_everything_else_that_was_found():
    with pytest.raises(RefusedError) as refused:
        check_book(book_from_sheets({"BalanceSet": spoiled(BALANCE, K2="x"), "ItemMaster": ITEMS}))
    assert {"TB101", "TB207"} <= codes(refused.value.findings)


def test_without_anything_all_three_required_sheets_are_named():
    with pytest.raises(RefusedError) as refused:
        check_book(book_from_sheets({"Notes": [["hello"]]}))
    said = " ".join(f.message for f in coded(refused.value.findings, "TB101"))
    assert all(name in said for name in ("Control", "ItemMaster", "BalanceSet", "Notes"))
