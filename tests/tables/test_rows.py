"""Which rows are data: totals never double, blanks and headers are skipped, merges are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.hosts.memory import UNCALCULATED, ErrorCell, grid_from_rows
from tests.tables.builders import (
    BALANCE,
    BALANCE_HEADER,
    PERIOD,
    PROOF,
    checked,
    coded,
    codes,
    spoiled,
)

TOTAL_FIGURES = [18, 5, 6, 17, 180.0, 50.0, 60.0, 170.0]


def with_row(*row):
    return {"BalanceSet": [*BALANCE, list(row)]}


@pytest.mark.parametrize(
    "label",
    ["Total", "TOTALS", "Grand Total", "Sub-total", "Total:", "Sum", "Shoes Total", "Summe"],
)
def test_a_totals_row_by_label_is_left_out_with_its_dollars(label):
    result = checked(with_row(label, None, None, *TOTAL_FIGURES))
    found = coded(result.findings, "TB118")
    assert [(f.cell, f.dollars, f.severity) for f in found] == [("A4", 170.0, "WARN")]
    assert "equals the rows" in found[0].message
    assert not result.stopped
    assert result.value.balance_set.control_totals["eop_cost"] == 170.0


def test_a_labelled_total_that_does_not_add_up_says_so():
    result = checked(with_row("Total", None, None, *TOTAL_FIGURES[:-1], 171.0))
    assert "not the sum" in coded(result.findings, "TB118")[0].message


def test_a_totals_row_by_its_figures_alone_is_left_out():
    result = checked(with_row(None, None, None, *TOTAL_FIGURES))
    assert [(f.cell, f.dollars) for f in coded(result.findings, "TB118")] == [("A4", 170.0)]
    assert result.value.balance_set.control_totals["eop_cost"] == 170.0


def test_a_totals_row_under_a_made_up_key_is_left_out():
    result = checked(with_row("ALL", "ALL", PERIOD, *TOTAL_FIGURES))
    assert len(coded(result.findings, "TB118")) == 1
    assert len(result.value.balance_set) == 2


def test_subtotals_after_each_group_are_all_left_out():
    rows = [BALANCE_HEADER, BALANCE[1], [None, None, None, *BALANCE[1][3:]], BALANCE[2]]
    rows.insert(2, ["00123", "S2", PERIOD, 1, 0, 0, 1, 10.0, 0.0, 0.0, 10.0])
    rows[3] = [None, None, None, 11, 5, 3, 13, 110.0, 50.0, 30.0, 130.0]
    rows.append(["Grand Total", None, None, 19, 5, 6, 18, 190.0, 50.0, 60.0, 180.0])
    result = checked({"BalanceSet": rows})
    assert [f.cell for f in coded(result.findings, "TB118")] == ["A6", "A4"]
    assert result.value.balance_set.control_totals["eop_cost"] == 180.0


def test_an_item_whose_figures_happen_to_equal_the_sum_is_kept_where_the_master_knows_it():
    items = [["SKU", "Category"], ["00123", "S"], ["B7", "H"], ["SUM1", "H"]]
    rows = [*BALANCE, ["SUM1", "S1", PERIOD, *TOTAL_FIGURES]]
    result = checked({"BalanceSet": rows, "ItemMaster": items})
    assert "TB118" not in codes(result.findings)
    assert len(result.value.balance_set) == 3


def test_a_row_with_figures_and_no_key_that_is_no_total_stops():
    result = checked(with_row(None, None, PERIOD, 1, 1, 1, 1, 1.0, 1.0, 1.0, 7.5))
    found = coded(result.findings, "TB119")
    assert [(f.cell, f.dollars, f.severity) for f in found] == [("A4", 7.5, "STOP")]


def test_a_blank_location_alone_is_a_blank_in_a_required_cell():
    result = checked({"BalanceSet": spoiled(BALANCE, B2=None)})
    assert [f.cell for f in coded(result.findings, "TB204")] == ["B2"]


def test_trailing_blank_rows_vanish_and_inner_ones_are_counted():
    rows = [*BALANCE[:2], [None] * 11, [""] * 11, ["  ", "\u00a0"], BALANCE[2], [None] * 11, []]
    result = checked({"BalanceSet": rows})
    found = coded(result.findings, "TB120")
    assert [(f.cell, f.count) for f in found] == [("A3", 3)]
    assert result.value.balance_set.rows.tolist() == [2, 6]


def test_rows_filled_down_with_zeros_below_the_table_are_not_data():
    result = checked(
        {"BalanceSet": [*BALANCE, [None, None, None, *[0] * 8], [None] * 3 + [0.0] * 8]}
    )
    assert len(result.value.balance_set) == 2
    assert not result.findings or codes(result.findings) <= {"TB109"}


def test_lookups_filled_down_below_the_table_that_fail_are_not_data():
    error = ErrorCell("#N/A")
    result = checked({"BalanceSet": [*BALANCE, [None, None, None, *[error] * 8]]})
    assert len(result.value.balance_set) == 2
    assert not result.stopped


def test_a_repeated_page_header_is_skipped_and_said():
    result = checked({"BalanceSet": [*BALANCE[:2], BALANCE_HEADER, BALANCE[2]]})
    assert [f.cell for f in coded(result.findings, "TB123")] == ["A3"]
    assert len(result.value.balance_set) == 2


def test_a_footnote_below_the_table_is_skipped_and_said():
    rows = [*BALANCE, [], ["* Source: ERP, run of 2026-11-02, unaudited"]]
    result = checked({"BalanceSet": rows})
    assert [f.cell for f in coded(result.findings, "TB125")] == ["A5"]
    assert len(result.value.balance_set) == 2
    assert not result.stopped


def test_an_item_of_the_master_without_figures_is_no_footnote():
    result = checked({"BalanceSet": [*BALANCE, ["B7"]]})
    assert not coded(result.findings, "TB125")
    assert "C4" in {f.cell for f in coded(result.findings, "TB204")}


def test_hidden_and_filtered_rows_are_read_and_said_with_their_dollars():
    hidden = grid_from_rows("BalanceSet", BALANCE, hidden_rows=[3])
    result = checked({"BalanceSet": hidden})
    assert [(f.cell, f.count, f.dollars) for f in coded(result.findings, "TB112")] == [
        ("A3", 1, 50.0)
    ]
    assert len(result.value.balance_set) == 2
    filtered = grid_from_rows("BalanceSet", BALANCE, hidden_rows=[2, 3], filtered=True)
    assert [f.dollars for f in coded(checked({"BalanceSet": filtered}).findings, "TB113")] == [
        170.0
    ]


def test_hidden_columns_and_sheets_are_said():
    grid = grid_from_rows("BalanceSet", BALANCE, hidden_columns=[11, 14], state="veryHidden")
    result = checked({"BalanceSet": grid})
    assert "K (EOP Cost)" in coded(result.findings, "TB114")[0].message
    assert "TB115" in codes(result.findings)


def test_a_merged_key_is_filled_down_and_said():
    rows = [BALANCE_HEADER, BALANCE[1], [None, "S2", *BALANCE[1][2:]], BALANCE[2]]
    grid = grid_from_rows("BalanceSet", rows, merged=["A2:A3"])
    result = checked({"BalanceSet": grid})
    assert result.value.balance_set.frame["sku"].tolist() == ["00123", "00123", "B7"]
    found = coded(result.findings, "TB116")
    assert [(f.cell, f.dollars) for f in found] == [("A2:A3", 240.0)]


@pytest.mark.parametrize("merged", ["K2:K3", "J2:K2", "A2:B3"])
def test_merged_figures_and_merges_over_columns_are_refused(merged):
    grid = grid_from_rows("BalanceSet", BALANCE, merged=[merged])
    assert [f.cell for f in coded(checked({"BalanceSet": grid}).findings, "TB117")] == [merged]


def test_a_formula_never_calculated_is_refused_with_its_cell():
    result = checked({"BalanceSet": spoiled(BALANCE, K3=UNCALCULATED)})
    assert [(f.cell, f.severity) for f in coded(result.findings, "TB203")] == [("K3", "STOP")]


def test_a_required_sheet_without_rows_stops():
    assert "TB121" in codes(checked({"BalanceSet": [BALANCE_HEADER]}).findings)
    quality = checked({"Quality": [["Date", "SKU", "Damaged Units"]]})
    assert "TB122" in codes(quality.findings)
    assert not quality.stopped


@PROOF
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.integers(0, 9999).map(lambda c: c / 100)),
        min_size=3, max_size=12,
    ),
    st.booleans(),
)  # fmt: skip
def test_a_total_below_any_table_never_doubles_a_dollar(figures, labelled):
    """Sum of accepted rows is the sum of the data rows, with and without the total."""
    items = [["SKU", "Category"], *([f"K{i}", "A"] for i in range(len(figures)))]
    body = [[f"K{i}", "S1", PERIOD, u, 0, 0, u, c, 0.0, 0.0, c] for i, (u, c) in enumerate(figures)]
    units, cost = sum(u for u, _ in figures), sum(c for _, c in figures)
    total = ["Total" if labelled else None, None, None, units, 0, 0, units, cost, 0.0, 0.0, cost]
    plain = checked({"ItemMaster": items, "BalanceSet": [BALANCE_HEADER, *body]})
    summed = checked({"ItemMaster": items, "BalanceSet": [BALANCE_HEADER, *body, total]})
    assert summed.value.balance_set.control_totals == plain.value.balance_set.control_totals
    assert len(summed.value.balance_set) == len(body)
