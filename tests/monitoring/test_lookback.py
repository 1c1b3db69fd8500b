"""Verdicts, red flag, store, roll-out and champion over cohorts with a known truth."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from invval_xl.findings import MisuseError, RefusedError
from invval_xl.guidance.register import register
from invval_xl.monitoring.backtest import cohort_closes
from invval_xl.monitoring.cadence import age_findings, lookback_findings
from invval_xl.monitoring.champion import compare, promotion
from invval_xl.monitoring.discuss import feature_ideas, kpis
from invval_xl.monitoring.lookback import look_back
from invval_xl.monitoring.rollout import RolloutPolicy
from invval_xl.monitoring.store import NAME, packed, unpacked

AS_OF = dt.date(2026, 4, 30)
KEY = b"0" * 32


def back(make_cohort, closes, **told):
    more = {k: told.pop(k) for k in ("reviews", "rollout", "as_of") if k in told}
    cohorts = [make_cohort(c, **told) for c in closes]
    return look_back(cohorts, **{"as_of": AS_OF, "inputs_hash": "x", **more})


def test_a_model_within_a_quarter_and_closer_than_every_table_holds(make_cohort, closes) -> None:
    found = back(make_cohort, closes, model=1.1)
    assert found.verdict("model").ratio == pytest.approx(1.1, abs=0.01)
    assert not found.flag
    assert not found.verdict("rule").holds
    assert lookback_findings(found, "x")[0].code == "MD302"


@pytest.mark.parametrize("model", [0.7, 1.3])
def test_beyond_a_quarter_is_a_red_flag_and_no_category_is_served(
    make_cohort, closes, model
) -> None:
    found = back(make_cohort, closes, model=model, rollout=RolloutPolicy(1.0, 1))
    assert found.flag
    assert set(found.basis.values()) == {"rule"}
    flag = lookback_findings(found, "x")[0]
    assert flag.code == "MD301"
    assert flag.dollars == found.product.gap


def test_a_table_that_comes_closer_is_a_red_flag(make_cohort, closes) -> None:
    cohorts = [make_cohort(c, model=1.2) for c in closes]
    for cohort in cohorts:
        losses = cohort.rows[["loss_sold", "loss_disposed", "loss_left"]]
        cohort.rows["flat_rate"] = losses.sum(axis=1)
    found = look_back(cohorts, as_of=AS_OF, inputs_hash="x")
    assert found.flag
    assert "flat rate came closer" in found.product.because


def test_three_cohorts_are_too_few(make_cohort, closes) -> None:
    found = back(make_cohort, closes[:3], model=1.0)
    assert found.flag
    assert "4 are needed" in found.product.because


def test_a_cohort_without_a_model_is_left_out_of_the_model_alone(make_cohort, closes) -> None:
    cohorts = [make_cohort(c, model=1.0) for c in closes]
    cohorts.append(make_cohort(dt.date(2025, 12, 28), with_model=False))
    found = look_back(cohorts, as_of=AS_OF, inputs_hash="x")
    assert found.verdict("model").cohorts == 4
    assert found.verdict("rule").cohorts == 5
    assert "MD303" in [f.code for f in lookback_findings(found, "x")]


def test_kpis_and_false_alarms_recount(make_cohort, closes) -> None:
    found = back(make_cohort, closes, model=1.0)
    rows = found.rows
    alarms = sum(
        s >= 0.05 * c and r < 0.05 * c
        for s, c, r in zip(rows["served"], rows["cost"], rows["realised"], strict=True)
    )
    assert rows["false_positives"].sum() == alarms
    by_name = {k.name: k.value for k in kpis(found)}
    assert by_name["Reserve over realised"] == pytest.approx(
        rows["served"].sum() / rows["realised"].sum()
    )
    assert np.isnan(by_name["Refresh to sign-off"])
    assert {k.name: k.value for k in kpis(found, [2.0, 4.0])}["Refresh to sign-off"] == 3.0


def test_a_line_on_a_threshold_counts_whatever_the_last_bits_say(make_cohort, closes) -> None:
    """A cut of 5 points is one: 1 - 0.95 is below 0.05 in the last bits, and above it elsewhere."""
    cohorts = []
    for close in closes:
        made = make_cohort(close)
        rows = made.rows.copy()
        rows["rate_realised"] = np.where(np.arange(len(rows)) % 2, 1 - 0.95, 0.05 - 4e-17)
        rows["cost"] = 28.60
        rows["rule"] = 1.43  # 5 % of cost, which in binary is a little more
        cohorts.append(type(made)(close, rows, made.model_id))
    assert 0.05 * 28.60 > 1.43
    found = look_back(cohorts, as_of=AS_OF, inputs_hash="x")
    assert found.rows["judged"].eq(1).all()
    assert found.rows.loc[found.rows["served"] == 1.43, "reserved_lines"].eq(1).all()
    assert found.rows["served"].eq(1.43).any()


def test_misses_that_crowd_in_one_supplier_are_named(make_cohort, closes) -> None:
    cohorts = [make_cohort(c, model=1.0, rule=1.0) for c in closes]
    for cohort in cohorts:
        bad = cohort.rows["supplier"] == "Vendor 2"
        cohort.rows.loc[bad, "rule"] += 500
    found = look_back(cohorts, as_of=AS_OF, inputs_hash="x")
    best = feature_ideas(found.rows)[0]
    assert (best.dimension, best.value) in {("supplier", "Vendor 2"), ("tier", "orange")}
    assert best.missed_share > 0.9


# --- the store -----------------------------------------------------------------------------


def test_stored_and_read_back_alike(make_cohort, closes) -> None:
    found = back(make_cohort, closes, model=1.1)
    files = packed(found, KEY)
    again = unpacked(files[NAME], KEY, files.__getitem__)
    pd.testing.assert_frame_equal(again.rows, found.rows, check_dtype=False)
    for name in ("verdicts", "rollout", "intervals", "comparisons", "cohorts", "as_of", "policy"):
        assert getattr(again, name) == getattr(found, name)
    assert packed(found, KEY) == files


def test_a_changed_byte_or_another_key_is_refused(make_cohort, closes) -> None:
    files = packed(back(make_cohort, closes, model=1.3), KEY)
    forged = files[NAME].replace(b'\\"holds\\": false', b'\\"holds\\": true')
    assert forged != files[NAME]
    rows = next(n for n in files if n != NAME)
    bent = {**files, rows: files[rows][:-9] + b"x" + files[rows][-8:]}
    for sealed, key, read in (
        (forged, KEY, files), (files[NAME], b"1" * 32, files), (files[NAME], KEY, bent),
        (b"{", KEY, files), (files[NAME], KEY, {}),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as refused:
            unpacked(sealed, key, read.__getitem__)
        assert refused.value.findings[0].code == "MD309"


# --- roll-out ------------------------------------------------------------------------------


def test_two_years_with_a_category_that_fails(make_cohort) -> None:
    """Eight quarterly reviews; Footwear's model goes wrong in the fifth and it alone leaves."""
    policy = RolloutPolicy(share=1.0, holds_needed=2)
    reviews, states = (), []
    for quarter in range(8):
        as_of = dt.date(2024 + quarter // 4, 3 * (quarter % 4) + 3, 28)
        closes = [as_of - dt.timedelta(days=90 * k) for k in range(5, 1, -1)]
        wrong = 2.5 if 4 <= quarter < 6 else 1.0
        scale = {"Apparel": 1.05, "Footwear": wrong, "Home": 0.95}
        cohorts = [make_cohort(c, scale=scale, seed=quarter, lines=90) for c in closes]
        found = look_back(cohorts, as_of=as_of, inputs_hash="x", reviews=reviews, rollout=policy)
        reviews = found.rollout.reviews
        states.append(dict(found.states))
        if quarter == 4:
            left = [e for e in found.rollout.events if e.as_of == as_of.isoformat()]
            assert [(e.category, e.now) for e in left] == [("Footwear", "withdrawn")]
            assert "times of what was realised" in left[0].because
            rows = found.rows
            footwear = rows["category"] == "Footwear"
            assert (rows.loc[footwear, "served"] == rows.loc[footwear, "rule"]).all()
            if not found.flag:  # under the flag every category reverts to the rule
                assert (rows.loc[~footwear, "served"] == rows.loc[~footwear, "model"]).all()
    assert states[0] == dict.fromkeys(("Apparel", "Footwear", "Home"), "shadow")
    assert set(states[3].values()) == {"served"}
    assert states[4]["Apparel"] == states[4]["Home"] == "served"
    assert [s["Footwear"] for s in states[4:]] == ["withdrawn", "withdrawn", "withdrawn", "served"]


def test_the_share_lets_the_lowest_risk_in_first_and_shadow_keeps_all_out(
    make_cohort, closes
) -> None:
    def twice(share):
        first = back(make_cohort, closes, model=1.0, as_of=dt.date(2026, 1, 31))
        return back(make_cohort, closes, model=1.0, reviews=first.rollout.reviews,
                    rollout=RolloutPolicy(share, 2))  # fmt: skip

    assert not twice(0.0).rollout.by_model
    part = twice(0.5)
    assert part.rollout.share <= 0.5
    risk = {n: c.risk for n, c in part.rollout.reviews[-1].categories.items()}
    assert min(risk, key=risk.get) in part.rollout.by_model
    assert len(twice(1.0).rollout.by_model) == 3


def test_a_second_look_at_one_close_counts_once(make_cohort, closes) -> None:
    first = back(make_cohort, closes, model=1.0, rollout=RolloutPolicy(1.0, 2))
    again = back(make_cohort, closes, model=1.0, reviews=first.rollout.reviews,
                 rollout=RolloutPolicy(1.0, 2))  # fmt: skip
    assert again.states == first.states
    assert not again.rollout.by_model


# --- champion ------------------------------------------------------------------------------


def test_a_closer_challenger_is_shown_closer_and_promoted_by_a_person_only(
    make_cohort, closes
) -> None:
    rows = back(make_cohort, closes, model=1.0, rule=1.6).rows
    said = compare(rows, "rule", "model")
    assert said.better
    assert said.high < 0
    assert said.low <= said.difference <= said.high
    by_hand = sum(
        abs(p["model"].sum() - p["realised"].sum()) - abs(p["rule"].sum() - p["realised"].sum())
        for _, p in rows.groupby(["cohort", "category"])
    )
    assert said.difference == pytest.approx(by_hand, abs=0.02)
    told = {"decided_on": "2026-04-30", "prepared_by": "A. Preparer"}
    record = promotion(said, approved_by="B. Reviewer", **told)
    assert record.payload()["evidence"]["challenger"] == "model"
    assert not record.override
    for approver in ("", "a. preparer "):
        with pytest.raises(MisuseError):
            promotion(said, approved_by=approver, **told)


def test_equals_are_not_told_apart_and_need_a_reason(make_cohort, closes) -> None:
    rows = back(make_cohort, closes).rows
    draw = np.random.default_rng(3)
    rows["other"] = rows["realised"] * draw.uniform(0.5, 1.5, len(rows))
    rows["own"] = rows["realised"] * draw.uniform(0.5, 1.5, len(rows))
    said = compare(rows, "own", "other")
    assert not said.better
    told = {"decided_on": "2026-04-30", "prepared_by": "A", "approved_by": "B"}
    with pytest.raises(MisuseError):
        promotion(said, **told)
    assert promotion(said, reason="simpler", **told).override


def test_the_interval_of_equals_holds_zero_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    better = 0
    for _ in range(60):
        n = 120
        rows = pd.DataFrame(
            {"cohort": np.repeat([1, 2, 3, 4], n // 4), "category": "c",
             "sku": [f"{i % 30}" for i in range(n)], "realised": 0.0,
             "a": draw.normal(0, 1, n), "b": draw.normal(0, 1, n)}
        )  # fmt: skip
        better += compare(rows, "a", "b", draws=200).better
    assert better <= 6


# --- dates ---------------------------------------------------------------------------------


def test_closes_are_a_quarter_apart_and_old_enough() -> None:
    ends = [dt.date(2024 + m // 12, m % 12 + 1, 28) for m in range(24)]
    chosen = cohort_closes(ends, ends[-1], count=6, follow_up_days=180, history_days=210)
    gaps = [(b - a).days for a, b in pairwise(chosen)]
    assert min(gaps) >= 80
    assert (ends[-1] - chosen[-1]).days >= 180
    assert (chosen[0] - ends[0]).days >= 210
    assert len(chosen) == 4


def test_age_of_model_and_data() -> None:
    told = {"as_of": AS_OF, "retrain_after_days": 92, "fresh_days": 7}
    old = age_findings(trained_to=dt.date(2026, 1, 1), last_sale=dt.date(2026, 4, 20), **told)
    assert [f.code for f in old] == ["MD310", "MD311"]
    fresh = age_findings(trained_to=dt.date(2026, 2, 1), last_sale=dt.date(2026, 4, 26), **told)
    assert fresh == ()
    assert all(c in register() for c in ("MD301", "MD311"))
