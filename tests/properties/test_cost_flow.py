"""Invariants of cost flow, the retail method, ratios and plans: what holds whatever the figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invval_xl.accounting import (
    commitments,
    cost_flow,
    cover,
    dollar_value_lifo,
    layers,
    perpetual,
    plans,
    pricing,
    ratios,
    retail_method,
    standard_cost,
    tax,
)
from invval_xl.findings import AccountingError

METHODS = ("fifo", "lifo", "average")
OUT = float("nan")

WHOLE = st.integers(0, 1000).map(float)
FRACTION = st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000)
UNITS = st.one_of(WHOLE, FRACTION)
UNIT_COST = st.integers(0, 10**5).map(lambda cents: cents / 100)
MONEY = st.integers(1, 10**8).map(lambda cents: cents / 100)
RATE = st.floats(0, 0.95)


@st.composite
def queue(draw, *, most=8):
    """One item: units and unit costs of its layers, and units on hand within them."""
    units = np.array(draw(st.lists(UNITS, min_size=1, max_size=most)))
    unit_costs = np.array(draw(st.lists(UNIT_COST, min_size=units.size, max_size=units.size)))
    return units, unit_costs, draw(st.floats(0, 1)) * units.sum()


@st.composite
def ledger(draw, *, most=12):
    """Movements in which nothing is issued before it is received, whole units."""
    units, unit_costs, on_hand = [], [], 0
    for _ in range(draw(st.integers(1, most))):
        if on_hand and draw(st.booleans()):
            count = draw(st.integers(1, on_hand))
            units.append(-float(count))
            unit_costs.append(OUT)
            on_hand -= count
        else:
            count = draw(st.integers(1, 500))
            units.append(float(count))
            unit_costs.append(draw(UNIT_COST))
            on_hand += count
    return np.array(units), np.array(unit_costs)


def close(ours, exact, *, scale=1.0):
    np.testing.assert_allclose(ours, exact, rtol=1e-9, atol=1e-9 * max(float(np.max(scale)), 1.0))


# ---- periodic --------------------------------------------------------------------------------


@given(queue(), st.sampled_from(METHODS))
def test_units_and_dollars_are_conserved(item, method) -> None:
    units, unit_costs, on_hand = item
    total = float(units @ unit_costs)
    left = cost_flow.left_by_layer(method, np.zeros(units.size), units, [on_hand])
    close(left.sum(), on_hand, scale=units.sum())
    assert np.all((left >= 0) & (left <= units * (1 + 1e-12)))
    parts = [f(method, units, unit_costs, on_hand) for f in (cost_flow.ending, cost_flow.cogs)]
    close(sum(parts), total, scale=total)


@given(queue())
def test_fifo_of_a_queue_is_lifo_of_its_reverse(item) -> None:
    units, unit_costs, on_hand = item
    total = float(units @ unit_costs)
    close(
        cost_flow.ending("fifo", units, unit_costs, on_hand),
        cost_flow.ending("lifo", units[::-1], unit_costs[::-1], on_hand),
        scale=total,
    )


@given(queue())
def test_fifo_ending_is_lifo_cost_of_sales_of_the_complement(item) -> None:
    """What FIFO keeps is what LIFO would sell, were the sold units kept instead."""
    units, unit_costs, on_hand = item
    sold = np.clip(units.sum() - on_hand, 0, None)
    close(
        cost_flow.ending("fifo", units, unit_costs, on_hand),
        cost_flow.cogs("lifo", units, unit_costs, sold),
        scale=float(units @ unit_costs),
    )


@given(queue(), st.sampled_from(METHODS))
def test_ending_lies_between_the_cheapest_and_the_dearest_layer(item, method) -> None:
    units, unit_costs, on_hand = item
    assume(units.sum() > 0)
    held = unit_costs[units > 0]
    value = cost_flow.ending(method, units, unit_costs, on_hand)
    slack = 1e-9 * max(float(units @ unit_costs), 1.0)
    assert on_hand * held.min() - slack <= value <= on_hand * held.max() + slack


@given(queue())
def test_rising_costs_order_the_methods(item) -> None:
    units, unit_costs, on_hand = item
    rising = np.sort(unit_costs)
    lifo, average, fifo = (
        float(cost_flow.ending(m, units, rising, on_hand)) for m in ("lifo", "average", "fifo")
    )
    slack = 1e-9 * max(float(units @ rising), 1.0)
    assert lifo <= average + slack
    assert average <= fifo + slack


@given(queue(), st.sampled_from(METHODS), st.integers(0, 7), st.floats(0, 1))
def test_splitting_a_layer_changes_nothing(item, method, place, part) -> None:
    units, unit_costs, on_hand = item
    place %= units.size
    first = units[place] * part
    split = np.concatenate((units[:place], [first, units[place] - first], units[place + 1 :]))
    costs = np.insert(unit_costs, place, unit_costs[place])
    on_hand = min(on_hand, float(split.sum()))
    close(
        cost_flow.ending(method, split, costs, on_hand),
        cost_flow.ending(method, units, unit_costs, min(on_hand, float(units.sum()))),
        scale=float(units @ unit_costs),
    )


@given(st.lists(queue(), min_size=1, max_size=6), st.sampled_from(METHODS), st.randoms())
def test_items_do_not_see_each_other(items, method, shuffle) -> None:
    """Long column, in any order of items, item by item: the same figures."""
    alone = [
        float(cost_flow.ending_by_item(method, np.zeros(u.size), u, c, [on_hand])[0])
        for u, c, on_hand in items
    ]
    order = list(range(len(items)))
    shuffle.shuffle(order)
    key = np.concatenate([np.full(items[i][0].size, i) for i in order])
    together = cost_flow.ending_by_item(
        method,
        key,
        np.concatenate([items[i][0] for i in order]),
        np.concatenate([items[i][1] for i in order]),
        [items[i][2] for i in order],
    )
    np.testing.assert_allclose(together, [alone[i] for i in order], rtol=1e-13, atol=1e-9)


@given(queue(), queue(), st.sampled_from(METHODS))
def test_an_unknown_layer_spoils_only_its_own_item(first, second, method) -> None:
    units = np.concatenate((first[0], second[0]))
    units[0] = np.nan
    key = np.repeat([1, 2], [first[0].size, second[0].size])
    unit_costs = np.concatenate((first[1], second[1]))
    value = cost_flow.ending_by_item(method, key, units, unit_costs, [first[2], second[2]])
    assert np.isnan(value[0])
    close(
        value[1],
        cost_flow.ending(method, second[0], second[1], second[2]),
        scale=float(second[0] @ second[1]),
    )


@given(queue(), st.sampled_from(METHODS), st.integers(1, 1000))
def test_currency_scales(item, method, rate) -> None:
    units, unit_costs, on_hand = item
    close(
        cost_flow.ending(method, units, unit_costs * rate, on_hand),
        rate * cost_flow.ending(method, units, unit_costs, on_hand),
        scale=rate * float(units @ unit_costs),
    )


@given(queue(), st.sampled_from(METHODS), st.floats(1e-6, 1e6))
def test_more_than_the_layers_is_refused(item, method, excess) -> None:
    units, unit_costs, _ = item
    beyond = units.sum() * (1 + 1e-6) + excess
    with pytest.raises(AccountingError) as refused:
        cost_flow.ending(method, units, unit_costs, beyond)
    assert refused.value.code == "FW302"


# ---- perpetual -------------------------------------------------------------------------------


def stack_by_hand(units, unit_costs, *, newest):
    """A ledger walked unit by unit: the slow, plain truth."""
    held, issue_cost = [], []
    for count, unit_cost in zip(units, unit_costs, strict=True):
        if count > 0:
            held += [unit_cost] * int(count)
            issue_cost.append(0.0)
        else:
            taken = [held.pop(-1 if newest else 0) for _ in range(int(-count))]
            issue_cost.append(sum(taken))
    return np.array(issue_cost), sum(held)


@given(ledger(), st.sampled_from(["fifo", "lifo"]))
def test_each_issue_costs_what_a_unit_by_unit_walk_says(book, method) -> None:
    units, unit_costs = book
    issue_cost, ending = stack_by_hand(units, unit_costs, newest=method == "lifo")
    ours = perpetual.perpetual(method, units, unit_costs)
    scale = float(np.nansum(np.abs(units) * np.nan_to_num(unit_costs)))
    close(ours.issue_cost, issue_cost, scale=scale)
    close(ours.totals.ending_cost[0], ending, scale=scale)


@given(ledger())
def test_moving_average_is_what_a_step_by_step_walk_says(book) -> None:
    units, unit_costs = book
    held = cost = 0.0
    issue_cost = []
    for count, unit_cost in zip(units, unit_costs, strict=True):
        taken = 0.0 if count > 0 else cost * -count / held
        cost += count * unit_cost if count > 0 else -taken
        held += count
        issue_cost.append(taken)
    ours = perpetual.perpetual("average", units, unit_costs)
    scale = float(np.nansum(np.abs(units) * np.nan_to_num(unit_costs)))
    close(ours.issue_cost, issue_cost, scale=scale)
    close(ours.totals.ending_cost[0], cost, scale=scale)


@given(ledger())
def test_fifo_perpetual_is_fifo_periodic(book) -> None:
    units, unit_costs = book
    bought = units > 0
    ours = perpetual.perpetual("fifo", units, unit_costs).totals
    close(
        ours.cogs[0],
        cost_flow.cogs("fifo", units[bought], unit_costs[bought], units.sum()),
        scale=float(units[bought] @ unit_costs[bought]),
    )


@given(ledger())
def test_lifo_layers_found_without_a_loop_are_those_of_the_stack(book) -> None:
    units, unit_costs = book
    left = perpetual.lifo_left(units, unit_costs)
    assert left.sum() == units.sum()
    ours = perpetual.perpetual("lifo", units, unit_costs).totals
    value = float(left @ np.nan_to_num(unit_costs))
    cost_in = float(np.nansum(np.where(units > 0, units * unit_costs, 0)))
    close(ours.cogs[0] + value, cost_in, scale=cost_in)


@given(
    st.lists(ledger(), min_size=1, max_size=5),
    st.sampled_from(METHODS),
    st.sampled_from([None, 2]),
)
def test_a_ledger_of_many_items_is_each_items_ledger(books, method, places) -> None:
    key = np.repeat(np.arange(len(books)), [book[0].size for book in books])
    together = perpetual.perpetual(
        method,
        np.concatenate([book[0] for book in books]),
        np.concatenate([book[1] for book in books]),
        item=key,
        unit_cost_places=places,
    )
    for number, (units, unit_costs) in enumerate(books):
        alone = perpetual.perpetual(method, units, unit_costs, unit_cost_places=places)
        scale = float(np.nansum(np.where(units > 0, units * unit_costs, 0)))
        close(together.issue_cost[key == number], alone.issue_cost, scale=scale)
        close(together.balance_cost[key == number], alone.balance_cost, scale=scale)
        close(together.totals.ending_cost[number], alone.totals.ending_cost[0], scale=scale)


@given(ledger(), st.sampled_from([*METHODS]), st.sampled_from([None, 2, 3]))
def test_a_ledger_conserves_dollars_at_every_step(book, method, places) -> None:
    units, unit_costs = book
    ours = perpetual.perpetual(method, units, unit_costs, unit_cost_places=places)
    cost_in = np.cumsum(np.where(units > 0, units * np.nan_to_num(unit_costs), 0))
    close(np.cumsum(ours.issue_cost) + ours.balance_cost, cost_in, scale=cost_in[-1])
    assert np.all(ours.balance_cost[ours.balance_units == 0] == 0)
    assert np.all(ours.issue_cost >= -1e-9 * max(cost_in[-1], 1))


@given(ledger(), st.integers(1, 100))
def test_issuing_more_than_is_on_hand_is_refused(book, excess) -> None:
    units, unit_costs = book
    short = np.append(units, -(units.sum() + excess))
    with pytest.raises(AccountingError) as refused:
        perpetual.perpetual("fifo", short, np.append(unit_costs, OUT))
    assert refused.value.code == "FW304"


@given(ledger(), st.integers(1, 50), UNIT_COST, st.sampled_from(METHODS))
def test_a_purchase_sent_back_at_once_leaves_no_trace(book, count, unit_cost, method) -> None:
    units, unit_costs = book
    back = perpetual.perpetual(
        method,
        np.append(units, [count, -count]),
        np.append(unit_costs, [unit_cost, unit_cost]),
    )
    plain = perpetual.perpetual(method, units, unit_costs)
    scale = float(np.nansum(np.where(units > 0, units * unit_costs, 0))) + count * unit_cost
    close(back.totals.ending_cost, plain.totals.ending_cost, scale=scale)


# ---- dated layers ----------------------------------------------------------------------------


@st.composite
def shelves(draw):
    """Layers of three holders, and a transfer out of each of two."""
    count = draw(st.integers(1, 12))
    book = layers.layers(
        draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)),
        np.datetime64("2026-01-01")
        + np.array(draw(st.lists(st.integers(0, 90), min_size=count, max_size=count))),
        draw(st.lists(WHOLE, min_size=count, max_size=count)),
        draw(st.lists(UNIT_COST, min_size=count, max_size=count)),
    )
    units, _ = book.totals(3)
    moved = [float(np.floor(draw(st.floats(0, 1)) * units[holder])) for holder in (0, 1)]
    return book, moved


@given(shelves(), st.sampled_from(METHODS))
def test_a_transfer_conserves_units_cost_and_age(case, method) -> None:
    book, moved = case
    after = layers.transfer(book, [0, 1], [2, 2], moved, method=method)
    for before_total, after_total in zip(book.totals(3), after.layers.totals(3), strict=True):
        close(after_total.sum(), before_total.sum(), scale=before_total.sum())
    old, new = book.age_days("2026-06-30"), after.layers.age_days("2026-06-30")
    close(new @ after.layers.units, old @ book.units, scale=float(old @ book.units))
    close(after.layers.totals(3)[0][2] - book.totals(3)[0][2], sum(moved), scale=sum(moved))


@given(shelves(), st.sampled_from(METHODS))
def test_layers_foot_to_their_own_totals_and_a_planted_break_is_its_dollars(case, method) -> None:
    book, moved = case
    left = layers.issue(method, book, [0, 1], moved).left
    units, cost = left.totals(3)
    assert np.all(layers.foot(left, units, cost).cost_break == 0)
    planted = layers.foot(left, units + np.array([0, 2, 0]), cost - np.array([0, 0, 7]))
    assert planted.units_break.tolist() == [0, -2, 0]
    close(planted.cost_break, [0, 0, 7], scale=cost.sum())


@given(shelves())
def test_lifo_peels_the_newest_and_fifo_the_oldest(case) -> None:
    book, moved = case
    for method, order in (("fifo", 1), ("lifo", -1)):
        drawn = layers.issue(method, book, [0, 1], moved)
        for holder in (0, 1):
            gone = drawn.drawn.received[drawn.drawn.holder == holder]
            kept = drawn.left.received[drawn.left.holder == holder]
            if gone.size and kept.size:
                first, last = (gone.max(), kept.min()) if order > 0 else (kept.max(), gone.min())
                assert first <= last


# ---- retail method ---------------------------------------------------------------------------


@st.composite
def department(draw):
    """A department whose sales stay within its goods."""
    bi_r, p_r = draw(MONEY), draw(MONEY)
    figures = {
        "beginning_retail": bi_r,
        "beginning_cost": bi_r * draw(st.floats(0.2, 0.9)),
        "purchases_retail": p_r,
        "purchases_cost": p_r * draw(st.floats(0.2, 0.9)),
        "markups_retail": p_r * draw(st.floats(0, 0.3)),
        "markdowns_retail": p_r * draw(st.floats(0, 0.3)),
        "freight_in_cost": p_r * draw(st.floats(0, 0.05)),
    }
    available = bi_r + p_r + figures["markups_retail"] - figures["markdowns_retail"]
    return figures | {"sales_retail": available * draw(st.floats(0, 1))}


@given(department())
def test_retail_method_conserves_cost_and_orders_its_variants(figures) -> None:
    goods = retail_method.retail_inventory(**figures)
    for variant in retail_method.RetailVariant:
        total = goods.cogs(variant) + goods.ending_cost(variant)
        close(total, goods.available_cost, scale=goods.available_cost)
    slack = 1e-9 * float(goods.available_cost)
    # Markdowns left out of the denominator never raise the value.
    assert goods.ending_cost("conventional") <= goods.ending_cost("average") + slack
    assert goods.ending_cost("fifo lcm") <= goods.ending_cost("fifo") + slack


@given(department(), st.floats(0, 1))
def test_figures_given_net_or_apart_are_alike(figures, part) -> None:
    apart = figures | {
        "markup_cancellations_retail": figures["markups_retail"] * part,
        "markdown_cancellations_retail": figures["markdowns_retail"] * part,
        "sales_retail": 0.0,
    }
    net = figures | {
        "markups_retail": figures["markups_retail"] * (1 - part),
        "markdowns_retail": figures["markdowns_retail"] * (1 - part),
        "sales_retail": 0.0,
    }
    for variant in retail_method.RetailVariant:
        one, other = (
            retail_method.retail_inventory(**f).ending_cost(variant) for f in (apart, net)
        )
        close(one, other, scale=other)


@given(department(), st.floats(0, 0.5))
def test_a_transfer_between_departments_at_their_own_ratio_leaves_the_ratio(figures, part) -> None:
    """Goods taken out of both columns at the conventional ratio do not bend it."""
    goods = retail_method.retail_inventory(**figures | {"sales_retail": 0.0})
    ratio = goods.ratio("conventional")
    out = part * figures["purchases_retail"]
    less = retail_method.retail_inventory(
        **figures | {"sales_retail": 0.0},
        transfers_out_retail=out,
        transfers_out_cost=out * ratio,
    )
    close(less.ratio("conventional"), ratio)


@given(department())
def test_normal_shrink_stays_below_the_ratio_line_and_abnormal_loss_above(figures) -> None:
    figures = figures | {"sales_retail": 0.0}
    loss = 0.1 * figures["beginning_retail"]
    plain = retail_method.retail_inventory(**figures)
    normal = retail_method.retail_inventory(**figures, normal_shrink_retail=loss)
    abnormal = retail_method.retail_inventory(
        **figures, abnormal_loss_retail=loss, abnormal_loss_cost=0.1 * figures["beginning_cost"]
    )
    assert normal.ratio("conventional") == plain.ratio("conventional")
    close(normal.ending_retail, abnormal.ending_retail, scale=plain.ending_retail)
    cost_lost = plain.available_cost - abnormal.available_cost
    close(cost_lost, 0.1 * figures["beginning_cost"], scale=plain.available_cost)


@st.composite
def pool(draw):
    years = draw(st.integers(1, 7))
    numbers = {
        "ending_retail": st.floats(1, 1e6),
        "price_index": st.floats(0.5, 3),
        "cost_to_retail": st.floats(0.1, 0.9),
    }
    base = draw(st.floats(1, 1e6))
    drawn = {
        name: np.array(draw(st.lists(kind, min_size=years, max_size=years)))
        for name, kind in numbers.items()
    }
    return {"base_retail": base, "base_cost": base * draw(st.floats(0.1, 0.9))} | drawn


@given(pool())
def test_dollar_value_layers_are_those_of_a_stack(figures) -> None:
    """Year by year with a list of layers, pushed and peeled: the plain truth."""
    base, cost = figures["base_retail"], figures["base_cost"]
    stack = [[base, cost / base]]
    ours = dollar_value_lifo.dollar_value_lifo_retail(**figures)
    rows = zip(
        figures["ending_retail"], figures["price_index"], figures["cost_to_retail"], strict=True
    )
    for year, (retail, index, ratio) in enumerate(rows):
        change = retail / index - sum(layer[0] for layer in stack)
        if change > 0:
            stack.append([change, index * ratio])
        while change < 0 and stack:
            taken = min(stack[-1][0], -change)
            change += taken
            stack[-1][0] -= taken
            if stack[-1][0] <= 1e-9 * base:
                stack.pop()
        expected = sum(units * price for units, price in stack)
        assert ours.ending_cost[year] == pytest.approx(expected, rel=1e-6, abs=1e-6 * base)


@given(pool())
def test_dollar_value_layers_sum_to_the_base_inventory(figures) -> None:
    ours = dollar_value_lifo.dollar_value_lifo_retail(**figures)
    assert np.all(ours.layers_base >= 0)
    close(ours.layers_base.sum(axis=1), ours.ending_base, scale=ours.ending_base.max())
    close(ours.layers_cost.sum(axis=1), ours.ending_cost, scale=ours.ending_cost.max())
    # A layer only ever shrinks after the year that added it.
    for layer in range(1, ours.layers_base.shape[1]):
        later = ours.layers_base[layer - 1 :, layer]
        assert np.all(np.diff(later) <= 1e-9 * max(later[0], 1))


@given(pool(), st.floats(0.1, 1000))
def test_the_scale_of_the_index_does_not_matter(figures, scale) -> None:
    plain = dollar_value_lifo.dollar_value_lifo_retail(**figures)
    scaled = dollar_value_lifo.dollar_value_lifo_retail(
        **figures | {"price_index": figures["price_index"] * scale}, base_index=scale
    )
    close(scaled.ending_cost, plain.ending_cost, scale=plain.ending_cost.max())


@given(department())
def test_lifo_retail_is_dollar_value_lifo_at_a_steady_index(figures) -> None:
    goods = retail_method.retail_inventory(**figures)
    close(
        goods.ending_cost("lifo"),
        goods.ending_dollar_value_lifo(1.0),
        scale=goods.available_cost,
    )


# ---- ratios and plans ------------------------------------------------------------------------


@given(MONEY, RATE)
def test_price_and_margin_are_inverse(cost, margin) -> None:
    price = pricing.price_from_margin(cost, margin)
    close(pricing.cost_from_margin(price, margin), cost, scale=cost)
    close(ratios.imu_rate(price, cost), margin)
    on_cost = pricing.markup_on_cost_from_markup_on_retail(margin)
    close(pricing.price_from_markup_on_cost(cost, on_cost), price, scale=price)
    close(pricing.markup_on_retail_from_markup_on_cost(on_cost), margin)


@given(RATE, RATE)
def test_margin_before_and_after_a_markdown_are_inverse(markdown, margin) -> None:
    after = pricing.margin_rate_after_markdown(markdown, margin)
    close(pricing.margin_rate_before_markdown(markdown, after), margin)


@given(MONEY, MONEY, MONEY, st.floats(0, 0.5))
def test_planned_imu_pays_for_expenses_and_profit_after_reductions(sales, expenses, profit, part):
    """The markup asked for leaves, after reductions, exactly expenses and profit."""
    reductions = part * sales
    imu = ratios.imu_rate_required(expenses, profit, reductions, net_sales=sales)
    assume(imu <= 1)
    maintained = ratios.mmu_rate(imu, reductions / sales)
    close(maintained * sales, expenses + profit, scale=expenses + profit + sales)


@given(MONEY, RATE, st.floats(0.1, 20))
def test_both_forms_of_gmroi_agree(stock, margin_rate, turned) -> None:
    cogs = turned * stock
    margin = cogs / (1 - margin_rate) - cogs
    form = ratios.gmroi_from_turn(margin_rate, ratios.turn(cogs, stock))
    assert form == pytest.approx(float(ratios.gmroi(margin, stock)), rel=1e-9, abs=1e-9)


@given(st.lists(WHOLE, min_size=1, max_size=8), st.floats(0, 1e5), st.integers(1, 8))
def test_forward_cover_is_what_a_period_by_period_walk_says(plan, stock, repeat) -> None:
    repeat = min(repeat, len(plan))
    if sum(plan[-repeat:]) == 0 and stock > sum(plan):
        assert np.isnan(cover.forward_cover(stock, plan, repeat_periods=repeat))
        return
    left, periods, place = stock, 0.0, 0
    while left > 1e-9 and periods < 1e4:
        place_in_plan = (
            place if place < len(plan) else len(plan) - repeat + (place - len(plan)) % repeat
        )
        sales = plan[place_in_plan]
        part = 1.0 if sales <= left else left / sales
        periods, left, place = periods + part, left - sales * part, place + 1
    assume(periods < 1e4)
    ours = float(cover.forward_cover(stock, plan, repeat_periods=repeat))
    assert ours == pytest.approx(periods, rel=1e-6, abs=1e-6)


@given(MONEY, MONEY)
def test_both_bom_methods_give_average_stock_in_an_average_month(season, stock) -> None:
    monthly = plans.average_monthly_sales(season, 6)
    for method in (plans.bom_basic_stock, plans.bom_percentage_variation):
        close(method(monthly, stock, monthly), stock, scale=stock + season)


@given(MONEY, MONEY, MONEY, MONEY, MONEY)
def test_buying_what_is_open_meets_the_plan(sales, markdowns, eom, bom, on_order) -> None:
    open_now = plans.open_to_buy(sales, markdowns, eom, bom, on_order).open_to_buy_retail
    ends_at = bom + on_order + open_now - sales - markdowns
    close(ends_at, eom, scale=sales + markdowns + eom + bom + on_order)


# ---- standard cost, commitments, tax ---------------------------------------------------------


@given(WHOLE, WHOLE, MONEY, st.floats(0, 1), UNIT_COST, UNIT_COST)
def test_standard_cost_conserves_dollars(opening, bought, paid, part, standard, prior) -> None:
    on_hand = part * (opening + bought)
    period = standard_cost.standard_cost(
        opening, bought, paid, on_hand, standard, prior_standard_unit_cost=prior
    )
    inward = opening * prior + period.revaluation + paid
    outward = period.cogs + period.ending_cost + period.purchase_price_variance
    close(outward, inward, scale=paid + (opening + bought) * (standard + prior))


@given(MONEY, MONEY, MONEY)
def test_a_commitment_settles_to_its_contract(contract, at_end, at_purchase) -> None:
    s = commitments.settle_commitment(contract, at_end, at_purchase)
    paid = s.inventory_recorded + s.liability_released + s.further_loss - s.recovery
    close(paid, s.cash_paid, scale=contract)
    assert s.recovery <= s.loss_period_end
    assert s.further_loss == 0 or s.recovery == 0
    close(s.loss_period_end, commitments.commitment_loss(contract, at_end), scale=contract)


@given(WHOLE, UNIT_COST, UNIT_COST, st.floats(0, 1), UNIT_COST)
def test_commitment_loss_falls_with_protection_and_with_market(units, price, market, part, more):
    loss = commitments.commitment_loss_by_unit(units, price, market)
    covered = commitments.commitment_loss_by_unit(
        units, price, market, protected_units=part * units
    )
    dearer = commitments.commitment_loss_by_unit(units, price, market + more)
    assert 0 <= covered <= loss + 1e-9
    assert dearer <= loss
    close(covered, (1 - part) * loss, scale=loss)


@given(WHOLE, UNIT_COST, UNIT_COST, UNIT_COST, st.booleans(), st.integers(0, 60))
def test_tax_allows_between_nothing_and_cost(units, cost, bid, offered, subnormal, days) -> None:
    allowed = tax.allowed_write_down(
        units, cost, bid_price=bid, subnormal=subnormal, offered_price=offered,
        days_until_offered=days,
    )  # fmt: skip
    assert 0 <= allowed <= units * cost
    if subnormal and days > 30:
        assert allowed == 0
    assert tax.allowed_write_down(units, cost, cost_method="lifo", bid_price=bid) == 0
