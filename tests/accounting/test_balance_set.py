"""The balance set: identity, averages of aggregates, and one movement seen from many sides."""

import numpy as np
import pytest

from invval_xl.accounting.balance_set import (
    average_unit_cost,
    average_unit_retail,
    balance_break,
    ending,
    movements_seen_from,
    transfers_net,
)
from invval_xl.accounting.valuation import jump
from invval_xl.findings import AccountingError
from invval_xl.terms import Valuation


def test_distribution_centre_to_store_keeps_the_system_at_1100() -> None:
    # retailitix.com, balance set part III: DC 1,000, store 100, 50 moved with no lead time
    eop = ending([1000, 100], [0, 50], [50, 0])
    assert eop.tolist() == [950.0, 150.0]
    assert eop.sum() == 1100.0
    assert transfers_net([0, 50], [50, 0]) == 0.0


def test_in_transit_is_a_location_of_its_own_and_keeps_the_system_whole() -> None:
    # 50 leave the DC, 30 have arrived; nodes: DC, in transit, store
    seen = movements_seen_from([0, 1], [1, 2], [50, 30], [0, 1, 2])
    assert seen.net.tolist() == [-50.0, 20.0, 30.0]
    assert transfers_net(seen.transfers_in, seen.transfers_out) == 0.0
    assert ending([1000, 0, 100], seen.transfers_in, seen.transfers_out).sum() == 1100.0


def test_reported_less_computed_is_the_planted_break() -> None:
    assert balance_break(1000, 50, 100, 950).item() == 0.0
    assert balance_break(1000, 50, 100, 943).item() == -7.0
    assert np.isnan(balance_break(1000, np.nan, 100, 950))


@pytest.mark.parametrize(
    ("member_of", "receipts", "issues", "transfers_in", "transfers_out"),
    [
        # vendor -> DC 200, DC -> store 50, store -> customer 20; nodes: DC, store
        ([0, 1], [200, 0], [0, 20], [0, 50], [50, 0]),  # company, by location
        ([0, 0], [200], [20], [0], [0]),  # company as one
        ([-1, 0], [50], [20], [0], [0]),  # the store: from the DC is a receipt
        ([0, -1], [200], [50], [0], [0]),  # the DC: to the store is an issue
    ],
)
def test_receipt_or_transfer_is_a_point_of_view(
    member_of: list[int],
    receipts: list[float],
    issues: list[float],
    transfers_in: list[float],
    transfers_out: list[float],
) -> None:
    seen = movements_seen_from([-1, 0, 1], [0, 1, -1], [200, 50, 20], member_of)
    assert seen.receipts.tolist() == receipts
    assert seen.issues.tolist() == issues
    assert seen.transfers_in.tolist() == transfers_in
    assert seen.transfers_out.tolist() == transfers_out


def test_what_is_internal_to_a_member_does_not_move_it() -> None:
    seen = movements_seen_from([0], [1], [50], [0, 0])
    assert seen.internal.tolist() == [50.0]
    assert seen.net.tolist() == [0.0]


@pytest.mark.parametrize("movement", [([0], [2], [1]), ([-2], [0], [1]), ([0], [1], [-1])])
def test_a_movement_to_nowhere_or_below_zero_is_refused(
    movement: tuple[list[int], list[int], list[float]],
) -> None:
    with pytest.raises(AccountingError):
        movements_seen_from(*movement, [0, 1])


def test_average_unit_cost_of_an_aggregate_is_sum_over_sum_not_mean_of_means() -> None:
    cost, units = np.array([100.0, 900.0]), np.array([10.0, 30.0])
    assert float(average_unit_cost(cost, units, axis=0)) == 25.0
    assert average_unit_cost(cost, units).mean() == 20.0
    by_item = average_unit_cost([[100, 900], [1, 1]], [[10, 30], [0, 0]], axis=1)
    np.testing.assert_array_equal(by_item, [25.0, np.nan])


def test_no_units_have_no_average() -> None:
    np.testing.assert_array_equal(
        average_unit_cost([5.0, 0.0, 6.0], [0.0, 0.0, 3.0]), [np.nan, np.nan, 2.0]
    )
    assert np.isnan(average_unit_cost(5.0, 0.0))
    assert np.isnan(average_unit_retail([5.0, 6.0], 0.0)).all()
    assert float(average_unit_retail(4564.63, 101)) == pytest.approx(45.1943564356)


TOTALS = {
    "units": 1250,
    "cost": 42500.0,
    "retail": 65000.0,
    "full_price": 81250.0,
    "wholesale": 50000.0,
}


@pytest.mark.parametrize("middle", list(Valuation))
@pytest.mark.parametrize("to", list(Valuation))
@pytest.mark.parametrize("from_", list(Valuation))
def test_jump_does_not_depend_on_its_path(
    from_: Valuation, middle: Valuation, to: Valuation
) -> None:
    straight = jump(889.0, from_, to, **TOTALS)
    around = jump(jump(889.0, from_, middle, **TOTALS), middle, to, **TOTALS)
    assert float(around) == pytest.approx(float(straight), rel=1e-14)


def test_jump_is_the_average_of_the_balance() -> None:
    assert float(jump(10, "units", "cost", **TOTALS)) == 340.0  # AUC 34
    assert float(jump(10, "units", "retail", **TOTALS)) == 520.0  # AUR 52
    assert float(jump(100, "retail", "cost", **TOTALS)) == pytest.approx(100 * 34 / 52)
    assert float(jump(100, "full price", "retail", **TOTALS)) == 80.0  # 20 % off ticket
    assert float(jump(7.5, "cost", "cost", **TOTALS)) == 7.5


def test_jump_from_an_empty_balance_is_unknown() -> None:
    jumped = jump([1.0, 1.0], "units", "cost", units=[0, 4], cost=[10.0, 10.0])
    np.testing.assert_array_equal(jumped, [np.nan, 2.5])
    assert np.isnan(jump(0.0, "units", "cost", units=0, cost=0))


@pytest.mark.parametrize("to", ["retail", "full price", "wholesale", "weight"])
def test_jump_without_its_basis_is_refused(to: str) -> None:
    with pytest.raises(AccountingError) as refused:
        jump(1, "units", to, units=1, cost=1)
    assert refused.value.code == "FW127"


def test_a_movement_of_nothing_or_of_half_a_unit_is_a_movement() -> None:
    seen = movements_seen_from([-1, 0, -1], [0, -1, 0], [0, 0.5, 0.25], [0])
    assert seen.receipts.tolist() == [0.25]
    assert seen.issues.tolist() == [0.5]
    assert seen.net.tolist() == [-0.25]
    with pytest.raises(AccountingError):
        movements_seen_from([-1, -1], [0, 0], [5, -1], [0])


def test_members_without_a_movement_are_there_all_the_same() -> None:
    seen = movements_seen_from([-1], [0], [5], [0, 1, 2])
    for column in (seen.receipts, seen.issues, seen.transfers_in, seen.transfers_out, seen.net):
        assert column.shape == (3,)
    assert movements_seen_from([], [], [], [-1]).net.tolist() == []
