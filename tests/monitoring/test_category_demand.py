"""One category's demand against last year's course; tests/bench/category_calls counts in full."""

from __future__ import annotations

import numpy as np
import pytest

from invval_xl.models.events import Stream, day_of, make_events
from invval_xl.models.from_tables import events_from_frames
from invval_xl.monitoring.category_demand import find_demand_shifts, history_needed
from invval_xl.sources.demo import generate
from tests.bench.category_calls import READ, fallen, month_ends, stable_year
from tests.runs.second_hand_demand import by_category
from tests.runs.second_hand_facts import Diary

FIRST = 19_000
CLOSES = [(FIRST + 700 + 28 * k, f"p{k}") for k in range(-6, 3)]


def shop(fall: float = 1.0, since: int = FIRST + 700, *, items: int = 40, seed: int = 1,
         weeks: int = 108, stock: Stream | None = None):  # fmt: skip
    """Two categories with a season of their own; demand of ``a`` falls from a day on."""
    draw = np.random.default_rng(seed)
    day = FIRST + 7 * np.arange(weeks)
    season = 1 + 0.6 * np.sin(2 * np.pi * (day - FIRST) / 364)
    category = np.array(["a", "b"] * (items // 2), dtype=object)
    level = draw.gamma(4.0, 4.0, items)
    mean = level[:, None] * season * np.where((category == "a")[:, None] & (day >= since), fall, 1)
    units = draw.poisson(mean).astype(float)
    item, week = np.nonzero(units)
    sold = units[item, week]
    sales = Stream(item, day[week], {"units": sold, "value": 9 * sold, "list_value": 9 * sold})
    return make_events(sku=[f"s{i}" for i in range(items)], location=[""] * items, sales=sales,
                       category=category, stock=stock)  # fmt: skip


def said(events, closes=CLOSES):
    return find_demand_shifts(events, closes, newest=3, false_call_rate=0.05 / 3)


def test_a_fall_is_called_in_its_second_month_and_the_other_category_is_not() -> None:
    found = {(s.period, s.category): s for s in said(shop(0.5, FIRST + 700))}
    assert not found["p0", "a"].above
    assert found["p1", "a"].above
    assert not found["p1", "a"].called  # one period alone is no call
    assert found["p2", "a"].called
    assert found["p2", "a"].ratio == pytest.approx(0.5, abs=0.08)
    assert not any(s.above for (_, name), s in found.items() if name == "b")


def test_categories_that_depart_together_every_month_need_a_larger_departure() -> None:
    """Weather moves all items of a category at once; items alone would call it a shift."""
    draw = np.random.default_rng(5)
    events = shop(0.75, FIRST + 700)
    weather = np.exp(draw.normal(0, 0.35, (2, 200)))
    month, name = (events.sales.day - FIRST) // 28, (events.category == "b").astype(int)
    moved = np.ceil(events.sales.values["units"] * weather[name[events.sales.item], month])
    sales = Stream(events.sales.item, events.sales.day, {"units": moved, "value": 9 * moved,
                                                         "list_value": 9 * moved})  # fmt: skip
    swayed = make_events(sku=events.sku, location=events.location, category=events.category,
                         sales=sales)  # fmt: skip
    calm = {s.category: s for s in said(events) if s.period == "p2"}
    stormy = {s.category: s for s in said(swayed) if s.period == "p2"}
    assert calm["a"].called
    assert not any(s.called for s in stormy.values())
    assert stormy["a"].least_fall > 2 * calm["a"].least_fall


def test_a_rise_is_called_too_and_a_season_is_not() -> None:
    assert {s.category for s in said(shop(1.8)) if s.called} == {"a"}
    assert not any(s.called for seed in range(5) for s in said(shop(1.0, seed=seed)))


def test_two_months_that_differ_apart_are_no_call() -> None:
    """Up, then down: each beyond its level, together nothing that lasts."""
    up = {(s.period, s.category): s for s in said(shop(2.0, FIRST + 700))}
    events = shop(2.0, FIRST + 700)
    late = events.sales.day >= FIRST + 728
    few = {k: np.where(late, np.ceil(v / 8), v) for k, v in events.sales.values.items()}
    swung = make_events(sku=events.sku, location=events.location, category=events.category,
                        sales=Stream(events.sales.item, events.sales.day, few))  # fmt: skip
    found = {(s.period, s.category): s for s in said(swung)}
    assert up["p2", "a"].called
    assert found["p1", "a"].above
    assert found["p2", "a"].above
    assert found["p1", "a"].ratio > 1 > found["p2", "a"].ratio
    assert not found["p2", "a"].called


def test_too_few_items_or_too_short_a_history_say_nothing() -> None:
    assert said(shop(0.5, items=22)) == ()  # eleven of each
    assert len({s.category for s in said(shop(0.5, items=24))}) == 2
    reach = [d for d, _ in CLOSES if d - history_needed() >= FIRST - 3]
    assert len(reach) == 9
    assert said(shop(0.5), [(d - 700, p) for d, p in CLOSES]) == ()
    assert said(shop(0.5), CLOSES[-4:]) == ()  # nothing before to say what departures are usual


def test_an_item_without_stock_says_nothing_of_demand() -> None:
    """Half of a category sold out: its sales fell, and what is left still sells as it did."""
    items = 60
    item = np.repeat(np.arange(items), 27)
    day = np.tile(FIRST + 28 * np.arange(27) + 6, items)
    out = (item % 4 == 0) & (day >= FIRST + 690)
    stock = Stream(item, day, {"units": np.where(out, 0.0, 50.0), "cost": np.full(len(day), 9.0)})
    found = [s for s in said(shop(1.0, items=items, stock=stock)) if s.category == "a"]
    assert found[0].items == 15
    assert found[-1].items_before == 30


def test_falls_larger_than_the_least_are_seen_and_smaller_ones_mostly_not() -> None:
    """Of the generator's retailers; the bench counts sizes and falls."""
    halved = [fallen(seed, 1_000, 0.5) for seed in range(10)]
    assert sum(called for called, _ in halved) >= 6
    assert 0.2 < np.median([least for _, least in halved]) < 0.5
    assert sum(fallen(seed, 1_000, 0.9)[0] for seed in range(10)) <= 2


def test_a_stable_year_is_rarely_called() -> None:
    years = [stable_year(seed, 500) for seed in range(8)]
    assert sum(calls > 0 for calls, _ in years) <= 1
    assert all(tested >= 60 for _, tested in years)


def test_a_second_hand_with_scipy_s_own_test_says_the_same() -> None:
    told = generate(items=400, locations=2, seed=101, future_weeks=0, keep_events=False)
    book = Diary(told.frames)
    closes = [(d, day_of(d - 1).isoformat()) for d in month_ends(told.frames)]
    found = said(events_from_frames({n: told.frames[n] for n in READ}), closes)
    mine = by_category(book)
    flat = [(day_of(t - 1).isoformat(), c) for t in sorted(mine, reverse=True) for c in mine[t]]
    assert len(found) == len(flat) >= 9
    for ours, (period, theirs) in zip(found, flat, strict=True):
        assert (ours.period, ours.category, ours.items, ours.items_before) == (
            period, theirs.category, theirs.items, theirs.before
        )  # fmt: skip
        assert (ours.ratio, ours.deviation, ours.level, ours.least_fall) == pytest.approx(
            (theirs.ratio, theirs.deviation, theirs.level, theirs.least), abs=2e-6
        )
        assert (ours.above, ours.called) == (theirs.above, theirs.called)
