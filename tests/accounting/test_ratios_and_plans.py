"""Ratios, prices, cover and plans: every elementwise rule alike, then each by hand."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.accounting import commitments, cover, plans, pricing, ratios, standard_cost, tax
from invval_xl.findings import AccountingError
from invval_xl.terms import Valuation

# rule: arguments that can exist, and the result worked by hand. An argument named with "+" may not
# be negative; with "%" it is a rate in 0 to 1; with "~" it may have any sign.
RULES = [
    (ratios.gross_margin, {"~net_sales": 100, "+cogs": 60}, 40),
    (ratios.gross_margin_rate, {"~net_sales": 100, "+cogs": 60}, 0.4),
    (ratios.imu_rate, {"+retail": 50, "+cost": 30}, 0.4),
    (ratios.imu_rate_required,
     {"~expenses": 0.30, "~profit": 0.04, "+reductions": 0.10, "+cash_discounts": 0.02,
      "+alterations": 0.01}, 0.43 / 1.10),
    (ratios.mmu_rate, {"~imu_rate": 0.48, "+reductions_rate": 0.15}, 0.402),
    (ratios.gross_margin_rate_from_mmu,
     {"~mmu_rate": 0.4, "+cash_discounts_rate": 0.03, "+alterations_rate": 0.01}, 0.42),
    (ratios.average_inventory, {"+beginning": 10, "+ending": 30}, 20),
    (ratios.turn, {"~sales": 120, "+average_inventory": 20}, 6),
    (ratios.average_inventory_for_turn, {"+sales": 120, "+turn": 6}, 20),
    (ratios.days_in_inventory, {"+cogs": 730, "+inventory": 60}, 30),
    (ratios.days_in_inventory_from_turn, {"+turn": 5}, 73),
    (ratios.gmroi, {"~gross_margin": 50, "+average_inventory_cost": 20}, 2.5),
    (ratios.gmroi_from_turn, {"~gross_margin_rate": 0.5, "+turn": 3}, 3),
    (ratios.shortage, {"~book_inventory": 100, "+physical_inventory": 90}, 10),
    (ratios.shortage_rate, {"~shortage": 1055, "+net_sales": 95640}, 1055 / 95640),
    (ratios.rate_of_change, {"~now": 3, "~before": 4}, -0.25),
    (pricing.markup_on_cost_rate, {"+retail": 50, "+cost": 40}, 0.25),
    (pricing.markup_on_cost_from_markup_on_retail, {"%markup_on_retail_rate": 0.2}, 0.25),
    (pricing.markup_on_retail_from_markup_on_cost, {"+markup_on_cost_rate": 0.25}, 0.2),
    (pricing.price_from_margin, {"+cost": 28, "%margin_rate": 0.65}, 80),
    (pricing.cost_from_margin, {"+retail": 90, "%margin_rate": 0.6}, 36),
    (pricing.price_from_markup_on_cost, {"+cost": 2, "+markup_on_cost_rate": 0.2}, 2.4),
    (pricing.cost_from_markup_on_cost, {"+retail": 2.4, "+markup_on_cost_rate": 0.2}, 2),
    (pricing.price_after_markdown, {"+price": 48, "%markdown_rate": 0.25}, 36),
    (pricing.markdown_rate_of_ticket, {"+ticket_price": 48, "+new_price": 36}, 0.25),
    (pricing.markdown_rate_of_new_price, {"+ticket_price": 48, "+new_price": 36}, 1 / 3),
    (pricing.markdown_rate_of_sales, {"+markdowns": 5, "+net_sales": 40}, 0.125),
    (pricing.margin_rate_before_markdown,
     {"%markdown_rate": 0.3, "~margin_rate_after_markdown": 0.2}, 0.44),
    (pricing.margin_rate_after_markdown,
     {"%markdown_rate": 0.3, "~margin_rate_before_markdown": 0.44}, 0.2),
    (pricing.breakeven_price,
     {"+unit_cost": 34, "+cost_to_complete": 2, "+cost_to_sell": 1, "%cost_to_sell_rate": 0.08},
     37 / 0.92),
    (cover.sell_through, {"~units_sold": 90, "+base_units": 120}, 0.75),
    (cover.weeks_of_supply, {"+on_hand": 600, "+average_weekly_sales": 75}, 8),
    (cover.stock_to_sales, {"+bom_stock": 90, "+month_sales": 30}, 3),
    (plans.average_stock, {"+season_sales": 160, "+turn": 4}, 40),
    (plans.average_monthly_sales, {"+season_sales": 120, "+months": 6}, 20),
    (plans.basic_stock, {"+average_stock": 40, "+average_monthly_sales": 25}, 15),
    (plans.bom_basic_stock,
     {"+month_sales": 20, "+average_stock": 40, "+average_monthly_sales": 25}, 35),
    (plans.bom_percentage_variation,
     {"+month_sales": 20, "+average_stock": 40, "+average_monthly_sales": 25}, 36),
    (plans.planned_weeks_of_supply, {"+weeks": 26, "+turn": 2}, 13),
    (plans.bom_weeks_of_supply, {"+average_weekly_sales": 5, "+weeks_of_supply": 13}, 65),
    (plans.bom_stock_to_sales, {"+month_sales": 30, "+stock_to_sales": 3}, 90),
    (plans.planned_purchases,
     {"+planned_sales": 20, "+planned_reductions": 1, "+planned_eom": 15, "+bom": 18}, 18),
    (standard_cost.price_variance,
     {"+actual_units": 1000, "+actual_unit_cost": 5.2, "+standard_unit_cost": 5}, 200),
    (standard_cost.usage_variance,
     {"+actual_units": 1050, "+standard_units": 1000, "+standard_unit_cost": 5}, 250),
    (standard_cost.efficiency_variance,
     {"+actual_hours": 190, "+standard_hours": 200, "+standard_hourly_cost": 18}, -180),
    (commitments.commitment_loss,
     {"+contract_cost": 100, "+market_value": 70, "+protected_cost": 40}, 18),
    (commitments.commitment_loss_by_unit,
     {"+units": 1000, "+contract_unit_price": 12, "~market_unit_value": 9.5,
      "+protected_units": 400, "+recognized_loss": 100}, 1400),
    (commitments.onerous_provision,
     {"+cost_to_fulfil": 120, "~economic_benefit": 90, "+exit_penalty": 25,
      "+contract_assets_written_down": 4}, 21),
]  # fmt: skip
NAMES = [rule.__name__ for rule, _, _ in RULES]


def plain(arguments):
    return {name[1:]: value for name, value in arguments.items()}


@pytest.mark.parametrize(("rule", "arguments", "by_hand"), RULES, ids=NAMES)
def test_a_rule_by_hand_for_one_and_for_many(rule, arguments, by_hand):
    given = plain(arguments)
    one = rule(**given)
    assert one == pytest.approx(by_hand)
    assert np.ndim(one) == 0
    many = rule(**{name: np.full((2, 3), float(value)) for name, value in given.items()})
    assert many.shape == (2, 3)
    assert (many == one).all()


@pytest.mark.parametrize(("rule", "arguments", "by_hand"), RULES, ids=NAMES)
def test_an_unknown_argument_makes_only_its_own_row_unknown(rule, arguments, by_hand):
    given = plain(arguments)
    for name, value in given.items():
        result = rule(**given | {name: [value, np.nan, value]})
        assert np.isnan(result).tolist() == [False, True, False], name
        assert result[0] == pytest.approx(by_hand)


@pytest.mark.parametrize(("rule", "arguments", "by_hand"), RULES, ids=NAMES)
def test_what_cannot_be_is_refused_and_names_its_argument(rule, arguments, by_hand):
    given = plain(arguments)
    for marked, value in arguments.items():
        impossible = {"+": [-0.01], "%": [-0.01, 1.01, 65], "~": []}[marked[0]]
        for bad in impossible:
            with pytest.raises(AccountingError) as refused:
                rule(**given | {marked[1:]: [value, bad]})
            assert refused.value.code == "FW301", marked
            assert f"{bad:g}" in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        (ratios.gross_margin_rate, (0, 5)), (ratios.imu_rate, (0, 5)),
        (ratios.turn, (5, 0)), (ratios.average_inventory_for_turn, (5, 0)),
        (ratios.days_in_inventory, (0, 5)), (ratios.days_in_inventory_from_turn, (0,)),
        (ratios.gmroi, (5, 0)), (ratios.shortage_rate, (5, 0)), (ratios.rate_of_change, (5, 0)),
        (pricing.markup_on_cost_rate, (5, 0)), (pricing.markdown_rate_of_ticket, (0, 0)),
        (pricing.markdown_rate_of_new_price, (5, 0)), (pricing.markdown_rate_of_sales, (5, 0)),
        (cover.sell_through, (5, 0)), (cover.weeks_of_supply, (5, 0)),
        (cover.stock_to_sales, (5, 0)), (plans.average_stock, (5, 0)),
        (plans.average_monthly_sales, (5, 0)), (plans.planned_weeks_of_supply, (5, 0)),
        (plans.bom_percentage_variation, (5, 5, 0)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_dividing_by_nothing_is_unknown_and_never_infinite_or_zero(rule, arguments):
    assert np.isnan(rule(*arguments))
    assert np.isnan(rule(*([value, value] for value in arguments))).all()


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        (pricing.price_from_margin, (5, 1)),
        (pricing.markup_on_cost_from_markup_on_retail, (1,)),
        (pricing.margin_rate_after_markdown, (1, 0.5)),
        (pricing.margin_rate_after_markdown, (0.5, 1.01)),
        (pricing.margin_rate_before_markdown, (0.5, 1.01)),
        (pricing.breakeven_price, (5, 0, 0, 1)),
        (ratios.gmroi_from_turn, (1, 5)),
        (ratios.mmu_rate, (1.01, 0.1)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_rate_that_leaves_nothing_to_divide_by_is_refused(rule, arguments):
    with pytest.raises(AccountingError) as refused:
        rule(*arguments)
    assert refused.value.code == "FW301"


def test_a_margin_may_be_negative_where_goods_sell_below_cost():
    assert ratios.gross_margin_rate(80, 100) == -0.25
    assert ratios.gmroi_from_turn(-0.25, 4) == pytest.approx(-0.8)
    assert ratios.imu_rate(80, 100) == -0.25
    assert pricing.margin_rate_after_markdown(0.5, 0.4) == pytest.approx(-0.2)
    assert ratios.mmu_rate(0.3, 0.6) == pytest.approx(-0.12)


def test_the_same_item_is_marked_up_by_either_base():
    """accounting.md B3: 39.94 % of retail is 66.5 % of cost."""
    assert pricing.markup_on_cost_from_markup_on_retail(0.3994) == pytest.approx(0.665, abs=5e-4)


def test_turn_is_taken_in_one_valuation_and_differs_between_them():
    """accounting.md B5, threebuckets: 5.0 at retail, 5.5 at cost, 6.0 in units."""
    assert ratios.turn(500_000, 100_000, sales_in="retail") == 5
    assert ratios.turn(275_000, 50_000, sales_in="cost", inventory_in=Valuation.COST) == 5.5
    assert ratios.turn(12_000, 2_000, sales_in="units") == 6
    with pytest.raises(AccountingError, match="retail over inventory in cost") as refused:
        ratios.turn(500_000, 50_000, sales_in="retail", inventory_in="cost")
    assert refused.value.code == "FW308"


def test_days_of_other_years():
    assert ratios.days_in_inventory(720, 60, days=360) == 30
    assert ratios.days_in_inventory_from_turn(4, days=[360, 364, 365]).tolist() == [90, 91, 91.25]


def test_average_of_several_counts():
    assert ratios.average_inventory_of_counts([[10, 20, 60], [1, 2, 3]]).tolist() == [30, 2]
    assert np.isnan(ratios.average_inventory_of_counts([1, np.nan]))


def test_planned_markup_in_percent_rates_and_currency_is_one():
    by_rate = ratios.imu_rate_required(0.32, 0.05, 0.15)
    assert ratios.imu_rate_required(32, 5, 15, net_sales=100) == pytest.approx(by_rate)
    assert ratios.imu_rate_required(3200, 500, 1500, net_sales=10000) == pytest.approx(by_rate)


# ---- sell-through and cover ------------------------------------------------------------------


def test_sell_through_names_its_base():
    assert cover.sell_through(90, 120, base="received") == 0.75
    assert cover.sell_through(90, 100, base="bop") == 0.9
    assert cover.sell_through(90, 120, base="available", bop_units=60) == 0.5
    assert cover.sell_through(120, 30, base="left") == 0.8
    with pytest.raises(AccountingError) as refused:
        cover.sell_through(90, 120, base="sold")
    assert refused.value.code == "FW309"


@pytest.mark.parametrize(
    ("stock", "plan", "repeat", "periods"),
    [
        (0, [40, 40], 1, 0),
        (20, [40, 40], 1, 0.5),
        (40, [40, 40], 1, 1),
        (80, [40, 40], 1, 2),
        (100, [40, 40], 1, 2.5),
        (1000, [40, 40], 1, 25),
        (130, [40, 60], 2, 2.75),
        (230, [40, 60], 2, 4.75),
        (40, [40, 0, 20], 1, 1),  # used up before the period without sales
        (50, [0, 40, 20], 1, 2.5),  # a period without sales is carried through
        (200, [0, 40, 20], 3, 3 + 6 + 1.5),  # the plan, two cycles of 60, then 20 of the next
    ],
)
def test_forward_cover_by_hand(stock, plan, repeat, periods):
    assert cover.forward_cover(stock, plan, repeat_periods=repeat) == pytest.approx(periods)


def test_forward_cover_unknowns_shapes_and_misuse():
    assert np.isnan(cover.forward_cover(50, [20, 0]))
    assert np.isnan(cover.forward_cover(np.nan, [20, 20]))
    assert np.isnan(cover.forward_cover([50, 50], [[20, np.nan], [20, 30]])).tolist() == [
        True,
        False,
    ]
    assert cover.forward_cover([20, 40], [40, 40]).tolist() == [0.5, 1]
    for repeat in (0, 3):
        with pytest.raises(ValueError, match="periods"):
            cover.forward_cover(5, [1, 1], repeat_periods=repeat)
    with pytest.raises(AccountingError):
        cover.forward_cover(-5, [1, 1])
    with pytest.raises(AccountingError):
        cover.forward_cover(5, [1, -1])


def test_one_stock_against_several_plans():
    assert cover.forward_cover(50, [[50, 50], [25, 50]]).tolist() == [1, 1.5]


def test_what_is_left_out_is_nothing():
    assert pricing.breakeven_price(34) == 34
    assert ratios.gross_margin_rate_from_mmu(0.4) == 0.4
    assert ratios.imu_rate_required(0.3, 0.1, 0) == pytest.approx(0.4)
    assert commitments.commitment_loss(100, 70) == 30
    assert commitments.onerous_provision(120, 90) == 30
    assert commitments.firm_sale_provision(2, 5, 1, 9).provision == 4
    assert plans.open_to_buy(20, 1, 15, 18, 4).open_to_buy_retail == 14


def test_days_of_supply_is_at_hand_here_too():
    assert cover.days_of_supply(1250, 0.5) == 2500


# ---- plans -----------------------------------------------------------------------------------


def test_open_to_buy_with_every_figure():
    plan = plans.open_to_buy(
        20000, 1000, 15000, 18000, 4000, employee_discounts=300, planned_shrink=200, received=500,
        imu_rate=0.4,
    )  # fmt: skip
    assert plan.planned_purchases_retail == 18500
    assert plan.open_to_buy_retail == 14000
    assert plan.open_to_buy_cost == pytest.approx(8400)


def test_over_bought_is_negative_and_cost_needs_a_markup():
    plan = plans.open_to_buy(1000, 0, 1000, 1500, 900)
    assert plan.open_to_buy_retail == -400
    assert np.isnan(plan.open_to_buy_cost)


# ---- standard cost ---------------------------------------------------------------------------


def test_a_period_at_standard_with_a_new_standard():
    """100 at the old 4.80, 900 bought for 4,680, standard 5: 150 left."""
    period = standard_cost.standard_cost(100, 900, 4680, 150, 5, prior_standard_unit_cost=4.8)
    assert period.revaluation == pytest.approx(20)
    assert period.purchase_price_variance == pytest.approx(180)
    assert (period.cogs, period.ending_cost) == (4250, 750)
    assert 480 + 20 + 4680 == 4250 + 750 + 180
    with pytest.raises(AccountingError, match="units sold"):
        standard_cost.standard_cost(100, 900, 4680, 1001, 5)


def test_a_variance_is_shared_by_cost_at_standard():
    shared = standard_cost.prorate_variance([180, -100], [4250, 0], [750, 500])
    assert shared.to_cogs.tolist() == [153, 0]
    assert shared.to_ending.tolist() == [27, -100]
    assert np.isnan(standard_cost.prorate_variance(5, 0, 0).to_cogs)


# ---- commitments -----------------------------------------------------------------------------


def test_no_gain_on_a_commitment():
    assert commitments.commitment_loss(100, 130) == 0
    assert commitments.commitment_loss_by_unit(10, 5, 6) == 0
    assert commitments.onerous_provision(100, 130) == 0


def test_a_commitment_fully_protected_bears_no_loss_and_more_is_refused():
    assert commitments.commitment_loss(100, 70, protected_cost=100) == 0
    assert commitments.commitment_loss_by_unit(10, 5, 3, protected_units=10) == 0
    assert commitments.commitment_loss(0, 0) == 0
    for call in (
        lambda: commitments.commitment_loss(100, 70, protected_cost=101),
        lambda: commitments.commitment_loss_by_unit(10, 5, 3, protected_units=11),
    ):
        with pytest.raises(AccountingError, match="unprotected"):
            call()


def test_goods_worth_less_than_nothing_lose_their_price_and_no_more():
    assert commitments.commitment_loss_by_unit(10, 5, -2) == 50


def test_what_was_recognized_before_is_not_recognized_again():
    assert commitments.commitment_loss_by_unit(10, 5, 3, recognized_loss=15) == 5
    assert commitments.commitment_loss_by_unit(10, 5, 3, recognized_loss=25) == 0


@pytest.mark.parametrize(
    ("market_end", "market_bought", "loss", "further", "recovery", "inventory"),
    [
        (70, 61, 30, 9, 0, 61),
        (70, 85, 30, 0, 15, 85),  # rose again, in part
        (70, 120, 30, 0, 30, 100),  # and beyond the contract: the loss comes back, no more
        (110, 90, 0, 10, 0, 90),
        (110, 120, 0, 0, 0, 100),
    ],
)
def test_a_commitment_from_period_end_to_purchase(
    market_end, market_bought, loss, further, recovery, inventory
):
    stages = commitments.settle_commitment(100, market_end, market_bought)
    assert stages.loss_period_end == loss
    assert stages.liability_released == loss
    assert stages.further_loss == further
    assert stages.recovery == recovery
    assert stages.inventory_recorded == inventory
    assert stages.cash_paid == 100


def test_firm_sales_above_the_stock_are_provided_for():
    """A6, case 12: 1,500 sold at 20, 1,000 on hand, the rest costs 23 and 0.50 to sell."""
    sale = commitments.firm_sale_provision(1500, 20, 1000, 23, cost_to_sell=0.5)
    assert (sale.covered_units, sale.uncovered_units, sale.provision) == (1000, 500, 1750)
    assert commitments.firm_sale_provision(1500, 20, 2000, 23).provision == 0
    assert commitments.firm_sale_provision(1500, 30, 1000, 23).provision == 0
    cheap_way_out = commitments.firm_sale_provision(1500, 20, 1000, 23, exit_penalty=600)
    assert cheap_way_out.provision == 600


# ---- tax -------------------------------------------------------------------------------------


def test_thor_power_tool_excess_held_at_its_old_price_allows_nothing():
    assert tax.allowed_write_down(889, 34) == 0
    assert tax.allowed_write_down(889, 34, offered_price=52, days_until_offered=0) == 0


@pytest.mark.parametrize(
    ("days", "allowed"), [(-400, 220), (0, 220), (30, 220), (31, 0), (np.nan, 0)]
)
def test_subnormal_goods_must_be_offered_by_the_thirtieth_day(days, allowed):
    ours = tax.allowed_write_down(
        10, 34, subnormal=True, offered_price=13, disposition_cost=1, days_until_offered=days
    )
    assert ours == allowed


def test_subnormal_goods_are_worth_their_scrap_at_least_and_need_a_price():
    offered = {"subnormal": True, "days_until_offered": 0}
    assert tax.allowed_write_down(10, 34, offered_price=1, scrap_value=4, **offered) == 300
    assert tax.allowed_write_down(10, 34, offered_price=1, disposition_cost=5, **offered) == 340
    assert tax.allowed_write_down(10, 34, offered_price=14, **offered) == 200
    assert tax.allowed_write_down(10, 34, **offered) == 0
    assert tax.allowed_write_down(10, 34, offered_price=90, **offered) == 0


def test_normal_goods_take_the_bid_price_and_lifo_takes_cost():
    assert tax.allowed_write_down([10, 10, 10], 34, bid_price=[30, 40, np.nan]).tolist() == [
        40,
        0,
        0,
    ]
    assert tax.allowed_write_down(10, 34, bid_price=30, cost_method="lifo") == 0
    assert tax.allowed_write_down(10, 34, bid_price=40, cost_method="lifo") == 0
    assert np.isnan(tax.allowed_write_down(np.nan, 34, bid_price=30))


def test_the_tax_report_foots():
    report = tax.tax_difference([10597, 2000, 0], [0, 1150, 300], tax_rate=0.21)
    assert report.temporary_difference.tolist() == [10597, 850, -300]
    assert report.total() == pytest.approx((12597, 1450, 11147, 2340.87))
    assert np.isnan(tax.tax_difference(10, 2).deferred_tax_asset)
    with pytest.raises(AccountingError):
        tax.tax_difference(10, 2, tax_rate=21)
    with pytest.raises(AccountingError):
        tax.tax_difference(-10, 2)
