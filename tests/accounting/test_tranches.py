"""Units by purpose, and the two readings of an uncertain price, on SKU 47382 and at the edges."""

import numpy as np
import pytest

from invval_xl.accounting.expected_loss import (
    expected_nrv,
    expected_shortfall,
    markdown_prices,
    shortfall_of_expected_nrv,
    two_point,
    wilson,
)
from invval_xl.accounting.nrv import net_realizable_value, unit_write_down, write_down
from invval_xl.accounting.tranches import (
    days_of_supply,
    demand_rate,
    excess_units,
    split_units,
)
from invval_xl.findings import AccountingError
from invval_xl.terms import Tranche

UNITS, COST, RATE = 1250, 34.0, 89 / 90


def cents(value: object) -> float:
    return round(float(value), 2)


class TestSku47382:
    """accounting.md section F, every figure to its printed digit."""

    def test_rates_and_days_of_supply(self) -> None:
        assert [round(float(rate), 4) for rate in demand_rate([89, 18, 71], [90, 30, 60])] == [
            0.9889,
            0.6,
            1.1833,
        ]
        assert [round(float(d)) for d in days_of_supply(UNITS, [18 / 30, RATE])] == [2083, 1264]

    def test_excess_is_unrounded_as_a_function_and_whole_as_a_tranche(self) -> None:
        assert float(excess_units(UNITS, RATE, 365)) == pytest.approx(889.0555555556, abs=1e-9)
        assert float(excess_units(UNITS, 0.6, 365)) == 1031
        split = split_units(UNITS, 0, 0, RATE, 365)
        assert (float(split.demand), float(split.excess)) == (361, 889)

    def test_expected_prices(self) -> None:
        marked, expected = markdown_prices([48, 52], 0.25, 0.22)
        assert marked.tolist() == [36, 39]
        assert [cents(price) for price in expected] == [45.36, 49.14]

    @pytest.mark.parametrize(
        ("selling", "expected", "marked"),
        [
            (0.05, 43.09, 34.20),
            (0.08, 41.73, 33.12),
            (0.10, 40.82, 32.40),
            (0.12, 39.92, 31.68),
            (0.15, 38.56, 30.60),
        ],
    )
    def test_nrv_by_selling_cost(self, selling: float, expected: float, marked: float) -> None:
        nrv = net_realizable_value([45.36, 36.0], cost_to_sell_rate=selling)
        assert [cents(value) for value in nrv] == [expected, marked]

    def test_price_test_has_headroom_of_9664(self) -> None:
        nrv = net_realizable_value(45.36, cost_to_sell_rate=0.08)
        assert float(write_down(UNITS, COST, nrv)) == 0
        assert round(UNITS * (float(nrv) - COST)) == 9664

    def test_certain_markdown_and_its_probability(self) -> None:
        nrv = two_point(0.92 * 48, 0.92 * 36, 0.22)
        assert cents(write_down(UNITS, COST, 0.92 * 36)) == 1100
        assert cents(UNITS * expected_shortfall(COST, *nrv)) == 242
        assert cents(UNITS * shortfall_of_expected_nrv(COST, *nrv)) == 0
        assert cents(expected_nrv(*nrv)) == 41.73

    @pytest.mark.parametrize(
        ("liquidation", "at_889", "at_1031"),
        [(33.60, 2745, 3184), (24.00, 10597, 12290), (12.00, 20411, 23672)],
    )
    def test_quantity_test(self, liquidation: float, at_889: int, at_1031: int) -> None:
        reserve = write_down([889, 1031], COST, 0.92 * liquidation)
        assert [round(float(value)) for value in reserve] == [at_889, at_1031]

    @pytest.mark.parametrize(
        ("n", "low", "high", "price_low", "price_high"),
        [(20, 9, 44, 42.75, 46.89), (50, 13, 35, 43.77, 46.47), (200, 17, 28, 44.61, 45.98)],
    )
    def test_wilson_interval_of_the_22_percent(
        self, n: int, low: int, high: int, price_low: float, price_high: float
    ) -> None:
        bounds = wilson(0.22, n)
        assert [round(100 * float(bound)) for bound in bounds] == [low, high]
        prices = [48 * (1 - 0.25 * float(bound)) for bound in reversed(bounds)]
        assert prices == pytest.approx([price_low, price_high], abs=0.01)


def test_wilson_against_a_published_interval() -> None:
    # Newcombe 1998, Statistics in Medicine 17: 81/263, 15/148, 0/20, 1/29 without correction
    low, high = wilson(np.array([81 / 263, 15 / 148, 0, 1 / 29]), [263, 148, 20, 29])
    assert np.round(low, 4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert np.round(high, 4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_wilson_knows_nothing_from_no_cases_and_narrows_with_more() -> None:
    assert np.isnan(wilson(0.2, 0)).all()
    low, high = wilson(0.2, [10, 100, 1000])
    assert np.all(np.diff(high - low) < 0)
    wide, narrow = wilson(0.2, 50, 0.99), wilson(0.2, 50, 0.8)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_claims_are_served_in_order_and_never_beyond_the_stock() -> None:
    split = split_units(
        units_on_hand=[100, 100, 100, 100, 0],
        firm_units=[30, 120, 0, 60, 5],
        damaged_units=[10, 10, 200, 60, 5],
        daily_rate=[1, 1, 1, 1, 1],
        horizon_days=30,
    )
    assert split.firm.tolist() == [30, 100, 0, 60, 0]
    assert split.damaged.tolist() == [10, 0, 100, 40, 0]
    assert split.demand.tolist() == [30, 0, 0, 0, 0]
    assert split.excess.tolist() == [30, 0, 0, 0, 0]
    assert split.firm_unfilled.tolist() == [0, 20, 0, 0, 5]
    assert split.stacked.shape == (5, 4)
    for place, tranche in enumerate(Tranche):
        np.testing.assert_array_equal(split.stacked[:, place], split.units(tranche))


def test_unknown_rate_calls_nothing_excess_and_says_so() -> None:
    split = split_units([100, 100], [20, 0], 0, [np.nan, 0.0], 365)
    assert split.rate_known.tolist() == [False, True]
    assert split.demand.tolist() == [80, 0]
    assert split.excess.tolist() == [0, 100]


def test_unknown_units_or_claims_stay_unknown() -> None:
    split = split_units(
        [np.nan, 10, 10, 10], [0, np.nan, 0, 0], [0, 0, np.nan, 0], 1, [5, 5, 5, np.nan]
    )
    assert np.isnan(split.excess).all()
    assert not np.isnan(split.firm[2:]).any()


def test_demand_is_rounded_half_away_to_the_unit_decimals() -> None:
    assert split_units(100, 0, 0, 0.5, 5).demand.item() == 3  # 2.5
    assert split_units(100, 0, 0, 0.25, 0.5, unit_decimals=2).demand.item() == 0.13  # 0.125
    assert split_units(100, 0, 0, 10, 365).excess.item() == 0


def test_firm_units_come_off_before_excess() -> None:
    assert excess_units(100, 1, 30, [0, 50, 90]).tolist() == [70, 20, 0]
    assert np.isnan(excess_units([np.nan, 1], [1, np.nan], 30)).all()


def test_rates_at_the_edges() -> None:
    np.testing.assert_array_equal(
        demand_rate([-5, 10, np.nan, 10], [30, 0, 30, 30]), [0, np.nan, np.nan, 1 / 3]
    )
    np.testing.assert_array_equal(
        days_of_supply([10, 0, 0, np.nan, 10, 10], [0, 0, 2, 1, -0.0, np.nan]),
        [np.inf, np.nan, 0, np.nan, np.inf, np.nan],
    )


def test_expected_loss_over_a_discrete_distribution_a_row_an_item() -> None:
    nrv = np.array([[10.0, 20.0, 30.0], [40.0, 40.0, 40.0], [-5.0, 10.0, 30.0]])
    chances = np.array([0.2, 0.3, 0.5])
    assert expected_nrv(nrv, chances).tolist() == [23, 40, 17]
    assert shortfall_of_expected_nrv([25, 45, 20], nrv, chances).tolist() == [2, 5, 3]
    losses = expected_shortfall([25, 45, 20], nrv, chances)
    assert losses.tolist() == pytest.approx([0.2 * 15 + 0.3 * 5, 5, 0.2 * 20 + 0.3 * 10])


def test_expected_loss_of_one_outcome_is_the_plain_write_down() -> None:
    cost, nrv = np.array([10.0, 20.0]), np.array([7.0, 25.0])
    plain = unit_write_down(cost, nrv)
    for reading in (expected_shortfall, shortfall_of_expected_nrv):
        np.testing.assert_array_equal(reading(cost, nrv[:, None], 1.0), plain)


def test_unknown_outcome_spoils_its_own_item_only() -> None:
    losses = expected_shortfall(10, [[np.nan, 1.0], [4.0, 6.0]], [0.5, 0.5])
    np.testing.assert_array_equal(losses, [np.nan, 5.0])
    assert np.isnan(expected_shortfall(10, [4.0, 6.0], [np.nan, 0.5]))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: expected_nrv(5.0, 1.0), "FW114"),
        (lambda: expected_nrv([1, 2], [0.5, 0.6]), "FW114"),
        (lambda: expected_nrv([1, 2], [1.5, -0.5]), "FW114"),
        (lambda: expected_shortfall(-1, [1, 2], [0.5, 0.5]), "FW110"),
        (lambda: two_point(1, 2, 22), "FW114"),
        (lambda: markdown_prices(-1, 0.2, 0.2), "FW113"),
        (lambda: markdown_prices(1, 25, 0.2), "FW114"),
        (lambda: markdown_prices(1, 0.2, 22), "FW114"),
        (lambda: wilson(22, 50), "FW114"),
        (lambda: wilson(0.22, -1), "FW111"),
        (lambda: wilson(0.22, 50, 95), "FW114"),
        (lambda: split_units(-1, 0, 0, 1, 1), "FW111"),
        (lambda: split_units(1, -1, 0, 1, 1), "FW111"),
        (lambda: split_units(1, 0, -1, 1, 1), "FW111"),
        (lambda: split_units(1, 0, 0, -1, 1), "FW111"),
        (lambda: split_units(1, 0, 0, 1, -1), "FW111"),
        (lambda: excess_units(-1, 1, 1), "FW111"),
        (lambda: excess_units(1, -1, 1), "FW111"),
        (lambda: excess_units(1, 1, -1), "FW111"),
        (lambda: excess_units(1, 1, 1, -1), "FW111"),
        (lambda: days_of_supply(-1, 1), "FW111"),
        (lambda: days_of_supply(1, -1), "FW111"),
        (lambda: demand_rate(1, -1), "FW111"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code


def test_tranches_stand_on_the_last_axis_whatever_the_shape() -> None:
    for shape in ((), (2,), (2, 3)):
        split = split_units(np.full(shape, 10.0), 1, 2, 1, 3)
        assert split.stacked.shape == (*shape, 4)
        assert split.stacked.reshape(-1, 4)[0].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("chance", [1.01, -0.01])
def test_a_chance_or_rate_a_hair_outside_is_refused(chance: float) -> None:
    for call in (
        lambda: two_point(1, 2, chance),
        lambda: markdown_prices(1, chance, 0.5),
        lambda: markdown_prices(1, 0.5, chance),
        lambda: wilson(chance, 10),
        lambda: expected_nrv([1, 2], [chance, 1 - chance]),
        lambda: expected_nrv([[1, 2], [1, 2]], [[0.5, 0.5], [0.5, 0.6]]),
        lambda: wilson(0.5, 10, 1.0),
        lambda: wilson(0.5, 10, 0.0),
    ):
        with pytest.raises(AccountingError) as refused:
            call()
        assert refused.value.code == "FW114"
    assert markdown_prices(10, 1, 1) == (0, 0)
