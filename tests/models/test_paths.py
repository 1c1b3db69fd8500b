"""Coherence over the horizons holds for every distribution over paths, not only fitted ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.models.paths import choose_paths, soft_rows
from invval_xl.models.targets import FULL_PRICE, MARKDOWN, NO_SALE, SLOW, UNKNOWN


def _states(seed, n=400):
    draw = np.random.default_rng(seed)
    state = draw.choice([FULL_PRICE, MARKDOWN, SLOW, NO_SALE], (n, 3)).astype(np.int8)
    # what really happens: nothing sold in 60 days means nothing sold in 30
    for j in (2, 1):
        state[state[:, j] == NO_SALE, j - 1] = NO_SALE
    return state


@given(st.integers(0, 10_000))
def test_any_probabilities_over_paths_are_coherent(seed):
    book = choose_paths(_states(seed % 50))
    p = np.random.default_rng(seed).dirichlet(np.full(len(book), 0.3), 60)
    m = book.marginals(p)
    np.testing.assert_allclose(m.full_price + m.markdown + m.obsolete, 1.0, atol=1e-12)
    assert (np.diff(m.marked_down_by, axis=1) >= -1e-12).all()
    assert (np.diff(m.no_sale_through, axis=1) <= 1e-12).all()
    # what happens in the window has happened by the day, and no sale is obsolete
    assert (m.marked_down_by >= m.markdown - 1e-12).all()
    assert (m.no_sale_through <= m.obsolete + 1e-12).all()


def test_soft_rows_give_every_row_one_unit_of_weight():
    state = _states(3)
    state[::3, 2] = UNKNOWN
    state[::5, 1:] = UNKNOWN
    book = choose_paths(state)
    rows, paths, weight = soft_rows(state, book)
    total = np.bincount(rows, weights=weight, minlength=len(state))
    assert (total > 0.85).all()
    assert (total <= 1 + 1e-9).all()
    # a row stands only with paths that agree with what is known of it, where one is kept
    for row, path in zip(rows[:500], paths[:500], strict=True):
        known = state[row] != UNKNOWN
        agreeing = (book.states[:, known] == state[row][known]).all(axis=1)
        assert agreeing[path] or not agreeing.any()
