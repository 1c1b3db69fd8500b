"""Fifteen digits: what Calc saves of a number, and what every host reads."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.tables.digits import fifteen_digits

FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP, Emin=-400, Emax=400)
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite | st.integers(-(10**15), 10**15).map(float), max_size=20))
def test_every_number_is_the_decimal_of_fifteen_digits_nearest_to_it(numbers):
    got = fifteen_digits(np.array(numbers, dtype=np.float64))
    assert got.tolist() == [
        n if n == math.trunc(n) else float(FIFTEEN.plus(Decimal(repr(n)))) for n in numbers
    ]
    assert fifteen_digits(got).tolist() == got.tolist()


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 12))
def test_what_has_no_more_digits_is_left_as_it_is(digits, places):
    number = float(f"{digits}e-{places}")
    got = fifteen_digits(np.array([number, np.nan, np.inf]))
    assert got[0] == number
    assert np.isnan(got[1])
    assert np.isinf(got[2])


def test_as_calc_saved_them():
    """Pairs out of a workbook before and after LibreOffice 25.2 saved it."""
    before = [18.79958333333333, 48.73285714285715, 30.909512195121952, 88.33833333333334]
    after = [18.7995833333333, 48.7328571428572, 30.909512195122, 88.3383333333333]
    assert fifteen_digits(np.array(before)).tolist() == after
