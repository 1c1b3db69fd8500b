"""Keys are text: zeros survive, invisible characters do not, damage is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.hosts.memory import ErrorCell, grid_from_rows
from tests.tables.builders import BALANCE, PROOF, checked, coded, codes, spoiled


def skus(book):
    return checked(book).value.item_master.frame["sku"].tolist()


def items(*keys):
    return [["SKU", "Category"], *([key, "Shoes"] for key in keys)]


def test_leading_zeros_survive_as_text():
    assert skus({"ItemMaster": items("00123", "B7", "0", "000")}) == ["00123", "B7", "0", "000"]


def test_a_number_shown_with_zeros_is_the_text_it_shows_and_is_said():
    grid = grid_from_rows("ItemMaster", items(123, 98765, 4), number_formats={0: "00000"})
    result = checked({"ItemMaster": grid})
    assert result.value.item_master.frame["sku"].tolist() == ["00123", "98765", "00004"]
    assert [(f.count, f.cell) for f in coded(result.findings, "TB304")] == [(3, "A2")]


def test_other_numbers_are_whole_numbers_as_text():
    assert skus({"ItemMaster": items(47382, 1.0, "B7", 999_999_999_999_999)}) == [
        "47382", "1", "B7", "999999999999999",
    ]  # fmt: skip


def test_a_number_beside_texts_with_leading_zeros_is_said_to_have_lost_one_maybe():
    result = checked({"ItemMaster": items("00123", 124, "B7")})
    assert [f.cell for f in coded(result.findings, "TB303")] == ["A3"]
    assert "TB303" not in codes(checked({"ItemMaster": items("00123", "B7")}).findings)
    assert "TB303" not in codes(checked({"ItemMaster": items(123, 124)}).findings)


@pytest.mark.parametrize(
    "raw",
    [
        "\u00a000123",
        "00\u200b123",
        " 00123 ",
        "\ufeff00123",
        "\uff100123",
        "00123\u00a0",
        "00\u00ad123",
    ],
)
def test_invisible_and_compatibility_characters_are_taken_out_and_said(raw):
    result = checked({"ItemMaster": items(raw, "B7")})
    assert result.value.item_master.frame["sku"].tolist() == ["00123", "B7"]
    found = coded(result.findings, "TB302")
    assert [(f.count, f.cell) for f in found] == [(1, "A2")]
    assert "00123" in found[0].message


def test_the_text_na_is_a_key_and_not_a_blank():
    assert skus({"ItemMaster": items("NA", "None", "00123", "B7")})[:2] == ["NA", "None"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (12.5, "not a whole number"),
        (1e16, "more than 15 digits"),
        (dt.date(2026, 3, 1), "turned into a date"),
        (True, "logical"),
    ],
)
def test_a_key_that_a_spreadsheet_changed_is_refused_with_its_cell(value, why):
    found = coded(checked({"ItemMaster": items("00123", "B7", value)}).findings, "TB305")
    assert [(f.cell, f.severity) for f in found] == [("A4", "STOP")]
    assert why in found[0].message


def test_an_error_in_a_key_stops():
    result = checked({"BalanceSet": spoiled(BALANCE, A2=ErrorCell("#N/A"))})
    assert ("TB201", "A2") in {(f.code, f.cell) for f in result.findings}


def test_a_key_in_scientific_notation_is_said():
    assert "TB308" in codes(checked({"ItemMaster": items("1.23457E+11", "00123", "B7")}).findings)


@pytest.mark.parametrize("text", ["A\x00B", "A\x1bB", "A\x7fB"])
def test_control_characters_are_refused(text):
    found = coded(checked({"ItemMaster": items("00123", "B7", text)}).findings, "TB306")
    assert [f.cell for f in found] == ["A4"]


def test_control_characters_in_any_text_column_are_refused():
    rows = [["SKU", "Category", "Description"], ["00123", "Shoes", "a\x08b"], ["B7", "Hats", "ok"]]
    assert [f.cell for f in coded(checked({"ItemMaster": rows}).findings, "TB306")] == ["C2"]


def test_the_same_key_twice_stops_with_every_cell_and_the_dollars_of_the_extra_rows():
    rows = [*BALANCE, list(BALANCE[1]), list(BALANCE[1])]
    found = coded(checked({"BalanceSet": rows}).findings, "TB310")
    assert len(found) == 1
    assert "A2, A4, A5" in found[0].message
    assert (found[0].cell, found[0].dollars) == ("A4", 240.0)


def test_a_key_is_a_duplicate_after_cleaning():
    rows = items("00123", "B7", "B7\u200b")
    found = coded(checked({"ItemMaster": rows}).findings, "TB310")
    assert "A3, A4" in found[0].message
    assert found[0].dollars == 50.0


@PROOF
@given(st.lists(st.from_regex(r"\A[0-9]{1,14}\Z"), min_size=1, max_size=20, unique=True))
def test_digits_as_text_come_out_as_they_went_in(keys):
    read = checked({"ItemMaster": items(*keys, "B7")}).value.item_master.frame["sku"].tolist()
    assert read[:-1] == keys
