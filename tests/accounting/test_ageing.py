"""Ageing on original receipt dates: FIFO queues by others, transfers that do not make younger."""

import datetime as dt

import numpy as np
import pytest

from invval_xl.accounting.ageing import (
    age_days,
    age_layers_fifo,
    bucket,
    move_layers,
    oldest_age,
    remaining_fifo,
    weighted_average_age,
)
from invval_xl.findings import AccountingError


def queue(receipts: list[float], issued: float) -> list[float]:
    """A plain FIFO queue, the second computation: issues eat the oldest receipt first."""
    left = list(receipts)
    for place in range(len(left)):
        eaten = min(left[place], issued)
        left[place] -= eaten
        issued -= eaten
    return left


def test_erpnext_normal_inward_outward_queue() -> None:
    # frappe/erpnext test_stock_ageing.py: +30 on 1 Dec, +20 on 2 Dec, -10 on 3 Dec; to 10 Dec
    dates = np.array(["2021-12-01", "2021-12-02"], dtype="datetime64[D]")
    left = remaining_fifo([0, 0], dates, [30, 20], [40]).remaining_units
    ages = age_days(dates, "2021-12-10")
    buckets, unknown = bucket(left, ages, (30, 60, 90))
    assert left.tolist() == [20, 20]
    assert buckets.tolist() == [40, 0, 0, 0]
    assert float(unknown) == 0
    assert float(weighted_average_age(left, ages)) == 8.5


def test_erpnext_case_2_leaves_ten_of_the_second_receipt() -> None:
    assert age_layers_fifo([50, 20], 10).remaining_units.tolist() == [0, 10]


def test_layers_equal_a_plain_queue_for_many_items() -> None:
    draw = np.random.default_rng(5)
    receipts = draw.integers(0, 40, (300, 12)).astype(float)
    issued = np.floor(draw.random(300) * (receipts.sum(axis=1) + 1))
    aged = age_layers_fifo(receipts, receipts.sum(axis=1) - issued)
    expected = [queue(row.tolist(), gone) for row, gone in zip(receipts, issued, strict=True)]
    np.testing.assert_array_equal(aged.remaining_units, expected)
    assert not aged.unexplained_units.any()


def test_long_list_in_any_order_equals_the_table() -> None:
    draw = np.random.default_rng(6)
    receipts = draw.integers(0, 40, (200, 9)).astype(float)
    on_hand = np.floor(draw.random(200) * 1.2 * receipts.sum(axis=1))
    table = age_layers_fifo(receipts, on_hand)
    item, period = (index.ravel() for index in np.indices(receipts.shape))
    shuffled = draw.permutation(item.size)
    dates = np.datetime64("2025-01-01") + 30 * period
    aged = remaining_fifo(item[shuffled], dates[shuffled], receipts.ravel()[shuffled], on_hand)
    np.testing.assert_array_equal(aged.remaining_units, table.remaining_units.ravel()[shuffled])
    np.testing.assert_array_equal(aged.unexplained_units, table.unexplained_units)


def test_units_no_receipt_explains_are_named_not_aged() -> None:
    aged = age_layers_fifo([[5, 5], [0, 0]], [12, 3])
    assert aged.unexplained_units.tolist() == [2, 3]
    assert remaining_fifo([], [], [], [3.0]).unexplained_units.tolist() == [3]


def test_unknown_receipt_spoils_what_lies_before_it_only() -> None:
    aged = age_layers_fifo([[5, np.nan, 4], [5, 5, 4]], [8, 8])
    np.testing.assert_array_equal(aged.remaining_units, [[np.nan, np.nan, 4], [0, 4, 4]])
    np.testing.assert_array_equal(aged.unexplained_units, [np.nan, 0])


def test_one_day_receipts_are_taken_last_listed_first() -> None:
    day = np.array(["2025-05-01"] * 2, dtype="datetime64[D]")
    assert remaining_fifo([0, 0], day, [6, 4], [7]).remaining_units.tolist() == [3, 4]


def test_transfer_keeps_the_original_receipt_date() -> None:
    # January and March receipts at the warehouse; 35 go to a store in June. A report that ages from
    # the transfer (D365 by warehouse) would call all 35 new.
    dates = ["2025-01-10", "2025-03-10"]
    stays, moved = move_layers([30.0, 20.0], 35)
    ages = age_days(dates, "2025-06-30")
    assert stays.tolist() == [0, 15]
    assert moved.tolist() == [30, 5]
    assert float(oldest_age(moved, ages)) == 171
    company = weighted_average_age(stays + moved, ages)
    assert float(weighted_average_age([30.0, 20.0], ages)) == float(company)


def test_moving_all_or_nothing() -> None:
    stays, moved = move_layers([[1, 2], [1, 2]], [0, 3])
    assert stays.tolist() == [[1, 2], [0, 0]]
    assert moved.tolist() == [[0, 0], [1, 2]]


def test_age_counts_days_and_knows_no_age_without_a_date() -> None:
    np.testing.assert_array_equal(
        age_days(["2025-06-30", "NaT", "2024-06-30"], dt.date(2025, 6, 30)), [0, np.nan, 365]
    )
    assert float(age_days("2024-02-28", "2024-03-01")) == 2  # a leap year


def test_receipt_after_the_period_end_is_refused() -> None:
    with pytest.raises(AccountingError) as refused:
        age_days(["2025-07-01"], "2025-06-30")
    assert (refused.value.code, refused.value.paragraph) == (
        "FW125",
        "ASC 855-10-25-1; IAS 2.30",
    )


def test_buckets_take_their_upper_edge_and_foot_to_the_cost() -> None:
    cost = np.array([[1, 2, 4, 8, 16], [1, 1, 1, 1, 1]], dtype=float)
    ages = np.array([0, 30, 31, 90.5, np.nan])
    buckets, unknown = bucket(cost, ages, (30, 60, 90))
    assert buckets.tolist() == [[3, 4, 0, 8], [2, 1, 0, 1]]
    assert unknown.tolist() == [16, 1]
    np.testing.assert_array_equal(buckets.sum(axis=-1) + unknown, cost.sum(axis=-1))


def test_edges_may_lie_less_than_a_day_apart() -> None:
    assert bucket([1, 2, 4], [0.25, 0.75, 2], (0.5, 1.0))[0].tolist() == [1, 2, 4]


def test_unknown_cost_shows_in_its_own_bucket() -> None:
    buckets, unknown = bucket([np.nan, 1.0], [10, 40], (30,))
    np.testing.assert_array_equal(buckets, [np.nan, 1])
    assert float(unknown) == 0


def test_average_and_oldest_age_look_only_at_what_is_left() -> None:
    ages = [300, np.nan, 10]
    assert float(weighted_average_age([1, 0, 3], ages)) == 82.5
    assert float(oldest_age([0, 0, 3], ages)) == 10
    assert np.isnan(weighted_average_age([1, 1, 1], ages))
    assert np.isnan(oldest_age([1, 1, 1], ages))
    assert np.isnan(weighted_average_age([0, 0, 0], ages))
    assert np.isnan(oldest_age([0, 0, 0], ages))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: age_layers_fifo([[-1, 1]], [1]), "FW111"),
        (lambda: age_layers_fifo([[1, 1]], [-1]), "FW111"),
        (lambda: age_layers_fifo([[1, 1]], [1, 1]), "FW111"),
        (lambda: age_layers_fifo(1, 1), "FW111"),
        (lambda: remaining_fifo([0], [0], [-1], [1]), "FW111"),
        (lambda: remaining_fifo([0], [0], [np.nan], [1]), "FW111"),
        (lambda: remaining_fifo([0], [0], [1], [-1]), "FW111"),
        (lambda: remaining_fifo([1], [0], [1], [1]), "FW111"),
        (lambda: remaining_fifo([-1], [0], [1], [1]), "FW111"),
        (lambda: remaining_fifo([0], [np.nan], [1], [1]), "FW125"),
        (lambda: remaining_fifo([0], [np.datetime64("NaT")], [1], [1]), "FW125"),
        (lambda: move_layers([1, 2], 4), "FW111"),
        (lambda: move_layers([1, -2], 1), "FW111"),
        (lambda: move_layers([1, 2], -1), "FW111"),
        (lambda: bucket([1], [1], (30, 30)), "FW128"),
        (lambda: bucket([1], [1], (60, 30)), "FW128"),
        (lambda: weighted_average_age([-1], [1]), "FW111"),
        (lambda: oldest_age([-1], [1]), "FW111"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code


def test_one_late_receipt_or_one_flat_edge_among_many_is_refused() -> None:
    with pytest.raises(AccountingError):
        age_days(["2025-01-01", "2025-07-01"], "2025-06-30")
    with pytest.raises(AccountingError):
        age_days(["2025-07-01", "NaT"], "2025-06-30")
    with pytest.raises(AccountingError):
        bucket([1], [1], (30, 60, 60))
    with pytest.raises(AccountingError):
        move_layers([[1, 2], [1, 2]], [3, 4])
    with pytest.raises(AccountingError):
        remaining_fifo([0, 0], [1.0, np.nan], [1, 1], [1])


def test_a_layer_of_one_unit_or_half_is_a_layer() -> None:
    assert float(weighted_average_age([0.5, 0.5], [10, 20])) == 15
    assert float(oldest_age([1, 0.5], [10, 20])) == 20
    assert float(oldest_age([1, 0], [10, 20])) == 10
    assert float(weighted_average_age([1, 0], [10, 20])) == 10
    assert age_days(["NaT", "2025-06-30"], "2025-06-30").tolist()[1] == 0


def test_decimal_units_leave_no_sliver_of_a_layer_and_nothing_unexplained() -> None:
    receipts = np.array([[0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])
    assert 0.3 - 0.2 - 0.1 != 0  # what binary leaves of it
    table = age_layers_fifo(receipts[:, ::-1], [0.3, 0.7])
    assert table.remaining_units.tolist()[0][:1] == [0.0]
    on_hand = np.array([0.7 + 0.2 + 0.1, 0.1 + 0.6 + 0.3])
    for aged in (
        age_layers_fifo(receipts, on_hand),
        remaining_fifo([0, 0, 0, 1, 1, 1], [1, 2, 3, 1, 2, 3], receipts.ravel(), on_hand),
    ):
        assert not aged.unexplained_units.any()
    draw = np.random.default_rng(8)
    bought = np.round(draw.random((500, 6)) * 30, 2)
    held = np.round(bought[:, 3:].sum(axis=1), 2)  # exactly the last three receipts
    item, period = (index.ravel() for index in np.indices(bought.shape))
    for left in (
        age_layers_fifo(bought, held).remaining_units,
        remaining_fifo(item, period, bought.ravel(), held).remaining_units.reshape(bought.shape),
    ):
        assert not left[:, :3].any()
        np.testing.assert_allclose(left.sum(axis=1), held, atol=1e-9)
