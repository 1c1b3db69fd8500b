"""Metrics against scikit-learn's, an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from invval_xl.models.metrics import auc, average_precision, binary_metrics


@pytest.mark.parametrize("seed", range(5))
def test_ranking_metrics_equal_scikit_learn_with_ties(seed):
    draw = np.random.default_rng(seed)
    p = np.round(draw.random(500), 1 if seed % 2 else 3)
    y = draw.random(500) < p
    assert auc(y, p) == pytest.approx(roc_auc_score(y, p))
    assert average_precision(y, p) == pytest.approx(average_precision_score(y, p))


def test_brier_skill_is_one_less_the_ratio_of_brier_scores():
    draw = np.random.default_rng(9)
    p = draw.random(800)
    y = draw.random(800) < p
    base = np.full(800, y.mean())
    expected = 1 - brier_score_loss(y, p) / brier_score_loss(y, base)
    assert binary_metrics(y, p).brier_skill == pytest.approx(expected)


def test_a_calibrated_and_a_shifted_probability_differ_in_calibration_error():
    draw = np.random.default_rng(2)
    p = draw.random(20_000) * 0.8
    y = draw.random(20_000) < p
    assert binary_metrics(y, p).calibration_error < 0.02
    assert binary_metrics(y, p + 0.15).calibration_error == pytest.approx(0.15, abs=0.02)
