"""The perpetual ledger: returns, rounding at each receipt, unknown figures, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.perpetual import lifo_left, perpetual
from invval_xl.findings import AccountingError

OUT = float("nan")
METHODS = ("fifo", "lifo", "average")


def test_a_ledger_by_hand_step_by_step():
    """10 at 2, 10 at 4, 12 out, 5 at 6, 9 out: 4 left."""
    units, costs = [10, 10, -12, 5, -9], [2, 4, OUT, 6, OUT]
    fifo = perpetual("fifo", units, costs)
    assert fifo.issue_cost.tolist() == [0, 0, 20 + 8, 0, 8 * 4 + 6]
    assert fifo.balance_units.tolist() == [10, 20, 8, 13, 4]
    assert fifo.balance_cost.tolist() == [20, 60, 32, 62, 24]
    lifo = perpetual("lifo", units, costs)
    assert lifo.issue_cost.tolist() == [0, 0, 40 + 4, 0, 30 + 4 * 2]
    assert lifo.totals.ending_cost.tolist() == [8]
    assert lifo_left(units, costs).tolist() == [4, 0, 0, 0, 0]
    average = perpetual("average", units, costs)
    assert average.issue_cost == pytest.approx([0, 0, 36, 0, 54 / 13 * 9])
    assert average.balance_unit_cost == pytest.approx([2, 3, 3, 54 / 13, 54 / 13])
    assert average.totals.units_sold.tolist() == [21]
    assert average.totals.cogs[0] == pytest.approx(36 + 54 / 13 * 9)


def test_the_moving_average_rounded_at_each_receipt_as_a_ledger_prints_it():
    """27.6154 is printed 27.62; the issue takes 27.62 and the balance keeps the difference."""
    units, costs = [150, 225, 210, -300, -285], [21, 27, 33, OUT, OUT]
    book = perpetual("average", units, costs, unit_cost_places=2)
    # 150 x 21 + 225 x 27 = 9,225 of 375 units: 24.60; with 210 x 33: 16,155 of 585: 27.62.
    assert book.issue_cost[3] == pytest.approx(300 * 27.62)
    assert book.balance_cost[3] == pytest.approx(16155 - 300 * 27.62)
    # The last units carry what rounding left: nothing on hand costs nothing.
    assert book.issue_cost[4] == pytest.approx(16155 - 300 * 27.62)
    assert book.balance_cost[4] == 0
    assert book.totals.cogs[0] == pytest.approx(16155)


def test_rounding_is_half_away_from_zero():
    """Two at 1.00 and two at 1.05 average 1.025, which a ledger prints 1.03."""
    book = perpetual("average", [2, 2, -1], [1.00, 1.05, OUT], unit_cost_places=2)
    assert book.issue_cost[2] == pytest.approx(1.03)


def test_a_return_to_the_vendor_undoes_its_own_receipt_under_fifo_and_lifo():
    units, costs = [10, 10, -4, -5], [2, 4, 4, OUT]  # 4 of the second lot go back
    assert perpetual("fifo", units, costs).totals.cogs.tolist() == [10]
    assert perpetual("lifo", units, costs).totals.cogs.tolist() == [20]
    assert perpetual("fifo", units, costs).totals.ending_cost.tolist() == [5 * 2 + 6 * 4]
    assert perpetual("fifo", units, costs).totals.units_sold.tolist() == [5]


def test_a_return_takes_the_latest_receipt_at_its_cost():
    units, costs = [5, 5, 5, -5, -6], [2, 3, 2, 2, OUT]  # the third lot goes back, not the first
    assert perpetual("fifo", units, costs).totals.cogs.tolist() == [5 * 2 + 3]
    assert perpetual("lifo", units, costs).totals.cogs.tolist() == [5 * 3 + 2]


def test_two_returns_share_what_the_receipt_holds():
    units, costs = [10, 10, -6, -6], [4, 4, 4, 4]
    assert perpetual("lifo", units, costs).totals.ending_cost.tolist() == [32]
    with pytest.raises(AccountingError, match="no earlier receipt") as refused:
        perpetual("lifo", [10, -6, -6], [4, 4, 4])
    assert refused.value.code == "FW305"


def test_a_return_does_not_look_into_another_item():
    with pytest.raises(AccountingError) as refused:
        perpetual("fifo", [5, 5, -1], [3, 2, 3], item=["a", "b", "b"])
    assert refused.value.code == "FW305"


def test_a_return_leaves_the_average_at_its_own_cost():
    book = perpetual("average", [10, 10, -4, -8], [2, 4, 4, OUT])
    assert book.balance_cost[2] == 60 - 16
    assert book.issue_cost[3] == pytest.approx(8 * 44 / 16)
    rounded = perpetual("average", [10, 10, -4, -8], [2, 4, 4, OUT], unit_cost_places=2)
    assert rounded.issue_cost[3] == pytest.approx(8 * 2.75)


def test_a_customer_return_comes_back_as_a_receipt():
    book = perpetual("fifo", [10, -6, 2, -6], [5, OUT, 5, OUT])
    assert book.totals.ending_units.tolist() == [0]
    assert book.totals.cogs.tolist() == [60]


def test_specific_issues_carry_the_cost_of_their_lot():
    book = perpetual("specific", [10, 10, -3, -2], [2, 4, 4, 2])
    assert book.issue_cost.tolist() == [0, 0, 12, 4]
    assert book.totals.ending_cost.tolist() == [44]
    with pytest.raises(AccountingError, match="movement 2 ") as refused:
        perpetual("specific", [10, -3], [2, OUT])
    assert refused.value.code == "FW305"


@pytest.mark.parametrize("method", METHODS)
def test_selling_before_buying_is_refused_with_the_movement(method):
    with pytest.raises(AccountingError, match="movement 2 issues 7 units but only 5") as refused:
        perpetual(method, [5, -7, 5], [1, OUT, 1])
    assert refused.value.code == "FW304"


def test_each_item_stands_on_its_own_stock():
    with pytest.raises(AccountingError, match="movement 3 issues 2 units but only 1"):
        perpetual("fifo", [9, 1, -2], [1, 1, OUT], item=[1, 2, 2])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("places", [None, 2])
def test_an_unknown_movement_spoils_only_its_own_item(method, places):
    units = [5, -2, 5, OUT, 5, -2]
    costs = [1, OUT, 2, OUT, 3, OUT]
    book = perpetual(
        method, units, costs, item=[1, 1, 2, 2, 3, 3],
        unit_cost_places=places if method == "average" else None,
    )  # fmt: skip
    assert np.isnan(book.totals.ending_cost).tolist() == [False, True, False]
    assert book.totals.cogs[[0, 2]].tolist() == [2, 6]
    assert np.isnan(book.balance_units).tolist() == [False, False, True, True, False, False]


def test_a_receipt_of_unknown_cost_is_unknown_and_not_free():
    assert np.isnan(perpetual("fifo", [5, -2], [OUT, OUT]).totals.cogs[0])
    assert np.isnan(lifo_left([5, -2], [OUT, OUT])).all()


@pytest.mark.parametrize("method", METHODS)
def test_fractional_units_that_run_out_leave_no_dust(method):
    book = perpetual(method, [0.1, 0.1, 0.1, -0.3], [1, 2, 3, OUT])
    assert book.totals.ending_units.tolist() == [0]
    assert book.totals.ending_cost.tolist() == [0]
    assert book.totals.cogs[0] == pytest.approx(0.6)


def test_a_movement_of_no_units_changes_nothing():
    book = perpetual("average", [5, 0, -2], [4, OUT, OUT])
    assert book.issue_cost.tolist() == [0, 0, 8]


def test_no_movements_at_all():
    for method in METHODS:
        assert perpetual(method, [], []).totals.cogs.size == 0


def test_negative_unit_cost_and_unknown_flow_are_refused():
    with pytest.raises(AccountingError) as refused:
        perpetual("fifo", [5], [-1])
    assert refused.value.code == "FW301"
    with pytest.raises(AccountingError) as refused:
        perpetual("standard", [5], [1])
    assert refused.value.code == "FW303"


def test_one_unit_of_a_billion_is_a_unit_and_no_dust():
    book = perpetual("fifo", [1e9, -(1e9 - 1)], [2, OUT])
    assert book.totals.ending_units.tolist() == [1]
    assert book.totals.ending_cost.tolist() == [2]
    with pytest.raises(AccountingError) as refused:
        perpetual("average", [1e9, -(1e9 + 1)], [2, OUT])
    assert refused.value.code == "FW304"
    with pytest.raises(AccountingError):
        perpetual("average", [1e6, 0.5, -1000000.6], [2, 2, OUT])
