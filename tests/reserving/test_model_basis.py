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
from invval_xl.policy.parameters import Stated
from invval_xl.reserving.assembled import assemble
from invval_xl.reserving.conservation import prove_conservation
from invval_xl.reserving.predicted_rows import PRICES
from invval_xl.reserving.prediction import predict
from invval_xl.reserving.proposal import propose
from invval_xl.reserving.rationale import explain
from invval_xl.runs.demo import retailer_plans
from invval_xl.sources.demo import generate
from invval_xl.tables.check import check_book
from invval_xl.terms import Reading

# gates that let a small model answer: what is tested here is what is done with its answer
OPEN = GatePolicy(
    accuracy=0, error_cut=-9, points_of_best_rule=1, auc=0, precision_over_base=0, brier_skill=-9,
    calibration=1, calibration_small=1, train_obsolete=1, fold_obsolete=0, markdown_rmse=1,
    markdown_cut=-9, marked_rmse=1, coverage_low=0, coverage_high=1,
)  # fmt: skip
SMALL = Caps(rounds=12, forest_trees=8, max_rows=4_000)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    book = tmp_path_factory.mktemp("basis") / "book.xlsx"
    retailer = generate(items=40, seed=3, future_weeks=0, keep_events=False)
    author(retailer_plans(retailer), book, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    tables = check_book(read_book(book).value).value
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
