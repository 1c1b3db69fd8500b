"""Unit of account: the same stock by item, category and total; groups only with what they need."""

import numpy as np
import pytest

from invval_xl.accounting.unit_of_account import (
    Grouping,
    UnitOfAccount,
    balanced_units,
    permit_grouping,
    value_by_group,
    value_by_item,
    value_by_total,
)
from invval_xl.findings import AccountingError

ITEM, CATEGORY, POOL, TOTAL = UnitOfAccount


def test_almaden_hardware_by_item_category_and_total() -> None:
    stock = ([100, 200, 300, 500, 100], [5, 10, 2, 6, 4], [5.5, 9, 2.6, 5, 4.5])
    category = ["tools", "tools", "tools", "paint", "paint"]
    by_item, by_group, by_total = (
        value_by_item(*stock),
        value_by_group(*stock, category),
        value_by_total(*stock),
    )
    assert (by_item.total_cost, by_item.total_nrv) == (6500, 6080)
    assert (by_item.total_value, by_item.total_write_down) == (5800, 700)
    assert (by_group.total_value, by_group.total_write_down) == (6050, 450)
    assert (by_total.total_value, by_total.total_write_down) == (6080, 420)
    assert by_group.write_down.tolist() == [450, 0]  # paint, tools


@pytest.mark.parametrize(
    ("units", "cost", "nrv", "by_item", "by_total"),
    [
        (
            [100, 200, 300, 400, 500],
            [1000, 500, 1500, 750, 250],
            [1020, 450, 1600, 770, 200],
            35_000,
            0,
        ),  # moonstruck, IAS 2
        ([55, 65, 80, 85, 95], [20, 59, 47, 37, 39], [17, 55, 49, 37, 35], 805, 645),  # furniture
    ],
)
def test_grouping_hides_losses_behind_gains(
    units: list[float], cost: list[float], nrv: list[float], by_item: float, by_total: float
) -> None:
    assert value_by_item(units, cost, nrv).total_write_down == by_item
    assert value_by_total(units, cost, nrv).total_write_down == by_total


def test_openstax_exercise_b() -> None:
    assert value_by_item([20, 30, 45], [100, 75, 50], [95, 70, 55]).total_value == 6250


def test_excess_over_balanced_quantities_is_valued_item_by_item() -> None:
    # 100 bodies at 10 (NRV 8), 60 lids at 5 (NRV 9): 60 make whole jars. The 40 bodies too many
    # lose 2 each; within the 60 jars lids cover bodies.
    parts, products = balanced_units([100, 60], 1)
    assert (parts.tolist(), products) == ([60, 60], 60)
    found = value_by_total([100, 60], [10, 5], [8, 9], balanced=parts)
    assert found.total_write_down == 80
    assert found.total_cost == 1300
    assert value_by_total([100, 60], [10, 5], [8, 9]).total_write_down == 0
    assert value_by_item([100, 60], [10, 5], [8, 9]).total_write_down == 200


def test_kits_are_whole_products_by_their_scarcest_part() -> None:
    parts, products = balanced_units([100, 90, 500], [1, 1, 4])
    assert (parts.tolist(), products) == ([90, 90, 360], 90)
    assert balanced_units([3, 7], 4)[1] == 0
    assert np.isnan(balanced_units([3, np.nan], 1)[1])


def test_lifo_pool_offsets_within_but_obsolete_units_stand_alone() -> None:
    # Market takes the place of NRV. 20 of 100 units of the first item are obsolete.
    pool = value_by_group([100, 100], [10, 10], [7, 14], ["pool", "pool"], grouped_units=[80, 100])
    assert pool.total_write_down == 20 * 3


def test_nrv_below_zero_does_not_lower_its_group() -> None:
    found = value_by_group([10, 10], [5, 5], [-100, 6], ["g", "g"])
    assert found.nrv.tolist() == [60]
    assert found.write_down.tolist() == [40]


def test_unknown_stays_with_its_group() -> None:
    found = value_by_group([1, 1, 1], [5, 5, 5], [4, np.nan, 3], ["a", "b", "a"])
    np.testing.assert_array_equal(found.write_down, [3, np.nan])


@pytest.mark.parametrize(
    ("framework", "flow", "grouping", "answer"),
    [
        ("us-gaap", "fifo", Grouping(ITEM), "item"),
        ("ifrs", "average", Grouping(ITEM), "item"),
        ("us-gaap", "fifo", Grouping(CATEGORY, "one end product"), "category"),
        ("us-gaap", "fifo", Grouping(CATEGORY), "FW107 ASC 330-10-35-8"),
        ("us-gaap", "fifo", Grouping(CATEGORY, "  "), "FW107 ASC 330-10-35-8"),
        ("us-gaap", "fifo", Grouping(TOTAL, "one end product"), "FW109 ASC 330-10-35-11"),
        ("us-gaap", "fifo", Grouping(TOTAL, "one end product", balanced=True), "total"),
        ("us-gaap", "fifo", Grouping(CATEGORY, "x", prior=ITEM), "FW108 ASC 330-10-35-11"),
        ("us-gaap", "fifo", Grouping(ITEM, prior=CATEGORY), "FW108 ASC 330-10-35-11"),
        ("us-gaap", "fifo", Grouping(CATEGORY, "x", prior=CATEGORY), "category"),
        ("us-gaap", "lifo", Grouping(POOL, "natural business unit"), "LIFO pool"),
        ("us-gaap", "fifo", Grouping(POOL, "x"), "FW116 "),
        ("ifrs", "fifo", Grouping(POOL, "x", same_line_purpose_market=True), "FW116 "),
        ("ifrs", "fifo", Grouping(TOTAL, "x", balanced=True), "FW106 IAS 2.29"),
        ("ifrs", "fifo", Grouping(TOTAL, "x", None, True, True), "FW106 IAS 2.29"),
        ("ifrs", "fifo", Grouping(CATEGORY, "finished goods"), "FW106 IAS 2.29"),
        ("frs-102", "fifo", Grouping(CATEGORY, "finished goods"), "FW106 FRS 102 27.3"),
        ("ifrs", "fifo", Grouping(CATEGORY, "", None, True), "FW107 IAS 2.29"),
        ("ifrs", "fifo", Grouping(CATEGORY, "one line", None, True), "category"),
        ("ifrs", "fifo", Grouping(ITEM, prior=CATEGORY), "FW108 IAS 8.13"),
        ("gaap", "fifo", Grouping(ITEM), "FW116 "),
        ("ifrs", "hifo", Grouping(ITEM), "FW116 "),
    ],
)
def test_grouping_is_permitted_or_refused_with_its_paragraph(
    framework: str, flow: str, grouping: Grouping, answer: str
) -> None:
    try:
        found = str(permit_grouping(framework, flow, grouping))
    except AccountingError as refused:
        found = f"{refused.code} {refused.paragraph}"
    assert found == answer


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: value_by_item([-1], 1, 1), "FW111"),
        (lambda: value_by_item([1], -1, 1), "FW110"),
        (lambda: value_by_group([1, 1], 1, 1, ["a"]), "FW111"),
        (lambda: value_by_group([1, 1], 1, 1, ["a", "a"], [2, 1]), "FW111"),
        (lambda: value_by_group([1, 1], 1, 1, ["a", "a"], [-1, 1]), "FW111"),
        (lambda: balanced_units([1, 1], [1, 0]), "FW111"),
        (lambda: balanced_units([-1, 1], 1), "FW111"),
    ],
)
def test_impossible_values_are_refused_by_code(call, code: str) -> None:
    with pytest.raises(AccountingError) as refused:
        call()
    assert refused.value.code == code


def test_units_outside_the_comparison_are_in_cost_nrv_and_value_alike() -> None:
    # 5 of 10 units grouped: together 5 x 8 covers nothing of 5 x 10; the other 5 stand alone
    found = value_by_group([10, 10], [10, 5], [8, 9], ["g", "g"], grouped_units=[5, 10])
    assert found.cost.tolist() == [150]
    assert found.nrv.tolist() == [170]
    assert found.value.tolist() == [100 + 40]
    assert found.write_down.tolist() == [10]


def test_a_product_may_need_half_a_unit_of_a_part() -> None:
    parts, products = balanced_units([3, 4], [1, 0.5])
    assert (parts.tolist(), products) == ([3, 1.5], 3)


def test_groups_of_any_shape_of_key_are_taken_flat() -> None:
    found = value_by_group([1, 1], 5, [4, 3], [["a"], ["b"]])
    assert found.write_down.tolist() == [1, 2]
