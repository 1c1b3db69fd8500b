"""Lower of cost or market with ceiling and floor, against print."""

import numpy as np
import pytest

from invval_xl.accounting.lcm import ceiling, floor, lcm, lcm_between, market, market_between
from invval_xl.accounting.money import round_half_away
from invval_xl.findings import AccountingError


@pytest.mark.parametrize(
    ("cost", "replacement", "nrv", "profit", "market_value", "value"),
    [
        (76.5, 75, 82.5, 13.5, 75, 75),  # replacement cost in the middle
        (10, 8, 9, 2, 8, 8),  # accountingcoach
        (50, 40, 60, 12, 48, 48),  # coursehero 3: below the floor
        (20, 29, 35, 6, 29, 20),  # coursehero 1: cost below the floor stays
        (100, 95, 90, 5, 90, 90),  # above the ceiling
        (100, 85, 90, 5, 85, 85),  # at the floor
        (100, 90, 90, 5, 90, 90),  # at the ceiling
        (100, 70, 90, 0, 90, 90),  # no profit: market is NRV
        (100, 120, 90, 0, 90, 90),
    ],
)
def test_market_is_the_middle_of_the_three(
    cost: float, replacement: float, nrv: float, profit: float, market_value: float, value: float
) -> None:
    assert float(market(replacement, nrv, profit)) == market_value
    assert float(lcm(cost, replacement, nrv, profit)) == value
    assert float(market_between(replacement, nrv, nrv - profit)) == market_value
    assert float(lcm_between(cost, replacement, nrv, nrv - profit)) == value
    assert float(market(replacement, nrv, profit)) == np.median(
        [replacement, ceiling(nrv), floor(nrv, profit)]
    )


def test_eight_item_table_totals_39433_where_print_says_39406() -> None:
    # qammunity 7896864. Printed wrong twice: item 1320 takes the replacement cost below its floor,
    # item 1522 extends 1,200 x 3.28 to 3,939.
    units = np.array([1500, 1200, 1100, 1300, 1000, 1200, 3300, 1300])
    cost = np.array([3.87, 3.27, 5.45, 4.36, 2.72, 3.63, 2.18, 5.69])
    replacement = np.array([3.63, 2.78, 4.48, 3.75, 2.42, 3.27, 1.94, 6.29])
    price = np.array([5.45, 4.24, 6.05, 3.87, 3.93, 4.6, 3.03, 7.26])
    costs = np.array([0.42, 0.61, 0.48, 0.3, 0.97, 0.48, 0.91, 0.61])
    profit = np.array([1.38, 0.67, 0.47, 0.25, 1.18, 0.84, 0.93, 1.56])
    nrv = price - costs
    assert round_half_away(market(replacement, nrv, profit)).tolist() == [
        3.65,
        2.96,
        5.1,
        3.57,
        2.42,
        3.28,
        1.94,
        6.29,
    ]
    lines = round_half_away(units * lcm(cost, replacement, nrv, profit))
    assert lines.tolist() == [5475, 3552, 5610, 4641, 2420, 3936, 6402, 7397]
    assert lines.sum() == 39433


def test_floor_given_outright() -> None:
    assert float(market_between(150, 240, 208)) == 208  # another71


def test_nothing_is_carried_below_zero() -> None:
    assert lcm(10, 5, [-3, 2], [1, 4]).tolist() == [0, 2]
    assert lcm(10, 0, 2, 4).item() == 0


def test_unknown_in_any_part_is_unknown() -> None:
    unknown = np.nan
    assert np.isnan(
        lcm([unknown, 1, 1, 1], [1, unknown, 1, 1], [1, 1, unknown, 1], [1, 1, 1, unknown])
    ).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: floor(10, -1), "FW112"),
        (lambda: market(5, 10, -1), "FW112"),
        (lambda: lcm(5, 5, 10, [1, -1]), "FW112"),
        (lambda: market(-5, 10, 1), "FW113"),
        (lambda: lcm(-5, 5, 10, 1), "FW110"),
        (lambda: market_between(5, 10, 11), "FW115"),
        (lambda: market_between(5, 10, [9, 11]), "FW115"),
        (lambda: market_between(-5, 10, 9), "FW113"),
        (lambda: lcm_between(-5, 5, 10, 9), "FW110"),
        (lambda: lcm_between(5, 5, 10, 11), "FW115"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code
