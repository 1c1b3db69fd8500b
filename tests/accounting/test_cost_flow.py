"""Periodic cost flow: shapes, boundary cases and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.cost_flow import (
    cogs,
    cogs_by_item,
    ending,
    ending_by_item,
    landed_unit_cost,
    left_by_layer,
    periodic,
    specific_identification,
    weighted_average_unit_cost,
)
from invval_xl.findings import AccountingError
from invval_xl.terms import CostFlow

UNITS, UNIT_COSTS = [150, 160, 130], [10, 12, 15]
METHODS = ("fifo", "lifo", "average")


def code_of(refused: pytest.ExceptionInfo[AccountingError]) -> str:
    return refused.value.code


@pytest.mark.parametrize("method", METHODS)
def test_nothing_on_hand_costs_nothing_and_everything_on_hand_was_not_sold(method):
    total = 150 * 10 + 160 * 12 + 130 * 15
    assert ending(method, UNITS, UNIT_COSTS, 0) == 0
    assert cogs(method, UNITS, UNIT_COSTS, 0) == total
    assert ending(method, UNITS, UNIT_COSTS, 440) == total
    assert cogs(method, UNITS, UNIT_COSTS, 440) == 0


@pytest.mark.parametrize("method", METHODS)
def test_no_units_at_all_is_nothing_and_not_unknown(method):
    assert ending(method, [0, 0], [3, 4], 0) == 0
    assert cogs(method, [0.0], [3.0], 0) == 0
    assert ending_by_item(method, [1, 1, 2], [0, 0, 5], [3, 4, 2], [0, 5]).tolist() == [0, 10]


def test_layers_of_many_items_broadcast_along_the_last_axis():
    units = np.array([[10, 5, 0], [4, 4, 4]])
    costs = np.array([[2, 3, 0], [1, 2, 3]])
    assert ending("fifo", units, costs, [7, 6]).tolist() == [2 * 2 + 5 * 3, 2 * 2 + 4 * 3]
    assert ending("lifo", units, costs, [7, 6]).tolist() == [14, 4 + 4]
    # One queue, several counts.
    assert ending("fifo", UNITS, UNIT_COSTS, [0, 130, 131]).tolist() == [0, 1950, 1962]
    assert ending("fifo", 10, 2.5, 4) == 10


def test_scalars_in_a_scalar_out():
    assert isinstance(ending("fifo", UNITS, UNIT_COSTS, 50), float)
    assert np.ndim(weighted_average_unit_cost(UNITS, UNIT_COSTS)) == 0


def test_the_method_is_read_as_a_word_or_a_term():
    assert ending(CostFlow.FIFO, UNITS, UNIT_COSTS, 50) == ending(" FIFO ", UNITS, UNIT_COSTS, 50)


@pytest.mark.parametrize("method", ["hifo", "", "standard", "retail", "specific"])
def test_a_flow_that_has_no_layers_is_refused(method):
    with pytest.raises(AccountingError, match="is not one of") as refused:
        ending(method, UNITS, UNIT_COSTS, 50)
    assert code_of(refused) == "FW303"


@pytest.mark.parametrize(
    ("units", "costs", "on_hand"),
    [([-1, 5], [1, 1], 2), ([5, 5], [1, -0.01], 2), ([5, 5], [1, 1], -1)],
)
def test_negative_units_costs_and_counts_are_refused(units, costs, on_hand):
    for function in (ending, cogs):
        with pytest.raises(AccountingError) as refused:
            function("fifo", units, costs, on_hand)
        assert code_of(refused) == "FW301"
    for by_item in (ending_by_item, cogs_by_item):
        with pytest.raises(AccountingError) as refused:
            by_item("fifo", [0, 0], units, costs, [on_hand])
        assert code_of(refused) == "FW301"


def test_more_on_hand_than_the_layers_hold_is_refused_with_both_figures():
    with pytest.raises(AccountingError, match=r"441 units .* only 440") as refused:
        ending("fifo", UNITS, UNIT_COSTS, 441)
    assert code_of(refused) == "FW302"
    with pytest.raises(AccountingError, match=r"6 units .* only 5"):
        ending_by_item("fifo", [1, 2], [9, 5], [1, 1], [9, 6])


def test_rounding_dust_of_fractional_units_is_no_shortage():
    tenths = [0.1] * 10
    assert ending("fifo", tenths, [1.0] * 10, 1.0) == pytest.approx(1)
    period = periodic("fifo", tenths, [1.0] * 10, units_sold=sum([0.1] * 9) + 0.1 + 1e-13)
    assert period.ending_units == 0


def test_an_unknown_figure_is_unknown_in_its_own_row_only():
    units = [[1, np.nan], [2, 3]]
    for method in METHODS:
        assert np.isnan(ending(method, units, 1.0, [1, 2])).tolist() == [True, False]
        assert np.isnan(ending(method, [2, 3], [1, np.nan], 4))
        assert np.isnan(ending(method, [2, 3], [1, 2], np.nan))
        left = left_by_layer(method, [1, 1, 2], [1, np.nan, 3], [1, 2])
        assert np.isnan(left).tolist() == [True, True, False]


def test_layers_left_name_the_layers():
    assert left_by_layer("fifo", [7, 7, 7], UNITS, [150]).tolist() == [0, 20, 130]
    assert left_by_layer("lifo", [7, 7, 7], UNITS, [160]).tolist() == [150, 10, 0]
    assert left_by_layer("average", [7, 7, 7], UNITS, [44]).tolist() == pytest.approx([15, 16, 13])


def test_no_items_at_all():
    assert ending_by_item("fifo", [], [], [], []).size == 0
    assert cogs_by_item("average", [], [], [], []).size == 0


def test_items_of_very_different_length_in_one_column():
    """Lengths 1, 2, 3, 700 and 5 fall in different length classes."""
    lengths = [1, 2, 3, 700, 5]
    draw = np.random.default_rng(5)
    key = np.repeat(np.arange(5), lengths)
    units, costs = np.floor(draw.random(key.size) * 9), np.round(draw.random(key.size) * 9, 2)
    on_hand = np.floor(np.bincount(key, units) / 2)
    together = ending_by_item("fifo", key, units, costs, on_hand)
    for item in range(5):
        mine = key == item
        assert together[item] == pytest.approx(
            ending("fifo", units[mine], costs[mine], on_hand[item]), rel=1e-12
        )


def test_periodic_from_units_sold_and_from_a_count_agree():
    sold = periodic("fifo", UNITS, UNIT_COSTS, units_sold=390)
    counted = periodic("fifo", UNITS, UNIT_COSTS, units_on_hand=50)
    assert (sold.cogs, sold.ending_cost, sold.ending_units) == (4620, 750, 50)
    assert (counted.cogs, counted.ending_cost, counted.units_sold) == (4620, 750, 390)


def test_periodic_refuses_to_sell_more_than_there_is_and_to_guess():
    with pytest.raises(AccountingError, match="60 more units") as refused:
        periodic("fifo", UNITS, UNIT_COSTS, units_sold=500)
    assert code_of(refused) == "FW302"
    with pytest.raises(TypeError, match="one of the two"):
        periodic("fifo", UNITS, UNIT_COSTS)
    with pytest.raises(TypeError, match="one of the two"):
        periodic("fifo", UNITS, UNIT_COSTS, units_sold=1, units_on_hand=439)


def test_average_weighs_by_units():
    assert weighted_average_unit_cost([1, 3], [10, 2]) == 4  # the mean of the costs is 6
    assert np.isnan(weighted_average_unit_cost([0, 0], [10, 2]))


def test_specific_lots_keep_their_own_cost_and_cannot_be_oversold():
    result = specific_identification([150, 225, 210], [21, 27, 33], [0, 225, 200])
    assert result.cogs == 150 * 21 + 10 * 33
    assert result.ending_cost == 225 * 27 + 200 * 33
    assert (result.units_sold, result.ending_units) == (160, 425)
    with pytest.raises(AccountingError) as refused:
        specific_identification([10], [1], [11])
    assert code_of(refused) == "FW302"


def test_landed_cost_adds_what_brings_goods_in_and_takes_off_what_comes_back():
    assert landed_unit_cost(1000, 100) == 10
    assert landed_unit_cost(1000, 100, freight_in_cost=50, duty_cost=30) == 10.8
    assert landed_unit_cost(1000, 100, purchase_discounts_cost=20) == 9.8
    assert landed_unit_cost(1000, 100, vendor_allowances_cost=100) == 9
    assert landed_unit_cost(1000, 100, units_returned=20, purchase_returns_cost=200) == 10
    assert np.isnan(landed_unit_cost(0, 0))
    with pytest.raises(AccountingError) as refused:
        landed_unit_cost(1000, 100, units_returned=101)
    assert code_of(refused) == "FW302"


def test_one_count_serves_several_queues():
    units, costs = [[10, 5], [4, 9]], [[2, 3], [1, 2]]
    assert ending("fifo", units, costs, 6).tolist() == [15 + 2, 12]
    assert cogs("lifo", units, costs, 6).tolist() == [15 + 8, 14]


def test_the_dust_that_passes_grows_with_the_layers_and_no_further():
    """A thousandth of a unit is dust beside a million million units, and a theft beside one."""
    assert ending("fifo", [1e12], [1.0], 1e12 + 1e-3) == 1e12
    for available in (0.5, 1.0, 1000.0):
        with pytest.raises(AccountingError):
            ending("fifo", [available], [1.0], available + 1e-3)
