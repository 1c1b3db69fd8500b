"""Typed items: the design's own item, one batch a range, unknown facts said, not filled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from invval_xl.functions.errors import Mark, last_error
from invval_xl.functions.kernel import model_door, prediction
from invval_xl.functions.kernel.call import MISSING, one, spill
from invval_xl.functions.registry import functions, load_kernel
from invval_xl.models import cell as cells
from invval_xl.models.memory import forget_answers
from invval_xl.models.serving import served_model
from invval_xl.models.shipped import shipped_model
from invval_xl.policy.parameters import parameters

SKU_47382 = (34.0, 1250.0, 147.0, 18.0, 89.0, 52.0, 48.0)
ROUND_47382 = 10_597.54  # accounting.md F: 889 units at 34.00 less half of 48.00 less 8 %
OF_ITEM = [f.name for f in functions().values() if f.by_model and f.name != "INV_MODEL"]
WORDS = ("INV_RISK_TIER", "INV_ACTION", "INV_WHY")


def before(name):
    """The arguments that stand before the item."""
    return ("obsolete", 90.0) if name == "INV_RISK" else ()


def asked(name, *item):
    return one(name, *before(name), *item)


def reordered(rows):
    """Rows of items as columns of cells."""
    return tuple(tuple((cell,) for cell in column) for column in zip(*rows, strict=True))


def test_sku_47382_typed_from_its_seven_facts_is_red_with_both_axes_named():
    assert one("INV_RISK_TIER", *SKU_47382) == "red"
    why = one("INV_WHY", *SKU_47382)
    assert "quantity axis red: 1,264 days of supply, 889 of 1,250 units" in why
    assert "price axis yellow: expected NRV " in why
    assert "ageing table" in why
    assert one("INV_ACTION", *SKU_47382) == "liquidate"


def test_the_reserve_of_sku_47382_is_the_one_computed_by_hand():
    days = 1250 / (89 / 90)
    excess = 1250 - 89 / 90 * 365
    assert days == pytest.approx(1264, abs=0.5)
    by_hand = round(excess * (34 - 0.5 * 48 * (1 - 0.08)), 2)
    assert by_hand == ROUND_47382
    for framework in ("us-gaap", "IFRS", "FRS 102", MISSING):
        answered = one("INV_RESERVE", *SKU_47382, MISSING, MISSING, framework)
        assert answered == pytest.approx(by_hand, abs=0.005)


def test_a_typed_cost_to_sell_goes_before_the_policys():
    dear = one("INV_RESERVE", *SKU_47382, MISSING, 0.5)
    assert dear > one("INV_RESERVE", *SKU_47382, MISSING, 0.08) == ROUND_47382


def test_the_policy_is_default_toml_and_nothing_else():
    policy = model_door.cell_policy()
    for name in ("cost_to_sell_rate", "liquidation_rate", "tier_red_days_of_supply"):
        assert getattr(policy, name) == parameters()[name].default
    assert policy.posted_reading == parameters()["posted_reading"].default


@pytest.mark.parametrize("horizon", [30.0, 60.0, 90.0])
def test_the_three_outcomes_of_an_item_sum_to_one(horizon):
    three = [
        one("INV_RISK", outcome, horizon, *SKU_47382)
        for outcome in ("full_price", "Marked down", "obsolescence")
    ]
    assert all(0 <= p <= 1 for p in three)
    assert sum(three) == pytest.approx(1, abs=2e-4)


def test_horizons_may_differ_by_row_and_a_wrong_one_spoils_only_its_own():
    horizons = ((30.0,), (45.0,), (90.0,), (None,))
    answered = spill("INV_RISK", "obsolete", horizons, *SKU_47382)
    assert answered == [
        (one("INV_RISK", "obsolete", 30.0, *SKU_47382),),
        (int(Mark.NUM),),
        (one("INV_RISK", "obsolete", 90.0, *SKU_47382),),
        (int(Mark.NA),),
    ]
    assert "horizon_days is 45; it must be 30, 60 or 90." in last_error.text()


@pytest.mark.parametrize("name", OF_ITEM)
def test_a_thousand_rows_are_scored_in_one_batch(name, monkeypatch):
    sizes = []
    real = cells.chances_with

    def counted(part, features):
        sizes.append(len(features))
        return real(part, features)

    monkeypatch.setattr(cells, "chances_with", counted)
    forget_answers()
    draw = np.random.default_rng(7)
    rows = (np.array(SKU_47382) * draw.uniform(0.5, 1.5, (1000, 7))).tolist()
    answered = spill(name, *before(name), *reordered(rows))
    assert sizes == [1000]
    assert len(answered) == 1000
    for i in (0, 499, 999):
        assert answered[i] == (asked(name, *rows[i]),)


@pytest.mark.parametrize("name", OF_ITEM)
@pytest.mark.parametrize("place", [0, 1])
def test_without_cost_or_units_there_is_no_answer(name, place):
    item = list(SKU_47382)
    item[place] = None
    assert asked(name, *item) is Mark.NA
    assert "is blank; unknown is not zero" in last_error.text()


@pytest.mark.parametrize("name", OF_ITEM)
@pytest.mark.parametrize("place", range(7))
def test_impossible_text_and_error_cells_are_what_they_are_everywhere(name, place):
    for cell, mark in ((-1.0, Mark.NUM), ("x", Mark.VALUE), (-2146826281, Mark.DIV0)):
        item = list(SKU_47382)
        item[place] = cell
        assert asked(name, *item) is mark


@pytest.mark.parametrize("name", OF_ITEM)
def test_one_bad_row_spoils_only_its_own_result(name):
    rows = [list(SKU_47382) for _ in range(4)]
    rows[1][0] = -1.0
    rows[2][6] = "x"
    good = asked(name, *SKU_47382)
    assert spill(name, *before(name), *reordered(rows)) == [
        (good,), (int(Mark.NUM),), (int(Mark.VALUE),), (good,),
    ]  # fmt: skip


def test_an_unknown_fact_leaves_the_rate_and_never_narrows_its_interval():
    def width(item):
        low, high = (one("INV_MARKDOWN", *item, MISSING, MISSING, b) for b in ("low", "high"))
        assert low <= one("INV_MARKDOWN", *item) + 1e-6
        return high - low

    known = width(SKU_47382)
    for place in range(2, 7):
        item = list(SKU_47382)
        item[place] = None
        assert width(item) >= known - 1e-9


def test_a_tier_that_an_unknown_fact_could_worsen_is_not_given():
    sold = (34.0, 60.0, 147.0, 30.0, 90.0, 52.0, 52.0)
    assert one("INV_RISK_TIER", *sold) == "yellow"
    no_rate = (34.0, 60.0, 147.0, None, None, 52.0, 52.0)
    no_price = (34.0, 60.0, 147.0, 30.0, 90.0, None, None)
    for item in (no_rate, no_price):
        assert one("INV_RISK_TIER", *item) is Mark.NA
        assert "could make the tier worse" in last_error.text()
        assert one("INV_ACTION", *item) is Mark.NA
        assert one("INV_RESERVE", *item) is Mark.NA
        assert "or worse, a fact it hangs on is unknown" in one("INV_WHY", *item)


def test_a_tier_that_no_unknown_fact_could_worsen_is_given():
    no_price = (*SKU_47382[:5], None, None)
    assert one("INV_RISK_TIER", *no_price) == "red"  # cover alone decides
    assert one("INV_WHY", *no_price).startswith("red, the quantity axis binds")
    orange = (34.0, 450.0, 147.0, 30.0, 90.0, None, None)
    assert one("INV_RISK_TIER", *orange) == "orange"  # a price reaches no further than orange
    nothing = (34.0, 0.0, None, None, None, None, None)
    assert one("INV_RISK_TIER", *nothing) == "green"
    assert one("INV_RESERVE", *nothing) == 0.0


def test_no_price_is_made_up():
    assert one("INV_EXPECTED_PRICE", *SKU_47382[:5], None, None) is Mark.NA
    assert "no price is made up" in last_error.text()
    assert one("INV_EXPECTED_PRICE", *SKU_47382[:5], 52.0, None) == pytest.approx(
        52 * (1 - one("INV_MARKDOWN", *SKU_47382[:5], 52.0, None)), abs=1e-6
    )


def test_low_and_high_price_stand_around_the_expected_one():
    low, mid, high = (
        one("INV_EXPECTED_PRICE", *SKU_47382, MISSING, MISSING, b) for b in ("low", None, "high")
    )
    assert low < mid <= high <= 48.0
    assert one("INV_EXPECTED_PRICE", *SKU_47382, MISSING, MISSING, "p") is Mark.VALUE


def test_a_category_new_to_the_model_is_unknown_and_not_an_error():
    assert one("INV_RISK_TIER", *SKU_47382, "Never seen") == "red"
    assert spill("INV_RISK_TIER", *SKU_47382, (("Shoes",), (None,))) == [("red",), ("red",)]


@pytest.fixture
def door():
    yield model_door
    model_door.use_models(None, None)


def test_where_nothing_was_trained_the_table_answers_and_inv_model_says_so(door, tmp_path):
    door.use_models(tmp_path, b"key")
    assert one("INV_MODEL", "id") == shipped_model().model_id
    assert "no model was trained" in one("INV_MODEL")
    assert "two public retailers answers" in one("INV_MODEL", "Answers")
    assert one("INV_MODEL", "colour") is Mark.VALUE


def test_the_host_names_the_folder_and_the_cell_asks_there(door, tmp_path, monkeypatch):
    from invval_xl.models import serving

    asked_for = []

    def served(folder, key):
        asked_for.append((folder, key))
        return served_model(None, None)

    monkeypatch.setattr(serving, "served_model", served)
    door.use_models(tmp_path, b"key")
    one("INV_RISK_TIER", *SKU_47382)
    assert asked_for == [(tmp_path, b"key")]


def test_a_model_its_manifest_does_not_vouch_for_answers_nothing_and_says_why(door, tmp_path):
    (tmp_path / "manifest.json").write_text('{"forged": true}', encoding="utf-8")
    door.use_models(tmp_path, b"key")
    for name in OF_ITEM:
        assert asked(name, *SKU_47382) is Mark.NA
        assert "the trained model is refused" in last_error.text()
    column = tuple((cost,) for cost in (34.0, 35.0))
    assert spill("INV_RISK_TIER", column, *SKU_47382[1:])[0][0] == int(Mark.NA)


def test_the_kernels_answer_alike_for_a_cell_and_a_range():
    tier = load_kernel("invval_xl.functions.kernel.prediction:risk_tier")
    item = dict(zip(prediction.ITEM, SKU_47382, strict=False))
    assert tier(**item) == "red"
    assert tier(**{**item, "unit_cost": np.array([34.0, math.nan])})[0] == "red"
    assert math.isnan(tier(**{**item, "unit_cost": np.array([34.0, math.nan])})[1])
