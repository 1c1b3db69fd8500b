"""Text that means a number: read where it can mean one thing, refused where it can mean two."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invval_xl.hosts.memory import ErrorCell
from invval_xl.tables.number_text import number_text
from tests.tables.builders import PROOF, balance, checked, coded, codes, spoiled

ONE_WAY = {
    "1,234.50": 1234.5, "1.234,50": 1234.5, "(12.30)": -12.3, "12-": -12.0, "1 234": 1234.0,
    "$1,234.50": 1234.5, "1.234,50 €": 1234.5, "-$12.30": -12.3, "($1,000.00)": -1000.0,
    "USD 12.5": 12.5, "1'234.50": 1234.5, "1\u202f234,5": 1234.5, "\u2212 7": -7.0, "+5": 5.0,
    "1,234,567": 1234567.0, "1.234.567": 1234567.0, "12,34,567.80": 1234567.8, "0,5": 0.5,
    "0.123": 0.123, "1234,567": 1234.567, ".5": 0.5, "5.": 5.0, "12%": 0.12, "1.5E+3": 1500.0,
    "\u00a042\u200b": 42.0, "\uff11\uff12": 12.0, "007": 7.0, "0": 0.0,
}  # fmt: skip
NO_NUMBER = ["NaN", "nan", "inf", "-Infinity", "1E+309", "abc", "", "-", "12,34", "1 23", "1.2.3",
             "12 pcs", "1,23.4", "--5", "$", "0x1F", "1_000", "12/5", "((5))", "5%%"]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ONE_WAY.items())
def test_forms_that_mean_one_number(text, value):
    reading = number_text(text)
    assert reading is not None
    assert reading.value() == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("text", [t for t in NO_NUMBER if t != "12,34"])
def test_texts_that_are_no_number(text):
    assert number_text(text) is None


@pytest.mark.parametrize("text", ["1,234", "1.234", "-12,345", "(999.999)", "$1,234"])
def test_texts_that_can_mean_two_numbers_have_no_value_of_their_own(text):
    reading = number_text(text)
    assert reading is not None
    assert reading.ambiguous
    assert reading.value() is None
    assert reading.value(".") != reading.value(",")


@PROOF
@given(
    st.integers(-(10**9), 10**9),
    st.integers(0, 99),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ","), ("", ".")]),
    st.sampled_from(["minus", "parentheses", "trailing"]),
    st.sampled_from(["", "$", "€", "GBP "]),
)
def test_any_amount_with_two_decimals_is_read_back_in_every_locale(whole, cents, marks, how, money):
    group, decimal = marks
    digits = f"{abs(whole):,}".replace(",", group) + f"{decimal}{cents:02d}"
    negative = whole < 0
    text = {
        "minus": f"{'-' if negative else ''}{money}{digits}",
        "parentheses": f"({money}{digits})" if negative else f"{money}{digits}",
        "trailing": f"{money}{digits}{'-' if negative else ''}",
    }[how]
    reading = number_text(text)
    assert reading is not None
    value = reading.value(decimal)
    assert value is not None
    expected = (abs(whole) + cents / 100) * (-1 if negative else 1)
    assert math.isclose(value, expected, rel_tol=1e-15, abs_tol=1e-9)


@PROOF
@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_and_never_raises(text):
    reading = number_text(text)
    if reading is not None:
        values = [v for v in (reading.point, reading.comma) if v is not None]
        assert values
        assert all(math.isfinite(v) for v in values)


@PROOF
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_a_program_prints_is_read_back_or_ambiguous(number):
    assume(abs(number) < 1e15)
    reading = number_text(f"{number:.6f}")
    assert reading is not None
    assert reading.point == pytest.approx(number, abs=1e-6)


def test_an_ambiguous_text_alone_in_its_column_is_refused_with_its_cell_and_dollars():
    result = checked({"BalanceSet": balance(K2="1,234")})
    found = coded(result.findings, "TB206")
    assert [(f.cell, f.severity) for f in found] == [("K2", "STOP")]
    assert "1,234 or 1.234" in found[0].message
    assert found[0].dollars == 100.0  # BOP stands in where EOP cannot be read


def test_other_cells_of_the_column_decide_an_ambiguous_text():
    point = checked({"BalanceSet": balance(K2="1,234", K3="50.00")}).value.balance_set.frame
    comma = checked({"BalanceSet": balance(K2="1,234", K3="50,00")}).value.balance_set.frame
    assert point["eop_cost"].tolist() == [1234.0, 50.0]
    assert comma["eop_cost"].tolist() == [1.234, 50.0]


def test_a_column_that_speaks_both_ways_decides_nothing():
    rows = [*balance(K2="1,234", K3="50,5"), ["B8", "S1", *balance()[1][2:10], "50.5"]]
    result = checked({"BalanceSet": rows})
    assert [f.cell for f in coded(result.findings, "TB206")] == ["K2"]


def test_text_read_as_numbers_is_said_once_a_column_with_count_and_dollars():
    result = checked({"BalanceSet": balance(K2="$120.00", K3="(50.00)")})
    found = coded(result.findings, "TB205")
    assert [(f.cell, f.count, f.dollars) for f in found] == [("K2", 2, 170.0)]


@pytest.mark.parametrize("text", ["NaN", "1E+309", "inf", "n/a"])
def test_text_that_is_no_number_stops_in_a_required_column_and_is_said_elsewhere(text):
    required = checked({"BalanceSet": balance(K2=text)})
    assert [(f.code, f.cell) for f in required.findings if f.severity == "STOP"] == [
        ("TB207", "K2")
    ]
    items = [["SKU", "Category", "Ticket Price"], ["00123", "Shoes", text], ["B7", "Hats", 9.5]]
    optional = checked({"ItemMaster": items})
    assert not optional.stopped
    found = coded(optional.findings, "TB208")
    assert [(f.cell, f.dollars) for f in found] == [("C2", 120.0)]  # the SKU's carrying cost
    assert math.isnan(optional.value.item_master.frame["ticket_price"][0])


def test_infinity_as_a_number_is_refused():
    assert [f.cell for f in coded(checked({"BalanceSet": balance(K2=math.inf)}).findings,
                                  "TB209")] == ["K2"]  # fmt: skip


def test_an_amount_in_another_currency_is_refused():
    result = checked({"BalanceSet": balance(K2="€ 120.00")})
    assert [f.cell for f in coded(result.findings, "TB217")] == ["K2"]
    assert "TB217" not in codes(checked({"BalanceSet": balance(K2="USD 120.00")}).findings)


def test_percent_is_a_rate_and_nothing_else():
    items = [["SKU", "Category", "VAT Rate"], ["00123", "Shoes", "20%"], ["B7", "Hats", 0.2]]
    assert checked({"ItemMaster": items}).value.item_master.frame["vat_rate"].tolist() == [0.2, 0.2]
    assert "TB207" in codes(checked({"BalanceSet": balance(D2="10%")}).findings)


def test_impossible_figures_are_refused_with_their_cells():
    items = [["SKU", "Category", "VAT Rate", "Ticket Price"],
             ["00123", "Shoes", 20, 5.0], ["B7", "Hats", 0.2, -1.0]]  # fmt: skip
    found = checked({"ItemMaster": items}).findings
    assert [(f.code, f.cell) for f in found if f.severity == "STOP"] == [
        ("TB211", "C2"), ("TB210", "D3"),
    ]  # fmt: skip


def test_an_error_cell_stops_where_required_and_is_unknown_elsewhere():
    stopped = checked({"BalanceSet": balance(K2=ErrorCell("#N/A"))})
    found = coded(stopped.findings, "TB201")
    assert [(f.cell, f.dollars) for f in found] == [("K2", 100.0)]
    assert "#N/A" in found[0].message
    items = spoiled(
        [["SKU", "Category", "Ticket Price"], ["00123", "Shoes", 1.0], ["B7", "Hats", 9.5]],
        C2=ErrorCell("#REF!"),
    )
    said = checked({"ItemMaster": items})
    assert not said.stopped
    assert math.isnan(said.value.item_master.frame["ticket_price"][0])
    assert [(f.cell, f.dollars) for f in coded(said.findings, "TB202")] == [("C2", 120.0)]
