"""Outcomes by the definitions, each on an item made for it."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.models.audit import live_end
from invval_xl.models.events import Stream, make_events
from invval_xl.models.facts import facts_at
from invval_xl.models.targets import (
    FULL_PRICE,
    MARKDOWN,
    NO_SALE,
    SLOW,
    UNKNOWN,
    TargetPolicy,
    label,
)

T = 1_000


def _labels(window_units, window_price, *, on_hand=1e3, stock_after=None, last=2_000):
    """One unit a day at 10 for 180 days before T, then what is asked on day T + 5."""
    before = np.arange(T - 180, T)
    days = np.concatenate([before, [T + 5]]) if window_units else before
    units = np.concatenate([np.ones(180), [window_units]]) if window_units else np.ones(180)
    price = np.where(days < T, 10.0, window_price)
    counts = [T - 1] if stock_after is None else [T - 1, T]
    held = [on_hand] if stock_after is None else [on_hand, stock_after]
    events = make_events(
        sku=["A"],
        location=["S"],
        sales=Stream(
            np.zeros(len(days), int),
            days,
            {"units": units, "value": units * price, "list_value": np.full(len(days), np.nan)},
        ),
        stock=Stream(
            np.zeros(len(counts), int),
            np.array(counts),
            {"units": np.array(held), "cost": np.array(held) * 5},
        ),
        last_day=last,
    )
    return label(events, facts_at(events, T), TargetPolicy())


def test_selling_on_at_the_old_price_is_full_price():
    assert _labels(30, 10.0, on_hand=60).state[0, 0] == FULL_PRICE


def test_nine_points_down_is_full_price_and_ten_is_a_markdown():
    assert _labels(30, 9.1, on_hand=60).state[0, 0] == FULL_PRICE
    labels = _labels(30, 9.0, on_hand=60)
    assert labels.state[0, 0] == MARKDOWN
    assert labels.markdown_rate[0, 0] == pytest.approx(0.10)


def test_nothing_sold_is_no_sale_and_has_no_rate():
    labels = _labels(0, 10.0)
    assert (labels.state == NO_SALE).all()
    assert np.isnan(labels.markdown_rate).all()


def test_a_tenth_of_the_usual_rate_is_slow_even_when_marked_down():
    # usual rate one a day; 3 units in 30 days is exactly a tenth
    assert _labels(3, 5.0, on_hand=40).state[0, 0] == SLOW
    assert _labels(4, 5.0, on_hand=40).state[0, 0] == MARKDOWN


def test_cover_above_a_year_is_obsolete_where_stock_is_known():
    assert _labels(30, 10.0, on_hand=366).state[0, 0] == SLOW
    assert _labels(30, 10.0, on_hand=365).state[0, 0] == FULL_PRICE


def test_out_of_stock_for_most_of_the_window_is_unknown_not_obsolete():
    assert (_labels(0, 10.0, on_hand=5, stock_after=0.0).state == UNKNOWN).all()


def test_selling_out_is_not_slow():
    assert _labels(3, 10.0, on_hand=3).state[0, 0] == FULL_PRICE


def test_no_label_reaches_past_the_last_live_day():
    labels = _labels(30, 10.0, on_hand=60, last=T + 59)
    assert labels.state[0].tolist()[:2] == [FULL_PRICE, FULL_PRICE]
    assert labels.state[0, 2] == UNKNOWN


def test_a_dead_tail_is_cut_off():
    draw = np.random.default_rng(0)
    day = np.concatenate([np.repeat(np.arange(0, 400), 20), [430, 470, 500]]) + 5_000
    item = np.concatenate([draw.integers(0, 100, 8_000), [1, 2, 3]])
    sales = Stream(item, day, {"units": np.ones(len(day))})
    assert 5_380 <= live_end(sales) <= 5_410


def test_the_dead_tail_and_the_surrogate_keys_of_adventureworks_are_detected(datasets):
    from invval_xl.models.audit import dead_tail_days, rekeyed_pairs

    events = datasets.adw()
    if events is None:
        pytest.skip("../shared/data/adventureworks_dw is not here")
    assert dead_tail_days(events) > 150
    assert not rekeyed_pairs(events)
    assert len(rekeyed_pairs(datasets.adw(key="ProductKey"))) > 50
