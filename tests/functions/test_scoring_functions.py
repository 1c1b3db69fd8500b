"""What predictive functions need of the registry: lazy kernels, batches, words, unknown facts."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from invval_xl.functions.errors import Mark
from invval_xl.functions.kernel.call import Callable_
from invval_xl.functions.registry import Argument, ArgumentKind, Example, WorksheetFunction

TIER = WorksheetFunction(
    "INV_TEST_TIER",
    "Test",
    "A tier.",
    (
        Argument("unit_cost", "Cost.", unit="currency per unit", minimum=0.0),
        Argument("age_days", "Age.", unit="days", blank_is_unknown=True),
        Argument("category", "Category.", kind=ArgumentKind.TEXT, optional=True, unit="text"),
        Argument(
            "bound",
            "Bound.",
            kind=ArgumentKind.CHOICE,
            optional=True,
            default="mid",
            choices={"mid": "mid", "low": "low", "high": "high"},
        ),
    ),
    "a word",
    "tests.functions.scoring_kernel:tier",
    (Example("=INV_TEST_TIER(1,1)", "green"),),
)


@pytest.fixture
def ask():
    module = sys.modules.pop("tests.functions.scoring_kernel", None)
    del module
    return Callable_(TIER)


def calls():
    return sys.modules["tests.functions.scoring_kernel"].CALLS


def test_the_kernel_is_imported_at_the_first_call_and_not_before(ask):
    assert "tests.functions.scoring_kernel" not in sys.modules
    assert ask(34.0, 400.0) == (("red",),)
    assert "tests.functions.scoring_kernel" in sys.modules


def test_a_range_is_scored_in_one_call_and_words_spill(ask):
    cost = tuple((float(c),) for c in range(1000))
    age = tuple((float(2 * a),) for a in range(1000))
    answered = ask(cost, age, "Shoes")
    assert len(calls()) == 1
    assert isinstance(calls()[0][0], np.ndarray)
    assert calls()[0][2] == "Shoes"
    assert [row[0] for row in answered] == ["red" if 2 * a > 365 else "green" for a in range(1000)]


def test_an_unknown_fact_reaches_the_kernel_as_unknown_and_a_bad_row_does_not(ask):
    answered = ask(((5.0,), (5.0,), (-1.0,), (None,)), ((None,), (400.0,), (1.0,), (1.0,)))
    assert answered == [("yellow",), ("red",), (int(Mark.NUM),), (int(Mark.NA),)]
    cost = calls()[0][0]
    assert [math.isnan(c) for c in cost] == [False, False, True, True]


def test_texts_arrive_row_by_row_beside_the_figures(ask):
    ask(((5.0,), (6.0,)), 1.0, (("Shoes",), (None,)))
    assert calls()[0][2] == ["Shoes", None]


def test_a_range_of_words_makes_one_call_a_word(ask):
    ask(((5.0,), (6.0,), (7.0,)), 1.0, None, (("low",), ("high",), ("low",)))
    assert [(c[3], len(c[0])) for c in calls()] == [("low", 2), ("high", 1)]
