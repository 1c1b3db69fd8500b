"""Dated layers: order, issue, transfer with the original date, foot to book."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.layers import foot, issue, layers, transfer
from invval_xl.findings import AccountingError

JAN, FEB, MAR = "2026-01-15", "2026-02-15", "2026-03-15"


@pytest.fixture
def book():
    """Holder 0: 10 of January at 2, 5 of March at 3. Holder 1: 4 of February at 7."""
    return layers([1, 0, 0], [FEB, MAR, JAN], [4, 5, 10], [7, 3, 2])


def test_layers_stand_by_holder_then_by_date(book):
    assert book.holder.tolist() == [0, 0, 1]
    assert [str(day) for day in book.received] == [JAN, MAR, FEB]
    assert book.cost.tolist() == [20, 15, 28]
    assert book.age_days("2026-03-31").tolist() == [75, 16, 44]


def test_layers_of_one_day_keep_the_order_they_came_in():
    same_day = layers([0, 0, 0], [JAN, JAN, JAN], [1, 2, 3], [1, 1, 1])
    assert same_day.units.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("method", "cost", "left"),
    [("fifo", 20 + 6, [3, 4]), ("lifo", 15 + 14, [3, 4]), ("average", 28, [2, 1, 4])],
)
def test_issue_draws_by_the_method(book, method, cost, left):
    drawn = issue(method, book, [0], [12])
    assert drawn.cost.tolist() == pytest.approx([cost])
    assert drawn.left.units.tolist() == pytest.approx(left)
    assert drawn.drawn.units.sum() == pytest.approx(12)
    assert drawn.drawn.cost.sum() == pytest.approx(cost)


def test_issue_answers_in_the_order_asked(book):
    assert issue("fifo", book, [1, 0], [2, 10]).cost.tolist() == [14, 20]
    assert issue("fifo", book, [5], [0]).cost.tolist() == [0]  # a holder without layers


def test_a_transfer_arrives_with_its_date_and_cost_and_takes_its_place_by_age(book):
    after = transfer(book, [0], [1], [11])
    assert after.cost.tolist() == [20 + 3]
    mine = after.layers.holder == 1
    assert [str(day) for day in after.layers.received[mine]] == [JAN, FEB, MAR]
    assert after.layers.units[mine].tolist() == [10, 4, 1]
    # What is then sold first under FIFO is the January goods, wherever they lie.
    assert issue("fifo", after.layers, [1], [10]).cost.tolist() == [20]


def test_a_transfer_of_the_newest_where_the_newest_move(book):
    after = transfer(book, [0], [1], [5], method="lifo")
    assert after.cost.tolist() == [15]


def test_swapping_two_holders_sends_each_its_own_goods(book):
    after = transfer(book, [0, 1], [1, 0], [15, 4])
    assert after.layers.totals(2)[0].tolist() == [4, 15]
    assert after.layers.totals(2)[1].tolist() == [28, 35]


def test_drawing_more_than_is_held_or_twice_is_refused(book):
    with pytest.raises(AccountingError, match=r"16 units .* only 15") as refused:
        issue("fifo", book, [0], [16])
    assert refused.value.code == "FW302"
    with pytest.raises(ValueError, match="twice"):
        issue("fifo", book, [0, 0], [1, 1])
    with pytest.raises(AccountingError) as refused:
        issue("fifo", book, [0], [-1])
    assert refused.value.code == "FW301"


def test_layers_foot_to_book_and_the_break_is_layers_less_book(book):
    even = foot(book, [15, 4], [35, 28])
    assert even.units_break.tolist() == [0, 0]
    assert even.cost_break.tolist() == [0, 0]
    off = foot(book, [15, 6], [40, 28])
    assert off.units_break.tolist() == [0, -2]
    assert off.cost_break.tolist() == [-5, 0]
    with pytest.raises(ValueError, match="does not list"):
        foot(book, [15], [35])


def test_a_layer_of_unknown_units_stays_visible():
    unknown = layers([0, 1], [JAN, FEB], [np.nan, 4], [2, 7])
    drawn = issue("fifo", unknown, [1], [1])
    assert np.isnan(drawn.left.units).tolist() == [True, False]


def test_impossible_layers_are_refused():
    with pytest.raises(AccountingError):
        layers([0], [JAN], [-1], [2])
    with pytest.raises(AccountingError):
        layers([0], [JAN], [1], [-2])
