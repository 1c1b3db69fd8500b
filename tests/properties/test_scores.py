"""Invariants of what is scored and graded, by the model that answers where none was trained."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from invval_xl.models.cell import markdown_interval, snapshot, snapshot_scores
from invval_xl.models.cell_money import CellPolicy
from invval_xl.models.kernels import cell_reserve, cell_risk, cell_tier
from invval_xl.models.shipped import shipped_model
from invval_xl.models.targets import HORIZONS
from invval_xl.policy.parameters import Policy
from invval_xl.reserving.grading import tier_of

MODEL, POLICY = shipped_model(), CellPolicy()
SEVERITY = ["green", "yellow", "orange", "red"]
PRICE = st.integers(1, 10**5).map(lambda cents: cents / 100)
UNITS = st.integers(0, 5_000).map(float)
FACTS = ("age_days", "units_sold_30d", "units_sold_90d", "average_price_90d", "market_price")
ROW = st.fixed_dictionaries(
    {
        "unit_cost": PRICE,
        "units_on_hand": UNITS,
        "age_days": st.integers(0, 2_000).map(float),
        "units_sold_30d": st.integers(0, 300).map(float),
        "units_sold_90d": st.integers(300, 900).map(float),
        "average_price_90d": PRICE,
        "market_price": PRICE,
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=12)


def columns(rows, **changed):
    named = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return snapshot(**named | changed)


@given(ROWS)
def test_probabilities_are_shares_that_sum_to_one_and_agree_over_the_horizons(rows) -> None:
    given_ = columns(rows)
    outcomes = ("full_price", "markdown", "obsolete")
    shares = np.array([[cell_risk(MODEL, o, h, given_) for h in HORIZONS] for o in outcomes])
    assert np.all((shares >= 0) & (shares <= 1))
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=2e-6)
    # No sale by a later day is no sale by an earlier one: full price and markdown only grow.
    scores = snapshot_scores(MODEL, given_)
    assert np.all(np.diff(scores.p_marked_down_by, axis=1) >= -2e-6)
    assert np.all(np.diff(scores.p_no_sale_through, axis=1) <= 2e-6)


@given(ROWS, st.permutations(FACTS))
def test_an_interval_holds_its_middle_and_widens_as_facts_are_withheld(rows, order) -> None:
    # one column: the rows whole, then with one fact less at a time
    told = [
        {name: np.nan if name in order[:gone] else value for name, value in row.items()}
        for gone in range(len(order) + 1)
        for row in rows
    ]
    given_ = columns(told)
    middle = snapshot_scores(MODEL, given_).markdown_rate[:, HORIZONS.index(60)]
    low, high = markdown_interval(MODEL, given_, middle)
    assert np.all((low <= middle + 1e-6) & (middle <= high + 1e-6))
    widths = (high - low).reshape(len(order) + 1, len(rows))
    assert np.all(np.diff(widths, axis=0) >= -2e-6)


@given(ROWS)
def test_no_units_no_reserve_and_never_more_than_cost(rows) -> None:
    given_ = columns(rows)
    reserve = cell_reserve(MODEL, given_, POLICY)
    cost = given_["units_on_hand"] * given_["unit_cost"]
    known = ~np.isnan(reserve)
    assert np.all((reserve[known] >= 0) & (reserve[known] <= cost[known] + 0.005))
    assert not cell_reserve(MODEL, columns(rows, units_on_hand=np.zeros(len(rows))), POLICY).any()


@given(ROW, st.lists(UNITS, min_size=2, max_size=12))
def test_a_typed_tier_and_reserve_never_get_milder_as_stock_grows(row, stock) -> None:
    stock = np.sort(np.array(stock))
    given_ = columns([row] * len(stock), units_on_hand=stock)
    ranks = [SEVERITY.index(word) for word in cell_tier(MODEL, given_, POLICY)]
    assert ranks == sorted(ranks)
    assert np.all(np.diff(cell_reserve(MODEL, given_, POLICY)) >= -0.005)


CHANCE = st.floats(0, 1)
LINE = st.tuples(st.floats(0, 2_000), CHANCE, CHANCE, CHANCE, PRICE, PRICE)
COLUMNS = [
    "days_of_supply", "markdown_probability", "p_obsolete_90", "p_marked_down", "unit_cost",
    "ordinary_nrv",
]  # fmt: skip


@given(st.lists(LINE, min_size=1, max_size=12), st.floats(0, 500), CHANCE, CHANCE)
def test_a_tier_never_gets_milder_as_probability_or_expected_loss_rises(
    rows, longer, likelier, lower
) -> None:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    worse = [
        frame,
        frame.assign(days_of_supply=frame["days_of_supply"] + longer),
        *(frame.assign(**{n: np.minimum(frame[n] + likelier, 1)}) for n in COLUMNS[1:4]),
        frame.assign(ordinary_nrv=frame["ordinary_nrv"] * (1 - lower)),
    ]
    words = tier_of(pd.concat(worse, ignore_index=True), Policy())
    ranks = np.array([SEVERITY.index(w) for w in words]).reshape(len(worse), len(rows))
    assert np.all(ranks >= ranks[0])
