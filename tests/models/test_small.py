"""Short, poor or odd extracts are answered with a finding or a smaller model, never a traceback."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.findings import RefusedError
from invval_xl.models.events import Stream, make_events
from invval_xl.models.forest_pair import Caps, fit_pair
from invval_xl.models.interval import Calibration, calibrate, known_levels, rate_interval
from invval_xl.models.markdown import RateDistribution
from invval_xl.models.train import train


def test_an_extract_too_short_to_learn_from_is_refused_with_its_figures():
    day = np.arange(40)
    events = make_events(
        sku=["A"],
        location=["S"],
        sales=Stream(
            np.zeros(40, int),
            day,
            {"units": np.ones(40), "value": np.ones(40), "list_value": np.full(40, np.nan)},
        ),
    )
    with pytest.raises(RefusedError) as error:
        train(events)
    assert error.value.findings[0].code == "MD209"
    assert "40 day(s)" in error.value.findings[0].message


def test_nothing_sold_at_all_is_refused_too():
    events = make_events(
        sku=["A"], location=["S"], sales=Stream.empty("units", "value", "list_value")
    )
    with pytest.raises(RefusedError):
        train(events)


def test_two_classes_are_exported_as_exactly_as_many():
    draw = np.random.default_rng(0)
    x = draw.random((600, 4)).astype(np.float32)
    x[draw.random(x.shape) < 0.1] = np.nan
    x[:, 3] = np.nan  # a column nobody knows: boosting alone would fail on it
    y = (np.nan_to_num(x[:, 0]) + draw.random(600) > 1).astype(int)
    pair = fit_pair(x, ("a", "b", "c", "d"), y, None, Caps(rounds=8, forest_trees=5))
    assert pair.columns == ("a", "b", "c")
    boosting, forest = pair.estimators
    seen = np.ascontiguousarray(x[:, :3])
    theirs = 0.5 * (boosting.predict_proba(seen) + forest.predict_proba(seen))
    np.testing.assert_allclose(pair.predict_flat(seen), theirs, atol=1e-12)


def test_calibrated_levels_cover_four_fifths_of_new_depths():
    # a model that thinks depths are smaller than they are: levels pile up at the top
    draw = np.random.default_rng(3)
    held_out = calibrate([draw.beta(3, 1, 1_000) for _ in range(4)])
    fresh = draw.beta(3, 1, 20_000)
    # a point above four fifths: the least margin between folds
    assert ((fresh >= held_out.low) & (fresh <= held_out.high)).mean() == pytest.approx(
        0.81, abs=0.02
    )
    assert (fresh <= held_out.high_alone).mean() == pytest.approx(0.81, abs=0.02)


def test_folds_that_differ_widen_the_interval_and_one_fold_more_than_four_alike():
    draw = np.random.default_rng(4)
    alike = calibrate([draw.random(500) for _ in range(4)])
    apart = calibrate([draw.beta(a, 1, 500) for a in (0.5, 1, 2, 4)])
    single = calibrate([draw.random(2_000)])
    assert alike.high_alone == pytest.approx(0.81, abs=0.02)
    assert single.high_alone == pytest.approx(0.83, abs=0.02)
    pooled = np.concatenate([draw.beta(a, 1, 5_000) for a in (0.5, 1, 2, 4)])
    assert (pooled <= apart.high_alone).mean() > 0.82


def test_the_calibration_reads_no_label_that_was_not_over():
    few, many = np.full(40, 0.5), np.full(400, 0.7)
    dated = [[(100, many), (160, few)], [(100, few), (160, few)], [(100, many)]]
    # on day 165 only the first fold's 30- and 60-day windows are over
    assert [f[0] for f in known_levels(dated, 1, 165)] == [0.5, 0.7]
    assert known_levels(dated, 2, 129) == []
    assert [f[0] for f in known_levels(dated, 0, 135)] == [0.7]


def test_an_interval_holds_its_mean_and_never_collapses_onto_zero():
    atoms = np.stack([np.zeros(9), np.linspace(0.1, 0.2, 9), np.linspace(0.3, 0.5, 9)])
    band = np.array([[0.97, 0.02, 0.01], [0.5, 0.25, 0.25], [0.01, 0.49, 0.50]])
    rates = RateDistribution(band, atoms, band @ atoms.mean(axis=1))
    low, high = rate_interval(rates, Calibration())
    assert (low <= rates.mean).all()
    assert (rates.mean <= high).all()
    # seldom marked down, yet a real markdown lies inside
    assert high[0] >= 0.3
    assert low[0] == 0.0
    assert low[2] > 0.1
    median = rates.quantiles((0.5,))[:, 0]
    assert (low <= median).all()
    assert (median <= high).all()
