"""Gates refuse what they are for, each shown by folds made for it."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.models.gates import (
    FoldOutcomes,
    FoldRates,
    GatePolicy,
    judge_dollars,
    judge_markdown,
    judge_sellability,
)

TABLE = "ageing table refitted by both"


def _fold(seed, *, sharp=0.9, table=0.55, n=1_500, base=0.25, train=900):
    draw = np.random.default_rng(seed)
    y = draw.random(n) < base

    def said(skill):
        # a calibrated probability: with chance `skill` the truth is known, else the base rate
        known = draw.random(n) < skill
        return np.where(known, np.where(y, 0.98, 0.02), base)

    p = {
        "model": said(sharp),
        "majority": np.full(n, base),
        "rule: no sale for 60 days": (said(table) > 0.5).astype(float),
        TABLE: said(table),
    }
    return FoldOutcomes(
        seed, y, np.ones(n, bool), p, dict.fromkeys(("model", TABLE, "majority"), 0.9), train
    )


def _judge(folds, policy=None):
    return judge_sellability(folds, horizon=60, history_days=900, policy=policy or GatePolicy())


def _failed(report):
    return {g.name for g in report.gates if not g.passed}


def test_a_good_model_is_served():
    report = _judge([_fold(i) for i in range(4)])
    assert report.answered_by == "model", report.because


def test_a_model_under_the_refitted_table_is_not_served_and_says_why():
    report = _judge([_fold(i, sharp=0.8, table=0.95) for i in range(4)])
    assert report.answered_by == "table"
    assert "Brier skill against the refitted table" in _failed(report)
    assert "Brier skill against the refitted table" in report.because


def test_the_majority_answer_is_not_a_model():
    folds = [_fold(i, sharp=0.0) for i in range(4)]
    failed = _failed(_judge(folds))
    assert {"AUC", "error cut against the majority", "Brier skill"} <= failed
    assert "accuracy" not in failed or folds[0].obsolete.mean() > 0.25


def test_too_few_folds_rows_or_obsolete_items_are_insufficient_history():
    assert "folds" in _failed(_judge([_fold(i) for i in range(2)]))
    assert "obsolete rows in training" in _failed(_judge([_fold(i, train=99) for i in range(3)]))
    few = _failed(_judge([_fold(i, n=90) for i in range(3)]))
    assert "obsolete rows in the smallest fold" in few


def test_no_fold_at_all_is_refused_without_an_error():
    assert _judge([]).answered_by == "table"


def _rates(seed, *, noise, n=800, low=None):
    draw = np.random.default_rng(seed)
    rate = np.where(draw.random(n) < 0.6, 0.0, draw.uniform(0.05, 0.35, n))
    guess = np.clip(rate + draw.normal(0, noise, n), 0, 1)
    naive = {
        "zero": np.zeros(n),
        "mean": np.full(n, rate.mean()),
        "category mean": np.full(n, rate.mean()),
        "last": draw.permutation(rate),
        "trailing": draw.permutation(rate),
    }
    half = 1.28 * noise
    return FoldRates(
        seed,
        rate,
        {**naive, "model": guess},
        np.maximum(guess - half, 0) if low is None else np.zeros(n),
        guess + half if low is None else np.zeros(n),
    )


def _judge_rates(folds):
    return judge_markdown(folds, horizon=60, marked_from=0.05, policy=GatePolicy())


def test_a_sharp_rate_is_served_and_a_blunt_one_carries_the_best_naive_rule():
    assert _judge_rates([_rates(i, noise=0.04) for i in range(4)]).answered_by == "model"
    report = _judge_rates([_rates(i, noise=0.3) for i in range(4)])
    assert report.answered_by in {"mean", "category mean"}
    assert "carried forward" in report.because


def test_an_interval_of_zero_width_at_zero_covers_most_rows_and_is_refused():
    report = _judge_rates([_rates(i, noise=0.04, low=0) for i in range(4)])
    assert report.coverage_all > 0.5
    assert report.coverage == pytest.approx(0.0)
    assert report.answered_by != "model"


def test_dollars_are_judged_against_the_tables_and_over_four_lookbacks():
    realised = [100.0, 120.0, 90.0, 110.0]
    tables = {"ageing by receipt": [400.0] * 4, "flat rate": [60.0] * 4}
    good = judge_dollars({"model": [95.0] * 4, **tables}, realised, policy=GatePolicy())
    assert all(g.passed for g in good)
    bad = judge_dollars({"model": [30.0] * 4, **tables}, realised, policy=GatePolicy())
    assert [g.passed for g in bad] == [True, False, False]
    assert not judge_dollars({"model": [95.0]}, [100.0], policy=GatePolicy())[0].passed
