"""Reviewers' weight is capped, the card says so, and doubt and dollars order the looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.models.attention import doubt, uncertain
from invval_xl.models.card import build_card
from invval_xl.models.evidence import cap_reviewer_weight, row_weights, weigh_decisions
from invval_xl.models.features import build_features
from invval_xl.models.packing import pack, unpack
from invval_xl.models.panel import build_panel, snapshot_days
from invval_xl.models.score import score
from invval_xl.models.sellability import fit_sellability


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.floats(0, 50)), min_size=1, max_size=40),
    st.sampled_from([0.2, 0.35, 0.5, 1.0]),
)
def test_no_reviewer_goes_past_the_bound_where_any_weights_can_meet_it(rows, most):
    who = np.array([r for r, _ in rows])
    weight = np.array([w for _, w in rows])
    kept, capped = cap_reviewer_weight(who, weight, most_share=most)
    assert (kept <= weight + 1e-9).all()
    assert (kept >= 0).all()
    total = {r: kept[who == r].sum() for r in set(who)}
    active = [t for t in total.values() if t > 0]
    if len(active) * most >= 1.0 - 1e-9 and active:
        assert max(active) <= most * sum(active) * (1 + 1e-6) or len(active) * most < 1 + 1e-9
    for c in capped:
        assert total[c.reviewer] < weight[who == c.reviewer].sum()
    named = {c.reviewer for c in capped}
    for r in set(who) - named:
        np.testing.assert_allclose(kept[who == r], weight[who == r])


def test_two_reviewers_under_a_third_each_are_made_even():
    kept, capped = cap_reviewer_weight(["A"] * 9 + ["B"], np.ones(10), most_share=0.35)
    assert kept[:9].sum() == pytest.approx(kept[9])
    assert [c.reviewer for c in capped] == ["A"]
    with pytest.raises(ValueError, match="most_share"):
        cap_reviewer_weight(["A"], np.ones(1), most_share=0.0)
    with pytest.raises(ValueError, match="below zero"):
        cap_reviewer_weight(["A"], -np.ones(1))


def test_decisions_weigh_on_the_snapshot_they_stood_at_and_move_the_fit(events, model):
    days = snapshot_days(events)[3:9]
    panel = build_panel(events, days, encoding=model.encoding, policy=model.target_policy)
    skus = [str(events.sku[i]) for i in range(40)]
    given_ = weigh_decisions(
        [*skus, "nobody"],
        ["S01"] * 41,
        [days[2] + 10] * 41,
        ["Ann"] * 30 + ["Bob"] * 6 + ["Cy"] * 5,
        np.full(41, 20.0),
    )
    weight, said = row_weights(events, panel, given_)
    assert (said.decisions, said.found, said.reviewers) == (41, 40, 3)
    assert [c.reviewer for c in said.capped] == ["Ann", "Bob"]
    assert set(panel.day[weight > 1]) == {days[2]}
    assert 0 < said.added_share < 1
    caps = _caps()
    plain = fit_sellability(panel, ("age_days", "units_sold_90d"), caps)
    moved = fit_sellability(replace(panel, weight=weight), ("age_days", "units_sold_90d"), caps)
    assert not np.array_equal(plain.predict(panel.features), moved.predict(panel.features))
    training = replace(model.training, evidence=said)
    marked = replace(model, training=training)
    table = next(
        t for t in build_card(marked).tables if t.title == "Evidence of reviewers' decisions"
    )
    assert any("Ann" in str(row[0]) for row in table.rows)
    assert unpack(pack(marked)).training.evidence == said


def _caps():
    from invval_xl.models.forest_pair import Caps

    return Caps(rounds=4, leaves=5, forest_trees=3, max_rows=2_000)


def test_doubt_times_dollars_orders_the_looks(events, model):
    scores = score(model, build_features(events, events.last_day + 1, model.encoding))
    n = len(scores)
    p = np.zeros((3, n, 3))
    p[0] = 1.0  # sure of full price
    p[:, 1, :] = 1 / 3  # knows nothing
    p[:, 2, :] = np.array([0.5, 0.5, 0.0])[:, None]
    made = replace(scores, p_full_price=p[0], p_markdown=p[1], p_obsolete=p[2])
    assert doubt(made)[:3].round(4).tolist() == [0.0, 1.0, 0.6309]
    dollars = np.full(n, 1e9)
    dollars[1:3] = [10.0, 100.0]
    # certainty teaches nothing, whatever it is worth
    assert uncertain(made, dollars, 5).tolist() == [2, 1]
    dollars[2] = np.nan
    assert uncertain(made, dollars, 5).tolist() == [1]
    assert uncertain(made, dollars, 0).tolist() == []
    with pytest.raises(ValueError, match="one amount"):
        uncertain(made, dollars[:-1], 5)
