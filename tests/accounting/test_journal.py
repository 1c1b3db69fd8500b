"""Entries balance in whole cents or do not come to be."""

import dataclasses

import pytest

from invval_xl.accounting.journal import (
    Accounts,
    JournalEntry,
    JournalLine,
    charge_entry,
    commitment_loss_entry,
    commitment_purchase_entry,
    direct_write_down_entry,
    entry,
    reversal_entry,
    utilization_entry,
)
from invval_xl.findings import AccountingError

NAMES = Accounts()


def posted(made: JournalEntry) -> dict[str, int]:
    return {line.account: line.signed_cents for line in made.lines}


def test_sku_47382_at_half_price_posts_10597_by_the_allowance_method() -> None:
    made = charge_entry(889 * (34 - 0.92 * 24))
    assert posted(made) == {NAMES.write_down_loss: 1059688, NAMES.allowance: -1059688}
    assert [line.debit for line in made.lines] == [10596.88, None]
    assert [line.credit for line in made.lines] == [None, 10596.88]


@pytest.mark.parametrize(
    ("made", "debit", "credit"),
    [
        (direct_write_down_entry(58), NAMES.write_down_loss, NAMES.inventory),
        (utilization_entry(400), NAMES.allowance, NAMES.inventory),
        (reversal_entry("ifrs", 3000), NAMES.allowance, NAMES.cost_of_sales),
        (reversal_entry("frs-102", 3000), NAMES.allowance, NAMES.cost_of_sales),
        (
            reversal_entry("us-gaap", 3000, same_year_interim=True),
            NAMES.allowance,
            NAMES.cost_of_sales,
        ),
        (commitment_loss_entry(45500), NAMES.commitment_loss, NAMES.commitment_liability),
    ],
)
def test_each_entry_debits_and_credits_its_accounts(
    made: JournalEntry, debit: str, credit: str
) -> None:
    assert [line.account for line in made.lines] == [debit, credit]
    assert sum(line.signed_cents for line in made.lines) == 0
    assert made.lines[0].signed_cents > 0
    assert made.paragraph


def test_commitment_in_two_stages_61000_11000_9000() -> None:
    assert posted(commitment_loss_entry(81000 - 70000))[NAMES.commitment_liability] == -1100000
    bought = posted(commitment_purchase_entry(81000, 61000, 11000))
    assert bought == {
        NAMES.inventory: 6100000,
        NAMES.commitment_liability: 1100000,
        NAMES.commitment_loss: 900000,
        NAMES.cash: -8100000,
    }


def test_commitment_whose_market_recovered_makes_no_gain() -> None:
    bought = posted(commitment_purchase_entry(81000, 80000, 11000))
    assert bought[NAMES.inventory] == 7000000  # the new basis of 35-17
    assert NAMES.commitment_loss not in bought


def test_purchase_without_a_liability_is_two_lines_where_market_holds() -> None:
    assert posted(commitment_purchase_entry(100, 120, 0)) == {
        NAMES.inventory: 10000,
        NAMES.cash: -10000,
    }


def test_accounts_may_be_named_by_the_entity() -> None:
    own = dataclasses.replace(NAMES, allowance="1390 Wertberichtigung")
    assert charge_entry(1, own, memo="C-3").lines[1] == JournalLine(
        "1390 Wertberichtigung", -100, "C-3"
    )


def test_an_account_of_zero_is_left_out() -> None:
    assert len(entry("x", {"A": 1.0, "B": 0.004}, {"C": 1.0}).lines) == 2


def test_rounded_lines_that_do_not_balance_are_refused() -> None:
    with pytest.raises(AccountingError, match=r"out of balance by -0\.01"):
        entry("thirds", dict.fromkeys("ABC", 10 / 3), {"D": 10.0})


@pytest.mark.parametrize("charge", [0.0, 0.004, -1.0, float("nan"), float("inf")])
def test_nothing_known_above_zero_makes_no_entry(charge: float) -> None:
    for make in (charge_entry, direct_write_down_entry, utilization_entry, commitment_loss_entry):
        with pytest.raises(AccountingError) as refused:
            make(charge)
        assert refused.value.code == "FW123"


@pytest.mark.parametrize(
    "lines",
    [
        (JournalLine("A", 1), JournalLine("B", -2)),
        (JournalLine("A", 1),),
        (JournalLine("A", 1.0), JournalLine("B", -1)),  # type: ignore[arg-type]
        (JournalLine("A", True), JournalLine("B", -1)),
    ],
)
def test_an_entry_out_of_balance_cannot_be_made(lines: tuple[JournalLine, ...]) -> None:
    with pytest.raises(AccountingError) as refused:
        JournalEntry("wrong", lines)
    assert refused.value.code == "FW122"


@pytest.mark.parametrize("lines", [(), (JournalLine("A", 0), JournalLine("B", 0))])
def test_an_empty_entry_cannot_be_made(lines: tuple[JournalLine, ...]) -> None:
    with pytest.raises(AccountingError) as refused:
        JournalEntry("empty", lines)
    assert refused.value.code == "FW123"


def test_reversal_under_us_gaap_in_a_later_year_has_no_entry() -> None:
    with pytest.raises(AccountingError) as refused:
        reversal_entry("us-gaap", 3000)
    assert (refused.value.code, refused.value.paragraph) == ("FW104", "ASC 330-10-35-14")
    with pytest.raises(AccountingError) as unknown:
        reversal_entry("gaap", 3000)
    assert unknown.value.code == "FW116"


@pytest.mark.parametrize("sums", [(100, 90, 101), (-1, 90, 0), (100, float("nan"), 0)])
def test_commitment_purchase_refuses_impossible_sums(sums: tuple[float, float, float]) -> None:
    with pytest.raises(AccountingError) as refused:
        commitment_purchase_entry(*sums)
    assert refused.value.code == "FW123"


def test_lines_and_entries_are_frozen() -> None:
    made = charge_entry(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.title = "other"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.lines[0].signed_cents = 5  # type: ignore[misc]


def test_a_cent_is_shown_on_its_side_and_an_entry_by_its_debits() -> None:
    made = entry("cents", {"A": 0.01, "B": 2.0}, {"C": 2.01})
    assert [line.debit for line in made.lines] == [0.01, 2.0, None]
    assert [line.credit for line in made.lines] == [None, None, 2.01]
    assert made.total_debit == 2.01
    assert (JournalLine("A", 0).debit, JournalLine("A", 0).credit) == (None, None)


def test_a_liability_of_the_whole_contract_leaves_nothing_for_inventory() -> None:
    bought = posted(commitment_purchase_entry(100, 0, 100))
    assert bought == {NAMES.commitment_liability: 10000, NAMES.cash: -10000}
