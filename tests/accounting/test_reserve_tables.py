"""Percentage tables as evidence, against the vendors' own statements, and the bridge to NRV."""

import numpy as np
import pytest

from invval_xl.accounting.reserve_tables import (
    age_reserve,
    bridge,
    coverage_reserve,
    forward_demand_reserve,
    historical_loss_reserve,
    movement_rate_reserve,
    no_sale_reserve,
    usage_multiple_reserve,
)
from invval_xl.findings import AccountingError

GENERIC = [[2, 0.05], [4, 0.10], [6, 0.15], [10, 0.20]]
ROH = [[2, 0.03], [3, 0.05], [4, 0.07], [5, 0.10], [8, 0.15], [12, 0.25]]


def test_sap_statements_on_raw_material_are_met() -> None:
    # SAP R/3 4.70, Lowest Value Determination Based On Range Of Coverage: 4 months, 7 %; 11 months
    # takes the next smaller line, 8 months, 15 %.
    found = coverage_reserve([400, 1100], 10, 100, ROH)
    assert found.reserve_rate.tolist() == [0.07, 0.15]
    assert 10 * (1 - float(found.reserve_rate[0])) == pytest.approx(9.3)
    assert found.reserve_cost.tolist() == pytest.approx([280, 1650])


@pytest.mark.parametrize(
    ("months", "rate"),
    [
        (0, 0),
        (1.99, 0),
        (2, 0.05),
        (3.99, 0.05),
        (4, 0.10),
        (6, 0.15),
        (9.99, 0.15),
        (10, 0.20),
        (1000, 0.20),
    ],
)
def test_a_line_applies_from_its_months_on(months: float, rate: float) -> None:
    assert float(coverage_reserve(months * 100, 1, 100, GENERIC).reserve_rate) == rate


def test_coverage_that_misses_its_line_by_a_last_bit_reaches_it() -> None:
    assert 0.3 / 0.1 < 3
    assert float(coverage_reserve(0.3, 1, 0.1, ROH).reserve_rate) == 0.05


def test_stock_without_demand_takes_the_last_line_and_no_stock_is_unknown() -> None:
    found = coverage_reserve([5, 0, 0, np.nan, 5], 10, [0, 0, 3, 1, np.nan], GENERIC)
    np.testing.assert_array_equal(found.reserve_rate, [0.20, np.nan, 0, np.nan, np.nan])


def test_calcbee_age_tiers() -> None:
    tiers = [[0, 0.0], [183, 0.25], [365, 0.5], [548, 1.0]]
    cost = np.array([1000, 500, 200, 100]) * 20.0
    found = age_reserve(cost, [90, 200, 400, 600], tiers)
    assert found.reserve_cost.tolist() == [0, 2500, 2000, 2000]
    assert found.reserve_cost.sum() / cost.sum() == pytest.approx(0.180555555556)


def test_eclipse_layers_of_ninety_pieces() -> None:
    found = age_reserve(
        np.full(4, 90.0), [45, 135, 225, 315], [[0, 0.2], [92, 0.4], [183, 0.6], [274, 0.8]]
    )
    assert found.reserve_cost.tolist() == [18, 36, 54, 72]


def test_unknown_age_has_no_rate() -> None:
    found = age_reserve([100, np.nan], [np.nan, 400], [[365, 0.5]])
    np.testing.assert_array_equal(found.reserve_rate, [np.nan, 0.5])
    assert np.isnan(found.reserve_cost).all()


def test_movement_indicator_counts_slow_periods_back_from_the_latest() -> None:
    moved = [[50, 4, 3], [4, 4, 50], [4, 4, 4], [50, 50, 4], [np.nan, 50, 4], [4, 50, np.nan]]
    found = movement_rate_reserve(1000, moved, 100, 0.10, [[1, 0.2], [2, 0.5], [3, 0.9]])
    np.testing.assert_array_equal(found.reserve_rate, [0.5, 0, 0.9, 0.2, 0.2, np.nan])


def test_movement_at_the_threshold_moves_and_no_stock_is_unknown() -> None:
    table = [[1, 0.2]]
    assert float(movement_rate_reserve(100, [10], [100], 0.10, table).reserve_rate) == 0
    assert np.isnan(movement_rate_reserve(100, [10], [0], 0.10, table).reserve_rate)


def test_usage_bands_reserve_only_their_own_units() -> None:
    table = [[1, 0.5], [2, 1.0]]
    found = usage_multiple_reserve([80, 150, 250, 250, 0], 10, [100, 100, 100, 0, 100], table)
    assert found.reserve_cost.tolist() == [0, 250, 1000, 2500, 0]
    np.testing.assert_allclose(found.reserve_rate, [0, 250 / 1500, 0.4, 1, np.nan])


def test_two_years_usage_of_the_filer_reserves_what_lies_beyond() -> None:
    assert float(usage_multiple_reserve(250, 10, 100, [[2, 1.0]]).reserve_cost) == 500


def test_no_sale_for_a_year_takes_the_filers_rate() -> None:
    found = no_sale_reserve([1000, 1000, 1000, 1000], [365, 364, 1000, np.nan], 365, 0.854)
    np.testing.assert_array_equal(found.reserve_cost, [854, 0, 854, np.nan])


def test_forward_demand_leaves_what_the_supplier_takes_back() -> None:
    found = forward_demand_reserve([1250, 300, 0], 34, 361, [100, 0, 0], [0.5, 1, 1])
    assert found.reserve_cost.tolist() == [789 * 34 * 0.5, 0, 0]
    np.testing.assert_allclose(found.reserve_rate, [789 / 2500, 0, np.nan])


def test_historical_rate_is_sum_over_sum() -> None:
    found = historical_loss_reserve([50_000, 1], [[100, 300], [0, 0]], [[9000, 11000], [0, 0]])
    np.testing.assert_array_equal(found.reserve_cost, [1000, np.nan])


def test_bridge_shows_the_difference_and_foots() -> None:
    shown = bridge([6500, 100, np.nan], [10597, 0, 5])
    np.testing.assert_array_equal(shown.difference, [4097, -100, np.nan])
    np.testing.assert_array_equal(
        (shown.table_reserve + shown.difference)[:2], shown.nrv_reserve[:2]
    )


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: age_reserve(-1, 1, ROH), "FW110"),
        (lambda: age_reserve(1, 1, []), "FW128"),
        (lambda: age_reserve(1, 1, [0.5]), "FW128"),
        (lambda: age_reserve(1, 1, [[1, 0.5, 0.5]]), "FW128"),
        (lambda: age_reserve(1, 1, [[2, 0.5], [1, 0.6]]), "FW128"),
        (lambda: age_reserve(1, 1, [[2, 0.5], [2, 0.6]]), "FW128"),
        (lambda: age_reserve(1, 1, [[2, 0.5], [np.nan, 0.6]]), "FW128"),
        (lambda: age_reserve(1, 1, [[2, 50]]), "FW114"),
        (lambda: coverage_reserve(-1, 1, 1, ROH), "FW111"),
        (lambda: coverage_reserve(1, -1, 1, ROH), "FW110"),
        (lambda: coverage_reserve(1, 1, -1, ROH), "FW111"),
        (lambda: movement_rate_reserve(1, [-1], [1], 0.1, ROH), "FW111"),
        (lambda: movement_rate_reserve(1, [1], [-1], 0.1, ROH), "FW111"),
        (lambda: movement_rate_reserve(1, [1], [1], -0.1, ROH), "FW114"),
        (lambda: usage_multiple_reserve(1, 1, -1, ROH), "FW111"),
        (lambda: usage_multiple_reserve(1, 1, 1, [[-1, 0.1]]), "FW128"),
        (lambda: no_sale_reserve(1, 1, 365, 85.4), "FW114"),
        (lambda: forward_demand_reserve(1, 1, -1), "FW111"),
        (lambda: forward_demand_reserve(1, 1, 1, -1), "FW111"),
        (lambda: forward_demand_reserve(1, 1, 1, 0, 2), "FW114"),
        (lambda: historical_loss_reserve(1, [-1], [1]), "FW110"),
        (lambda: historical_loss_reserve(1, [2], [1]), "FW114"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code


def test_a_single_unit_is_stock_and_a_table_rate_may_be_all_of_the_cost() -> None:
    assert float(usage_multiple_reserve(1, 10, 0, [[1, 1.0]]).reserve_rate) == 1
    assert float(forward_demand_reserve(1, 10, 0).reserve_rate) == 1
    assert float(forward_demand_reserve(10, 10, 9.5).reserve_cost) == 5
    assert float(historical_loss_reserve(10, [1], [1]).reserve_rate) == 1
    assert float(movement_rate_reserve(100, [0.5], [1], 0.1, [[1, 0.2]]).reserve_rate) == 0
    with pytest.raises(AccountingError):
        age_reserve(1, 1, [[2, 1.01]])
