"""Features know nothing of the as-of date or later, and one function serves everyone."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.models.events import Stream, make_events
from invval_xl.models.explain import GROUPS
from invval_xl.models.facts import facts_at, price_ratio, reference_price
from invval_xl.models.features import (
    CELL_FEATURES,
    FEATURES,
    build_features,
    cell_facts,
    derive,
    fit_encoding,
)


def test_deleting_everything_at_or_after_the_as_of_date_changes_no_feature(events):
    encoding = fit_encoding(events)
    for day in (events.first_day + 100, events.first_day + 401):
        with_future = build_features(events, day, encoding).matrix
        without = build_features(events.before(day), day, encoding).matrix
        np.testing.assert_array_equal(with_future, without)


def test_scrambling_everything_at_or_after_the_as_of_date_changes_no_feature(events):
    from dataclasses import replace

    day = events.first_day + 300
    draw = np.random.default_rng(1)

    def scrambled(stream):
        later = stream.day >= day
        values = {}
        for name, column in stream.values.items():
            values[name] = column.copy()
            values[name][later] = draw.permutation(column[later]) * 7.0
        return Stream(stream.item, stream.day, values)

    names = ("sales", "returns", "receipts", "stock", "market", "defects", "lines")
    other = replace(events, **{name: scrambled(getattr(events, name)) for name in names})
    encoding = fit_encoding(events)
    np.testing.assert_array_equal(
        build_features(events, day, encoding).matrix, build_features(other, day, encoding).matrix
    )
    # the scramble is real: a later date sees it
    later = day + 90
    assert not np.array_equal(
        build_features(events, later, encoding).matrix,
        build_features(other, later, encoding).matrix,
        equal_nan=True,
    )


def test_a_cell_derives_the_same_cell_features_as_a_refresh(events):
    day = events.last_day + 1
    encoding = fit_encoding(events)
    whole = build_features(events, day, encoding)
    typed = derive(cell_facts(whole.facts.columns, whole.facts.category), encoding)
    for name in CELL_FEATURES:
        np.testing.assert_array_equal(typed.column(name), whole.column(name), err_msg=name)
    rest = [name for name in FEATURES if name not in CELL_FEATURES]
    assert np.isnan(typed.select(tuple(rest))).all()


def _one_item(days, prices, listed=None):
    n = len(days)
    zero = np.zeros(n, int)
    return make_events(
        sku=["A"],
        location=["S"],
        sales=Stream(
            zero,
            np.array(days),
            {
                "units": np.ones(n),
                "value": np.array(prices, float),
                "list_value": np.full(n, np.nan) if listed is None else np.array(listed, float),
            },
        ),
    )


def test_reference_price_is_the_trailing_quantile_not_the_maximum_and_never_of_the_day_itself():
    events = _one_item([100, 110, 120, 130, 140, 150], [10, 10, 10, 10, 99, 500])
    # five prices before day 150: 10 10 10 10 99, their 75th percentile is 10
    assert reference_price(events, 150)[0] == pytest.approx(10.0)


def test_regular_prices_on_the_lines_go_before_the_trailing_quantile():
    events = _one_item([100, 110], [8.0, 8.0], listed=[12.0, 12.0])
    assert reference_price(events, 150)[0] == pytest.approx(12.0)


def test_a_change_of_mix_between_list_prices_is_no_markdown():
    events = _one_item([100, 200], [30.0, 18.0], listed=[30.0, 18.0])
    assert price_ratio(events, 150, 250, np.array([30.0]))[0] == pytest.approx(1.0)


def test_age_is_of_the_oldest_receipt_the_stock_can_come_from():
    zero = np.zeros(2, int)
    events = make_events(
        sku=["A"],
        location=["S"],
        sales=Stream(
            np.array([0]),
            np.array([105]),
            {"units": np.ones(1), "value": np.ones(1), "list_value": np.full(1, np.nan)},
        ),
        receipts=Stream(zero, np.array([100, 160]), {"units": np.array([50.0, 30.0])}),
        stock=Stream(
            np.array([0]), np.array([190]), {"units": np.array([20.0]), "cost": np.array([40.0])}
        ),
    )
    assert facts_at(events, 200).columns["age_days"][0] == pytest.approx(40.0)
    assert facts_at(events, 200).columns["unit_cost"][0] == pytest.approx(2.0)


def test_windows_that_reach_before_the_extract_are_unknown_not_small(events):
    columns = facts_at(events, events.first_day + 60).columns
    assert np.isnan(columns["units_sold_365d"]).all()
    assert np.isfinite(columns["units_sold_30d"]).all()


def test_every_feature_belongs_to_exactly_one_group_of_reasons():
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(FEATURES)
