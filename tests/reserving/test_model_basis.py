"""A model that answers values ordinary demand: amounts, range, axes and words, from one refresh."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from invval_xl.hosts.file.read import read_book
from invval_xl.hosts.file.write import author
from invval_xl.models.forest_pair import Caps
from invval_xl.models.from_tables import events_from_tables
from invval_xl.models.gates import GatePolicy
from invval_xl.models.loss import level_weights
from invval_xl.models.train import Parameters, train
from invval_xl.monitoring.lookback import look_back
from invval_xl.monitoring.rollout import RolloutPolicy
from invval_xl.policy.parameters import Stated
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.predicted_rows import PRICES
from invval_xl.reserving.prediction import predict
from invval_xl.reserving.proposal import propose
from invval_xl.reserving.rationale import explain
from invval_xl.runs.demo import retailer_plans
from invval_xl.runs.refresh_reserve import RefreshRequest, refresh_reserve
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from invval_xl.terms import Reading
from tests.monitoring.conftest import cohort

# gates that let a small model answer: what is tested here is what is done with its answer
OPEN = GatePolicy(
    accuracy=0, error_cut=-9, points_of_best_rule=1, auc=0, precision_over_base=0, brier_skill=-9,
    calibration=1, calibration_small=1, train_obsolete=1, fold_obsolete=0, markdown_rmse=1,
    markdown_cut=-9, marked_rmse=1, coverage_low=0, coverage_high=1,
)  # fmt: skip
SMALL = Caps(rounds=5, leaves=5, forest_trees=4, max_rows=1_500)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    book = tmp_path_factory.mktemp("basis") / "book.xlsx"
    retailer = generate(items=40, seed=3, future_weeks=0, keep_events=False)
    stated = retailer.frames["Assumptions"]
    rolled = stated.iloc[[0]].assign(name="valuation_basis", scope="all", value="roll-out")
    both = pd.concat([stated, rolled], ignore_index=True)
    retailer = replace(retailer, frames={**retailer.frames, "Assumptions": both})
    author(retailer_plans(retailer), book, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    return read_book(book).value


@pytest.fixture(scope="module")
def case(raw):
    tables = check_book(raw).value
    model = train(events_from_tables(tables), parameters=Parameters(caps=SMALL, gates=OPEN))
    conservation = prove_conservation(tables).value
    as_of = tables.control.period_end
    assembled = assemble(tables, conservation, as_of, modelled=True).value
    return tables, assembled, predict(model, tables, assembled.priced_lines)


def by_model(assembled, reading=Reading.EXPECTED_SHORTFALL):
    said = Stated("model_reading", reading.value)
    policy = assembled.policy.with_statements((said,))
    everything = np.full(len(assembled.lines), "model", dtype=object)
    return replace(assembled, basis=everything, policy=policy)


def test_the_requirement_is_the_expected_loss_by_hand(case) -> None:
    _, assembled, prediction = case
    assert prediction.answered_by == "model"
    proposal = propose(by_model(assembled), prediction)
    rows = proposal.frame
    demand = rows[(rows["tranche"] == "ordinary demand") & rows["model_required"].notna()]
    assert len(demand) > 20
    weights = level_weights()
    for row in demand.to_dict("records"):
        keep = 1 - row["cost_to_sell_rate"]
        fixed = row["cost_to_complete"] + row["cost_to_sell"]
        loss = sum(
            w * max(0.0, row["unit_cost"] - max(0.0, row[p] * keep - fixed))
            for w, p in zip(weights, PRICES, strict=True)
        )
        left = row["unsold_probability"]
        gone = max(0.0, row["price"] * row["liquidation_rate"] * keep - fixed)
        mean = (1 - left) * loss + left * max(0.0, row["unit_cost"] - gone)
        assert 0 <= left <= 1
        assert row["model_required"] == pytest.approx(
            min(row["cost"], row["units"] * mean), abs=0.01 + 2e-4 * row["units"]
        )
        assert row["required"] == row["model_required"]
        assert row["low"] <= row["required"] <= row["high"] <= row["cost"] + 0.005
        assert max(row[p] for p in PRICES) <= row["price"]
        assert sorted(row[p] for p in PRICES) == [row[p] for p in PRICES]
    others = rows[rows["tranche"] != "ordinary demand"]
    assert (others["required"] == others["rule_required"]).all()


def test_the_mean_of_the_losses_is_never_below_the_loss_of_the_mean(case) -> None:
    _, assembled, prediction = case
    losses = propose(by_model(assembled), prediction).frame
    of_mean = propose(by_model(assembled, Reading.EXPECTED_NRV), prediction).frame
    gap = losses["model_required"] - of_mean["model_required"]
    assert gap.min() >= -0.01 - 1e-4 * losses["units"].max()
    assert gap.max() > 1


def test_withheld_lines_stay_with_the_rule(case) -> None:
    _, assembled, prediction = case
    frame = prediction.frame.copy()
    frame.iloc[0] = np.nan
    proposal = propose(by_model(assembled), replace(prediction, frame=frame))
    rows = proposal.frame
    first = rows[rows["line"] == 0]
    assert (first["basis"] == "rule").all()
    assert first["required"].equals(first["rule_required"])
    assert (rows.loc[rows["line"] > 0, "basis"] == "model").all()


def test_without_a_statement_nothing_of_the_model_is_posted(case) -> None:
    _, assembled, prediction = case
    alone, beside = propose(assembled), propose(assembled, prediction)
    for name in ("required", "write_down", "closing", "low", "high"):
        pd.testing.assert_series_equal(alone.frame[name], beside.frame[name])


def test_tiers_hear_the_model(case) -> None:
    _, assembled, prediction = case
    rank = {"green": 0, "yellow": 1, "orange": 2, "red": 3}
    alone, beside = propose(assembled).frame, propose(assembled, prediction).frame
    worse = beside["tier"].map(rank) - alone["tier"].map(rank)
    assert worse.min() == 0  # a chance joins an axis, it takes nothing away
    cut = assembled.policy.number("tier_red_obsolete_probability")
    doomed = beside["p_obsolete_90"] >= cut
    assert (beside.loc[doomed, "tier"] == "red").all()


def test_the_words_carry_the_figures_and_both_amounts(case) -> None:
    tables, assembled, prediction = case
    proposal = propose(by_model(assembled), prediction)
    lines = proposal.lines()
    shown = lines[lines["required"] > 0].head(25)
    told = explain(proposal, tables, shown, prediction)
    assert sum("Because: " in r.predicted for r in told) > len(told) / 2
    for reason, line in zip(told, shown.to_dict("records"), strict=True):
        for name in ("model_required", "rule_required"):
            assert f"{line[name]:,.2f}" in reason.predicted
        assert "80 % interval" in reason.predicted
        assert f"based on model {prediction.name}" in reason.rule
        worth = [float(w.replace(",", "")) for w in re.findall(r" (-?[\d,]+)[,.]", reason.because)]
        assert worth == sorted(worth, reverse=True)
        assert reason.because.split(": ")[1].startswith(reason.action)
        assert "gross, where the price test bites" in reason.watch


def followed(close, said, draw, spread):
    """A cohort of the model's own intervals whose outcomes fall as far out as ``spread`` tells.

    The distance from the middle is normal: where ``spread`` is 1, 80 % fall inside.
    """
    low, high, rate = (
        said[n].to_numpy() for n in ("markdown_low", "markdown_high", "markdown_rate")
    )
    half = np.minimum(np.abs(draw.normal(0, spread, len(said))) / 1.2816, 3.0) * (high - low) / 2
    made = cohort(close, lines=len(said))
    made.rows["rate"], made.rows["rate_low"], made.rows["rate_high"] = rate, low, high
    made.rows["rate_realised"] = (low + high) / 2 + half
    return made


def test_under_coverage_of_ten_points_is_back_within_three_in_what_is_served(raw, case) -> None:
    """Two cohorts whose intervals covered 70 %; the third is served by refresh and covers 80 %."""
    said = case[2].frame
    middle, half = (said["markdown_low"] + said["markdown_high"]) / 2, (
        said["markdown_high"] - said["markdown_low"]) / 2  # fmt: skip
    there = ((middle > 0.05) & (middle + 3 * half <= 1) & (half > 0.01)).to_numpy()
    assert there.sum() > 60
    said = said[there].loc[lambda f: f.index.repeat(1_200 // len(f) + 1)]
    draw = np.random.default_rng(8)
    closes = [dt.date(2026, m, 28) for m in (1, 4, 7)]
    first, second, third = (followed(c, said, draw, 1.2366) for c in closes)
    back = look_back([first, second], as_of=dt.date(2026, 6, 30), inputs_hash="x")
    assert [i.plain_covered / i.rows for i in back.intervals] == pytest.approx([0.7] * 2, abs=0.03)

    model = case[2].model
    plain = refresh_reserve(raw, RefreshRequest(model=model))
    served = refresh_reserve(raw, RefreshRequest(model=model, lookback=back))
    now = served.case.prediction.frame[there].loc[said.index]
    came = third.rows["rate_realised"].to_numpy()
    covered = (came >= now["markdown_low"].to_numpy()) & (came <= now["markdown_high"].to_numpy())
    assert covered.mean() == pytest.approx(0.80, abs=0.03)

    # what a lookback would count as recalibrated is what was served
    again = look_back([first, second, third], as_of=dt.date(2026, 9, 30), inputs_hash="x").rows
    newest = again[again["cohort"] == closes[2].isoformat()]
    for name in ("low", "high"):
        np.testing.assert_allclose(newest[f"rate_{name}_used"], now[f"markdown_{name}"], atol=1e-6)

    # the papers rest on it and say so; nothing but the range moves
    before, after = plain.case.proposal.frame, served.case.proposal.frame
    assert served.summary.run_id != plain.summary.run_id
    assert (after["price_low"] <= before["price_low"] + 1e-9)[after["price_low"].notna()].all()
    assert (after["price_low"] < before["price_low"]).any()
    assert after["model_required"].equals(before["model_required"])
    words = f"multiplied by {back.interval_factor:.2f}"
    papers = {p.name: str(p) for p in served.plans}
    assert all(words in papers[name] for name in ("C-10 Model", "C-11 Lookback", "C-12 Findings"))
    assert f"half-width times {back.interval_factor:.2f} by C-11" in papers["C-6 Rationale"]
    assert "half-width" not in str(plain.plans)


def test_a_category_that_fails_leaves_the_model_in_the_papers_and_no_other_is_touched(
    raw, case
) -> None:
    """Two reviews: Footwear and Home are let in, then Footwear reserves half as much again."""
    model = replace(case[2].model, approver="A Controller")
    closes = [dt.date(2025, m, 28) for m in (1, 4, 7, 10)]
    steps = RolloutPolicy(share=1.0, holds_needed=1)
    first = look_back([cohort(c, model=1.05) for c in closes], as_of=dt.date(2026, 4, 30),
                      inputs_hash="x", rollout=steps)  # fmt: skip
    failing = {"Apparel": 1.0, "Footwear": 1.5, "Home": 1.0}
    second = look_back([cohort(c, scale=failing) for c in closes], as_of=dt.date(2026, 7, 31),
                       inputs_hash="x", reviews=first.rollout.reviews, rollout=steps)  # fmt: skip
    assert (first.flag, second.flag) == (False, False)
    before, after = (
        refresh_reserve(raw, RefreshRequest(model=model, lookback=back)) for back in (first, second)
    )
    was, now = (r.case.proposal.frame for r in (before, after))
    known = was["model_required"].notna()
    assert set(was.loc[was["basis"] == "model", "category"]) == {"Footwear", "Home"}
    left = was["category"] == "Footwear"
    assert (was.loc[left & known, "basis"] == "model").any()
    assert (now.loc[left, "basis"] == "rule").all()
    assert now.loc[left, "required"].equals(now.loc[left, "rule_required"])
    for name in ("basis", "required", "write_down", "closing"):
        assert now.loc[~left, name].equals(was.loc[~left, name]), name
    assert [f.message for f in after.findings if f.code == "MD306"]
    papers = {p.name: str(p) for p in after.plans}
    assert "2026-07-31 Footwear: served becomes withdrawn" in papers["C-11 Lookback"]
    both = [p for p in after.plans if p.name == "C-10 Model"]
    assert "Required By Rule (C-3)" in str(both)
    assert "Required By Model (C-3)" in str(both)
