"""Headers are found wherever they stand, and never guessed at where they are ambiguous."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.tables import headers
from invval_xl.tables.contracts import CONTRACTS, CONTROL
from invval_xl.tables.headers import locate, match_sheet, spelling
from tests.tables.builders import BALANCE, BALANCE_HEADER, PROOF, checked, coded, codes, spoiled

BALANCE_SET = CONTRACTS["BalanceSet"]


@pytest.mark.parametrize("name", ["BalanceSet", "balance_set", "BALANCE SET", "Balance-Set "])
def test_sheet_names_match_without_case_spaces_or_punctuation(name):
    assert match_sheet(name) is BALANCE_SET


def test_sheet_synonyms_match_and_strangers_do_not():
    assert match_sheet("Stock Ledger") is BALANCE_SET
    assert match_sheet("Control") is CONTROL
    assert match_sheet("C-2 Balance Set") is None
    assert match_sheet("") is None


@pytest.mark.parametrize("contract", [*CONTRACTS.values(), CONTROL], ids=lambda c: c.name)
def test_no_two_columns_of_a_contract_answer_to_one_spelling(contract):
    own, single, several = headers._dictionary(contract.name)
    assert not set(own) & set(single)
    assert not (set(own) | set(single)) & set(several)
    named = [spelling(c.header) for c in contract.columns]
    assert len(named) == len(set(named))
    if contract.name != "BalanceSet":
        assert not several


@PROOF
@given(st.sampled_from(list(CONTRACTS.values())), st.randoms(use_true_random=False))
def test_every_column_is_found_under_its_header_and_each_of_its_synonyms(contract, random):
    for column in contract.columns:
        label = random.choice((column.header, column.name, *column.synonyms))
        spaced = random.choice((label.upper(), label.replace(" ", "_"), f" {label} ", label + "."))
        other = next(c for c in contract.columns if c.name != column.name)
        place = locate(contract, [[spaced, other.header]])
        assert place is not None
        assert place.columns[column.name] == 0
        used = [s.column for s in place.synonyms]
        assert (column.name in used) == (
            spelling(label) not in headers._dictionary(contract.name)[0]
        )


def test_a_title_block_above_is_passed_over():
    place = locate(
        BALANCE_SET, [["Acme Stores"], ["Balance set as of", "2026"], [], BALANCE_HEADER]
    )
    assert place is not None
    assert (place.header_rows, place.body_row) == ((4,), 5)
    assert place.columns["eop_cost"] == 10


@pytest.mark.parametrize("merges_filled", [True, False])
def test_a_block_row_over_a_measure_row_is_one_header(merges_filled):
    blocks = ["Units"] + ["Units" if merges_filled else None] * 3
    blocks += ["Cost"] + ["Cost" if merges_filled else None] * 3
    rows = [
        ["Stock ledger"],
        [None, None, None, *blocks],
        ["SKU", "Location", "Period End"] + ["BOP", "Receipts", "Sales", "EOP"] * 2,
        ["00123", "S1", None, 1, 2, 3, 0, 1, 2, 3, 0],
    ]
    place = locate(BALANCE_SET, rows)
    assert place is not None
    assert place.header_rows == (2, 3)
    assert place.body_row == 4
    assert [place.columns[n] for n in ("bop_units", "eop_units", "bop_cost", "eop_cost")] == [
        3, 6, 7, 10,
    ]  # fmt: skip


def test_keys_merged_over_both_header_rows_are_found_from_the_upper_one():
    rows = [
        ["SKU", "Location", "Period End", "Units", None, None, None, "Cost"],
        [None, None, None] + ["BOP", "Receipts", "Sales", "EOP"] * 2,
    ]
    place = locate(BALANCE_SET, rows)
    assert place is not None
    assert [place.columns[n] for n in ("sku", "location", "period_end")] == [0, 1, 2]


def test_a_measure_without_its_block_is_ambiguous_and_refused_with_its_cell():
    rows = spoiled(BALANCE, E1="Receipts")
    book = {"BalanceSet": rows}
    with pytest.raises(Exception, match="TB106") as refused:
        checked(book)
    found = coded(refused.value.findings, "TB108")
    assert [f.cell for f in found] == ["E1"]
    assert "Receipts Units, Receipts Cost, Receipts Retail" not in found[0].remedy
    assert "Receipts Units, Receipts Cost, Receipts Retail" in found[0].message


def test_an_ambiguous_word_beside_all_it_could_mean_is_only_a_column_not_used():
    rows = [[*row, extra] for row, extra in zip(BALANCE, ["EOP", 1, 2], strict=True)]
    place = locate(BALANCE_SET, rows)
    assert place is not None
    assert place.ambiguous == ((11, "EOP", ("eop_units", "eop_cost", "eop_retail")),)
    both = [[*row, *extra] for row, extra in zip(rows, [["EOP Retail"], [1], [2]], strict=True)]
    place = locate(BALANCE_SET, both)
    assert place is not None
    assert not place.ambiguous
    assert (11, "EOP") in place.unknown


def test_a_header_twice_is_refused_with_both_cells():
    rows = [[*row, extra] for row, extra in zip(BALANCE, ["eop_cost", 1.0, 2.0], strict=True)]
    found = coded(checked({"BalanceSet": rows}).findings, "TB107")
    assert len(found) == 1
    assert "K1, L1" in found[0].message
    assert found[0].severity == "STOP"


def test_own_name_beats_synonym_and_says_so():
    rows = [["Item", "SKU", "Category"], ["Boot", "00123", "Shoes"], ["Cap", "B7", "Hats"]]
    result = checked({"ItemMaster": rows})
    assert list(result.value.item_master.frame["sku"]) == ["00123", "B7"]
    assert [f.cell for f in coded(result.findings, "TB111")] == ["A1"]


def test_every_synonym_is_reported_and_strangers_are_listed_once():
    rows = [["Item No", "Dept", "Colour", "Owner"], ["00123", "Shoes", "red", "x"],
            ["B7", "Hats", "blue", "y"]]  # fmt: skip
    result = checked({"ItemMaster": rows})
    assert [f.cell for f in coded(result.findings, "TB109")] == ["A1", "B1"]
    unknown = coded(result.findings, "TB110")
    assert len(unknown) == 1
    assert "Colour (C), Owner (D)" in unknown[0].message
    assert not {f.severity for f in result.findings} - {"NOTE"}


def test_a_remark_in_brackets_is_passed_over_and_said():
    rows = [[*BALANCE[0][:10], "EOP Cost (USD)"], *BALANCE[1:]]
    result = checked({"BalanceSet": rows})
    assert result.value.balance_set.letters["eop_cost"] == "K"
    assert [f.cell for f in coded(result.findings, "TB109")] == ["K1"]


def test_a_sheet_without_header_is_refused_or_not_used_as_it_is_required_or_not():
    with pytest.raises(Exception, match="TB104"):
        checked({"ItemMaster": [["a", "b"], [1, 2]]})
    result = checked({"Quality": [["a", "b"], [1, 2]]})
    assert "TB105" in codes(result.findings)
    assert result.value.get("Quality") is None


def test_missing_required_columns_are_all_named_at_once():
    rows = [[c for i, c in enumerate(row) if i not in {4, 9}] for row in BALANCE]
    with pytest.raises(Exception, match="TB106") as refused:
        checked({"BalanceSet": rows})
    found = coded(refused.value.findings, "TB106")[0]
    assert "Receipts Units, Sales Cost" in found.message
