"""The retail method: where each figure stands against the ratio line; LIFO layers; gross profit."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting.dollar_value_lifo import (
    chain_index,
    dollar_value_lifo,
    dollar_value_lifo_retail,
    double_extension_index,
)
from invval_xl.accounting.gross_profit_method import gross_profit_method
from invval_xl.accounting.retail_method import (
    RetailVariant,
    cost_to_retail_ratio,
    retail_ending,
    retail_inventory,
)
from invval_xl.findings import AccountingError

PLAIN = (600.0, 1000.0, 5400.0, 9000.0, 6000.0)  # BI cost, BI retail, purchases, purchases, sales

# What 100 of each does to C, R0, N and ending retail (accounting.md B2 and B4).
MOVES = {
    "freight_in_cost": (100, 0, 0, 0),
    "purchase_returns_cost": (-100, 0, 0, 0),
    "purchase_returns_retail": (0, -100, 0, -100),
    "purchase_discounts_cost": (-100, 0, 0, 0),
    "vendor_allowances_cost": (-100, 0, 0, 0),
    "transfers_in_cost": (100, 0, 0, 0),
    "transfers_in_retail": (0, 100, 0, 100),
    "transfers_out_cost": (-100, 0, 0, 0),
    "transfers_out_retail": (0, -100, 0, -100),
    "abnormal_loss_cost": (-100, 0, 0, 0),
    "abnormal_loss_retail": (0, -100, 0, -100),
    "markups_retail": (0, 100, 0, 100),
    "markup_cancellations_retail": (0, -100, 0, -100),
    "markdowns_retail": (0, 0, 100, -100),
    "markdown_cancellations_retail": (0, 0, -100, 100),
    "sales_returns_retail": (0, 0, 0, 100),
    "employee_discounts_retail": (0, 0, 0, -100),
    "normal_shrink_retail": (0, 0, 0, -100),
}


@pytest.mark.parametrize(("name", "moves"), MOVES.items())
def test_every_figure_moves_what_it_should_and_nothing_else(name, moves):
    before, after = retail_inventory(*PLAIN), retail_inventory(*PLAIN, **{name: 100.0})
    moved = (
        after.available_cost - before.available_cost,
        after.available_retail - before.available_retail,
        after.net_markdowns_retail - before.net_markdowns_retail,
        after.ending_retail - before.ending_retail,
    )
    assert moved == moves
    with pytest.raises(AccountingError) as refused:
        retail_inventory(*PLAIN, **{name: -1.0})
    assert refused.value.code == "FW301"


@pytest.mark.parametrize("place", range(5))
def test_the_five_plain_figures_are_refused_below_zero(place):
    figures = list(PLAIN)
    figures[place] = -1.0
    with pytest.raises(AccountingError) as refused:
        retail_inventory(*figures)
    assert refused.value.code == "FW301"


def test_the_ratios_of_all_variants_by_hand():
    goods = retail_inventory(600, 1000, 5400, 9000, 6000, markups_retail=500, markdowns_retail=250)
    assert goods.ending_retail == 4250
    assert goods.added_cost == 5400
    assert goods.cumulative_markon_rate == pytest.approx(1 - 6000 / 10500)
    by_hand = {
        "conventional": 6000 / 10500,
        "average": 6000 / 10250,
        "fifo": 5400 / 9250,
        "fifo lcm": 5400 / 9500,
        "lifo": 5400 / 9250,
    }
    for variant, ratio in by_hand.items():
        assert goods.ratio(variant) == pytest.approx(ratio)
        if variant != "lifo":
            assert goods.ending_cost(variant) == pytest.approx(4250 * ratio)
        assert goods.cogs(variant) == pytest.approx(6000 - goods.ending_cost(variant))
    assert goods.ending_cost("lifo") == pytest.approx(600 + 3250 * 5400 / 9250)


@pytest.mark.parametrize(
    ("sales", "expected"),
    [(9000, 600), (9500, 300), (10000, 0), (8000, 600 + 1000 * 0.6)],
)
def test_lifo_keeps_the_opening_layer_and_peels_it_when_stock_falls(sales, expected):
    assert retail_ending("lifo", 600, 1000, 5400, 9000, sales) == pytest.approx(expected)


def test_lifo_without_opening_stock_is_one_new_layer():
    assert retail_ending("lifo", 0, 0, 5400, 9000, 4000) == pytest.approx(3000)


def test_lifo_of_unchanged_stock_and_no_purchases_needs_no_ratio():
    assert retail_ending("lifo", 600, 1000, 0, 0, 0) == 600


def test_no_goods_at_all_has_no_ratio():
    goods = retail_inventory(0, 0, 0, 0, 0)
    assert np.isnan(goods.ratio("conventional"))
    assert np.isnan(goods.ending_cost("average"))


def test_departments_in_columns_and_an_unknown_one_stays_alone():
    goods = retail_inventory(
        [600, 600], [1000, np.nan], [5400, 5400], [9000, 9000], 6000, markdowns_retail=[0, 10]
    )
    assert goods.ending_cost("average")[0] == pytest.approx(4000 * 0.6)
    assert np.isnan(goods.ending_cost("average")[1])


def test_selling_more_than_there_is_is_refused_and_dust_is_not():
    with pytest.raises(AccountingError, match="ends at -1;") as refused:
        retail_inventory(600, 1000, 5400, 9000, 10001)
    assert refused.value.code == "FW307"
    assert retail_inventory(0, 0, 0.3, 0.1 + 0.2, 0.3 + 1e-16).ending_retail == pytest.approx(0)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("LCM", "conventional"), ("Average Cost", "average"), ("FIFO_LCM", "fifo lcm"),
        ("fifo cost", "fifo"), ("LIFO retail", "lifo"), ("conventional", "conventional"),
    ],
)  # fmt: skip
def test_a_variant_is_known_by_the_names_textbooks_give_it(said, meant):
    assert RetailVariant.named(said) is RetailVariant(meant)


def test_an_unknown_variant_is_refused():
    with pytest.raises(AccountingError, match='"hifo" is not one of') as refused:
        retail_ending("hifo", *PLAIN)
    assert refused.value.code == "FW306"


def test_cost_complement():
    assert cost_to_retail_ratio(36, 60) == 0.6
    assert np.isnan(cost_to_retail_ratio(0, 0))


# ---- dollar-value LIFO -----------------------------------------------------------------------


def test_a_peel_that_eats_two_layers_and_part_of_the_base():
    """Base 100 at 60; +50 at index 1.1 x 0.5; +30 at 1.2 x 0.6; then down to 80 base dollars."""
    years = dollar_value_lifo_retail(60, 100, [165, 216, 100], [1.1, 1.2, 1.25], [0.5, 0.6, 0.7])
    assert years.ending_base == pytest.approx([150, 180, 80])
    assert years.added_base == pytest.approx([50, 30, -100])
    assert years.layers_base[1].tolist() == pytest.approx([100, 50, 30, 0])
    assert years.layers_base[2].tolist() == pytest.approx([80, 0, 0, 0])
    layer_1, layer_2 = 50 * 1.1 * 0.5, 30 * 1.2 * 0.6
    assert years.ending_cost == pytest.approx([60 + layer_1, 60 + layer_1 + layer_2, 48])
    assert years.layers_cost[1].tolist() == pytest.approx([60, layer_1, layer_2, 0])


def test_a_peeled_layer_does_not_come_back():
    """Down to 80 and up to 100 again: the new 20 are at the new year's index and ratio."""
    years = dollar_value_lifo_retail(60, 100, [80, 130], [1.0, 1.3], [0.6, 0.5])
    assert years.ending_cost == pytest.approx([48, 48 + 20 * 1.3 * 0.5])


def test_pools_side_by_side_and_indices_of_one_hundred():
    ending = np.array([[165, 80], [216, 60]])
    alone = [
        dollar_value_lifo_retail(60, 100, ending[:, pool], [110, 120], [0.5, 0.6], base_index=100)
        for pool in (0, 1)
    ]
    together = dollar_value_lifo_retail(
        [60, 60], [100, 100], ending, [110, 120], [0.5, 0.6], base_index=100
    )
    for pool in (0, 1):
        assert together.ending_cost[:, pool] == pytest.approx(alone[pool].ending_cost)


def test_an_unknown_year_is_unknown_from_then_on():
    years = dollar_value_lifo_retail(60, 100, [110, np.nan, 150], [1, 1, 1], [0.5] * 3)
    assert np.isnan(years.ending_cost).tolist() == [False, True, True]


def test_no_base_layer():
    assert dollar_value_lifo_retail(0, 0, [100], [1.1], [0.5]).ending_cost == pytest.approx([50])


def test_an_index_of_zero_is_refused():
    for index, base in ((0, 1), (1, 0), (-1, 1)):
        with pytest.raises(AccountingError) as refused:
            dollar_value_lifo_retail(60, 100, [100], [index], [0.5], base_index=base)
        assert refused.value.code == "FW301"


def test_dollar_value_lifo_at_cost_and_its_indices():
    years = dollar_value_lifo(200000, [299000, 300000], [1.15, 1.20])
    assert years.ending_base == pytest.approx([260000, 250000])
    assert years.ending_cost == pytest.approx([200000 + 60000 * 1.15, 200000 + 50000 * 1.15])
    assert double_extension_index([100, 200], [6, 11], [5, 10]) == pytest.approx(2800 / 2500)
    assert np.isnan(double_extension_index([0], [6], [5]))
    assert chain_index([1.1, 1.05, 0.9]).tolist() == pytest.approx([1.1, 1.155, 1.0395])


# ---- gross profit method ---------------------------------------------------------------------


def test_gross_profit_by_margin_on_sales_and_by_markup_on_cost():
    by_margin = gross_profit_method(60000, 200000, 280000, gross_margin_rate=0.3)
    assert by_margin.cogs == pytest.approx(196000)
    assert by_margin.ending_cost == pytest.approx(64000)
    assert by_margin.available_cost == 260000
    by_markup = gross_profit_method(60000, 200000, 280000, markup_on_cost_rate=0.4)
    assert by_markup.ending_cost == pytest.approx(60000)


def test_a_fire_loss_with_every_figure():
    """Goods of 20,000 at cost unhurt, damaged ones fetch 3,000."""
    estimate = gross_profit_method(
        60000, 210000, 300000, gross_margin_rate=0.3, freight_in_cost=5000,
        purchase_returns_cost=8000, purchase_discounts_cost=4000, vendor_allowances_cost=3000,
        sales_returns=20000,
    )  # fmt: skip
    assert estimate.available_cost == 260000
    assert estimate.ending_cost == pytest.approx(64000)
    assert estimate.loss(20000, 3000) == pytest.approx(41000)
    assert estimate.loss() == pytest.approx(64000)  # nothing saved


def test_gross_profit_refusals():
    with pytest.raises(TypeError, match="one of the two"):
        gross_profit_method(1, 1, 1)
    with pytest.raises(TypeError, match="one of the two"):
        gross_profit_method(1, 1, 1, gross_margin_rate=0.3, markup_on_cost_rate=0.4)
    with pytest.raises(AccountingError, match=r"available by 20000$") as refused:
        gross_profit_method(60000, 200000, 400000, gross_margin_rate=0.3)
    assert refused.value.code == "FW307"
    # 0.1 + 0.7 is a hair under 0.8: dust, not goods that were never there.
    assert gross_profit_method(0.1, 0.7, 0.8, markup_on_cost_rate=0).ending_cost == 0
    with pytest.raises(AccountingError) as refused:
        gross_profit_method(60000, 200000, 280000, gross_margin_rate=30)
    assert refused.value.code == "FW301"
