"""A stable year raises no call, a planted shift does; the full count is tests/bench/drift_calls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from invval_xl.monitoring.drift import (
    DriftPolicy,
    _chi_squared,
    find_drift,
    stability_index,
    student_quantile,
)
from tests.bench.drift_calls import called_within, rates, reviews


def test_stable_years_and_planted_shifts() -> None:
    """The bench prints 200 of each; here 25 small ones."""
    false, soon, delays = rates(25, 150, seed=11)
    assert false <= 0.12
    assert soon >= 0.85
    assert set(delays) <= {1, 2, 3}


def test_half_of_all_demand_gone_is_called_and_stable_months_are_not() -> None:
    """Reviewed month by month as the command does; the bench asks it of more retailers."""
    stable = 0
    for seed in (3, 4, 5):
        shifted, said = reviews(seed, 700, (0.5, 0.5))
        assert called_within(shifted, said, 2)
        stable += any(reviews(seed, 700, (1.0, 1.0))[1].values())
    assert stable <= 1  # a false call may be: so many a year are what the policy allows


def test_the_index_of_equal_shares_is_nothing_and_it_is_symmetric() -> None:
    a, b = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])
    assert stability_index(a, a) == 0
    assert stability_index(a, b) == pytest.approx(float(stability_index(b, a)))
    assert stability_index(a, b) == pytest.approx(2 * 0.3 * np.log(2.5))


def one(shift, periods=2, n=400, training=12):
    draw = np.random.default_rng(9)
    learned = [draw.normal(0, 1, n) for _ in range(training)]
    now = [draw.normal(shift if k else 0.0, 1, n) for k in range(periods)]
    return find_drift({"x": learned}, {"x": now}, kinds={"x": "input"},
                      periods=[f"p{k}" for k in range(periods)])  # fmt: skip


def test_one_period_alone_is_no_call() -> None:
    said = one(1.5, periods=2)
    newest = next(s for s in said.signals if s.period == "p1")
    assert newest.above
    assert said.calls == ()
    assert one(1.5, periods=3).calls[0].name == "x"


def test_unknown_values_are_a_bin_of_their_own() -> None:
    draw = np.random.default_rng(3)
    learned = [draw.normal(0, 1, 300) for _ in range(10)]
    gone = [np.where(draw.random(300) < 0.4, np.nan, draw.normal(0, 1, 300)) for _ in range(2)]
    said = find_drift({"x": learned}, {"x": gone}, kinds={}, periods=["a", "b"])
    assert [s.name for s in said.calls] == ["x"]


def test_the_dust_of_a_sum_is_no_other_bin() -> None:
    """Half of all goods bear no markdown; a float's last bits must not say that some do."""
    draw = np.random.default_rng(3)

    def rates(n, dust):
        cut = draw.random(n) < 0.5
        return np.where(cut, 0.1 + 0.2 * draw.random(n), dust * draw.random(n))

    learned = [rates(300, 0.0) for _ in range(8)]
    dusty = find_drift({"x": learned}, {"x": [rates(300, 1e-12)] * 2}, kinds={}, periods=["a", "b"])
    assert max(s.index for s in dusty.signals) < 0.1
    assert dusty.calls == ()


@pytest.mark.parametrize("chance", [0.05, 0.01, 0.005])
def test_the_quantiles_of_the_level_are_those_of_the_books(chance) -> None:
    """Wilson and Hilferty's and Cornish and Fisher's against SciPy's own, within one percent."""
    for degrees in range(3, 12):
        exact = stats.chi2.isf(chance, degrees)
        assert _chi_squared(degrees, chance) == pytest.approx(exact, rel=0.01)
    for months in range(11, 60):
        assert student_quantile(months, chance) == pytest.approx(
            stats.t.isf(chance, months), rel=0.01
        )


def test_a_constant_signal_and_an_empty_period_say_nothing() -> None:
    draw = np.random.default_rng(3)
    learned = {"k": [np.ones(9)] * 8, "x": [draw.normal(0, 1, 200) for _ in range(8)]}
    now = {"k": [np.ones(9) * 5] * 2, "x": [np.zeros(0), np.zeros(0)]}
    said = find_drift(learned, now, kinds={}, periods=["a", "b"])
    assert {s.name for s in said.signals} == {"x"}
    assert said.calls == ()


def test_little_training_uses_the_trades_cut_off() -> None:
    draw = np.random.default_rng(3)
    learned = [draw.normal(0, 1, 4000) for _ in range(2)]
    said = find_drift({"x": learned}, {"x": [draw.normal(0, 1, 4000)]}, kinds={}, periods=["a"],
                      policy=DriftPolicy())  # fmt: skip
    assert said.signals[0].level == 0.25
