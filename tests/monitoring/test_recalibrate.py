"""Planted under-coverage is brought back in two cohorts."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.models.interval import recalibrated
from invval_xl.monitoring.recalibrate import nonconformity, recalibrate


def walk(draw, cohorts, rows, spread, from_cohort=0):
    """Outcomes about a centre; the intervals hold 80 % where spread is 1."""
    out = []
    for k in range(cohorts):
        wide = spread if k >= from_cohort else 1.0
        width = draw.uniform(0.05, 0.15, rows)
        middle = draw.uniform(0.2, 0.6, rows)
        outcome = middle + draw.normal(0, 1, rows) * width * wide
        half = 1.2816 * width
        out.append((f"c{k}", outcome, middle - half, middle + half))
    return out


def test_ten_points_missing_are_back_within_three_after_two_cohorts() -> None:
    """Spread 1.2366 leaves 70 % inside an interval of 80 %."""
    draw = np.random.default_rng(5)
    first, after = [], []
    for _ in range(40):
        said = recalibrate(walk(draw, 3, 600, 1.2366))
        first.append(said[0].coverage)
        after.append(said[2].coverage)
    assert np.mean(first) == pytest.approx(0.70, abs=0.01)
    assert np.mean(after) == pytest.approx(0.80, abs=0.01)
    assert np.mean(np.abs(np.array(after) - 0.80) <= 0.03) >= 0.85


def test_a_calibrated_interval_is_left_about_as_it_is() -> None:
    said = recalibrate(walk(np.random.default_rng(1), 6, 800, 1.0))
    assert abs(said[-1].next_factor - 1.0) < 0.12
    assert all(abs(s.coverage - 0.8) < 0.06 for s in said)


def test_the_shift_comes_late_and_is_followed() -> None:
    said = recalibrate(walk(np.random.default_rng(2), 8, 800, 1.2366, from_cohort=4))
    assert said[4].plain_covered / said[4].rows < 0.74
    assert abs(said[7].coverage - 0.80) <= 0.03


def test_too_few_rows_move_nothing() -> None:
    said = recalibrate(walk(np.random.default_rng(2), 3, 20, 3.0))
    assert {s.next_factor for s in said} == {1.0}


def test_covered_is_what_the_widened_interval_really_holds() -> None:
    cohorts = walk(np.random.default_rng(4), 4, 300, 1.5)
    for said, (_, outcome, low, high) in zip(recalibrate(cohorts), cohorts, strict=True):
        a, b = recalibrated(low, high, said.factor)
        assert said.covered == int(((outcome >= a - 1e-9) & (outcome <= b + 1e-9)).sum())
        assert said.plain_covered == int(((outcome >= low) & (outcome <= high)).sum())


def test_bounds_hold_and_no_width_becomes_a_point() -> None:
    ends = np.array([0.0, 0.2]), np.array([0.1, 0.2])
    low, high = recalibrated(*ends, 3.0, floor=0.0, ceiling=1.0)
    assert low.tolist() == [0.0, pytest.approx(0.185)]
    assert high.tolist() == [pytest.approx(0.2), pytest.approx(0.215)]
    assert np.isnan(nonconformity(np.array([np.nan]), low[:1], high[:1])).all()


def test_a_narrowed_interval_still_holds_its_own_estimate() -> None:
    """An estimate near one end of a skew interval would be left outside by its middle alone."""
    ends = np.array([0.0]), np.array([0.4])
    low, high = recalibrated(*ends, 0.5, around=np.array([0.05]), floor=0.0, ceiling=1.0)
    assert (low[0], high[0]) == (pytest.approx(0.05), pytest.approx(0.3))
