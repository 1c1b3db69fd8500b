"""Broadcasting, spilling and the order of errors, by hand and by property."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.functions.errors import Mark, last_error
from invval_xl.functions.kernel import call as call_module
from invval_xl.functions.kernel.call import MISSING, one, spill

NA, DIV0 = -2146826246, -2146826281
WHOLE = 1_048_576


def column(*cells):
    return tuple((cell,) for cell in cells)


def test_a_row_beside_a_column_is_value():
    assert one("INV_EOP", ((1.0, 2.0),), column(1.0, 2.0), 0.0) is Mark.VALUE
    assert "1 x 2" in last_error.text()
    assert "2 x 1" in last_error.text()


@pytest.mark.parametrize("other", [column(1.0), ((5.0,),), 5.0])
def test_a_range_of_one_cell_stands_for_every_row(other):
    bare = other[0][0] if isinstance(other, tuple) else other
    assert spill("INV_EOP", column(1.0, 2.0), other, 0.0) == [(1.0 + bare,), (2.0 + bare,)]


def test_an_array_constant_that_arrives_flat_is_a_row():
    assert spill("INV_EOP", (1.0, 2.0), 0.0, 0.0) == ((1.0, 2.0),)


def test_an_error_cell_decides_before_text_blank_and_impossible():
    assert one("INV_NRV", -1.0, "text", None, DIV0) is Mark.DIV0
    assert one("INV_WRITEDOWN", -1.0, "text", None) is Mark.VALUE
    assert one("INV_WRITEDOWN", -1.0, None, 2.0) is Mark.NA
    assert one("INV_WRITEDOWN", -1.0, 5.0, 2.0) is Mark.NUM


def test_of_two_error_cells_the_leftmost_decides():
    assert one("INV_WRITEDOWN", NA, DIV0, 1.0) is Mark.NA
    assert one("INV_WRITEDOWN", DIV0, NA, 1.0) is Mark.DIV0


def test_a_bad_single_cell_spoils_every_row_and_only_with_its_own_error():
    assert spill("INV_EOP", column(1.0, 2.0), "x", 0.0) == [(2015,), (2015,)]
    assert "2 cells" in last_error.text()


def test_a_whole_column_is_cut_at_the_last_row_any_argument_uses():
    prices = column(48.0, None, 36.0) + ((None,),) * (WHOLE - 3)
    rates = column(0.08, 0.08) + (("",),) * (WHOLE - 2)
    answered = spill("INV_NRV", prices, MISSING, MISSING, rates)
    assert [row[0] for row in answered] == [pytest.approx(44.16), int(Mark.NA), 36.0]


def test_results_too_large_for_excel_are_num():
    assert one("INV_EOP", 1.5e308, 1.5e308, 0.0) is Mark.NUM
    assert spill("INV_EOP", column(1.5e308, 1.0), 1.5e308, 0.0)[0] == (int(Mark.NUM),)
    assert "largest number" in last_error.text()


def test_negative_zero_never_shows():
    answered = one("INV_EOP", 0.0, -0.0, 0.0), spill("INV_EOP", column(-0.0, 1.0), -0.0, 0.0)[0][0]
    assert [math.copysign(1.0, zero) for zero in answered] == [1.0, 1.0]


def test_words_may_be_a_range_and_spill():
    answered = spill("INV_JUMP", 10.0, ((("units"), ("cost"), ("x"))), "cost", 5.0, 20.0)
    assert answered == ((40.0, 10.0, int(Mark.VALUE)),)


def test_a_fault_inside_a_kernel_is_an_error_value_and_a_sentence(monkeypatch):
    broken = call_module.Callable_(call_module.functions()["INV_NRV"])
    monkeypatch.setattr(broken, "_kernel", lambda **_: 1 / 0)
    assert broken(5.0) == ((int(Mark.VALUE),),)
    assert "ZeroDivisionError" in last_error.text()
    assert "Traceback" not in last_error.text()


def test_a_rule_that_refuses_one_row_leaves_the_others():
    layers = (column(150.0, 160.0, 130.0), column(10.0, 12.0, 15.0))
    answered = spill("INV_ENDING", "fifo", *layers, column(50.0, 441.0, 60.0, 440.0))
    assert [row[0] for row in answered] == [750.0, int(Mark.NUM), 900.0, 5370.0]
    assert "441" in last_error.text()


def test_lifo_is_refused_under_ifrs_and_frs_102_only():
    layers = (column(150.0, 160.0), column(10.0, 12.0), 50.0)
    frameworks = (("us-gaap", "ifrs", "frs-102"),)
    assert spill("INV_ENDING", "lifo", *layers, frameworks) == ((500.0, 2036, 2036),)
    assert "IAS 2.25" in last_error.text() or "13.18" in last_error.text()


def test_lcm_is_refused_where_it_is_not_the_test():
    base = (50.0, 40.0, 60.0, 12.0)
    flows = (("lifo", "retail", "fifo", "average"),)
    assert spill("INV_LCM", *base, "us-gaap", flows) == ((48.0, 48.0, 2036, 2036),)
    assert spill("INV_LCM", *base, "ifrs", (("fifo", "average"),)) == ((2036, 2036),)


money = st.floats(0.0, 1e9, allow_nan=False)
cell = st.one_of(money, money.map(lambda x: -x), st.none(), st.sampled_from(["x", NA, DIV0, True]))


@given(st.lists(st.tuples(cell, cell, cell), min_size=2, max_size=12), st.randoms())
def test_permuting_rows_permutes_results(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    straight = spill("INV_WRITEDOWN", *(column(*c) for c in zip(*rows, strict=True)))
    shuffled = [rows[i] for i in order]
    turned = spill("INV_WRITEDOWN", *(column(*c) for c in zip(*shuffled, strict=True)))
    assert [row[0] for row in turned] == [straight[i][0] for i in order]


@given(st.lists(st.tuples(cell, cell, cell), min_size=2, max_size=12))
def test_a_range_answers_what_its_rows_answer_one_by_one(rows):
    together = spill("INV_WRITEDOWN", *(column(*c) for c in zip(*rows, strict=True)))
    alone = [spill("INV_WRITEDOWN", *row)[0][0] for row in rows]
    assert [row[0] for row in together] == alone


@given(money, money, money, money)
def test_a_jump_does_not_depend_on_its_path(value, units, cost, retail):
    units, cost, retail = units + 1.0, cost + 1.0, retail + 1.0
    totals = (units, cost, retail)
    over_cost = one(
        "INV_JUMP", one("INV_JUMP", value, "units", "cost", *totals), "cost", "retail", *totals
    )
    assert over_cost == pytest.approx(one("INV_JUMP", value, "units", "retail", *totals), rel=1e-9)


@given(st.integers(-(10**11), 10**11), st.integers(0, 10**11), st.integers(0, 10**11))
def test_a_set_that_foots_to_the_cent_has_a_break_of_exactly_zero(bop, additions, reductions):
    cents = (bop, additions, reductions, bop + additions - reductions)
    assert one("INV_BREAK", *(c / 100 for c in cents)) == 0.0


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_break_of_one_cent_is_found(bop, additions):
    cents = (bop, additions, 0, bop + additions + 1)
    assert one("INV_BREAK", *(c / 100 for c in cents)) == pytest.approx(0.01, abs=1e-6)
