"""Invariants of the sums (reliability.md): what must hold whatever the figures."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from invval_xl.accounting import (
    ageing,
    balance_set,
    expected_loss,
    journal,
    lcm,
    money,
    nrv,
    reserve_tables,
    reversal,
    rollforward,
    tranches,
    unit_of_account,
    valuation,
)
from invval_xl.findings import AccountingError
from invval_xl.terms import Framework, Valuation

CENTS = st.integers(0, 10**8).map(lambda cents: cents / 100)
SIGNED = st.integers(-(10**8), 10**8).map(lambda cents: cents / 100)
UNITS = st.integers(0, 10**5).map(float)
RATES = st.floats(0, 1)
ROWS = st.integers(1, 12)


def columns(*kinds: st.SearchStrategy, rows: st.SearchStrategy[int] = ROWS) -> st.SearchStrategy:
    """As many equally long float columns as kinds are given."""
    return rows.flatmap(
        lambda n: st.tuples(*(npst.arrays(np.float64, n, elements=kind) for kind in kinds))
    )


# ---- lower of cost and NRV, lower of cost or market ------------------------------------------


@given(columns(CENTS, SIGNED))
def test_lcnrv_never_above_cost_and_never_below_zero(data) -> None:
    cost, realizable = data
    value = nrv.lcnrv(cost, realizable)
    assert np.all((value >= 0) & (value <= cost))
    assert np.all(value <= np.maximum(realizable, 0))


@given(columns(CENTS, SIGNED))
def test_write_down_lies_between_zero_and_cost_and_completes_the_value(data) -> None:
    cost, realizable = data
    down = nrv.unit_write_down(cost, realizable)
    assert np.all((down >= 0) & (down <= cost))
    np.testing.assert_allclose(nrv.lcnrv(cost, realizable) + down, cost, rtol=1e-14)


@given(columns(CENTS, SIGNED, CENTS))
def test_write_down_never_grows_as_nrv_rises(data) -> None:
    cost, realizable, rise = data
    assert np.all(
        nrv.unit_write_down(cost, realizable + rise) <= nrv.unit_write_down(cost, realizable)
    )


@given(columns(CENTS, CENTS, CENTS, CENTS))
def test_lcm_lies_between_floor_and_cost(data) -> None:
    cost, replacement, realizable, profit = data
    low, high = lcm.floor(realizable, profit), lcm.ceiling(realizable)
    market = lcm.market(replacement, realizable, profit)
    value = lcm.lcm(cost, replacement, realizable, profit)
    assert np.all((market >= low) & (market <= high))
    assert np.all(value <= cost)
    assert np.all(value >= np.minimum(cost, np.maximum(low, 0)))
    np.testing.assert_array_equal(value, lcm.lcm_between(cost, replacement, realizable, low))


@given(columns(CENTS, CENTS, CENTS))
def test_lcm_is_never_above_lcnrv(data) -> None:
    # the ceiling is NRV: market never carries more than net realizable value would
    cost, replacement, realizable = data
    value = lcm.lcm(cost, replacement, realizable, 0.25 * realizable)
    assert np.all(value <= nrv.lcnrv(cost, realizable))


@given(columns(CENTS, CENTS, CENTS, RATES, CENTS), CENTS)
def test_nrv_falls_as_costs_rise_and_rises_with_price(data, more: float) -> None:
    price, complete, sell, rate, transport = data
    base = nrv.net_realizable_value(price, complete, sell, rate, transport)
    higher = nrv.net_realizable_value
    assert np.all(higher(price + more, complete, sell, rate, transport) >= base)
    assert np.all(higher(price, complete + more, sell, rate, transport) <= base)
    assert np.all(higher(price, complete, sell + more, rate, transport) <= base)
    assert np.all(higher(price, complete, sell, rate, transport + more) <= base)
    assert np.all(higher(price, complete, sell, np.minimum(rate * 1.5, 1), transport) <= base)


@given(columns(UNITS, CENTS, SIGNED), st.sampled_from([0.25, 0.5, 2.0, 4.0, 1024.0]))
def test_scaling_the_currency_scales_money_and_leaves_rates(data, scale: float) -> None:
    units, cost, realizable = data
    once = nrv.write_down(units, cost, realizable)
    np.testing.assert_array_equal(
        nrv.write_down(units, cost * scale, realizable * scale), once * scale
    )
    book = units * cost
    table = [[1.0, 0.25], [3.0, 0.5]]
    one = reserve_tables.coverage_reserve(units, cost, 10.0, table)
    many = reserve_tables.coverage_reserve(units, cost * scale, 10.0, table)
    np.testing.assert_array_equal(many.reserve_rate, one.reserve_rate)
    np.testing.assert_array_equal(many.reserve_cost, one.reserve_cost * scale)
    np.testing.assert_array_equal(
        balance_set.average_unit_cost(book * scale, units),
        balance_set.average_unit_cost(book, units) * scale,
    )


@given(columns(UNITS, CENTS, SIGNED), st.randoms(use_true_random=False))
def test_permuting_rows_permutes_results(data, random) -> None:
    order = list(range(data[0].size))
    random.shuffle(order)
    np.testing.assert_array_equal(
        nrv.write_down(*(column[order] for column in data)), nrv.write_down(*data)[order]
    )


@given(columns(UNITS, CENTS, SIGNED), st.data())
def test_one_unknown_row_spoils_only_its_own_result(data, draw) -> None:
    row = draw.draw(st.integers(0, data[0].size - 1))
    column = draw.draw(st.integers(0, 2))
    spoiled = [values.copy() for values in data]
    spoiled[column][row] = np.nan
    found, clean = nrv.write_down(*spoiled), nrv.write_down(*data)
    assert np.isnan(found[row])
    np.testing.assert_array_equal(np.delete(found, row), np.delete(clean, row))


@given(columns(CENTS, CENTS))
def test_zero_units_give_zero_reserve(data) -> None:
    cost, realizable = data
    assert not nrv.write_down(0, cost, realizable).any()


# ---- balance set and valuations --------------------------------------------------------------


@given(columns(UNITS, UNITS, UNITS), SIGNED)
def test_recomputed_eop_foots_and_a_planted_break_is_its_own_size(data, planted: float) -> None:
    eop = balance_set.ending(*data)
    assert not balance_set.balance_break(*data, eop).any()
    found = balance_set.balance_break(*data, eop + planted)
    np.testing.assert_allclose(found, planted, atol=1e-9)


@given(columns(UNITS, CENTS))
def test_aggregate_average_lies_within_the_members(data) -> None:
    units, unit_cost = data
    assume(units.sum() > 0)
    whole = balance_set.average_unit_cost(units * unit_cost, units, axis=0)
    members = unit_cost[units > 0]
    slack = 1e-9 * max(1.0, float(members.max()))
    assert members.min() - slack <= float(whole) <= members.max() + slack


POSITIVE = st.integers(1, 10**8).map(lambda cents: cents / 100)


@given(st.tuples(*[POSITIVE] * 5), SIGNED, *[st.sampled_from(list(Valuation))] * 3)
def test_jumps_do_not_depend_on_their_path(totals, value, start, middle, end) -> None:
    names = ("units", "cost", "retail", "full_price", "wholesale")
    balance = dict(zip(names, totals, strict=True))
    straight = valuation.jump(value, start, end, **balance)
    around = valuation.jump(valuation.jump(value, start, middle, **balance), middle, end, **balance)
    assert float(around) == pytest.approx(float(straight), rel=1e-12, abs=1e-12)


NODES = st.integers(-1, 5)


@given(
    st.lists(st.tuples(NODES, NODES, st.integers(0, 1000)), max_size=30),
    st.lists(st.integers(-1, 3), min_size=6, max_size=6),
)
def test_transfers_cancel_in_every_perspective_and_the_system_is_conserved(moves, members) -> None:
    columns_ = list(zip(*moves, strict=True)) if moves else [[], [], []]
    seen = balance_set.movements_seen_from(*columns_, members)
    assert seen.transfers_in.sum() == seen.transfers_out.sum()
    inside = [node for node, member in enumerate(members) if member >= 0]
    into = sum(u for f, t, u in moves if t in inside and f not in inside)
    out = sum(u for f, t, u in moves if f in inside and t not in inside)
    assert seen.receipts.sum() == into
    assert seen.issues.sum() == out
    assert seen.net.sum() == into - out
    company = balance_set.movements_seen_from(*columns_, [0] * 6)
    assert not company.transfers_in.any()


# ---- money -----------------------------------------------------------------------------------


@given(SIGNED, st.lists(st.floats(0, 1e12), min_size=1, max_size=40))
def test_allocation_foots_to_the_cent_and_is_within_a_cent_of_the_share(total, weights) -> None:
    assume(max(weights) > 0)
    parts = money.allocate(total, weights)
    assert money.total_money(parts) == pytest.approx(total, abs=1e-9)
    share = np.array(weights) / max(weights)
    share = share / share.sum() * total
    assert np.all(np.abs(parts - share) <= 0.01 + 1e-6)
    assert np.all(parts[np.array(weights) == 0] == 0)


@given(SIGNED, st.lists(st.integers(0, 50), min_size=1, max_size=12), st.randoms())
def test_allocation_with_keys_does_not_depend_on_order(total, weights, random) -> None:
    assume(max(weights) > 0)
    keys = np.arange(len(weights)) + 100
    order = list(range(len(weights)))
    random.shuffle(order)
    straight = money.allocate(total, weights, keys)
    turned = money.allocate(total, np.array(weights, dtype=float)[order], keys[order])
    np.testing.assert_array_equal(turned, straight[order])


@given(st.floats(-1e10, 1e10), st.integers(0, 4))
def test_rounding_moves_no_further_than_half_a_place_and_stays_put_after(value, places) -> None:
    rounded = money.round_half_away(value, places)
    assert abs(float(rounded) - value) <= 0.5 * 10.0**-places + abs(value) * 1e-14
    assert float(money.round_half_away(rounded, places)) == float(rounded)
    assert float(money.round_half_away(-value, places)) == -float(rounded)


@given(st.lists(POSITIVE, min_size=1, max_size=8), st.integers(0, 3))
def test_every_journal_entry_sums_to_zero_in_whole_cents(sums, kind) -> None:
    total = money.total_money(sums)
    make = (
        journal.charge_entry,
        journal.utilization_entry,
        journal.direct_write_down_entry,
        journal.commitment_loss_entry,
    )[kind]
    made = make(total)
    assert sum(line.signed_cents for line in made.lines) == 0
    assert made.total_debit == total
    spread = journal.entry("by item", {f"item {i}": s for i, s in enumerate(sums)}, {"x": total})
    assert sum(line.signed_cents for line in spread.lines) == 0


# ---- tranches and expected loss --------------------------------------------------------------


@given(columns(UNITS, UNITS, UNITS, st.floats(0, 100) | st.just(np.nan), st.integers(0, 730)))
def test_splitting_into_tranches_conserves_units_and_cost(data) -> None:
    split = tranches.split_units(*data)
    np.testing.assert_array_equal(split.stacked.sum(axis=-1), data[0])
    assert np.all(split.stacked >= 0)
    np.testing.assert_array_equal(split.firm + split.firm_unfilled, data[1])
    assert np.all(split.excess[~split.rate_known] == 0)
    assert np.all(split.stacked == np.floor(split.stacked))


@given(columns(UNITS, UNITS, st.floats(0, 100), st.integers(0, 730)))
def test_whole_excess_is_within_half_a_unit_of_the_unrounded(data) -> None:
    units, firm, rate, horizon = data
    whole = tranches.split_units(units, firm, 0, rate, horizon).excess
    exact = tranches.excess_units(units, rate, horizon, firm)
    assert np.all(np.abs(whole - exact) <= 0.5 + 1e-6)


@given(columns(UNITS, st.floats(0.001, 100)), st.floats(0, 730), st.floats(0, 730))
def test_excess_never_grows_with_the_horizon(data, days: float, more: float) -> None:
    units, rate = data
    assert np.all(
        tranches.excess_units(units, rate, days + more) <= tranches.excess_units(units, rate, days)
    )


@given(
    CENTS,
    st.lists(st.tuples(CENTS, st.integers(1, 100)), min_size=1, max_size=6),
)
def test_mean_of_the_losses_is_never_less_than_the_loss_of_the_mean(cost, outcomes) -> None:
    values = np.array([value for value, _ in outcomes])
    weights = np.array([weight for _, weight in outcomes], dtype=float)
    chances = weights / weights.sum()
    of_mean = float(expected_loss.shortfall_of_expected_nrv(cost, values, chances))
    mean_of = float(expected_loss.expected_shortfall(cost, values, chances))
    assert 0 <= of_mean <= mean_of + 1e-6
    assert mean_of <= cost + 1e-6


@given(RATES, st.integers(1, 10**6), st.floats(0.5, 0.999))
def test_wilson_contains_the_observed_rate_and_stays_a_rate(rate, n, confidence) -> None:
    low, high = expected_loss.wilson(rate, n, confidence)
    assert 0 <= float(low) <= rate + 1e-12
    assert rate - 1e-12 <= float(high) <= 1


# ---- ageing ----------------------------------------------------------------------------------

RECEIPTS = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: st.tuples(
        npst.arrays(np.float64, shape, elements=st.integers(0, 100).map(float)),
        npst.arrays(np.float64, shape[0], elements=st.integers(0, 900).map(float)),
    )
)


@given(RECEIPTS)
def test_layers_and_what_they_do_not_explain_are_the_units_on_hand(data) -> None:
    receipts, on_hand = data
    aged = ageing.age_layers_fifo(receipts, on_hand)
    left = aged.remaining_units
    np.testing.assert_array_equal(left.sum(axis=1) + aged.unexplained_units, on_hand)
    assert np.all((left >= 0) & (left <= receipts))
    for row, received in zip(left, receipts, strict=True):  # nothing newer is gone before older
        touched = np.flatnonzero(row < received)
        if touched.size:
            assert not row[: touched.max()][received[: touched.max()] > 0].any()


@given(RECEIPTS, st.randoms(use_true_random=False))
def test_long_list_ageing_does_not_depend_on_row_order(data, random) -> None:
    receipts, on_hand = data
    item, day = (index.ravel() for index in np.indices(receipts.shape))
    order = list(range(item.size))
    random.shuffle(order)
    found = ageing.remaining_fifo(item[order], day[order], receipts.ravel()[order], on_hand)
    table = ageing.age_layers_fifo(receipts, on_hand)
    np.testing.assert_array_equal(found.remaining_units, table.remaining_units.ravel()[order])
    np.testing.assert_array_equal(found.unexplained_units, table.unexplained_units)


@given(RECEIPTS, RATES)
def test_moving_layers_conserves_units_layer_by_layer_and_average_age(data, part) -> None:
    layers, _ = data
    moved_units = np.floor(layers.sum(axis=1) * part)
    stays, moved = ageing.move_layers(layers, moved_units)
    np.testing.assert_array_equal(stays + moved, layers)
    np.testing.assert_array_equal(moved.sum(axis=1), moved_units)


@given(columns(CENTS, st.floats(0, 2000) | st.just(np.nan)))
def test_age_buckets_foot_to_the_cost(data) -> None:
    cost, ages = data
    buckets, unknown = ageing.bucket(cost, ages, (90, 180, 365))
    assert buckets.sum() + unknown == pytest.approx(cost.sum())


# ---- reserve over time -----------------------------------------------------------------------


@given(st.lists(st.tuples(CENTS, CENTS, RATES, RATES), min_size=1, max_size=10))
def test_rollforward_closes_and_chains(years) -> None:
    reserve, moved = 0.0, 0.0
    for charge, other, used_part, reversed_part in years:
        stock = reserve + charge + other
        used = float(money.round_money(stock * used_part * 0.5))
        back = float(money.round_money((stock - used) * reversed_part * 0.5))
        reserve = float(money.round_money(rollforward.close(reserve, charge, other, used, back)))
        moved += charge + other - used - back
        assert reserve >= 0
    assert reserve == pytest.approx(moved, abs=0.01)


@given(columns(CENTS, UNITS, UNITS))
def test_utilization_never_exceeds_the_items_reserve(data) -> None:
    used = rollforward.utilization_on_disposal(*data)
    known = ~np.isnan(used)
    assert np.all((used[known] >= 0) & (used[known] <= data[0][known]))
    assert np.array_equal(known, (data[0] == 0) | (data[1] > 0))


@given(st.sampled_from([Framework.IFRS, Framework.FRS_102]), CENTS, RATES, SIGNED, st.floats(0, 2))
def test_ifrs_reversal_never_exceeds_its_write_down_nor_lifts_above_cost(
    framework, cost, written_part, realizable, claimed
) -> None:
    carrying = cost * (1 - written_part)
    written_down = (cost - carrying) * claimed
    back = float(reversal.permitted_reversal(framework, written_down, cost, carrying, realizable))
    assert 0 <= back <= written_down
    lifted = carrying + back
    assert lifted <= cost + 1e-6
    assert back == 0 or lifted <= max(realizable, 0) + 1e-6


@given(CENTS, RATES, SIGNED, POSITIVE)
def test_us_gaap_releases_nothing_across_years(cost, written_part, realizable, asked) -> None:
    carrying = cost * (1 - written_part)
    parts = (cost - carrying, cost, carrying, realizable)
    assert float(reversal.permitted_reversal("us-gaap", *parts)) == 0
    with pytest.raises(AccountingError) as refused:
        reversal.release("us-gaap", asked, *parts)
    assert refused.value.paragraph == "ASC 330-10-35-14"


@given(columns(CENTS, st.floats(0, 3000)))
def test_table_reserve_lies_between_zero_and_cost_and_rises_with_age(data) -> None:
    cost, age = data
    table = [[90, 0.1], [180, 0.25], [365, 1.0]]
    young = reserve_tables.age_reserve(cost, age, table).reserve_cost
    old = reserve_tables.age_reserve(cost, age + 100, table).reserve_cost
    assert np.all((young >= 0) & (young <= old) & (old <= cost))


@given(columns(UNITS, CENTS, UNITS))
def test_usage_and_forward_demand_reserve_no_more_than_cost(data) -> None:
    units, cost, usage = data
    book = units * cost
    for found in (
        reserve_tables.usage_multiple_reserve(units, cost, usage, [[1, 0.5], [2, 1.0]]),
        reserve_tables.forward_demand_reserve(units, cost, usage),
    ):
        assert np.all((found.reserve_cost >= 0) & (found.reserve_cost <= book * (1 + 1e-12)))
        np.testing.assert_array_equal(np.isnan(found.reserve_rate), units == 0)


# ---- unit of account -------------------------------------------------------------------------


@given(columns(UNITS, CENTS, SIGNED, st.integers(0, 3)))
def test_coarser_groups_never_write_down_more_and_all_foot_to_cost(data) -> None:
    units, cost, realizable, group = data
    item = unit_of_account.value_by_item(units, cost, realizable)
    category = unit_of_account.value_by_group(units, cost, realizable, group)
    total = unit_of_account.value_by_total(units, cost, realizable)
    slack = 1e-9 * max(1.0, item.total_cost)
    assert item.total_write_down >= category.total_write_down - slack
    assert category.total_write_down >= total.total_write_down - slack
    for found in (item, category, total):
        assert found.total_cost == pytest.approx(float((units * cost).sum()))
        np.testing.assert_allclose(found.value + found.write_down, found.cost)


@given(columns(UNITS, CENTS, SIGNED), RATES)
def test_no_unit_balanced_is_item_by_item_and_all_balanced_is_the_total(data, part) -> None:
    none = unit_of_account.value_by_total(*data, balanced=0.0)
    item = unit_of_account.value_by_item(*data)
    assert none.total_write_down == pytest.approx(item.total_write_down)
    some = unit_of_account.value_by_total(*data, balanced=np.floor(data[0] * part))
    total = unit_of_account.value_by_total(*data)
    slack = 1e-9 * max(1.0, item.total_cost)
    assert total.total_write_down - slack <= some.total_write_down
    assert some.total_write_down <= item.total_write_down + slack
