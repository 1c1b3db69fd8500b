"""Realised loss counts what its docstring says, and training judges its reserve by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invval_xl.models.card import build_card, model_findings
from invval_xl.models.dollars import Cohort, DollarPolicy, judge_lookbacks, realised_of
from invval_xl.models.facts import facts_at
from invval_xl.models.features import build_features, fit_encoding
from invval_xl.models.gates import Gate, GatePolicy
from invval_xl.models.lookback import SOLD, Outflow, left_loss, realised_loss
from invval_xl.models.splits import fold_days, lookback_days
from tests.models.conftest import small_events


def _outflow(seed, n=6, m=60):
    draw = np.random.default_rng(seed)
    units = draw.integers(1, 9, m).astype(float)
    return Outflow(
        draw.integers(-1, n, m),
        draw.integers(0, 200, m),
        units,
        units * draw.uniform(1, 9, m),
        draw.random(m) < 0.3,
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_units_foot_and_the_order_of_the_rows_does_not_matter(seed):
    draw = np.random.default_rng(seed)
    on_hand, cost = draw.integers(0, 60, 6).astype(float), draw.uniform(2, 8, 6)
    flow = _outflow(seed)
    loss = realised_loss(on_hand, cost, flow, start=20, stop=150)
    np.testing.assert_allclose(sum(loss.units) + loss.left_units, on_hand)
    assert (loss.realised <= on_hand * cost + 1e-9).all()
    np.testing.assert_array_equal(loss.moved_units, 0)
    capped = realised_loss(on_hand, cost, flow, start=20, stop=150, on_hand_then=on_hand / 3)
    np.testing.assert_allclose(sum(capped.units) + capped.left_units + capped.moved_units, on_hand)
    assert (loss.realised >= 0).all()
    order = draw.permutation(len(flow.item))
    mixed = Outflow(*(getattr(flow, f)[order] for f in Outflow.__dataclass_fields__))
    again = realised_loss(on_hand, cost, mixed, start=20, stop=150)
    np.testing.assert_allclose(again.realised.sum(), loss.realised.sum(), rtol=0.2)
    np.testing.assert_array_equal(again.units[SOLD], loss.units[SOLD])
    # what happens outside the window changes nothing
    inside = (flow.day >= 20) & (flow.day < 150)
    cut = Outflow(*(getattr(flow, f)[inside] for f in Outflow.__dataclass_fields__))
    np.testing.assert_allclose(
        realised_loss(on_hand, cost, cut, start=20, stop=150).realised, loss.realised
    )


def test_units_of_later_receipts_lose_nothing_and_gains_do_not_pay_for_losses():
    flow = Outflow(
        np.zeros(3, int),
        np.array([1, 2, 3]),
        np.array([4.0, 4.0, 50.0]),
        np.array([40.0, 4.0, 50.0]),  # at 10, at 1, at 1
        np.zeros(3, bool),
    )
    loss = realised_loss(np.array([10.0]), np.array([5.0]), flow, start=0, stop=90)
    # four sold at a gain, four at a loss of 4 each, two more of the ten at a loss of 4
    assert loss.losses[SOLD].tolist() == [24.0]
    assert loss.left_units.tolist() == [0.0]


def test_unknown_cost_or_proceeds_make_the_loss_unknown_and_not_zero():
    flow = Outflow(
        np.array([0, 1]), np.array([1, 1]), np.ones(2), np.array([np.nan, 1.0]), np.ones(2, bool)
    )
    loss = realised_loss(
        np.array([1.0, 2.0, np.nan]), np.array([5.0, np.nan, 5.0]), flow, start=0, stop=9
    )
    assert np.isnan(loss.realised).all()


def test_what_is_left_is_worth_its_price_as_far_as_demand_goes_and_liquidation_beyond():
    said = left_loss(
        np.array([10.0, 10.0, 10.0]),
        np.full(3, 9.0),
        daily_rate=np.array([1.0, 0.05, 0.0]),
        days_to_go=100,
        ordinary_nrv=np.array([8.0, 8.0, np.nan]),
        liquidated_nrv=np.full(3, 2.0),
    )
    np.testing.assert_allclose(said, [10 * 1, 5 * 1 + 5 * 7, 10 * 7])


def test_the_loss_of_a_cohort_is_the_sum_of_its_sales(events):
    day = events.last_day - 200
    facts = facts_at(events, day)
    loss, left_on_it = realised_of(
        events,
        facts,
        stop=events.last_day + 1,
        policy=DollarPolicy(),
        regular_price=facts.columns["reference_price"],
    )
    sold = loss.losses[SOLD]
    item = int(np.flatnonzero(sold > 0)[0]) if (sold > 0).any() else 0
    rows = (events.sales.item == item) & (events.sales.day >= day)
    left, by_hand = facts.columns["units_on_hand"][item], 0.0
    for units, value in zip(
        events.sales.values["units"][rows], events.sales.values["value"][rows], strict=True
    ):
        taken = min(left, units)
        left -= taken
        by_hand += taken * max(0.0, facts.columns["unit_cost"][item] - 0.92 * value / units)
    assert sold[item] == pytest.approx(by_hand)
    assert np.nanmin(left_on_it) >= 0
    assert loss.left_units[item] == pytest.approx(left)


def test_training_judges_the_reserve_over_its_own_folds_and_the_card_prints_it(model):
    said = model.training
    assert len(said.lookbacks) >= 4
    assert said.dollars[0].name == "lookbacks"
    for seen in said.lookbacks:
        assert {
            "model",
            "ageing table refitted",
            "ageing by receipt",
            "ageing by last sale",
            "flat 10%",
        } == set(seen.reserve)
        assert seen.window_days >= 60
    titles = [t.title for t in build_card(model).tables]
    assert "Gates of the reserve in dollars" in titles
    codes = {f.code for f in model_findings(model)}
    assert ("MD210" in codes) == (not all(g.passed for g in said.dollars))


def test_a_reserve_that_fails_its_lookback_is_a_warning_with_its_dollars(model):
    failed = (Gate("reserve over realised loss, off by", 0.6, "<= 0.25", passed=False),)
    said = replace(model.training, dollars=failed)
    found = [f for f in model_findings(replace(model, training=said)) if f.code == "MD210"]
    assert found[0].dollars == pytest.approx(
        abs(sum(s.reserve["model"] - s.total for s in said.lookbacks))
    )
    none = replace(model.training, dollars=(), lookbacks=())
    silent = replace(model, training=none)
    assert "MD211" in {f.code for f in model_findings(silent)}
    assert any("Not judged" in str(t.rows) for t in build_card(silent).tables)


def test_without_stock_at_cost_nothing_is_judged(events, model):
    bare = replace(events, stock=events.stock.where(np.zeros(len(events.stock), bool)))
    seen, gates = judge_lookbacks(bare, [], model.full, gates=GatePolicy(), policy=DollarPolicy())
    assert (seen, gates) == ((), ())


@pytest.fixture(scope="module")
def closes(model):
    """Cohorts of one small model at five days: four followed for a year, one for a quarter."""
    long = small_events(seed=6, n=60, days=900)
    part, end = model.full, long.last_day + 1
    cohorts = [
        Cohort(
            end - back,
            build_features(long, end - back, fit_encoding(long)),
            part.sellability,
            part.markdown,
            {part.carried.rule: part.carried},
            None,
        )
        for back in (540, 480, 420, 360, 90)
    ]
    return long, cohorts


def test_cohorts_followed_over_the_horizon_are_judged_alone(closes, model):
    events, cohorts = closes
    told = {"answering": model.full, "gates": GatePolicy(), "policy": DollarPolicy()}
    decided, gates = judge_lookbacks(events, cohorts, **told)
    assert [seen.window_days for seen in decided] == [540, 480, 420, 360]
    assert gates[0].passed
    # too few of them: the younger one counts as well
    mixed, _ = judge_lookbacks(events, cohorts[1:], **told)
    assert [seen.window_days for seen in mixed] == [480, 420, 360, 90]


def test_days_that_are_followed_over_the_horizon_need_a_past_of_their_own():
    days = list(range(10, 900, 30))
    last = days[-1] + 29
    assert [last + 1 - day for day in lookback_days(days, last)] == [540, 480, 420, 360]
    assert lookback_days(days[-12:], last) == []
    assert not set(lookback_days(days, last)) & set(fold_days(days, last, long_history=True))
